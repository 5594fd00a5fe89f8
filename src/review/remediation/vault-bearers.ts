import type { FactOf } from "../../facts/index.ts";
import { compareStrings } from "../../base/index.ts";
import type { Collected, PlanContext } from "./planning.ts";
import type { Way } from "./proposal.ts";
import { policyCommand, swapCommand, type Swap } from "./vault-commands.ts";
import { restsOn, type Handle } from "./vault-handles.ts";
import { by, insteadOf, type Grip } from "./vault-instead.ts";
import { nameOf, tokensOf } from "./vault-tokens.ts";

type Document = FactOf<"policy_document">;
type BearerHandle = Extract<Handle, { readonly type: "bearer" }>;

/** A policy that goes from whom bears it, and perhaps one that comes. */
export interface BearerStep {
  readonly bearer: BearerHandle["bearer"];
  readonly handle: Handle;
  readonly swap: Swap;
  /** Of the policy that comes: where it is written. */
  readonly written?: { readonly at: Document; readonly name: string; readonly text: string };
  readonly stage: string;
  readonly ways: readonly Way[];
  readonly losses: readonly string[];
  readonly why?: string;
  readonly exact: boolean;
}

export function bearerSteps(
  handle: BearerHandle,
  { ways, stages }: Grip,
  context: PlanContext,
): BearerStep[] {
  const { bearer, document } = handle;
  const names = [document.name];
  return stages.map((stage) => {
    const due = by(stage, ways);
    const { name, text, losses, why } = insteadOf(document, handle, due, context);
    const swap = { old: [...names], ...(name === undefined ? {} : { by: name }) };
    if (name !== undefined) names.push(name);
    return {
      bearer,
      handle,
      swap,
      stage,
      ways: due.filter(({ ask }) => (ask.from_at ?? "") === stage),
      losses,
      exact: why === undefined,
      ...(why === undefined ? {} : { why }),
      ...(name === undefined || text === undefined ? {} : { written: { at: document, name, text } }),
    };
  });
}

/** One change for each bearer and moment, and one for each token that holds what goes from a login. */
export function bearerChanges(steps: readonly BearerStep[], context: PlanContext): Collected[] {
  const groups = Map.groupBy(steps, ({ bearer, stage }) => `${bearer.id}\n${stage}`);
  const now = new Map<string, readonly string[]>();
  return [...groups.entries()]
    .sort(([a], [b]) => compareStrings(a, b))
    .flatMap(([, of]): Collected[] => {
      const [first] = of;
      if (first === undefined) return [];
      const { bearer, stage } = first;
      const before = now.get(bearer.id) ?? bearer.policies;
      const swaps = of.map(({ swap }) => swap);
      const after = swaps.reduce<readonly string[]>((list, { old, by: come }) => {
        const left = list.filter((one) => !old.includes(one) && one !== come);
        return come === undefined ? left : [...left, come];
      }, before);
      now.set(bearer.id, after);
      const setting = settingOf(bearer);
      const why = of.flatMap((one) => one.why ?? []);
      const ways = of.flatMap((one) => one.ways);
      const change: Collected = {
        kind: "vault_policy_assignment",
        what: assignmentWords(
          bearer.kind === "principal"
            ? `the entity ${nameOf(bearer, context)}`
            : `${bearer.mount}${bearer.name}`,
          swaps,
        ),
        where: bearer.id,
        diff: `- ${setting} = ${before.join(",")}\n+ ${setting} = ${after.join(",")}`,
        commands: [
          ...of.flatMap(({ written }) =>
            written === undefined ? [] : [policyCommand(written.at, written.name, written.text)],
          ),
          swapCommand(bearer, bearer.id.slice(bearer.store_id.length + 1), setting, swaps),
        ],
        terraform_hint:
          bearer.kind === "principal"
            ? `vault_identity_entity or vault_identity_entity_policies of "${bearer.name}"`
            : `the resource of the ${bearer.method} role or user "${bearer.name}", e.g. vault_${bearer.method}_auth_backend_role, argument ${setting}`,
        reaches: "principal",
        ways,
        stage,
        rests: (statement, principalId) => of.some(({ handle }) => restsOn(handle, statement, principalId)),
        exact: of.every((one) => one.exact),
        losses: of.flatMap(({ losses }) => losses),
        ...(why.length === 0 ? {} : { why }),
      };
      const names = new Set(swaps.flatMap(({ old }) => old));
      return [
        change,
        ...(bearer.kind === "auth_role" ? tokensOf(bearer, names, { ways, stage, context }) : []),
      ];
    });
}

function settingOf(bearer: BearerHandle["bearer"]): string {
  if (bearer.kind === "principal" || bearer.method === "ldap") return "policies";
  return bearer.role_type === "token_role" ? "allowed_policies" : "token_policies";
}

function assignmentWords(whom: string, swaps: readonly Swap[]): string {
  const parts = swaps.map(({ old, by: come }) => {
    const [name = ""] = old;
    return come === undefined
      ? `Take the policy ${name} from ${whom}`
      : `Give ${whom} the policy ${come} in place of ${name}`;
  });
  return parts.join("; ");
}
