import type { FactOf } from "../../facts/index.ts";
import type { Collected, PlanContext } from "./planning.ts";
import type { Way } from "./proposal.ts";
import { entityName, tokenName } from "../population/naming.ts";
import { vault } from "./vault-commands.ts";

type Token = FactOf<"token">;
type Role = FactOf<"auth_role">;

/** Revokes one token; whoever can log in gets another. */
export function tokenChange(
  token: Token,
  context: PlanContext,
): Pick<Collected, "commands" | "exact" | "kind" | "what" | "where"> {
  const { accessor, scope, store_id, entity_id } = token;
  const identity = context.fact("principal", `${store_id}:identity/entity/id/${entity_id ?? ""}`);
  const what =
    identity === undefined
      ? `Revoke the ${tokenName(token)}: the policies of a token cannot be changed`
      : `Revoke the ${tokenName(token)} of ${nameOf(identity, context)}, which keeps what it was given until it ends`;
  return {
    kind: "vault_token",
    what,
    where: accessor,
    commands: [vault({ scope, store_id }, ["token", "revoke", "-accessor", accessor])],
    exact: identity !== undefined,
  };
}

/** Methods whose tokens are leased below `login/<name>`, so that all of one login can be revoked together. */
const BY_NAME = new Set(["ldap", "okta", "radius", "userpass"]);

/**
 * Tokens that came by a login keep the policies that it gave, whatever becomes of the login. Those that the snapshot shows, each; where it
 * does not show all, how all are revoked (`vault token revoke -mode=path`, tried on Vault 1.21.1).
 */
export function tokensOf(
  role: Role,
  policies: ReadonlySet<string>,
  {
    ways,
    stage,
    context,
  }: { readonly ways: readonly Way[]; readonly stage: string; readonly context: PlanContext },
): Collected[] {
  const seen = tokensBy(role, context).filter((token) => token.policies.some((one) => policies.has(one)));
  // Which tokens there are by then, no snapshot of today tells.
  const held = stage === "" ? seen : [];
  const base = { ways, stage, reaches: "principal" as const, exact: true };
  const each = held.map((token): Collected => ({
    ...base,
    ...tokenChange(token, context),
    exact: true,
    rests: (statement) => statement.through.some(({ id }) => id === token.id),
  }));
  if (stage === "" && context.sawTokens(role.store_id)) return each;
  const isNamed = role.role_type === "user" && BY_NAME.has(role.method);
  const head =
    stage === ""
      ? `The snapshot does not show all live tokens: those that came by ${role.mount}${role.name} keep the access until they end`
      : `Live tokens that came by ${role.mount}${role.name} by then keep the access until they end`;
  return [
    ...each,
    {
      ...base,
      kind: "vault_login_tokens",
      what: isNamed
        ? `${head}. Revoke them all; whoever may still log in gets a new one`
        : `${head}: revoke them by their accessors`,
      where: role.id,
      commands: isNamed ? [loginTokensCommand(role)] : [],
      rests: () => false,
    },
  ];
}

/** Revokes all tokens that came by a user's name. It asks for `sudo` on `sys/leases/revoke-prefix`. */
export function loginTokensCommand(role: Role): string {
  return vault(role, ["token", "revoke", "-mode=path", `${role.mount}login/${role.name}`]);
}

function tokensBy(role: Role, { tokens, fact, identityOf }: PlanContext): Token[] {
  const identity = fact("principal", identityOf(role.id));
  return tokens.filter((token) => {
    if (token.store_id !== role.store_id || token.scope !== role.scope) return false;
    if (identity !== undefined && token.entity_id === identity.native_id) return true;
    if (token.path === `${role.mount}login/${role.name}`) return true;
    return token.path === `${role.mount}login` && token.labels["role_name"] === role.name;
  });
}

/** An entity, as people know it. */
export function nameOf(
  { id, name }: FactOf<"principal">,
  { roles, identityOf }: Pick<PlanContext, "identityOf" | "roles">,
): string {
  const logins = roles.filter((role) => identityOf(role.id) === id);
  return entityName(name, logins.map((role) => `${role.mount}${role.name}`).sort());
}

/** Tokens of an entity. */
export function tokensOfEntity(
  entity: FactOf<"principal">,
  { tokens }: Pick<PlanContext, "tokens">,
): Token[] {
  return tokens.filter(
    ({ scope, store_id, entity_id }) =>
      scope === entity.scope && store_id === entity.store_id && entity_id === entity.native_id,
  );
}
