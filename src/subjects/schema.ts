import { TIERS } from "../policy/index.ts";
import {
  Count,
  Digest,
  InstantText,
  Labels,
  Text,
  Texts,
  Type,
  closed,
  literals,
  type Static,
} from "../facts/index.ts";

/** What rules assign to a subject. */
export const CLASSIFICATIONS = ["break_glass", "environment", "owner", "tier"] as const;

const optional = <T extends Parameters<typeof Type.Optional>[0]>(schema: T) => Type.Optional(schema);

/** How much harm a subject's loss does; rules in `countersign.yaml` assign it. Strictest first. */
export const TierName = Type.Union(TIERS.map((tier) => Type.Literal(tier)));

/** Whole days, counted to the snapshot's `taken_at`. Negative: still to come. */
const Days = Type.Integer({ description: "days, counted to the snapshot's taken_at" });

/** Fact kinds, and what is derived from them, that could not be read for this subject. */
const HiddenKind = closed({
  fact_kind: Type.String({ description: "fact kind, or `grant` for effective access" }),
  reason: Type.String(),
  gap: Digest,
  /** How many gaps of this kind there are; `gap` names the first by digest. */
  gap_count: Count,
});

const COMMON = {
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  store_id: Type.String({ minLength: 1 }),
  name: Text,
  /** Absent: no rule assigned one. The strictest that may hold where `undecided` names it. */
  tier: optional(TierName),
  owner: optional(Text),
  environment: optional(Text),
  /**
   * What of tier, owner, environment and break-glass marking could not be decided, because a label or name that a rule
   * asks for could not be read; `gaps` say why. Absent: all of it was decided.
   */
  undecided: optional(Type.Array(literals(CLASSIFICATIONS), { maxItems: CLASSIFICATIONS.length })),
  labels: Labels,
  gaps: Type.Array(HiddenKind, { maxItems: 100 }),
  /** Digests of the records that the subject's own facts come from. */
  records: Type.Array(Digest, { maxItems: 64 }),
};

const Reader = closed({
  principal_id: Type.String(),
  principal_type: Text,
  actions: Texts,
  certainty: Type.Union([Type.Literal("certain"), Type.Literal("conditional"), Type.Literal("possible")]),
});

/** Who may read a value: counts over all, and at most 50 by name. */
export const Readers = closed({
  /** Certain and conditional readers. */
  count: Count,
  /** Principals of which it is only possible that they read. */
  possible_count: Count,
  /** Of `count`: break-glass identities and root tokens. They reach everything and are judged by themselves. */
  emergency_count: Count,
  /** Of the others of `count`: only by a login through a role or group which perhaps is not theirs to take. */
  perhaps_count: Count,
  external: Count,
  public: Count,
  sample: Type.Array(Reader, { maxItems: 50 }),
});

/** The part of the store that its secrets and keys are judged with. */
const StoreProjection = closed({
  product: optional(Text),
  version: optional(Text),
  sink_count: optional(Count),
  tls_everywhere: optional(Type.Boolean()),
});

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
    }),
  ),
  readers: optional(Readers),
  /** Principals that may write or delete the value. */
  writer_count: optional(Count),
  /** Principals that may read the value and also grant access to it, but for break-glass and root. */
  reader_and_granter_count: optional(Count),
  /** Of these: only by a login through a role or group which perhaps is not theirs to take. */
  perhaps_reader_and_granter_count: optional(Count),
  store: StoreProjection,
});

const StoreSubject = closed({
  kind: Type.Literal("store"),
  ...COMMON,
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
    }),
    { maxItems: 32 },
  ),
  sink_count: Count,
  ui_enabled: optional(Type.Boolean()),
  raw_storage_enabled: optional(Type.Boolean()),
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
  latest_version: Count,
  min_decryption_version: optional(Count),
  created_age_days: optional(Days),
  /** Age of the newest key version. */
  version_age_days: optional(Days),
  rotation: optional(closed({ enabled: Type.Boolean(), period_days: optional(Type.Number({ minimum: 0 })) })),
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
  lifetime_days: Days,
  key_algorithm: Text,
  key_bits: optional(Count),
  signature_algorithm: optional(Text),
  is_ca: Type.Boolean(),
  revoked: Type.Boolean(),
  revocation_list: optional(
    closed({
      enabled: optional(Type.Boolean()),
      next_update_in_days: optional(Days),
      ocsp_enabled: optional(Type.Boolean()),
    }),
  ),
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
  allowed_domains: Texts,
  allow_subdomains: optional(Type.Boolean()),
  /** Whether a `*` in `allowed_domains` stands for any text. */
  allow_glob_domains: optional(Type.Boolean()),
  /** Patterns of URIs; a `*` stands for any text. */
  allowed_uri_sans: optional(Texts),
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

const HeldTokens = closed({
  /** Periodic, or without any end, so that they may live for ever: no explicit end binds them. */
  endless_count: Count,
  /** Longest life not known, since what limits it could not be read. */
  unknown_life_count: Count,
  /** Longest that any of the others may live, renewals included. */
  longest_life_s: optional(Count),
  /** The worst by accessor: those without end first, then by length, then by age. The counts are over all. */
  sample: Type.Array(
    closed({
      accessor: Text,
      path: Text,
      created_age_days: Days,
      /** 0: without end. */
      life_s: optional(Count),
      period_s: optional(Count),
    }),
    { maxItems: 8 },
  ),
});

