import type { Instant } from "../../base/index.ts";

/** Moves that are older are for the recurring reviews: as policy `mover_access_unreviewed` has it by default. */
const MOVE_WINDOW_DAYS = 365;

/** Whether somebody changed job so lately that what they have from before is to be looked at. */
export function isRecentMove(movedAt: Instant | undefined, asOf: Instant): boolean {
  return (
    movedAt !== undefined &&
    movedAt <= asOf &&
    Date.parse(asOf) - Date.parse(movedAt) <= MOVE_WINDOW_DAYS * 86_400_000
  );
}
