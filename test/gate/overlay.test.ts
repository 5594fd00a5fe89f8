import { describe, expect, it } from "vitest";
import { accessReport, UNKNOWN_SURROUNDINGS, type AccessReport, type Tree } from "../../src/gate/index.ts";
import { FactSet } from "../../src/facts/index.ts";
import { DEFAULT_LABELS } from "../../src/subjects/index.ts";
import { AwsFacts, HOME, READ, SECRET, allow, arn, deny, document, trusting } from "../access/aws-facts.ts";
import { rolePolicyPlan } from "./role-policy-plan.ts";

const TRUST = trusting({ Service: "lambda.amazonaws.com" });
type Statement = ReturnType<typeof allow>;

const estate = (...own: readonly Statement[]) =>
  new AwsFacts().secret(SECRET).role(arn.role("app"), {
    trust: TRUST,
    inline: own.length === 0 ? {} : { own: document(...own) },
  });

async function against(facts: AwsFacts, tree: Tree): Promise<AccessReport> {
  return accessReport({
    tree,
    collected: { name: "2026-11-01", facts: facts.set(), takenAt: "2026-11-01T00:00:00.000Z" },
    classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
    surroundings: UNKNOWN_SURROUNDINGS,
    at: "2026-11-27T00:00:00.000Z",
    signal: new AbortController().signal,
  });
}

const told = ({ differences }: AccessReport): string[] =>
  differences.map(({ direction, certainty, principal, target, actions }) =>
    [direction, certainty, principal.name, target.name, ...actions].join(" "),
  );

describe("a change held against a snapshot", () => {
  it("gives a role of the snapshot what a policy allows that is hung on it, in the account of the snapshot", async () => {
    const report = await against(estate(), rolePolicyPlan(undefined, allow(READ, SECRET)));
    expect(told(report)).toEqual(["gained certain app pay/db-AbCdEf read"]);
    expect(report).toMatchObject({ exit: 0, not_compared: [], unseen: [] });
    expect(report.differences[0]?.principal.id).toContain(HOME);
    expect(report.differences[0]?.place).toMatchObject({ file: "plan.json", line: 1 });
  });

  it("says that it takes the snapshot's account for that of a change that states none", async () => {
    const report = await against(estate(), rolePolicyPlan(undefined, allow(READ, SECRET), "app", null));
    expect(told(report)).toEqual(["gained certain app pay/db-AbCdEf read"]);
    expect(report.unseen).toEqual([
      `whether the change is of account ${HOME}, as the snapshot is: it does not state its account`,
    ]);
    expect(report.exit).toBe(3);
  });

  it("is not held against a snapshot of another account than it states", async () => {
    const report = await against(
      estate(),
      rolePolicyPlan(undefined, allow(READ, SECRET), "app", "444455556666"),
    );
    expect(report).toMatchObject({
      exit: 3,
      differences: [],
      not_compared: [
        { path: "plan.json", detail: "the change is of account 444455556666, and the snapshot is not" },
      ],
    });
  });

  it("makes no difference where the snapshot denies it", async () => {
    const report = await against(estate(deny(READ)), rolePolicyPlan(undefined, allow(READ, SECRET)));
    expect(told(report)).toEqual([]);
    expect(report.exit).toBe(0);
  });

  it("takes away what the plan deletes, and leaves what is allowed elsewhere", async () => {
    const both = estate().role(arn.role("other"), {
      trust: TRUST,
      inline: { reads: document(allow(READ, SECRET)) },
    });
    expect(told(await against(both, rolePolicyPlan(allow(READ, SECRET), undefined, "other")))).toEqual([
      "lost certain other pay/db-AbCdEf read",
    ]);
    const twice = new AwsFacts().secret(SECRET).role(arn.role("app"), {
      trust: TRUST,
      inline: { reads: document(allow(READ, SECRET)), own: document(allow(READ, SECRET)) },
    });
    expect(told(await against(twice, rolePolicyPlan(allow(READ, SECRET), undefined)))).toEqual([]);
  });

  it("leaves to a role of the snapshot whatever a change does not speak of, such as what bounds it", async () => {
    const bounded = new AwsFacts()
      .secret(SECRET)
      .managed("bound", allow("s3:GetObject"))
      .role(arn.role("app"), { trust: TRUST, boundary: "bound" });
    expect(told(await against(bounded, rolePolicyPlan(undefined, allow(READ, SECRET))))).toEqual([]);
  });

  it("knows a role by its name, whatever its path, and tells one that the snapshot does not have", async () => {
    const pathed = new AwsFacts().secret(SECRET).role(`arn:aws:iam::${HOME}:role/team/app`, { trust: TRUST });
    expect(told(await against(pathed, rolePolicyPlan(undefined, allow(READ, SECRET))))).toEqual([
      "gained certain app pay/db-AbCdEf read",
    ]);
    const report = await against(estate(), rolePolicyPlan(undefined, allow(READ, SECRET), "nobody"));
    expect(report).toMatchObject({
      exit: 3,
      unseen: ["nobody, of whom the change speaks, is not in the snapshot"],
    });
  });

  it("says nothing where it is not known which account is meant, or of a store that was not collected", async () => {
    const two = new AwsFacts(HOME, "444455556666").secret(SECRET).role(arn.role("app"), { trust: TRUST });
    expect(await against(two, rolePolicyPlan(undefined, allow(READ, SECRET), "app", null))).toMatchObject({
      exit: 3,
      not_compared: [
        { path: "plan.json", detail: "the account is not stated, and the snapshot has several" },
      ],
    });
    const nothing = await accessReport({
      tree: rolePolicyPlan(undefined, allow(READ, SECRET)),
      collected: { name: "2026-11-01", facts: new FactSet([], []), takenAt: "2026-11-01T00:00:00.000Z" },
      classification: { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] },
      surroundings: UNKNOWN_SURROUNDINGS,
      at: "2026-11-27T00:00:00.000Z",
      signal: new AbortController().signal,
    });
    expect(nothing).toMatchObject({
      exit: 3,
      differences: [],
      not_compared: [{ path: "plan.json", detail: "the snapshot has no source of the kind aws" }],
    });
  });
});
