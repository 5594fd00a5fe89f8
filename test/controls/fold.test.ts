import { describe, expect, it } from "vitest";
import { ControlStatus, OutcomeTally, hidesMembers, sumOf } from "../../src/controls/index.ts";
import { compileSchema } from "../../src/facts/index.ts";
import type { Mapping } from "../../src/controls/index.ts";
import { BOTH, EMPTY, OPEN, SUPPORTED, fold, type Judgement } from "./fixtures.ts";

const schema = compileSchema(ControlStatus);

const HELD: readonly Judgement[] = [
  ["value_old", "compliant"],
  ["value_old", "compliant"],
  ["key_old", "compliant"],
  ["readers_many", "compliant"],
];

interface Case {
  readonly what: string;
  readonly mapping: Mapping;
  readonly outcomes: readonly Judgement[];
  readonly hidden?: Parameters<typeof fold>[2];
  readonly status: string;
  readonly why: string;
}

const CASES: readonly Case[] = [
  {
    what: "everything held",
    mapping: BOTH,
    outcomes: HELD,
    status: "satisfied",
    why: "All applicable results hold (4).",
  },
  {
    what: "one violation among many that held",
    mapping: BOTH,
    outcomes: [...HELD, ["value_old", "violation"]],
    status: "deviation",
    why: "Deviations in 1 of 5 results: value_old 1.",
  },
  {
    what: "a violation of a supporting policy alone",
    mapping: BOTH,
    outcomes: [...HELD, ["readers_many", "violation"]],
    status: "deviation",
    why: "Deviations in 1 of 5 results: readers_many 1.",
  },
  {
    what: "one unknown among many that held",
    mapping: BOTH,
    outcomes: [...HELD, ["value_old", "undetermined"]],
    status: "undetermined",
    why: "Undetermined in 1 of 5 results: value_old 1. Results that hold: 4.",
  },
  {
    what: "a policy that fails",
    mapping: BOTH,
    outcomes: [...HELD, ["key_old", "error"]],
    status: "undetermined",
    why: "Undetermined in 1 of 5 results (the policy itself failed: 1): key_old 1. Results that hold: 4.",
  },
  {
    what: "a violation beside an unknown",
    mapping: BOTH,
    outcomes: [...HELD, ["value_old", "violation"], ["key_old", "undetermined"]],
    status: "deviation",
    why: "Deviations in 1 of 6 results: value_old 1. Undetermined in 1 of 6 results: key_old 1.",
  },
  {
    what: "a population that could not be listed in full",
    mapping: BOTH,
    outcomes: HELD,
    hidden: ["secret", "mount"],
    status: "undetermined",
    why: "Not everything could be listed, so more may exist: key (gaps: 1), secret (gaps: 2). Results that hold: 4.",
  },
  {
    what: "a gap that hides no member of the population",
    mapping: BOTH,
    outcomes: HELD,
    hidden: ["sink", "secret_metadata"],
    status: "satisfied",
    why: "All applicable results hold (4).",
  },
  {
    what: "nothing of one kind to test",
    mapping: BOTH,
    outcomes: HELD.filter(([policy]) => policy !== "key_old"),
    status: "satisfied",
    why: "All applicable results hold (3). There was nothing to test of kind key.",
  },
  {
    what: "nothing to test at all",
    mapping: BOTH,
    outcomes: [],
    status: "not_tested",
    why: "There was nothing to test of kind key, secret.",
  },
  {
    what: "nothing to test, and what there may be hidden",
    mapping: BOTH,
    outcomes: [],
    hidden: ["secret"],
    status: "undetermined",
    why: "Not everything could be listed, so more may exist: secret (gaps: 1). Could not be tested, as none could be read: secret. There was nothing to test of kind key.",
  },
  {
    what: "subjects of which none is meant",
    mapping: BOTH,
    outcomes: [
      ["value_old", "not_applicable"],
      ["key_old", "not_applicable"],
      ["readers_many", "not_applicable"],
    ],
    status: "not_applicable",
    why: "Nothing that was found is what this control speaks of (results: 3).",
  },
  {
    what: "one kind of which none is meant and another without subjects",
    mapping: BOTH,
    outcomes: [["value_old", "not_applicable"]],
    status: "not_tested",
    why: "There was nothing to test of kind key, secret.",
  },
  {
    what: "everything held, and a direct part that no policy answers",
    mapping: OPEN,
    outcomes: [["value_old", "compliant"]],
    status: "undetermined",
    why: "Results that hold: 1. No policy answers this part of it, so it stays open as a whole: people who left lost access in time.",
  },
  {
    what: "nothing that is meant, and a direct part that no policy answers",
    mapping: OPEN,
    outcomes: [["value_old", "not_applicable"]],
    status: "not_tested",
    why: "No policy answers this part of it: people who left lost access in time.",
  },
  {
    what: "supporting policies alone that held",
    mapping: SUPPORTED,
    outcomes: [["readers_many", "compliant"]],
    status: "not_tested",
    why: "Only supporting policies speak for it (results that hold: 1); they do not answer it by themselves.",
  },
  {
    what: "supporting policies alone that failed",
    mapping: SUPPORTED,
    outcomes: [["readers_many", "violation"]],
    status: "deviation",
    why: "Deviations in 1 of 1 results: readers_many 1.",
  },
  {
    what: "no policy",
    mapping: EMPTY,
    outcomes: HELD,
    status: "not_tested",
    why: "No policy answers this yet.",
  },
];

