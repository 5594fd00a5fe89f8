import { generateKeyPairSync } from "node:crypto";
import { textAt, type Json } from "../counterparties/json.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { DOMAIN, LDAP_SUFFIX, PEOPLE, SERVICES, TEAMS, type Person, type Service } from "./company.ts";

/** Office, data centre and cluster networks of the company (documentation addresses). */
const NETWORKS = { office: "198.51.100.0/24", clusters: "203.0.113.0/25", batch: "203.0.113.128/26" };

/** The company's directory as the store is told of it; a test may pass that of a running one. */
export const LDAP_URL = `ldaps://ldap.${DOMAIN}`;

export interface AuthSettings {
  /** PEM of the authority that signs client certificates. */
  readonly clientCa: string;
  /** A throwaway password for each person who logs in with one of the store's own. */
  readonly passwords: ReadonlyMap<string, string>;
}

const AUTH_MOUNTS: Readonly<Record<string, Json>> = {
  approle: { type: "approle", description: "Batch services", config: { max_lease_ttl: "24h" } },
  "approle-legacy": { type: "approle", description: "Do not use for anything new" },
  cert: { type: "cert", description: "Appliances with client certificates" },
  jwt: { type: "jwt", description: "Continuous integration" },
  kubernetes: { type: "kubernetes", description: "Production cluster", config: { max_lease_ttl: "12h" } },
  ldap: { type: "ldap", description: "Staff", config: { default_lease_ttl: "8h", max_lease_ttl: "12h" } },
  // Fault: the login page shows to anybody that passwords of the store's own exist.
  userpass: { type: "userpass", description: "Contractors", config: { listing_visibility: "unauth" } },
};

export async function mountAuth(api: VaultApi): Promise<ReadonlyMap<string, string>> {
  for (const [path, body] of Object.entries(AUTH_MOUNTS)) await api.ok("POST", `sys/auth/${path}`, body);
  const listing = await api.ok("GET", "sys/auth");
  const paths = [...Object.keys(AUTH_MOUNTS), "token"];
  return new Map(paths.map((path) => [path, textAt(listing, "data", `${path}/`, "accessor")]));
}

export async function fillAuth(api: VaultApi, settings: AuthSettings): Promise<{ readonly jwtKey: string }> {
  await fillAppRole(api);
  await fillCert(api, settings.clientCa);
  await fillKubernetes(api, settings.clientCa);
  await fillLdap(api);
  await fillTokenRoles(api);
  await fillUserpass(api, settings.passwords);
  return { jwtKey: await fillJwt(api) };
}

/** What a service of the company may do beyond its own folder. */
const MORE_POLICIES: Readonly<Record<string, readonly string[]>> = {
  "card-vault": ["card-vault-crypto", "internal-certificates"],
  "checkout-api": ["cards-deny", "internal-certificates"],
  "payout-engine": ["partner-keys", "cards-deny"],
  "settlement-batch": ["partner-keys", "ledger-database"],
  reconciler: ["ledger-database"],
  "fraud-scoring": ["risk-models"],
  "deploy-bot": ["deploy-pipeline"],
  "terraform-runner": ["terraform-state"],
  "backup-agent": ["backup-everything"],
  "warehouse-loader": ["warehouse-read"],
  "report-builder": ["warehouse-reports", "report-archive"],
  "feature-store": ["warehouse-read"],
  "release-signer": ["release-signing"],
  "old-invoicing": ["old-invoicing", "legacy-read"],
  "ticket-sync": ["support-tools"],
};

function policiesOf({ name }: Service): string[] {
  return [`svc-${name}`, ...(MORE_POLICIES[name] ?? [])];
}

const GOOD_APPROLE = {
  token_ttl: "20m",
  token_max_ttl: "4h",
  secret_id_ttl: "24h",
  secret_id_num_uses: 10,
  secret_id_bound_cidrs: [NETWORKS.batch],
  token_bound_cidrs: [NETWORKS.batch],
};

/** Faults, by service: what differs from a good role. */
const APPROLE_FAULTS: Readonly<Record<string, Json>> = {
  // Secret ids that never end and may be used for ever, from anywhere.
  "backup-agent": {
    secret_id_ttl: 0,
    secret_id_num_uses: 0,
    secret_id_bound_cidrs: [],
    token_bound_cidrs: [],
  },
  "metrics-shipper": { secret_id_bound_cidrs: [], token_bound_cidrs: [] },
  // No limit of its own on how long a token lives.
  "ticket-sync": { token_ttl: 0, token_max_ttl: 0, secret_id_num_uses: 0 },
  "chargeback-desk": { secret_id_ttl: 0 },
  "push-sender": { token_type: "batch", secret_id_num_uses: 0 },
};

