import { Count, Text, Type, closed, literals } from "../facts/index.ts";
import { Days, optional } from "./schema-parts.ts";

/** How much of the past the log of a store tells. */
const OBSERVED = {
  /** Since when the log has no hole. Absent: not known. */
  observed_from_age_days: optional(Days),
  /** When the log ends. Absent: not known. */
  log_end_age_days: optional(Days),
  /** Whether it shows any read of a value since its last hole; if not, reads may not be logged any more. */
  reads_seen: Type.Boolean(),
};

/** What the ingested audit log tells of a secret. Absent: of its store, or its Region, no log was read. */
export const SecretUsage = closed({
  ...OBSERVED,
  /** Whether no read of the log may have been of this secret beside those that are counted. */
  complete: Type.Boolean(),
  read_count: Count,
  denied_count: Count,
  /** Readers as the log names them; those that it does not name count as one. */
  reader_count: Count,
  first_read_age_days: optional(Days),
  last_read_age_days: optional(Days),
  /** Whether it is known of each of its reads which version it was of, and since when that was superseded. */
  versions_known: Type.Boolean(),
  /** Versions that are not the current one and were read, the last read first. */
  old_versions: Type.Array(
    closed({
      version: Text,
      read_count: Count,
      last_read_age_days: Days,
      /** Whether it was asked for as the one before the current one, whichever that was. */
      asked_as_previous: Type.Boolean(),
      /** Since when another is the current one, at the least. Absent: not known. */
      superseded_age_days: optional(Days),
      /** Who read it last, as the log names them. */
      last_reader: optional(Text),
    }),
    { maxItems: 16 },
  ),
  old_version_count: Count,
});

/** For how long a grant may be idle: what a policy's limit is brought to. */
export const IDLE_STEPS = [30, 60, 90, 120, 180, 270, 365] as const;

/** What the ingested audit log tells of a principal's grants. Absent: no log of its store was read, or it may read nothing. */
export const PrincipalUsage = closed({
  ...OBSERVED,
  /** Whether each of its reads would show under its own name, and each read of the log leads to a secret. */
  complete: Type.Boolean(),
  /** Secrets that it may read, certainly or under a condition. */
  granted_secret_count: Count,
  /** Of these, those that it read as far back as the log goes. */
  read_secret_count: Count,
  /**
   * How many of them it left unread for at least so many days. None counts for longer than the secret and the principal are known to have
   * been there.
   */
  idle: Type.Array(closed({ days: Count, secret_count: Count }), { maxItems: IDLE_STEPS.length }),
  /** Of which it is not known how old they are, and which it did not read. */
  unknown_age_count: Count,
  /** Those idle for the longest, by id. */
  idle_secrets: Type.Array(Text, { maxItems: 8 }),
});

/** What was ingested of a store's audit log. */
export const IngestedLog = closed({
  ...OBSERVED,
  event_count: Count,
  read_count: Count,
  hole_count: Count,
  /** The latest. */
  holes: Type.Array(
    closed({
      from_age_days: Days,
      to_age_days: Days,
      reason: literals(["missing", "not_ingested", "silent", "unreadable"]),
    }),
    { maxItems: 16 },
  ),
});