/** Whoever may hold access: an identity, a role or user of an auth method, a live token. */
const PrincipalSubject = closed({
  kind: Type.Literal("principal"),
  ...COMMON,
  principal_type: Type.Union([
    Type.Literal("entity"),
    Type.Literal("auth_role"),
    Type.Literal("auth_user"),
    Type.Literal("auth_group"),
    Type.Literal("token_role"),
    Type.Literal("token"),
  ]),
  /** Auth method, for roles, users and groups. */
  method: optional(Text),
  mount: optional(Text),
  disabled: optional(Type.Boolean()),
  break_glass: Type.Boolean(),
  /** True for the identity that the collector itself uses. */
  collector: Type.Boolean(),
  created_age_days: optional(Days),
  policies: Texts,
  /** Longest time a token of this principal lives, after mounts and server limits; 0 or absent: unlimited or unknown. */
  token_max_ttl_s: optional(Count),
  token_ttl_s: optional(Count),
  /** End that no renewal passes; the only one that binds a periodic token. 0: none. */
  token_explicit_max_ttl_s: optional(Count),
  /**
   * Where the limit comes from: `token`, `role` (for LDAP the settings of the method), `mount`, `server`. Absent beside a
   * limit: it is the role's, and another that could not be read may be lower.
   */
  token_max_ttl_source: optional(Text),
  token_period_s: optional(Count),
  token_num_uses: optional(Count),
  token_bound_cidrs: optional(Texts),
  secret_id_num_uses: optional(Count),
  secret_id_ttl_s: optional(Count),
  secret_id_bound_cidrs: optional(Texts),
  /** True when nothing, or nothing but a name, is needed to come in. */
  unauthenticated: optional(Type.Boolean()),
  /**
   * Names of what a caller must show, e.g. `bound_claims.aud`; `bind_secret_id` where AppRole asks for one. A bound that
   * takes any value, such as a service account of `*`, is none.
   */
  bounds: Texts,
  /**
   * Who vouches for a role's callers: the `issuer` of a signed token, the Kubernetes `cluster`, the `authority` that
   * signed a certificate. `other`: the store checks a credential itself or by a directory, or this is no role.
   */
  vouched_by: Type.Union([
    Type.Literal("authority"),
    Type.Literal("cluster"),
    Type.Literal("issuer"),
    Type.Literal("other"),
  ]),
  /**
   * What of a vouched caller the role leaves open: `namespace`, `service_account_name`, `subject`, `certificate`. Empty also
   * where that is not known.
   */
  takes_any: Texts,
  /** True when everyone who is vouched for comes in. Absent where nobody vouches, or it is not known. */
  any_caller: optional(Type.Boolean()),
  /** For tokens. */
  root: optional(Type.Boolean()),
  orphan: optional(Type.Boolean()),
  token_type: optional(Text),
  expires_in_days: optional(Days),
  /** What effective access shows. */
  access: optional(
    closed({
      readable_secret_count: Count,
      writable_secret_count: Count,
      /** May grant itself or others more: policies, auth roles, identities, mounts, root. */
      administers: Type.Boolean(),
      /** Both, without a login by a role or group that perhaps is not its own to come in by. */
      reads_and_administers: Type.Boolean(),
      /** Both with such logins too, but for those where the role or group does both and is judged itself. */
      perhaps_reads_and_administers: Type.Boolean(),
      /** Policy lines with `sudo`, as `<policy>:<line> <path>`; at most 20. */
      sudo_rules: Type.Array(Text, { maxItems: 20 }),
      sudo_rule_count: Count,
      /** Policy lines that end in `*` or are all `+` and reach every secret of a mount or more; at most 20. */
      wildcard_rules: Type.Array(Text, { maxItems: 20 }),
      wildcard_rule_count: Count,
      /** Certainty of the weakest link: `certain`, `conditional`, `possible`. */
      certainty: Text,
    }),
  ),
  /** Live tokens of this principal. Absent for an identity without one where any of the store's could not be read. */
  live_token_count: optional(Count),
  /** Live tokens of an identity that are judged with it: all but those that are principals themselves, such as root's. */
  held_token_count: Count,
  /** Of an identity: how long these live. */
  held_tokens: optional(HeldTokens),
  /**
   * Whether anyone ever came in through this role or user: an identity alias bears its fixed alias name, or a live token
   * came from it. Absent where the method fixes no alias name and no token lives.
   */
  login_seen: optional(Type.Boolean()),
});

const SinkSubject = closed({
  kind: Type.Literal("sink"),
  ...COMMON,
  path: Text,
  sink_type: Text,
  raw_values_logged: optional(Type.Boolean()),
  local: optional(Type.Boolean()),
  destination: optional(Text),
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
});

const SUBJECT_SCHEMAS = {
  certificate: CertificateSubject,
  certificate_role: CertificateRoleSubject,
  estate: EstateSubject,
  key: KeySubject,
  principal: PrincipalSubject,
  secret: SecretSubject,
  sink: SinkSubject,
  store: StoreSubject,
};

export type SubjectKind = keyof typeof SUBJECT_SCHEMAS;

export const SUBJECT_KINDS = Object.keys(SUBJECT_SCHEMAS) as SubjectKind[];

export type SubjectOf<K extends SubjectKind> = Static<(typeof SUBJECT_SCHEMAS)[K]>;

export type Subject = { [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

/** JSON Schema of a policy's whole `input` for one kind of subject. */
export function inputSchema(kind: SubjectKind) {
  return closed({ subject: SUBJECT_SCHEMAS[kind] });
}
