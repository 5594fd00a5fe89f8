import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { afterAll, describe, expect, it } from "vitest";
import { computeGrants } from "../../src/access/index.ts";
import { digestOf } from "../../src/base/index.ts";
import { packageExits } from "../../src/cli/assessing.ts";
import { EvidenceHead, Finding, assemble, type EvidencePackage } from "../../src/evidence/index.ts";
import { FactSet, compileSchema, gapDigest, readPart, type Part } from "../../src/facts/index.ts";
import { SubjectOutcomes, evaluateAll, resolveParams } from "../../src/policy/index.ts";
import { connectorText } from "../../src/render/words.ts";
import { buildSubjects, cutGaps } from "../../src/subjects/index.ts";
import { role } from "../subjects/facts.ts";
import { collectedWithout, exampleRecords, openExample } from "./example.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-evidence-"));
afterAll(() => rm(root, { recursive: true, force: true }));

const example = await openExample();
const records = await exampleRecords(example);

async function packageOf(
  name: string,
  facts: FactSet,
  workers = 1,
  judgedRevisions: ReadonlyMap<string, number> = new Map(),
): Promise<EvidencePackage & { directory: string }> {
  const { manifest, bundle, mappings, config } = example;
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const directory = join(root, name);
  const rules = {
    product_version: "0.1.0",
    policy_bundle: bundle.digest,
    parameters: digestOf(resolveParams(bundle.catalogue)),
    classification: digestOf(config.rules),
    mappings: digestOf({}),
  };
  const evidence = await assemble({
    manifest,
    manifestSha256: "a".repeat(64),
    records,
    facts,
    judgedRevisions,
    subjects: () => buildSubjects(facts, model, config.rules, manifest.taken_at),
    judge: (lines) => evaluateAll(bundle, lines, { workers }),
    catalogue: bundle.catalogue,
    params: resolveParams(bundle.catalogue),
    defaultParams: resolveParams(bundle.catalogue),
    mappings,
    classification: config.rules,
    entity: { name: "Harbour & Pine" },
    ownControls: [],
    rules,
    digests: {
      policy_bundle: bundle.digest,
      configuration: config.digest,
      parameters: rules.parameters,
      mappings: {},
    },
    productVersion: "0.1.0",
    reproduce: "countersign assess",
    model,
    partsDirectory: directory,
  });
  return { ...evidence, directory };
}

async function linesOf<T>(directory: string, part: Part): Promise<T[]> {
  const all: T[] = [];
  for await (const value of readPart(directory, part)) all.push(value as T);
  return all;
}

const whole = await packageOf("whole", example.facts);

