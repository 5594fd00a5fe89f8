import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { simulate } from "../../src/access/index.ts";
import { digestOf } from "../../src/base/index.ts";
import { parsePolicy } from "../../src/hashicorp/index.ts";
import { found } from "../counterparties/availability.ts";
import { startVaultCluster, type VaultCluster } from "../counterparties/vault-cluster.ts";
import { ensureVault } from "../counterparties/vault.ts";
import { createOracle, type Oracle } from "../access/vault-oracle.ts";
import { worldOf, worldSpecArbitrary, type WorldSpec } from "../access/worlds.ts";

/** Paths asked in one world; each is one question about a random capability, and all capabilities are compared. */
const PATHS = 60;
const QUESTIONS = process.env["SLOW"] === "1" ? 24_000 : 1_200;
const CAPABILITIES = [
  "create",
  "delete",
  "list",
  "patch",
  "read",
  "recover",
  "root",
  "subscribe",
  "sudo",
  "update",
];

const vault = await ensureVault();

describe.skipIf("missing" in vault)("the engine answers as a real Vault does", () => {
  const dir = mkdtempSync(join(tmpdir(), "countersign-oracle-"));
  let cluster: VaultCluster;
  let oracle: Oracle;

  beforeAll(async () => {
    cluster = await startVaultCluster({
      binary: found(vault),
      dir,
      auditDevices: 0,
      shares: 1,
      threshold: 1,
    });
    oracle = await createOracle(cluster.api());
  });
  afterAll(async () => {
    await cluster.stop();
    rmSync(dir, { recursive: true });
  });

  it(`${QUESTIONS} random questions of sys/capabilities`, async () => {
    let asked = 0;
    const worlds = worldSpecArbitrary(PATHS, true);
    const check = fc.asyncProperty(worlds, async (spec) => {
      const mismatch = await compare(oracle, spec);
      asked += spec.paths.length;
      if (mismatch !== undefined) throw new Error(JSON.stringify(mismatch));
    });
    const result = await fc.check(check, { numRuns: Math.ceil(QUESTIONS / PATHS) + 20, seed: 20_261_123 });
    if (result.failed) {
      const world = result.counterexample?.[0];
      const mismatch = world === undefined ? undefined : await compare(oracle, world);
      const file = keep(mismatch);
      expect.fail(`mismatch kept in ${file}: ${JSON.stringify(mismatch, undefined, 1)}`);
    }
    console.log(`compared ${asked} (identity, path) pairs × ${CAPABILITIES.length} capabilities`);
    expect(asked).toBeGreaterThanOrEqual(QUESTIONS);
  });
});

interface Mismatch {
  readonly world: unknown;
  readonly expected: Readonly<Record<string, readonly string[]>>;
  readonly got: Readonly<Record<string, readonly string[]>>;
}

async function compare(oracle: Oracle, spec: WorldSpec): Promise<Mismatch | undefined> {
  const { naming, capabilities } = await oracle.ask(spec);
  const world = worldOf(spec, naming);
  const answers = [...simulate(world, { parsePolicy })];
  const wrong = world.questions.flatMap(({ path }, index) => {
    const expected = capabilities.get(path) ?? [];
    const got = answers[index]?.capabilities ?? [];
    return JSON.stringify(expected) === JSON.stringify(got) ? [] : [{ path, expected, got, index }];
  });
  if (wrong.length === 0) return undefined;
  const indexes = [...new Map(wrong.map(({ path, index }) => [path, index])).values()];
  return {
    world: { ...world, questions: indexes.map((index) => world.questions[index]) },
    expected: Object.fromEntries(wrong.map(({ path, expected }) => [path, expected])),
    got: Object.fromEntries(wrong.map(({ path, got }) => [path, got])),
  };
}

/** A minimal case joins the table of cases, so that it stays. */
function keep(mismatch: Mismatch | undefined): string {
  if (mismatch === undefined) return "nowhere, since it did not happen again";
  const dir = join(import.meta.dirname, "../cases/access/found");
  mkdirSync(dir, { recursive: true });
  const file = join(dir, `${digestOf(mismatch.world).slice(0, 12)}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ world: mismatch.world, capabilities: mismatch.expected }, undefined, 2)}\n`,
  );
  return file;
}
