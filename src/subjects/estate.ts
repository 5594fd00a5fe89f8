import { common, present } from "./context.ts";
import type { WatchedContext } from "./detections.ts";
import type { SubjectOf } from "./schema.ts";

/** The id of the one subject that stands for everything that was looked at. */
const ESTATE_ID = "estate";

/** What is counted while the subjects pass by: what no single one of them can show. */
export class EstateTally {
  secretCount = 0;
  principalCount = 0;
  untieredCount = 0;
  unownedCount = 0;
  tierUndecidedCount = 0;
  ownerUndecidedCount = 0;
  readonly valueAges = new Map<string, number[]>();

  /** What could not be decided is neither with nor without: the counts of what is missing are lower bounds. */
  add({ tier, owner, value_age_days, undecided = [] }: SubjectOf<"secret">): void {
    this.secretCount += 1;
    if (undecided.includes("owner")) this.ownerUndecidedCount += 1;
    else if (owner === undefined) this.unownedCount += 1;
    if (undecided.includes("tier")) this.tierUndecidedCount += 1;
    else if (tier === undefined) this.untieredCount += 1;
    else if (value_age_days !== undefined) {
      const ages = this.valueAges.get(tier);
      if (ages === undefined) this.valueAges.set(tier, [value_age_days]);
      else ages.push(value_age_days);
    }
  }
}

/** Everything as one document. */
export function estateSubject(
  context: WatchedContext,
  tally: EstateTally,
): Omit<SubjectOf<"estate">, "reviews"> {
  const ages = new Map([...tally.valueAges].map(([tier, days]) => [tier, days.sort((a, b) => a - b)]));
  const riskiest = ["critical", "high"].flatMap((tier) => (ages.get(tier) ?? []).slice(-1));
  return {
    ...common(context, {
      kind: "estate",
      id: ESTATE_ID,
      store_id: ESTATE_ID,
      name: "all stores",
      labels: {},
      records: [],
      gaps: context.gaps.ofEstate(),
    }),
    store_count: context.stores.size,
    secret_count: tally.secretCount,
    principal_count: tally.principalCount,
    gap_count: context.facts.gaps.length,
    untiered_secret_count: tally.untieredCount,
    unowned_secret_count: tally.unownedCount,
    tier_undecided_secret_count: tally.tierUndecidedCount,
    owner_undecided_secret_count: tally.ownerUndecidedCount,
    ...present({
      oldest_critical_value_age_days: riskiest.length === 0 ? undefined : Math.max(...riskiest),
      newest_low_value_age_days: (ages.get("low") ?? [])[0],
    }),
    median_value_age_days_by_tier: Object.fromEntries(
      [...ages].sort().map(([tier, days]) => [tier, median(days)]),
    ),
    ...context.people.ofEstate(),
  };
}

function median(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
