import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashicorp } from "../../../src/connectors/index.ts";
import { collectAll, contextOf, plainIo } from "../../connectors/hashicorp/plain-io.ts";
import { found } from "../../counterparties/availability.ts";
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

  it("reads through any node all but the settings of the others", async () => {
    const context = contextOf({ "env:VAULT_TOKEN": cluster.rootToken });
    for (const [index, { address }] of cluster.nodes.entries()) {
      const settings = { address, ca_cert_file: cluster.caCertPath! };
      const { facts, gaps } = await collectAll(hashicorp, settings, context, plainIo(REAL));
      const unseen = { reason: "unsupported", hides: ["endpoint", "store_config"] };
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
    }
  });
});
