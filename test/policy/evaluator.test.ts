import { loadPolicy } from "@open-policy-agent/opa-wasm";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { canonicalJson, sha256 } from "../../src/base/index.ts";
import { compileSchema } from "../../src/facts/index.ts";
import {
  MAX_SUBJECT_BYTES,
  SubjectOutcomes,
  createEvaluator,
  type Bundle,
  type Evaluator,
  type OutcomeName,
} from "../../src/policy/index.ts";
import { instantiate } from "../../src/policy/program.ts";
import { FAULTY, POLICIES, bundleOf, hiding, secret } from "./fixtures.ts";

const outcomesSchema = compileSchema(SubjectOutcomes);

describe("good policies", () => {
  let bundle: Bundle;
  let evaluator: Evaluator;
  beforeAll(async () => {
    bundle = await bundleOf(POLICIES);
    evaluator = createEvaluator(bundle);
  });
  const outcomesOf = (line: Buffer): Record<string, OutcomeName> =>
    Object.fromEntries(
      evaluator.evaluate(line).outcomes.map(({ policy_id, outcome }) => [policy_id, outcome]),
    );

  test("judge what is known", () => {
    const known = secret({
      tier: "low",
      value_age_days: 180,
      owner: "payments",
      readers: { count: 2, external: 1 },
    });
    expect(outcomesOf(known)).toEqual({
      external_readers: "violation",
      owner_missing: "compliant",
      rotation_overdue: "compliant",
    });
  });

  test("leave open what is not known", () => {
    expect(outcomesOf(secret())).toEqual({
      external_readers: "undetermined",
      owner_missing: "violation",
      rotation_overdue: "undetermined",
    });
  });

  test("lose what rests on absence to a gap, and keep what was seen", () => {
    const fields = {
      value_age_days: 400,
      readers: { count: 2, external: 1 },
      gaps: hiding("secret_metadata", "grant"),
    };
    expect(outcomesOf(secret(fields))).toEqual({
      external_readers: "violation",
      owner_missing: "undetermined",
      rotation_overdue: "violation",
    });
  });

  test("give an outcome that says everything", () => {
    const line = secret({ value_age_days: 31, gaps: hiding("secret_metadata") });
    const { outcomes, ...judged } = evaluator.evaluate(line);
    expect(judged).toEqual({
      input_digest: sha256(line),
      subject_id: "kv/payments/db",
      subject_kind: "secret",
    });
    expect(outcomes.find(({ policy_id }) => policy_id === "rotation_overdue")).toEqual({
      policy_id: "rotation_overdue",
      outcome: "violation",
      severity: "high",
      violations: [{ actual: 31, expected: "at most 30 days", message: "the value is 31 days old" }],
      hidden: ["secret_metadata"],
      params: { limit_days: 30 },
      tier_assumed: "strictest",
    });
  });

  test("take the parameters of the subject's tier, and the strictest without one", () => {
    const limits = ["critical", "high", "standard", "low", undefined].map((tier) => {
      const line = secret({ value_age_days: 1, ...(tier === undefined ? {} : { tier }) });
      const { params, tier_assumed } = evaluator.evaluate(line).outcomes[2]!;
      return [params["limit_days"], tier_assumed];
    });
    expect(limits).toEqual([
      [30, undefined],
      [60, undefined],
      [90, undefined],
      [180, undefined],
      [30, "strictest"],
    ]);
  });

  test("take the strictest parameters for a tier that could not be decided", () => {
    const line = secret({ value_age_days: 1, tier: "low", undecided: ["tier"] });
    expect(evaluator.evaluate(line).outcomes[2]).toMatchObject({
      params: { limit_days: 30 },
      tier_assumed: "strictest",
    });
    const owner = secret({ value_age_days: 1, tier: "low", undecided: ["owner"] });
    expect(evaluator.evaluate(owner).outcomes[2]).not.toHaveProperty("tier_assumed");
  });

  test("accuse nobody by the limits of a tier that could not be decided", () => {
    const aged = (value_age_days: number, own: object = { tier: "critical", undecided: ["tier"] }) =>
      evaluator.evaluate(secret({ value_age_days, ...own, gaps: hiding("secret_metadata") })).outcomes[2];
    // Too old for a critical one alone, or for one of any tier.
    expect(aged(31)).toMatchObject({ outcome: "undetermined", violations: [], hidden: ["secret_metadata"] });
    expect(aged(180)).toMatchObject({ outcome: "undetermined" });
    expect(aged(181)).toMatchObject({ outcome: "violation", tier_assumed: "strictest" });
    expect(aged(31, {})).toMatchObject({ outcome: "violation", tier_assumed: "strictest" });
    // What hides the labels is named, whatever else the policy needs.
    const elsewhere = secret({ value_age_days: 31, undecided: ["tier"], gaps: hiding("resource_labels") });
    expect(evaluator.evaluate(elsewhere).outcomes[2]).toMatchObject({
      outcome: "undetermined",
      hidden: ["resource_labels"],
    });
  });

  test("obey the settings", () => {
    const strict = createEvaluator(bundle, { rotation_overdue: { limit_days: { low: 3 } } });
    expect(strict.evaluate(secret({ tier: "low", value_age_days: 4 })).outcomes[2]).toMatchObject({
      outcome: "violation",
      params: { limit_days: 3 },
    });
  });

  test("never pass a subject over what a gap hides", () => {
    const known = { lifetime: fc.constantFrom("static", "leased"), mounts: fc.constant([]) };
    const unknown = { value_age_days: fc.nat(400), owner: fc.constantFrom("", "payments") };
    const tier = { tier: fc.constantFrom("critical", "high", "standard", "low") };
    const subject = fc.record({ ...known, ...unknown, ...tier }, { requiredKeys: ["lifetime", "mounts"] });
    fc.assert(
      fc.property(subject, (fields) => {
        const { outcomes } = evaluator.evaluate(
          secret({ ...fields, gaps: hiding("secret_metadata", "grant") }),
        );
        for (const { outcome, hidden } of outcomes) {
          expect(["undetermined", "violation"]).toContain(outcome);
          expect(hidden).toHaveLength(1);
        }
      }),
    );
  });

  test("give outcomes that fit the contract and print as canonical JSON", () => {
    const fields = [{}, { value_age_days: 400 }, { tier: "low", readers: { count: 1, external: 1 } }];
    for (const judged of fields.map((each) => evaluator.evaluate(secret(each)))) {
      expect(outcomesSchema.fits(judged), outcomesSchema.complaint()).toBe(true);
      expect(JSON.stringify(judged)).toBe(canonicalJson(judged));
    }
  });

  test("say nothing about subjects of other kinds", () => {
    expect(evaluator.evaluate(secret({ kind: "store" })).outcomes).toEqual([]);
  });

  test.each([
    ["not JSON", Buffer.from("{")],
    ["no subject", Buffer.from("[]")],
    ["a kind that is none", secret({ kind: "vault" })],
    ["a tier that is none", secret({ tier: "highest" })],
    ["no gaps", Buffer.from('{"id":"a","kind":"secret"}')],
    ["too many bytes", secret({ id: "x".repeat(MAX_SUBJECT_BYTES) })],
  ])("refuse a line with %s", (_, line) => {
    expect(() => evaluator.evaluate(line)).toThrow(expect.objectContaining({ code: "E_INPUT" }));
  });
});

