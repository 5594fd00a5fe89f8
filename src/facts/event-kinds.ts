import { Count, InstantText, Text, Type, closed, literals } from "../schema/index.ts";
import { fact, optional } from "./kind-schema.ts";

/** Most holes that one span names; with more, the span says when it is known from. */
export const MAX_HOLES = 64;

/** Most days, and most versions, of one pair of principal and secret. */
export const MAX_USAGE_DAYS = 92;
export const MAX_USAGE_VERSIONS = 64;

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
};
