import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { computeGrants, GRANT_ACTIONS, type Certainty, type GrantModel } from "../../src/access/index.ts";
import { waysTo } from "../../src/access/aws/actions.ts";
import { awsJudge } from "../../src/access/aws/world.ts";
import type { AwsWorld } from "../../src/access/aws/world-schema.ts";
import { FactSet } from "../../src/facts/index.ts";
import { arn, AwsFacts, AWAY, HOME, idOf } from "../access/aws-facts.ts";
import { awsSpecs, type AwsSpec } from "../access/aws-worlds.ts";

const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? {} : { seed: 20261126 };

type Json = Readonly<Record<string, unknown>>;

/** `going`: the secret is scheduled for deletion, the key disabled. */
type Spec = AwsSpec & { readonly going: boolean };

/** What two principals and some things are made of, each from a spec of its own. */
type Specs = readonly [Spec, Spec, Spec, Spec];

const oneSpec: fc.Arbitrary<Spec> = fc
  .tuple(awsSpecs, fc.nat({ max: 4 }))
  .map(([spec, chance]) => ({ ...spec, going: chance === 0 }));

/** In half of them the things have the same policy and tags, so that only patterns tell them apart. */
const specs: fc.Arbitrary<Specs> = fc
  .tuple(fc.tuple(oneSpec, oneSpec, oneSpec, oneSpec), fc.constantFrom("own", "own", "same", "empty"))
  .map(([all, policies]) => {
    const [{ policy, resourceTags }] = all;
    const alike = { policy: policies === "same" ? policy : { ...policy, Statement: [] }, resourceTags };
    return policies === "own" ? all : (all.map((spec) => ({ ...spec, ...alike })) as unknown as Specs);
  });

const USER = arn.user("ana");
const ROLE = arn.role("app");

function thingsOf(all: Specs): Map<string, Spec> {
  return new Map(all.map((spec) => [spec.resource, spec]));
}

function worldOf(all: Specs): AwsWorld {
  const [user, role] = all;
  const organisation = {
    organization_id: "o-a1b2c3d4e5",
    ...(user.scps === undefined ? {} : { scps: user.scps }),
    ...(user.rcps === undefined ? {} : { rcps: user.rcps }),
  };
  const principal = (spec: AwsSpec, unique_id: string) => ({
    identity_policies: spec.identity,
    ...(spec.boundary === undefined ? {} : { permission_boundaries: spec.boundary }),
    tags: spec.principalTags,
    unique_id,
  });
  const things = [...thingsOf(all)].map(([native, spec]) => [
    native,
    {
      policy: spec.policy,
      tags: spec.resourceTags,
      ...(native.includes(":secretsmanager:") ? { kms_key: "alias/aws/secretsmanager" } : {}),
      ...(spec.going ? stateOf(native) : {}),
    },
  ]);
  return {
    format: "countersign-world/1",
    provider: "aws",
    accounts: { [HOME]: organisation, [AWAY]: organisation },
    principals: { [USER]: principal(user, "AIDAANA"), [ROLE]: principal(role, "AROAAPP") },
    resources: Object.fromEntries(things) as AwsWorld["resources"],
    questions: [],
  } as unknown as AwsWorld;
}

function stateOf(native: string) {
  if (native.includes(":kms:")) return { state: "disabled" } as const;
  return native.includes(":secretsmanager:") ? ({ state: "scheduled_for_deletion" } as const) : {};
}

function factsOf(all: Specs, denied: readonly Json[] = []): AwsFacts {
  const [user, role] = all;
  // Each level of a spec is what AWS attaches, and one document more.
  const levels = (given: AwsSpec["scps"]): Json[] => (given ?? []).map((level) => level[1] as Json);
  const facts = new AwsFacts(HOME, AWAY).organization(levels(user.scps), levels(user.rcps), "777788889999");
  for (const [spec, name, uniqueId] of [
    [user, "ana", "AIDAANA"],
    [role, "app", "AROAAPP"],
  ] as const) {
    const documents = [...spec.identity, ...denied];
    const inline = Object.fromEntries(documents.map((text, at) => [`p${at}`, text]));
    const [boundary] = spec.boundary ?? [];
    if (boundary !== undefined)
      facts.policyText(idOf(arn.policy(`b-${name}`)), `b-${name}`, JSON.stringify(boundary));
    const own = {
      inline,
      tags: spec.principalTags as Record<string, string>,
      uniqueId,
      ...(boundary === undefined ? {} : { boundary: `b-${name}` }),
    };
    if (name === "ana") facts.user(name, own);
    else facts.role(name, own);
  }
  for (const [native, spec] of thingsOf(all)) {
    const tags = spec.resourceTags as Record<string, string>;
    if (native.includes(":kms:")) facts.key(native, spec.policy, tags, spec.going ? "Disabled" : "Enabled");
    else
      facts.secret(native, {
        policy: spec.policy,
        tags,
        ...(native.includes(":ssm:") ? { encrypted: false } : {}),
        ...(spec.going && !native.includes(":ssm:") ? { deletesAt: "2026-10-09T00:00:00Z" } : {}),
      });
  }
  return facts;
}

