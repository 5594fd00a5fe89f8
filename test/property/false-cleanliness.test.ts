import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FactSet, type Fact, type FactKind, type Gap, type RawRecord } from "../../src/facts/index.ts";
import { TIERS, type Outcome } from "../../src/policy/index.ts";
import type { Subject } from "../../src/subjects/index.ts";
import {
  REFUSED,
  collectedWithout,
  exampleRecords,
  judge,
  openExample,
  type Judgement,
  type JudgedOutcome,
} from "../evidence/example.ts";
import { logFacts } from "../evidence/logged.ts";

/**
 * The property of the product: whatever could not be read, nothing looks better for it, and nobody is accused. The recorded estate is judged
 * with a random part of it refused, and held against the judgement of the whole.
 */
const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? { numRuns: 200 } : { numRuns: 10, seed: 20260930 };
const TIME_LIMIT_MS = SLOW ? 3_600_000 : 300_000;

const example = await openExample();
const records = await exampleRecords(example);
const unlogged = await collectedWithout(example, records, () => false);
const log = logFacts(unlogged, example.manifest.taken_at);

/** With the audit log that was ingested, which is there whatever the store refuses. */
const withLog = (facts: FactSet): FactSet => new FactSet([...facts.all(), ...log], facts.gaps);

const whole = withLog(unlogged);
const before = judge(example, whole);
const everything = [...whole.all()];
const kinds = Object.keys(whole.counts()) as FactKind[];

/** Kinds by which the members of a population are named. */
const NAMED_BY: Readonly<Record<string, readonly FactKind[]>> = {
  certificate: ["certificate"],
  key: ["key"],
  principal: ["auth_role", "group", "principal"],
  secret: ["secret"],
  sink: ["sink"],
  token: ["token"],
};

/** What rests on a fact alone, such as a login that is perhaps somebody's, goes with the fact: nothing tells that it was there. */
function unknownByGap(outcome: Outcome | undefined): boolean {
  return outcome?.outcome === "undetermined" && outcome.hidden.length > 0;
}

/** How far a refusal reaches: the thing itself, everything beside and below it, the whole store. */
const REACHES = ["thing", "folder", "store"] as const;

interface Refusal {
  readonly kind: FactKind;
  readonly reach: (typeof REACHES)[number];
  /** Which facts of the kind, as places in it from 0 to 1. */
  readonly places: readonly number[];
}

const refusals: fc.Arbitrary<Refusal[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    reach: fc.constantFrom(...REACHES),
    places: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 1, maxLength: 40 }),
  }),
  { minLength: 1, maxLength: 8 },
);

function gapsOf({ kind, reach, places }: Refusal): Gap[] {
  const list: readonly Fact[] = whole.of(kind);
  return places.flatMap((place) => {
    const fact = list[Math.floor(place * list.length)];
    return fact === undefined ? [] : [gapFor(fact, reach)];
  });
}

function gapFor({ kind, id, store_id, scope }: Fact, reach: Refusal["reach"]): Gap {
  const folder = id.replace(/[^/:]*[/:]?$/, "");
  return {
    store_id,
    scope,
    ...(reach === "store" ? {} : { resource: reach === "thing" ? id : folder }),
    operation: `test.${kind}`,
    reason: "denied",
    hides: [kind],
    detail: REFUSED,
  };
}

function hidden(fact: Fact, gaps: readonly Gap[]): boolean {
  return gaps.some(({ hides, resource }) => {
    if (!hides.includes(fact.kind)) return false;
    if (resource === undefined || resource === fact.id) return true;
    return /[/:]$/.test(resource) && fact.id.startsWith(resource);
  });
}

/** What a token says of itself, whoever it belongs to. */
const OF_TOKENS: readonly string[] = ["root_token_alive", "token_ttl_unbounded"];

/**
 * A principal that there is only because something could not be read, such as a token whose identity is hidden, is new:
 * that a policy is not about it claims nothing, and a token's own state is as it was.
 */
function newcomer({ outcome, policy_id, subject_id, subject_kind }: JudgedOutcome): boolean {
  if (subject_kind !== "principal" || subjectsBefore.has(subject_id)) return false;
  const ownState = subject_id.includes("auth/token/accessor/") && OF_TOKENS.includes(policy_id);
  return outcome === "not_applicable" || ownState;
}

