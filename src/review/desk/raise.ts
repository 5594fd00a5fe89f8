import type { Instant } from "../../base/index.ts";
import type { Campaign, CampaignItem } from "../model.ts";
import { isRecentMove } from "../population/moves.ts";
import { isEventTemplate } from "../settings.ts";

/** What became of the person behind a principal, by the rosters. */
export interface PersonEvent {
  readonly kind: "left" | "moved";
  /** When; absent of somebody who left where no roster says. */
  readonly at?: Instant;
  /** False where what says so contradicts itself, or where several people fit and any of them may have left or moved. */
  readonly certain: boolean;
}

/** One principal with access, and what of it was dealt with. */
export interface EventPrincipal {
  readonly id: string;
  readonly event: PersonEvent;
  /** Whether all that it may do now is being reviewed, or was answered, because of the event: see `Dealt` of `raising.ts`. */
  readonly is_dealt_with: boolean;
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
 * all of whose access is being reviewed already; again those whose revocation was closed and whose access is still there.
 */
export function raise(principals: Iterable<EventPrincipal>, asOf: Instant): Raised {
  const leavers: string[] = [];
  const movers: string[] = [];
  const uncertain: string[] = [];
  for (const { id, event, is_dealt_with } of principals) {
    if (is_dealt_with || !isRecent(event, asOf)) continue;
    const list = event.certain ? { left: leavers, moved: movers }[event.kind] : uncertain;
    list.push(id);
  }
  return { leavers, movers, uncertain };
}

function isRecent({ kind, at }: PersonEvent, asOf: Instant): boolean {
  return kind === "left" || isRecentMove(at, asOf);
}

/**
 * Whether a principal's item is being reviewed because of its event. A review of movers is due later than one of leavers and asks
 * another question; one of an earlier move knows nothing of a later one.
 */
export function isBeingReviewed(
  { item }: Pick<CampaignItem, "item">,
  { state, terms, as_of }: Pick<Campaign, "as_of" | "state" | "terms">,
  event: PersonEvent,
): boolean {
  if (state !== "created" && state !== "in_review") return false;
  if (event.kind === "left") return terms.template === "leavers";
  const knownUntil = item.principal.person?.moved_at ?? as_of;
  return isEventTemplate(terms.template) && event.at !== undefined && knownUntil >= event.at;
}

/** What an answer is judged by: the campaign, the event, and now. */
export interface Answering {
  readonly event: PersonEvent;
  readonly campaign: Pick<Campaign, "state">;
  readonly asOf: Instant;
  /** Whether what had to go because of the item was seen to be gone. */
  readonly isRemoved: boolean;
}

/**
 * Whether what was decided on an item deals with its access because of the event. Revocations do while somebody still looks after them.
 * What stays does where a person said so after the event and, of somebody who left, was shown that they had; a time limit until it has
 * passed, and what was reduced once the rest was seen to be gone. A rule's decision is nobody's.
 */
export function isAnswer(
  { item, state, outcome, decisions }: Pick<CampaignItem, "decisions" | "item" | "outcome" | "state">,
  { event, campaign, asOf, isRemoved }: Answering,
): boolean {
  const last = decisions.at(-1);
  if (state !== "decided" || outcome === undefined) return false;
  const isWatched = campaign.state !== "closed";
  if (outcome === "revoke") return isWatched;
  if (last === undefined || last.channel === "rule" || outcome === "kept") return false;
  if (event.at !== undefined && last.at <= event.at) return false;
  if (event.kind === "left" && item.principal.person?.status !== "terminated") return false;
  if (isWatched) return true;
  if (last.until !== undefined && last.until <= asOf) return false;
  return outcome !== "reduce" || isRemoved;
}
