import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { found } from "../counterparties/availability.ts";
import type { VaultApi } from "../counterparties/vault-api.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { policyTextCases } from "../access/cases.ts";
import { mutatedPolicyText } from "../access/policy-texts.ts";

const MUTATIONS = process.env["SLOW"] === "1" ? 20_000 : 1_000;

const vault = await ensureVault();

describe.skipIf("missing" in vault)("the parser takes and refuses what a real Vault does", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-oracle-policy-"));
  let cluster: VaultCluster;

  beforeAll(async () => {
    cluster = await startVaultCluster({
      binary: found(vault),
      dir,
      auditDevices: 0,
      shares: 1,
      threshold: 1,
    });
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true });
  });

  it.each(policyTextCases().filter(({ text }) => text !== ""))("$name", async ({ text, accepted }) => {
    expect(await serverTakes(cluster.api(), text)).toBe(accepted);
  });

  it(`${MUTATIONS} mutated texts`, async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(mutatedPolicyText, async (text) => {
        const server = await serverTakes(cluster.api(), text);
        taken += server ? 1 : 0;
        expect({ text, taken: parserTakes(text) }).toEqual({ text, taken: server });
      }),
      { numRuns: MUTATIONS, seed: 20_261_123 },
    );
    console.log(`${MUTATIONS} texts, of which the server took ${taken}`);
  });
});

/** In Base64, so that no text is mistaken for it. A handler that panics closes the connection: not taken. */
async function serverTakes(api: VaultApi, text: string): Promise<boolean> {
  try {
    const policy = Buffer.from(text).toString("base64");
    const { status } = await api.send("PUT", "sys/policies/acl/oracle", { policy });
    return status >= 200 && status <= 299;
  } catch {
    return false;
  }
}

function parserTakes(text: string): boolean {
  try {
    parsePolicy(text, { name: "p" });
    return true;
  } catch (thrown) {
    if (thrown instanceof CountersignError && thrown.code === "E_HCL") return false;
    throw thrown;
  }
}
