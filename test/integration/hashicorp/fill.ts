import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { textAt } from "../../counterparties/json.ts";
import type { PostgresServer } from "../../counterparties/postgres.ts";
import type { VaultApi } from "../../counterparties/vault-api.ts";

/** Values that no record may ever hold. */
export const SECRET_VALUES = [
  "s3cr3t-value-1",
  "s3cr3t-value-2",
  "s3cr3t-value-3",
  "s3cr3t-value-4",
  "s3cr3t-value-5",
];

const [V1 = "", V2 = "", V3 = "", V4 = "", V5 = ""] = SECRET_VALUES;

/** The superuser of the database that the server connects to. */
export const SUPERUSER = { name: "vault", password: V4 };

export interface FillSettings {
  /** A directory for throwaway key files. */
  readonly dir: string;
  /** Where the full build is: it has LDAP, Kubernetes and the database engine as well. */
  readonly postgres?: PostgresServer;
  /** PEM certificate that cert logins trust. */
  readonly clientCert: string;
}

/** One of everything that the connector reads. */
export async function fill(root: VaultApi, settings: FillSettings): Promise<void> {
  await engines(root);
  await secrets(root);
  await authMethods(root, settings);
  await policies(root);
  await identities(root);
  if (settings.postgres !== undefined) await fullBuild(root, settings.postgres);
}

async function engines(root: VaultApi): Promise<void> {
  const kv2 = { type: "kv", options: { version: "2" } };
  await root.ok("POST", "sys/mounts/kv", {
    ...kv2,
    description: "Payments",
    config: { max_lease_ttl: "24h" },
  });
  await root.ok("POST", "sys/mounts/team/deep", kv2);
  await root.ok("POST", "sys/mounts/legacy", { type: "kv", options: { version: "1" } });
  await root.ok("POST", "sys/mounts/transit", { type: "transit" });
  await root.ok("POST", "sys/mounts/pki", { type: "pki", config: { max_lease_ttl: "87600h" } });
  await root.ok("POST", "transit/keys/orders", { auto_rotate_period: "720h" });
  await root.ok("POST", "transit/keys/orders/rotate", {});
  await root.ok("POST", "transit/keys/signing", { type: "ed25519", exportable: true });
  const authority = { common_name: "Harbour & Pine Root", ttl: "8760h", issuer_name: "root-2026" };
  await root.ok("POST", "pki/root/generate/internal", authority);
  await root.ok("POST", "pki/roles/web", {
    allowed_domains: ["example.org"],
    allow_subdomains: true,
    max_ttl: "72h",
  });
  await root.ok("POST", "pki/issue/web", { common_name: "a.example.org" });
  await root.ok("POST", "pki/config/cluster", { path: "https://pki.example.org:8200/v1/pki" });
  await root.ok("POST", "pki/config/acme", {
    enabled: true,
    eab_policy: "new-account-required",
    default_directory_policy: "role:web",
    dns_resolver: "127.0.0.1:53",
  });
  const revoked = await root.ok("POST", "pki/issue/web", { common_name: "b.example.org" });
  await root.ok("POST", "pki/revoke", { serial_number: textAt(revoked, "data", "serial_number") });
}

async function secrets(root: VaultApi): Promise<void> {
  await root.ok("POST", "kv/data/payments/db", { data: { password: V1 } });
  await root.ok("POST", "kv/data/payments/db", { data: { password: V2 } });
  await root.ok("POST", "kv/metadata/payments/db", {
    custom_metadata: { owner: "payments" },
    max_versions: 5,
  });
  await root.ok("POST", "kv/data/payments/api/key", { data: { key: V3 } });
  await root.ok("DELETE", "kv/data/payments/api/key");
  await root.ok("POST", "kv/metadata/ephemeral", { delete_version_after: "720h" });
  await root.ok("POST", "kv/data/ephemeral", { data: { key: V4 } });
  await root.ok("POST", `kv/data/${encodeURIComponent("odd name%20#x?y")}`, { data: { key: V4 } });
  await root.ok("POST", "team/deep/data/one", { data: { key: V4 } });
  await root.ok("POST", "kv/config", { max_versions: 7, cas_required: false });
  await root.ok("POST", "legacy/old/db", { password: V5 });
}

