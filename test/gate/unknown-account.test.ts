import { readFile } from "node:fs/promises";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, gate } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const directory = mkdtempSync(join(tmpdir(), "countersign-account-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const ACCOUNT = "111122223333";

/** What the policies of access differences say of a key that is made and lets `account` in. */
async function opened(name: string, provider: string): Promise<string[]> {
  const policy = `{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::${ACCOUNT}:root"},"Action":"kms:*","Resource":"*"}]}`;
  const before = `provider "aws" {\n  region = "eu-central-1"\n${provider}}\n`;
  const key = `resource "aws_kms_key" "k" {\n  policy = ${JSON.stringify(policy)}\n}\n`;
  const tree = async (side: string, text: string) => {
    mkdirSync(join(directory, name, side), { recursive: true });
    writeFileSync(join(directory, name, side, "main.tf"), text);
    return workTree(join(directory, name, side), ["."]);
  };
  const verdict = await gate({
    tree: await tree("after", before + key),
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
    guards: {
      from: "base",
      ref: "main",
      maxWaiverDays: 90,
      baseline: [],
      changes: [],
      base: await tree("before", before),
    },
    signal: new AbortController().signal,
  });
  return verdict.findings
    .filter(({ policy_id }) => policy_id === "access_opened")
    .map(({ outcome, subject }) => `${outcome} ${subject.name}`);
}

const SUBJECT = `arn:aws:iam::${ACCOUNT}:root on aws_kms_key.k`;

it("says of no account that it is another's where the change does not tell its own", async () => {
  expect(await opened("unknown", "")).toEqual([`undetermined ${SUBJECT}`]);
});

it("says it of an account that is another than the change's", async () => {
  const bound = '  allowed_account_ids = ["444455556666"]\n';
  expect(await opened("other", bound)).toEqual([`violation ${SUBJECT}`]);
});

it("says nothing of the change's own account", async () => {
  expect(await opened("own", `  allowed_account_ids = ["${ACCOUNT}"]\n`)).toEqual([]);
});
