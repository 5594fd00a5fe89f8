import { endOf, type Instant } from "../../base/index.ts";
import type { GrantAction } from "../../access/index.ts";
import { isOwnAccess } from "./assign.ts";
import type { Campaign, CampaignItem, Channel, Choice, Decision, ItemState, ReviewItem } from "../model.ts";
import { forbidden, refusal } from "./refusal.ts";
import { actedBy, type Actor } from "../roles.ts";
import { isAmong, isTheirs } from "./same-person.ts";

/** Shortest justification that says anything, and longest that is kept. */
export const MIN_JUSTIFICATION = 10;
export const MAX_JUSTIFICATION = 4000;

/** Whether it says enough of why an item goes to somebody else. */
export function isReason(text: string): boolean {
  const { length } = text.trim();
  return length >= MIN_JUSTIFICATION && length <= MAX_JUSTIFICATION;
}

/** Longest time that a time limit gives. */
export const MAX_LIMIT_DAYS = 366;

const DAY_MS = 86_400_000;

/** What comes with a choice: by whom, how, and what they saw. */
export interface DecisionTerms {
  readonly actor: Actor;
  readonly at: Instant;
  readonly channel: Channel;
  readonly seen_sha256: string;
  readonly bulk_size: number;
  readonly considered_s?: number;
  /** Ids of the item's secrets, where the choice names some. */
  readonly secrets?: ReadonlySet<string>;
}

/**
 * One item after one person's decision. E_CONFLICT: the item is another than the one that was shown. E_FORBIDDEN: this person may
 * not decide on it. E_REVIEW: the choice breaks a rule, which the fix names.
 */
export function decide(
  campaign: Campaign,
  found: CampaignItem,
  choice: Choice,
  terms: DecisionTerms,
): CampaignItem {
  const level = refuseWrongMoment(campaign, found, terms);
  refuseWrongPerson(found, terms.actor, level);
  refuseBadChoice(campaign, found, choice, terms);
  const { actor, at, channel, seen_sha256, bulk_size, considered_s } = terms;
  const decision: Decision = {
    ...choiceOf(choice),
    item_id: found.item.item_id,
    level,
    ...actedBy(actor),
    at,
    channel,
    seen_sha256,
    bulk_size,
    ...(considered_s === undefined ? {} : { considered_s }),
  };
  return settled({ ...found, version: found.version + 1, decisions: [...found.decisions, decision] });
}

/** What a rule decides in place of people who did not answer. It binds at once. */
export function decideByRule(found: CampaignItem, justification: string, at: Instant): CampaignItem {
  const decision: Decision = {
    item_id: found.item.item_id,
    kind: "revoke",
    justification,
    level: "reviewer",
    by: RULE,
    at,
    channel: "rule",
    seen_sha256: found.seen_sha256,
    bulk_size: 1,
  };
  return settled({ ...found, version: found.version + 1, decisions: [...found.decisions, decision] });
}

/** Who decided where nobody did. No email looks like it. */
export const RULE = "rule:no_answer";

/** An item without a person's last decision. E_REVIEW where there is none of theirs to take back, it is signed off, or others built on it. */
export function undo(
  campaign: Campaign,
  found: CampaignItem,
  actor: Actor,
  isSigned: (decision: Decision) => boolean,
): CampaignItem {
  if (campaign.state !== "in_review")
    throw refusal(`campaign in review`, campaign.state, "A review that has ended stays as it is.");
  const last = found.decisions.at(-1);
  if (last === undefined || !isTheirs(actor, last.by)) {
    throw refusal(
      "a decision of yours that nobody followed",
      last === undefined ? "none" : `one by ${last.by}`,
      "Ask who decided after you to take theirs back first.",
    );
  }
  if (isSigned(last)) {
    throw refusal(
      "a decision that is not signed off",
      `one that you signed off`,
      "Ask compliance: what is signed off stays in the record.",
    );
  }
  return settled({
    ...found,
    version: found.version + 1,
    reviewer: last.by,
    decisions: found.decisions.slice(0, -1),
  });
}

/** Where an item stands by its decisions: `decided` once all that it needs are there, and at once when one revokes. */
function settled(found: CampaignItem): CampaignItem {
  const state = stateOf(found.item, found.decisions);
  const next: { -readonly [K in keyof CampaignItem]: CampaignItem[K] } = { ...found, state };
  delete next.outcome;
  if (state === "decided") next.outcome = conclude(found.item, found.decisions).kind;
  return next;
}

