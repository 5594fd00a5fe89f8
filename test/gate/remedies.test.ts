import { readFile } from "node:fs/promises";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, gate } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const directory = mkdtempSync(join(tmpdir(), "countersign-remedies-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

it("tells the remedy of the provider whose key of an identity is made", async () => {
  writeFileSync(
    join(directory, "main.tf"),
    `resource "google_service_account_key" "ci" {
  service_account_id = "ci@p.iam.gserviceaccount.com"
}
resource "aws_iam_access_key" "ci" {
  user = "ci"
}
`,
  );
  const { findings } = await gate({
    tree: await workTree(directory, ["."]),
    rules: {
      bundle: loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url))),
      settings: {},
      classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
    },
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: "0.0.0",
    at: "2026-11-27T00:00:00.000Z",
    failOn: "low",
    undeterminedFails: true,
    signal: new AbortController().signal,
  });
  const made = findings.filter(({ policy_id }) => policy_id === "identity_key_made");
  expect(made.map(({ remediation }) => /gcloud|aws/.exec(remediation)?.[0])).toEqual(["gcloud", "aws"]);
});
