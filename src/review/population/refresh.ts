import type { ReviewItem } from "../model.ts";
import type { PopulationItem } from "./population-input.ts";
import { substanceOf } from "./population.ts";

/** How a later snapshot's population differs from what a campaign has. */
export interface Refreshed {
  /** Came since. */
  readonly joined: readonly PopulationItem[];
  /** Decisions on these are void: who decided saw other access. */
  readonly changed: readonly { readonly before: ReviewItem; readonly now: PopulationItem }[];
  /** No more there, and nothing hides them. `because` says whether the access is gone, or is reviewed as another item. */
  readonly gone: readonly { readonly item: ReviewItem; readonly because: string }[];
  /** Not seen, and perhaps still there: they stay, with what may hide them as further unknowns. */
  readonly unseen: readonly { readonly item: ReviewItem; readonly unknowns: readonly string[] }[];
  readonly same_count: number;
}

/**
 * Compares a campaign's items, but for those that are gone, with the population of a later snapshot made by the same terms. An item is
 * the same as long as its substance is: the campaign keeps the one that was shown. `hides` says what may hide an item in
 * the later snapshot, in words; empty: nothing.
 */
export function refresh(
  items: Iterable<ReviewItem>,
  later: Iterable<PopulationItem>,
  hides: (item: ReviewItem) => readonly string[],
): Refreshed {
  const before = new Map<string, ReviewItem>();
  for (const item of items) before.set(item.item_id, item);
  const joined: PopulationItem[] = [];
  const changed: { before: ReviewItem; now: PopulationItem }[] = [];
  const grants = new Set<string>();
  let same_count = 0;
  for (const now of later) {
    const known = before.get(now.item.item_id);
    grants.add(now.item.grant_id);
    before.delete(now.item.item_id);
    if (known === undefined) joined.push(now);
    else if (substanceOf(known) === substanceOf(now.item)) same_count += 1;
    else changed.push({ before: known, now });
  }
  const missing = [...before.values()].map((item) => ({ item, unknowns: hides(item) }));
  return {
    joined,
    changed,
    gone: missing
      .filter(({ unknowns }) => unknowns.length === 0)
      .map(({ item }) => ({ item, because: grants.has(item.grant_id) ? MOVED : GONE })),
    unseen: missing.filter(({ unknowns }) => unknowns.length > 0),
    same_count,
  };
}

const GONE =
  "this path is no more, or is reviewed as that of the identity that logs in by it: what is left of the access is in items of its own";
const MOVED =
  "its secrets have another owner or tier now, or are no more: what is left of the access is an item of its own";
