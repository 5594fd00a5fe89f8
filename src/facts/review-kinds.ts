import { Count, Digest, InstantText, Text, Texts, Type, closed, literals } from "../schema/index.ts";
import { fact, optional } from "./kind-schema.ts";

const Share = Type.Number({ minimum: 0, maximum: 1 });

/** Somebody's name under a result. */
const Signed = closed({ by: Text, at: InstantText });

/** What reviewers conclude. */
const Decided = literals(["certify", "reduce", "revoke", "time_limit"]);

/** What is told of the register of reviews as a whole, also where there is no campaign. */
export const REVIEW_REGISTER = {
  /** Every campaign that was ever made. */
  campaign_count: Count,
  /** Of these: those that are told of. */
  told_count: Count,
  /** Entries of the journal that agree with their leaves in the ledger's chain, and those that wait for theirs. */
  journal_entry_count: Count,
  journal_outstanding_count: Count,
};

/** How often decisions came to what. `kept`: nobody answered, and the campaign's rule lets the access be. */
const OUTCOME_COUNTS = {
  certified_count: Count,
  revoked_count: Count,
  reduced_count: Count,
  time_limited_count: Count,
  kept_count: Count,
};

/** A campaign, with counts over all of its items. */
export const REVIEW_CAMPAIGN = {
  campaign_id: Text,
  template: Text,
  title: Text,
  frameworks: Texts,
  state: literals(["created", "in_review", "in_remediation", "closed"]),
  /** What is absent does not narrow. */
  campaign_scope: closed({
    stores: optional(Texts),
    tiers: optional(Texts),
    owners: optional(Texts),
    environments: optional(Texts),
    principal_types: optional(Texts),
    /** Frameworks to any of which it must belong. */
    frameworks: optional(Texts),
    /** Of campaigns about people who left or moved: ids. */
    principals: optional(Texts),
  }),
  every: optional(literals(["month", "quarter", "half_year", "year"])),
  /** What the population was made of. */
  snapshot_id: Text,
  snapshot_sha256: Digest,
  as_of: InstantText,
  created_at: InstantText,
  opened_at: optional(InstantText),
  due_at: optional(InstantText),
  review_ended_at: optional(InstantText),
  remediation_due_at: optional(InstantText),
  closed_at: optional(InstantText),
  item_count: Count,
  /** A conclusion is there, by people or by the rule for what nobody answers. */
  decided_count: Count,
  undecided_count: Count,
  /** Of the undecided: those for which nobody could be found who decides. */
  unassigned_count: Count,
  ...OUTCOME_COUNTS,
  /** Of the revoked: those that the rule for what nobody answers revoked. */
  revoked_by_rule_count: Count,
  /** Access that was no more in a later snapshot, and that nobody had to decide on. */
  gone_count: Count,
  /** Items that came into the campaign, and that changed in it, after it was opened. */
  joined_count: Count,
  changed_count: Count,
  /** Decisions of people that are in force. */
  decision_count: Count,
  /** Of these: by whoever has the access. 0 where nobody decided on their own. */
  self_decided_count: Count,
  /** Items on which one person decided twice, where two must. */
  same_person_twice_count: Count,
  /** Decisions after the due date. */
  decided_late_count: Count,
  /** Decisions that were taken as one of several at once. */
  bulk_decision_count: Count,
  /** False where what could not be read may hide access in scope. */
  population_complete: Type.Boolean(),
  population_gap_count: Count,
  /** The sealed population. */
  items_sha256: Digest,
  sign_off: optional(Signed),
  acknowledgement: optional(Signed),
  /** Whether the journal agreed with the ledger, and every row with the journal; false where an older program wrote rows that it does not name. */
  journal_verified: Type.Boolean(),
  journal_entry_count: Count,
  stores_covered: Texts,
  /** `none`: of secrets that no rule gives a tier. */
  tiers_covered: Texts,
};

/** How one reviewer decided in one campaign. */
export const REVIEW_REVIEWER = {
  campaign_id: Text,
  /** An email; `role:security` for whoever of security takes an item. */
  reviewer: Text,
  decision_count: Count,
  certified_share: Share,
  bulk_share: Share,
  /** Between two decisions, and from showing an item to deciding on it, at the median. */
  median_seconds: optional(Type.Number({ minimum: 0 })),
  median_considered_s: optional(Type.Number({ minimum: 0 })),
  justified_count: Count,
  /** Items that wait for this reviewer. */
  waiting_count: Count,
  self_decided_count: Count,
  /** Whether no decision was on access of their own. */
  is_independent: Type.Boolean(),
  /** Whether the figures fit the campaign's terms for rubber-stamping. */
  flagged: Type.Boolean(),
  why: Text,
  signed_off_at: optional(InstantText),
};

/** Most paths that a revocation tells of; the count is over all. */
export const MAX_REMAINING_TOLD = 5;

/** What has to go because of a decision, and whether it has. */
export const REVIEW_REVOCATION = {
  campaign_id: Text,
  item_id: Text,
  principal_id: Text,
  /** Of the store that the access is in. */
  in_store_id: Text,
  decision: literals(["reduce", "revoke", "time_limit"]),
  secret_count: Count,
  /** Access may be there until then: of a time limit, its end. */
  from_at: InstantText,
  due_at: InstantText,
  state: literals(["open", "removed", "still_reachable", "unverifiable"]),
  removed_at: optional(InstantText),
  /** The last snapshot that was asked. */
  checked: optional(closed({ snapshot_id: Text, as_of: InstantText })),
  /** Paths that are left, in words. */
  remaining: Type.Array(Text, { maxItems: MAX_REMAINING_TOLD }),
  remaining_count: Count,
  ticket: optional(Text),
};

/** What people decided on one principal's access in one campaign. */
export const REVIEW_DECISION = {
  campaign_id: Text,
  principal_id: Text,
  item_count: Count,
  /** Items of which people's decisions are all there, or whose access is gone. */
  decided_count: Count,
  /** The last decision of a person. */
  decision: Decided,
  by: Text,
  at: InstantText,
  /** The first of those that concluded an item. */
  first_at: InstantText,
  /** Whether the campaign's scope can leave nothing out of what a principal in it may reach. */
  all_access: Type.Boolean(),
  population_complete: Type.Boolean(),
};

/** Kinds that tell of access reviews: no store tells them. */
export const REVIEW_KIND_SCHEMAS = {
  review_register: fact("review_register", REVIEW_REGISTER),
  review_campaign: fact("review_campaign", REVIEW_CAMPAIGN),
  review_reviewer: fact("review_reviewer", REVIEW_REVIEWER),
  review_revocation: fact("review_revocation", REVIEW_REVOCATION),
  review_decision: fact("review_decision", REVIEW_DECISION),
};
