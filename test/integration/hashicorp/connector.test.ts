import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSign } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectorPolicy, hashicorp, type HashicorpSettings } from "../../../src/connectors/index.ts";
import { parsePolicy } from "../../../src/hashicorp/index.ts";
import { validFact, type Gap } from "../../../src/facts/index.ts";
import { collectAll, contextOf, plainIo, type Collected } from "../../connectors/hashicorp/plain-io.ts";
import { found } from "../../counterparties/availability.ts";
import { at, textAt } from "../../counterparties/json.ts";
import { ensurePostgres, startPostgres, type PostgresServer } from "../../counterparties/postgres.ts";
import { waitUntil } from "../../counterparties/server-process.ts";
import { ensureVault } from "../../counterparties/vault.ts";
import { startVaultCluster, type VaultCluster } from "../../counterparties/vault-cluster.ts";
import type { VaultApi } from "../../counterparties/vault-api.ts";
import { SECRET_VALUES, SUPERUSER, fill } from "./fill.ts";

/** A real server has a clock, which must not be another than ours. */
const REAL = { at: () => new Date() };

const REPLAYS = new URL("../../replays/hashicorp/", import.meta.url);
const vault = await ensureVault();

describe.skipIf("missing" in vault)("the hashicorp connector against a real server", () => {
  let cluster: VaultCluster;
  let root: VaultApi;
  let dir: string;
  let full: boolean;
  let postgres: PostgresServer | undefined;
  let client: { certPath: string; keyPath: string };
  let settings: HashicorpSettings;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "countersign-connector-"));
    cluster = await startVaultCluster({ binary: found(vault), dir, nodes: 1 });
    root = cluster.api();
    client = cluster.authority.issue("edge", "client");
    const catalog = await root.ok("LIST", "sys/plugins/catalog/database");
    const binaries = ensurePostgres();
    full = JSON.stringify(catalog).includes("postgresql") && "found" in binaries;
    if ("found" in binaries && full)
      postgres = await startPostgres({ binaries: binaries.found, superuser: SUPERUSER });
    const clientCert = readFileSync(client.certPath, "utf8");
    await fill(root, { dir, clientCert, ...(postgres === undefined ? {} : { postgres }) });
    await root.ok("PUT", "sys/policies/acl/countersign", { policy: await exactPolicy() });
    settings = { address: cluster.address, ca_cert_file: cluster.caCertPath! };
    // A fresh server shows its gauges after the first ten seconds.
    const gauges = async () => JSON.stringify(await root.ok("GET", "sys/metrics"));
    await waitUntil(async () => (await gauges()).includes("expire.num_leases"), {
      what: "the gauge of leases",
      limitMs: 60_000,
    });
  });
  afterAll(async () => {
    await cluster.stop();
    await postgres?.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The policy for what this server has, as `init` prints it. */
  async function exactPolicy(): Promise<string> {
    const entries = async (path: string) =>
      Object.entries(at(await root.ok("GET", path), "data") as Record<string, unknown>).map(
        ([name, mount]) => {
          const version = at(mount, "options", "version");
          return {
            path: name,
            type: textAt(mount, "type"),
            ...(typeof version === "string" ? { version } : {}),
          };
        },
      );
    return collectorPolicy({
      dialect: "vault",
      enterprise: false,
      mounts: await entries("sys/mounts"),
      authMethods: await entries("sys/auth"),
    });
  }

  async function tokenWith(policy: string, name = "countersign"): Promise<string> {
    await root.ok("PUT", `sys/policies/acl/${name}`, { policy });
    const body = { policies: [name], no_default_policy: true, ttl: "1h" };
    return textAt(await root.ok("POST", "auth/token/create", body), "auth", "client_token");
  }

  async function collectWith(token: string, more: Partial<HashicorpSettings> = {}): Promise<Collected> {
    return await collectAll(
      hashicorp,
      { ...settings, ...more },
      contextOf({ "env:VAULT_TOKEN": token }),
      plainIo(REAL),
    );
  }

  /** Gaps that no permission could fill. */
  const expectedGaps = () => ["namespace.mounts legacy/", ...(full ? ["namespace.mounts totp/"] : [])];
  const named = (gap: Gap) => `${gap.operation} ${gap.resource!.split(":").slice(1).join(":")}`;

  it("reads everything on exactly the policy that it prints", async () => {
    const collected = await collectWith(await tokenWith(await exactPolicy()));
    expect(collected.gaps.map(named).sort()).toEqual(expectedGaps());
    for (const fact of collected.facts) validFact(fact);
    const kinds = new Set(collected.facts.map(({ kind }) => kind));
    // The server has neither namespaces nor a credential pasted where it does not belong; no files of nodes and no log are named.
    const foreign = [
      "detection",
      "detection_run",
      "log_actor",
      "log_span",
      "namespace",
      "node_config",
      "pasted_credential",
      "usage",
    ];
    if (!full) foreign.push("connection", "dynamic_role", "secret_rotation");
    expect(hashicorp.yields.filter((kind) => !kinds.has(kind))).toEqual(foreign.sort());
    const own = collected.facts.filter((fact) => fact.kind === "token" && fact.collector);
    expect(own).toHaveLength(1);
    record(collected);
  });

  it("keeps no value of any secret, and no token", async () => {
    const token = await tokenWith(await exactPolicy());
    const text = JSON.stringify(await collectWith(token));
    for (const value of [...SECRET_VALUES, token, cluster.rootToken]) expect(text).not.toContain(value);
  });

  it("cannot read a value with its own policy", async () => {
    const api = root.as(await tokenWith(await exactPolicy()));
    for (const path of ["kv/data/payments/db", "legacy/old/db", "transit/export/signing-key/signing"]) {
      expect((await api.send("GET", path)).status).toBe(403);
    }
    expect((await api.send("POST", "auth/approle/role/app/secret-id", {})).status).toBe(403);
  });

  it("sees a gap for every capability that is taken from its policy", async () => {
    const policy = await exactPolicy();
    const { rules } = parsePolicy(policy, { name: "countersign" });
    const optional = ["auth/token/renew-self", "auth/token/revoke-self"];
    const missed: string[] = [];
    for (const rule of rules.filter(({ path }) => !optional.includes(path) && !path.endsWith("/"))) {
      for (const capability of rule.capabilities) {
        const rest = rules.flatMap((other) => {
          const same = other.path === rule.path || other.path === `${rule.path}/`;
          const capabilities = same
            ? other.capabilities.filter((name) => name !== capability)
            : other.capabilities;
          return capabilities.length === 0
            ? []
            : [`path "${other.path}" { capabilities = ${JSON.stringify(capabilities)} }`];
        });
        const { gaps } = await collectWith(await tokenWith(rest.join("\n"), "less"));
        const denied = gaps.filter(({ reason }) => reason === "denied");
        if (denied.length === 0) missed.push(`${capability} on ${rule.path}`);
      }
    }
    expect(missed).toEqual([]);
  }, 300_000);

  it("keeps a secret in the inventory when its metadata is denied", async () => {
    const policy = `${await exactPolicy()}\npath "kv/metadata/payments/db" { capabilities = ["deny"] }`;
    const { facts, gaps } = await collectWith(await tokenWith(policy, "less"));
    expect(facts.some((fact) => fact.kind === "secret" && fact.id === "payments-vault:kv/payments/db")).toBe(
      true,
    );
    expect(gaps.find(({ resource }) => resource === "payments-vault:kv/payments/db")).toMatchObject({
      reason: "denied",
      hides: ["secret_metadata", "secret_version"],
    });
  });

  it("logs in by AppRole, userpass, JWT and certificate, and revokes what it minted", async () => {
    const role = { token_policies: ["countersign"], token_ttl: "20m" };
    await root.ok("PUT", "sys/policies/acl/countersign", { policy: await exactPolicy() });
    await root.ok("POST", "auth/approle/role/countersign", role);
    await root.ok("POST", "auth/userpass/users/countersign", { ...role, password: "battery staple" });
    const roleId = textAt(await root.ok("GET", "auth/approle/role/countersign/role-id"), "data", "role_id");
    const secretId = textAt(
      await root.ok("POST", "auth/approle/role/countersign/secret-id", {}),
      "data",
      "secret_id",
    );
    const credentials = {
      "env:R": roleId,
      "env:S": secretId,
      "env:P": "battery staple",
      "env:J": jwt(join(dir, "jwt.key")),
    };
    const logins: HashicorpSettings[] = [
      { ...settings, auth: { method: "approle", role_id: "env:R", secret_id: "env:S" } },
      { ...settings, auth: { method: "userpass", username: "countersign", password: "env:P" } },
      { ...settings, auth: { method: "jwt", role: "ci", jwt: "env:J" } },
      {
        ...settings,
        auth: { method: "cert", name: "edge" },
        client_cert_file: client.certPath,
        client_key_file: client.keyPath,
      },
    ];
    for (const login of logins) {
      const io = plainIo(REAL);
      const { gaps, facts, records } = await collectAll(hashicorp, login, contextOf(credentials), io);
      expect(gaps.filter(({ reason }) => reason === "denied")).toEqual([]);
      const own = facts.find((fact) => fact.kind === "token" && fact.collector);
      expect(own).toBeDefined();
      expect(io.callers[0]).toContain(login.auth!.method === "jwt" ? "jwt-build-7" : login.auth!.method);
      for (const value of Object.values(credentials).filter((value) => value !== roleId)) {
        expect(JSON.stringify(records)).not.toContain(value);
      }
      const accessor = (own as { accessor: string }).accessor;
      expect((await root.send("POST", "auth/token/lookup-accessor", { accessor })).status).toBe(400);
    }
  });

  it("says that a login was refused, a token is unknown, an authority is missing, TLS was forgotten", async () => {
    const detail = async (more: Partial<HashicorpSettings>, credentials: Record<string, string>) => {
      const merged = { ...settings, ...more };
      if (more.ca_cert_file === "") delete (merged as { ca_cert_file?: string }).ca_cert_file;
      const { gaps } = await collectAll(hashicorp, merged, contextOf(credentials), plainIo(REAL));
      return gaps.at(-1)!.detail;
    };
    const wrong = { "env:R": "nobody", "env:S": "nothing", "env:VAULT_TOKEN": "hvs.unknown" };
    const approle = { method: "approle", role_id: "env:R", secret_id: "env:S" } as const;
    expect(await detail({ auth: approle }, wrong)).toMatch(
      /login at auth\/approle\/login was refused \(400\)/,
    );
    expect(await detail({}, wrong)).toMatch(/does not know the collector's token/);
    expect(await detail({ ca_cert_file: "" }, wrong)).toMatch(/no known authority signed/);
    expect(await detail({ address: cluster.address.replace("https", "http") }, wrong)).toMatch(/speaks TLS/);
  });

  it("yields the store and one gap for the rest when the store is sealed", async () => {
    await cluster.seal();
    const { facts, gaps } = await collectWith("hvs.irrelevant");
    expect(facts.map(({ kind }) => kind).sort()).toEqual(["health", "store"]);
    expect(facts.find((fact) => fact.kind === "store")).toMatchObject({
      sealed: true,
      product: "vault",
      key_shares: 5,
    });
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ reason: "unavailable", detail: "the store is sealed" });
    await cluster.unseal();
  });

  /** Writes what the unit tests replay, when asked to. */
  function record(collected: Collected): void {
    if (process.env["RECORD"] !== "1") return;
    mkdirSync(REPLAYS, { recursive: true });
    const lines = collected.records.map(
      ({ operation, scope, params, caller, requested_at, status, body }) => {
        const text = "text" in body ? body.text.replaceAll(dir, "/srv/vault") : "{}";
        const answer = { operation, scope, params, caller, requested_at, status };
        return JSON.stringify({ ...answer, body: JSON.parse(text) as unknown });
      },
    );
    writeFileSync(new URL("vault.ndjson", REPLAYS), `${lines.join("\n")}\n`);
  }
});

function jwt(keyFile: string): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    sub: "build-7",
    aud: "countersign",
    iss: "https://issuer.example.org",
    project: "a",
    ref: "main",
  };
  const seconds = Math.floor(Date.now() / 1000);
  const head = `${part({ alg: "RS256", typ: "JWT" })}.${part({ ...claims, iat: seconds, exp: seconds + 600 })}`;
  return `${head}.${createSign("RSA-SHA256").update(head).sign(readFileSync(keyFile, "utf8"), "base64url")}`;
}
