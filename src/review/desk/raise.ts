import type { Instant } from "../../base/index.ts";
import { daysAfter } from "../deciding/lifecycle.ts";

/** What became of the person behind a principal, by the rosters. */
export interface PersonEvent {
  readonly kind: "left" | "moved";
  /** When; absent of somebody who left where no roster says. */
  readonly at?: Instant;
  /** False where what says so contradicts itself. */
  readonly certain: boolean;
}

/** Moves that are older are for the recurring reviews: as policy `mover_access_unreviewed` has it by default. */
const MOVE_WINDOW_DAYS = 365;

/** One principal with access, and what of it was dealt with. */
export interface EventPrincipal {
  readonly id: string;
  readonly event: PersonEvent;
  /** Ids of the grants that it has now. */
  readonly grants: readonly string[];
  /** Whether it is in an event campaign that is being reviewed. */
  readonly in_review: boolean;
  /** Whether a revocation of the grant is under way. */
  readonly being_removed: (grantId: string) => boolean;
  /** When somebody last decided that the grant may stay; a rule's decision is none. */
  readonly kept_at: (grantId: string) => Instant | undefined;
}

/** Principals to be reviewed at once, in the order in which they came. */
export interface Raised {
  readonly leavers: readonly string[];
  readonly movers: readonly string[];
  /** Neither: what says that they left or moved contradicts itself, which somebody must mend. */
  readonly uncertain: readonly string[];
}

/**
 * Who must be reviewed outside of campaigns: whoever left and has access, or moved and has some that nobody reviewed since. Not those
 * whose review is open already; again those whose revocation was closed and whose access is still there.
 */
export function raise(principals: Iterable<EventPrincipal>, asOf: Instant): Raised {
  const leavers: string[] = [];
  const movers: string[] = [];
  const uncertain: string[] = [];
  for (const principal of principals) {
    const { id, event, grants, in_review } = principal;
    if (in_review || !isRecent(event, asOf)) continue;
    if (!grants.some((grant) => isUnanswered(principal, grant))) continue;
    const list = event.certain ? { left: leavers, moved: movers }[event.kind] : uncertain;
    list.push(id);
  }
  return { leavers, movers, uncertain };
}

function isRecent({ kind, at }: PersonEvent, asOf: Instant): boolean {
  if (kind === "left") return true;
  return at !== undefined && at <= asOf && daysAfter(at, MOVE_WINDOW_DAYS) >= asOf;
}

function isUnanswered({ event, being_removed, kept_at }: EventPrincipal, grant: string): boolean {
  if (being_removed(grant)) return false;
  const kept = kept_at(grant);
  return kept === undefined || event.at === undefined || kept <= event.at;
}
