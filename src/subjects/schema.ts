import { Count, InstantText, Text, Texts, Type, closed, literals, type Static } from "../facts/index.ts";
import { KEY_CLOUD, SECRET_CLOUD, SINK_CLOUD, SINK_STATE, STORE_CLOUD } from "./cloud-schema.ts";
import { StoreDetections } from "./detection-schema.ts";
import { ESTATE_PEOPLE } from "./people-schema.ts";
import { PrincipalSubject } from "./principal-schema.ts";
import { ESTATE_REVIEWS, ReviewSubject } from "./review-schema.ts";
import { IngestedLog, SecretUsage } from "./usage-schema.ts";
import { ACME, COMMON, Days, Readers, STORE_KIND, StoreProjection, optional } from "./schema-parts.ts";

const SecretSubject = closed({
  kind: Type.Literal("secret"),
  ...COMMON,
  secret_type: Text,
  mount: Text,
  engine_version: optional(Text),
  created_age_days: optional(Days),
  /** Age of the value that is current. */
  value_age_days: optional(Days),
  current_version: optional(Count),
  version_count: optional(Count),
  deleted_version_count: optional(Count),
  destroyed_version_count: optional(Count),
  /**
   * True when the current version is deleted or destroyed: there is no value to read. False otherwise, also where that
   * is not known: policies ask it to decide whether they apply, and a gap turns their "does not apply" into unknown.
   */
  value_removed: Type.Boolean(),
  /** True when `rotation` is there and enabled. False otherwise, also where that is not known. */
  rotation_scheduled: Type.Boolean(),
  /** True when `expires_in_days` is there. False otherwise, also where that is not known. */
  expiry_set: Type.Boolean(),
  max_versions: optional(Count),
  cas_required: optional(Type.Boolean()),
  delete_version_after_s: optional(Count),
  /** From a label such as `expires_at`, or from the engine's deletion time. */
  expires_in_days: optional(Days),
  rotation: optional(
    closed({
      enabled: Type.Boolean(),
      /** `store`: the store rotates by itself. `declared`: a label states the schedule. */
      source: Type.Union([Type.Literal("store"), Type.Literal("declared")]),
      period_days: optional(Type.Number({ minimum: 0 })),
      schedule: optional(Text),
      last_rotated_age_days: optional(Days),
      /** When the store means to rotate next; negative: it should have. */
      next_in_days: optional(Days),
      /** What does it, as the provider names it. */
      rotator: optional(Text),
    }),
  ),
  readers: optional(Readers),
  /** Principals that may write or delete the value. */
  writer_count: optional(Count),
  /** Principals that may read the value and also grant access to it, but for break-glass and root. */
  reader_and_granter_count: optional(Count),
  /** Of these: only by a login through a role or group which perhaps is not theirs to take. */
  perhaps_reader_and_granter_count: optional(Count),
  /** What the store's own log tells of its use. Absent where no log was read. */
  use: optional(
    closed({
      read_count: Count,
      last_read_age_days: optional(Days),
      /** Times that the value was shown to a person. */
      reveal_count: Count,
      last_revealed_age_days: optional(Days),
      last_revealed_by: optional(Text),
    }),
  ),
  usage: optional(SecretUsage),
  ...SECRET_CLOUD,
  store: StoreProjection,
});

