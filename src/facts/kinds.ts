import { Count, InstantText, Labels, Seconds, Text, Texts, Type, closed, literals } from "../schema/index.ts";
import type { Static, TObject, TSchema } from "@sinclair/typebox";
import { LOCATED, fact, optional } from "./kind-schema.ts";
import { CLOUD_KIND_SCHEMAS } from "./cloud-kinds.ts";
import { EVENT_KIND_SCHEMAS } from "./event-kinds.ts";
import { IDENTITY_KIND_SCHEMAS } from "./identity-kinds.ts";
import { OWN_KIND_SCHEMAS, StoreFeature } from "./own-kinds.ts";
import { PEOPLE_KIND_SCHEMAS } from "./people-kinds.ts";
import { REVIEW_KIND_SCHEMAS } from "./review-kinds.ts";

/**
 * The vocabulary. A fact comes from exactly one record, so kinds are cut by operation, not by thing: what a listing
 * shows of a secret is `secret`, what its metadata shows is `secret_metadata`, and either can be a gap on its own.
 */
const KIND_SCHEMAS = {
  /**
   * The store itself: product, version, seal. Its id is the source's name where the source reads one store; a cloud's
   * source reads many, `<source>:<mount>` each, e.g. `payments-aws:111122223333/eu-central-1`, an account's Region.
   */
  store: fact("store", {
    product: Text,
    /** Of what has one. */
    version: optional(Text),
    /** Of what can be sealed. */
    initialized: optional(Type.Boolean()),
    sealed: optional(Type.Boolean()),
    /** Where it is, of a cloud's. */
    account: optional(Text),
    region: optional(Text),
    auto_unseal: optional(Type.Boolean()),
    seal_type: optional(Text),
    key_shares: optional(Count),
    key_threshold: optional(Count),
    storage_type: optional(Text),
    cluster_name: optional(Text),
    cluster_id: optional(Text),
    /** What this product does not have by design. Absent: nobody said so of it. */
    absent_features: optional(Type.Array(StoreFeature, { uniqueItems: true })),
  }),
  /** High availability: is it on, who leads, how many nodes. */
  availability: fact("availability", {
    ha_enabled: Type.Boolean(),
    leader_address: optional(Text),
    nodes: optional(
      Type.Array(
        closed({
          name: Text,
          address: optional(Text),
          active: optional(Type.Boolean()),
          version: optional(Text),
        }),
        { maxItems: 1000 },
      ),
    ),
  }),
  /** One health check, with the response time that the collector measured. */
  health: fact("health", {
    checked_at: InstantText,
    response_ms: Type.Number({ minimum: 0 }),
    status_code: Count,
    standby: optional(Type.Boolean()),
    replication: optional(Text),
    clock_skew_ms: optional(Type.Number()),
  }),
  /** A listener of the store. */
  endpoint: fact("endpoint", {
    address: optional(Text),
    listener_type: Text,
    tls: optional(Type.Boolean()),
    tls_min_version: optional(Text),
    tls_client_auth: optional(Text),
    unauthenticated_metrics: optional(Type.Boolean()),
  }),
  /** Server-wide settings. */
  store_config: fact("store_config", {
    default_ttl_s: optional(Seconds),
    max_ttl_s: optional(Seconds),
    ui_enabled: optional(Type.Boolean()),
    raw_storage_enabled: optional(Type.Boolean()),
    mlock_disabled: optional(Type.Boolean()),
    cache_disabled: optional(Type.Boolean()),
    storage_type: optional(Text),
    seal_types: optional(Texts),
    log_level: optional(Text),
    telemetry_configured: optional(Type.Boolean()),
  }),
  /** Settings that a node has by its own configuration file. */
  node_config: fact("node_config", { node: Text, raw_storage_enabled: Type.Boolean() }),
  cors: fact("cors", { enabled: Type.Boolean(), allowed_origins: Texts }),
  /** Custom headers of the web UI: names only. */
  ui_headers: fact("ui_headers", { names: Texts }),
  namespace: fact("namespace", { path: Text, namespace_id: optional(Text) }),
  /** A mounted secrets engine. */
  mount: fact("mount", {
    path: Text,
    engine: Text,
    engine_version: optional(Text),
    accessor: optional(Text),
    description: optional(Text),
    default_ttl_s: optional(Seconds),
    max_ttl_s: optional(Seconds),
    effective_max_ttl_s: optional(Seconds),
    local: optional(Type.Boolean()),
    seal_wrap: optional(Type.Boolean()),
    listing_visibility: optional(Text),
    /** Keys of requests and answers whose values audit devices write as they are. Absent: none. */
    unhashed_keys: optional(Texts),
    options: optional(Labels),
  }),
  /** A secret, as a listing names it. */
  secret: fact("secret", { ...LOCATED, secret_type: Text }),
  /** What the store keeps about a secret beside its value. What is absent, this kind of store does not tell here. */
  secret_metadata: fact("secret_metadata", {
    ...LOCATED,
    created_at: optional(InstantText),
    updated_at: optional(InstantText),
    current_version: optional(Count),
    oldest_version: optional(Count),
    version_count: optional(Count),
    /** When the newest value that can be read was written; absent where there is none, or where all are deleted or destroyed. */
    value_set_at: optional(InstantText),
    /** When the store will delete that value, where it says so. */
    value_deletes_at: optional(InstantText),
    /** The end of the value that the store keeps for it as an attribute; it may still give the value out afterwards. */
    value_ends_at: optional(InstantText),
    /** How long after its making the store will delete it, of one that is not made yet. */
    deletes_after_s: optional(Seconds),
    deleted_version_count: optional(Count),
    destroyed_version_count: optional(Count),
    max_versions: optional(Count),
    cas_required: optional(Type.Boolean()),
    delete_version_after_s: optional(Seconds),
    /** The key that the value is encrypted under, as the store names it; absent: the store's own. */
    encryption_key: optional(Text),
    /** False: the value lies in the store as it is. */
    encrypted: optional(Type.Boolean()),
    /** When the store will delete all of the secret, which nobody can read meanwhile. */
    deletes_at: optional(InstantText),
    /** The last day on which somebody read it, as the store knows. */
    last_read_at: optional(InstantText),
    /** A service of the cloud that keeps and rotates the secret for itself. */
    owning_service: optional(Text),
    /** Where it is copied from, of a copy. */
    primary_region: optional(Text),
    replicas: optional(
      Type.Array(
        closed({ region: Text, status: Text, encryption_key: optional(Text), error: optional(Text) }),
        {
          maxItems: 100,
        },
      ),
    ),
    labels: Labels,
  }),
  secret_version: fact("secret_version", {
    ...LOCATED,
    /** Where versions are counted. */
    version: optional(Count),
    /** Where they have names. */
    version_ref: optional(Text),
    /** Labels that move from version to version, e.g. `AWSCURRENT`; a version without one is deprecated. */
    stages: optional(Texts),
    created_at: optional(InstantText),
    last_read_at: optional(InstantText),
    deleted_at: optional(InstantText),
    destroyed: optional(Type.Boolean()),
  }),
  /** Settings of a whole secrets engine that its secrets inherit. */
  secret_engine_config: fact("secret_engine_config", {
    mount: Text,
    max_versions: optional(Count),
    cas_required: optional(Type.Boolean()),
    delete_version_after_s: optional(Seconds),
  }),
  /** Rotation that the store itself does, or, where `declared`, that it only keeps a period for. */
  secret_rotation: fact("secret_rotation", {
    ...LOCATED,
    enabled: Type.Boolean(),
    declared: optional(Type.Boolean()),
    period_s: optional(Seconds),
    schedule: optional(Text),
    /** How long after its start a scheduled rotation may take place. */
    window_s: optional(Seconds),
    last_rotated_at: optional(InstantText),
    next_rotation_at: optional(InstantText),
    /** What does the rotation, as the provider names it, e.g. a function's ARN. */
    rotator: optional(Text),
    username: optional(Text),
  }),
  /** A role that mints short-lived credentials on request. */
  dynamic_role: fact("dynamic_role", {
    ...LOCATED,
    engine: Text,
    default_ttl_s: optional(Seconds),
    max_ttl_s: optional(Seconds),
    connection: optional(Text),
  }),
  /** A connection to the system whose credentials are managed. */
  connection: fact("connection", {
    ...LOCATED,
    plugin: Text,
    allowed_roles: Texts,
    /** As of a store's directories: who could read what goes over it, or answer in the other's place. Absent: not known. */
    protection: optional(literals(["local", "plain", "unverified", "verified"])),
    password_policy: optional(Text),
  }),
  key: fact("key", {
    ...LOCATED,
    key_type: Text,
    /** Where versions are counted. */
    latest_version: optional(Count),
    min_decryption_version: optional(Count),
    min_encryption_version: optional(Count),
    exportable: Type.Boolean(),
    deletion_allowed: optional(Type.Boolean()),
    plaintext_backup_allowed: optional(Type.Boolean()),
    imported: optional(Type.Boolean()),
    latest_version_created_at: optional(InstantText),
    created_at: optional(InstantText),
    /** Whose key it is: the cloud provider makes some for itself, which nobody else can set up. */
    managed_by: optional(literals(["customer", "provider"])),
    /** As the provider writes it, e.g. `ENABLED`, `PENDING_DELETION`. */
    state: optional(Text),
    usage: optional(Text),
    origin: optional(Text),
    deletes_at: optional(InstantText),
    multi_region: optional(Type.Boolean()),
  }),
  key_rotation: fact("key_rotation", {
    ...LOCATED,
    enabled: Type.Boolean(),
    period_s: optional(Seconds),
    next_rotation_at: optional(InstantText),
  }),
  /**
   * When a key's material was replaced, as a provider tells apart from how it will be. A listing of many pages has one of each
   * page; without an instant there is no rotation in it. What is not rotated by design has one without an instant.
   */
  key_rotation_history: fact("key_rotation_history", { key: Text, last_rotated_at: optional(InstantText) }),
  certificate: fact("certificate", {
    ...LOCATED,
    serial: Text,
    subject: Text,
    issuer: Text,
    not_before: InstantText,
    not_after: InstantText,
    key_algorithm: Text,
    key_bits: optional(Count),
    signature_algorithm: optional(Text),
    is_ca: Type.Boolean(),
    revoked_at: optional(InstantText),
    sans: Texts,
    /** As the provider writes it, e.g. `ISSUED`, `PENDING_VALIDATION`. */
    state: optional(Text),
    /** Whether the store renews it by itself. */
    renewed_by_store: optional(Type.Boolean()),
    /** What uses it, as the provider names it; a list that is cut is longer. */
    used_by: optional(Texts),
  }),
  /** A certificate authority's issuer configuration. */
  certificate_issuer: fact("certificate_issuer", {
    ...LOCATED,
    issuer_id: Text,
    serial: optional(Text),
    usage: Texts,
    leaf_not_after_behavior: optional(Text),
    /** Where its own certificate is found. An issuer that states any of the three is not given the engine's. */
    issuing_certificates: optional(Texts),
    crl_distribution_points: Texts,
    ocsp_servers: Texts,
    revoked: Type.Boolean(),
    not_after: optional(InstantText),
  }),
  certificate_role: fact("certificate_role", {
    ...LOCATED,
    ttl_s: optional(Seconds),
    max_ttl_s: optional(Seconds),
    key_type: optional(Text),
    key_bits: optional(Count),
    /** The end of every certificate that it issues, where it states one; then no time to live counts. */
    fixed_end_at: optional(InstantText),
    allow_any_name: Type.Boolean(),
    allow_wildcard_certificates: optional(Type.Boolean()),
    allow_subdomains: optional(Type.Boolean()),
    allow_glob_domains: optional(Type.Boolean()),
    allowed_domains: Texts,
    allowed_uri_sans: optional(Texts),
    allowed_other_sans: optional(Texts),
    enforce_hostnames: optional(Type.Boolean()),
    /** What a common name is held against, as the provider writes it: `email`, `hostname`, or `disabled` alone. */
    cn_validations: optional(Texts),
    no_store: optional(Type.Boolean()),
  }),
  /** Whether a certificate authority issues by ACME (RFC 8555), whose clients show no token, and to whom. */
  acme_config: fact("acme_config", {
    mount: Text,
    enabled: Type.Boolean(),
    /** Who needs an external account binding, as the provider writes it: `not-required`, `new-account-required`, `always-required`. */
    eab_policy: Text,
    /** What a directory that names no role issues by, as the provider writes it: `sign-verbatim`, `role:<name>`, `forbid`. */
    default_directory_policy: Text,
    /** A `*` alone: all. */
    allowed_roles: Texts,
    allowed_issuers: Texts,
    /** Whom it asks for the names that clients prove; absent: the server's own resolver. */
    dns_resolver: optional(Text),
    max_ttl_s: optional(Seconds),
  }),
  /** Where others find a certificate authority: its own addresses, and what the certificates name that it issues. */
  authority_address: fact("authority_address", {
    mount: Text,
    /** Of its API. */
    address: optional(Text),
    /** Of its certificates and revocation lists, as issued certificates may name it. */
    aia_address: optional(Text),
    /** Of revocation lists, in certificates of issuers that state nothing of their own; empty: none is named. */
    crl_distribution_points: optional(Texts),
    ocsp_servers: optional(Texts),
  }),
  revocation_list: fact("revocation_list", {
    mount: Text,
    enabled: optional(Type.Boolean()),
    expiry_s: optional(Seconds),
    auto_rebuild: optional(Type.Boolean()),
    ocsp_enabled: optional(Type.Boolean()),
    last_update_at: optional(InstantText),
    next_update_at: optional(InstantText),
    revoked_count: optional(Count),
  }),
  policy_document: fact("policy_document", {
    name: Text,
    policy_type: Text,
    text: Type.String({ maxLength: 1_048_576 }),
  }),
  lease_count: fact("lease_count", { lease_count: optional(Count), irrevocable_count: optional(Count) }),
  /** Where audit events go. */
  sink: fact("sink", {
    path: Text,
    sink_type: Text,
    local: optional(Type.Boolean()),
    raw_values_logged: optional(Type.Boolean()),
    destination: optional(Text),
    /** Whether it takes the calls of all Regions, of one account or of a whole organisation. */
    every_region: optional(Type.Boolean()),
    every_account: optional(Type.Boolean()),
    /** Whether the sink signs what it wrote, so that a change shows. */
    validation: optional(Type.Boolean()),
    encryption_key: optional(Text),
    options: Labels,
  }),
  /** What looked like a credential in the store's configuration, and where; never its text. */
  pasted_credential: fact("pasted_credential", {
    /** Fact id of the thing that it stands in, or the id prefix of a listing. */
    resource: Text,
    operation: Text,
    /** JSON pointer into the record's body. */
    pointer: Text,
    rule: Text,
  }),
  password_policy: fact("password_policy", {
    name: Text,
    /** Of the passwords, in characters. */
    length: optional(Count),
    /** Their least entropy. */
    bits: optional(Count),
    text: Text,
  }),
  quota: fact("quota", {
    name: Text,
    quota_type: Text,
    path: Text,
    rate: optional(Type.Number()),
    interval_s: optional(Seconds),
    max_leases: optional(Count),
  }),
  ...IDENTITY_KIND_SCHEMAS,
  ...OWN_KIND_SCHEMAS,
  ...CLOUD_KIND_SCHEMAS,
  ...EVENT_KIND_SCHEMAS,
  ...PEOPLE_KIND_SCHEMAS,
  ...REVIEW_KIND_SCHEMAS,
} satisfies Record<string, TSchema>;

