import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CONTROL_STATUSES, type ControlStatus, type Mapping } from "../../src/controls/index.ts";
import { FACT_KINDS } from "../../src/facts/index.ts";
import { OUTCOMES } from "../../src/policy/index.ts";
import { BOTH, CATALOGUE, EMPTY, OPEN, SUPPORTED, fold, type Judgement } from "../controls/fixtures.ts";

const RUNS = { numRuns: process.env["SLOW"] === "1" ? 20_000 : 2_000 };

const mappings = fc.constantFrom<Mapping>(BOTH, OPEN, SUPPORTED, EMPTY);
const policyIds = fc.constantFrom(...CATALOGUE.map(({ policy_id }) => policy_id));
const judgements = fc.array(fc.tuple(policyIds, fc.constantFrom(...OUTCOMES)), { maxLength: 12 });
const held = fc.array(fc.tuple(policyIds, fc.constant("compliant" as const)), { maxLength: 12 });
const hidden = fc.uniqueArray(fc.constantFrom(...FACT_KINDS), { maxLength: 4 });

/** 0 is best. */
function rank({ status }: ControlStatus): number {
  return CONTROL_STATUSES.indexOf(status);
}

describe("foldControls", () => {
  it("satisfies a control only when every outcome is compliant or not applicable, and one direct one is compliant", () => {
    fc.assert(
      fc.property(mappings, judgements, hidden, (mapping, outcomes, kinds) => {
        const control = fold(mapping, outcomes, kinds);
        if (control.status !== "satisfied") return;
        const { deviation, undetermined, error, waived } = control.counts;
        expect([deviation, undetermined, error, waived]).toEqual([0, 0, 0, 0]);
        const direct = control.policies.filter(({ strength }) => strength === "direct");
        expect(direct.some(({ counts }) => counts.compliant > 0)).toBe(true);
        expect(control.unanswered.filter(({ strength }) => strength === "direct")).toEqual([]);
        expect(control.policies.every((policy) => policy.population_gap_count === 0)).toBe(true);
      }),
      RUNS,
    );
  });

  it("satisfies nothing while a gap hides members of a population, whatever held", () => {
    const listing = fc.constantFrom("secret", "mount", "namespace");
    fc.assert(
      fc.property(mappings, held, hidden, listing, (mapping, outcomes, kinds, kind) => {
        expect(fold(mapping, outcomes, [...kinds, kind]).status).not.toBe("satisfied");
      }),
      RUNS,
    );
  });

  it.each(["undetermined", "error", "violation"] as const)("never improves by one more %s", (outcome) => {
    fc.assert(
      fc.property(mappings, judgements, hidden, policyIds, (mapping, outcomes, kinds, policyId) => {
        const before = fold(mapping, outcomes, kinds);
        const after = fold(mapping, [...outcomes, [policyId, outcome]], kinds);
        expect(rank(after)).toBeGreaterThanOrEqual(rank(before));
      }),
      RUNS,
    );
  });

  it("never improves by one more gap", () => {
    fc.assert(
      fc.property(
        mappings,
        judgements,
        hidden,
        fc.constantFrom(...FACT_KINDS),
        (mapping, outcomes, kinds, kind) => {
          const after = fold(mapping, outcomes, [...kinds, kind]);
          expect(rank(after)).toBeGreaterThanOrEqual(rank(fold(mapping, outcomes, kinds)));
        },
      ),
      RUNS,
    );
  });

  it("does not depend on the order of outcomes and gaps", () => {
    const shuffled = judgements.chain((outcomes) =>
      fc.tuple(
        fc.constant(outcomes),
        fc.shuffledSubarray(outcomes, { minLength: outcomes.length, maxLength: outcomes.length }),
      ),
    );
    fc.assert(
      fc.property(mappings, shuffled, hidden, (mapping, [outcomes, others], kinds) => {
        expect(fold(mapping, others, kinds.toReversed())).toEqual(fold(mapping, outcomes, kinds));
      }),
      RUNS,
    );
  });

  it("accounts for every outcome of its policies exactly once", () => {
    fc.assert(
      fc.property(mappings, judgements, (mapping, outcomes) => {
        const { counts, policies } = fold(mapping, outcomes);
        const mapped = new Set(policies.map(({ policy_id }) => policy_id));
        const own: Judgement[] = outcomes.filter(([policyId]) => mapped.has(policyId));
        expect(counts.population).toBe(own.length);
        const { compliant, deviation, waived, undetermined, not_applicable } = counts;
        expect(compliant + deviation + waived + undetermined + not_applicable).toBe(own.length);
      }),
      RUNS,
    );
  });
});
