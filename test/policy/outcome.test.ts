import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decide, hiddenOf, type OutcomeName, type Violation } from "../../src/policy/index.ts";

const found: Violation[] = [{ actual: 1, expected: 0, message: "too many" }];

/** The table of `src/policy/README.md`: applicable, compliant, violations, rests on absence, then not hidden and hidden. */
const TABLE: [boolean, boolean, Violation[], boolean, OutcomeName, OutcomeName][] = [
  [false, false, [], false, "not_applicable", "undetermined"],
  [false, true, [], false, "not_applicable", "undetermined"],
  [false, false, found, false, "not_applicable", "undetermined"],
  [true, false, found, false, "violation", "violation"],
  [true, false, found, true, "violation", "undetermined"],
  [true, true, [], false, "compliant", "undetermined"],
  [true, true, [], true, "compliant", "undetermined"],
  [true, false, [], false, "undetermined", "undetermined"],
  [true, true, found, false, "error", "error"],
  [false, true, found, true, "error", "error"],
];

describe("the outcome", () => {
  test.each(TABLE)(
    "applicable %s, compliant %s, violations %j, rests on absence %s: %s, hidden %s",
    (applicable, compliant, violations, restsOnAbsence, open, hidden) => {
      const said = { applicable, compliant, violations };
      expect(decide(said, { restsOnAbsence, hidden: false })).toBe(open);
      expect(decide(said, { restsOnAbsence, hidden: true })).toBe(hidden);
    },
  );

  test("of a fault is an error, whatever is hidden", () => {
    for (const hidden of [true, false]) {
      expect(decide({ fault: "conflict" }, { restsOnAbsence: false, hidden })).toBe("error");
    }
  });

  test("is never compliant nor not applicable where a gap hides something", () => {
    const verdict = fc.record({
      applicable: fc.boolean(),
      compliant: fc.boolean(),
      violations: fc.array(fc.constant(found[0]!), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(verdict, fc.boolean(), (said, restsOnAbsence) => {
        const outcome = decide(said, { restsOnAbsence, hidden: true });
        expect(["undetermined", "violation", "error"]).toContain(outcome);
      }),
    );
  });
});

test("only what gaps hide of what the policy needs counts, in order and once", () => {
  const gaps = ["secret_metadata", "grant", "secret_metadata", "sink"].map((fact_kind) => ({ fact_kind }));
  expect(hiddenOf(["secret_metadata", "grant"], gaps)).toEqual(["grant", "secret_metadata"]);
  expect(hiddenOf(["key"], gaps)).toEqual([]);
});
