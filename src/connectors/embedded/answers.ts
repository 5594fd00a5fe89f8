import type { TSchema } from "@sinclair/typebox";
import type { FactKind, OwnQuestion } from "../../facts/index.ts";
import { Count, InstantText, Type, closed, literals, type Static } from "../../schema/index.ts";

const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

const Short = Type.String({ maxLength: 1024 });

const Paged = {
  page: Type.Integer({ minimum: 1 }),
  /** In all; at least one. */
  pages: Type.Integer({ minimum: 1, maximum: 1000 }),
};

/** Most things on one page: with the longest names and notes it stays below the bytes of one answer. */
export const PAGE_ITEMS = 1000;

/** Which vault this is, its root key, and the keys that open it. */
export const StateAnswer = closed({
  format: Short,
  vault_id: Short,
  epoch: Type.Integer({ minimum: 1 }),
  fingerprint: Short,
  generation: Type.Integer({ minimum: 1 }),
  created_at: InstantText,
  /** When the root key that is in use was made. */
  root_made_at: InstantText,
  /** Whether the configuration names id and fingerprint of the vault. */
  id_pinned: Type.Boolean(),
  fingerprint_pinned: Type.Boolean(),
  /** Places outside the vault that remember its newest state, the ledger among them. */
  anchor_count: Count,
  slots: Type.Array(
    closed({
      id: Short,
      type: Short,
      identity: Short,
      purpose: literals(["daily", "recovery"]),
      created_at: InstantText,
      configured: Type.Boolean(),
      opened: Type.Boolean(),
      /** Whether its configured key opens it, also where another had opened the vault; absent where that was not found out. */
      opens: optional(Type.Boolean()),
      /** Told of a configured key alone. */
      authenticated_wrap: optional(Type.Boolean()),
    }),
    { minItems: 1, maxItems: 64 },
  ),
});

export type StateAnswer = Static<typeof StateAnswer>;

/** Names and ages of credentials; never a value, nor what a value is sealed with. */
export const CredentialsAnswer = closed({
  ...Paged,
  items: Type.Array(
    closed({
      name: Short,
      created_at: InstantText,
      max_age_days: optional(Type.Integer({ minimum: 1 })),
      note: optional(Type.String({ maxLength: 4096 })),
      versions: Type.Array(
        closed({ version: Type.Integer({ minimum: 1 }), created_at: InstantText, content_type: Short }),
        { minItems: 1, maxItems: 64 },
      ),
    }),
    { maxItems: PAGE_ITEMS },
  ),
});

export type CredentialsAnswer = Static<typeof CredentialsAnswer>;

/** The last time of each piece of upkeep. What was never done is not there. */
export const UpkeepAnswer = closed({
  created_at: InstantText,
  done: closed({
    backup: optional(InstantText),
    kek_added: optional(InstantText),
    kek_removed: optional(InstantText),
    restore_tested: optional(InstantText),
    root_rotated: optional(InstantText),
  }),
});

export type UpkeepAnswer = Static<typeof UpkeepAnswer>;

export const AccessLogAnswer = closed({
  log_count: Count,
  event_count: Count,
  failure_count: Count,
  /** Of the earliest and the latest event; absent where there is none. */
  span: optional(closed({ first_at: InstantText, last_at: InstantText })),
  actor_count: Count,
  /** Those with the most events. */
  actors: Type.Array(closed({ actor: Short, events: Count, failures: Count, reveals: Count }), {
    maxItems: 200,
  }),
});

export type AccessLogAnswer = Static<typeof AccessLogAnswer>;

/** Use by credential, by the names in the access log: also of what is no longer, or never was, in the vault. */
export const UsesAnswer = closed({
  ...Paged,
  items: Type.Array(
    closed({
      name: Short,
      reads: Count,
      last_read_at: optional(InstantText),
      reveals: Count,
      last_reveal: optional(closed({ at: InstantText, by: Short })),
      writes: Count,
      failures: Count,
    }),
    { maxItems: PAGE_ITEMS },
  ),
});

export type UsesAnswer = Static<typeof UsesAnswer>;

/** What a check of the whole vault found. */
export const IntegrityAnswer = closed({
  looked_at: Type.Record(Type.String(), Count),
  codes: Type.Array(
    closed({
      code: Short,
      severity: Short,
      /** `damage`: not as it must be. `unchecked`: could not be looked at. `other`: neither. */
      means: literals(["damage", "other", "unchecked"]),
      count: Type.Integer({ minimum: 1 }),
    }),
    { maxItems: 64 },
  ),
  /** The first of each code. `at`: of the last event in an access log, or of its beginning. */
  findings: Type.Array(closed({ code: Short, path: Short, at: optional(InstantText) }), { maxItems: 1000 }),
});

export type IntegrityAnswer = Static<typeof IntegrityAnswer>;

/** What each question would tell, and so what its failure hides. */
export const HIDES = {
  access_log: ["access_log", "sink"],
  credentials: ["secret", "secret_metadata", "secret_rotation"],
  integrity: ["integrity_check"],
  state: ["key", "key_slot", "store"],
  upkeep: ["upkeep"],
  uses: ["credential_use"],
} as const satisfies Record<OwnQuestion["about"], readonly FactKind[]>;