const StoreSubject = closed({
  kind: Type.Literal("store"),
  ...COMMON,
  ...STORE_KIND,
  product: optional(Text),
  version: optional(Text),
  initialized: optional(Type.Boolean()),
  sealed: optional(Type.Boolean()),
  auto_unseal: optional(Type.Boolean()),
  seal_type: optional(Text),
  key_shares: optional(Count),
  key_threshold: optional(Count),
  storage_type: optional(Text),
  ha_enabled: optional(Type.Boolean()),
  node_count: optional(Count),
  /** Where nodes tell clients to find them, those without TLS first. A node without a name leads the others. */
  advertised_addresses: optional(
    Type.Array(closed({ node: optional(Text), address: Text }), { maxItems: 32 }),
  ),
  endpoints: optional(
    Type.Array(
      closed({
        address: optional(Text),
        listener_type: Text,
        tls: optional(Type.Boolean()),
        tls_min_version: optional(Text),
        unauthenticated_metrics: optional(Type.Boolean()),
      }),
      { maxItems: 32 },
    ),
  ),
  sinks: Type.Array(
    closed({
      path: Text,
      sink_type: Text,
      raw_values_logged: optional(Type.Boolean()),
      local: optional(Type.Boolean()),
      ...SINK_STATE,
    }),
    { maxItems: 32 },
  ),
  /** Sinks that take the store's calls; where sinks are switched on and off, those that are known to be on. */
  sink_count: Count,
  ui_enabled: optional(Type.Boolean()),
  /** Of the node that answers. */
  raw_storage_enabled: optional(Type.Boolean()),
  /** Nodes that have it on by their configuration files. Absent where none is read. */
  raw_storage_nodes: optional(Type.Array(Text, { maxItems: 32 })),
  cors: optional(closed({ enabled: Type.Boolean(), allowed_origins: Texts })),
  default_ttl_s: optional(Count),
  max_ttl_s: optional(Count),
  response_ms: optional(Type.Number()),
  /** Live root tokens, the collector's own included. */
  root_token_count: Count,
  token_count: Count,
  quota_count: Count,
  login_mfa_count: Count,
  /** Auth methods that let a person in by a password kept in the store. */
  password_auth_methods: Texts,
  /** Of these, the ones that no login MFA enforcement names by accessor or by type. */
  password_auth_methods_without_mfa: optional(Texts),
  /**
   * Who tells auth methods of those that log in: directories, issuers of tokens, Kubernetes clusters. Those whose connection is the
   * least safe first.
   */
  directories: Type.Array(
    closed({
      /** Of the method's settings. */
      path: Text,
      addresses: Texts,
      /**
       * `plain`: anyone on the way reads and changes what is asked and answered. `unverified`: encrypted, for whoever answers. `verified`: for whoever shows
       * a certificate that is checked. `local`: it never leaves the machine. Absent: not known.
       */
      protection: optional(literals(["local", "plain", "unverified", "verified"])),
    }),
    { maxItems: 16 },
  ),
  /** Rules by which passwords are made; the shortest, and those of the least entropy, unknown first. */
  password_policies: Type.Array(closed({ path: Text, length: optional(Count), bits: optional(Count) }), {
    maxItems: 16,
  }),
  /** Connections to the systems that dynamic and static roles log in to. */
  connection_count: Count,
  /** Of these, those that others can read or answer the easiest, the least safe first; `protection` as of directories. */
  connections: Type.Array(
    closed({
      path: Text,
      plugin: Text,
      protection: optional(literals(["local", "plain", "unverified", "verified"])),
    }),
    { maxItems: 16 },
  ),
  /** Of these, those that every role of their engine may use. */
  connection_for_any_role_count: Count,
  /** The first of these by path. */
  connections_for_any_role: Type.Array(Text, { maxItems: 8 }),
  ...ACME,
  /** Mounts and auth methods, over all of them, that are listed to callers who have not logged in. */
  unauthenticated_listing_count: optional(Count),
  auth_methods: Type.Array(
    closed({ path: Text, method: Text, listing_visibility: optional(Text), max_ttl_s: optional(Count) }),
    {
      maxItems: 100,
    },
  ),
  mounts: Type.Array(
    closed({
      path: Text,
      engine: Text,
      engine_version: optional(Text),
      listing_visibility: optional(Text),
      max_ttl_s: optional(Count),
    }),
    { maxItems: 100 },
  ),
  /** Keys outside the store of which each opens all of it, without those that were seen not to. */
  key_slots: optional(
    closed({
      count: Count,
      recovery_count: Count,
      /** Slots that their own key was seen not to open. */
      shut_count: Count,
      /** Kinds of keys, each once: what is of one kind is often lost together. */
      types: Texts,
      /** Kinds of those whose key was seen to open the store, and of those kept for recovery. */
      proven_types: Texts,
    }),
  ),
  /** How long ago each piece of upkeep was done last; what is missing was never done. */
  upkeep: optional(
    closed({
      store_age_days: Days,
      backup_age_days: optional(Days),
      restore_test_age_days: optional(Days),
    }),
  ),
  /** What the last check of the store's own files found. */
  integrity: optional(
    closed({
      damage_count: Count,
      /** What could not be looked at: with any, no damage proves nothing. */
      unchecked_count: Count,
      /** What means damage or could not be looked at; the first. */
      findings: Type.Array(closed({ code: Text, path: Text }), { maxItems: 8 }),
    }),
  ),
  /** The store's own log of its use. */
  access_log: optional(
    closed({
      log_count: Count,
      event_count: Count,
      failure_count: Count,
      /** Parts of the log that could be cut off without a trace, or that were not brought back. Absent: not checked. */
      loose_end_count: optional(Count),
      /** The youngest of these by its last event. */
      loose_ends: Type.Array(closed({ path: Text, code: Text, age_days: optional(Days) }), { maxItems: 8 }),
    }),
  ),
  /** What was ingested of its audit log. Absent: nothing was, or nobody asked. */
  ingested_log: optional(IngestedLog),
  detections: optional(StoreDetections),
  ...STORE_CLOUD,
  secret_count: Count,
  key_count: Count,
  certificate_count: Count,
  /** Places in names, descriptions, labels and policies that held what looks like a credential. */
  pasted_credential_count: Count,
  /** The first of these places; never the text. */
  pasted_credentials: Type.Array(
    closed({ resource: Type.String(), operation: Text, pointer: Text, rule: Text }),
    { maxItems: 8 },
  ),
});

