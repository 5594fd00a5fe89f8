import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { found } from "../counterparties/availability.ts";
import { at } from "../counterparties/json.ts";
import { listens } from "../counterparties/server-process.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { vaultApi } from "../counterparties/vault-api.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";

const vault = await ensureVault();

describe.skipIf("missing" in vault)("the server that the tests run against", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-counterparty-"));
  let cluster: VaultCluster;

  beforeAll(async () => {
    cluster = await startVaultCluster({ binary: found(vault), dir: join(dir, "cluster"), nodes: 1 });
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  it("is no dev server: raft, TLS, five key shares, two audit devices", async () => {
    const api = cluster.api();
    expect(await api.ok("GET", "sys/seal-status")).toMatchObject({
      n: 5,
      t: 3,
      sealed: false,
      storage_type: "raft",
    });
    expect(Object.keys(at(await api.ok("GET", "sys/audit"), "data") as object)).toHaveLength(2);
    const plain = vaultApi({ address: cluster.address.replace("https:", "http:") });
    await expect(plain.send("GET", "sys/health")).rejects.toThrow();
  });

  it("seals and comes back", async () => {
    const health = async () => (await cluster.api().send("GET", "sys/health")).status;
    await cluster.seal();
    expect(await health()).toBe(503);
    await cluster.unseal();
    expect(await health()).toBe(200);
  });

  it("does not outlive a test process that is killed", async () => {
    const script = `
      import { startVaultCluster } from ${JSON.stringify(new URL("../counterparties/vault-cluster.ts", import.meta.url).href)};
      const cluster = await startVaultCluster(${JSON.stringify({ binary: found(vault), dir: join(dir, "orphan") })});
      console.log(new URL(cluster.address).port);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const port = await new Promise<number>((resolve) => {
      child.stdout.once("data", (text: Buffer) => resolve(Number(text.toString("utf8"))));
    });
    expect(await listens(port)).toBe(true);
    child.kill("SIGKILL");
    for (let left = 100; left > 0 && (await listens(port)); left -= 1) await delay(50);
    expect(await listens(port)).toBe(false);
  });
});
