import { Count, Digest, InstantText, Text, Texts, Type, closed, type Static } from "../../schema/index.ts";
import type { CampaignItem, Decision, Revocation } from "../model.ts";

const Counts = Type.Record(Type.String(), Count);
const Name = Type.String({ maxLength: 1024 });
const SignOff = closed({ by: Name, at: InstantText, statement: Text });
const Reconciled = closed({ total: Count, in_items: Count, excluded: Counts });

/** How one reviewer worked: what they were asked for, why they, how independent, and at what pace. */
const Reviewer = closed({
  reviewer: Name,
  name: Type.Optional(Name),
  title: Type.Optional(Name),
  /** Items on which they were asked, by name or as one of a role: see `askedOn`. Never less than their decisions in force. */
  asked: Count,
  waiting: Count,
  /** Why they were asked, with the number of items of which that is kept: those on which they were the last, the most frequent ones. */
  authority: Type.Array(closed({ because: Text, items: Count }), { maxItems: 20 }),
  /** Decisions in force, by kind. */
  decisions: Counts,
  decision_count: Count,
  justified: Count,
  late: Count,
  certified_share: Type.Number({ minimum: 0, maximum: 1 }),
  bulk_share: Type.Number({ minimum: 0, maximum: 1 }),
  largest_bulk: Count,
  median_seconds: Type.Optional(Type.Number({ minimum: 0 })),
  median_considered_s: Type.Optional(Type.Number({ minimum: 0 })),
  /** Fits all of the campaign's terms for rubber-stamping. */
  rubber_stamp: Type.Boolean(),
  pace: Text,
  /** Decisions on one's own access. */
  own_access: Count,
  /** Decisions on secrets that they are an owner of, which the assignment by owner asks for. */
  own_secrets: Count,
  last_decision_at: Type.Optional(InstantText),
  signed_off_at: Type.Optional(InstantText),
});

export type ReportReviewer = Static<typeof Reviewer>;

