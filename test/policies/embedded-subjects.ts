import type { SubjectKind, SubjectOf } from "../../src/subjects/index.ts";
import { NO_NETWORKS } from "./subjects.ts";

type AnySubject = { readonly [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

function common<K extends SubjectKind>(kind: K, id: string) {
  return { kind, id, store_id: "own-vault", name: id, traits: [], labels: {}, gaps: [], records: [] };
}

/** As the connector `embedded` says of the collectors' own vault. */
const OWN: SubjectOf<"secret">["store"] = {
  absent_features: [
    "access_policies",
    "high_availability",
    "key_rotation_schedule",
    "listener",
    "login",
    "raw_storage",
    "secret_expiry",
    "seal_shares",
    "second_audit_sink",
  ],
  own_records: ["access_log", "integrity_check", "key_slot", "upkeep"],
};

const STORE: SubjectOf<"store"> = {
  ...common("store", "own-vault"),
  ...OWN,
  ...NO_NETWORKS,
  sinks: [],
  sink_count: 1,
  root_token_count: 0,
  token_count: 0,
  quota_count: 0,
  login_mfa_count: 0,
  password_auth_methods: [],
  password_auth_methods_without_mfa: [],
  directories: [],
  connections: [],
  password_policies: [],
  connection_count: 0,
  connection_for_any_role_count: 0,
  connections_for_any_role: [],
  acme_count: 0,
  acme_bound_count: 0,
  acme_open_count: 0,
  acme_open: [],
  unauthenticated_listing_count: 0,
  auth_methods: [],
  mounts: [],
  secret_count: 1,
  key_count: 1,
  certificate_count: 0,
  pasted_credential_count: 0,
  pasted_credentials: [],
};

const ACCESS = {
  readable_secret_count: 1,
  own_readable_secret_count: 1,
  writable_secret_count: 1,
  usable_count: 1,
  administers: true,
  administers_itself: true,
  impersonated_count: 0,
  perhaps_administers: true,
  reads_and_administers: true,
  perhaps_reads_and_administers: true,
  sudo_rules: [],
  sudo_rule_count: 0,
  wildcard_rules: [],
  wildcard_rule_count: 0,
  perhaps_wildcard: false,
  certainty: "certain",
};

const HOLDER: Omit<SubjectOf<"principal">, keyof ReturnType<typeof common>> = {
  principal_type: "key_slot",
  break_glass: false,
  collector: true,
  policies: [],
  bounds: [],
  takes_any: [],
  lookalikes: [],
  vouched_by: "other",
  held_token_count: 0,
  access: ACCESS,
  store: OWN,
};

const CREDENTIAL: Omit<SubjectOf<"secret">, keyof ReturnType<typeof common>> = {
  secret_type: "credential",
  mount: "",
  value_removed: false,
  rotation_scheduled: true,
  expiry_set: false,
  readers: { count: 2, by_role_count: 0, possible_count: 0, emergency_count: 1, perhaps_count: 0, external: 0, public: 0, sample: [] },
  reader_and_granter_count: 1,
  perhaps_reader_and_granter_count: 0,
  store: OWN,
};

/** The vault of somebody who takes care. */
export const CLEAN_EMBEDDED: readonly AnySubject[] = [
  {
    ...STORE,
    key_slots: { count: 2, recovery_count: 1, shut_count: 0, types: ["aws-kms", "passphrase"], proven_types: ["aws-kms", "passphrase"] },
    upkeep: { store_age_days: 400, backup_age_days: 3, restore_test_age_days: 90 },
    integrity: { damage_count: 0, unchecked_count: 0, findings: [] },
    access_log: { log_count: 40, event_count: 900, failure_count: 1, loose_end_count: 0, loose_ends: [] },
  },
  {
    ...common("principal", "own-vault:slot/0a1b2c3d4e5f6071"),
    ...HOLDER,
    owner: "platform",
    key_slot: {
      slot_type: "aws-kms",
      purpose: "daily",
      custody: "service",
      authenticated_wrap: true,
      fingerprint_pinned: true,
    },
  },
  {
    ...common("secret", "own-vault:vault/payments/secret-id"),
    ...CREDENTIAL,
    tier: "critical",
    owner: "platform",
    value_age_days: 12,
    rotation: { enabled: true, source: "declared", period_days: 30 },
    use: { read_count: 700, last_read_age_days: 0, reveal_count: 0 },
  },
  {
    ...common("key", "own-vault:root-key"),
    tier: "high",
    key_type: "root",
    mount: "",
    exportable: false,
    deletion_allowed: false,
    plaintext_backup_allowed: false,
    latest_version: 2,
    version_age_days: 100,
    store: OWN,
  },
];

/** The same with every fault that only such a store can have. */
export const FAULTY_EMBEDDED: readonly AnySubject[] = [
  {
    ...STORE,
    key_slots: { count: 1, recovery_count: 0, shut_count: 0, types: ["env-key"], proven_types: ["env-key"] },
    upkeep: { store_age_days: 400, restore_test_age_days: 500 },
    integrity: {
      damage_count: 1,
      unchecked_count: 0,
      findings: [{ code: "altered", path: "vault/gen/000000000007" }],
    },
    access_log: {
      log_count: 40,
      event_count: 900,
      failure_count: 1,
      loose_end_count: 1,
      loose_ends: [{ path: "vault/log/20260901T060000000Z-0a1b2c.jsonl", code: "unledgered", age_days: 29 }],
    },
  },
  {
    ...STORE,
    upkeep: { store_age_days: 400, backup_age_days: 200 },
  },
  {
    ...common("principal", "own-vault:slot/0a1b2c3d4e5f6071"),
    ...HOLDER,
    key_slot: {
      slot_type: "env-key",
      purpose: "daily",
      custody: "environment",
      authenticated_wrap: false,
      fingerprint_pinned: false,
    },
  },
  {
    ...common("secret", "own-vault:vault/payments/secret-id"),
    ...CREDENTIAL,
    value_age_days: 200,
    rotation: { enabled: true, source: "declared", period_days: 90 },
    use: { read_count: 700, reveal_count: 2, last_revealed_age_days: 4, last_revealed_by: "ada@build-7" },
  },
];
