import { describe, expect, it } from "vitest";
import { classificationRows, excusedText } from "../../src/render/classification.ts";
import { samplePackage } from "./package.ts";

const { classification, summary } = samplePackage({}).head;

describe("the rules of classification, in words", () => {
  it("are all there, and lists without a rule say so", () => {
    expect(classificationRows(classification)).toEqual([
      ["Tiers", ["critical: kind secret and path kv/payments/* or kv/ledger/*"]],
      ["Owners", ["no rule"]],
      ["Environments", ["no rule"]],
      ["Break-glass", ["path * and label purpose emergency"]],
      [
        "Labels",
        ["owner: owner", "tier: tier", "environment: none", "expires_at: none", "rotation_period_days: none"],
      ],
    ]);
  });

  it("show a rule that excuses everybody, and one that asks nothing", () => {
    const rows = classificationRows({ ...classification, break_glass: [{ path: "*" }, {}] });
    expect(rows).toContainEqual(["Break-glass", ["path *", "nothing is asked, so it fits nothing"]]);
  });
});

describe("who is excused", () => {
  const of = (principal_count: number, names: string[], undecided_count = 0): string =>
    excusedText({
      ...summary,
      subject_counts: { principal: 1200 },
      break_glass: { principal_count, undecided_count, names },
    });

  it("is counted and named", () => {
    expect(of(1200, ["ada", "ben"])).toMatch(
      /^Of 1,200 principals, 1,200 are excused .*: ada; ben; and 1,198 more\. The/,
    );
    expect(of(2, ["ada", "ben"])).toMatch(/: ada; ben\. The/);
    expect(of(0, [])).toMatch(/^Of 1,200 principals, 0 are excused .* and grants\. The/);
    expect(of(0, [], 3)).toContain(" Not decided, and not excused: 3.");
  });
});
