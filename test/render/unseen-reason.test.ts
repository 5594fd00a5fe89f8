import { describe, expect, it } from "vitest";
import type { ControlStatus } from "../../src/controls/index.ts";
import { unseenReason } from "../../src/render/pdf/sections/frameworks.ts";
import { samplePackage } from "./package.ts";
import { counts } from "./sample.ts";

const sample = samplePackage()
  .head.frameworks.flatMap(({ controls }) => controls)
  .find(({ policies }) => policies.length > 0);

const reason = (own: Partial<ControlStatus>): string[] =>
  unseenReason({
    ...sample!,
    status: "undetermined",
    counts: counts({ compliant: 3 }),
    unanswered: [],
    ...own,
  });

describe("why a control is undetermined without an undetermined result", () => {
  it("is a gap, a part without a policy, or both", () => {
    const policies = sample!.policies.map((policy) => ({ ...policy, population_gap_count: 2 }));
    const whole = sample!.policies.map((policy) => ({ ...policy, population_gap_count: 0 }));
    const unanswered = [{ family: "x", title: "X", strength: "direct" as const }];
    expect(reason({ policies })).toEqual(["gaps may hide more to test"]);
    expect(reason({ policies: whole, unanswered })).toEqual(["no policy answers a part of it"]);
    expect(reason({ policies, unanswered })).toHaveLength(2);
  });

  it("is not said where a result is, or of another status", () => {
    expect(reason({ counts: counts({ undetermined: 1 }) })).toEqual([]);
    expect(reason({ status: "deviation" })).toEqual([]);
  });
});
