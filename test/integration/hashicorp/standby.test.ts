import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collectorPolicy, hashicorp } from "../../../src/connectors/index.ts";
import { collectAll, contextOf, plainIo } from "../../connectors/hashicorp/plain-io.ts";
import { found } from "../../counterparties/availability.ts";
import { at, textAt } from "../../counterparties/json.ts";
import { ensureVault } from "../../counterparties/vault.ts";
import { startVaultCluster, type VaultCluster } from "../../counterparties/vault-cluster.ts";

/** A real server has a clock, which must not be another than ours. */
const REAL = { at: () => new Date() };

const vault = await ensureVault();

describe.skipIf("missing" in vault)("the hashicorp connector and a cluster of three", () => {
  let cluster: VaultCluster;
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), "countersign-standby-"));
    cluster = await startVaultCluster({ binary: found(vault), dir, nodes: 3 });
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const context = () => contextOf({ "env:VAULT_TOKEN": cluster.rootToken });
  const settingsOf = ({ address }: { address: string }) => ({ address, ca_cert_file: cluster.caCertPath! });

  it("reads through any node all but the listeners and raw storage of the others", async () => {
    for (const [index, node] of cluster.nodes.entries()) {
      const { facts, gaps } = await collectAll(hashicorp, settingsOf(node), context(), plainIo(REAL));
      const unseen = { reason: "unsupported", hides: ["endpoint", "node_config"] };
      expect(gaps).toMatchObject([
        { ...unseen, operation: "server.ha_status" },
        { ...unseen, operation: "server.raft" },
      ]);
      expect(facts.find(({ kind }) => kind === "health")).toMatchObject({
        standby: index > 0,
        status_code: index > 0 ? 429 : 200,
      });
      const raft = facts.find(({ id }) => id.endsWith("sys/storage/raft/configuration"));
      expect((raft as unknown as { nodes: object[] }).nodes).toHaveLength(3);
      expect(facts.filter(({ kind }) => kind === "sink")).toHaveLength(2);
      // Whichever node is asked, the active one tells its own settings: those that are in force.
      const [listener] = facts.flatMap((fact) => (fact.kind === "endpoint" ? [fact.address] : []));
      expect(`https://${listener}`).toBe(cluster.nodes[0]!.address);
    }
  });

  it("has no gap on the policy of init where the settings name each node's configuration file", async () => {
    const entries = async (path: string) =>
      Object.entries(at(await cluster.api().ok("GET", path), "data") as Record<string, unknown>).map(
        ([name, mount]) => ({ path: name, type: textAt(mount, "type") }),
      );
    const policy = collectorPolicy({
      dialect: "vault",
      enterprise: false,
      mounts: await entries("sys/mounts"),
      authMethods: await entries("sys/auth"),
    });
    await cluster.api().ok("PUT", "sys/policies/acl/countersign", { policy });
    const token = textAt(
      await cluster
        .api()
        .ok("POST", "auth/token/create", { policies: ["countersign"], no_default_policy: true }),
      "auth",
      "client_token",
    );
    const ids = cluster.nodes.map((_, index) => `node-${index + 1}`);
    const node_config_files = Object.fromEntries(ids.map((id) => [id, join(dir, id, "config.json")]));
    const settings = { ...settingsOf(cluster.nodes[1]!), node_config_files };
    const { facts, gaps } = await collectAll(
      hashicorp,
      settings,
      contextOf({ "env:VAULT_TOKEN": token }),
      plainIo(REAL),
    );
    // A fresh server has no gauge of leases before ten seconds have passed.
    expect(gaps.filter(({ hides }) => !hides.includes("lease_count"))).toEqual([]);
    const listeners = facts.flatMap((fact) =>
      fact.kind === "endpoint" && fact.id.includes("sys/node/")
        ? [`https://${fact.address} ${fact.tls}`]
        : [],
    );
    expect(facts.filter(({ kind, id }) => kind === "node_config" && id.includes("sys/node/"))).toMatchObject(
      ids.map((node) => ({ node, raw_storage_enabled: false })),
    );
    expect(listeners).toEqual(cluster.nodes.map(({ address }) => `${address} true`));
  });
});