export type FactKind = keyof typeof KIND_SCHEMAS;

export const FACT_KINDS = Object.keys(KIND_SCHEMAS).sort() as FactKind[];

/** Kinds that are told of ingested audit logs, not by a provider. */
export const EVENT_KINDS = FACT_KINDS.filter((kind) => Object.hasOwn(EVENT_KIND_SCHEMAS, kind));

/** Kinds that tell of people and of requests: no store tells them. */
export const PEOPLE_KINDS = FACT_KINDS.filter((kind) => Object.hasOwn(PEOPLE_KIND_SCHEMAS, kind));

/** Kinds that tell of reviews of access: no store tells them. */
export const REVIEW_KINDS = FACT_KINDS.filter((kind) => Object.hasOwn(REVIEW_KIND_SCHEMAS, kind));

const NOT_OF_A_SERVER: ReadonlySet<FactKind> = new Set([
  ...FACT_KINDS.filter((kind) => Object.hasOwn(CLOUD_KIND_SCHEMAS, kind)),
  ...EVENT_KINDS,
  ...PEOPLE_KINDS,
  ...REVIEW_KINDS,
]);

/** Kinds that a store with a server of its own can tell: all but those of clouds, of ingested logs, of people and of reviews. */
export const SERVER_KINDS = FACT_KINDS.filter((kind) => !NOT_OF_A_SERVER.has(kind));

export type FactOf<K extends FactKind> = Static<(typeof KIND_SCHEMAS)[K]>;

export type Fact = { [K in FactKind]: FactOf<K> }[FactKind];

/** The schema of one kind. */
export function factSchema(kind: FactKind): TObject {
  return KIND_SCHEMAS[kind];
}
