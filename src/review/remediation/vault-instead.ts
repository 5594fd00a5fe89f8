import type { Grant, GrantAction, GrantStatement } from "../../access/index.ts";
import { sha256 } from "../../base/index.ts";
import type { FactOf } from "../../facts/index.ts";
import type { PlanContext } from "./planning.ts";
import type { Way } from "./proposal.ts";
import { restsOn, type Handle } from "./vault-handles.ts";
import { narrowed, ruleKey, type Narrowed, type RuleUse } from "./vault-narrow.ts";

type Document = FactOf<"policy_document">;

/** Ways that are held by one handle, with the moments at which something of them must go, in order; "" is at once. */
export interface Grip {
  readonly handle: Handle;
  readonly ways: readonly Way[];
  readonly stages: readonly string[];
}

/** Ways of what must have gone by a moment. */
export function by(stage: string, ways: readonly Way[]): Way[] {
  return ways.filter(({ ask }) => (ask.from_at ?? "") <= stage);
}

/** A policy less what these ways give by it to whom the handle holds. */
export function narrow(
  document: Document,
  handle: Handle,
  ways: readonly Way[],
  context: PlanContext,
): Narrowed {
  const own = ways.filter(({ statement }) => statement.policy_id === document.id);
  const takes = new Map<string, Map<string, Set<GrantAction>>>();
  for (const { statement, demand } of own) {
    const key = ruleKey(statement.rule ?? "", statement.line);
    const of = takes.get(key) ?? new Map<string, Set<GrantAction>>();
    takes.set(key, of);
    for (const id of demand.targets) {
      const actions = statement.actions.filter((action) => demand.actions.includes(action));
      of.set(id, new Set([...(of.get(id) ?? []), ...actions]));
    }
  }
  const gives = new Map(
    [...takes].map(([key, of]) => [key, new Map([...of].map(([id, one]) => [id, new Set(one)]))]),
  );
  const take = (grant: Grant, statement: GrantStatement): void => {
    const of = gives.get(ruleKey(statement.rule ?? "", statement.line));
    if (of === undefined || statement.policy_id !== document.id) return;
    if (!restsOn(handle, statement, grant.principal_id)) return;
    for (const id of grant.targets()) {
      const actions = statement.actions.filter((action) => grant.actions.includes(action));
      of.set(id, new Set([...(of.get(id) ?? []), ...actions]));
    }
  };
  for (const id of new Set(own.map(({ principal }) => principal.id)))
    for (const grant of context.grantsOf(id)) for (const statement of grant.path) take(grant, statement);
  const uses = new Map<string, RuleUse>(
    [...takes].map(([key, of]) => [key, { takes: of, gives: gives.get(key) ?? of }]),
  );
  return narrowed(document, uses, context.thing);
}

export function lossesOf(after: Narrowed): string[] {
  return after.kind === "text"
    ? after.named.map((rule) => `whatever else ${rule} covers but the secrets that are named`)
    : [];
}

/** What a policy's place is taken by, for one holder. */
interface Instead {
  /** Absent: nothing is left of it. */
  readonly name?: string;
  readonly text?: string;
  readonly losses: readonly string[];
  /** No rules say exactly what would be left, in words. */
  readonly why?: string;
}

export function insteadOf(
  document: Document,
  handle: Handle,
  ways: readonly Way[],
  context: PlanContext,
): Instead {
  const after = narrow(document, handle, ways, context);
  switch (after.kind) {
    case "nothing":
      return { losses: [] };
    case "cannot":
      return { losses: [], why: after.why };
    case "text":
      // Named by what it says: it is never written over, so that no order of changes gives anything back.
      return {
        name: `${document.name}-${sha256(after.text).slice(0, 8)}`,
        text: after.text,
        losses: lossesOf(after),
      };
  }
}
