import { expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { sha256 } from "../../src/base/index.ts";
import { findingsOf } from "../../src/evidence/findings.ts";
import { FactSet, compileSchema, gapDigest } from "../../src/facts/index.ts";
import {
  SUBJECT_KINDS,
  buildSubjects,
  documentOf,
  inputSchema,
  passingDocument,
  type Subject,
} from "../../src/subjects/index.ts";
import { documentBytes } from "../../src/subjects/document.ts";
import { openExample } from "../evidence/example.ts";

const { facts, manifest, config, bundle, evaluator } = await openExample();

function subjectsOf(seen: FactSet): Subject[] {
  const model = computeGrants(seen, { takenAt: manifest.taken_at });
  return [...buildSubjects(seen, model, config.rules, manifest.taken_at)];
}

/** As if the same were collected again: each answer of the server has another request id, and so another digest. */
function collectedAgain(): FactSet {
  const again = <T extends { readonly record?: string }>(one: T): T =>
    one.record === undefined ? one : { ...one, record: sha256(one.record) };
  return new FactSet([...facts.all()].map(again), facts.gaps.map(again));
}

const first = subjectsOf(facts);
const second = subjectsOf(collectedAgain());
const texts = (subjects: readonly Subject[]): string[] =>
  subjects.map((one) => documentOf(one).toString("utf8"));
const gapsOf = (subjects: readonly Subject[]): string[] =>
  subjects.flatMap((one) => one.gaps.map(({ gap }) => gap));

it("a document holds no name of a record or gap, and fits what policies are compiled against", () => {
  const guards = new Map(SUBJECT_KINDS.map((kind) => [kind, compileSchema(inputSchema(kind))]));
  for (const subject of first) {
    const text = documentOf(subject).toString("utf8");
    const guard = guards.get(subject.kind);
    expect(guard?.fits({ subject: JSON.parse(text) as unknown }), guard?.complaint()).toBe(true);
    for (const name of [...subject.records, ...gapsOf([subject])]) expect(text).not.toContain(name);
  }
});

it("a document that is passed on says the same, and of gaps what bears on it", () => {
  const bearing = new Set(["grant", "token"]);
  const gaps = first.filter((one) => one.gaps.length > 0);
  expect(gaps.length).toBeGreaterThan(0);
  for (const subject of first) {
    const whole = JSON.parse(documentOf(subject).toString("utf8")) as Pick<Subject, "gaps">;
    expect(JSON.parse(passingDocument(subject).toString("utf8"))).toEqual(whole);
    expect(JSON.parse(passingDocument(subject, bearing).toString("utf8"))).toEqual({
      ...whole,
      gaps: whole.gaps.filter(({ fact_kind }) => bearing.has(fact_kind)),
    });
    expect(documentBytes(subject)).toBe(documentOf(subject).length);
  }
});

it("a store that did not change gives the same documents in the next collection, though all its records are new", () => {
  expect(texts(second)).toEqual(texts(first));
  const records = (subjects: readonly Subject[]) => new Set(subjects.flatMap((one) => one.records));
  expect(records(first).size).toBeGreaterThan(100);
  expect(records(first).intersection(records(second)).size).toBe(0);
  expect(gapsOf(second)).not.toEqual(gapsOf(first));
});

it("findings name the records and gaps of their own collection, not those that the same outcomes had before", () => {
  const findings = (seen: FactSet, subjects: readonly Subject[]) => {
    const context = {
      asOf: manifest.taken_at,
      policies: new Map(bundle.catalogue.policies.map((entry) => [entry.policy_id, entry])),
      controls: new Map<string, readonly string[]>(),
      gaps: new Map(seen.gaps.map((gap) => [gapDigest(gap), gap])),
      providers: new Map<string, string>(),
    };
    // The outcomes of the first collection, as kept ones are.
    return subjects.flatMap((subject, at) =>
      evaluator.evaluate(documentOf(first[at]!)).outcomes.flatMap((one) => findingsOf(context, subject, one)),
    );
  };
  const again = collectedAgain();
  const [before, after] = [findings(facts, first), findings(again, second)];
  const named = new Set(before.flatMap(({ records }) => records));
  expect(after.filter(({ records }) => records.some((one) => named.has(one)))).toEqual([]);
  const gaps = after.flatMap((finding) => finding.gaps);
  expect(gaps.length).toBeGreaterThan(0);
  const own = new Set(gapsOf(second));
  expect(gaps.filter((gap) => !own.has(gap))).toEqual([]);
});

it("that something is hidden, and why, is part of the document", () => {
  const [subject] = first;
  const gap = { fact_kind: "secret_metadata", reason: "denied", gap: "a".repeat(64), gap_count: 1 };
  const documents = [[], [gap], [{ ...gap, reason: "timeout" }], [{ ...gap, gap_count: 2 }]].map((gaps) =>
    documentOf({ ...subject!, gaps }).toString("utf8"),
  );
  expect(new Set(documents).size).toBe(4);
});