describe("an evidence package", () => {
  it("fits its published schemas", async () => {
    const head = compileSchema(EvidenceHead);
    expect(head.fits(whole.head), head.complaint()).toBe(true);
    const finding = compileSchema(Finding);
    for (const one of await linesOf(whole.directory, whole.head.parts.findings))
      expect(finding.fits(one), finding.complaint()).toBe(true);
  });

  it("says which revision made the facts, where another had read the answers", async () => {
    const own = example.manifest.sources[0]?.revision ?? 0;
    expect(own).toBeGreaterThan(0);
    const { head } = await packageOf("revised", example.facts, 1, new Map([["vault-production", 7]]));
    expect(compileSchema(EvidenceHead).fits(head)).toBe(true);
    expect(head.sources).toMatchObject([{ revision: own, judged_revision: 7 }]);
    expect(head.sources.map(connectorText)).toEqual([
      `hashicorp, revision ${own}; facts made anew by revision 7, what only that one asks is a gap`,
    ]);
    expect(whole.head.sources.map(connectorText)).toEqual([`hashicorp, revision ${own}`]);
  });

  it("is named by the digest of its head without the name", () => {
    const { package_id, ...body } = whole.head;
    expect(package_id).toBe(digestOf(body));
  });

  it("has the same bytes from the same request, whatever the order of facts and the number of threads", async () => {
    const shuffled = new FactSet([...example.facts.all()].reverse(), [...example.facts.gaps].reverse());
    const again = await packageOf("again", shuffled, 2);
    expect(again.head).toEqual(whole.head);
    const names = (await readdir(whole.directory)).sort();
    expect((await readdir(again.directory)).sort()).toEqual(names);
    for (const name of names) {
      const [one, two] = await Promise.all([
        readFile(join(whole.directory, name)),
        readFile(join(again.directory, name)),
      ]);
      expect(two.equals(one), name).toBe(true);
    }
  });

  it("holds every part whole, as its head says", async () => {
    const { parts, summary } = whole.head;
    const subjects = await linesOf(whole.directory, parts.subjects);
    expect(subjects).toHaveLength(
      Object.values(summary.subject_counts).reduce((sum, count) => sum + count, 0),
    );
    const judged = await linesOf<SubjectOutcomes>(whole.directory, parts.outcomes);
    expect(judged.map(({ subject_id }) => subject_id)).toEqual(whole.subjects.map(({ id }) => id));
    expect(judged.flatMap(({ outcomes }) => outcomes)).toHaveLength(summary.outcomes.population);
    const outcomesSchema = compileSchema(SubjectOutcomes);
    expect(judged.filter((line) => !outcomesSchema.fits(line))).toEqual([]);
    const gapLines = await linesOf(whole.directory, parts.gaps);
    expect(gapLines).toHaveLength(summary.gap_count);
    const published = new URL("../../docs/schemas/gap.schema.json", import.meta.url);
    const gapSchema = JSON.parse(await readFile(published, "utf8")) as TSchema;
    expect(gapLines.length).toBeGreaterThan(0);
    expect(gapLines.filter((line) => !compileSchema(gapSchema).fits(line))).toEqual([]);
    expect(await linesOf(whole.directory, parts.grants)).toHaveLength(summary.grant_count);
    const findings = await linesOf<Finding>(whole.directory, parts.findings);
    const unknown = findings.filter(({ status }) => status === "undetermined");
    expect(unknown).toHaveLength(summary.outcomes.undetermined - summary.outcomes.error);
  });

  it("says by which rules everything was classified, and who is excused as break-glass", () => {
    expect(whole.head.classification).toEqual(example.config.rules);
    const excused = whole.subjects.flatMap((one) =>
      one.kind === "principal" && one.break_glass
        ? [`${one.name} (${one.principal_type.replaceAll("_", " ")})`]
        : [],
    );
    const { principal_count, names } = whole.head.summary.break_glass;
    expect(excused.length).toBeGreaterThan(0);
    expect(principal_count).toBe(excused.length);
    expect(names.length).toBe(Math.min(8, excused.length));
    expect(excused).toEqual(expect.arrayContaining([...names]));
  });

  it("adds up: every outcome is one of five, in the sum and for each policy", () => {
    for (const counts of [
      whole.head.summary.outcomes,
      ...whole.head.policies.map((policy) => policy.counts),
    ]) {
      const { population, compliant, deviation, waived, undetermined, not_applicable } = counts;
      expect(compliant + deviation + waived + undetermined + not_applicable).toBe(population);
    }
  });

  it("lists the worst first, and each finding once", () => {
    const rank = ["critical", "high", "medium", "low", "info"];
    const violations = whole.findings.filter(({ status }) => status === "violation");
    const ranks = violations.map(({ severity }) => rank.indexOf(severity));
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(whole.findings.map(({ finding_id }) => finding_id)).size).toBe(whole.findings.length);
  });

  it("leads every finding back to records of the snapshot", () => {
    const kept = new Set([...example.facts.all()].map(({ record }) => record));
    const named = whole.findings.filter(({ subject_kind }) => subject_kind !== "estate");
    expect(named.filter((finding) => !finding.records.some((record) => kept.has(record)))).toEqual([]);
  });

  it("lists each principal and secret once, with every grant between them", () => {
    const { taken_at } = example.manifest;
    const model = computeGrants(example.facts, { takenAt: taken_at });
    const pairs = new Map<string, string[]>();
    for (const { principal, target, grant } of model.rows()) {
      const key = `${principal.id} ${target.id}`;
      pairs.set(key, [...new Set([...(pairs.get(key) ?? []), grant.id])].sort());
    }
    const rows = [...whole.access()];
    expect(rows).toHaveLength(pairs.size);
    const listed = new Map(
      rows.map((row) => [`${row.principal_id} ${row.secret_id}`, [...row.grant_ids].sort()]),
    );
    expect(listed).toEqual(pairs);
    const known = new Set([...whole.grants()].map(({ id }) => id.slice(0, 16)));
    expect(known.size).toBe(whole.head.summary.grant_count);
    const [sure] = rows.filter(({ certain, conditional }) => certain.length > 0 && conditional.length > 0);
    expect(model.path(sure!.principal_id, sure!.secret_id).map(({ certainty }) => certainty)).toEqual(
      expect.arrayContaining(["certain", "conditional"]),
    );
  });

  it("can be iterated for access as often as one likes", () => {
    const count = (): number => [...whole.access()].length;
    expect(count()).toBe(count());
  });
});

describe("what was not seen", () => {
  it("makes the evidence incomplete, and is in the package by digest", async () => {
    const facts = await collectedWithout(
      example,
      records,
      ({ operation }) => operation === "kv2.metadata" || operation === "kv.metadata",
    );
    const refused = await packageOf("refused", facts);
    expect(facts.gaps.length).toBeGreaterThan(100);
    expect(packageExits(refused)).toContain(3);
    const listed = new Set(
      (await linesOf<{ gap: string }>(refused.directory, refused.head.parts.gaps)).map(({ gap }) => gap),
    );
    for (const gap of facts.gaps) expect(listed).toContain(gapDigest(gap));
    for (const finding of refused.findings) for (const gap of finding.gaps) expect(listed).toContain(gap);
    const secrets = refused.head.populations.find(({ subject_kind }) => subject_kind === "secret");
    expect(secrets?.gap_count).toBeGreaterThan(100);
    expect(secrets?.collected).toBeLessThan(secrets?.listed ?? 0);
    for (const { status_counts } of refused.head.frameworks) {
      const before = whole.head.frameworks.reduce(
        (sum, one) => sum + (one.status_counts["satisfied"] ?? 0),
        0,
      );
      expect(status_counts["satisfied"] ?? 0).toBeLessThanOrEqual(before);
    }
  });

  it("because a document had to be cut is a gap of the package like any other", async () => {
    const names = Array.from({ length: 3000 }, (_, place) => `policy-${place}`);
    const crowded = role("crowded", { policies: names });
    const evidence = await packageOf(
      "crowded",
      new FactSet([crowded, ...example.facts.all()], example.facts.gaps),
    );
    const one = evidence.subjects.find(({ id }) => id === crowded.id);
    const [cut] = cutGaps(one!);
    expect(evidence.gaps.map(({ gap }) => gap)).toContain(gapDigest(cut!));
    expect(evidence.head.summary.gap_count).toBe(example.facts.gaps.length + 1);
    expect(evidence.gaps.map(({ gap }) => gap)).toEqual(evidence.gaps.map(({ gap }) => gap).sort());
  });

  it("at all is no pass: a package of nothing has no satisfied control, and asks for exit 3", async () => {
    const nothing = await packageOf("nothing", new FactSet([], []));
    expect(packageExits(nothing)).toContain(3);
    for (const { status_counts } of nothing.head.frameworks)
      expect(status_counts["satisfied"]).toBeUndefined();
  });
});
