import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { reperform, type Collected } from "../../src/collect/index.ts";
import { aws } from "../../src/connectors/index.ts";
import { createEvaluator, loadBundle } from "../../src/policy/index.ts";
import { buildSubjects, documentOf, type ClassificationRules } from "../../src/subjects/index.ts";
import { collecting, estate } from "../connectors/aws/collecting.ts";
import type { AwsAnswer, AwsQuestion } from "../fakes/aws.ts";

const bundle = loadBundle(await readFile(new URL("../../policies/bundle.tar.gz", import.meta.url)));
const evaluator = createEvaluator(bundle);
const RULES: ClassificationRules = {
  labels: {
    environment: ["env"],
    owner: ["owner"],
    expires_at: [],
    tier: ["tier"],
    rotation_period_days: [],
  },
  owners: [],
  break_glass: [],
  tiers: [],
  environments: [],
};

const { collect, seen } = collecting();

const HTML: AwsAnswer = {
  text: "<!DOCTYPE html><html><body>502 Bad Gateway</body></html>",
  status: 500,
  headers: { "content-type": "text/html" },
};

/** What AWS, or what stands before it, may say from some question on, to all that follows. */
const FAULTS: Readonly<Record<string, AwsAnswer>> = {
  "throttling by status": { error: "TooManyRequestsException", status: 429 },
  "throttling by name": { error: "ThrottlingException" },
  "credentials that have expired": { error: "ExpiredTokenException" },
  "a signature that does not match": { error: "SignatureDoesNotMatch", status: 403 },
  "a clock that is off": { error: "RequestTimeTooSkewed", status: 403 },
  "a page of HTML": HTML,
  "a denial by an organisation's policy": {
    error: "AccessDeniedException",
    status: 403,
    message: "with an explicit deny in a service control policy",
  },
};

/** Outcomes by policy and subject. */
function judged({ facts, manifest }: Collected): Map<string, string> {
  const { taken_at: takenAt } = manifest;
  const model = computeGrants(facts, { takenAt });
  const found = new Map<string, string>();
  for (const subject of buildSubjects(facts, model, RULES, takenAt)) {
    for (const { policy_id, outcome } of evaluator.evaluate(documentOf(subject)).outcomes)
      found.set(`${policy_id} ${subject.id}`, outcome);
  }
  return found;
}

/** What failed, or was not known, neither passes nor drops out. What did not apply may pass: less is known of what it is. */
function expectNoneBetter(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): void {
  const better = [...after].filter(([key, outcome]) => {
    const was = before.get(key);
    return (
      (was === "violation" || was === "undetermined") &&
      (outcome === "compliant" || outcome === "not_applicable")
    );
  });
  expect(better).toEqual([]);
  expect([...after].filter(([, outcome]) => outcome === "error")).toEqual([]);
}

/** The estate up to so many questions, and the same answer to all that follow. */
function from(count: number, answer: AwsAnswer): (question: AwsQuestion) => AwsAnswer {
  let left = count;
  return (question) => ((left -= 1) >= 0 ? estate(question) : answer);
}

describe("a fault of AWS that begins in the middle and lasts", () => {
  it.each(Object.entries(FAULTS))("%s, leaves gaps, an end, and no better outcome", async (_name, answer) => {
    const sound = await collect(estate);
    const whole = judged(sound);
    const questions = seen().length;
    for (const part of [0.1, 0.3, 0.5, 0.7, 0.9]) {
      const done = await collect(from(Math.floor(questions * part), answer));
      expect(done.errors).toEqual([]);
      expect(done.facts.gaps.length).toBeGreaterThan(0);
      for (const { status } of done.manifest.sources) expect(status).not.toBe("complete");
      // No question is put more often than the runner may put it.
      expect(seen().length).toBeLessThan(questions * 6);
      expectNoneBetter(whole, judged(done));
      const again = await reperform(done.directory, [aws]);
      expect(again.facts.gaps).toEqual(done.facts.gaps);
    }
  });

  it("a token of a page that comes again and again, of any listing", async () => {
    const sound = await collect(estate);
    const whole = judged(sound);
    const questions = seen().length;
    const endless = (question: AwsQuestion): AwsAnswer => {
      const answer = estate(question);
      return "output" in answer ? { output: { ...answer.output, NextToken: "again" } } : answer;
    };
    const done = await collect(endless);
    expect(done.errors).toEqual([]);
    expect(done.facts.gaps.some(({ reason }) => reason === "limit")).toBe(true);
    expect(seen().length).toBeLessThan(questions * 3);
    expectNoneBetter(whole, judged(done));
  });
});
