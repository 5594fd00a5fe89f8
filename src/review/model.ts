import type { Certainty, GrantAction, GrantStatement } from "../access/index.ts";
import type { Instant } from "../base/index.ts";

/**
 * `created`: the population is sealed, nobody decides yet. `in_review`: reviewers decide. `in_remediation`: what was revoked is being
 * removed, and verified. `closed`: signed off and acknowledged; only what was revoked is looked for until it is gone.
 */
export const CAMPAIGN_STATES = ["created", "in_review", "in_remediation", "closed"] as const;

export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** What becomes of an item that nobody answered in time. Recorded as the rule's decision, never as a person's. */
export const NO_ANSWERS = ["escalate", "keep", "revoke"] as const;

export type NoAnswer = (typeof NO_ANSWERS)[number];

/** How often a campaign is due: calendar months between two starts. */
export const CADENCES = { month: 1, quarter: 3, half_year: 6, year: 12 } as const;

export type Cadence = keyof typeof CADENCES;

/** Which part of the population a campaign is about; what is absent does not narrow. Patterns: `*` any characters, `?` one. */
export interface CampaignScope {
  readonly stores?: readonly string[];
  readonly tiers?: readonly string[];
  readonly owners?: readonly string[];
  readonly environments?: readonly string[];
  readonly principal_types?: readonly string[];
  /** Ids of frameworks: what belongs to any of them, as the terms' `framework_scopes` say, and to the rest of the scope. */
  readonly frameworks?: readonly string[];
  /** Ids of principals, no patterns: a campaign about these alone. */
  readonly principals?: readonly string[];
}

/** One part of what belongs to a framework: all of these must hold. Labels: `name=value`; paths: ids without the store. */
export interface FrameworkScope {
  readonly stores?: readonly string[];
  readonly tiers?: readonly string[];
  readonly owners?: readonly string[];
  readonly environments?: readonly string[];
  readonly paths?: readonly string[];
  readonly labels?: readonly string[];
}

/** What was configured when the campaign was made; frozen with it. */
export interface CampaignTerms {
  /** Name of the template, e.g. `quarterly`. */
  readonly template: string;
  readonly title: string;
  /** Frameworks that it is evidence for, by id of `mappings/`. */
  readonly frameworks: readonly string[];
  readonly scope: CampaignScope;
  /** What belongs to each framework of the scope: any of its parts. */
  readonly framework_scopes?: Readonly<Record<string, readonly FrameworkScope[]>>;
  /** Who is asked first: the manager of the person behind the principal, or the people who own the secrets. */
  readonly assign: "manager" | "owner";
  readonly due_days: number;
  readonly remediation_days: number;
  /** Days before the due date on which who has not finished is reminded, descending. */
  readonly remind_days: readonly number[];
  /** Days after the due date after which `no_answer` is carried out. */
  readonly grace_days: number;
  readonly no_answer: NoAnswer;
  readonly every?: Cadence;
  /** Most items that one decision may cover. */
  readonly bulk_limit: number;
  /** Times that an item may be handed on. */
  readonly delegation_limit: number;
  readonly rubber_stamp: RubberStampTerms;
  /** Unused for so many days counts as unused. */
  readonly unused_days: number;
  /** Names of secrets that two people must decide on, e.g. `*root*`, and kinds of things, e.g. `key`. */
  readonly two_people: readonly string[];
}

/** From when on certifying is taken for rubber-stamping: all three must hold of a reviewer. */
export interface RubberStampTerms {
  readonly min_decisions: number;
  /** Share of decisions that certify, 0 to 1. */
  readonly certified_share: number;
  /** Median seconds between two decisions; a bulk decision counts as its items. */
  readonly median_seconds: number;
}

export interface Campaign {
  /** `<template>-<period>`, e.g. `quarterly-2026-q4`. */
  readonly campaign_id: string;
  readonly version: number;
  readonly state: CampaignState;
  readonly terms: CampaignTerms;
  readonly snapshot_id: string;
  /** Digest of that snapshot's manifest. */
  readonly snapshot_sha256: string;
  /** `taken_at` of the snapshot: what the population is as of. */
  readonly as_of: Instant;
  readonly created_at: Instant;
  readonly created_by: string;
  readonly opened_at?: Instant;
  readonly due_at?: Instant;
  readonly remediation_due_at?: Instant;
  readonly review_ended_at?: Instant;
  readonly closed_at?: Instant;
  readonly population: Population;
  /** Reviewers who put their names under their decisions, in order of time; what they decide after that is not under it. */
  readonly signed_off: readonly ReviewerSignOff[];
  readonly sign_off?: SignOff;
  readonly acknowledgement?: SignOff;
}

