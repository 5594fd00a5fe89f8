import type { Instant } from "../../base/index.ts";
import { MAX_ITEM_SAMPLE, type Change, type ReviewItem } from "../model.ts";
import { takenActions, type Now, type Told } from "./since-last.ts";

type LastReview = Pick<ReviewItem, "last_review" | "reviewed_parts">;

/** What was decided last on an item's secrets, and what of that has not come about. */
interface Decided {
  readonly review: NonNullable<ReviewItem["last_review"]>;
  readonly at: readonly number[];
  /** Of these, what should be gone. */
  readonly undone: readonly number[];
}

/**
 * The last review of an item: the newest decision of those that should have taken something away that is there; where there is none, the
 * newest. Where that is not of all the secrets, it is told of how many each decision is: what nobody decided on passes for nothing else.
 */
export function lastReviewOf(
  now: Now,
  told: readonly Told[],
  { change, asOf }: { readonly change: Change; readonly asOf: Instant },
): LastReview {
  const decided = told.flatMap((one): Decided[] => {
    const review = one.of.last_review;
    return review === undefined ? [] : [{ review, at: one.at, undone: undoneOf(now, one, { change, asOf }) }];
  });
  const undone = decided.flatMap((one) => one.undone).sort((a, b) => a - b);
  const chosen = decided.find((one) => one.undone.length > 0) ?? decided[0];
  if (chosen === undefined) return {};
  const { length } = now.targets;
  const isUniform = chosen.at.length === length && (undone.length === 0 || undone.length === length);
  if (isUniform && !isOtherwise(chosen, change)) return { last_review: chosen.review };
  const secrets: Partial<Record<NonNullable<ReviewItem["last_review"]>["decision"] | "none", number>> = {};
  for (const { review, at } of decided)
    secrets[review.decision] = (secrets[review.decision] ?? 0) + at.length;
  const none = length - decided.reduce((all, { at }) => all + at.length, 0);
  return {
    last_review: chosen.review,
    reviewed_parts: {
      secrets: none === 0 ? secrets : { ...secrets, none },
      since: decided
        .map(({ review }) => review.at)
        .reduce((a, b) => (Date.parse(a) <= Date.parse(b) ? a : b)),
      undone_count: undone.length,
      undone: undone.slice(0, MAX_ITEM_SAMPLE).map((at) => now.targets[at] ?? ""),
    },
  };
}

/** Whether what was reduced is still there although the item became less, or the other way round: it may have become less otherwise. */
function isOtherwise({ review, undone }: Decided, change: Change): boolean {
  return review.decision === "reduce" && undone.length > 0 === (change === "narrower");
}

/** Which of the secrets should not be reached any more, or not so much, by what was decided on them. */
function undoneOf(
  now: Now,
  { of, at }: Told,
  { change, asOf }: { readonly change: Change; readonly asOf: Instant },
): readonly number[] {
  const { last_review, reduced } = of;
  if (last_review === undefined) return [];
  const { decision, until } = last_review;
  if (decision === "revoke" || (until !== undefined && until <= asOf)) return at;
  if (decision !== "reduce") return [];
  if (reduced === undefined) return change === "narrower" ? [] : at;
  const taken = takenActions(of);
  if (now.actions.some((action) => taken.includes(action))) return at;
  const out = new Set(reduced.revoke_secrets);
  return at.filter((one) => out.has(now.targets[one] ?? ""));
}
