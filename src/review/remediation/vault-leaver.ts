import type { FactOf } from "../../facts/index.ts";
import { keptAt, type Collected, type PlanContext } from "./planning.ts";
import type { Way } from "./proposal.ts";
import { vault } from "./vault-commands.ts";
import { loginTokensCommand, nameOf, tokenChange, tokensOfEntity } from "./vault-tokens.ts";

/**
 * Of people who left, of whom the campaign keeps nothing: the identity is disabled, its users are deleted and its tokens revoked, instead
 * of taking policy after policy. Also says which ways that settles.
 */
export function planLeavers(
  ways: readonly Way[],
  context: PlanContext,
): { readonly changes: Collected[]; readonly settled: ReadonlySet<Way> } {
  const settled = new Set<Way>();
  const changes: Collected[] = [];
  const left = ways.filter(
    ({ ask }) => ask.whole === true && ask.item.principal.person?.status === "terminated",
  );
  for (const [one, of] of Map.groupBy(left, ({ principal }) => context.one(principal.id))) {
    if (keptAt("", context.kept).some(({ principal_id }) => context.one(principal_id) === one)) continue;
    const entity = context.fact("principal", one);
    const [stage = ""] = of.map(({ ask }) => ask.from_at ?? "").sort();
    const base = { ways: of, stage, reaches: "principal" as const, exact: true };
    const rests: Collected["rests"] = (_, principalId) => context.one(principalId) === one;
    const users = usersOf(one, context);
    if (entity?.principal_type !== "entity" && users.length === 0) continue;
    if (entity?.principal_type === "entity")
      changes.push({
        ...base,
        rests,
        kind: "vault_entity_disabled",
        what: `Disable the entity ${nameOf(entity, context)}, whose person left: no login and no token of it works from then on`,
        where: entity.id,
        commands: [vault(entity, ["write", entity.id.slice(entity.store_id.length + 1), "disabled=true"])],
        terraform_hint: `vault_identity_entity "${entity.name}", argument disabled`,
      });
    for (const user of users)
      changes.push({
        ...base,
        rests,
        kind: "vault_user_deleted",
        what: `Delete the user ${user.name} of ${user.mount}, whose person left`,
        where: user.id,
        commands: [
          vault(user, ["delete", user.id.slice(user.store_id.length + 1)]),
          ...(entity === undefined ? [loginTokensCommand(user)] : []),
        ],
      });
    if (entity !== undefined)
      for (const token of tokensOfEntity(entity, context))
        changes.push({ ...base, rests, ...tokenChange(token, context), exact: true });
    for (const way of of) settled.add(way);
  }
  return { changes, settled };
}

function usersOf(one: string, { roles, identityOf }: PlanContext): FactOf<"auth_role">[] {
  return roles.filter(
    ({ id, role_type, method }) =>
      role_type === "user" && method === "userpass" && (id === one || identityOf(id) === one),
  );
}
