import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { transitProvider, type TransitKey } from "../../../src/connectors/index.ts";
import { found } from "../../counterparties/availability.ts";
import { at, textAt } from "../../counterparties/json.ts";
import { freePorts } from "../../counterparties/server-process.ts";
import { startVaultCluster, type VaultCluster } from "../../counterparties/vault-cluster.ts";
import { ensureVault } from "../../counterparties/vault.ts";
import { startSilentServer, type SilentServer } from "../../fakes/silent-server.ts";
import { kekContract } from "../../vault/kek-contract.ts";
import { kekLifecycle } from "../../vault/kek-lifecycle.ts";
import { CONTEXT, outcome, reasonOf, unwrapped, wrapped, type KekSubject } from "../../vault/kek-subject.ts";
import { secretsOf } from "../../vault/secrets.ts";

const vault = await ensureVault();

const KEY = Buffer.alloc(32, 3);
const PASSWORD = "pine-nee" + "dle-4711";

/** What the documentation says that the login needs, and nothing more. */
const POLICY = `
path "keys/transit/encrypt/countersign" { capabilities = ["update"] }
path "keys/transit/decrypt/countersign" { capabilities = ["update"] }
`;

describe.skipIf("missing" in vault)("a key of a transit engine", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-transit-"));
  let cluster: VaultCluster;
  let silent: SilentServer;
  let refusing: number;
  let token: string;

  beforeAll(async () => {
    cluster = await startVaultCluster({ binary: found(vault), dir, nodes: 1, auditDevices: 1 });
    silent = await startSilentServer();
    refusing = (await freePorts(1))[0]!;
    const api = cluster.api();
    await api.ok("POST", "sys/mounts/keys/transit", { type: "transit" });
    for (const [key, type] of Object.entries({
      countersign: "aes256-gcm96",
      other: "aes256-gcm96",
      rsa: "rsa-2048",
    })) {
      await api.ok("POST", `keys/transit/keys/${key}`, { type });
    }
    await api.ok("PUT", "sys/policies/acl/countersign-kek", { policy: POLICY });
    token = await tokenOf(["countersign-kek"]);
    await api.ok("POST", "sys/auth/userpass", { type: "userpass" });
    await api.ok("POST", "auth/userpass/users/countersign", {
      password: PASSWORD,
      token_policies: ["countersign-kek"],
    });
  });
  afterAll(async () => {
    await Promise.all([cluster.stop(), silent.stop()]);
    await rm(dir, { recursive: true, force: true });
  });

  const tokenOf = async (policies: string[]) =>
    textAt(await cluster.api().ok("POST", "auth/token/create", { policies }), "auth", "client_token");

  const settings = (changes: Partial<TransitKey> = {}): TransitKey => ({
    type: "vault-transit",
    address: cluster.address,
    ca_cert_file: cluster.caCertPath!,
    auth: { method: "token", token: "env:TOKEN" },
    mount: "keys/transit",
    key: "countersign",
    ...changes,
  });
  const providerWith = (changes: Partial<TransitKey>, given = token) =>
    transitProvider(settings(changes), secretsOf({ "env:TOKEN": given, "env:PASSWORD": PASSWORD }));
  const asRoot = (changes: Partial<TransitKey>) => providerWith(changes, cluster.rootToken);

  const subject = (): KekSubject => ({
    type: "vault-transit",
    identity: `${cluster.address}/v1/keys/transit/keys/countersign`,
    provider: () => providerWith({}),
    other: () => asRoot({ key: "other" }),
    refused: {
      "an unknown token": () => providerWith({}, "hvs.unknown"),
      "a key that the policy does not name": () => providerWith({ key: "other" }),
      "no such engine": () => asRoot({ mount: "none" }),
      "a wrong password": () =>
        transitProvider(
          settings({ auth: { method: "userpass", username: "countersign", password: "env:PASSWORD" } }),
          secretsOf({ "env:PASSWORD": "wrong" }),
        ),
    },
    unreachable: {
      "nobody listens": () => providerWith({ address: `https://127.0.0.1:${refusing}` }),
      "no TLS": () => providerWith({ address: cluster.address.replace("https", "http") }),
      "no token to read": () => providerWith({ auth: { method: "token", token: "env:UNSET" } }),
    },
    silent: () => providerWith({ address: `http://127.0.0.1:${silent.port}` }),
    hidden: [token, PASSWORD],
    flipEvery: 5,
  });

  kekContract(subject);
  kekLifecycle(subject, ["after"]);

  it("gives transit the context as associated data", async () => {
    const ciphertext = Buffer.from(await wrapped(providerWith({}), KEY)).toString("utf8");
    const open = async (body: Record<string, string>) =>
      await cluster.api().send("POST", "keys/transit/decrypt/countersign", { ciphertext, ...body });
    const opened = await open({ associated_data: CONTEXT.toString("base64") });
    expect(at(opened.body, "data", "plaintext")).toBe(KEY.toString("base64"));
    expect((await open({})).status).toBe(400);
  });

  it("opens what was wrapped before the transit key was rotated", async () => {
    const bytes = await wrapped(providerWith({}), KEY);
    await cluster.api().ok("POST", "keys/transit/keys/countersign/rotate");
    expect(await unwrapped(providerWith({}), bytes)).toEqual(KEY);
  });

  it("reads a key that takes no associated data as denied", async () => {
    expect(reasonOf(await outcome(() => wrapped(asRoot({ key: "rsa" }), KEY)))).toBe("denied");
  });

  it("makes no key where there is none", async () => {
    const absent = asRoot({ key: "absent" });
    // Whoever may create keys makes one by encrypting: the documented policy grants update alone.
    const bound = providerWith({ key: "absent" });
    expect(reasonOf(await outcome(() => wrapped(bound, KEY)))).toBe("denied");
    expect(reasonOf(await unwrapped(absent, Buffer.from("vault:v1:AAAA")))).toBe("denied");
  });

  it("logs in, and ends the token that it was given", async () => {
    const auth = { method: "userpass", username: "countersign", password: "env:PASSWORD" } as const;
    const accessors = async () =>
      at(await cluster.api().ok("LIST", "auth/token/accessors"), "data", "keys") as string[];
    const before = (await accessors()).length;
    const bytes = await wrapped(providerWith({ auth }), KEY);
    expect(await unwrapped(providerWith({ auth }), bytes)).toEqual(KEY);
    expect((await accessors()).length).toBe(before);
  });

  it("reads a sealed server as an outage", async () => {
    const bytes = await wrapped(providerWith({}), KEY);
    await cluster.seal();
    try {
      const result = await unwrapped(providerWith({}), bytes);
      expect(reasonOf(result)).toBe("unavailable");
      expect((result as Error).message).toMatch(/sealed/);
    } finally {
      await cluster.unseal();
    }
  });
});