async function fillAppRole(api: VaultApi): Promise<void> {
  const services = SERVICES.filter(({ login, name }) => login === "approle" && name !== "old-invoicing");
  for (const service of services) {
    const role = { ...GOOD_APPROLE, token_policies: policiesOf(service), ...APPROLE_FAULTS[service.name] };
    await api.ok("POST", `auth/approle/role/${service.name}`, role);
  }
  await api.ok("POST", "auth/approle-legacy/role/old-invoicing", {
    token_policies: ["svc-old-invoicing", "old-invoicing", "legacy-read"],
    token_period: "768h",
  });
  // Whoever knows its name gets a token: no secret id, any address.
  await api.ok("POST", "auth/approle-legacy/role/status-page", {
    token_policies: ["scratch-anyone"],
    bind_secret_id: false,
    token_bound_cidrs: ["0.0.0.0/0"],
  });
}

async function fillCert(api: VaultApi, certificate: string): Promise<void> {
  await api.ok("POST", "auth/cert/certs/pos-gateway", {
    certificate,
    display_name: "pos-gateway",
    allowed_common_names: ["pos-gateway"],
    token_policies: policiesOf(serviceNamed("pos-gateway")),
    token_ttl: "1h",
    token_max_ttl: "8h",
    token_bound_cidrs: [NETWORKS.clusters],
  });
  // Any certificate of this authority will do.
  await api.ok("POST", "auth/cert/certs/edge-proxy", {
    certificate,
    display_name: "edge-proxy",
    token_policies: policiesOf(serviceNamed("edge-proxy")),
  });
}

async function fillKubernetes(api: VaultApi, certificate: string): Promise<void> {
  await api.ok("POST", "auth/kubernetes/config", {
    kubernetes_host: `https://k8s.${DOMAIN}:6443`,
    kubernetes_ca_cert: certificate,
    disable_local_ca_jwt: true,
  });
  for (const service of SERVICES.filter(({ login }) => login === "kubernetes")) {
    await api.ok("POST", `auth/kubernetes/role/${service.name}`, {
      bound_service_account_names: [service.name],
      bound_service_account_namespaces: [service.team],
      alias_name_source: "serviceaccount_name",
      audience: "vault",
      token_policies: policiesOf(service),
      token_ttl: "1h",
      token_max_ttl: "12h",
      token_bound_cidrs: [NETWORKS.clusters],
    });
  }
  // Every service account of two whole namespaces, for a debugging session that ended long ago.
  await api.ok("POST", "auth/kubernetes/role/debug", {
    bound_service_account_names: ["*"],
    bound_service_account_namespaces: ["payments", "risk"],
    token_policies: ["risk-models", "on-call"],
    token_ttl: 0,
    token_max_ttl: 0,
  });
}

/** LDAP group → policies. */
const LDAP_GROUP_POLICIES: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(TEAMS.map((team) => [team, [`team-${team}`, "personal-folder"]])),
  risk: ["team-risk", "risk-models", "personal-folder"],
  data: ["team-data", "warehouse-read", "personal-folder"],
  support: ["team-support", "support-tools", "personal-folder"],
};

async function fillLdap(api: VaultApi): Promise<void> {
  await configureLdap(api, { url: LDAP_URL });
  for (const [group, policies] of Object.entries(LDAP_GROUP_POLICIES)) {
    await api.ok("POST", `auth/ldap/groups/${group}`, { policies: policies.join(",") });
  }
  // Given by hand to two people, past their groups.
  await api.ok("POST", "auth/ldap/users/a.lindqvist", { policies: "delivery-lead", groups: "" });
  await api.ok("POST", "auth/ldap/users/o.karlsson", {
    policies: "platform-admin",
    groups: "platform,security",
  });
}

export async function configureLdap(api: VaultApi, settings: Json): Promise<void> {
  await api.ok("POST", "auth/ldap/config", {
    userdn: `ou=people,${LDAP_SUFFIX}`,
    userattr: "uid",
    groupdn: `ou=groups,${LDAP_SUFFIX}`,
    groupfilter: "(&(objectClass=groupOfNames)(member={{.UserDN}}))",
    groupattr: "cn",
    insecure_tls: false,
    starttls: false,
    token_bound_cidrs: [],
    ...settings,
  });
}

