import { CountersignError, canonicalJson, compareStrings, digestOf, sha256 } from "../base/index.ts";
import {
  FactSet,
  gapDigest,
  manifestOf,
  manifestText,
  readFacts,
  readManifestFile,
  readRecords,
  type Connector,
  type Fact,
  type Gap,
  type RawRecord,
  type SnapshotManifest,
  type SourceManifest,
} from "../facts/index.ts";
import { assembled, taken, type TakenSource } from "./assembled.ts";
import { reread } from "./replay.ts";

/** Differences that a message names; the rest is counted. */
const MAX_NAMED = 10;

/** A snapshot whose every statement was made again from its records. */
export interface Reperformed {
  /** As kept, but for the status and scopes of revised sources, which are those of today's reading. */
  readonly manifest: SnapshotManifest;
  readonly manifestSha256: string;
  readonly records: readonly RawRecord[];
  readonly facts: FactSet;
  /** Sources whose connector has changed since they were read: their facts are new, and were compared with nothing. */
  readonly revised: readonly Revised[];
}

export interface Revised {
  readonly storeId: string;
  readonly recorded: number;
  readonly present: number;
}

interface Kept {
  readonly records: readonly RawRecord[];
  readonly facts: FactSet;
}

/**
 * Makes a snapshot again from its kept records, offline: puts every question once more to the records, makes the facts
 * and gaps, and from these the manifest, by the code that wrote it, and holds that against the kept one. This is what an
 * auditor re-performs. What nobody can make again are the answers themselves and the failures that left no answer.
 *
 * Where a connector has another revision now, its walk and its facts may rightly differ. Its facts are made anew, what it
 * asks today and has no answer is a gap, and only the rest of the manifest is compared.
 *
 * @throws CountersignError E_INTEGRITY at any difference; E_NOT_FOUND; E_CONFIG when a connector is missing.
 */
export async function reperform(
  directory: string,
  connectors: readonly Connector<never>[],
): Promise<Reperformed> {
  const { manifest, text } = await readManifestFile(directory);
  const records = await readRecords(directory, manifest);
  const kept = { records, facts: await readFacts(directory, manifest) };
  const toCompare: TakenSource[] = [];
  const toJudge: TakenSource[] = [];
  const revised: Revised[] = [];
  let differences: readonly string[] = [];
  for (const source of manifest.sources) {
    const connector = connectorOf(source, connectors);
    const { reading, unexplained } = await reread(source, connector, { records, gaps: kept.facts.gaps });
    const made = taken(reading);
    if (connector.revision === source.revision) {
      toCompare.push(made);
      toJudge.push(made);
      differences = differences.concat(unexplained);
    } else {
      const asKept = takenAsKept(source, connector, kept);
      revised.push({ storeId: source.store_id, recorded: source.revision, present: connector.revision });
      toCompare.push(asKept);
      toJudge.push({ ...made, caller: source.caller, gaps: [...asKept.gaps, ...made.gaps] });
    }
  }
  if (differences.length > 0) throw differ(directory, differences);
  const again = assembled(toCompare);
  const unlike = await differencesOf(manifest, text, kept, again);
  if (unlike.length > 0) throw differ(directory, unlike);
  const judged = revised.length === 0 ? again : assembled(toJudge);
  return {
    manifest: { ...manifest, sources: judged.sources },
    manifestSha256: sha256(text),
    records,
    facts: judged.facts,
    revised,
  };
}

function connectorOf(source: SourceManifest, connectors: readonly Connector<never>[]): Connector<never> {
  const connector = connectors.find(({ id }) => id === source.connector);
  if (connector !== undefined) return connector;
  throw new CountersignError(
    "E_CONFIG",
    `expected the connector ${source.connector} of ${source.store_id}, got none`,
  );
}

