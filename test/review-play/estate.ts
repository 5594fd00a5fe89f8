import { at, textAt } from "../counterparties/json.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import type { VaultCluster } from "../counterparties/vault-cluster.ts";
import { policyFor, untilSettled } from "../estate/collector.ts";

/** Never leaves the store: every file of a play is searched for it. */
export const VALUE = "larkspur-value-4711";

const PASSWORD = "of-the-play" + "-alone-2026";

/** Secrets by path, with who owns them and how much they matter. */
const SECRETS: Readonly<Record<string, { readonly owner: string; readonly tier: string }>> = {
  "payments/api": { owner: "payments", tier: "standard" },
  "payments/ledger": { owner: "payments", tier: "standard" },
  "payments/refunds": { owner: "payments", tier: "standard" },
  "web/session": { owner: "web", tier: "low" },
  "web/cdn": { owner: "web", tier: "low" },
  "ops/dns": { owner: "platform", tier: "high" },
  "ops/root-password": { owner: "platform", tier: "critical" },
};

const read = (path: string): string => `path "kv/data/${path}" { capabilities = ["read"] }`;

const POLICIES: Readonly<Record<string, string>> = {
  "payments-read": read("payments/*"),
  "payments-legacy": `# from before there were groups\n${read("payments/ledger")}`,
  "payments-write": 'path "kv/data/payments/api" {\n  capabilities = ["read", "create", "update"]\n}',
  "web-read": read("web/*"),
  "dns-read": read("ops/dns"),
  "root-keeper": read("ops/root-password"),
  "ci-deploy": `${read("web/session")}\npath "transit/sign/releases" { capabilities = ["update"] }`,
  "break-glass": read("*"),
  automation: ["auth/userpass/*", "identity/*", "sys/policies/acl/*"]
    .map((path) => `path "${path}" { capabilities = ["read", "update", "list"] }`)
    .join("\n"),
};

/** What logs in, with the policies that it bears itself. */
const USERS: Readonly<Record<string, readonly string[]>> = {
  ada: ["payments-legacy"],
  ben: ["payments-write"],
  eve: [],
  kim: ["root-keeper"],
  noa: ["web-read"],
  omar: ["dns-read"],
  sam: ["dns-read"],
  "break-glass-1": ["break-glass"],
};

const GROUPS: Readonly<
  Record<string, { readonly policies: readonly string[]; readonly members: readonly string[] }>
> = { "payments-team": { policies: ["payments-read"], members: ["ada", "ben", "eve"] } };

export interface Estate {
  /** Of the collector alone. */
  readonly collectorToken: string;
  /** Of the platform's automation, which makes the changes. */
  readonly automationToken: string;
}

/** Fills an empty server, lets people use what they have, and takes its root token away. */
export async function fillVault(cluster: VaultCluster): Promise<Estate> {
  const root = cluster.api();
  await root.ok("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } });
  await root.ok("POST", "sys/mounts/transit", { type: "transit" });
  await root.ok("POST", "transit/keys/releases", { type: "ed25519" });
  await secretsReady(root);
  for (const [path, { owner, tier }] of Object.entries(SECRETS)) {
    await root.ok("POST", `kv/data/${path}`, { data: { value: VALUE } });
    await root.ok("POST", `kv/metadata/${path}`, { custom_metadata: { owner, tier } });
  }
  for (const [name, policy] of Object.entries(POLICIES)) {
    await root.ok("PUT", `sys/policies/acl/${name}`, { policy });
  }
  await root.ok("POST", "sys/auth/userpass", { type: "userpass" });
  await root.ok("POST", "sys/auth/approle", { type: "approle" });
  const methods = at(await root.ok("GET", "sys/auth"), "data");
  const accessor = (path: string): string => textAt(at(methods, path), "accessor");
  const entities = new Map<string, string>();
  for (const [name, policies] of Object.entries(USERS)) {
    await root.ok("POST", `auth/userpass/users/${name}`, {
      password: PASSWORD,
      token_policies: [...policies],
    });
    entities.set(name, await entityOf(root, name, name, accessor("userpass/")));
  }
  for (const [name, { policies, members }] of Object.entries(GROUPS)) {
    const member_entity_ids = members.map((member) => entities.get(member) ?? "");
    await root.ok("POST", "identity/group", { name, policies: [...policies], member_entity_ids });
  }
  const ci = await service(root, "ci", "ci-deploy", accessor("approle/"));
  await useAccess(root, ci);
  await root.ok("PUT", "sys/policies/acl/countersign-collector", { policy: await policyFor(root) });
  const collector = await token(root, "countersign-collector");
  const automation = await token(root, "automation");
  await untilSettled(root);
  await root.ok("POST", "auth/token/revoke-self");
  return { collectorToken: collector, automationToken: automation };
}

/** A new engine of version 2 answers for some moments that it is being upgraded. */
async function secretsReady(root: VaultApi): Promise<void> {
  for (let left = 50; (await root.send("GET", "kv/config")).status !== 200 && left > 0; left -= 1)
    await new Promise((resolve) => setTimeout(resolve, 100));
}

async function entityOf(root: VaultApi, name: string, alias: string, accessor: string): Promise<string> {
  const id = textAt(await root.ok("POST", "identity/entity", { name }), "data", "id");
  await root.ok("POST", "identity/entity-alias", { name: alias, canonical_id: id, mount_accessor: accessor });
  return id;
}

/** A token of the platform's own, with one policy of its name. */
async function token(root: VaultApi, name: string): Promise<string> {
  const body = {
    display_name: name,
    policies: [name],
    no_default_policy: true,
    ttl: "2h",
    meta: { owner: "platform" },
  };
  return textAt(await root.ok("POST", "auth/token/create-orphan", body), "auth", "client_token");
}

/** A service that logs in by AppRole; its token. */
async function service(root: VaultApi, name: string, policy: string, accessor: string): Promise<string> {
  await root.ok("POST", `auth/approle/role/${name}`, {
    token_policies: [policy],
    token_ttl: "1h",
    secret_id_ttl: "24h",
    secret_id_num_uses: 10,
  });
  const role_id = textAt(await root.ok("GET", `auth/approle/role/${name}/role-id`), "data", "role_id");
  await entityOf(root, `service-${name}`, role_id, accessor);
  const secret_id = textAt(
    await root.ok("POST", `auth/approle/role/${name}/secret-id`, {}),
    "data",
    "secret_id",
  );
  return textAt(await root.ok("POST", "auth/approle/login", { role_id, secret_id }), "auth", "client_token");
}

/** Reads as people do, so that the log has them: all but Ben's of the shop's other secrets, and what the service reads. */
async function useAccess(root: VaultApi, ci: string): Promise<void> {
  const reads = [
    ["ada", "payments/api"],
    ["ada", "payments/ledger"],
    ["ben", "payments/api"],
    ["noa", "web/cdn"],
    ["omar", "ops/dns"],
    ["sam", "ops/dns"],
    ["kim", "ops/root-password"],
  ] as const;
  for (const [name, path] of reads) {
    const token = await logIn(root, name);
    await root.as(token).ok("GET", `kv/data/${path}`);
    await root.as(token).ok("POST", "auth/token/revoke-self");
  }
  await root.as(ci).ok("GET", "kv/data/web/session");
}

/** Whether somebody gets in; the token. */
export async function logIn(api: VaultApi, name: string): Promise<string> {
  const answer = await api.ok("POST", `auth/userpass/login/${name}`, { password: PASSWORD });
  return textAt(answer, "auth", "client_token");
}