const KeySubject = closed({
  kind: Type.Literal("key"),
  ...COMMON,
  key_type: Text,
  mount: Text,
  exportable: Type.Boolean(),
  deletion_allowed: optional(Type.Boolean()),
  plaintext_backup_allowed: optional(Type.Boolean()),
  /** Where the store counts versions. */
  latest_version: optional(Count),
  min_decryption_version: optional(Count),
  created_age_days: optional(Days),
  /** Age of the newest key version. */
  version_age_days: optional(Days),
  /** Whether its first material is still the newest, by the whole of its history. */
  never_rotated: optional(Type.Boolean()),
  rotation: optional(
    closed({
      enabled: Type.Boolean(),
      period_days: optional(Type.Number({ minimum: 0 })),
      next_in_days: optional(Days),
    }),
  ),
  ...KEY_CLOUD,
  store: StoreProjection,
});

const CertificateSubject = closed({
  kind: Type.Literal("certificate"),
  ...COMMON,
  mount: Text,
  serial: Text,
  subject: Text,
  issuer: Text,
  not_before: InstantText,
  not_after: InstantText,
  expires_in_days: Days,
  /** Absent where it begins after the snapshot: one of two clocks is wrong then, and no day count is to be believed. */
  lifetime_days: optional(Days),
  key_algorithm: Text,
  key_bits: optional(Count),
  signature_algorithm: optional(Text),
  is_ca: Type.Boolean(),
  revoked: Type.Boolean(),
  revocation_list: optional(
    closed({
      enabled: optional(Type.Boolean()),
      next_update_in_days: optional(Days),
      /** Whether certificates that it issues say where its revocation list is. */
      list_named: optional(Type.Boolean()),
      ocsp_enabled: optional(Type.Boolean()),
      /** Whether certificates that it issues say where OCSP answers. */
      ocsp_named: optional(Type.Boolean()),
    }),
  ),
  /** As the provider writes it. */
  state: optional(Text),
  renewed_by_store: optional(Type.Boolean()),
  /** How many things use it, as far as the provider names them. */
  used_by_count: optional(Count),
  store: StoreProjection,
});

/** A role by which a secrets engine makes an account of its own for whoever asks, such as a database's. */
const DynamicRoleSubject = closed({
  kind: Type.Literal("dynamic_role"),
  ...COMMON,
  mount: Text,
  engine: Text,
  connection: optional(Text),
  /** Life of a credential that nobody renews. */
  default_life_s: optional(Count),
  /** Longest life, renewals included, by the role, its mount or the server: the least of them. */
  max_life_s: optional(Count),
  /**
   * Where that comes from: `role`, `mount`, `server`. Absent beside a limit: it is the role's, and another that could not
   * be read may be lower.
   */
  max_life_source: optional(Text),
  store: StoreProjection,
});

