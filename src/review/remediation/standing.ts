import type { GrantStatement } from "../../access/index.ts";
import { canonicalJson, compareStrings } from "../../base/index.ts";
import type { ReviewItem } from "../model.ts";
import type { PopulationItem } from "../population/population-input.ts";

/** What a path that was revoked as a whole still reaches in a later snapshot, whatever came under it since. */
export interface Standing {
  readonly grant_id: string;
  /** Ids, of the part that the item is about alone: on the others somebody else decided, or nobody was asked. */
  readonly targets: readonly string[];
}

/**
 * By item, what is left of the paths of items that were revoked as a whole: the same item, or one that the campaign does not know
 * (`isKnown`) by the same rules of the same policies, on which the same number of people would decide. That holders of the latter are the
 * principal, or whoever is the same, is not told here. `later`: the population of the later snapshot by the campaign's terms.
 */
export function standingPaths(
  revoked: readonly ReviewItem[],
  isKnown: (item_id: string) => boolean,
  later: Iterable<PopulationItem>,
): ReadonlyMap<string, readonly Standing[]> {
  const byId = new Map(revoked.map((item) => [item.item_id, [item]]));
  const byRules = Map.groupBy(revoked, rulesOf);
  const found = new Map<string, Standing[]>();
  for (const { item, targets } of later) {
    const of = byId.get(item.item_id) ?? (isKnown(item.item_id) ? [] : byRules.get(rulesOf(item)));
    for (const { item_id } of of ?? [])
      found.set(item_id, [...(found.get(item_id) ?? []), { grant_id: item.grant_id, targets }]);
  }
  return found;
}

/** By which rules something is held, however the holder came by the policies and on whichever line they stand. */
function rulesOf({ store_id, statements, needs }: ReviewItem): string {
  const rules = new Set(statements.map(ruleOf));
  return canonicalJson([store_id, needs.reviewers, needs.security, ...[...rules].sort(compareStrings)]);
}

function ruleOf({ policy, policy_id = "", rule = "" }: GrantStatement): string {
  return canonicalJson([policy_id, policy, rule]);
}