const modelOf = (facts: AwsFacts): GrantModel =>
  computeGrants(facts.set(), { takenAt: "2026-09-30T06:00:00Z" });

const ORDER: readonly Certainty[] = ["certain", "conditional", "possible"];

const surest = (found: readonly Certainty[]): Certainty | "none" =>
  ORDER.find((certainty) => found.includes(certainty)) ?? "none";

/** What grants say of a principal's own requests; detours by way of others are left out. */
function said(model: GrantModel, principal: string, target: string) {
  return GRANT_ACTIONS.map((action) => {
    const grants = model
      .path(idOf(principal), idOf(target))
      .filter(
        ({ actions, path }) =>
          actions.includes(action) &&
          path.every(({ note = "" }) => !/ on (?:role|user|group|policy|key)\//.test(note)),
      );
    return surest(grants.map(({ certainty }) => certainty));
  });
}

function judged(world: AwsWorld, principal: string, target: string) {
  const judge = awsJudge(world);
  return GRANT_ACTIONS.map((action) => {
    // A listing shows what is in the caller's own account.
    const ways = waysTo(action, target).filter(
      ({ resource }) => resource !== "*" || target.split(":")[4] === HOME,
    );
    const verdicts = ways.map((way) =>
      judge({
        principal,
        action: way.action,
        resource: way.resource,
        context: { ...way.context, "aws:SecureTransport": "true" },
        unknown_context: ["*"],
      }),
    );
    return surest(
      verdicts
        .filter(({ decision, certainty }) => decision === "allow" || certainty === "possible")
        .map(({ certainty }) => certainty),
    );
  });
}

const few = (count: number) => ({ ...RUNS, numRuns: SLOW ? count * 50 : count });
const TIMEOUT = { timeout: SLOW ? 3_600_000 : 120_000 };

describe("grants of AWS", TIMEOUT, () => {
  it("say what the questions say, one by one", () => {
    const seen = { certain: 0, conditional: 0, possible: 0, none: 0 };
    fc.assert(
      fc.property(specs, (all) => {
        const world = worldOf(all);
        const model = modelOf(factsOf(all));
        for (const target of thingsOf(all).keys()) {
          for (const principal of [USER, ROLE]) {
            const expected = judged(world, principal, target);
            expect({ principal, target, says: said(model, principal, target) }).toEqual({
              principal,
              target,
              says: expected,
            });
            for (const one of expected) seen[one] += 1;
          }
        }
      }),
      few(400),
    );
    const total = seen.certain + seen.conditional + seen.possible + seen.none;
    for (const kind of ["certain", "conditional", "none"] as const)
      expect(seen[kind] / total).toBeGreaterThan(0.02);
  });

  const weight = { certain: 3, conditional: 2, possible: 1, none: 0 } as const;

  it("grow no surer by a deny", () => {
    const DENY = { Version: "2012-10-17", Statement: { Effect: "Deny", Action: "*", Resource: "*" } };
    fc.assert(
      fc.property(specs, (all) => {
        const after = modelOf(factsOf(all, [DENY]));
        for (const target of thingsOf(all).keys())
          for (const principal of [USER, ROLE])
            expect(said(after, principal, target)).toEqual(GRANT_ACTIONS.map(() => "none"));
      }),
      few(60),
    );
  });

  it("grow no fewer by a gap, and no surer", () => {
    fc.assert(
      fc.property(specs, (all) => {
        const before = modelOf(factsOf(all));
        const whole = factsOf(all).set();
        const kept = [...whole.all()].filter(({ kind }) => kind !== "resource_policy");
        const hidden = factsOf(all).gap(["resource_policy"]).gaps;
        const after = computeGrants(new FactSet(kept, hidden), { takenAt: "2026-09-30T06:00:00Z" });
        for (const target of thingsOf(all).keys()) {
          for (const principal of [USER, ROLE]) {
            const then = said(before, principal, target);
            for (const [at, now] of said(after, principal, target).entries()) {
              const was = then[at] ?? "none";
              if (was !== "none") expect({ principal, target, now }).not.toMatchObject({ now: "none" });
              expect(weight[now]).toBeLessThanOrEqual(Math.max(weight[was], weight.possible));
            }
          }
        }
      }),
      few(60),
    );
  });
});
