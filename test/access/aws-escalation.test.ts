import { describe, expect, it } from "vitest";
import { waysTo } from "../../src/access/aws/actions.ts";
import { MAX_HOPS } from "../../src/access/aws/escalation-ways.ts";
import { conclude } from "../../src/access/aws/formula.ts";
import { escalations, escalationWorld, reachedFrom } from "./aws-naive-escalation.ts";

const HOME = "111122223333";
const role = (name: string) => `arn:aws:iam::${HOME}:role/${name}`;
const user = (name: string) => `arn:aws:iam::${HOME}:user/${name}`;
const SECRET = `arn:aws:secretsmanager:eu-west-1:${HOME}:secret:db-AbCdEf`;
const KEY = `arn:aws:kms:eu-west-1:${HOME}:key/1234abcd`;

type Json = Readonly<Record<string, unknown>>;

const policy = (...statements: readonly Json[]): Json => ({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | readonly string[], Resource: string | readonly string[] = "*"): Json => ({
  Effect: "Allow",
  Action,
  Resource,
});
const trust = (AWS: string): Json =>
  policy({ Effect: "Allow", Principal: { AWS }, Action: "sts:AssumeRole" });

interface Given {
  readonly principals: Readonly<Record<string, Json>>;
  readonly resources?: Readonly<Record<string, Json>>;
  readonly accounts?: Readonly<Record<string, Json>>;
}

function chains({ principals, resources = {}, accounts = {} }: Given, from: string, target = SECRET) {
  const world = escalationWorld({
    format: "countersign-world/1",
    provider: "aws",
    accounts,
    principals,
    resources: { [SECRET]: { policy: {} }, ...resources },
    questions: [],
  });
  return escalations(world, from, target).map(({ steps, holds }) => ({
    steps: steps.map(
      ({ by, actions, on }) => `${by.split(":").at(-1)} ${actions.join("+")} ${on.split(":").at(-1)}`,
    ),
    certainty: conclude(holds).certainty,
  }));
}

const holding = (...statements: readonly Json[]): Json => ({ identity_policies: [policy(...statements)] });

describe("escalation", () => {
  it("finds nothing where there is nothing", () => {
    expect(
      chains({ principals: { [role("a")]: holding(allow("secretsmanager:GetSecretValue")) } }, role("a")),
    ).toEqual([]);
  });

  it.each([
    [
      "the secret's policy",
      allow("secretsmanager:PutResourcePolicy", SECRET),
      "role/a secretsmanager:PutResourcePolicy db-AbCdEf",
    ],
    ["its own inline policy", allow("iam:PutRolePolicy", role("a")), "role/a iam:PutRolePolicy role/a"],
    [
      "its own managed policies",
      allow("iam:AttachRolePolicy", role("*")),
      "role/a iam:AttachRolePolicy role/a",
    ],
  ])("by %s", (_, statement, step) => {
    expect(chains({ principals: { [role("a")]: holding(statement) } }, role("a"))).toEqual([
      { steps: [step], certainty: "certain" },
    ]);
  });

  it.each(["kms:PutKeyPolicy", "kms:CreateGrant"])(
    "of the key, and not of what it encrypts, by %s",
    (action) => {
      const own = policy({ Effect: "Allow", Principal: { AWS: role("a") }, Action: action, Resource: "*" });
      const given = {
        principals: { [role("a")]: {} },
        resources: { [SECRET]: { policy: {}, kms_key: KEY }, [KEY]: { policy: own } },
      };
      expect(chains(given, role("a"), KEY)).toEqual([
        { steps: [`role/a ${action} key/1234abcd`], certainty: "certain" },
      ]);
      expect(chains(given, role("a"))).toEqual([]);
    },
  );

  it("by becoming another, and another again", () => {
    const found = chains(
      {
        principals: {
          [user("ana")]: {},
          [role("b")]: {},
          [role("c")]: holding(allow("secretsmanager:PutResourcePolicy")),
        },
        resources: { [role("b")]: { policy: trust(user("ana")) }, [role("c")]: { policy: trust(role("b")) } },
      },
      user("ana"),
    );
    expect(found).toEqual([
      {
        steps: [
          "user/ana sts:AssumeRole role/b",
          "role/b sts:AssumeRole role/c",
          "role/c secretsmanager:PutResourcePolicy db-AbCdEf",
        ],
        certainty: "certain",
      },
    ]);
  });

  it.each([
    ["iam:UpdateAssumeRolePolicy", role("b")],
    ["iam:CreateAccessKey", user("b")],
    ["iam:UpdateLoginProfile", user("b")],
  ])("by %s on another", (action, other) => {
    const found = chains(
      {
        principals: {
          [role("a")]: holding(allow(action, other)),
          [other]: holding(allow("secretsmanager:PutResourcePolicy")),
        },
        resources: { [role("b")]: { policy: trust(role("nobody")) } },
      },
      role("a"),
    );
    expect(found.map(({ steps }) => steps[0])).toEqual([`role/a ${action} ${other.split(":").at(-1)}`]);
  });

  const FUNCTION = (trusted: string, resource = "*"): Given => ({
    principals: {
      [role("a")]: holding(
        {
          ...allow("iam:PassRole", role("b")),
          Condition: { StringEquals: { "iam:PassedToService": "lambda.amazonaws.com" } },
        },
        allow("lambda:*", resource),
      ),
      [role("b")]: holding(allow("secretsmanager:PutResourcePolicy")),
    },
    resources: {
      [role("b")]: {
        policy: policy({ Effect: "Allow", Principal: { Service: trusted }, Action: "sts:AssumeRole" }),
      },
    },
  });

  it("by a function that runs with a role that is passed to it", () => {
    expect(chains(FUNCTION("lambda.amazonaws.com"), role("a"))).toEqual([
      {
        steps: [
          "role/a iam:PassRole+lambda:CreateFunction+lambda:InvokeFunction role/b",
          "role/b secretsmanager:PutResourcePolicy db-AbCdEf",
        ],
        certainty: "certain",
      },
    ]);
  });

  it("also where only functions of some names may be made", () => {
    const named = FUNCTION("lambda.amazonaws.com", `arn:aws:lambda:eu-west-1:${HOME}:function:pay-*`);
    expect(chains(named, role("a"))).toHaveLength(1);
  });

  it("not where the role does not trust the service", () => {
    expect(chains(FUNCTION("ec2.amazonaws.com"), role("a"))).toEqual([]);
  });

  it("a boundary stops what one gives oneself", () => {
    const bounded = {
      ...holding(allow("iam:PutRolePolicy")),
      permission_boundaries: [policy(allow(["iam:*", "ssm:*"]))],
    };
    expect(chains({ principals: { [role("a")]: bounded } }, role("a"))).toEqual([]);
    const wide = { ...bounded, permission_boundaries: [policy(allow("*"))] };
    expect(chains({ principals: { [role("a")]: wide } }, role("a"))).toHaveLength(1);
  });

  it("an SCP stops a step", () => {
    const accounts = {
      [HOME]: { scps: [[policy(allow("*"), { Effect: "Deny", Action: "iam:*", Resource: "*" })]] },
    };
    expect(chains({ principals: { [role("a")]: holding(allow("*")) }, accounts }, role("a"))).toEqual([
      { steps: ["role/a secretsmanager:PutResourcePolicy db-AbCdEf"], certainty: "certain" },
    ]);
  });

  it("a gap on the way leaves the chain possible", () => {
    const found = chains(
      {
        principals: { [role("a")]: {}, [role("b")]: { identity_policies: { unreadable: true } } },
        resources: { [role("b")]: { policy: trust(role("a")) } },
      },
      role("a"),
    );
    expect(found.length).toBeGreaterThan(0);
    expect(new Set(found.map(({ certainty }) => certainty))).toEqual(new Set(["possible"]));
  });

  it("a role whose trust policy is not known may perhaps be assumed", () => {
    const principals = {
      [role("a")]: holding(allow("sts:AssumeRole")),
      [role("b")]: holding(allow("secretsmanager:PutResourcePolicy")),
    };
    expect(chains({ principals }, role("a"))).toMatchObject([{ certainty: "possible" }]);
  });

  it("cuts cycles and stops after a few hops", () => {
    const names = Array.from({ length: MAX_HOPS + 3 }, (_, at) => `r${at}`);
    const ring = {
      principals: Object.fromEntries(names.map((name) => [role(name), {}])),
      resources: Object.fromEntries(
        names.map((name, at) => [role(name), { policy: trust(role(names[(at || names.length) - 1]!)) }]),
      ),
    };
    const world = escalationWorld({
      format: "countersign-world/1",
      provider: "aws",
      ...ring,
      questions: [],
    });
    expect(reachedFrom(world, role("r0")).map(({ principal }) => principal)).toEqual(
      names.slice(0, MAX_HOPS + 1).map(role),
    );
  });
});

describe("actions", () => {
  it("a parameter is read by itself and by every path above it", () => {
    const arn = `arn:aws:ssm:eu-west-1:${HOME}:parameter`;
    expect(waysTo("read", `${arn}/a/b/c`)).toEqual([
      ...["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParameterHistory"].map((action) => ({
        action,
        resource: `${arn}/a/b/c`,
        context: {},
      })),
      { action: "ssm:GetParametersByPath", resource: `${arn}/`, context: { "ssm:Recursive": "true" } },
      { action: "ssm:GetParametersByPath", resource: `${arn}/a/b`, context: { "ssm:Recursive": "false" } },
      { action: "ssm:GetParametersByPath", resource: `${arn}/a`, context: { "ssm:Recursive": "true" } },
    ]);
  });

  it("a parameter without folders is read by the root", () => {
    const arn = `arn:aws:ssm:eu-west-1:${HOME}:parameter`;
    expect(waysTo("read", `${arn}/db`).at(-1)).toEqual({
      action: "ssm:GetParametersByPath",
      resource: `${arn}/`,
      context: { "ssm:Recursive": "false" },
    });
  });

  it("a listing is authorised on everything", () => {
    expect(waysTo("list", SECRET)).toContainEqual({
      action: "secretsmanager:ListSecrets",
      resource: "*",
      context: {},
    });
  });

  it("parameters do not rotate, and other services have no actions here", () => {
    expect(waysTo("rotate", `arn:aws:ssm:eu-west-1:${HOME}:parameter/a`)).toEqual([]);
    expect(waysTo("read", "arn:aws:s3:::bucket/key")).toEqual([]);
  });
});
