import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Certainty } from "../../src/access/index.ts";
import { bestCase, conclude } from "../../src/access/aws/formula.ts";
import type { AwsWorld } from "../../src/access/aws/world-schema.ts";
import { AwsFacts, allow, arn, deny, document, idOf, letIn, modelOf, trusting } from "../access/aws-facts.ts";
import { escalations, escalationWorld } from "../access/aws-naive-escalation.ts";

const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? { numRuns: 5000 } : { seed: 20261127, numRuns: 150 };

const NAMES = ["a", "b", "c", "d"] as const;
const [USER, ...ROLES] = [arn.user("a"), arn.role("b"), arn.role("c"), arn.role("d")];
const SECRET = arn.secret("db-AbCdEf");
const KEY = arn.key("1234abcd");

const ACTIONS = [
  "iam:*",
  "iam:AttachRolePolicy",
  "iam:CreateAccessKey",
  "iam:PassRole",
  "iam:PutRolePolicy",
  "iam:PutUserPolicy",
  "iam:UpdateAssumeRolePolicy",
  "kms:CreateGrant",
  "kms:PutKeyPolicy",
  "lambda:*",
  "secretsmanager:GetSecretValue",
  "secretsmanager:PutResourcePolicy",
  "sts:AssumeRole",
];
const ON = ["*", USER, ...ROLES, arn.role("*"), SECRET, KEY];

/** The plain search takes keys that nobody gave for absent, so that a condition may withhold, and never lift a denial. */
const withMfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
const statement = fc
  .tuple(fc.constantFrom("allow", "allow", "if", "deny"), fc.constantFrom(...ACTIONS), fc.constantFrom(...ON))
  .map(([way, action, on]) =>
    way === "deny" ? deny(action, on) : allow(action, on, way === "if" ? withMfa : {}),
  );
const policy = fc
  .array(statement, { minLength: 1, maxLength: 4 })
  .map((statements) => document(...statements));
const trust = fc
  .constantFrom<object>(
    { Service: "lambda.amazonaws.com" },
    { AWS: arn.root() },
    { AWS: USER },
    { AWS: ROLES[0] },
    { AWS: ROLES[1] },
  )
  .map((principal) => trusting(principal));
const keyPolicy = fc.constantFrom(
  document(letIn({ AWS: arn.root() }, "kms:*")),
  document(letIn({ AWS: ROLES[0] }, "kms:*")),
);

const estates = fc.record({
  identities: fc.tuple(policy, policy, policy, policy),
  trusts: fc.tuple(trust, trust, trust),
  keyPolicy,
});

type Estate = typeof estates extends fc.Arbitrary<infer T> ? T : never;

function worldOf({ identities, trusts, keyPolicy: ofKey }: Estate): AwsWorld {
  const principals = [USER, ...ROLES].map(
    (who, at) => [who, { identity_policies: [identities[at]] }] as const,
  );
  return {
    format: "countersign-world/1",
    provider: "aws",
    accounts: {},
    principals: Object.fromEntries(principals),
    resources: {
      ...Object.fromEntries(ROLES.map((role, at) => [role, { policy: trusts[at] }])),
      [SECRET]: { policy: {}, kms_key: KEY },
      [KEY]: { policy: ofKey },
    },
    questions: [],
  } as unknown as AwsWorld;
}

function factsOf({ identities, trusts, keyPolicy: ofKey }: Estate): AwsFacts {
  const facts = new AwsFacts().key(KEY, ofKey).secret(SECRET, { key: KEY });
  NAMES.forEach((name, at) => {
    const inline = { x: identities[at] ?? {} };
    if (name === "a") facts.user(name, { inline });
    else facts.role(name, { inline, trust: trusts[at - 1] ?? {} });
  });
  return facts;
}

const RANK: Readonly<Record<Certainty, number>> = { certain: 3, conditional: 2, possible: 1 };

const surest = (found: readonly Certainty[]): number => Math.max(0, ...found.map((one) => RANK[one]));

describe("detours of AWS", { timeout: SLOW ? 3_600_000 : 120_000 }, () => {
  it("are found by classes wherever a plain search finds one, and as surely", () => {
    let chains = 0;
    fc.assert(
      fc.property(estates, (estate) => {
        const world = escalationWorld(worldOf(estate));
        const model = modelOf(factsOf(estate));
        for (const who of [USER, ...ROLES]) {
          const plain = escalations(world, who, SECRET).filter(({ holds }) => bestCase(holds));
          const sure = surest(plain.map(({ holds }) => conclude(holds).certainty));
          const grants = model
            .path(idOf(who), idOf(SECRET))
            .filter(({ actions }) => actions.includes("administer"));
          chains += plain.filter(({ steps }) => steps.length > 1).length;
          expect(surest(grants.map(({ certainty }) => certainty)), who).toBeGreaterThanOrEqual(sure);
        }
      }),
      RUNS,
    );
    expect(chains).toBeGreaterThan(100);
  });
});
