import { textAt, type Json } from "../counterparties/json.ts";
import type { PostgresServer } from "../counterparties/postgres.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { COMPANY, DOMAIN } from "./company.ts";

/** PKI: a root, an intermediate below it, roles and certificates. */
export async function fillPki(api: VaultApi): Promise<void> {
  for (const [path, hours] of [
    ["pki-root", "87600h"],
    ["pki-int", "43800h"],
  ] as const) {
    const config = { max_lease_ttl: hours };
    await api.ok("POST", `sys/mounts/${path}`, { type: "pki", description: "Internal certificates", config });
  }
  await api.ok("POST", "pki-root/root/generate/internal", {
    common_name: `${COMPANY} Root CA`,
    issuer_name: "root-2024",
    ttl: "70000h",
    not_before_duration: "17000h",
    key_type: "ec",
    key_bits: 384,
  });
  const csr = await api.ok("POST", "pki-int/intermediate/generate/internal", {
    common_name: `${COMPANY} Services CA`,
    key_type: "rsa",
    key_bits: 2048,
  });
  const signed = await api.ok("POST", "pki-root/root/sign-intermediate", {
    csr: textAt(csr, "data", "csr"),
    common_name: `${COMPANY} Services CA`,
    ttl: "26000h",
    not_before_duration: "9000h",
  });
  await api.ok("POST", "pki-int/intermediate/set-signed", {
    certificate: textAt(signed, "data", "certificate"),
  });
  await api.ok("POST", "pki-root/config/crl", { expiry: "720h", auto_rebuild: true, ocsp_disable: true });
  // Fault: the list of the authority that issues every day is switched off.
  await api.ok("POST", "pki-int/config/crl", { disable: true, expiry: "72h" });
  await fillPkiRoles(api);
  await issueCertificates(api);
}

async function fillPkiRoles(api: VaultApi): Promise<void> {
  const common = {
    allowed_domains: [`svc.${DOMAIN}`],
    allow_subdomains: true,
    key_type: "ec",
    key_bits: 256,
  };
  const roles: Readonly<Record<string, Json>> = {
    "internal-service": { ...common, ttl: "72h", max_ttl: "720h" },
    // Any name of any kind, ten years.
    "legacy-any": {
      allow_any_name: true,
      enforce_hostnames: false,
      allowed_other_sans: ["*"],
      key_type: "rsa",
      key_bits: 2048,
      max_ttl: "87600h",
    },
    wildcard: { ...common, allow_wildcard_certificates: true, allow_bare_domains: true, max_ttl: "8760h" },
    "short-lived": { ...common, ttl: "1h", max_ttl: "24h", no_store: true },
    // Made so that the certificates of the recording begin before it does.
    backdated: { ...common, max_ttl: "43800h", not_before_duration: "8000h" },
  };
  for (const [name, role] of Object.entries(roles)) await api.ok("POST", `pki-int/roles/${name}`, role);
  await api.ok("POST", "pki-root/roles/appliance", { ...common, max_ttl: "43800h", no_store: false });
}

async function issueCertificates(api: VaultApi): Promise<void> {
  const issue = async (role: string, name: string, ttl: string) => {
    const request = { common_name: `${name}.svc.${DOMAIN}`, ttl };
    const answer = await api.ok("POST", `pki-int/issue/${role}`, request);
    return textAt(answer, "data", "serial_number");
  };
  for (const [name, ttl] of [
    ["checkout-api", "2000h"],
    ["general-ledger", "4000h"],
    ["fraud-scoring", "600h"],
    // Ends in a few days.
    ["pos-gateway", "60h"],
    ["edge-proxy", "150h"],
  ] as const) {
    await issue("backdated", name, ttl);
  }
  for (const name of ["payout-engine", "mobile-backend", "reconciler"])
    await issue("internal-service", name, "72h");
  // Over before the recording ends.
  await issue("backdated", "old-invoicing", "1s");
  await issue("legacy-any", "intranet", "20000h");
  const revoked = await issue("wildcard", "staging", "8000h");
  await api.ok("POST", "pki-int/revoke", { serial_number: revoked });
}

/** A transit key, and how old it is to look in the recorded example. */
export interface TransitKey {
  readonly mount: "transit" | "transit-cards";
  readonly name: string;
  readonly versions: number;
  readonly createdDaysAgo: number;
  readonly rotatedDaysAgo: number;
  readonly create: Json;
  readonly config: Json;
}

const transit = (
  mount: TransitKey["mount"],
  name: string,
  ages: readonly [createdDaysAgo: number, rotatedDaysAgo: number, versions: number],
  create: Json,
  config: Json = {},
): TransitKey => ({
  mount,
  name,
  createdDaysAgo: ages[0],
  rotatedDaysAgo: ages[1],
  versions: ages[2],
  create,
  config,
});

