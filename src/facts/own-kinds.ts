import { Count, InstantText, Text, Type, closed, literals } from "../schema/index.ts";
import { LOCATED, fact, optional } from "./kind-schema.ts";

/**
 * What a secrets store may be without by design, so that a policy about it is not about that store. A connector's author
 * says so of a product; what could not be read of a store is never in such a list.
 */
export const STORE_FEATURES = [
  /** Policies, roles or the like that say who may do what: without them, whoever comes in may do everything. */
  "access_policies",
  "high_availability",
  /** A rotation of keys that the store itself does. */
  "key_rotation_schedule",
  /** A network address that callers come to. */
  "listener",
  /** Logins by a password or otherwise: without them, a key alone lets in. */
  "login",
  /** An endpoint for what lies in storage as it is. */
  "raw_storage",
  /** An end of a secret that the store knows of. */
  "secret_expiry",
  /** A key that people hold in parts. */
  "seal_shares",
  /** More than one place that records of use go to. */
  "second_audit_sink",
] as const;

export const StoreFeature = literals(STORE_FEATURES);

/** What a store tells of itself: of the keys that open it, its upkeep, its own files and its own log. */
export const OWN_KIND_SCHEMAS = {
  /** A key outside the store that opens all of it by itself: whoever holds it reads, writes and administers everything. */
  key_slot: fact("key_slot", {
    slot_id: Text,
    /** Kind of key, e.g. `passphrase`, `aws-kms`. */
    slot_type: Text,
    /** Which key of that kind; nothing secret. */
    identity: Text,
    /** `daily` opens in operation; `recovery` is kept for the day when the others are lost. */
    purpose: literals(["daily", "recovery"]),
    created_at: InstantText,
    /** What keeps the key. Absent for a kind of which that is not known. */
    custody: optional(
      literals(["environment", "file", "hardware", "identity_file", "passphrase", "service"]),
    ),
    /** Whether a wrapped key proves that who wrapped it holds the key: not so for a public key. */
    authenticated_wrap: optional(Type.Boolean()),
    /** Whether the collector's configuration names the fingerprint that the store must have. */
    fingerprint_pinned: Type.Boolean(),
    /** Whether the collector has the key, and whether it was this one that opened the store. */
    configured: Type.Boolean(),
    opened: Type.Boolean(),
    /** Whether its configured key opens it, tried by itself. Absent where the collector has no key, or could not try it. */
    opens: optional(Type.Boolean()),
  }),
  /** The last time of each piece of a store's upkeep. Absent: never done. */
  upkeep: fact("upkeep", {
    store_created_at: InstantText,
    backup_at: optional(InstantText),
    restore_tested_at: optional(InstantText),
    key_added_at: optional(InstantText),
    key_removed_at: optional(InstantText),
    root_rotated_at: optional(InstantText),
  }),
  /** A check of everything that belongs to a store against what it must be. */
  integrity_check: fact("integrity_check", {
    checked_at: InstantText,
    /** What was looked at, by its name. */
    looked_at: Type.Record(Type.String(), Count),
    /** Findings that mean damage, a rollback, or what does not belong there. */
    damage_count: Count,
    /** Findings that mean that something could not be looked at: with any, no damage proves nothing. */
    unchecked_count: Count,
    finding_counts: Type.Record(Type.String(), Count),
    /** The first of each code. */
    findings: Type.Array(closed({ code: Text, severity: Text, path: Text, at: optional(InstantText) }), {
      maxItems: 1000,
    }),
  }),
  /** What a store's own log of its use holds, all sessions together. */
  access_log: fact("access_log", {
    log_count: Count,
    event_count: Count,
    failure_count: Count,
    first_event_at: optional(InstantText),
    last_event_at: optional(InstantText),
    /** Those with the most events. */
    actors: Type.Array(
      closed({ actor: Text, event_count: Count, failure_count: Count, reveal_count: Count }),
      {
        maxItems: 1000,
      },
    ),
    actor_count: Count,
  }),
  /** What a store's own log says of the use of one secret; one that it says nothing of has no such fact. */
  credential_use: fact("credential_use", {
    ...LOCATED,
    read_count: Count,
    last_read_at: optional(InstantText),
    /** Times that the value was shown to a person. */
    reveal_count: Count,
    last_revealed_at: optional(InstantText),
    last_revealed_by: optional(Text),
    write_count: Count,
    failure_count: Count,
  }),
};
