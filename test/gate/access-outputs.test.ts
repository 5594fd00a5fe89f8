import { describe, expect, it } from "vitest";
import { accessCsv } from "../../src/cli/access-diffing.ts";
import { accessMarkdown, type AccessReport, type ToldDifference } from "../../src/gate/index.ts";
import { HOSTILE } from "./verdicts.ts";

const PLACE = { file: "plan.json", line: 3, column: 1, end_line: 3, end_column: 2 };

function difference(terms: Partial<ToldDifference> = {}): ToldDifference {
  return {
    direction: "gained",
    principal: {
      id: "aws:app",
      name: "app",
      type: "iam_role",
      public: false,
      external: false,
      on_one_side: false,
    },
    target: { id: "aws:db", name: "pay/db", kind: "secret", tier: "critical", on_one_side: false },
    actions: ["read", "list"],
    certainty: "certain",
    detour: false,
    statements: [{ name: "reads", place: PLACE }],
    statement_count: 1,
    place: PLACE,
    format: "terraform_plan",
    ...terms,
  };
}

function reportOf(...differences: readonly ToldDifference[]): AccessReport {
  return {
    schema: "countersign-access-diff/1",
    compared: [{ format: "terraform_plan", path: "plan.json", against: "what the plan found" }],
    sums: {
      gained: differences.length,
      widened: 0,
      narrowed: 0,
      lost: 0,
      possible: 0,
      undecided: 0,
      implied: 0,
      left_out: 0,
    },
    differences,
    not_compared: [],
    unseen: [],
    complete: true,
    exit: 0,
  };
}

const hostile = difference({
  principal: { ...difference().principal, name: HOSTILE },
  target: { ...difference().target, name: HOSTILE },
});

describe("access diff as CSV", () => {
  it("has a line for each difference, and a word for whether it was requested", () => {
    const report = reportOf(
      difference({ requested: "yes" }),
      difference({ requested: "not_known", detour: true }),
      difference({ direction: "lost" }),
    );
    const [heading, ...lines] = accessCsv(report).trim().split(/\r?\n/);
    expect(heading).toBe(
      "direction,principal,secret,actions,certainty,by,file,line,principal_id,secret_id,tier,indirect,requested",
    );
    const told = "app,pay/db,read list,certain,reads (plan.json:3),plan.json,3,aws:app,aws:db,critical";
    expect(lines).toEqual([`gained,${told},no,yes`, `gained,${told},yes,not known`, `lost,${told},no,`]);
  });

  it("lets no name become a formula or another cell", () => {
    const formula = difference({ principal: { ...difference().principal, name: '=HYPERLINK("x"),"y"' } });
    const [, line = ""] = accessCsv(reportOf(formula)).split(/\r?\n/);
    expect(line.startsWith("gained,=")).toBe(false);
    expect(line).toMatch(/^gained,"[^=]/);
  });
});

describe("access diff as Markdown", () => {
  it("has the sums, a row for each difference, and what it is held against", () => {
    const text = accessMarkdown(reportOf(difference({ certainty: "conditional", detour: true })));
    expect(text).toContain(
      "<!-- countersign-access-diff -->\n### countersign access diff\n\n**Access: 1 gained.**",
    );
    expect(text).toContain(
      "| | principal | secret | actions | by |\n| --- | --- | --- | --- | --- |\n" +
        "| gained, conditional, indirectly | `app` | `pay/db` critical | read, list | `reads (plan.json:3)` |\n",
    );
    expect(text).toContain("- `plan.json is held against what the plan found.`");
  });

  it("stays one row of as many cells, whatever a name is", () => {
    const rows = accessMarkdown(reportOf(hostile, difference()))
      .split("\n")
      .filter((line) => line.startsWith("|"));
    expect(rows).toHaveLength(4);
    expect(rows.map((row) => row.replaceAll("\\|", "").split("|").length)).toEqual([7, 7, 7, 7]);
  });

  it("counts what is left out where it is too long", () => {
    const text = accessMarkdown(reportOf(...Array.from({ length: 1000 }, () => difference())), 5000);
    expect(text.length).toBeLessThanOrEqual(5000);
    expect(text).toMatch(/\d+ more differences/);
  });
});
