import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { computeGrants } from "../../src/access/index.ts";
import { parseConfig, type LoadedConfig } from "../../src/cli/config.ts";
import { OutcomeTally, foldControls, loadMappings, type Mapping } from "../../src/controls/index.ts";
import { populationsOf } from "../../src/evidence/populations.ts";
import { normalised } from "../../src/collect/normalised.ts";
import {
  NO_AUDIT_LOGS,
  NO_EVENT_RECORDS,
  NO_OWN_RECORDS,
  NO_REVIEW_RECORDS,
  replayIo,
} from "../../src/collect/index.ts";
import { connectors } from "../../src/connectors/index.ts";
import {
  FactSet,
  isGap,
  listSnapshots,
  readFacts,
  readManifest,
  readRecords,
  type Gap,
  type RawRecord,
  type SnapshotManifest,
} from "../../src/facts/index.ts";
import {
  createEvaluator,
  loadBundle,
  type Bundle,
  type Evaluator,
  type Outcome,
  type SubjectOutcomes,
} from "../../src/policy/index.ts";
import { buildSubjects, documentOf, type Subject } from "../../src/subjects/index.ts";
import type { Population } from "../../src/evidence/index.ts";

export const ROOT = new URL("../../", import.meta.url).pathname;

/** The recorded estate, with what it takes to judge it. */
export interface Example {
  readonly directory: string;
  readonly manifest: SnapshotManifest;
  readonly facts: FactSet;
  readonly config: LoadedConfig;
  readonly bundle: Bundle;
  readonly evaluator: Evaluator;
  readonly mappings: readonly Mapping[];
}

export async function openExample(name: "aws" | "vault" = "vault"): Promise<Example> {
  const folder = join(ROOT, "examples", name);
  return await openEstate(join(folder, "snapshots"), join(folder, "countersign.yaml"));
}

/** The first snapshot of a directory, with the configuration that it was collected by. */
export async function openEstate(parent: string, file: string): Promise<Example> {
  const [id = ""] = await listSnapshots(parent);
  const directory = join(parent, id);
  const manifest = await readManifest(directory);
  const config = parseConfig(await readFile(file, "utf8"), file, { VAULT_TOKEN: "unused" });
  const bundle = loadBundle(await readFile(join(ROOT, "policies/bundle.tar.gz")));
  return {
    directory,
    manifest,
    facts: await readFacts(directory, manifest),
    config,
    bundle,
    evaluator: createEvaluator(bundle),
    mappings: await loadMappings(join(ROOT, "mappings"), bundle.catalogue.policies),
  };
}

export async function exampleRecords({ directory, manifest }: Example): Promise<RawRecord[]> {
  return readRecords(directory, manifest);
}

/** An outcome, and whose it is. */
export type JudgedOutcome = Outcome & Pick<SubjectOutcomes, "subject_id" | "subject_kind">;

/** What an assessment concludes, without writing anything. */
export interface Judgement {
  readonly subjects: readonly Subject[];
  /** By `<policy> <subject>`. */
  readonly outcomes: ReadonlyMap<string, JudgedOutcome>;
  /** `<framework> <control>` to status. */
  readonly controls: ReadonlyMap<string, string>;
  readonly populations: readonly Population[];
  readonly tally: OutcomeTally;
}

export function judge(example: Example, facts: FactSet): Judgement {
  const { manifest, config, evaluator, mappings, bundle } = example;
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const subjects = [...buildSubjects(facts, model, config.rules, manifest.taken_at)];
  const outcomes = new Map<string, JudgedOutcome>();
  const tally = new OutcomeTally();
  for (const subject of subjects) {
    const { outcomes: said, subject_id, subject_kind } = evaluator.evaluate(documentOf(subject));
    for (const outcome of said) {
      outcomes.set(`${outcome.policy_id} ${subject_id}`, { ...outcome, subject_id, subject_kind });
      tally.add(outcome);
    }
  }
  const controls = mappings.flatMap((mapping) =>
    foldControls(mapping, { catalogue: bundle.catalogue.policies, tally, gaps: facts.gaps }),
  );
  return {
    subjects,
    outcomes,
    tally,
    controls: new Map(
      controls.map(({ framework, control_id, status }) => [`${framework} ${control_id}`, status]),
    ),
    populations: populationsOf(
      facts,
      manifest.sources.map(({ store_id }) => store_id),
      [],
    ),
  };
}

/** Stands in every gap that a test makes. */
export const REFUSED = "refused by the test";

/**
 * What the collection would have been had the store refused those of the recorded answers: the connector is run on the
 * records, so that what a refusal keeps it from asking is missing as well.
 */
export async function collectedWithout(
  { manifest }: Example,
  records: readonly RawRecord[],
  refused: (record: RawRecord) => boolean,
  settings: object = { auth: { method: "token", token: "env:VAULT_TOKEN" } },
): Promise<FactSet> {
  const [source] = manifest.sources;
  const connector = connectors.get(source?.connector ?? "");
  if (source === undefined || connector === undefined) throw new Error("expected the example's connector");
  const { store_id, address } = source;
  const answers = records.map((record) =>
    refused(record) ? { ...record, refused: { reason: "denied" as const, detail: REFUSED } } : record,
  );
  const io = replayIo(store_id, answers);
  const credentials = { read: () => Promise.reject(new Error("no credential is needed to replay")) };
  const read: RawRecord[] = [];
  const gaps: Gap[] = [];
  for await (const item of connector.collect(
    { address, ...settings },
    {
      source: store_id,
      credentials,
      own: NO_OWN_RECORDS,
      logs: NO_AUDIT_LOGS,
      events: NO_EVENT_RECORDS,
      reviews: NO_REVIEW_RECORDS,
    },
    io,
  )) {
    if (isGap(item)) gaps.push(item);
    else read.push(item);
  }
  const made = normalised(connector, store_id, read);
  return new FactSet(made.facts, [...gaps, ...made.gaps]);
}
