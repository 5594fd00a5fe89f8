import { Count, InstantText, Labels, Seconds, Text, Texts, Type, closed } from "../schema/index.ts";
import type { Static, TObject, TSchema } from "@sinclair/typebox";
import { LOCATED, fact, optional } from "./kind-schema.ts";
import { OWN_KIND_SCHEMAS, StoreFeature } from "./own-kinds.ts";

/** Limits that a role, a user or a token puts on the tokens it stands for. 0 means "not limited here". */
const TOKEN_BOUNDS = {
  token_ttl_s: optional(Seconds),
  token_max_ttl_s: optional(Seconds),
  token_explicit_max_ttl_s: optional(Seconds),
  token_period_s: optional(Seconds),
  token_num_uses: optional(Count),
  token_type: optional(Text),
  token_bound_cidrs: optional(Texts),
  token_no_default_policy: optional(Type.Boolean()),
};

/**
 * The vocabulary. A fact comes from exactly one record, so kinds are cut by operation, not by thing: what a listing
 * shows of a secret is `secret`, what its metadata shows is `secret_metadata`, and either can be a gap on its own.
 */
const KIND_SCHEMAS = {
  /** The store itself: product, version, seal. */
  store: fact("store", {
    product: Text,
    version: Text,
    initialized: Type.Boolean(),
    sealed: Type.Boolean(),
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
    options: optional(Labels),
  }),
  /** A mounted auth method. */
  auth_method: fact("auth_method", {
    path: Text,
    method: Text,
    accessor: optional(Text),
    description: optional(Text),
    default_ttl_s: optional(Seconds),
    max_ttl_s: optional(Seconds),
    token_type: optional(Text),
    listing_visibility: optional(Text),
    local: optional(Type.Boolean()),
  }),
  /** The configuration of an auth method, e.g. its directory server or token issuer; never its credentials. */
  auth_config: fact("auth_config", {
    mount: Text,
    method: Text,
    settings: Type.Record(Type.String(), Type.Unknown()),
  }),
  /** MFA that a login must pass. */
  login_mfa: fact("login_mfa", {
    name: Text,
    mfa_method_ids: Texts,
    auth_method_accessors: Texts,
    auth_method_types: Texts,
    identity_group_ids: Texts,
    identity_entity_ids: Texts,
  }),
  /** A second factor that login enforcements name. */
  mfa_method: fact("mfa_method", { method_id: Text, method: Text, name: optional(Text) }),
  /** A secret, as a listing names it. */
  secret: fact("secret", { ...LOCATED, secret_type: Text }),
  /** What the store keeps about a secret beside its value. */
  secret_metadata: fact("secret_metadata", {
    ...LOCATED,
    created_at: InstantText,
    updated_at: InstantText,
    current_version: Count,
    oldest_version: optional(Count),
    version_count: Count,
    /** When the value now current was written; absent when the current version is deleted or destroyed. */
    value_set_at: optional(InstantText),
    /** When the store will delete the value now current, where it says so. */
    value_deletes_at: optional(InstantText),
    deleted_version_count: Count,
    destroyed_version_count: Count,
    max_versions: optional(Count),
    cas_required: optional(Type.Boolean()),
    delete_version_after_s: optional(Seconds),
    labels: Labels,
  }),
  secret_version: fact("secret_version", {
    ...LOCATED,
    version: Count,
    created_at: InstantText,
    deleted_at: optional(InstantText),
    destroyed: Type.Boolean(),
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
    last_rotated_at: optional(InstantText),
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
    tls: optional(Type.Boolean()),
    password_policy: optional(Text),
  }),
  key: fact("key", {
    ...LOCATED,
    key_type: Text,
    latest_version: Count,
    min_decryption_version: optional(Count),
    min_encryption_version: optional(Count),
    exportable: Type.Boolean(),
    deletion_allowed: optional(Type.Boolean()),
    plaintext_backup_allowed: optional(Type.Boolean()),
    imported: optional(Type.Boolean()),
    latest_version_created_at: optional(InstantText),
    created_at: optional(InstantText),
  }),
  key_rotation: fact("key_rotation", { ...LOCATED, enabled: Type.Boolean(), period_s: optional(Seconds) }),
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
  }),
  /** A certificate authority's issuer configuration. */
  certificate_issuer: fact("certificate_issuer", {
    ...LOCATED,
    issuer_id: Text,
    serial: optional(Text),
    usage: Texts,
    leaf_not_after_behavior: optional(Text),
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
    enforce_hostnames: optional(Type.Boolean()),
    no_store: optional(Type.Boolean()),
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
  /** A role or user of an auth method: whoever meets its bounds gets a token with its policies. */
  auth_role: fact("auth_role", {
    ...LOCATED,
    method: Text,
    role_type: Type.Union([
      Type.Literal("role"),
      Type.Literal("user"),
      Type.Literal("group"),
      Type.Literal("token_role"),
    ]),
    policies: Texts,
    ...TOKEN_BOUNDS,
    /** What else a caller must show to pass: claim, service account, certificate name … as text. */
    bounds: Type.Record(Type.String(), Texts),
    /** Of a role by certificate: one that it trusts is an authority's, so that whatever this signs may come in. */
    trusts_authority: optional(Type.Boolean()),
    /** True when nothing but knowing the role's name (or nothing at all) lets a caller in. */
    unauthenticated: optional(Type.Boolean()),
    secret_id_num_uses: optional(Count),
    secret_id_ttl_s: optional(Seconds),
    secret_id_bound_cidrs: optional(Texts),
    /** The name by which identity aliases know whoever comes through this role, where it is fixed. */
    alias_name: optional(Text),
    /** Groups of the method whose policies a user gets as well. */
    groups: optional(Texts),
    orphan: optional(Type.Boolean()),
    renewable: optional(Type.Boolean()),
    allowed_policies: optional(Texts),
    disallowed_policies: optional(Texts),
    allowed_policies_glob: optional(Texts),
    disallowed_policies_glob: optional(Texts),
  }),
  /** The name that identity aliases know an auth role by, where it takes a read of its own: an AppRole's role id. */
  auth_role_alias: fact("auth_role_alias", { ...LOCATED, alias_name: Text }),
  /** A credential that an auth role has handed out, by its accessor: an AppRole's secret id; never the credential. */
  auth_credential: fact("auth_credential", {
    ...LOCATED,
    accessor: Text,
    created_at: InstantText,
    updated_at: optional(InstantText),
    expires_at: optional(InstantText),
    /** Uses left; 0: not limited. */
    num_uses: Count,
    bound_cidrs: Texts,
    labels: Labels,
  }),
  principal: fact("principal", {
    name: Text,
    principal_type: Text,
    native_id: Text,
    policies: Texts,
    disabled: Type.Boolean(),
    created_at: optional(InstantText),
    updated_at: optional(InstantText),
    labels: Labels,
    aliases: Type.Array(
      closed({
        alias_id: Text,
        name: Text,
        mount_accessor: Text,
        mount_path: optional(Text),
        mount_type: optional(Text),
        labels: Labels,
        custom_labels: optional(Labels),
      }),
      { maxItems: 1000 },
    ),
    direct_group_ids: Texts,
    inherited_group_ids: Texts,
  }),
  group: fact("group", {
    name: Text,
    native_id: Text,
    group_type: Text,
    policies: Texts,
    member_entity_ids: Texts,
    member_group_ids: Texts,
    parent_group_ids: Texts,
    alias_name: optional(Text),
    alias_mount_accessor: optional(Text),
    labels: Labels,
    created_at: optional(InstantText),
  }),
  /** A live token, by its accessor; never the token itself. */
  token: fact("token", {
    accessor: Text,
    display_name: Text,
    path: Text,
    policies: Texts,
    identity_policies: Texts,
    entity_id: optional(Text),
    root: Type.Boolean(),
    orphan: Type.Boolean(),
    token_type: Text,
    created_at: InstantText,
    expires_at: optional(InstantText),
    ttl_s: Seconds,
    explicit_max_ttl_s: optional(Seconds),
    period_s: optional(Seconds),
    renewable: optional(Type.Boolean()),
    num_uses: Count,
    bound_cidrs: optional(Texts),
    labels: Labels,
    /** True for the token that the collector itself used. */
    collector: Type.Boolean(),
  }),
  token_count: fact("token_count", { token_count: Count }),
  lease_count: fact("lease_count", { lease_count: optional(Count), irrevocable_count: optional(Count) }),
  /** Where audit events go. */
  sink: fact("sink", {
    path: Text,
    sink_type: Text,
    local: optional(Type.Boolean()),
    raw_values_logged: optional(Type.Boolean()),
    destination: optional(Text),
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
  password_policy: fact("password_policy", { name: Text, length: optional(Count), text: Text }),
  quota: fact("quota", {
    name: Text,
    quota_type: Text,
    path: Text,
    rate: optional(Type.Number()),
    interval_s: optional(Seconds),
    max_leases: optional(Count),
  }),
  ...OWN_KIND_SCHEMAS,
} satisfies Record<string, TSchema>;

export type FactKind = keyof typeof KIND_SCHEMAS;

export const FACT_KINDS = Object.keys(KIND_SCHEMAS).sort() as FactKind[];

export type FactOf<K extends FactKind> = Static<(typeof KIND_SCHEMAS)[K]>;

export type Fact = { [K in FactKind]: FactOf<K> }[FactKind];

/** The schema of one kind. */
export function factSchema(kind: FactKind): TObject {
  return KIND_SCHEMAS[kind];
}
