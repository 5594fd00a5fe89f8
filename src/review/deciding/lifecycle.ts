import type { Instant } from "../../base/index.ts";
import { MIN_JUSTIFICATION } from "./decide.ts";
import type { Campaign, CampaignState, ReviewerSignOff, SignOff } from "../model.ts";
import { unsignedText, type Unsigned } from "../record/unsigned.ts";
import { forbidden, refusal } from "./refusal.ts";
import type { Actor } from "../roles.ts";
import { isAmong, type Who } from "./same-person.ts";

const DAY_MS = 86_400_000;

export function daysAfter(at: Instant, days: number): Instant {
  return new Date(Date.parse(at) + days * DAY_MS).toISOString();
}

/** From now on reviewers decide. E_REVIEW unless it was just created. */
export function opened(campaign: Campaign, at: Instant): Campaign {
  refuseUnless(campaign, "created");
  const due_at = daysAfter(at, campaign.terms.due_days);
  return next(campaign, { state: "in_review", opened_at: at, due_at });
}

/** Whether a review may end as it is. */
export function isPastDue({ due_at }: Pick<Campaign, "due_at">, at: Instant): boolean {
  return due_at !== undefined && at >= due_at;
}

/**
 * From now on nobody decides, and what was revoked is removed. `undecided`: items that still wait; `unsigned`: who decided without having
 * signed off, which nobody can do any more. Before the due date all must be decided and signed off; after it a review may end
 * incomplete, which it then is for good.
 */
export function reviewEnded(
  campaign: Campaign,
  at: Instant,
  undecided: number,
  unsigned: readonly Unsigned[],
): Campaign {
  refuseUnless(campaign, "in_review");
  if (unsigned.length > 0 && undecided === 0 && !isPastDue(campaign, at)) {
    throw refusal(
      "all who decided to have signed off before the due date",
      `none of ${unsignedText(unsigned)}`,
      `Ask them for \`countersign review sign-off ${campaign.campaign_id} --mine\`: nobody signs off once the review has ended. After the due date it can end without.`,
    );
  }
  if (undecided > 0 && !isPastDue(campaign, at)) {
    throw refusal(
      "every item to be decided before the due date",
      `${undecided} that wait`,
      "Remind the reviewers, or wait for the due date: then the review can end incomplete.",
    );
  }
  const remediation_due_at = daysAfter(at, campaign.terms.remediation_days);
  return next(campaign, { state: "in_remediation", review_ended_at: at, remediation_due_at });
}

/** E_REVIEW where nobody decides: what is asked and what is answered stays as it is. */
export function requireInReview(campaign: Campaign): void {
  refuseUnless(campaign, "in_review");
}

/** A reviewer puts their name under their decisions. */
export function itemsSignedOff(campaign: Campaign, signOff: ReviewerSignOff): Campaign {
  refuseUnless(campaign, "in_review");
  refuseEmpty(signOff);
  return next(campaign, { signed_off: [...campaign.signed_off, signOff] });
}

/** Compliance stands for the result. Not after management took note: what they acknowledged stays, and who acknowledged signs nothing off. */
export function resultSignedOff(campaign: Campaign, signOff: SignOff): Campaign {
  refuseUnless(campaign, "in_remediation");
  if (campaign.acknowledgement !== undefined) {
    throw refusal(
      "a result that nobody has acknowledged yet",
      `one that ${campaign.acknowledgement.by} acknowledged`,
      "Close the campaign: what management took note of stays as it was signed.",
    );
  }
  refuseEmpty(signOff);
  return next(campaign, { sign_off: signOff });
}

/** Management has taken note (PCI DSS 7.2.4): somebody else than who signed the result off, or decided in it, under any address. */
export function acknowledged(
  campaign: Campaign,
  acknowledgement: SignOff,
  deciders: ReadonlySet<string>,
  who: Who = { who: acknowledgement.by },
): Campaign {
  refuseUnless(campaign, "in_remediation");
  refuseEmpty(acknowledgement);
  if (campaign.sign_off === undefined) {
    throw refusal("a result that compliance signed off", "none", "Sign the result off first.");
  }
  if (isAmong(who, [campaign.sign_off.by, ...deciders])) {
    throw forbidden(
      "somebody who neither decided nor signed off",
      acknowledgement.by,
      "Management acknowledges the work of others: name somebody who was not asked under review.management.",
    );
  }
  return next(campaign, { acknowledgement });
}

/** Decisions, signatures and the population never change again. E_REVIEW while something is missing. */
export function closed(campaign: Campaign, at: Instant): Campaign {
  refuseUnless(campaign, "in_remediation");
  if (campaign.sign_off === undefined) throw refusal("a result that is signed off", "none", "Sign it off.");
  if (campaign.acknowledgement === undefined) {
    throw refusal("management's acknowledgement", "none", "Ask whom the configuration names for it.");
  }
  return next(campaign, { state: "closed", closed_at: at });
}

/** Whoever may acknowledge: who has the role; where the configuration names nobody for it, an administrator. */
export function isManagement({ roles }: Pick<Actor, "roles">, named: readonly string[]): boolean {
  return roles.includes(named.length > 0 ? "management" : "admin");
}

function next(campaign: Campaign, changes: Partial<Campaign>): Campaign {
  return { ...campaign, ...changes, version: campaign.version + 1 };
}

function refuseUnless({ campaign_id, state }: Campaign, wanted: CampaignState): void {
  if (state === wanted) return;
  const words = (one: CampaignState): string => one.replace("_", " ");
  throw refusal(
    `a campaign that is ${words(wanted)}`,
    `${campaign_id}, which is ${words(state)}`,
    "A campaign goes from created to in review, in remediation and closed, and never back.",
  );
}

function refuseEmpty({ statement }: SignOff): void {
  if (statement.trim().length >= MIN_JUSTIFICATION) return;
  throw refusal(
    `a statement of at least ${MIN_JUSTIFICATION} characters`,
    String(statement.trim().length),
    "Say in your own words what you stand for.",
  );
}
