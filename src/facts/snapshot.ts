import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CountersignError,
  canonicalJson,
  compareStrings,
  digestOf,
  fileError,
  sha256,
  sortedBy,
  writeFileAtomically,
} from "../base/index.ts";
import { type Gap, gapDigest } from "./gap.ts";
import type { Fact, FactKind, FactOf } from "./kinds.ts";
import { Part, readPart, writePart } from "./ndjson.ts";
import { type RawRecord, recordBytes, recordDigest } from "./record.ts";
import { Count, Digest, InstantText, Type, closed, type Static } from "./schema.ts";
import { compileSchema } from "./compile.ts";
import { factComplaint, gapGuard, recordGuard } from "./validate.ts";

const ScopeStatus = Type.Union([Type.Literal("complete"), Type.Literal("partial"), Type.Literal("failed")]);

/** What was read of one store, and how completely. */
export const SourceManifest = closed({
  store_id: Type.String(),
  connector: Type.String(),
  revision: Count,
  /** Address of the store, as configured. */
  address: Type.String(),
  caller: Type.String(),
  settings_sha256: Digest,
  status: ScopeStatus,
  scopes: Type.Array(
    closed({ scope: Type.String(), status: ScopeStatus, record_count: Count, gap_count: Count }),
  ),
});

export type SourceManifest = Static<typeof SourceManifest>;

/** The head of a snapshot: everything in it, by digest. */
export const SnapshotManifest = closed({
  format: Type.Literal("countersign-snapshot/1"),
  snapshot_id: Type.String(),
  product_version: Type.String(),
  run_id: Type.String(),
  started_at: InstantText,
  /** The instant that all ages are counted to. */
  taken_at: InstantText,
  /** Said where the snapshot is not what a store answered then and there, e.g. a demonstration. */
  notice: Type.Optional(Type.String()),
  sources: Type.Array(SourceManifest),
  records: Part,
  facts: Part,
  gaps: Part,
  fact_counts: Type.Record(Type.String(), Count),
  gap_counts: Type.Record(Type.String(), Count),
});

export type SnapshotManifest = Static<typeof SnapshotManifest>;

export type SnapshotHead = Pick<
  SnapshotManifest,
  "product_version" | "run_id" | "started_at" | "taken_at" | "sources" | "notice"
>;

const manifestSchema = compileSchema(SnapshotManifest);

/** All facts and gaps of one snapshot, in memory, by kind and in id order. */
export class FactSet {
  readonly gaps: readonly Gap[];
  readonly #byKind = new Map<FactKind, Fact[]>();

