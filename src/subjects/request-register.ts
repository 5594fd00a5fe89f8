import type { GrantAction } from "../access/index.ts";
import { compareStrings, type Instant } from "../base/index.ts";
import type { FactKind, FactSet, Gap } from "../facts/index.ts";
import { candidatesOf } from "../people/index.ts";
import type { ClassificationRules } from "./classification.ts";
import { reconciliation } from "./people.ts";
import { RequestNames } from "./request-names.ts";
import { ApprovedRequests, covers } from "./requests.ts";

/** Without these it is not known what was requested, or for whom. */
const NEEDED: readonly FactKind[] = ["access_request", "person", "roster"];

/** Whether access was requested; where that is not known, why. */
export type RequestAnswer =
  | { readonly requested: boolean }
  | { readonly unknown: Pick<Gap, "reason"> & { readonly detail: string; readonly count: number } };

/** The register of requests, asked about access that is not there yet. */
export interface RequestRegister {
  /**
   * Whether approved requests that have begun and not ended cover all actions of a principal on a thing, but listing it. A request that covers them
   * does so whatever else could not be read; that there is none is known only where all was.
   */
  answer(
    principal: { readonly id: string; readonly name: string },
    target: string,
    actions: readonly GrantAction[],
  ): RequestAnswer;
}

/**
 * The register that a snapshot holds, as of an instant; undefined where none is kept. One that could not be read is one. Who is meant by a name is
 * told by the snapshot alone: a change gives nobody another's requests. Pure.
 */
export function requestRegister(
  facts: FactSet,
  rules: ClassificationRules,
  at: Instant,
): RequestRegister | undefined {
  const unread = facts.gaps.filter(({ hides }) => NEEDED.some((kind) => hides.includes(kind)));
  const isKept =
    facts.of("access_request").length > 0 || unread.some(({ hides }) => hides.includes("access_request"));
  if (!isKept) return undefined;
  const found = reconciliation(facts, candidatesOf(facts), rules, at);
  const ambiguous = new Set(found.ambiguous.map(({ principal_id }) => principal_id));
  const approved = new ApprovedRequests({ facts, names: new RequestNames(facts, found), takenAt: at });
  const [first] = unread.toSorted((a, b) => compareStrings(a.detail, b.detail));
  return {
    answer(principal, target, actions) {
      const asked = new Set(actions.filter((action) => action !== "list"));
      const inForce = approved.of(principal).filter(({ ended }) => !ended);
      if (covers(inForce, target, asked)) return { requested: true };
      if (first !== undefined)
        return { unknown: { reason: first.reason, detail: first.detail, count: unread.length } };
      if (!ambiguous.has(principal.id)) return { requested: false };
      const detail = `several people fit ${principal.name}: whose requests are meant is not known`;
      return { unknown: { reason: "unknown", detail, count: 1 } };
    },
  };
}