function stateOf({ needs }: ReviewItem, decisions: readonly Decision[]): ItemState {
  if (decisions.some(({ kind }) => kind === "revoke")) return "decided";
  const reviewers = new Set(decisions.filter(({ level }) => level === "reviewer").map(({ by }) => by));
  if (reviewers.size === 0) return "open";
  if (reviewers.size < needs.reviewers) return "second_reviewer";
  const secured = decisions.some(({ level }) => level === "security");
  return needs.security && !secured ? "security" : "decided";
}

/** What several decisions come to: what the strictest of them lets stand, everything else together. */
export interface Conclusion {
  readonly kind: Decision["kind"];
  /** What may stay; empty where nothing may. */
  readonly keep_actions: readonly GrantAction[];
  readonly revoke_secrets: readonly string[];
  /** When what may stay must have ended. */
  readonly until?: Instant;
}

export function conclude(item: ReviewItem, decisions: readonly Decision[]): Conclusion {
  if (decisions.some(({ kind }) => kind === "revoke")) {
    return { kind: "revoke", keep_actions: [], revoke_secrets: [] };
  }
  const reductions = decisions.filter(({ kind }) => kind === "reduce");
  const keep = item.actions.filter((action) =>
    reductions.every(({ keep_actions }) => keep_actions === undefined || keep_actions.includes(action)),
  );
  const gone = [...new Set(reductions.flatMap(({ revoke_secrets = [] }) => revoke_secrets))].sort();
  const [until] = decisions.flatMap((one) => (one.until === undefined ? [] : [one.until])).sort();
  const left = { keep_actions: keep, revoke_secrets: gone, ...(until === undefined ? {} : { until }) };
  if (keep.length === 0) return { kind: "revoke", keep_actions: [], revoke_secrets: [] };
  if (reductions.length > 0) return { kind: "reduce", ...left };
  return { kind: until === undefined ? "certify" : "time_limit", ...left };
}

function refuseWrongMoment(campaign: Campaign, found: CampaignItem, terms: DecisionTerms): Decision["level"] {
  if (campaign.state !== "in_review") {
    throw refusal(
      "a campaign in review",
      `${campaign.campaign_id}, which is ${campaign.state}`,
      "Compliance opens and ends reviews.",
    );
  }
  if (found.state === "gone")
    throw refusal("an item whose access is there", "one that is gone", "Nothing is to be decided on it.");
  if (found.state === "decided") {
    throw refusal(
      "an item that waits for a decision",
      "one that is decided",
      "Take your decision back first, as long as it is not signed off.",
    );
  }
  if (terms.seen_sha256 !== found.seen_sha256) {
    throw refusal(
      "the item as it is now",
      "one that has changed since it was shown",
      "Look at the item again, then decide.",
      "E_CONFLICT",
    );
  }
  return found.state === "security" ? "security" : "reviewer";
}

/** Nobody decides on their own access, nor twice, nor on what is not theirs. */
function refuseWrongPerson(found: CampaignItem, actor: Actor, level: Decision["level"]): void {
  if (isOwnAccess(found.item, actor)) {
    throw forbidden(
      "somebody else than who has the access",
      actor.who,
      "Hand it on: nobody decides on their own access.",
    );
  }
  if (
    isAmong(
      actor,
      found.decisions.map(({ by }) => by),
    )
  ) {
    throw forbidden(
      "another person than the one who decided first",
      actor.who,
      "Somebody else decides next. To change your own decision take it back: `countersign review undo`, or Undo on the item's page.",
    );
  }
  if (level === "security" ? !actor.roles.includes("security") : !isTheirs(actor, found.reviewer)) {
    const who =
      level === "security"
        ? "somebody of the security role"
        : (found.reviewer ?? "a reviewer, and none is assigned");
    throw forbidden(who, actor.who, "Compliance assigns items; a reviewer hands theirs on.");
  }
}

function refuseBadChoice(
  campaign: Campaign,
  { item }: CampaignItem,
  choice: Choice,
  terms: DecisionTerms,
): void {
  const { kind, justification = "" } = choice;
  const because = justificationNeed(item, choice, terms.bulk_size);
  const said = justification.trim().length;
  if (because !== undefined && said < MIN_JUSTIFICATION) {
    throw refusal(
      `a justification of at least ${MIN_JUSTIFICATION} characters`,
      `${said}`,
      `Say why: ${because}.`,
    );
  }
  if (justification.length > MAX_JUSTIFICATION) {
    throw refusal(
      `a justification of at most ${MAX_JUSTIFICATION} characters`,
      String(justification.length),
      "Shorten it.",
    );
  }
  if (terms.bulk_size > campaign.terms.bulk_limit) {
    throw refusal(
      `at most ${campaign.terms.bulk_limit} items in one decision`,
      String(terms.bulk_size),
      "Decide in smaller groups.",
    );
  }
  const alone = terms.bulk_size > 1 && kind !== "revoke" ? aloneBecause(item) : undefined;
  if (alone !== undefined) {
    throw refusal(
      "items that may be decided together",
      `access of ${item.principal.name}`,
      `Decide on it by itself: ${alone}.`,
    );
  }
  if (kind === "time_limit") refuseBadLimit(choice, terms.at);
  else if (choice.until !== undefined)
    throw refusal("an end with a time limit alone", kind, "Choose a time limit, or leave the end out.");
  if (kind === "reduce") refuseBadReduction(item, choice, terms);
}

