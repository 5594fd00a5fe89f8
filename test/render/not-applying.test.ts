import { describe, expect, it } from "vitest";
import type { ControlStatus, PolicyStatus } from "../../src/controls/index.ts";
import { appliesToNothing, idlePolicies } from "../../src/render/pdf/sections/not-applying.ts";
import { samplePackage } from "./package.ts";
import { POLICIES, counts } from "./sample.ts";

const [ENTRY] = POLICIES;

function status(own: Partial<PolicyStatus>): PolicyStatus {
  return {
    policy_id: ENTRY!.policy_id,
    title: ENTRY!.title,
    subject_kind: ENTRY!.subject,
    severity: ENTRY!.severity,
    strength: "direct",
    status: "not_applicable",
    counts: counts({ not_applicable: 118 }),
    population_gap_count: 0,
    ...own,
  };
}

describe("a policy applies to nothing", () => {
  it.each<[string, boolean, Partial<PolicyStatus>]>([
    ["where it applies to none of all", true, {}],
    ["where there is nothing that it is about", true, { counts: counts({}), status: "not_tested" }],
    ["not where one complies", false, { counts: counts({ not_applicable: 117, compliant: 1 }) }],
    ["not where one fails", false, { counts: counts({ not_applicable: 117, deviation: 1 }) }],
    ["not where one is unknown", false, { counts: counts({ not_applicable: 117, undetermined: 1 }) }],
    ["not where one broke it", false, { counts: counts({ not_applicable: 117, undetermined: 1, error: 1 }) }],
    ["not where a gap may hide one", false, { population_gap_count: 1 }],
    [
      "not where there is none and a gap may hide one",
      false,
      { counts: counts({}), population_gap_count: 1 },
    ],
  ])("%s", (_what, expected, own) => {
    expect(appliesToNothing(status(own))).toBe(expected);
  });

  it("and is told once, with every control that asks it", () => {
    const [sample] = samplePackage().head.frameworks.flatMap(({ controls }) => controls);
    const asking = (control_id: string, policies: PolicyStatus[]): ControlStatus => ({
      ...sample!,
      control_id,
      policies,
    });
    const active = status({ policy_id: "b", counts: counts({ compliant: 1 }) });
    const told = idlePolicies([
      asking("CC6.1", [status({ policy_id: "c" }), active, status({ policy_id: "a" })]),
      asking("CC6.2", [status({ policy_id: "c" })]),
    ]);
    expect(told.map(({ policy, controls }) => [policy.policy_id, controls])).toEqual([
      ["a", ["CC6.1"]],
      ["c", ["CC6.1", "CC6.2"]],
    ]);
  });
});