/** Who stands for the campaign's result, in their own words. */
export interface SignOff {
  readonly by: string;
  /** The address that they came by, where it is another one of theirs. */
  readonly signed_in_as?: string;
  readonly at: Instant;
  readonly statement: string;
}

/** A reviewer's name under their decisions so far. */
export interface ReviewerSignOff extends SignOff {
  readonly decision_count: number;
  /** Digest of these decisions in order of item. */
  readonly decisions_sha256: string;
  /** Other addresses of theirs under which some of these were taken; absent: none. */
  readonly also?: readonly string[];
}

/** How the population was made, and that nothing of the inventory is lost: completeness and accuracy. */
export interface Population {
  /** The command that gives it again. */
  readonly query: string;
  readonly item_count: number;
  readonly grant_count: number;
  /** Digest of all items in order: the sealed population. */
  readonly items_sha256: string;
  /** Secrets, and what is reviewed as they are: keys, and roles that issue certificates or make accounts. */
  readonly secrets: Reconciled;
  /** How many of these are of which kind, in the inventory: `secret`, `key`, `certificate_role`, `dynamic_role`. */
  readonly kinds?: Readonly<Record<string, number>>;
  readonly principals: Reconciled;
  readonly stores: Reconciled;
  /** People of the rosters, where there are any. */
  readonly people?: PeopleReconciled;
  /** False where a gap may hide principals, secrets or grants that are in scope. */
  readonly complete: boolean;
  /** In words, what could not be read, at most {@link MAX_NAMED_GAPS}; all are in the snapshot. */
  readonly gaps: readonly string[];
  readonly gap_count: number;
  /** Words of the scope that fit nothing of the inventory, in words. Absent: each fits something. */
  readonly unfitting?: readonly string[];
}

export const MAX_NAMED_GAPS = 50;

/** Of one kind of thing: `total` = `in_items` + the sum of `excluded`. */
export interface Reconciled {
  readonly total: number;
  readonly in_items: number;
  /** Reason → number, e.g. `out of scope: tier low`, `nobody is known to reach it`. */
  readonly excluded: Readonly<Record<string, number>>;
}

/** Both sides of rosters against principals. */
export interface PeopleReconciled {
  readonly person_count: number;
  readonly persons_with_principal: number;
  readonly principals_with_person: number;
  readonly principals_with_owner_alone: number;
  readonly principals_with_neither: number;
  readonly ambiguous: number;
}

/** Who is behind a principal, as the rosters say. */
export interface PersonBehind {
  readonly person_id: string;
  readonly name: string;
  readonly email?: string;
  /** Further addresses of theirs, lower case, sorted; absent: none. */
  readonly other_emails?: readonly string[];
  readonly title?: string;
  readonly manager_email?: string;
  readonly status: "active" | "leave" | "terminated";
  readonly terminated_at?: Instant;
  /** Of who works here, by HR: when their job or manager changed last. */
  readonly moved_at?: Instant;
  readonly third_party: boolean;
}

export type Recommended = "certify" | "examine" | "reduce" | "revoke";

/** Against the last closed or running campaign that had the same grant. */
export type Change = "first_review" | "narrower" | "new" | "same" | "wider";

/** What a decision needs: how many reviewers, and whether security decides after them. */
export interface Needs {
  readonly reviewers: 1 | 2;
  readonly security: boolean;
  /** Why more than one person: empty where one suffices. */
  readonly because: readonly string[];
}

/**
 * What a reviewer sees and decides on: one principal, one path, secrets on which the same people decide. Its digest is what a decision
 * is bound to. Usage, the recommendation and the like are as of the snapshot that it was made of: the item that was shown is kept
 * until `substanceOf` it differs, so that a read in the meantime voids no decision.
 */