describe("foldControls", () => {
  it.each(CASES)("$status: $what", ({ mapping, outcomes, hidden = [], status, why }) => {
    const control = fold(mapping, outcomes, hidden);
    expect(schema.fits(control), schema.complaint()).toBe(true);
    expect({ status: control.status, why: control.why }).toEqual({ status, why });
  });

  it("counts by policy and in all, and says how many subjects there were", () => {
    const { counts, subjects, policies } = fold(BOTH, [
      ...HELD,
      ["value_old", "violation"],
      ["value_old", "undetermined"],
      ["key_old", "error"],
      ["key_old", "not_applicable"],
      ["log_missing", "violation"],
    ]);
    expect(counts).toEqual({
      population: 8,
      compliant: 4,
      deviation: 1,
      waived: 0,
      undetermined: 2,
      not_applicable: 1,
      error: 1,
    });
    expect(subjects).toEqual({ key: 3, secret: 4 });
    expect(policies.map(({ policy_id, strength, status }) => [policy_id, strength, status])).toEqual([
      ["key_old", "direct", "undetermined"],
      ["value_old", "direct", "deviation"],
      ["readers_many", "supporting", "satisfied"],
    ]);
    expect(sumOf(policies.map((policy) => policy.counts))).toEqual(counts);
  });

  it("carries over what the mapping says of the control", () => {
    expect(fold(EMPTY, [])).toMatchObject({
      framework: "example-1",
      control_id: "X.1",
      title: "keep it safe",
      attestation_needed: true,
      unanswered: [{ family: "manual", title: "a person's attestation", strength: "direct" }],
      note: "by people",
      other_edition: "Y.9",
      verify: true,
    });
  });

  it("names the most numerous policies first and no more than three", () => {
    const { why } = fold(BOTH, [
      ["value_old", "violation"],
      ["value_old", "violation"],
      ["readers_many", "violation"],
      ["key_old", "violation"],
    ]);
    expect(why).toBe("Deviations in 4 of 4 results: value_old 2, key_old 1, readers_many 1.");
  });
});

describe("OutcomeTally", () => {
  it("counts an error of the policy as undetermined, and as an error", () => {
    const tally = new OutcomeTally();
    tally.add({ policy_id: "value_old", outcome: "error" });
    expect(tally.of("value_old")).toMatchObject({ population: 1, undetermined: 1, error: 1, compliant: 0 });
  });

  it("has only zeros for a policy that judged nothing", () => {
    expect(new Set(Object.values(new OutcomeTally().of("value_old")))).toEqual(new Set([0]));
  });
});

describe("a gap of groups", () => {
  it("may hide principals, since a directory may fill one, and nothing else", () => {
    expect(hidesMembers({ hides: ["group"] }, "principal")).toBe(true);
    expect(hidesMembers({ hides: ["group"] }, "secret")).toBe(false);
  });
});