async function authMethods(root: VaultApi, { dir, clientCert }: FillSettings): Promise<void> {
  for (const type of ["approle", "userpass", "jwt", "cert"])
    await root.ok("POST", `sys/auth/${type}`, { type });
  const app = { token_policies: ["app"], token_ttl: "20m", secret_id_ttl: "24h", secret_id_num_uses: 10 };
  await root.ok("POST", "auth/approle/role/app", app);
  await root.ok("POST", "auth/approle/role/app/secret-id", { metadata: JSON.stringify({ host: "web1" }) });
  await root.ok("POST", "auth/approle/role/open", {
    token_policies: ["app"],
    bind_secret_id: false,
    token_bound_cidrs: ["10.0.0.0/8"],
  });
  await root.ok("POST", "auth/userpass/users/maria", { password: "correct horse", token_policies: ["app"] });
  execFileSync("openssl", ["genrsa", "-out", join(dir, "jwt.key"), "2048"], { stdio: "ignore" });
  execFileSync("openssl", ["rsa", "-in", join(dir, "jwt.key"), "-pubout", "-out", join(dir, "jwt.pub")], {
    stdio: "ignore",
  });
  await root.ok("POST", "auth/jwt/config", {
    jwt_validation_pubkeys: [readFileSync(join(dir, "jwt.pub"), "utf8")],
    bound_issuer: "https://issuer.example.org",
  });
  await root.ok("POST", "auth/jwt/role/ci", {
    role_type: "jwt",
    user_claim: "sub",
    bound_audiences: ["countersign"],
    bound_claims: { project: ["a", "b"], ref: "main" },
    token_policies: ["countersign"],
  });
  const edge = { certificate: clientCert, allowed_common_names: ["edge"], token_policies: ["countersign"] };
  await root.ok("POST", "auth/cert/certs/edge", edge);
  await root.ok("POST", "auth/token/roles/batch", {
    allowed_policies: ["app"],
    orphan: true,
    token_period: "24h",
  });
}

async function policies(root: VaultApi): Promise<void> {
  const app = `path "kv/data/payments/*" {\n  capabilities = ["read"]\n}\n`;
  await root.ok("PUT", "sys/policies/acl/app", { policy: app });
  const strong = `length = 24\nrule "charset" {\n  charset = "abcdefghij"\n  min-chars = 1\n}\n`;
  await root.ok("PUT", "sys/policies/password/strong", { policy: strong });
  await root.ok("POST", "sys/quotas/rate-limit/kv", { rate: 5000, path: "kv/" });
  await root.ok("POST", "sys/config/ui/headers/X-Custom", { values: ["a"] });
}

async function identities(root: VaultApi): Promise<void> {
  const accessor = textAt(await root.ok("GET", "sys/auth"), "data", "userpass/", "accessor");
  const entity = await root.ok("POST", "identity/entity", {
    name: "maria",
    metadata: { team: "pay" },
    policies: ["app"],
  });
  const id = textAt(entity, "data", "id");
  await root.ok("POST", "identity/entity-alias", {
    name: "maria",
    canonical_id: id,
    mount_accessor: accessor,
  });
  const group = await root.ok("POST", "identity/group", {
    name: "payments",
    policies: ["app"],
    member_entity_ids: [id],
  });
  await root.ok("POST", "identity/group", {
    name: "company",
    member_group_ids: [textAt(group, "data", "id")],
  });
  const method = await root.ok("POST", "identity/mfa/method/totp", {
    issuer: "Harbour",
    method_name: "phone",
  });
  await root.ok("POST", "identity/mfa/login-enforcement/people", {
    mfa_method_ids: [textAt(method, "data", "method_id")],
    identity_entity_ids: [id],
  });
}

async function fullBuild(root: VaultApi, postgres: PostgresServer): Promise<void> {
  await root.ok("POST", "sys/auth/ldap", { type: "ldap" });
  await root.ok("POST", "auth/ldap/config", {
    url: "ldaps://ldap.example.org",
    userdn: "ou=people,dc=example,dc=org",
    binddn: "cn=reader,dc=example,dc=org",
    bindpass: V5,
  });
  await root.ok("POST", "auth/ldap/users/kim", { policies: "app", groups: "ops" });
  await root.ok("POST", "auth/ldap/groups/ops", { policies: "app" });
  await root.ok("POST", "sys/auth/kubernetes", { type: "kubernetes" });
  await root.ok("POST", "auth/kubernetes/config", {
    kubernetes_host: "https://10.0.0.1:6443",
    disable_local_ca_jwt: true,
  });
  await root.ok("POST", "auth/kubernetes/role/web", {
    bound_service_account_names: ["web"],
    bound_service_account_namespaces: ["shop"],
    token_policies: ["app"],
  });
  await root.ok("POST", "sys/mounts/database", { type: "database" });
  // The static role's user must exist.
  postgres.sql("CREATE ROLE batch LOGIN");
  const { host, port } = postgres;
  const connection = {
    plugin_name: "postgresql-database-plugin",
    connection_url: `postgresql://vault:${V4}@${host}:${port}/postgres?sslmode=disable`,
    allowed_roles: ["reader", "batch"],
  };
  await root.ok("POST", "database/config/orders", connection);
  const reader = { db_name: "orders", default_ttl: "1h", max_ttl: "24h", creation_statements: ["SELECT 1"] };
  await root.ok("POST", "database/roles/reader", reader);
  const batch = { db_name: "orders", username: "batch", rotation_period: "86400" };
  await root.ok("POST", "database/static-roles/batch", batch);
  await root.ok("POST", "sys/mounts/totp", { type: "totp" });
}