/** What looks better than before; nothing may. */
function cleaner(after: Judgement): string[] {
  const outcomes = [...after.outcomes].flatMap(([name, judged]) => {
    const { outcome } = judged;
    const was = before.outcomes.get(name)?.outcome ?? "unseen";
    const better = outcome === "compliant" || outcome === "not_applicable";
    return better && was !== outcome && !newcomer(judged) ? [`${name}: ${was} → ${outcome}`] : [];
  });
  const controls = [...after.controls].flatMap(([name, status]) => {
    const was = before.controls.get(name) ?? "unseen";
    const better = status === "satisfied" || status === "not_applicable";
    return better && was !== status ? [`${name}: ${was} → ${status}`] : [];
  });
  return [...outcomes, ...controls];
}

/** How strictly a subject is judged: the smaller, the stricter. Without a tier, or an undecided one, as strictly as can be. */
function laxity({ tier, undecided = [] }: Subject): number {
  return tier === undefined || undecided.includes("tier") ? -1 : TIERS.indexOf(tier);
}

const subjectsBefore = new Map(before.subjects.map((subject) => [subject.id, subject]));

/** Subjects that are judged by laxer limits than before, were given another owner, or exempted. */
function laxer(after: Judgement): string[] {
  return after.subjects.flatMap((subject) => {
    const was = subjectsBefore.get(subject.id);
    if (was === undefined) return [];
    const reowned = subject.owner !== undefined && subject.owner !== was.owner;
    const exempted =
      subject.kind === "principal" && was.kind === "principal" && subject.break_glass && !was.break_glass;
    return laxity(subject) > laxity(was) || reowned || exempted ? [subject.id] : [];
  });
}

const absent = new Set(
  example.bundle.catalogue.policies.filter((entry) => entry.rests_on_absence).map((entry) => entry.policy_id),
);

/** Violations by something that was seen, and is still seen, that are violations no more. */
function lost(after: Judgement): string[] {
  return [...before.outcomes].flatMap(([name, { outcome, policy_id }]) =>
    outcome === "violation" && !absent.has(policy_id) && after.outcomes.get(name)?.outcome !== "violation"
      ? [name]
      : [],
  );
}

/** What passed, or was not known, and is held against someone since something is hidden; what is seen only now is new. */
function accused(after: Judgement): string[] {
  return [...after.outcomes].flatMap(([name, { outcome }]) => {
    const was = before.outcomes.get(name)?.outcome;
    return outcome === "violation" && was !== undefined && was !== "violation" ? [`${name}: ${was}`] : [];
  });
}

/** Populations that lost members and do not say so. */
function silentLosses(facts: FactSet, { populations }: Judgement): string[] {
  return Object.entries(NAMED_BY).flatMap(([population, named]) => {
    const lost = named.some((kind) => facts.of(kind).length < whole.of(kind).length);
    const shown = populations.some(
      ({ subject_kind, gap_count }) => subject_kind === population && gap_count > 0,
    );
    return lost && !shown ? [population] : [];
  });
}

/** How often each outcome of a policy was found. */
function found(judged: Judgement, policy: string): Readonly<Record<string, number>> {
  const outcomes = [...judged.outcomes.values()].filter(({ policy_id }) => policy_id === policy);
  const groups = Map.groupBy(outcomes, ({ outcome }) => outcome);
  return Object.fromEntries([...groups].map(([outcome, all]) => [outcome, all.length]));
}

const OF_DETECTIONS = [
  "denied_burst_unhandled",
  "denied_then_allowed_unhandled",
  "detection_unhandled",
  "new_network_read",
  "off_hours_read",
];

const OF_LOGS = ["deprecated_version_read", "grant_unused", "log_gap", "secret_unread", ...OF_DETECTIONS];