export const TRANSIT_KEYS: readonly TransitKey[] = [
  transit(
    "transit-cards",
    "pan",
    [690, 21, 8],
    { type: "aes256-gcm96", auto_rotate_period: "2160h" },
    { min_decryption_version: 3 },
  ),
  transit("transit-cards", "cvv-transport", [433, 433, 1], { type: "aes256-gcm96" }),
  transit("transit-cards", "tokens", [690, 80, 9], {
    type: "aes256-gcm96",
    auto_rotate_period: "2160h",
    derived: true,
  }),
  transit("transit", "release", [244, 40, 3], { type: "ed25519", auto_rotate_period: "8760h" }),
  transit("transit", "webhooks", [505, 505, 1], { type: "hmac", key_size: 32 }),
  transit("transit", "partner-exchange", [602, 402, 2], {
    type: "rsa-2048",
    exportable: true,
    allow_plaintext_backup: true,
  }),
  transit("transit", "documents", [311, 30, 4], { type: "aes256-gcm96", auto_rotate_period: "4320h" }),
  transit("transit", "old-invoicing", [700, 700, 1], { type: "aes128-gcm96" }, { deletion_allowed: true }),
  transit("transit", "mobile-attestation", [188, 188, 1], { type: "ecdsa-p256" }),
];

export async function fillTransit(api: VaultApi): Promise<void> {
  for (const path of ["transit", "transit-cards"]) {
    await api.ok("POST", `sys/mounts/${path}`, { type: "transit", description: "Encryption as a service" });
  }
  for (const key of TRANSIT_KEYS) {
    const path = `${key.mount}/keys/${key.name}`;
    await api.ok("POST", path, key.create);
    for (let version = 1; version < key.versions; version += 1) await api.ok("POST", `${path}/rotate`);
    if (Object.keys(key.config).length > 0) await api.ok("POST", `${path}/config`, key.config);
  }
}

/** Database accounts whose passwords the store rotates, and when it last did in the recorded example. */
export const STATIC_ROLES = [
  {
    name: "ledger-reporting",
    username: "ledger_reporting",
    schedule: { rotation_period: "720h" },
    rotatedDaysAgo: 12,
  },
  {
    name: "risk-etl",
    username: "risk_etl",
    schedule: { rotation_schedule: "0 3 * * 0", rotation_window: "4h" },
    rotatedDaysAgo: 3,
  },
  // Failing for months, and nobody was told.
  {
    name: "settlement-batch",
    username: "settlement_batch",
    schedule: { rotation_period: "2160h" },
    rotatedDaysAgo: 247,
  },
] as const;

/** Where the recorded connections point once their accounts were rotated on a local server. */
const DATABASE_HOST = `ledger-db.${DOMAIN}:5432`;

export async function fillDatabase(api: VaultApi, postgres: PostgresServer): Promise<void> {
  await api.ok("POST", "sys/mounts/database", { type: "database", description: "Database credentials" });
  for (const { username } of STATIC_ROLES)
    postgres.sql(`create role ${username} login password 'changed-at-once'`);
  const connect = async (host: string, tls: string, verify: boolean) => {
    const url = `postgresql://{{username}}:{{password}}@${host}/postgres?sslmode=${tls}`;
    const common = {
      plugin_name: "postgresql-database-plugin",
      connection_url: url,
      verify_connection: verify,
    };
    const login = { username: postgres.superuser.name, password: postgres.superuser.password };
    const allowed = ["ledger-read", ...STATIC_ROLES.map(({ name }) => name)];
    await api.ok("POST", "database/config/ledger", {
      ...common,
      ...login,
      allowed_roles: allowed,
      password_policy: "database",
    });
    // Fault: any role may use it, and its passwords follow no policy of the company's.
    await api.ok("POST", "database/config/risk", { ...common, ...login, allowed_roles: ["*"] });
  };
  await connect(`${postgres.host}:${postgres.port}`, "disable", true);
  await api.ok("POST", "database/roles/ledger-read", {
    db_name: "ledger",
    creation_statements: [
      `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`,
    ],
    default_ttl: "1h",
    max_ttl: "8h",
  });
  // A superuser for thirty days.
  await api.ok("POST", "database/roles/risk-admin", {
    db_name: "risk",
    creation_statements: [`CREATE ROLE "{{name}}" SUPERUSER LOGIN PASSWORD '{{password}}'`],
    default_ttl: "720h",
    max_ttl: 0,
  });
  for (const { name, username, schedule } of STATIC_ROLES) {
    await api.ok("POST", `database/static-roles/${name}`, { db_name: "ledger", username, ...schedule });
  }
  for (const role of ["ledger-read", "ledger-read", "risk-admin"])
    await api.ok("GET", `database/creds/${role}`);
  // The recording names the company's host; nothing connects to it.
  await connect(DATABASE_HOST, "require", false);
}