async function fillTokenRoles(api: VaultApi): Promise<void> {
  const roles: Readonly<Record<string, Json>> = {
    "nomad-cluster": {
      disallowed_policies: ["break-glass", "platform-admin"],
      orphan: true,
      token_period: "72h",
      renewable: true,
    },
    contractor: {
      allowed_policies: ["team-mobile", "team-data"],
      token_explicit_max_ttl: "720h",
      token_bound_cidrs: [NETWORKS.office],
      orphan: false,
    },
    // Any policy but root, for ever, from anywhere.
    "ci-legacy": { allowed_policies_glob: ["*"], orphan: true, token_period: "8760h", renewable: true },
  };
  for (const [name, role] of Object.entries(roles)) await api.ok("POST", `auth/token/roles/${name}`, role);
}

/** People who log in with a password of the store's own. */
export function passwordPeople(): readonly Person[] {
  return PEOPLE.filter(
    ({ kind, login }) => kind === "contractor" || kind === "break-glass" || login === "s.costa",
  );
}

const CONTRACTOR_POLICIES: Readonly<Record<string, readonly string[]>> = {
  "ext-m.duarte": ["team-mobile"],
  "ext-k.obrien": ["team-data", "warehouse-read"],
  // He fixed an outage once and kept the rights.
  "ext-l.haas": ["team-platform", "platform-admin"],
  // Left the company; the account stayed.
  "s.costa": ["team-payments", "partner-keys"],
};

async function fillUserpass(api: VaultApi, passwords: ReadonlyMap<string, string>): Promise<void> {
  for (const who of passwordPeople()) {
    const emergency = who.kind === "break-glass";
    await api.ok("POST", `auth/userpass/users/${who.login}`, {
      password: passwords.get(who.login)!,
      token_policies: emergency ? ["break-glass"] : CONTRACTOR_POLICIES[who.login]!,
      ...(emergency ? { token_ttl: "30m", token_max_ttl: "1h", token_bound_cidrs: [NETWORKS.office] } : {}),
      ...(who.login === "ext-m.duarte" ? { token_ttl: "8h", token_max_ttl: "8h" } : {}),
    });
  }
}

const JWT_ISSUER = `https://ci.${DOMAIN}`;

async function fillJwt(api: VaultApi): Promise<string> {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  await api.ok("POST", "auth/jwt/config", {
    jwt_validation_pubkeys: [publicKey.export({ type: "spki", format: "pem" }).toString()],
    bound_issuer: JWT_ISSUER,
    default_role: "deploy-bot",
  });
  const common = { role_type: "jwt", user_claim: "sub", bound_audiences: ["vault"], token_type: "service" };
  await api.ok("POST", "auth/jwt/role/deploy-bot", {
    ...common,
    bound_claims: { repository: "harbour-pine/deployments", ref: "refs/heads/main" },
    token_policies: policiesOf(serviceNamed("deploy-bot")),
    token_ttl: "15m",
    token_max_ttl: "30m",
  });
  await api.ok("POST", "auth/jwt/role/release-signer", {
    ...common,
    bound_subject: "release-signer",
    token_policies: policiesOf(serviceNamed("release-signer")),
    token_ttl: "10m",
    token_max_ttl: "10m",
    token_num_uses: 5,
  });
  // Every repository and every branch of the company may become the one that edits policies.
  await api.ok("POST", "auth/jwt/role/terraform-runner", {
    ...common,
    bound_claims_type: "glob",
    bound_claims: { repository: "harbour-pine/*" },
    token_policies: policiesOf(serviceNamed("terraform-runner")),
  });
  // Fault: every address fits.
  await api.ok("POST", "auth/jwt/role/preview-pages", {
    ...common,
    bound_claims_type: "glob",
    bound_claims: { email: "*@*" },
    token_policies: ["scratch-anyone"],
    token_ttl: "15m",
    token_max_ttl: "30m",
  });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function serviceNamed(name: string): Service {
  return SERVICES.find((service) => service.name === name)!;
}

/** What the identity store calls whoever comes in through this service's login. */
export async function aliasOf(api: VaultApi, service: Service): Promise<{ mount: string; name: string }> {
  switch (service.login) {
    case "approle": {
      const mount = service.name === "old-invoicing" ? "approle-legacy" : "approle";
      const answer = await api.ok("GET", `auth/${mount}/role/${service.name}/role-id`);
      return { mount, name: textAt(answer, "data", "role_id") };
    }
    case "kubernetes":
      return { mount: "kubernetes", name: `${service.team}/${service.name}` };
    case "jwt":
    case "cert":
      return { mount: service.login, name: service.name };
  }
}
