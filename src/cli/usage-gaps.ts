import { LogKeys, type GrantModel } from "../access/index.ts";
import { gapDigest, type FactKind, type FactSet } from "../facts/index.ts";
import { strangeLogs } from "../subjects/index.ts";
import { gapLines, kindsText, unseen } from "./access-gaps.ts";

/** What a row rests on beside the log: what there is to read, and what says who may. */
const GRANTED_BY: readonly FactKind[] = [
  "auth_role",
  "group",
  "mount",
  "policy_attachment",
  "policy_document",
  "principal",
  "resource_policy",
  "secret",
];

/**
 * Why rows of `events usage` may be missing, a line each; none where it is certain that none is. The log itself may have gaps. And
 * a secret or a grant that was not read has no row of its own, where there is a log: of a store without one no row tells.
 * `store`: the one that is asked about; all where it is undefined.
 */
export function hiddenFromUsage(
  facts: FactSet,
  { blindness }: Pick<GrantModel, "blindness">,
  store?: string,
): string[] {
  const isAsked = (name: string): boolean => store === undefined || name === store;
  const logged = new Set(facts.of("log_span").map(({ store_id }) => store_id));
  const ofLog = facts.gaps.filter(
    ({ store_id, hides }) => isAsked(store_id) && (hides.includes("log_span") || hides.includes("usage")),
  );
  const ofGrants = facts.gaps.flatMap((gap) =>
    gap.hides
      .filter((kind) => GRANTED_BY.includes(kind))
      .map((fact_kind) => ({
        store_id: gap.store_id,
        fact_kind,
        reason: gap.reason,
        gap: gapDigest(gap),
      })),
  );
  const blind = unseen(
    [...blindness, ...ofGrants].filter(({ store_id }) => isAsked(store_id) && logged.has(store_id)),
    facts.gaps,
    "",
  );
  const strange = [...strangeLogs(facts, new LogKeys(facts))].filter(isAsked).sort();
  return [
    ...strange.map(
      (store_id) =>
        `${store_id}: none of the principals that its log names is of the inventory: perhaps the log of another store`,
    ),
    ...ofLog.map(({ store_id, detail }) => `not read: ${store_id}: ${detail}`),
    ...(blind.blindness.length === 0
      ? []
      : [`secrets or access could not all be read, so there may be more: ${kindsText(blind)}`]),
    ...gapLines(blind).map((line) => `not read: ${line}`),
  ];
}
