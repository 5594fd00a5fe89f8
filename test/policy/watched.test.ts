import { readdir } from "node:fs/promises";
import { beforeAll, describe, expect, test } from "vitest";
import {
  Overruns,
  beginEvaluation,
  evaluateAll,
  openOutcomeCache,
  parseOutcomes,
  unitedBundle,
  type Bundle,
  type EvaluateOptions,
  type Outcome,
} from "../../src/policy/index.ts";
import { POLICIES, UNBOUNDED, bundleOf, directoryOf, secret } from "./fixtures.ts";

/** Several times two seconds pass until a policy is given up. */
const TIMEOUT_MS = 120_000;

const TOO_LONG = "endless: expected an answer within 2 s, got none";
const GIVEN_UP = "endless: given up: its evaluation had to be ended for 3 subjects, since it took too long";

const ownedBy = (...owners: readonly string[]): Buffer[] =>
  owners.map((owner, index) => secret({ id: `kv/${index}`, owner, value_age_days: 1 }));

describe("a policy of one's own that never ends", { timeout: TIMEOUT_MS }, () => {
  let ours: Bundle;
  let bundle: Bundle;
  beforeAll(async () => {
    ours = await bundleOf(POLICIES);
    bundle = unitedBundle([ours, await bundleOf(UNBOUNDED, { own: true })]);
  });

  async function judged(lines: readonly Buffer[], options: EvaluateOptions = {}): Promise<Outcome[][]> {
    const found: Outcome[][] = [];
    for await (const outcomes of evaluateAll(bundle, lines, options))
      found.push(parseOutcomes(outcomes).outcomes);
    return found;
  }
  const of = (policyId: string, outcomes: readonly Outcome[][]): string[] =>
    outcomes.map((each) => {
      const found = each.find(({ policy_id }) => policy_id === policyId);
      return found?.error?.message ?? found?.outcome ?? "none";
    });

  test("is an error where it does not answer, and is given up; all others are judged as ever", async () => {
    const lines = ownedBy("a", "endless", "b", "endless", "endless", "c", "endless");
    const overruns = new Overruns();
    const outcomes = await judged(lines, { overruns });
    expect(of("endless", outcomes)).toEqual([
      "compliant",
      TOO_LONG,
      "compliant",
      TOO_LONG,
      TOO_LONG,
      GIVEN_UP,
      GIVEN_UP,
    ]);
    expect(of("bounded", outcomes)).toEqual(lines.map(() => "compliant"));
    const known = new Set(ours.catalogue.policies.map(({ policy_id }) => policy_id));
    const alone: Outcome[][] = [];
    for await (const each of evaluateAll(ours, lines)) alone.push(parseOutcomes(each).outcomes);
    expect(outcomes.map((each) => each.filter(({ policy_id }) => known.has(policy_id)))).toEqual(alone);
    // The next evaluation of the same command does not try it again.
    expect(of("endless", await judged(ownedBy("endless", "a"), { overruns }))).toEqual([GIVEN_UP, GIVEN_UP]);
  });

  test("is found in each of several threads", async () => {
    const lines = ownedBy(
      ...Array.from({ length: 600 }, (_, index) => (index % 200 === 7 ? "endless" : "a")),
    );
    const outcomes = await judged(lines, { workers: 2 });
    const ends = of("endless", outcomes);
    expect([ends[7], ends[207], ends[407]].every((end) => end === TOO_LONG || end === GIVEN_UP)).toBe(true);
    expect(ends.filter((end) => end === "compliant").length).toBeGreaterThan(0);
    expect(of("bounded", outcomes)).toEqual(lines.map(() => "compliant"));
    expect(outcomes).toHaveLength(lines.length);
  });

  test("is not remembered as an error of that subject", async () => {
    const directory = await directoryOf({});
    const run = async (owner: string): Promise<boolean[]> => {
      const cache = await openOutcomeCache(directory, bundle, { random: Math.random });
      try {
        const cached: boolean[] = [];
        for await (const each of evaluateAll(bundle, ownedBy(owner), { cache })) cached.push(each.cached);
        return cached;
      } finally {
        cache.close();
      }
    };
    expect([await run("endless"), await run("a"), await run("a")]).toEqual([[false], [false], [true]]);
    expect(await readdir(directory)).toEqual(["outcomes.pack"]);
    expect(await run("endless")).toEqual([false]);
  });
});

test("policies of our own alone are judged in this thread", async () => {
  let started = 0;
  const count = (): void => void (started += 1);
  process.on("worker", count);
  try {
    for (const own of [false, true]) {
      const bundle = await bundleOf(POLICIES, { own });
      for await (const outcomes of evaluateAll(bundle, ownedBy("a"))) {
        expect(parseOutcomes(outcomes).outcomes).toHaveLength(3);
      }
      expect(started).toBe(own ? 1 : 0);
    }
  } finally {
    process.off("worker", count);
  }
});

test("groups of one evaluation share their thread", async () => {
  let started = 0;
  const count = (): void => void (started += 1);
  process.on("worker", count);
  const evaluation = beginEvaluation(await bundleOf(POLICIES, { own: true }));
  try {
    const ids: string[] = [];
    for (const lines of [ownedBy("a", "b"), [], ownedBy("c")])
      for await (const outcomes of evaluation.evaluate(lines)) ids.push(parseOutcomes(outcomes).subject_id);
    expect(ids).toEqual(["kv/0", "kv/1", "kv/0"]);
    expect(started).toBe(1);
  } finally {
    process.off("worker", count);
    await evaluation.close();
  }
});