test("the direct call gives what the library gives", async () => {
  const { module } = (await bundleOf(POLICIES)).modules[0]!;
  const data = { params: { rotation_overdue: { limit_days: 30 }, external_readers: { limit_count: 0 } } };
  const program = instantiate(module, data);
  const policy = await loadPolicy(module);
  policy.setData(data);
  const subjects = [
    { id: "kv/überweisung/äöü€😀", value_age_days: 31 },
    { owner: "payments", readers: { count: 1, external: 0 } },
    { mounts: Array.from({ length: 400 }, (_, index) => ({ type: `kv${index}` })) },
    { labels: { note: 'tab\t, quote ", backslash \\ and \u0000 too' } },
  ];
  for (const [entrypoint, number] of Object.entries(program.entrypoints)) {
    for (const fields of subjects) {
      const line = secret(fields);
      const input = { subject: JSON.parse(line.toString()) as unknown };
      const [first] = policy.evaluate(input, entrypoint) as { result: unknown }[];
      expect(program.run(line, number)).toEqual(first?.result);
    }
  }
});

describe("policies at fault", () => {
  let evaluator: Evaluator;
  beforeAll(async () => {
    evaluator = createEvaluator(await bundleOf(FAULTY));
  });

  test("fail alone: a conflict spoils the call, and the others are asked singly", () => {
    const { outcomes } = evaluator.evaluate(secret({ value_age_days: 30 }));
    expect(outcomes.map(({ policy_id, outcome }) => [policy_id, outcome])).toEqual([
      ["conflicting", "error"],
      ["contradictory", "error"],
      ["shapeless", "error"],
      ["steady", "compliant"],
    ]);
    expect(outcomes.map(({ error }) => error?.message)).toEqual([
      expect.stringMatching(/^conflicting: .*conflict/) as string,
      "contradictory: expected either compliant or a violation, got both",
      "shapeless: expected violations of the form {actual, expected, message}, with thing or without, got another",
      undefined,
    ]);
  });

  test("do not fail where their fault does not show, after one that did", () => {
    evaluator.evaluate(secret({ value_age_days: 30 }));
    const names = evaluator.evaluate(secret({ value_age_days: 15 })).outcomes.map(({ outcome }) => outcome);
    expect(names).toEqual(["compliant", "compliant", "undetermined", "compliant"]);
  });

  test("violations come in order, with ordered keys", () => {
    const steady = evaluator.evaluate(secret({ value_age_days: 250 })).outcomes[3]!;
    expect(steady.violations.map(({ expected }) => expected)).toEqual([100, 200]);
    expect(JSON.stringify(steady)).toBe(canonicalJson(steady));
  });
});