/** A role by which a certificate authority issues: for which names, and for how long. */
const CertificateRoleSubject = closed({
  kind: Type.Literal("certificate_role"),
  ...COMMON,
  mount: Text,
  allow_any_name: Type.Boolean(),
  /** False: names need not even be those of hosts. */
  enforce_hostnames: optional(Type.Boolean()),
  /** What a common name is held against: `email`, `hostname`; with `disabled` against nothing. */
  cn_validations: optional(Texts),
  allowed_domains: Texts,
  allow_subdomains: optional(Type.Boolean()),
  /** Whether a `*` in `allowed_domains` stands for any text. */
  allow_glob_domains: optional(Type.Boolean()),
  /** Patterns of URIs; a `*` stands for any text. */
  allowed_uri_sans: optional(Texts),
  /** Names of other kinds, as `<oid>;<type>:<value>`; a value of `*` takes any, a `*` alone any of any kind. */
  allowed_other_sans: optional(Texts),
  /** True: issued certificates are not kept, so that nothing lists them. */
  no_store: optional(Type.Boolean()),
  /** Longest life by the role, its mount or the server. A request that states an end of its own is not bound by it. */
  max_life_s: optional(Count),
  /** Where that comes from: `role`, `mount`, `server`. */
  max_life_source: optional(Text),
  /** The end that the role gives to every certificate, whatever `max_life_s` says. */
  fixed_end_in_days: optional(Days),
  store: StoreProjection,
});

const SinkSubject = closed({
  kind: Type.Literal("sink"),
  ...COMMON,
  path: Text,
  sink_type: Text,
  raw_values_logged: optional(Type.Boolean()),
  /** Mounts and auth methods of the store of whose requests and answers some keys' values are not hashed, whatever the sink. */
  logged_in_clear: optional(Type.Array(closed({ path: Text, unhashed_keys: Texts }), { maxItems: 32 })),
  local: optional(Type.Boolean()),
  destination: optional(Text),
  ...SINK_CLOUD,
});

/** Everything that was looked at, as one subject. */
const EstateSubject = closed({
  kind: Type.Literal("estate"),
  ...COMMON,
  store_count: Count,
  secret_count: Count,
  principal_count: Count,
  gap_count: Count,
  untiered_secret_count: Count,
  unowned_secret_count: Count,
  /** Secrets of which it is not known whether they have a tier, an owner: they are in neither count. */
  tier_undecided_secret_count: Count,
  owner_undecided_secret_count: Count,
  /** Longest time that a critical or high secret's value has stood, and the shortest of a low one. */
  oldest_critical_value_age_days: optional(Days),
  newest_low_value_age_days: optional(Days),
  median_value_age_days_by_tier: Type.Record(Type.String(), Type.Number()),
  ...ESTATE_PEOPLE,
  reviews: ESTATE_REVIEWS,
});

const SUBJECT_SCHEMAS = {
  certificate: CertificateSubject,
  certificate_role: CertificateRoleSubject,
  dynamic_role: DynamicRoleSubject,
  estate: EstateSubject,
  key: KeySubject,
  principal: PrincipalSubject,
  review: ReviewSubject,
  secret: SecretSubject,
  sink: SinkSubject,
  store: StoreSubject,
};

export type SubjectKind = keyof typeof SUBJECT_SCHEMAS;

export const SUBJECT_KINDS = Object.keys(SUBJECT_SCHEMAS) as SubjectKind[];

export type SubjectOf<K extends SubjectKind> = Static<(typeof SUBJECT_SCHEMAS)[K]>;

export type Subject = { [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

export function subjectSchema(kind: SubjectKind): (typeof SUBJECT_SCHEMAS)[SubjectKind] {
  return SUBJECT_SCHEMAS[kind];
}