/** What a review report says beside its lists: plain JSON, observed results, no conclusion. */
export const ReviewReport = closed({
  format: Type.Literal("countersign-review/1"),
  product: closed({ name: Type.String(), version: Type.String() }),
  entity: closed({
    name: Name,
    boundary: Type.Optional(Text),
    request_id: Type.Optional(Name),
    prepared_by: Type.Optional(Name),
    reviewed_by: Type.Optional(Name),
  }),
  time_zone: Type.Literal("UTC"),
  /** The last entry of the campaign's journal: what the report speaks for. */
  state_of: InstantText,
  campaign: closed({
    campaign_id: Name,
    title: Text,
    state: Name,
    template: Name,
    frameworks: Type.Array(closed({ id: Name, title: Text, edition: Text })),
    scope: Type.Record(Type.String(), Texts),
    assign: Name,
    every: Type.Optional(Name),
    created_at: InstantText,
    created_by: Name,
    opened_at: Type.Optional(InstantText),
    due_at: Type.Optional(InstantText),
    review_ended_at: Type.Optional(InstantText),
    remediation_due_at: Type.Optional(InstantText),
    closed_at: Type.Optional(InstantText),
    terms: closed({
      due_days: Count,
      grace_days: Count,
      remediation_days: Count,
      no_answer: Name,
      bulk_limit: Count,
      delegation_limit: Count,
      unused_days: Count,
      two_people: Texts,
      rubber_stamp: closed({
        min_decisions: Count,
        certified_share: Type.Number(),
        median_seconds: Type.Number(),
      }),
    }),
  }),
  population: closed({
    snapshot_id: Name,
    snapshot_sha256: Digest,
    as_of: InstantText,
    query: Text,
    item_count: Count,
    grant_count: Count,
    items_sha256: Digest,
    /** Digests of the sealed items in the content-addressed store. */
    parts: Type.Array(Digest),
    secrets: Reconciled,
    kinds: Type.Optional(Counts),
    principals: Reconciled,
    stores: Reconciled,
    people: Type.Optional(Counts),
    complete: Type.Boolean(),
    gaps: Texts,
    gap_count: Count,
    unfitting: Type.Optional(Texts),
  }),
  /** Why the review is not whole, in sentences; empty: nothing is known to be missing. */
  incomplete: Texts,
  items: closed({
    total: Count,
    by_state: Counts,
    by_outcome: Counts,
    by_risk: Counts,
    unassigned: Count,
    privileged: Count,
    two_people: Count,
    security: Count,
    joined: Count,
    changed: Count,
    gone: Count,
    escalated: Count,
    handed_on: Count,
    unknown_usage: Count,
  }),
  decisions: closed({
    /** All that were ever taken. */
    taken: Count,
    in_force: Count,
    undone: Count,
    /** Void since the item changed. */
    superseded: Count,
    by_rule: Count,
    late: Count,
    own_access: Count,
    by_kind: Counts,
    by_level: Counts,
    by_channel: Counts,
    /** By day, those in force. */
    by_day: Type.Array(closed({ day: Type.String(), count: Count })),
  }),
  reviewers: Type.Array(Reviewer),
  timeliness: closed({
    reminders: Type.Array(closed({ at: InstantText, by: Name, reviewers: Count, items: Count })),
    escalations: Type.Array(closed({ at: InstantText, items: Count })),
    unanswered: Type.Array(closed({ at: InstantText, rule: Name, items: Count })),
    refreshed: Type.Array(
      closed({
        at: InstantText,
        snapshot_id: Name,
        snapshot_sha256: Digest,
        joined: Count,
        changed: Count,
        gone: Count,
        /** Revoked before, and wider since: their revocations go on. Absent: none. */
        widened: Type.Optional(Count),
      }),
    ),
  }),
  revocations: closed({ total: Count, by_state: Counts, overdue: Count, with_ticket: Count }),
  samples: Type.Array(
    closed({
      at: InstantText,
      by: Name,
      population_sha256: Digest,
      population_count: Count,
      method: Text,
      nonce: Type.Optional(Text),
      item_ids: Texts,
    }),
  ),
  reviewer_sign_offs: Type.Array(
    closed({ by: Name, at: InstantText, statement: Text, decision_count: Count, decisions_sha256: Digest }),
  ),
  sign_off: Type.Optional(SignOff),
  acknowledgement: Type.Optional(SignOff),
  journal: closed({
    entries: Count,
    by_kind: Counts,
    unpublished: Count,
    first: Type.Optional(closed({ number: Count, sha256: Digest })),
    last: Type.Optional(closed({ number: Count, sha256: Digest })),
    /** Of the whole journal against the whole chain; absent: nobody compared them for this report. */
    verified: Type.Optional(closed({ entries: Count, outstanding: Count })),
    head: Type.Optional(closed({ leaves: Count, sha256: Digest })),
  }),
});

export type ReviewReport = Static<typeof ReviewReport>;

/** One decision as the journal has it, and whether it still holds. */
export interface DecisionLine {
  readonly entry: number;
  readonly entry_sha256: string;
  readonly decision: Omit<Decision, "kind"> & { readonly kind: Decision["kind"] | "kept" };
  readonly late: boolean;
  readonly fate: "in force" | "superseded: the item changed" | "undone";
}

/** An item with what became of it. */
export interface ReportItem {
  readonly found: CampaignItem;
  readonly revocation?: Revocation;
  readonly sampled: boolean;
}

/** A report with its lists, which may be larger than memory and can be read again. */
export interface ReviewPackage {
  readonly report: ReviewReport;
  /** All of them, in the campaign's order. */
  items(): AsyncIterable<ReportItem>;
  /** Those of which something must go. */
  revoked(): AsyncIterable<ReportItem>;
  /** Those that were drawn. */
  sample(): AsyncIterable<ReportItem>;
  decisions(): AsyncIterable<DecisionLine>;
  /** Each set of secrets once: `[digest, id]` a line. */
  secrets(): AsyncIterable<readonly [set_sha256: string, secret_id: string]>;
}
