import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { UNKNOWN_SURROUNDINGS, gate, type Tree } from "../../src/gate/index.ts";
import { loadBundle } from "../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";

const HOME = "111122223333";
const POLICY = "sudo_or_wildcard_outside_break_glass";

const tree = (path: string, text: string): Tree => ({
  async *files() {
    await Promise.resolve();
    yield { path, size: text.length, read: () => Promise.resolve(Buffer.from(text)) };
  },
});

/** What the policy of wide rules says of a file. */
async function found(path: string, text: string): Promise<string[]> {
  const verdict = await gate({
    tree: tree(path, text),
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
    guards: { from: "change", maxWaiverDays: 90, baseline: [], changes: [] },
    signal: new AbortController().signal,
  });
  const own = verdict.findings.filter(({ policy_id }) => policy_id === POLICY);
  return own.map(({ outcome, actual }) => `${outcome} ${String(actual)}`);
}

const statement = (Resource: string, Action: string): object => ({
  Statement: [{ Effect: "Allow", Action, Resource }],
});

/** A role that reads `resource`, beside a secret `payments/db`. */
const role = (resource: string, bound: string): string => `provider "aws" {
  region = "eu-west-1"
${bound}}
resource "aws_secretsmanager_secret" "db" {
  name = "payments/db"
}
resource "aws_iam_role" "app" {
  name               = "app"
  assume_role_policy = ${JSON.stringify(
    JSON.stringify({
      Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } }],
    }),
  )}
}
resource "aws_iam_role_policy" "app" {
  name   = "read"
  role   = aws_iam_role.app.id
  policy = ${JSON.stringify(JSON.stringify(statement(resource, "secretsmanager:GetSecretValue")))}
}
`;
const ours = `  allowed_account_ids = ["${HOME}"]\n`;
const secrets = (region: string, name: string): string =>
  `arn:aws:secretsmanager:${region}:${HOME}:secret:${name}`;
const parameters = (name: string): string => `arn:aws:ssm:eu-west-1:${HOME}:parameter/${name}`;

describe("a rule by wildcard in a change", () => {
  it.each([
    ["all secrets of the file", "main.tf", role(secrets("eu-west-1", "payments/*"), ours)],
    [
      "parameters",
      "policy.json",
      JSON.stringify(statement(parameters("prod/payments/*"), "ssm:GetParameter")),
    ],
  ])("is none over everything where a prefix names %s", async (_, path, text) => {
    expect(await found(path, text)).toEqual([]);
  });

  it.each([
    ["of an account that the change does not tell", "eu-west-1", ""],
    ["of a Region in which the change makes nothing", "us-east-1", ours],
    ["of the change's own account and Region", "eu-west-1", ours],
  ])("is one over everything where it names all secrets %s", async (_, region, bound) => {
    const all = secrets(region, "*");
    expect(await found("main.tf", role(all, bound))).toEqual([`violation read:1 ${all}`]);
  });

  it("is one over everything where it names all parameters", async () => {
    const text = JSON.stringify(statement(parameters("*"), "ssm:GetParameter"));
    expect(await found("policy.json", text)).toEqual([`violation policy:1 ${parameters("*")}`]);
  });
});
