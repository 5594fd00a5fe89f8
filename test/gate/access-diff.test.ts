import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GrantModel } from "../../src/access/index.ts";
import { accessDiff, type AccessDiff } from "../../src/gate/access-diff.ts";
import {
  AwsFacts,
  READ,
  SECRET,
  allow,
  arn,
  document,
  idOf,
  modelOf,
  trusting,
} from "../access/aws-facts.ts";

const OTHER = arn.secret("hr/db-GhIjKl");
const TRUST = trusting({ Service: "lambda.amazonaws.com" });
const OFFICE = { Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } };
const HOME_OFFICE = { Condition: { IpAddress: { "aws:SourceIp": "198.51.100.0/24" } } };

const estate = () => new AwsFacts().secret(SECRET).secret(OTHER);
type Statement = ReturnType<typeof allow>;

const app = (...statements: readonly Statement[]) =>
  estate().role(arn.role("app"), { trust: TRUST, inline: { reads: document(...statements) } });

/** `direction actions certainty principal target`, in order. */
const told = ({ differences }: AccessDiff): string[] =>
  differences.map(({ direction, actions, certainty, principal, target }) =>
    [direction, actions.join("+"), certainty, principal.name, target.name].join(" "),
  );

/** Of roles and users: a service that a role trusts has what the role has. */
const diff = (before: AwsFacts, after: AwsFacts): string[] =>
  told(accessDiff(modelOf(before), modelOf(after))).filter((line) => !line.includes("amazonaws.com"));

describe("what a change does to access", () => {
  it("is nothing between equals", () => {
    const model = (): GrantModel => modelOf(app(allow(READ, SECRET)));
    expect(accessDiff(model(), model())).toEqual({
      differences: [],
      count: 0,
      undecided: 0,
      implied: 0,
      cut: false,
    });
  });

  it("tells who reads what was not theirs to read, and by which statement", () => {
    const { differences } = accessDiff(modelOf(app()), modelOf(app(allow(READ, SECRET))));
    const own = differences.filter(({ isDetour }) => !isDetour);
    expect(own.map(({ principal, actions }) => [principal.name, ...actions])).toEqual([["app", "read"]]);
    expect(own.flatMap(({ statements }) => statements.map(({ policy_id }) => policy_id))).toContain(
      idOf(`${arn.role("app")}#inline/reads`),
    );
  });

  it("tells more of the same thing as widened, and less as narrowed", () => {
    const little = app(allow(READ, SECRET));
    const much = app(allow([READ, "secretsmanager:PutSecretValue"], SECRET));
    expect(diff(little, much)).toEqual(["widened write certain app pay/db-AbCdEf"]);
    expect(diff(much, little)).toEqual(["narrowed write certain app pay/db-AbCdEf"]);
  });

  it("tells that a condition is gone, that one came, and that one is another", () => {
    const free = app(allow(READ, SECRET));
    const bound = app(allow(READ, SECRET, OFFICE));
    expect(diff(bound, free)).toEqual(["widened read certain app pay/db-AbCdEf"]);
    expect(diff(free, bound)).toEqual(["narrowed read certain app pay/db-AbCdEf"]);
    expect(diff(bound, app(allow(READ, SECRET, HOME_OFFICE)))).toEqual([
      "widened read possible app pay/db-AbCdEf",
      "narrowed read possible app pay/db-AbCdEf",
    ]);
  });

  it("says whether the thing or the principal is new", () => {
    const { differences } = accessDiff(
      modelOf(new AwsFacts().secret(SECRET)),
      modelOf(app(allow(READ, [SECRET, OTHER]))),
    );
    const said = differences.map(({ principal, principalIsNew, target, targetIsNew }) => [
      principal.name,
      principalIsNew,
      target.name,
      targetIsNew,
    ]);
    expect(said).toContainEqual(["app", true, "hr/db-GhIjKl", true]);
    expect(said).toContainEqual(["app", true, "pay/db-AbCdEf", false]);
  });

  it("leaves possible what cannot be read after the change, and never more", () => {
    const after = estate()
      .role(arn.role("app"), { trust: TRUST, policies: ["unread"] })
      .gap(["policy_document"], idOf(arn.policy("unread")));
    const found = accessDiff(modelOf(app()), modelOf(after)).differences;
    expect(found.length).toBeGreaterThan(0);
    expect(found.map(({ certainty }) => certainty)).toEqual(found.map(() => "possible"));
  });

  it("tells anyone whom a role lets in", () => {
    const reads = { reads: document(allow(READ, SECRET)) };
    const open = estate().role(arn.role("app"), { trust: trusting("*"), inline: reads });
    const found = accessDiff(modelOf(app(allow(READ, SECRET))), modelOf(open)).differences;
    const anyone = found.filter(({ principal, direction }) => principal.public && direction === "gained");
    expect(anyone.map(({ actions, isDetour }) => [isDetour, ...actions])).toContainEqual([true, "read"]);
  });

  it("tells who gains by a role, whether the role gains or the way to it is new", () => {
    const trust = trusting({ AWS: arn.user("ana") });
    const with_ = (role: readonly Statement[], lets = trust) =>
      estate()
        .user(arn.user("ana"), { inline: { assume: document(allow("sts:AssumeRole", arn.role("app"))) } })
        .role(arn.role("app"), { trust: lets, inline: { reads: document(...role) } });
    expect(diff(with_([]), with_([allow(READ, SECRET)]))).toEqual([
      "gained read certain app pay/db-AbCdEf",
      "gained read certain ana pay/db-AbCdEf",
    ]);
    expect(diff(with_([allow(READ, SECRET)], TRUST), with_([allow(READ, SECRET)]))).toEqual([
      "gained read certain ana pay/db-AbCdEf",
    ]);
  });

  it("is bounded, and says that it is cut; half a list is no difference", () => {
    const [before, after] = [modelOf(app()), modelOf(app(allow(READ, [SECRET, OTHER])))];
    const few = accessDiff(before, after, { maxTold: 1 });
    expect(few.differences).toHaveLength(1);
    expect(few.count).toBeGreaterThan(1);
    const cut = accessDiff(after, after, { maxPairs: 1 });
    expect(cut).toMatchObject({ cut: true, count: 0 });
  });

  it("is its own mirror", () => {
    const statement = fc.record({
      action: fc.constantFrom(READ, "secretsmanager:PutSecretValue", "secretsmanager:*"),
      resource: fc.constantFrom(SECRET, OTHER, "*"),
      more: fc.constantFrom({}, OFFICE, HOME_OFFICE, { Effect: "Deny" }),
    });
    const made = (all: readonly { action: string; resource: string; more: object }[]): GrantModel =>
      modelOf(app(...all.map(({ action, resource, more }) => allow(action, resource, { ...more }))));
    const turned = { gained: "lost", lost: "gained", narrowed: "widened", widened: "narrowed" } as const;
    const lines = (diffed: AccessDiff, turn: boolean): string[] =>
      diffed.differences
        .map(({ direction, principal, target, actions, certainty }) =>
          [turn ? turned[direction] : direction, principal.id, target.id, actions, certainty].join(" "),
        )
        .sort();
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 3 }), fc.array(statement, { maxLength: 3 }), (a, b) => {
        expect(lines(accessDiff(made(a), made(b)), false)).toEqual(lines(accessDiff(made(b), made(a)), true));
        expect(accessDiff(made(a), made(a)).count).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