/** A source with the kept facts and gaps, where its connector cannot make them again. */
function takenAsKept(source: SourceManifest, connector: Connector<never>, kept: Kept): TakenSource {
  const { store_id, caller } = source;
  const ofSource = ({ store_id: id }: { readonly store_id: string }): boolean => id === store_id;
  return {
    head: source,
    connector,
    caller,
    records: kept.records.filter(ofSource),
    facts: [...kept.facts.all()].filter(ofSource),
    gaps: kept.facts.gaps.filter(ofSource),
    bugs: [],
  };
}

/** Where the kept manifest is not the one that its records make, in the smallest things that can be named. */
async function differencesOf(
  manifest: SnapshotManifest,
  text: string,
  kept: Kept,
  again: { readonly facts: FactSet; readonly sources: SourceManifest[] },
): Promise<string[]> {
  const { product_version, run_id, started_at, taken_at, notice } = manifest;
  const head = { product_version, run_id, started_at, taken_at, sources: again.sources };
  const made = await manifestOf(notice === undefined ? head : { ...head, notice }, kept.records, again.facts);
  if (manifestText(made) === text) return [];
  const fields = fieldDifferences(leaves(made), leaves(manifest));
  const named = [
    ...(made.facts.sha256 === manifest.facts.sha256 ? [] : factDifferences(kept.facts, again.facts)),
    ...(made.gaps.sha256 === manifest.gaps.sha256 ? [] : gapDifferences(kept.facts.gaps, again.facts.gaps)),
    ...fields,
  ];
  return named.length > 0 ? named : ["a manifest that is written otherwise than Countersign writes"];
}

function factDifferences(kept: FactSet, made: FactSet): string[] {
  const byName = (facts: FactSet): Map<string, string> =>
    new Map([...facts.all()].map((fact: Fact) => [`${fact.kind} ${fact.id}`, digestOf(fact)]));
  const [before, after] = [byName(kept), byName(made)];
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareStrings);
  return names.flatMap((name) => {
    if (before.get(name) === after.get(name)) return [];
    if (!after.has(name)) return [`${name} is kept, but no record tells it`];
    return [
      before.has(name)
        ? `${name} is kept otherwise than its record tells`
        : `${name} is told by a record, but not kept`,
    ];
  });
}

function gapDifferences(kept: readonly Gap[], made: readonly Gap[]): string[] {
  const digests = (gaps: readonly Gap[]): Set<string> => new Set(gaps.map(gapDigest));
  const [before, after] = [digests(kept), digests(made)];
  return [
    ...kept
      .filter((gap) => !after.has(gapDigest(gap)))
      .map(({ operation, scope }) => `a gap of ${operation} in ${scope} is kept, but nothing leaves it`),
    ...made
      .filter((gap) => !before.has(gapDigest(gap)))
      .map(({ operation, scope }) => `the gap of ${operation} in ${scope} is not kept`),
  ];
}

/** Every value of a document that holds no others, by its path. */
function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
    for (const [key, inner] of Object.entries(value))
      leaves(inner, path === "" ? key : `${path}.${key}`, found);
  } else {
    found.set(path, canonicalJson(value));
  }
  return found;
}

function fieldDifferences(expected: ReadonlyMap<string, string>, got: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...expected.keys(), ...got.keys()])].sort(compareStrings);
  return paths.flatMap((path) => {
    const [should, is] = [expected.get(path), got.get(path)];
    return should === is ? [] : [`${path} ${is ?? "missing"} instead of ${should ?? "nothing"}`];
  });
}

function differ(directory: string, differences: readonly string[]): CountersignError {
  const named = differences.slice(0, MAX_NAMED).join("; ");
  const more = differences.length > MAX_NAMED ? `; and ${differences.length - MAX_NAMED} more` : "";
  return new CountersignError(
    "E_INTEGRITY",
    `expected in ${directory} what its records tell, got: ${named}${more}`,
    {
      fix: "Restore the snapshot from where it was copied; it is not what was collected.",
    },
  );
}
