import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { judgeDeclared } from "../../../src/gate/judge.ts";
import { inUse, type RulesInUse } from "../../../src/gate/rules.ts";
import { loadBundle } from "../../../src/policy/index.ts";
import { DEFAULT_LABELS } from "../../../src/subjects/index.ts";
import { declared } from "./aws-declaring.ts";

let rules: RulesInUse;
beforeAll(async () => {
  rules = inUse({
    bundle: loadBundle(await readFile(new URL("../../../policies/bundle.tar.gz", import.meta.url))),
    settings: {},
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
  });
});

const ACCESS = new Set([
  "administers_outside_break_glass",
  "public_access",
  "reads_and_grants",
  "strangers_let_in",
  "sudo_or_wildcard_outside_break_glass",
]);

const allow = (own: object): object => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", ...own }],
});

const LAMBDA = allow({ Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" });

async function said(things: Parameters<typeof declared>[0]): Promise<string[]> {
  const { findings } = await judgeDeclared(declared(things), rules, "2026-11-27T00:00:00.000Z");
  return findings
    .filter(({ policy_id }) => ACCESS.has(policy_id))
    .map(({ policy_id, outcome, subject }) => `${subject.address} ${policy_id} ${outcome}`)
    .sort();
}

describe("a policy with a statement for everyone under conditions", () => {
  it.each([
    [
      "a key that strangers' requests lack",
      { StringEqualsIfExists: { "aws:SourceVpce": "vpce-1" } },
      "undetermined",
    ],
    ["the caller's own", { StringEquals: { "aws:PrincipalOrgID": "${aws:PrincipalOrgID}" } }, "undetermined"],
    ["an organisation", { StringEquals: { "aws:PrincipalOrgID": "o-abcdefghij" } }, undefined],
  ] as const)("is left open where they do not surely keep anyone out: %s", async (_, Condition, outcome) => {
    const policy = allow({
      Principal: "*",
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
      Condition,
    });
    const found = await said({
      db: [
        "secret_policy",
        { secret_arn: "arn:aws:secretsmanager:eu-central-1:111122223333:secret:x", policy },
      ],
    });
    expect(found.filter((one) => one.includes("public_access"))).toEqual(
      outcome === undefined ? [] : [`db public_access ${outcome}`],
    );
  });
});

describe("a policy of what is declared elsewhere", () => {
  const anyone = allow({ Principal: "*", Action: "*", Resource: "*" });
  const ours = allow({
    Principal: { AWS: "arn:aws:iam::111122223333:role/app" },
    Action: "*",
    Resource: "*",
  });
  const arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:theirs-AbCdEf";
  const all = async (things: Parameters<typeof declared>[0]) => {
    const { findings, outcomes } = await judgeDeclared(declared(things), rules, "2026-11-27T00:00:00.000Z");
    const told = findings.map((one) => `${one.subject.address} ${one.policy_id} ${one.outcome}`).sort();
    return { told, compliant: outcomes.compliant };
  };

  it("is a finding where it lets anyone in, whichever thing it is of, and is never in order", async () => {
    const { told, compliant } = await all({
      open: ["secret_policy", { secret_arn: arn, policy: anyone }],
      again: ["secret_policy", { secret_arn: arn, policy: anyone }],
      whose: ["secret_policy", { secret_arn: "<unknown>", policy: anyone }],
      key: ["key_policy", { key_id: "alias/theirs", policy: anyone }],
      narrow: ["secret_policy", { secret_arn: arn, policy: ours }],
      "narrow-key": ["key_policy", { key_id: "1234", policy: ours }],
    });
    expect(told).toEqual([
      "again public_access violation",
      "key key_policy_open violation",
      "open public_access violation",
      "whose public_access violation",
    ]);
    expect(compliant).toBe(0);
  });

  it("is left open where it is not known", async () => {
    const { told } = await all({
      open: ["secret_policy", { secret_arn: arn, policy: "<unknown>" }],
      key: ["key_policy", { key_id: "1234", policy: "<unknown>" }],
    });
    expect(told).toContain("open public_access undetermined");
    expect(told).toContain("key key_policy_open undetermined");
    expect(told.filter((one) => !one.endsWith(" undetermined"))).toEqual([]);
  });
});

describe("who may what by what is declared", () => {
  it("is found of roles, by their own policies, AWS's and whom they trust", async () => {
    const role = (...attributes: object[]): Parameters<typeof declared>[0][string] => [
      "role",
      Object.assign({ assume_role_policy: LAMBDA }, ...attributes) as Record<string, unknown>,
    ];
    const inline = (Action: string[]): object => ({
      inline_policy: [{ name: "x", policy: allow({ Action, Resource: "*" }) }],
    });
    const found = await said({
      db: ["secret", { name: "db" }],
      admin: role({ name: "a", managed_policy_arns: ["arn:aws:iam::aws:policy/AdministratorAccess"] }),
      both: role({ name: "b" }, inline(["secretsmanager:GetSecretValue", "iam:PutRolePolicy"])),
      logs: role({
        name: "l",
        managed_policy_arns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
      }),
      open: role({ name: "o" }, inline(["secretsmanager:GetSecretValue"]), {
        assume_role_policy: allow({ Principal: { AWS: "*" }, Action: "sts:AssumeRole" }),
      }),
    });
    expect(found).toEqual([
      "admin administers_outside_break_glass violation",
      "admin reads_and_grants violation",
      "admin sudo_or_wildcard_outside_break_glass violation",
      "both administers_outside_break_glass violation",
      "both reads_and_grants violation",
      "both sudo_or_wildcard_outside_break_glass violation",
      "db public_access violation",
      "open strangers_let_in violation",
      "open sudo_or_wildcard_outside_break_glass violation",
    ]);
  });

  it("is no stranger's where the account that is named may be one's own", async () => {
    const policy = allow({
      Principal: { AWS: "arn:aws:iam::999988887777:root" },
      Action: "secretsmanager:GetSecretValue",
      Resource: "*",
    });
    expect(await said({ db: ["secret", { name: "db", policy }] })).toEqual([]);
  });

  it("is undetermined where the input leaves it open, and not where others may allow more", async () => {
    const closed = {
      name: "c",
      policy: allow({ Principal: { AWS: "111122223333" }, Action: "*", Resource: "*" }),
    };
    expect(await said({ db: ["secret", closed] })).toEqual([]);
    expect(await said({ db: ["secret", { name: "db", kms_key_id: "<unknown>" }] })).toEqual([]);
    expect(await said({ db: ["secret", { name: "db", policy: "<unknown>" }] })).toEqual([
      "db public_access undetermined",
    ]);
    const held = { name: "r", assume_role_policy: LAMBDA, managed_policy_arns: "<unknown>" };
    expect(await said({ r: ["role", held] })).toEqual([
      "r administers_outside_break_glass undetermined",
      "r reads_and_grants undetermined",
      "r strangers_let_in undetermined",
      "r sudo_or_wildcard_outside_break_glass undetermined",
    ]);
  });
});

describe("who is declared elsewhere", () => {
  const all = (Action: string[]): object => allow({ Action, Resource: "*" });
  const both = ["secretsmanager:GetSecretValue", "secretsmanager:PutResourcePolicy"];

  it("is judged by what it is given here, where that is given, and by nothing else", async () => {
    const found = await said({
      db: ["secret", { name: "db" }],
      key: ["access_key", { user: "anna" }],
      "of-role": ["identity_policy", { name: "x", roles: "app", policy: all(both) }],
      "of-role-again": ["identity_policy", { name: "y", roles: "app", policy: all(["logs:PutLogEvents"]) }],
      "of-arn": ["identity_policy", { name: "x", users: ["anna"], policy: all(both) }],
      harmless: ["identity_policy", { name: "x", groups: "readers", policy: all(["logs:PutLogEvents"]) }],
    });
    expect(found).toEqual([
      "of-arn administers_outside_break_glass violation",
      "of-arn reads_and_grants violation",
      "of-arn sudo_or_wildcard_outside_break_glass violation",
      "of-role administers_outside_break_glass violation",
      "of-role reads_and_grants violation",
      "of-role sudo_or_wildcard_outside_break_glass violation",
    ]);
  });

  it("is left open where it is not known who it is", async () => {
    const found = await said({
      db: ["secret", { name: "db" }],
      open: ["identity_policy", { name: "x", roles: "<unknown>", policy: all(both) }],
    });
    expect(found).toContain("open reads_and_grants undetermined");
    expect(found.filter((one) => !one.endsWith(" undetermined"))).toEqual([]);
  });
});