describe("an ingested log", () => {
  it("proves and accuses", () => {
    for (const policy of ["deprecated_version_read", "secret_unread"]) {
      expect([policy, Object.keys(found(before, policy)).sort()]).toEqual([
        policy,
        expect.arrayContaining(["compliant", "violation"]),
      ]);
    }
    expect(found(before, "grant_unused")).toHaveProperty("violation");
    expect(found(before, "log_gap")).toEqual({ compliant: 1 });
    for (const policy of OF_DETECTIONS)
      expect([policy, found(before, policy)]).toEqual([
        policy,
        expect.objectContaining({ violation: expect.any(Number) as number }),
      ]);
    for (const policy of ["denied_burst_unhandled", "denied_then_allowed_unhandled", "off_hours_read"])
      expect(found(before, policy)).toHaveProperty("compliant");
  });

  it("with a hole up to its end accuses nobody, and proves no more than that somebody read", () => {
    const holed = everything.map((fact) =>
      fact.kind === "log_span" ? { ...fact, whole_from_at: fact.to_at } : fact,
    );
    const after = judge(example, new FactSet(holed, whole.gaps));
    expect(cleaner(after)).toEqual([]);
    expect(accused(after)).toEqual([]);
    for (const policy of ["grant_unused", "log_gap", "secret_unread"])
      expect([policy, found(after, policy)]).toEqual([
        policy,
        expect.not.objectContaining({ violation: expect.any(Number) as number }),
      ]);
    expect(found(after, "secret_unread")["compliant"]).toBe(found(before, "secret_unread")["compliant"]);
    for (const policy of ["deprecated_version_read", "grant_unused", "log_gap", ...OF_DETECTIONS])
      expect(found(after, policy)).not.toHaveProperty("compliant");
  });

  it("that nobody ingested proves nothing and accuses nobody", () => {
    const without = judge(example, unlogged);
    for (const policy of OF_LOGS) {
      expect(found(without, policy)).not.toHaveProperty("compliant");
      expect(found(without, policy)).not.toHaveProperty("violation");
    }
    expect(found(without, "log_gap")).toEqual({ undetermined: 1 });
  });
});

describe("what could not be read", () => {
  it(
    "makes nothing look better, whichever facts it hides",
    () => {
      fc.assert(
        fc.property(refusals, (refused) => {
          const gaps = refused.flatMap(gapsOf);
          const facts = new FactSet(
            everything.filter((fact) => !hidden(fact, gaps)),
            [...whole.gaps, ...gaps],
          );
          const after = judge(example, facts);
          expect(cleaner(after)).toEqual([]);
          expect(laxer(after)).toEqual([]);
          expect(accused(after)).toEqual([]);
          expect(silentLosses(facts, after)).toEqual([]);
        }),
        RUNS,
      );
    },
    TIME_LIMIT_MS,
  );

  it(
    "takes no violation away that rests on what was read, and makes no limit laxer, whichever kind is hidden",
    () => {
      for (const kind of kinds) {
        const list: readonly Fact[] = whole.of(kind);
        const [first] = list;
        if (first === undefined) continue;
        const beside = judge(example, new FactSet(everything, [...whole.gaps, gapFor(first, "folder")]));
        expect([kind, lost(beside)]).toEqual([kind, []]);
        const gone = new FactSet(
          everything.filter((fact) => fact.kind !== kind),
          [...whole.gaps, gapFor(first, "store")],
        );
        const without = judge(example, gone);
        expect([kind, laxer(without), accused(without)]).toEqual([kind, [], []]);
      }
    },
    TIME_LIMIT_MS,
  );

  it(
    "makes nothing look better, whichever answers the store refuses",
    async () => {
      const operations = [...new Set(records.map(({ operation }) => operation))].sort();
      const refused = fc.record({
        operations: fc.uniqueArray(fc.constantFrom(...operations), { maxLength: 4 }),
        answers: fc.uniqueArray(fc.nat({ max: records.length - 1 }), { maxLength: 60 }),
      });
      await fc.assert(
        fc.asyncProperty(refused, async (chosen) => {
          const answers = new Set(chosen.answers.map((place) => records[place]?.key));
          const isRefused = ({ operation, key }: RawRecord): boolean =>
            chosen.operations.includes(operation) || answers.has(key);
          const facts = withLog(await collectedWithout(example, records, isRefused));
          const after = judge(example, facts);
          expect(cleaner(after)).toEqual([]);
          expect(laxer(after)).toEqual([]);
          expect(accused(after)).toEqual([]);
          expect(silentLosses(facts, after)).toEqual([]);
          const shown = facts.gaps.some(({ detail }) => detail === REFUSED);
          expect(shown).toBe(records.some(isRefused));
        }),
        RUNS,
      );
    },
    TIME_LIMIT_MS,
  );

  it(
    "is not taken for a pass where not even a gap tells of it",
    () => {
      fc.assert(
        fc.property(fc.uniqueArray(fc.nat({ max: everything.length - 1 }), { minLength: 1 }), (places) => {
          const missing = new Set(places.map((place) => everything[place]));
          const facts = new FactSet(
            everything.filter((fact) => !missing.has(fact)),
            whole.gaps,
          );
          const made = [...judge(example, facts).outcomes].filter(
            ([name, { outcome }]) => outcome === "compliant" && unknownByGap(before.outcomes.get(name)),
          );
          expect(made.map(([name]) => name)).toEqual([]);
        }),
        RUNS,
      );
    },
    TIME_LIMIT_MS,
  );
});
