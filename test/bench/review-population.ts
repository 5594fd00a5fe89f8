import { performance } from "node:perf_hooks";
import { computeGrants } from "../../src/access/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { ChangeAdvisor, RevocationVerifier, demandsOf, makePopulation } from "../../src/review/index.ts";
import { buildSubjects } from "../../src/subjects/index.ts";
import { TAKEN_AT } from "../subjects/facts.ts";
import { reviewEstate } from "./review-estate.ts";

/**
 * The population of an access review: `npm run bench -- review-population [secrets] [principals]`, of the estate of `review-estate.ts`.
 */
const [secrets = 20_000, principals = 5_500] = process.argv.slice(2).map(Number);

const facts = reviewEstate(secrets, principals);
const model = computeGrants(facts, { takenAt: TAKEN_AT });
const rules = classificationRules({});
const subjects = [...buildSubjects(facts, model, rules, TAKEN_AT)];
const baseMb = process.memoryUsage().rss / 2 ** 20;
const terms = { assign: "manager", scope: {}, two_people: ["*root*"], unused_days: 90 } as const;
const making = makePopulation({ model, subjects, facts, terms, asOf: TAKEN_AT, query: "benchmark" });
const started = performance.now();
const cpu = process.cpuUsage();
const kept = [];
let [items, pairs] = [0, 0];
let next = making.next();
for (; next.done !== true; next = making.next()) {
  const { item, targets } = next.value;
  items += 1;
  pairs += targets.length;
  if (items % 50 === 0) kept.push(next.value);
  if (item.path.length === 0) throw new Error(`expected a path of ${item.item_id}, got none`);
}
const made = performance.now();
const used = process.cpuUsage(cpu);
const populationMb = process.resourceUsage().maxRSS / 1024;
const verifier = new RevocationVerifier({ model, facts, subjects, asOf: TAKEN_AT });
const advisor = new ChangeAdvisor({ model, facts });
let changes = 0;
for (const { item, targets } of kept) {
  const { demands } = demandsOf({ kind: "revoke" }, item, targets);
  const verdict = verifier.verify({
    store_id: item.store_id,
    principal_id: item.principal.id,
    demands,
    from_at: TAKEN_AT,
  });
  if (verdict.state !== "still_reachable")
    throw new Error(`expected ${item.item_id} reachable, got ${verdict.state}`);
  changes += advisor.changesFor(item, demands).length;
}
const verified = performance.now();
const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;

console.log(
  JSON.stringify({
    secrets,
    principals,
    items,
    pairs,
    population_s: seconds(made - started),
    population_cpu_s: seconds((used.user + used.system) / 1000),
    facts_and_subjects_rss_mb: Math.round(baseMb),
    peak_rss_mb: Math.round(populationMb),
    revocations: kept.length,
    changes,
    verified_and_advised_s: seconds(verified - made),
    complete: next.value.complete,
    items_sha256: next.value.items_sha256,
  }),
);
