import { CountersignError } from "../base/index.ts";
import {
  FactSet,
  gapDigest,
  type Fact,
  type Gap,
  type RawRecord,
  type SourceManifest,
} from "../facts/index.ts";
import { bugGap, endedEarly, normalised, sourceGap, type Normalised, type Normaliser } from "./normalised.ts";
import type { SourceHead, SourceReading } from "./source-reading.ts";

/** One source with what its records tell, ready to stand in a snapshot. */
export interface TakenSource extends Normalised {
  readonly head: SourceHead;
  readonly connector: Normaliser;
  readonly caller: string;
  readonly records: readonly RawRecord[];
}

export interface Assembled {
  readonly facts: FactSet;
  readonly sources: SourceManifest[];
  readonly errors: readonly CountersignError[];
}

/** A source's reading and what its records tell, the gaps of both together. */
export function taken({ error, ...reading }: SourceReading): TakenSource {
  const { facts, gaps, bugs } = normalised(reading.connector, reading.head.store_id, reading.records);
  return {
    ...reading,
    facts,
    gaps: [...reading.gaps, ...gaps],
    bugs: [...(error === undefined ? [] : [error]), ...bugs],
  };
}

/** The facts and gaps of all sources, the manifest's entries, and the errors. Pure: the same at any later time. */
export function assembled(all: readonly TakenSource[]): Assembled {
  const known = new Map<string, Fact>();
  const allGaps: Gap[] = [];
  const sources: SourceManifest[] = [];
  let errors: readonly CountersignError[] = [];
  for (const source of all) {
    const { connector, head, facts, bugs } = source;
    const own = facts.filter(({ kind, id }) => !known.has(`${kind}\n${id}`));
    const found = [...source.gaps];
    errors = errors.concat(bugs);
    if (own.length < facts.length) {
      const clash = new CountersignError(
        "E_INTERNAL",
        `expected facts of ${head.store_id} alone, got ids of another source`,
      );
      errors = [...errors, clash];
      found.push(bugGap(connector, head.store_id, clash.message));
    }
    if (own.length === 0 && found.length === 0) {
      found.push(
        sourceGap(
          connector,
          head.store_id,
          "unavailable",
          "expected something to be read of this source, got nothing",
        ),
      );
    }
    const gaps = [...new Map(found.map((gap) => [gapDigest(gap), gap])).values()];
    for (const fact of own) known.set(`${fact.kind}\n${fact.id}`, fact);
    for (const gap of gaps) allGaps.push(gap);
    sources.push(sourceManifest(source, own, gaps));
  }
  return { facts: new FactSet(known.values(), allGaps), sources, errors };
}

/** The manifest's entry: complete without a gap, failed without a fact or when it did not end by itself, else partial. */
function sourceManifest(
  { head, caller, records }: TakenSource,
  facts: readonly Fact[],
  gaps: readonly Gap[],
): SourceManifest {
  const factCounts = countByScope(facts);
  const gapCounts = countByScope(gaps);
  const recordCounts = countByScope(records);
  const scopes = new Set([head.store_id, ...factCounts.keys(), ...gapCounts.keys(), ...recordCounts.keys()]);
  // A gap of the whole source, or over all that its ids begin with, reaches every scope.
  const reachesAll = gaps.some(
    ({ resource, scope }) =>
      (resource === undefined && scope === head.store_id) || resource === `${head.store_id}:`,
  );
  return {
    ...head,
    caller,
    status: gaps.some(endedEarly) ? "failed" : statusOf(facts.length, gaps.length),
    scopes: [...scopes].sort().map((scope) => ({
      scope,
      status: statusOf(factCounts.get(scope) ?? 0, reachesAll ? gaps.length : (gapCounts.get(scope) ?? 0)),
      record_count: recordCounts.get(scope) ?? 0,
      gap_count: gapCounts.get(scope) ?? 0,
    })),
  };
}

function countByScope(items: readonly { readonly scope: string }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { scope } of items) counts.set(scope, (counts.get(scope) ?? 0) + 1);
  return counts;
}

function statusOf(factCount: number, gapCount: number): SourceManifest["status"] {
  if (gapCount === 0) return "complete";
  return factCount === 0 ? "failed" : "partial";
}