export interface ReviewItem {
  /** Digest of the grant and of who decides on what part of it, 32 hex digits: the same in every campaign of these terms. */
  readonly item_id: string;
  readonly grant_id: string;
  readonly store_id: string;
  readonly principal: {
    readonly id: string;
    readonly name: string;
    readonly type: string;
    readonly owner?: string;
    readonly person?: PersonBehind;
    /** Of an identity: names of the users and roles that are it at every login, e.g. `auth/userpass/ada`. Absent: none is known for certain. */
    readonly logins?: readonly string[];
    readonly public: boolean;
    readonly external: boolean;
    readonly disabled: boolean;
    /** The identity that the collection was made with. */
    readonly collector: boolean;
  };
  readonly secrets: {
    /** Of all of them; absent where they have several, or none. */
    readonly owner?: string;
    /** First by name, where there are several; how many; and how many secrets have none. */
    readonly owners?: readonly string[];
    readonly owner_count?: number;
    readonly unowned_count?: number;
    /** The strictest. Absent: no rule gives one to all of them, or it is not known; such items are dealt with as `critical`. */
    readonly tier?: string;
    /** How many have which, where they differ; `none`: without one. */
    readonly tiers?: Readonly<Record<string, number>>;
    readonly environment?: string;
    readonly count: number;
    /** First by id, at most {@link MAX_ITEM_SAMPLE}. */
    readonly sample: readonly string[];
    /** Digest of all ids, a line each, sorted; the list stands in the store of target sets. */
    readonly set_sha256: string;
  };
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  readonly conditions: readonly string[];
  /** The path, a line a step, in plain words. */
  readonly path: readonly string[];
  readonly statements: readonly GrantStatement[];
  /** First snapshot of those kept in which the grant was. Not when it was granted: nobody kept that. */
  readonly observed_from: Instant;
  readonly usage: ItemUsage;
  readonly privileged: boolean;
  /** Why it is `privileged`, in words; absent where it is not. */
  readonly privileged_because?: readonly string[];
  readonly break_glass: boolean;
  /** When the access ends by itself or by its request. */
  readonly ends_at?: Instant;
  readonly request?: {
    readonly request_id: string;
    readonly approved_by: string;
    readonly ends_at?: Instant;
  };
  readonly change: Change;
  /** In words, what changed. */
  readonly change_detail?: string;
  /**
   * The newest decision on this access, in any campaign and however that parted it: of those that took away what is still there, where
   * there are some. Of all of the secrets, unless `reviewed_parts` says of which.
   */
  readonly last_review?: {
    readonly campaign_id: string;
    readonly decision: DecisionKind;
    readonly by: string;
    readonly at: Instant;
    /** Of what may stay for a time: until when. */
    readonly until?: Instant;
  };
  /** Where `last_review` is not of all the secrets, or `change` does not tell whether it has come about. */
  readonly reviewed_parts?: {
    /** How many of the secrets had which decision last; `none`: nobody decided on them. */
    readonly secrets: Readonly<Partial<Record<DecisionKind | "none", number>>>;
    /** When the oldest of these decisions was taken. */
    readonly since: Instant;
    /** How many secrets are still reached of which a decision took that away, wholly or in part; the first by id, at most {@link MAX_ITEM_SAMPLE}. */
    readonly undone_count: number;
    readonly undone: readonly string[];
  };
  readonly risk: "critical" | "high" | "low" | "standard";
  readonly needs: Needs;
  readonly recommendation: { readonly kind: Recommended; readonly reason: string };
  /** What could not be read and bears on this item, in words. Empty: nothing. */
  readonly unknowns: readonly string[];
}

export const MAX_ITEM_SAMPLE = 20;

/** Whether it was used. `unknown` says why, and is never "unused". */
export type ItemUsage =
  | { readonly known: false; readonly reason: string }
  | {
      readonly known: true;
      /** Since when the log tells. */
      readonly observed_from: Instant;
      readonly read_count: number;
      readonly last_used_at?: Instant;
      readonly used_secret_count: number;
      /** Nothing of it was used for the campaign's `unused_days`, all of which the log tells of. */
      readonly unused: boolean;
    };

export const DECISION_KINDS = ["certify", "reduce", "revoke", "time_limit"] as const;

/** What a reviewer concludes. Handing on is no decision: see `delegated`. */
export type DecisionKind = (typeof DECISION_KINDS)[number];

/** Where a decision came from; `rule`: nobody answered. */
export const CHANNELS = ["cli", "csv", "rule", "web", "xlsx"] as const;

export type Channel = (typeof CHANNELS)[number];

/** What a person gives. */
export interface Choice {
  readonly kind: DecisionKind;
  readonly justification?: string;
  /** Of `time_limit`: when the access must have ended. */
  readonly until?: Instant;
  /** Of `reduce`: what may stay, or which secrets are taken out; at least one of them. */
  readonly keep_actions?: readonly GrantAction[];
  readonly revoke_secrets?: readonly string[];
}

/** What is kept of a decision, for good. */
export interface Decision extends Choice {
  readonly item_id: string;
  /** `reviewer` or `security`: in which of the two rounds. */
  readonly level: "reviewer" | "security";
  readonly by: string;
  /** The address that they came by, where it is another one of theirs. */
  readonly signed_in_as?: string;
  readonly at: Instant;
  readonly channel: Channel;
  /** Digest of the item as it was shown. */
  readonly seen_sha256: string;
  /** How many items the one act covered; 1: this alone. */
  readonly bulk_size: number;
  /** Seconds from when the item was first shown to this reviewer; absent where that is not known. */
  readonly considered_s?: number;
}

/**
 * `open`: decisions are missing. `second_reviewer`, `security`: the first is there, and these are missing. `decided`: all are there.
 * `gone`: the access was no more in a later snapshot, and nothing hid it.
 */
