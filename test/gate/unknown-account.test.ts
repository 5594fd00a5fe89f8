import { readFile } from "node:fs/promises";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { workTree } from "../../src/cli/work-tree.ts";
import { UNKNOWN_SURROUNDINGS, accessReport, gate, type AccessReport } from "../../src/gate/index.ts";
import { terraformPlan } from "../../src/gate/formats/terraform-plan/index.ts";
import { SourceText } from "../../src/gate/text/source-text.ts";
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

describe("an account that the change does not state", () => {
  const json = (value: unknown): string => JSON.stringify(JSON.stringify(value));
  const keyOf = (account: string): string =>
    `resource "aws_kms_key" "k" {\n  policy = ${json({ Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" }] })}\n}\n`;
  const secret = `resource "aws_secretsmanager_secret" "s" {\n  name = "pay"\n  kms_key_id = aws_kms_key.k.arn\n}\n`;
  const trust = {
    Statement: [{ Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" }],
  };
  const role = `resource "aws_iam_role" "app" {\n  name = "app"\n  assume_role_policy = ${json(trust)}\n}\n`;
  const reads = {
    Statement: [{ Effect: "Allow", Action: ["secretsmanager:GetSecretValue", "kms:Decrypt"], Resource: "*" }],
  };
  const policy = `resource "aws_iam_role_policy" "p" {\n  role = aws_iam_role.app.name\n  policy = ${json(reads)}\n}\n`;
  const letsIn = (account: string): string =>
    `resource "aws_secretsmanager_secret_policy" "p" {\n  secret_arn = aws_secretsmanager_secret.s.arn\n  policy = ${json({ Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "secretsmanager:DeleteSecret", Resource: "*" }] })}\n}\n`;
  const trusts = (account: string): string =>
    `resource "aws_iam_role" "ci" {\n  name = "ci"\n  assume_role_policy = ${json({ Statement: [{ Effect: "Allow", Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/gitlab.example.org` }, Action: "sts:AssumeRoleWithWebIdentity", Condition: { StringEquals: { "gitlab.example.org:sub": "x" } } }] })}\n}\n`;
  const opens = (account: string) => keyOf(ACCOUNT) + secret + letsIn(account);

  it("is that of a key's own policy that was there before: who gains by it is named", async () => {
    const there = keyOf(ACCOUNT) + secret + role;
    const { differences, exit } = await compared("by-key", there, there + policy);
    expect(differences.map(told)).toContain("app pay gained read certain");
    expect(exit).toBe(0);
  });

  it("is possible where the change itself brings the key, and said", async () => {
    const { differences, unseen, exit } = await compared(
      "new-key",
      role,
      role + keyOf(ACCOUNT) + secret + policy,
    );
    expect(differences.map(told)).toContain("app pay gained read possible");
    expect(unseen).toContain(`whether account ${ACCOUNT} is the account of the change`);
    expect(exit).toBe(3);
  });

  it("is that of the provider of tokens which a role trusted before, and no other", async () => {
    const there = trusts(ACCOUNT) + keyOf(ACCOUNT) + secret;
    const own = await compared("by-trust", there, there + letsIn("444455556666"));
    expect(own.differences.filter(({ principal }) => principal.external === true)).toHaveLength(1);
    expect((await compared("by-trust-own", there, there + letsIn(ACCOUNT))).exit).toBe(0);
  });

  it("is not known by what the change brings, nor by policies that contradict each other", async () => {
    const there = keyOf(ACCOUNT) + secret + trusts("444455556666");
    for (const [name, before, after] of [
      ["brought", secret.replace(/ {2}kms.*\n/, ""), opens("444455556666") + trusts("444455556666")],
      ["contradicted", there, there + letsIn("444455556666")],
    ] as const) {
      const { differences, exit } = await compared(name, before, after);
      expect(
        differences.filter(
          ({ principal }) => principal.external === false && principal.name.includes("4444"),
        ),
      ).toEqual([]);
      expect(exit).toBe(3);
    }
  });

  it.each([
    ["aws_iam_openid_connect_provider", `arn:aws:iam::${ACCOUNT}:oidc-provider/gitlab.example.org`, true],
    ["aws_secretsmanager_secret", `arn:aws:secretsmanager:eu-west-1:${ACCOUNT}:secret:x-AbCdEf`, false],
  ])("is that of what a plan found as %s, if that can be no other's", (type, found, isOwn) => {
    const secret = {
      address: "aws_secretsmanager_secret.s",
      mode: "managed",
      type: "aws_secretsmanager_secret",
      name: "s",
    };
    const data = { address: `data.${type}.d`, mode: "data", type, name: "d", values: { arn: found } };
    const plan = {
      format_version: "1.2",
      resource_changes: [
        {
          ...secret,
          change: { actions: ["create"], before: null, after: { name: "pay" }, after_unknown: {} },
        },
      ],
      prior_state: { values: { root_module: { resources: [data] } } },
      configuration: {
        root_module: {
          resources: [secret, data].map((one) => ({ ...one, values: undefined, expressions: {} })),
        },
      },
    };
    const file = new SourceText("plan.json", JSON.stringify(plan));
    const facts = [...terraformPlan.read([file], UNKNOWN_SURROUNDINGS)].flatMap((one) =>
      "after" in one ? one.after.facts : [],
    );
    const accounts = facts.flatMap((fact) => (fact.kind === "store" ? fact.account : []));
    expect(accounts).toEqual([isOwn ? ACCOUNT : UNKNOWN_SURROUNDINGS.account]);
  });

  it("is that of another provider with the same login, of source and of plans", async () => {
    const bound = `provider "aws" {\n  allowed_account_ids = ["${ACCOUNT}"]\n}\n`;
    const others = (more: string): string =>
      `provider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n${more}}\n`;
    const there = secret.replace(/ {2}kms.*\n/, "  provider = aws.us\n") + role;
    const gained = async (name: string, more: string): Promise<string[]> => {
      const base = bound + others(more) + there;
      return (await compared(name, base, base + policy)).differences.map(told);
    };
    expect(await gained("same-login", "")).toContain("app pay gained read certain");
    expect(await gained("other-login", '  profile = "other"\n')).not.toContain("app pay gained read certain");
  });

  it("is that of the other side where one of them states it", async () => {
    const there = keyOf(ACCOUNT) + secret + role;
    const bound = `provider "aws" {\n  allowed_account_ids = ["${ACCOUNT}"]\n}\n`;
    expect((await compared("stated", there, bound + there)).differences).toEqual([]);
  });
});

const told = ({
  principal,
  target,
  direction,
  actions,
  certainty,
}: AccessReport["differences"][number]): string =>
  [principal.name, target.name, direction, actions.join("+"), certainty].join(" ");

async function compared(name: string, before: string, after: string): Promise<AccessReport> {
  const tree = async (side: string, text: string) => {
    mkdirSync(join(directory, name, side), { recursive: true });
    writeFileSync(join(directory, name, side, "main.tf"), text);
    return workTree(join(directory, name, side), ["."]);
  };
  return accessReport({
    tree: await tree("after", after),
    base: { ref: "main", tree: await tree("before", before) },
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
    surroundings: UNKNOWN_SURROUNDINGS,
    at: "2026-11-27T00:00:00.000Z",
    signal: new AbortController().signal,
  });
}
