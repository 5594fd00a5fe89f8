import { readFile } from "node:fs/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, gate } from "../../src/gate/index.ts";
import { loadBundle, type Bundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS, type ClassificationRules } from "../../src/subjects/index.ts";

const directory = mkdtempSync(join(tmpdir(), "countersign-names-"));
let bundle: Bundle;
beforeAll(async () => {
  writeFileSync(
    join(directory, "main.tf"),
    `variable "env" {}
resource "aws_secretsmanager_secret" "db" {
  name = "payments/\${var.env}/db"
  tags = { owner = "payments", tier = "high" }
}
`,
  );
  bundle = loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url)));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Policies that cannot decide about a secret whose name is not known. */
async function undecided(rules: Partial<ClassificationRules>, judging = bundle): Promise<string[]> {
  const classification = { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] };
  const { findings } = await gate({
    tree: await workTree(directory, ["."]),
    rules: { bundle: judging, settings: {}, classification: { ...classification, ...rules } },
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: "2026-11-27T00:00:00.000Z",
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
  return findings.filter(({ outcome }) => outcome === "undetermined").map(({ policy_id }) => policy_id);
}

it("decides by labels where nothing asks for names", async () => {
  expect(await undecided({})).toEqual([]);
  expect(await undecided({ owners: [{ owner: "x", when: { label: { team: "x" } } }] })).toEqual([]);
});

it.each([
  ["a rule", { owners: [{ owner: "payments", when: { path: "*payments/prod/*" } }] }],
  ["a mark", { break_glass: [{ name: "payments/*" }] }],
])("decides nothing by a name that is not known where %s asks for names", async (_, rules) => {
  expect(await undecided(rules)).toContain("owner_or_tier_missing");
});

it("decides nothing by it where there are policies of the organisation's own", async () => {
  const own = { ...bundle, modules: bundle.modules.map((one) => ({ ...one, own: true })) };
  expect(await undecided({}, own)).toContain("owner_or_tier_missing");
});
