import { readFile } from "node:fs/promises";
import { computeGrants } from "../../src/access/index.ts";
import { DEFAULT_LABELS, buildSubjects, documentOf } from "../../src/subjects/index.ts";
import type { FactSet } from "../../src/facts/index.ts";
import { evaluateAll, loadBundle, parseOutcomes, type OutcomeName } from "../../src/policy/index.ts";

const BUNDLE = new URL("../../policies/bundle.tar.gz", import.meta.url);

const RULES = { labels: DEFAULT_LABELS, tiers: [], owners: [], environments: [], break_glass: [] };

/** A violation of a limit that stands in for one that is not known: the subject's tier is hidden, or nobody gave it one. */
export const STRICTEST_ASSUMED = "violation of the strictest limit";

type EstateOutcome = OutcomeName | typeof STRICTEST_ASSUMED;

/** What the whole catalogue says of a snapshot: `<policy> <subject>` to the outcome. */
export async function outcomesOf(
  facts: FactSet,
  takenAt: string,
): Promise<ReadonlyMap<string, EstateOutcome>> {
  const bundle = loadBundle(await readFile(BUNDLE));
  const subjects = buildSubjects(facts, computeGrants(facts, { takenAt }), RULES, takenAt);
  const lines = subjects.map((subject) => documentOf(subject));
  const outcomes = new Map<string, EstateOutcome>();
  for await (const judged of evaluateAll(bundle, lines)) {
    const { outcomes: said, subject_id } = parseOutcomes(judged);
    for (const { policy_id, outcome, tier_assumed } of said) {
      const assumed = outcome === "violation" && tier_assumed !== undefined;
      outcomes.set(`${policy_id} ${subject_id}`, assumed ? STRICTEST_ASSUMED : outcome);
    }
  }
  return outcomes;
}
