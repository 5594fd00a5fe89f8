import { createSign } from "node:crypto";
import { textAt, type Json } from "../counterparties/json.ts";
import { vaultApi, type VaultApi, type VaultApiSettings } from "../counterparties/vault-api.ts";
import { DOMAIN } from "./company.ts";

export interface TokenContext {
  readonly jwtKey: string;
  readonly connection: VaultApiSettings;
  readonly passwords: ReadonlyMap<string, string>;
  /** A client certificate whose common name is `pos-gateway`, as PEM. */
  readonly client: { readonly cert: string; readonly key: string };
  /** People to log in through a running directory; empty where there is none. */
  readonly ldapLogins: readonly string[];
}

/** Display names of tokens and how many days ago they were made, in the recorded example. */
export const TOKEN_AGES: Readonly<Record<string, number>> = {
  root: 640,
  "token-nomad": 310,
  "token-terraform-bootstrap": 402,
  "token-backup-restore-drill": 533,
  "token-ci-legacy": 371,
};

/**
 * Tokens that are alive when the collector comes. The cluster's first root token is one of them: that nobody revoked
 * it is the oldest fault of all.
 */
export async function fillTokens(api: VaultApi, context: TokenContext): Promise<void> {
  const create = (path: string, body: Json) => api.ok("POST", `auth/token/${path}`, body);
  await create("create/nomad-cluster", {
    display_name: "nomad",
    policies: ["nomad-server"],
    meta: { owner: "p.iyer" },
  });
  // An orphan of ten years that may edit policies.
  await create("create-orphan", {
    display_name: "terraform-bootstrap",
    policies: ["terraform-state"],
    ttl: "87000h",
    no_default_policy: true,
  });
  await create("create-orphan", {
    display_name: "backup-restore-drill",
    policies: ["backup-everything"],
    period: "8760h",
  });
  await create("create/ci-legacy", {
    display_name: "ci-legacy",
    policies: ["deploy-pipeline", "warehouse-read"],
  });
  await create("create/contractor", { display_name: "tidewater", policies: ["team-mobile"], ttl: "240h" });
  await loginAsServices(api);
  await loginAsPeople(api, context);
  for (const name of ["deploy-bot", "terraform-runner"]) {
    await api.ok("POST", "auth/jwt/login", { role: name, jwt: signed(context.jwtKey, name) });
  }
  const appliance = vaultApi({ ...context.connection, client: context.client });
  await appliance.ok("POST", "auth/cert/login", { name: "edge-proxy" });
  await appliance.close();
}

/** Only roles that take a login from this address: the others are bound to the company's networks. */
async function loginAsServices(api: VaultApi): Promise<void> {
  for (const [mount, name] of [
    ["approle", "backup-agent"],
    ["approle", "metrics-shipper"],
    ["approle-legacy", "old-invoicing"],
  ] as const) {
    const role = `auth/${mount}/role/${name}`;
    const roleId = textAt(await api.ok("GET", `${role}/role-id`), "data", "role_id");
    const secretId = textAt(await api.ok("POST", `${role}/secret-id`, {}), "data", "secret_id");
    await api.ok("POST", `auth/${mount}/login`, { role_id: roleId, secret_id: secretId });
  }
  const roleId = textAt(
    await api.ok("GET", "auth/approle-legacy/role/status-page/role-id"),
    "data",
    "role_id",
  );
  await api.ok("POST", "auth/approle-legacy/login", { role_id: roleId });
}

async function loginAsPeople(api: VaultApi, context: TokenContext): Promise<void> {
  for (const login of ["ext-m.duarte", "ext-l.haas"]) {
    await api.ok("POST", `auth/userpass/login/${login}`, { password: context.passwords.get(login)! });
  }
  for (const login of context.ldapLogins) {
    await api.ok("POST", `auth/ldap/login/${login}`, { password: context.passwords.get(login)! });
  }
}

function signed(key: string, subject: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: `https://ci.${DOMAIN}`,
    aud: "vault",
    sub: subject,
    repository: "harbour-pine/deployments",
    ref: "refs/heads/main",
    iat: now,
    exp: now + 300,
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${encode({ alg: "ES256", typ: "JWT" })}.${encode(claims)}`;
  const signature = createSign("SHA256").update(text).sign({ key, dsaEncoding: "ieee-p1363" }, "base64url");
  return `${text}.${signature}`;
}
