import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Direction } from "../../src/gate/access-diff.ts";
import { compared, type Compared } from "../../src/gate/compare/compared.ts";
import type { ComparedSide, Pair } from "../../src/gate/compare/pair.ts";
import { AwsFacts, READ, SECRET, allow, arn, deny, document, letIn, trusting } from "../access/aws-facts.ts";

const RUNS = process.env["SLOW"] === "1" ? { numRuns: 2000 } : { seed: 20261128, numRuns: 150 };
const AT = "2026-11-27T00:00:00.000Z";
const OTHER = arn.secret("hr/db-GhIjKl");

const statements = fc
  .record({
    make: fc.constantFrom(allow, allow, allow, deny),
    actions: fc.constantFrom<string | string[]>(
      READ,
      "secretsmanager:PutSecretValue",
      [READ, "secretsmanager:ListSecrets"],
      "secretsmanager:*",
      "sts:AssumeRole",
    ),
    resource: fc.constantFrom(SECRET, OTHER, arn.role("app"), "arn:aws:secretsmanager:*:*:secret:new/*", "*"),
    more: fc.constantFrom({}, {}, { Condition: { IpAddress: { "aws:SourceIp": "203.0.113.0/24" } } }),
  })
  .map(({ make, actions, resource, more }) => make(actions, resource, more));

/** One side: a role and a user, perhaps, two secrets, perhaps with policies, and what could not be read. */
const sides: fc.Arbitrary<ComparedSide> = fc
  .record({
    role: fc.option(fc.array(statements, { maxLength: 3 })),
    user: fc.option(fc.array(statements, { maxLength: 2 })),
    trusts: fc.constantFrom<unknown>({ AWS: arn.user("ana") }, { AWS: arn.root() }, "*"),
    lets: fc.constantFrom(undefined, letIn("*", READ), letIn({ AWS: arn.user("ana") }, READ)),
    isOther: fc.boolean(),
    gap: fc.constantFrom(undefined, arn.role("app"), arn.user("ana"), SECRET),
    unplaced: fc.subarray(["a grant of which it is not known to whom"]),
  })
  .map(({ role, user, trusts, lets, isOther, gap, unplaced }) => {
    const facts = new AwsFacts().secret(SECRET, lets === undefined ? {} : { policy: document(lets) });
    if (isOther) facts.secret(OTHER);
    if (role !== null)
      facts.role(arn.role("app"), { trust: trusting(trusts), inline: { own: document(...role) } });
    if (user !== null) facts.user("ana", { inline: { own: document(...user) } });
    if (gap !== undefined) facts.gap(["policy_document", "resource_policy"], `payments-aws:${gap}#policy`);
    return { facts: [...facts.set().all()], gaps: facts.gaps, unplaced, declarations: new Map() };
  });

const compare = (before: ComparedSide, after: ComparedSide): Compared => {
  const pair: Pair = { format: "terraform_plan", path: "p", provider: "aws", against: "b", before, after };
  return compared(pair, AT);
};

const MIRRORED: Readonly<Record<Direction, Direction>> = {
  gained: "lost",
  lost: "gained",
  narrowed: "widened",
  widened: "narrowed",
};

const told = ({ differences }: Compared, isMirrored = false): string[] =>
  differences
    .map(({ direction, principal, target, actions, certainty, isDetour, statements: some, ...one }) =>
      JSON.stringify([
        isMirrored ? MIRRORED[direction] : direction,
        principal.id,
        target.id,
        [one.principalIsNew, one.targetIsNew, isDetour, certainty, actions],
        some.map(({ policy, rule }) => [policy, rule]),
      ]),
    )
    .sort();

const rest = ({ count, undecided, implied, cut, unseen }: Compared) => ({
  count,
  undecided,
  implied,
  cut,
  unseen,
});

describe("a comparison of two sides", () => {
  it("finds nothing between a side and itself, whatever could not be read", () => {
    fc.assert(
      fc.property(sides, (side) => {
        const found = compare(side, side);
        expect(found.differences).toEqual([]);
        expect(rest(found)).toEqual({ count: 0, undecided: 0, implied: 0, cut: false, unseen: [] });
      }),
      RUNS,
    );
  });

  it("told the other way round, has gains for losses and losses for gains, and all else alike", () => {
    let differing = 0;
    fc.assert(
      fc.property(sides, sides, (one, other) => {
        const [forth, back] = [compare(one, other), compare(other, one)];
        expect(told(back, true)).toEqual(told(forth));
        expect(rest(back)).toEqual(rest(forth));
        differing += forth.count > 0 ? 1 : 0;
      }),
      RUNS,
    );
    expect(differing).toBeGreaterThan(50);
  });
});
