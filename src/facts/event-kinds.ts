import { Count, InstantText, Text, Type, closed, literals } from "../schema/index.ts";
import { fact, optional } from "./kind-schema.ts";

/** Most holes that one span names; with more, the span says when it is known from. */
export const MAX_HOLES = 64;

/** Most days, and most versions, of one pair of principal and secret. */
export const MAX_USAGE_DAYS = 92;
export const MAX_USAGE_VERSIONS = 64;

/** Most detections of one rule that one collection takes of a source's log; how many there were is told beside. */
export const MAX_DETECTIONS = 1000;

const REVIEW_DAYS: Readonly<Record<string, number>> = { break_glass_used: 3, denied_then_allowed: 2 };

/**
 * Days within which a finding of a detection must be reviewed, by the default of the policies (`review_days`). Decides which findings are told first where
 * there are too many, and nothing else.
 */
export function usualReviewDays(rule: string): number {
  return REVIEW_DAYS[rule] ?? 7;
}

/** Days before a collection in which detections are looked for. */
export const DETECTION_DAYS = 92;

/** Most events that one detection names, and most secrets. */
const MAX_DETECTION_EVENTS = 8;
export const MAX_DETECTION_SECRETS = 16;

/** Kinds of facts that are told of audit logs which were ingested, where a source's settings ask for them. */
export const EVENT_KIND_SCHEMAS = {
  /** Of which time the ingested log of a store tells: of a cloud's, of one account's Region. */
  log_span: fact("log_span", {
    account: optional(Text),
    region: optional(Text),
    /** Of the first and the last event, whatever it is about. */
    from_at: InstantText,
    to_at: InstantText,
    event_count: Count,
    /** Reads of values that succeeded; 0 says that nobody read, or that reads are not logged. */
    read_count: Count,
    /** Of these: those since `whole_from_at`, but for reads of a day of which a hole has a part. Absent: not counted when it was asked. */
    whole_read_count: optional(Count),
    /** Of all: reads that say of no principal, of no secret, or by a path of which all below was read. */
    unattributed_read_count: Count,
    unnamed_read_count: Count,
    /**
     * Times of which nothing, or not all, is known, ascending: `silent`: no event; `unreadable`: files of which a part could not
     * be read; `missing`: what could not be fetched; `not_ingested`: what was fetched and is not in the table.
     */
    holes: Type.Array(
      closed({
        from_at: InstantText,
        to_at: InstantText,
        reason: literals(["missing", "not_ingested", "silent", "unreadable"]),
      }),
      { maxItems: MAX_HOLES },
    ),
    hole_count: Count,
    /** From when on there is no hole; equal to `to_at` where the last one has no end. */
    whole_from_at: InstantText,
  }),
  /** What one principal read of one secret, both as the log names them. One of whom it does not say has no `principal_key`. */
  usage: fact("usage", {
    principal_key: optional(Text),
    principal_name: optional(Text),
    secret_key: Text,
    read_count: Count,
    denied_count: Count,
    first_read_at: optional(InstantText),
    last_read_at: optional(InstantText),
    /** The versions, stages or labels that were read, the last read first. */
    versions: Type.Array(closed({ version: Text, read_count: Count, last_read_at: InstantText }), {
      maxItems: MAX_USAGE_VERSIONS,
    }),
    /** Further versions. */
    unlisted_version_count: Count,
    /** Reads of which the log does not say the version. */
    unversioned_read_count: Count,
    /** Reads by day of the last {@link MAX_USAGE_DAYS} days of the log, `YYYY-MM-DD` in UTC. */
    days: Type.Record(Type.String(), Count),
  }),
  /**
   * What one rule of `events detect` found. Who and what are named as the log names them; a key that is absent is not known, or of
   * many.
   */
  detection: fact("detection", {
    rule: Text,
    severity: literals(["low", "medium", "high", "critical"]),
    /** When the event came that fulfilled the rule. */
    detected_at: InstantText,
    first_at: InstantText,
    last_at: InstantText,
    event_count: Count,
    principal_key: optional(Text),
    secret_key: optional(Text),
    source_ip: optional(Text),
    /** The deciding ones. */
    event_ids: Type.Array(Text, { maxItems: MAX_DETECTION_EVENTS }),
    /** What was read, where the rule is about when or from where a principal read; a part of them where there are more. */
    secret_keys: optional(Type.Array(Text, { maxItems: MAX_DETECTION_SECRETS })),
    /** How many these are, `secret_keys` and the others, and the reads that name none. */
    secret_count: optional(Count),
    unnamed_read_count: optional(Count),
    detail: Text,
    /** Who dealt with it, as the configuration says. Absent: nobody. */
    review: optional(
      closed({
        how: literals(["acknowledged", "suppressed"]),
        /** Absent: a suppression that does not say who decided it. */
        by: optional(Text),
        reason: Text,
        /** Of an acknowledgement: when it was reviewed. What came later it does not cover. */
        reviewed_at: optional(InstantText),
        /** Of a suppression: the last day of it. */
        until: optional(Text),
      }),
    ),
  }),
  /** Which rules looked through a store's log, and at which time of it. */
  detection_run: fact("detection_run", {
    since_at: InstantText,
    until_at: InstantText,
    /** Each that ran, and how much it found, told or not. */
    rules: Type.Array(closed({ rule: Text, found_count: Count }), { maxItems: 256 }),
  }),
  /** A principal whose name in the log is one identity's for certain, and what the rules took it for. */
  log_actor: fact("log_actor", {
    principal_key: Text,
    first_at: InstantText,
    last_at: InstantText,
    event_count: Count,
    /** On how many days of the time that was looked through, and before it as far back as habits are learnt, it read. */
    read_day_count: Count,
    /** Absent: a rule asks for what the log does not say. */
    break_glass: optional(Type.Boolean()),
    workload: optional(Type.Boolean()),
    /** Whether the configuration declares its hours. */
    hours_declared: Type.Boolean(),
  }),
};