  /** Two facts of one kind and id are our own bug: E_INTERNAL. */
  constructor(facts: Iterable<Fact>, gaps: Iterable<Gap>) {
    for (const fact of facts) {
      const list = this.#byKind.get(fact.kind);
      if (list === undefined) this.#byKind.set(fact.kind, [fact]);
      else list.push(fact);
    }
    for (const [kind, list] of this.#byKind) this.#byKind.set(kind, inIdOrder(list));
    const distinct = new Map([...gaps].map((gap) => [gapDigest(gap), gap]));
    this.gaps = [...distinct].sort(([a], [b]) => compareStrings(a, b)).map(([, gap]) => gap);
  }

  of<K extends FactKind>(kind: K): readonly FactOf<K>[] {
    return this.#byKind.get(kind) ?? [];
  }

  *all(): Generator<Fact> {
    for (const kind of [...this.#byKind.keys()].sort()) yield* this.#byKind.get(kind) ?? [];
  }

  counts(): Record<string, number> {
    return Object.fromEntries(
      [...this.#byKind.keys()].sort().map((kind) => [kind, this.#byKind.get(kind)?.length ?? 0]),
    );
  }
}

function inIdOrder(facts: readonly Fact[]): Fact[] {
  const sorted = sortedBy(facts, (fact) => fact.id);
  for (const [index, fact] of sorted.entries()) {
    if (index > 0 && sorted[index - 1]?.id === fact.id) {
      throw new CountersignError("E_INTERNAL", `expected one ${fact.kind} fact called ${fact.id}, got two`);
    }
  }
  return sorted;
}

/** A snapshot's name: when it was taken and what it holds. */
function snapshotId(takenAt: string, content: unknown): string {
  return `${takenAt.replace(/[-:]|\.\d+/g, "")}-${digestOf(content).slice(0, 12)}`;
}

/**
 * Writes a snapshot directory `<parent>/<snapshot_id>`: parts first, the manifest last, so a directory without a manifest is not a
 * snapshot. E_DISK.
 */
export async function writeSnapshot(
  parent: string,
  head: SnapshotHead,
  records: readonly RawRecord[],
  facts: FactSet,
): Promise<{ directory: string; manifest: SnapshotManifest }> {
  const ordered = sortedBy(
    records,
    (record) => `${record.store_id}\n${record.scope}\n${record.operation}\n${record.key}`,
  );
  const id = snapshotId(head.taken_at, [head, ordered.map(recordDigest)]);
  const directory = join(parent, id);
  const manifest: SnapshotManifest = {
    format: "countersign-snapshot/1",
    snapshot_id: id,
    ...head,
    records: await writePart(directory, "records.ndjson.zst", ordered),
    facts: await writePart(directory, "facts.ndjson.zst", facts.all()),
    gaps: await writePart(directory, "gaps.ndjson.zst", facts.gaps),
    fact_counts: facts.counts(),
    gap_counts: countBy(facts.gaps, (gap) => gap.reason),
  };
  await writeFileAtomically(
    join(directory, "manifest.json"),
    `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`,
  );
  return { directory, manifest };
}

function countBy<T>(items: Iterable<T>, key: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => compareStrings(a, b)));
}

/** Reads and checks a manifest. E_NOT_FOUND, E_INTEGRITY. */
export async function readManifest(directory: string): Promise<SnapshotManifest> {
  const path = join(directory, "manifest.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
  const value = parseJson(text);
  if (manifestSchema.fits(value)) return value;
  throw new CountersignError(
    "E_INTEGRITY",
    `expected a snapshot manifest in ${path}, got ${manifestSchema.complaint()}`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The records of a snapshot, each checked against its own body digest. E_INTEGRITY. */
export async function readRecords(directory: string, manifest: SnapshotManifest): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  for await (const value of readPart(directory, manifest.records)) {
    if (!recordGuard.fits(value)) throw misfit("record", recordGuard.complaint());
    if (sha256(recordBytes(value)) !== value.body_sha256)
      throw misfit("record", `a body unlike its digest ${value.body_sha256}`);
    records.push(value);
  }
  return records;
}

/** The facts and gaps of a snapshot. E_INTEGRITY when any byte differs from what was written. */
export async function readFacts(directory: string, manifest: SnapshotManifest): Promise<FactSet> {
  const facts = new Map<string, Fact>();
  for await (const value of readPart(directory, manifest.facts)) {
    const complaint = factComplaint(value);
    if (complaint !== undefined) throw misfit("fact", complaint);
    const fact = value as Fact;
    const name = `${fact.kind} ${fact.id}`;
    if (facts.has(name)) throw misfit("fact once", `${name} twice`);
    facts.set(name, fact);
  }
  return new FactSet(facts.values(), await readGaps(directory, manifest));
}

/** The gaps of a snapshot. E_INTEGRITY. */
export async function readGaps(directory: string, manifest: SnapshotManifest): Promise<Gap[]> {
  const gaps: Gap[] = [];
  for await (const value of readPart(directory, manifest.gaps)) {
    if (!gapGuard.fits(value)) throw misfit("gap", gapGuard.complaint());
    gaps.push(value);
  }
  return gaps;
}

function misfit(what: string, got: string): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected a ${what} in the snapshot, got ${got}`);
}

/** Ids of the snapshots below `parent`, oldest first. A directory without a manifest is not one. */
export async function listSnapshots(parent: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(parent);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(thrown, parent, "read");
  }
  const complete: string[] = [];
  for (const entry of entries.sort(compareStrings)) {
    const names = await readdir(join(parent, entry)).catch(() => [] as string[]);
    if (names.includes("manifest.json")) complete.push(entry);
  }
  return complete;
}
