import { Count, Digest, Text, Texts, Type, closed, literals } from "../facts/index.ts";
import { COMMON, Days, optional } from "./schema-parts.ts";

/** Most reviewers and revocations that a document names; counts are over all. */
export const MAX_REVIEW_SAMPLE = 50;

/** Most paths that one revocation names. */
export const MAX_SAMPLE_PATHS = 3;

/** Most templates and frameworks that the estate names. */
export const MAX_TEMPLATES = 50;

const Every = literals(["month", "quarter", "half_year", "year"]);

/** A campaign of an access review. */
export const ReviewSubject = closed({
  kind: Type.Literal("review"),
  ...COMMON,
  campaign_id: Text,
  title: Text,
  template: Text,
  every: optional(Every),
  frameworks: Texts,
  state: literals(["created", "in_review", "in_remediation", "closed"]),
  /** Whether a later campaign of the same template has been closed. */
  superseded: Type.Boolean(),
  /** Whether a scope leaves a part of the estate out. */
  scoped: Type.Boolean(),
  snapshot_id: Text,
  items_sha256: Digest,
  /** Age of what the population is as of. */
  as_of_age_days: optional(Days),
  created_age_days: optional(Days),
  opened_age_days: optional(Days),
  /** Until decisions are due. */
  due_in_days: optional(Days),
  /** Whether decisions are due, and the review has not ended. */
  overdue: Type.Boolean(),
  /** Whole days since then. */
  overdue_days: Count,
  /** Whether the review ended after its due date, and by how many whole days. */
  ended_late: Type.Boolean(),
  ended_late_days: Count,
  /** Whole days since what was revoked had to be gone; 0 before, and once the campaign is closed. */
  remediation_overdue_days: Count,
  closed_age_days: optional(Days),
  item_count: Count,
  decided_count: Count,
  undecided_count: Count,
  unassigned_count: Count,
  certified_count: Count,
  revoked_count: Count,
  reduced_count: Count,
  time_limited_count: Count,
  /** Nobody answered, and the campaign's rule let the access be. */
  kept_count: Count,
  revoked_by_rule_count: Count,
  gone_count: Count,
  joined_count: Count,
  changed_count: Count,
  decision_count: Count,
  self_decided_count: Count,
  same_person_twice_count: Count,
  decided_late_count: Count,
  bulk_decision_count: Count,
  population_complete: Type.Boolean(),
  population_gap_count: Count,
  stores_covered: Texts,
  tiers_covered: Texts,
  journal_verified: Type.Boolean(),
  journal_entry_count: Count,
  signed_off: Type.Boolean(),
  signed_off_by: optional(Text),
  acknowledged: Type.Boolean(),
  acknowledged_by: optional(Text),
  reviewers: closed({
    /** Those who decided, or who are asked. */
    count: Count,
    decided_count: Count,
    /** Those whose figures fit the campaign's terms for rubber-stamping. */
    flagged_count: Count,
    /** Those who decided on access of their own. */
    dependent_count: Count,
    /** The flagged ones. */
    sample: Type.Array(closed({ reviewer: Text, why: Text }), { maxItems: MAX_REVIEW_SAMPLE }),
  }),
  revocations: closed({
    count: Count,
    /** Time limits that have not come to their end. */
    waiting_count: Count,
    /** Of the others: no snapshot was asked yet. */
    open_count: Count,
    removed_count: Count,
    removed_late_count: Count,
    still_reachable_count: Count,
    /** What could not be read may hide a path. */
    unverifiable_count: Count,
    /** Past their due date and not known to be gone: open, still reachable. */
    overdue_count: Count,
    still_reachable_overdue_count: Count,
    unverifiable_overdue_count: Count,
    /** Of the one that is overdue the longest. */
    oldest_overdue_days: optional(Days),
    /** Those that are not gone, overdue the longest first. */
    sample: Type.Array(
      closed({
        principal_id: Text,
        decision: Text,
        state: Text,
        due: Type.Boolean(),
        overdue_days: Count,
        remaining: Type.Array(Text, { maxItems: MAX_SAMPLE_PATHS }),
        remaining_count: Count,
      }),
      { maxItems: MAX_REVIEW_SAMPLE },
    ),
  }),
});

/** What reviews of access came to of one principal. Absent where nothing tells of reviews. */
export const PrincipalReview = closed({
  /** Campaigns of the last 400 days in which somebody decided on its access. */
  campaign_count: Count,
  /**
   * Since people had decided on everything that it may do, counted from the first of these decisions. Absent: in no campaign
   * they did, or its population or scope may have left something out.
   */
  last_reviewed_age_days: optional(Days),
  last_reviewed_in: optional(Text),
  /** Whether people decided on a part of its access, or perhaps on a part, since then. */
  partly_since: Type.Boolean(),
  last_decision: optional(Text),
  last_decided_by: optional(Text),
  last_decided_age_days: optional(Days),
});

/** Which reviews took place. */
export const ESTATE_REVIEWS = closed({
  /** Sources that tell of reviews and were read. With 0 nothing is known of any. */
  register_count: Count,
  campaign_count: Count,
  /** Those that are not closed. */
  open_count: Count,
  /** Of the first campaign that is told of. */
  first_created_age_days: optional(Days),
  /** Since the last campaign was closed, and the last one over all access in which every item was decided. */
  closed_age_days: optional(Days),
  complete_age_days: optional(Days),
  by_template: Type.Array(
    closed({
      template: Text,
      every: optional(Every),
      closed_age_days: optional(Days),
      campaign_count: Count,
    }),
    { maxItems: MAX_TEMPLATES },
  ),
  by_framework: Type.Array(closed({ framework: Text, closed_age_days: optional(Days) }), {
    maxItems: MAX_TEMPLATES,
  }),
});
