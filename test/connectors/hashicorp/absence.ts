/** What was done to a key of an answer. */
export type Change = "removed" | "null" | "emptied";

interface Allowed {
  /** Keys of the answer's data, `*` for any of them, or the whole answer as JSON. */
  readonly keys: readonly string[];
  readonly changes: readonly Change[];
  readonly reason: string;
}

/** Answers of which there is no recording: Vault's Enterprise alone has them, or only a listing that lies leads to them. */
export const DOCUMENTED = [
  {
    operation: "namespace.named_policy",
    params: { name: "hidden" },
    data: { name: "hidden", policy: 'path "kv/*" { capabilities = ["read"] }' },
  },
  {
    operation: "server.node_file",
    params: { name: "node-2" },
    data: {
      node: "node-2",
      file_sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      listeners: [{ type: "tcp", config: { address: "0.0.0.0:8200", tls_cert_file: "/etc/vault/tls.crt" } }],
      raw_storage_endpoint: false,
    },
  },
  { operation: "namespace.lease_limits", params: {}, data: { keys: ["everything"] } },
  {
    operation: "namespace.lease_limit",
    params: { name: "everything" },
    data: { type: "lease-count", name: "everything", path: "", max_leases: 500, counter: 12, role: "" },
  },
] as const;

const nil = (...keys: string[]): Allowed => ({
  keys,
  changes: ["null", "emptied"],
  reason: "Go's nil slice or map is written as null, and both are how the server says none",
});

const none = (...keys: string[]): Allowed => ({
  keys,
  changes: ["emptied"],
  reason: "the empty list, table or text is how the server says none or not set",
});

const unset = (...keys: string[]): Allowed => ({
  keys,
  changes: ["removed"],
  reason: "the server writes it only where it is set",
});

const unknownToSome = (...keys: string[]): Allowed => ({
  keys,
  changes: ["removed"],
  reason:
    "not every version or product writes it; where it is missing the fact lacks it too, and no policy asks for it",
});

const entries: Allowed = {
  keys: ["*"],
  changes: ["removed"],
  reason: "an entry that is not in the table is none: nothing tells a table without it from a true one",
};

const settings: readonly Allowed[] = [
  {
    keys: ["*"],
    changes: ["removed", "null", "emptied"],
    reason: "kept as the server wrote them, for people to read: no policy asks for a setting",
  },
];

/** What may be missing from an answer without a gap, by operation: there its absence is what the server says. */
export const ABSENCE_IS_TRUE: Readonly<Record<string, readonly Allowed[]>> = {
  "server.health": [
    none("replication_performance_mode", "replication_dr_mode"),
    unknownToSome("clock_skew_ms"),
  ],
  "server.seal_status": [
    {
      keys: ["build_date", "commit_date"],
      changes: ["removed", "emptied"],
      reason: "each product writes one of the two; without either the product is what sys/health told",
    },
    {
      keys: ["cluster_name", "cluster_id", "storage_type"],
      changes: ["removed", "emptied"],
      reason: "left out by a sealed server; names only",
    },
  ],
  "server.leader": [none("leader_address")],
  "server.config": [
    { keys: ["seals"], changes: ["removed", "emptied"], reason: "written where the file names a seal" },
    { keys: ["disable_mlock"], changes: ["removed"], reason: "OpenBao has none; the fact lacks it too" },
    none("log_level"),
  ],
  "server.cors": [none("allowed_origins")],
  "server.audit": [
    {
      keys: ['{"data":{}}'],
      changes: [],
      reason: "a server without audit devices answers so; no sink is a deviation, not a pass",
    },
    entries,
  ],
  "namespace.mounts": [entries],
  "namespace.auth": [entries],
  "namespace.rate_limit": [none("path"), unknownToSome("inheritable")],
  "namespace.children": [
    { keys: ["key_info"], changes: ["removed", "emptied"], reason: "older servers list names without ids" },
  ],
  "token.lookup": [
    none("display_name"),
    nil("policies"),
    { keys: ["expire_time"], changes: ["null", "emptied"], reason: "null: a token that never ends" },
    { keys: ["issue_time"], changes: ["removed"], reason: "creation_time tells the same second" },
    {
      keys: ["renewable"],
      changes: ["removed"],
      reason: "a token without a lease; otherwise the longer life is taken",
    },
  ],
  "token.role": [nil("allowed_policies")],
  "identity.entity": [
    none("aliases", "direct_group_ids", "inherited_group_ids", "policies"),
    nil("metadata"),
  ],
  "identity.group": [nil("member_entity_ids", "member_group_ids", "parent_group_ids", "policies")],
  "identity.login_mfa": [none("identity_entity_ids", "auth_method_accessors")],
  "kv2.metadata": [
    nil("custom_metadata"),
    {
      keys: ["last_updated_by"],
      changes: ["removed", "null", "emptied"],
      reason: "newer Vault alone tells who wrote; no policy asks",
    },
  ],
  "pki.acme": [none("dns_resolver"), unknownToSome("max_ttl")],
  "pki.cluster": [none("path")],
  "pki.issuer": [none("issuer_name")],
  "pki.role": [nil("allowed_domains"), none("issuer_ref")],
  "database.connection": [nil("allowed_roles")],
  "database.static_role": [unset("last_vault_rotation")],
  "approle.role": [none("token_policies", "token_bound_cidrs")],
  "approle.secret_id": [none("expiration_time", "last_updated_time"), nil("metadata")],
  "userpass.user": [none("token_policies", "token_bound_cidrs")],
  "ldap.config": settings,
  "ldap.user": [none("groups"), nil("policies")],
  "ldap.group": [nil("policies")],
  "kubernetes.config": settings,
  "kubernetes.role": [none("alias_name_source", "token_policies")],
  "jwt.config": settings,
  "jwt.role": [nil("bound_audiences", "bound_claims"), none("bound_claims_type", "token_policies")],
  "cert.config": settings,
  "cert.certificate": [nil("allowed_common_names"), none("display_name", "token_policies")],
};

/** The entry that allows a change; by the whole answer where no key was changed. */
export function allowedBy(operation: string, key: string, change: Change | undefined): Allowed | undefined {
  return ABSENCE_IS_TRUE[operation]?.find(({ keys, changes }) =>
    change === undefined
      ? keys.includes(key)
      : changes.includes(change) && (keys.includes(key) || keys.includes("*")),
  );
}