/** Why a choice must be justified; undefined where it need not be. */
export function justificationNeed(
  item: ReviewItem,
  { kind }: Pick<Choice, "kind">,
  bulkSize = 1,
): string | undefined {
  const { recommendation } = item;
  if (bulkSize > 1) return "one decision covers several items";
  if (kind === "time_limit" || kind === "reduce") return "access stays in part or for a time";
  if (kind === "revoke")
    return recommendation.kind === "certify" ? "nothing speaks against this access" : undefined;
  if (item.break_glass) return "it is access for emergencies";
  if (item.privileged) return "it is privileged";
  if (item.risk === "critical") return "what it reaches is critical";
  if (recommendation.kind !== "certify") return recommendation.reason;
  if (item.certainty !== "certain") return `the access is ${item.certainty}`;
  return undefined;
}

/** Why an item must be looked at by itself; undefined where it need not be. */
export function aloneBecause(item: ReviewItem): string | undefined {
  if (item.needs.because.length > 0) return item.needs.because.join("; ");
  if (item.privileged) return "it is privileged";
  if (item.break_glass) return "it is access for emergencies";
  if (item.risk === "critical") return "what it reaches is critical";
  if (item.principal.public || item.principal.external) return "strangers have it";
  if (item.certainty === "possible") return "whether the access is there is not known";
  if (item.recommendation.kind !== "certify") return item.recommendation.reason;
  return undefined;
}

function refuseBadLimit({ until }: Choice, at: Instant): void {
  const ending = until === undefined ? undefined : endOf(until);
  if (ending === undefined)
    throw refusal(
      "an end after now, by a day or an instant",
      until ?? "none",
      "Write a day that the calendar has, such as 2026-12-31.",
    );
  const end = Date.parse(ending);
  const last = Date.parse(at) + MAX_LIMIT_DAYS * DAY_MS;
  if (end <= Date.parse(at) || end > last) {
    throw refusal(
      `an end after now and within ${MAX_LIMIT_DAYS} days`,
      ending,
      `Choose a day from ${at.slice(0, 10)} to ${new Date(last - DAY_MS).toISOString().slice(0, 10)}, or certify or revoke the access.`,
    );
  }
}

function refuseBadReduction(
  item: ReviewItem,
  { keep_actions, revoke_secrets }: Choice,
  { secrets }: DecisionTerms,
): void {
  if (keep_actions === undefined && revoke_secrets === undefined) {
    throw refusal("actions that stay, or secrets that are taken out", "neither", "Say what is reduced.");
  }
  const foreign = keep_actions?.find((action) => !item.actions.includes(action));
  if (foreign !== undefined)
    throw refusal(`actions among ${item.actions.join(", ")}`, foreign, "Nobody gains access by a review.");
  const stays = keep_actions?.length ?? item.actions.length;
  if (stays === 0) throw refusal("at least one action that stays", "none", "Revoke the access instead.");
  const strange = revoke_secrets?.find((id) => secrets?.has(id) !== true);
  if (strange !== undefined)
    throw refusal("secrets of this item", strange, "Take out only what the item reaches.");
  const taken = new Set(revoke_secrets).size;
  if (taken >= item.secrets.count)
    throw refusal("at least one secret that stays", "none", "Revoke the access instead.");
  if (stays === item.actions.length && taken === 0)
    throw refusal("less than there is", "all of it", "Certify the access instead.");
}

function choiceOf({ kind, justification, until, keep_actions, revoke_secrets }: Choice): Choice {
  const said = justification?.trim();
  return {
    kind,
    ...(said === undefined || said === "" ? {} : { justification: said }),
    ...(until === undefined ? {} : { until }),
    ...(keep_actions === undefined ? {} : { keep_actions }),
    ...(revoke_secrets === undefined ? {} : { revoke_secrets: [...new Set(revoke_secrets)].sort() }),
  };
}

/**
 * An item that is not answered in full and that the campaign's rule lets be. Who was missing might only have been stricter: what somebody
 * decided to take away goes.
 */
export function keepUnanswered(found: CampaignItem): CampaignItem {
  const { kind } = conclude(found.item, found.decisions);
  const outcome = kind === "certify" ? "kept" : kind;
  return { ...found, version: found.version + 1, state: "decided", outcome };
}