export const ITEM_STATES = ["open", "second_reviewer", "security", "decided", "gone"] as const;

export type ItemState = (typeof ITEM_STATES)[number];

/** An item in a campaign. */
export interface CampaignItem {
  readonly campaign_id: string;
  readonly version: number;
  readonly state: ItemState;
  readonly item: ReviewItem;
  /** Digest of `item`. */
  readonly seen_sha256: string;
  /** Who is asked now: email, lower case. Absent: nobody could be found, which compliance must mend. */
  readonly reviewer?: string;
  /** Why this one, e.g. `manager of ada.lindqvist@example.com`. */
  readonly assigned_because: string;
  /** Handed on so many times. */
  readonly delegations: number;
  /** Decisions in force, of this version of the item; those of earlier ones stand in the journal alone. */
  readonly decisions: readonly Decision[];
  /** The conclusion, once `decided`; `kept`: nobody answered, and the campaign's rule lets the access be. Nobody certified it. */
  readonly outcome?: DecisionKind | "kept";
  /** When it came into the campaign, of those that came after it was opened. */
  readonly joined_at?: Instant;
  /** When it went to somebody else because nobody answered. */
  readonly escalated_at?: Instant;
  /** When it last changed in the campaign. */
  readonly changed_at?: Instant;
  /** Of one that is revoked as a whole: what came under its path since. */
  readonly widened?: Widened;
}

/** Access that came under a path which was revoked before: it must go as well, and is asked about where the decision is taken back. */
export interface Widened {
  /** The item as it is in this snapshot, kept as those are that were shown. */
  readonly item: ReviewItem;
  readonly snapshot_id: string;
  readonly snapshot_sha256: string;
  /** What the item was, and what it has become, together. */
  readonly actions: readonly GrantAction[];
  readonly set_sha256: string;
  readonly secret_count: number;
}

/**
 * `open`: not known to be gone. `removed`: no path is left, and nothing hides one. `still_reachable`: a path is left.
 * `unverifiable`: a gap may hide one.
 */
export const REVOCATION_STATES = ["open", "removed", "still_reachable", "unverifiable"] as const;

export type RevocationState = (typeof REVOCATION_STATES)[number];

/** What has to go because of a decision, and whether it has. */
export interface Revocation {
  readonly campaign_id: string;
  readonly item_id: string;
  readonly version: number;
  readonly state: RevocationState;
  readonly principal_id: string;
  readonly store_id: string;
  readonly kind: Exclude<DecisionKind, "certify">;
  /** What must go: these actions on all secrets of the set; of `reduce` it may be none. */
  readonly actions: readonly GrantAction[];
  readonly set_sha256: string;
  readonly secret_count: number;
  /** Of `reduce`: secrets on which all actions must go. */
  readonly secrets: readonly string[];
  /** When the last of its decisions was taken: what was seen before that says nothing of it. */
  readonly decided_at: Instant;
  /** Not before: of a time limit, its end. */
  readonly from_at: Instant;
  readonly due_at: Instant;
  /** Of `reduce`: when what is left must have ended as well. */
  readonly ends_at?: Instant;
  readonly ticket?: { readonly reference: string; readonly by: string; readonly at: Instant };
  /** The last snapshot that was asked, what it showed, and since when nothing is left. */
  readonly checked?: {
    readonly snapshot_id: string;
    readonly snapshot_sha256: string;
    readonly as_of: Instant;
    /** Paths that are left, in words, at most {@link MAX_REMAINING}; what may hide some where unverifiable. */
    readonly remaining: readonly string[];
    readonly remaining_count: number;
  };
  readonly removed_at?: Instant;
}

export const MAX_REMAINING = 20;

/** An approved request for access, or one on its way. */
export interface AccessRequest {
  readonly request_id: string;
  readonly version: number;
  /** Of whom: a principal's id or name, or a person's email. */
  readonly principal: string;
  /** Ids of secrets, or patterns with `*`. */
  readonly secrets: readonly string[];
  readonly actions: readonly GrantAction[];
  readonly justification: string;
  readonly requested_by: string;
  readonly requested_at: Instant;
  readonly starts_at?: Instant;
  readonly ends_at?: Instant;
  /** Whether it concerns high privilege, so that security must approve as well. */
  readonly high_privilege: boolean;
  readonly manager_approval?: Approval;
  readonly security_approval?: Approval;
  /** Integration that stated it, approvals and all; it is answered where that keeps it. */
  readonly stated_by?: string;
  readonly state: "approved" | "refused" | "requested" | "withdrawn";
}

export interface Approval {
  readonly by: string;
  /** The address that they came by, where it is another one of theirs. */
  readonly signed_in_as?: string;
  readonly at: Instant;
  readonly approved: boolean;
  readonly remark?: string;
}
