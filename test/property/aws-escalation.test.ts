import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Certainty } from "../../src/access/index.ts";
import { all, bestCase, conclude } from "../../src/access/aws/formula.ts";
import type { AwsWorld } from "../../src/access/aws/world-schema.ts";
import {
  AwsFacts,
  READ,
  allow,
  arn,
  deny,
  document,
  idOf,
  letIn,
  modelOf,
  trusting,
} from "../access/aws-facts.ts";
import {
  escalations,
  escalationWorld,
  isUse,
  reachedFrom,
  readings,
  type EscalationStep,
} from "../access/aws-naive-escalation.ts";

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
  "kms:*",
  "kms:CreateGrant",
  "kms:PutKeyPolicy",
  "lambda:*",
  ...["secretsmanager:GetSecretValue", "secretsmanager:GetSecretValue", "secretsmanager:*"],
  "secretsmanager:PutResourcePolicy",
  ...["sts:AssumeRole", "sts:AssumeRole"],
];
const ON = ["*", "*", "*", USER, ...ROLES, arn.role("*"), SECRET, KEY];

/** The plain search takes keys that nobody gave for absent, so that a condition may withhold, and never lift a denial. */
const withMfa = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
const statement = fc
  .tuple(
    fc.constantFrom("allow", "allow", "allow", "allow", "if", "deny"),
    fc.constantFrom(...ACTIONS),
    fc.constantFrom(...ON),
  )
  .map(([way, action, on]) =>
    way === "deny" ? deny(action, on) : allow(action, on, way === "if" ? withMfa : {}),
  );
const policy = fc
  .array(statement, { minLength: 2, maxLength: 5 })
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

type Json = Readonly<Record<string, unknown>>;

/** The user may let itself become a reader, or have work done as one. */
const withReader = fc.tuple(estates, fc.constantFrom("iam:UpdateAssumeRolePolicy", "lambda:*")).map(
  ([
    {
      identities: [user, b, c, d],
      trusts,
      ...rest
    },
    way,
  ]): Estate => {
    const makes = allow([way, "iam:PassRole"]);
    const reads = document(allow([READ, "kms:Decrypt"]), ...(c["Statement"] as readonly Json[]));
    const works = trusting({ Service: "lambda.amazonaws.com" });
    return {
      ...rest,
      identities: [document(makes, ...(user["Statement"] as readonly Json[])), b, reads, d],
      trusts: [trusts[0], works, trusts[2]],
    };
  },
);

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

const givesOthers = (step: EscalationStep | undefined): boolean =>
  step !== undefined && step.on !== step.by && step.actions.some((one) => /^iam:(?:Put|Attach)/.test(one));

const surest = (found: readonly Certainty[]): number => Math.max(0, ...found.map((one) => RANK[one]));

describe("detours of AWS", { timeout: SLOW ? 3_600_000 : 120_000 }, () => {
  it("are found by classes wherever a plain search finds one, and as surely", () => {
    let chains = 0;
    let others = 0;
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
          others += Number(plain.length > 0 && plain.every(({ steps }) => givesOthers(steps.at(-1))));
          expect(surest(grants.map(({ certainty }) => certainty)), who).toBeGreaterThanOrEqual(sure);
        }
      }),
      RUNS,
    );
    expect(chains).toBeGreaterThan(100);
    // Nothing but what others are given.
    expect(others).toBeGreaterThan(10);
  });

  it("are reading where nothing but roles are assumed, wherever a plain search finds that, and nowhere else", () => {
    const seen = { read: 0, byRole: 0, byKey: 0, not: 0 };
    fc.assert(
      fc.property(estates, (estate) => {
        const world = escalationWorld(worldOf(estate));
        const model = modelOf(factsOf(estate));
        for (const who of [USER, ...ROLES]) {
          const plain = readings(world, who, SECRET).filter(({ holds }) => bestCase(holds));
          const own = world.may({ principal: who, action: READ, resource: SECRET });
          const sure = surest(plain.map(({ holds }) => conclude(holds).certainty));
          const grants = model
            .path(idOf(who), idOf(SECRET))
            .filter(({ actions }) => actions.includes("read"));
          const said = surest(grants.map(({ certainty }) => certainty));
          expect(said, who).toBeGreaterThanOrEqual(sure);
          // A condition that stands is not met in the plain search.
          if (said === RANK.certain) expect(sure, who).toBe(said);
          if (sure === 0) seen.not += 1;
          else if (own !== false) seen.read += 1;
          else if (plain.every(({ steps }) => steps.length > 0)) seen.byRole += 1;
          else seen.byKey += 1;
        }
      }),
      RUNS,
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(10);
  });

  it("administer where somebody lets itself become a reader, and share where it makes the credentials of one", () => {
    let found = 0;
    fc.assert(
      fc.property(withReader, (estate) => {
        const world = escalationWorld(worldOf(estate));
        const model = modelOf(factsOf(estate));
        for (const who of [USER, ...ROLES]) {
          for (const { principal, chain } of reachedFrom(world, who)) {
            if (chain.steps.every(isUse)) continue;
            const read = world.may({ principal, action: READ, resource: SECRET });
            const holds = all([chain.holds, read]);
            if (!bestCase(holds)) continue;
            const changes = chain.steps.some(({ actions }) => actions.includes("iam:UpdateAssumeRolePolicy"));
            const action = changes ? "administer" : "share";
            const grants = model
              .path(idOf(who), idOf(SECRET))
              // Who reads by itself needs nobody's credentials.
              .filter(({ actions }) => actions.includes(action) || (!changes && actions.includes("read")));
            found += 1;
            const sure = surest(grants.map(({ certainty }) => certainty));
            expect(sure, `${who} ${action}`).toBeGreaterThanOrEqual(surest([conclude(holds).certainty]));
          }
        }
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(100);
  });
});
