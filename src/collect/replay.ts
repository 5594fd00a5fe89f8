import { CountersignError, compareStrings, digestOf } from "../base/index.ts";
import {
  FactSet,
  gapDigest,
  questionKey,
  readFacts,
  readManifest,
  readRecords,
  recordDigest,
  type Call,
  type CollectIo,
  type Fact,
  type Gap,
  type RawRecord,
  type SnapshotManifest,
  type SourceManifest,
} from "../facts/index.ts";
import { gapOf } from "./gap-of.ts";
import { normalised, type Normaliser } from "./normalised.ts";
import { eachBounded } from "./slots.ts";

/** Differences that a message names; the rest is counted. */
const MAX_NAMED = 10;

/**
 * A door behind which the records of one source answer instead of its provider; nothing is ever sent. A question that
 * was not recorded is a gap, and a refused answer the gap that it was.
 */
export function replayIo(storeId: string, records: readonly RawRecord[]): CollectIo {
  const byKey = new Map(records.filter((r) => r.store_id === storeId).map((record) => [record.key, record]));
  const answer = (call: Call): RawRecord | Gap => {
    const record = byKey.get(questionKey(call));
    if (record === undefined) return gapOf(storeId, call, { reason: "unavailable", detail: "not recorded" });
    if (record.refused === undefined) return record;
    return gapOf(storeId, call, { ...record.refused, record: recordDigest(record) });
  };
  return {
    call: (call) => Promise.resolve(answer(call)),
    identify: () => undefined,
    each: async (items, work) => await eachBounded(items, 1, work),
  };
}

export interface Renormalised {
  readonly manifest: SnapshotManifest;
  readonly facts: FactSet;
  /** Sources whose connector has changed its meaning since: their facts are new and were compared with nothing. */
  readonly revised: readonly {
    readonly storeId: string;
    readonly recorded: number;
    readonly present: number;
  }[];
}

/**
 * Makes a snapshot's facts again from its kept records, offline, and holds them against the facts kept beside them:
 * what an auditor re-performs. The gaps of the collection are facts about that moment and stay.
 *
 * @throws CountersignError E_INTEGRITY when the kept facts are not what the records tell, or a refused answer has no gap; E_CONFIG
 * when a connector is missing.
 */
export async function renormalise(
  directory: string,
  connectors: readonly Normaliser[],
): Promise<Renormalised> {
  const manifest = await readManifest(directory);
  const records = await readRecords(directory, manifest);
  const kept = await readFacts(directory, manifest);
  const facts: Fact[] = [];
  const gaps: Gap[] = [...kept.gaps];
  const revised: Renormalised["revised"][number][] = [];
  const differences: string[] = refusalsWithoutGap(records, kept.gaps);
  for (const source of manifest.sources) {
    const connector = connectorOf(source, connectors);
    const own = records.filter((record) => record.store_id === source.store_id);
    const made = normalised(connector, source.store_id, own);
    facts.push(...made.facts);
    gaps.push(...made.gaps);
    if (connector.revision !== source.revision) {
      revised.push({ storeId: source.store_id, recorded: source.revision, present: connector.revision });
      continue;
    }
    const keptFacts = [...kept.all()].filter((fact) => fact.store_id === source.store_id);
    differences.push(...factDifferences(keptFacts, made.facts), ...missingGaps(made.gaps, kept.gaps));
  }
  if (differences.length > 0) throw differ(directory, differences);
  return { manifest, facts: new FactSet(facts, gaps), revised };
}

function connectorOf(source: SourceManifest, connectors: readonly Normaliser[]): Normaliser {
  const connector = connectors.find(({ id }) => id === source.connector);
  if (connector !== undefined) return connector;
  throw new CountersignError(
    "E_CONFIG",
    `expected the connector ${source.connector} of ${source.store_id}, got none`,
  );
}

function refusalsWithoutGap(records: readonly RawRecord[], gaps: readonly Gap[]): string[] {
  const shown = new Set(gaps.map((gap) => gap.record));
  return records
    .filter((record) => record.refused !== undefined && !shown.has(recordDigest(record)))
    .map((record) => `no gap for the refused ${record.operation} in ${record.scope}`);
}

function factDifferences(kept: readonly Fact[], made: readonly Fact[]): string[] {
  const name = ({ kind, id }: Fact): string => `${kind} ${id}`;
  const before = new Map(kept.map((fact) => [name(fact), digestOf(fact)]));
  const after = new Map(made.map((fact) => [name(fact), digestOf(fact)]));
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareStrings);
  return names.flatMap((fact) => {
    if (before.get(fact) === after.get(fact)) return [];
    if (!after.has(fact)) return [`${fact} is kept, but no record tells it`];
    return [
      before.has(fact)
        ? `${fact} is kept otherwise than its record tells`
        : `${fact} is told by a record, but not kept`,
    ];
  });
}

function missingGaps(made: readonly Gap[], kept: readonly Gap[]): string[] {
  const known = new Set(kept.map(gapDigest));
  return made
    .filter((gap) => !known.has(gapDigest(gap)))
    .map((gap) => `a gap of ${gap.operation} is not kept`);
}

function differ(directory: string, differences: readonly string[]): CountersignError {
  const named = differences.slice(0, MAX_NAMED).join("; ");
  const more = differences.length > MAX_NAMED ? `; and ${differences.length - MAX_NAMED} more` : "";
  return new CountersignError(
    "E_INTEGRITY",
    `expected in ${directory} the facts that its records tell, got: ${named}${more}`,
    {
      fix: "Restore the snapshot from where it was copied; its facts were not made from its records.",
    },
  );
}
