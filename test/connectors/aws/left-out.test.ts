import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { computeGrants } from "../../../src/access/index.ts";
import type { Collected } from "../../../src/collect/index.ts";
import { populationsOf } from "../../../src/evidence/populations.ts";
import { createEvaluator, loadBundle } from "../../../src/policy/index.ts";
import {
  buildSubjects,
  documentOf,
  type ClassificationRules,
  type Subject,
} from "../../../src/subjects/index.ts";
import type { AwsAnswer, AwsQuestion } from "../../fakes/aws.ts";
import { ACCOUNT, REGION } from "./answers.ts";
import { SOURCE, collecting, estate } from "./collecting.ts";

const bundle = loadBundle(await readFile(new URL("../../../policies/bundle.tar.gz", import.meta.url)));
const evaluator = createEvaluator(bundle);
const RULES: ClassificationRules = {
  labels: { environment: [], owner: ["owner"], expires_at: [], tier: ["tier"], rotation_period_days: [] },
  owners: [],
  break_glass: [],
  tiers: [],
  environments: [],
};

const OTHERS = ["ap-south-1", "eu-north-1", "eu-west-1", "us-east-1", "us-west-2"];

const { collect, seen } = collecting();

const enabled = (names: readonly string[]): AwsAnswer => ({
  output: {
    Regions: names.map((RegionName) => ({ RegionName, OptInStatus: "opt-in-not-required" })),
  },
});

/** The estate of one Region, in an account that has these enabled. */
const withRegions =
  (names: readonly string[]) =>
  (question: AwsQuestion): AwsAnswer =>
    question.action === "DescribeRegions" ? enabled(names) : estate(question);

const withoutNames = (question: AwsQuestion): AwsAnswer =>
  question.action === "DescribeRegions" ? { error: "UnauthorizedOperation", status: 403 } : estate(question);

interface Judged {
  readonly subjects: readonly Subject[];
  /** By policy and subject. */
  readonly outcomes: ReadonlyMap<string, string>;
}

function judged({ facts, manifest }: Collected): Judged {
  const { taken_at: takenAt } = manifest;
  const subjects = [...buildSubjects(facts, computeGrants(facts, { takenAt }), RULES, takenAt)];
  const outcomes = subjects.flatMap((subject) =>
    evaluator
      .evaluate(documentOf(subject))
      .outcomes.map(({ policy_id, outcome }) => [`${policy_id} ${subject.id}`, outcome] as const),
  );
  return { subjects, outcomes: new Map(outcomes) };
}

const undetermined = ({ outcomes }: Judged): string[] =>
  [...outcomes].filter(([, outcome]) => outcome === "undetermined").map(([key]) => key);

const storesOf = ({ subjects }: Judged): string[] =>
  subjects.filter(({ kind }) => kind === "store").map(({ id }) => id);

describe("Regions that the settings leave out", () => {
  it("are a gap each, no stores, and change no outcome of what is read but where something in them could", async () => {
    const whole = judged(await collect(withRegions([REGION])));
    const done = await collect(withRegions([REGION, ...OTHERS]), { regions: [REGION] });
    expect(done.facts.gaps.map(({ scope }) => scope).sort()).toEqual(
      OTHERS.map((region) => `${SOURCE}/${ACCOUNT}/${region}`),
    );
    const some = judged(done);
    expect(storesOf(some)).toEqual([`${SOURCE}:${ACCOUNT}/${REGION}`]);
    const kinds = new Map(some.subjects.map(({ id, kind }) => [id, kind]));
    const changed = [...some.outcomes].filter(([key, outcome]) => whole.outcomes.get(key) !== outcome);
    expect(changed.length).toBeGreaterThan(0);
    for (const [key, outcome] of changed) {
      // A policy of a secret or key there may let a principal in; secrets and keys here it does not touch.
      expect([outcome, kinds.get(key.slice(key.indexOf(" ") + 1))]).toEqual([
        "undetermined",
        expect.stringMatching(/^(principal|estate)$/) as string,
      ]);
    }
    const [secrets] = populationsOf(done.facts, [SOURCE], []).filter(
      ({ subject_kind }) => subject_kind === "secret",
    );
    expect(secrets).toMatchObject({ listed: 3, collected: 3, excluded: OTHERS.length });
    const regions = new Set(seen().map(({ region }) => region));
    for (const region of OTHERS.filter((name) => name !== "us-east-1")) expect(regions).not.toContain(region);
  });

  it("are no more undetermined the more of them there are", async () => {
    const few = judged(await collect(withRegions([REGION, "eu-west-1"]), { regions: [REGION] }));
    const many = judged(await collect(withRegions([REGION, ...OTHERS]), { regions: [REGION] }));
    expect(many.outcomes).toEqual(few.outcomes);
  });

  it("leave no less undetermined where nobody tells which there are", async () => {
    const told = judged(await collect(withRegions([REGION, ...OTHERS]), { regions: [REGION] }));
    for (const settings of [{ regions: [REGION] }, {}]) {
      const hidden = judged(await collect(withoutNames, settings));
      expect(undetermined(hidden).length).toBeGreaterThanOrEqual(undetermined(told).length);
      const better = undetermined(told).filter((key) => {
        const outcome = hidden.outcomes.get(key);
        return outcome !== undefined && outcome !== "undetermined";
      });
      expect(better).toEqual([]);
      // Nothing passes that is not known where they are.
      expect(storesOf(hidden)).toEqual([SOURCE]);
    }
  });

  it("leave no store at all where the one that is to be read is off", async () => {
    const done = await collect(withRegions(OTHERS), { regions: [REGION] });
    expect(storesOf(judged(done))).toEqual([]);
  });
});
