import { counted, digestOf } from "../../base/index.ts";
import { gapPlaces, type Gap } from "../../facts/index.ts";
import { refusal } from "../deciding/refusal.ts";
import type { EntryDocuments } from "../record/entries.ts";
import type { Campaign } from "../model.ts";
import type { SeenAccess } from "./ports.ts";

/** How much a snapshot did not show. */
export type Unseen = Pick<EntryDocuments["items_refreshed"], "gap_count" | "gaps">;

/** New gaps that a refusal names. */
const MAX_NAMED = 3;

/** What a snapshot does not show, for an entry of the journal. `gaps`: see {@link gapName}; absent where there are none. */
export function unseenOf({ facts }: Pick<SeenAccess, "facts">): Unseen {
  const names = [...new Set(facts.gaps.map(gapName))].sort();
  return { gap_count: facts.gaps.length, ...(names.length === 0 ? {} : { gaps: names }) };
}

/**
 * By what a gap is known in another snapshot, 16 hex digits: by what was asked for and what that hides. Why it was not to be had, in which
 * words and for which span of a log may differ from one snapshot to the next, and hides no more.
 */
function gapName({ store_id, scope, resource = "", operation, hides }: Gap): string {
  return digestOf([store_id, scope, resource, operation, [...hides].sort()]).slice(0, 16);
}

/**
 * Refuses a snapshot that does not show what the one before it showed: which gaps it has counts, not how many. Of what an earlier version
 * wrote down, the number alone is known. E_UNSEEN.
 */
export function requireSeenAsWell(
  campaign_id: string,
  { snapshot_id, facts }: SeenAccess,
  before: Unseen,
): void {
  const { gap_count = 0, gaps } = before;
  const isNamed = gaps !== undefined || gap_count === 0;
  const known = new Set(gaps);
  const come = isNamed ? facts.gaps.filter((gap) => !known.has(gapName(gap))) : facts.gaps;
  if (come.length <= (isNamed ? 0 : gap_count)) return;
  const got = isNamed
    ? `with ${counted(come.length, "new gap")}: ${gapPlaces(come, MAX_NAMED)}`
    : `with ${facts.gaps.length}`;
  throw refusal(
    isNamed
      ? `a snapshot that shows what ${campaign_id} was made of or last compared with`
      : `a snapshot with at most ${counted(gap_count, "gap")} to compare ${campaign_id} with`,
    `${snapshot_id}, ${got}`,
    "Collect again once what `countersign doctor` tells is mended, or compare by hand: countersign review refresh.",
    "E_UNSEEN",
  );
}

/** A campaign is compared with what came after it. */
export function refuseOlder({ as_of, campaign_id }: Campaign, seen: SeenAccess): void {
  if (seen.as_of > as_of) return;
  throw refusal(
    `a snapshot later than ${as_of}, of which ${campaign_id} was made`,
    `${seen.snapshot_id}, of ${seen.as_of}`,
    "Run `countersign collect`, then try again.",
  );
}
