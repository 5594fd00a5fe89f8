import { compareStrings } from "../../base/index.ts";
import type { Decision, RubberStampTerms } from "../model.ts";

/** How one reviewer decided. Figures are facts; `flagged` says that they fit the campaign's terms for rubber-stamping. */
export interface ReviewerPace {
  readonly reviewer: string;
  readonly decision_count: number;
  readonly certified_count: number;
  /** 0 to 1. */
  readonly certified_share: number;
  /** Share of decisions that were taken as one of several at once, 0 to 1. */
  readonly bulk_share: number;
  /** Median seconds between two decisions; those of one act lie evenly in the time since the act before. Absent: fewer than two acts and no time. */
  readonly median_seconds?: number;
  /** Median seconds from showing an item to deciding on it, of those of which it is known. */
  readonly median_considered_s?: number;
  readonly justified_count: number;
  readonly flagged: boolean;
  /** In words. */
  readonly why: string;
}

/**
 * Measures each reviewer by their decisions; those of rules are nobody's. An act on several items counts as its items: twenty at
 * once after a minute are three seconds each.
 */
export function reviewerPaces(decisions: Iterable<Decision>, terms: RubberStampTerms): ReviewerPace[] {
  const own = [...decisions].filter(({ channel }) => channel !== "rule");
  return [...Map.groupBy(own, ({ by }) => by)]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([reviewer, all]) => paceOf(reviewer, all, terms));
}

function paceOf(reviewer: string, all: readonly Decision[], terms: RubberStampTerms): ReviewerPace {
  const certified_count = all.filter(({ kind }) => kind === "certify").length;
  const certified_share = certified_count / all.length;
  const bulk = all.filter(({ bulk_size }) => bulk_size > 1).length;
  const between = median(secondsBetween(all));
  const considered = median(all.flatMap(({ considered_s }) => considered_s ?? []));
  const flagged =
    all.length >= terms.min_decisions &&
    certified_share >= terms.certified_share &&
    between !== undefined &&
    between <= terms.median_seconds;
  const pace = between === undefined ? "" : `, one in ${round(between)} s at the median`;
  return {
    reviewer,
    decision_count: all.length,
    certified_count,
    certified_share,
    bulk_share: bulk / all.length,
    ...(between === undefined ? {} : { median_seconds: between }),
    ...(considered === undefined ? {} : { median_considered_s: considered }),
    justified_count: all.filter(({ justification = "" }) => justification.trim() !== "").length,
    flagged,
    why: `${all.length} decisions, ${round(certified_share * 100)} % of them certify${pace}`,
  };
}

/**
 * Of decisions that were taken at one instant, each lasted its share of the time since the instant before. The first act has none
 * before it: it lasted as long as its items were looked at, where that is known.
 */
function secondsBetween(all: readonly Decision[]): number[] {
  const acts = [...Map.groupBy(all, ({ at }) => Date.parse(at))].sort(([a], [b]) => a - b);
  return acts.flatMap(([at, same], place) => {
    const before = acts[place - 1]?.[0];
    const looked = same.flatMap(({ considered_s }) => considered_s ?? []);
    const seconds =
      before !== undefined ? (at - before) / 1000 : looked.length === 0 ? undefined : Math.max(...looked);
    if (seconds === undefined) return [];
    return same.map(() => seconds / same.length);
  });
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
