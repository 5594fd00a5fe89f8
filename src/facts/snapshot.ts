import { readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  CountersignError,
  canonicalJson,
  compareStrings,
  digestOf,
  fileError,
  readBounded,
  sha256,
  sortedBy,
  writeFileAtomically,
} from "../base/index.ts";
import { type Gap, gapDigest } from "./gap.ts";
import { PEOPLE_KINDS, REVIEW_KINDS, type Fact, type FactKind, type FactOf } from "./kinds.ts";
import { Part, describePart, readPart, writePart } from "./ndjson.ts";
import { type RawRecord, questionKey, recordBytes, recordDigest } from "./record.ts";
import { Count, Digest, InstantText, Type, closed, compileSchema, type Static } from "../schema/index.ts";
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
  /** Settings that decide which questions are put, e.g. what is left out; absent where all are the defaults. */
  selection: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
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

/** Largest manifest: some hundred thousand scopes. */
const MAX_MANIFEST_BYTES = 64 * 1024 * 1024;

const MANIFEST = "manifest.json";

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

/**
 * Sources that are no secrets store: all that is told or hidden of them is about people, requests and reviews. What was pasted may
 * stand in a list of people as well.
 */
export function sourcesWithoutStore(facts: FactSet): ReadonlySet<string> {
  const beside = new Set<string>();
  const others = new Set<string>();
  const note = (kind: FactKind, store_id: string): void => {
    if (PEOPLE_KINDS.includes(kind) || REVIEW_KINDS.includes(kind)) beside.add(store_id);
    else if (kind !== "pasted_credential") others.add(store_id);
  };
  for (const { kind, store_id } of facts.all()) note(kind, store_id);
  for (const { hides, store_id } of facts.gaps) for (const kind of hides) note(kind, store_id);
  return beside.difference(others);
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

/** A snapshot's name: when it was taken, to the second, and what it holds. */
function snapshotId(head: SnapshotHead, records: readonly RawRecord[]): string {
  return `${nameInstant(head.taken_at)}-${digestOf([head, inOrder(records).map(recordDigest)]).slice(0, 12)}`;
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
  const directory = join(parent, snapshotId(head, records));
  const manifest = await composed(head, records, facts, (file, values) => writePart(directory, file, values));
  await writeFileAtomically(join(directory, MANIFEST), manifestText(manifest));
  return { directory, manifest };
}

/** The manifest that `writeSnapshot` would write of the same, made without a file: what a kept one is held against. */
export async function manifestOf(
  head: SnapshotHead,
  records: readonly RawRecord[],
  facts: FactSet,
): Promise<SnapshotManifest> {
  return await composed(head, records, facts, describePart);
}

async function composed(
  head: SnapshotHead,
  records: readonly RawRecord[],
  facts: FactSet,
  put: (file: string, values: Iterable<unknown>) => Promise<Part>,
): Promise<SnapshotManifest> {
  return {
    format: "countersign-snapshot/1",
    snapshot_id: snapshotId(head, records),
    ...head,
    records: await put("records.ndjson.zst", inOrder(records)),
    facts: await put("facts.ndjson.zst", facts.all()),
    gaps: await put("gaps.ndjson.zst", facts.gaps),
    fact_counts: facts.counts(),
    gap_counts: countBy(facts.gaps, (gap) => gap.reason),
  };
}

/** The bytes of a manifest file. */
export function manifestText(manifest: SnapshotManifest): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(manifest)), null, 2)}\n`;
}

function inOrder(records: readonly RawRecord[]): RawRecord[] {
  return sortedBy(
    records,
    (record) => `${record.store_id}\n${record.scope}\n${record.operation}\n${record.key}`,
  );
}

function countBy<T>(items: Iterable<T>, key: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([a], [b]) => compareStrings(a, b)));
}

/** Reads a manifest, of which nothing but its shape is checked. E_NOT_FOUND, E_INTEGRITY. */
export async function readManifest(directory: string): Promise<SnapshotManifest> {
  return (await readManifestFile(directory)).manifest;
}

/** As `readManifest`, with the text of the file. */
export async function readManifestFile(
  directory: string,
): Promise<{ readonly manifest: SnapshotManifest; readonly text: string }> {
  const path = join(directory, MANIFEST);
  const terms = { what: "a manifest", maxBytes: MAX_MANIFEST_BYTES, code: "E_INTEGRITY" } as const;
  const text = (await readBounded(path, terms)).toString("utf8");
  const manifest = parseJson(text);
  if (manifestSchema.fits(manifest)) {
    const stores = new Set(manifest.sources.map(({ store_id }) => store_id));
    if (stores.size === manifest.sources.length) return { manifest, text };
    throw new CountersignError("E_INTEGRITY", `expected each source once in ${path}, got one twice`);
  }
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

/** The records of a snapshot, each held against its own digests and against the manifest. E_INTEGRITY. */
export async function readRecords(directory: string, manifest: SnapshotManifest): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  const fault = recordChecker(manifest);
  const complaint = (value: unknown): CountersignError | undefined => {
    if (!recordGuard.fits(value)) return misfit("record", recordGuard.complaint());
    const wrong = fault(value);
    return wrong === undefined
      ? undefined
      : misfit("record", `${wrong} (${value.operation} in ${value.scope})`);
  };
  for await (const value of readPart(directory, manifest.records, complaint))
    records.push(value as RawRecord);
  return records;
}

/** Says what is wrong with a record, seen beside the manifest and the records before it. */
function recordChecker(manifest: SnapshotManifest): (record: RawRecord) => string | undefined {
  const sources = new Map(manifest.sources.map((source) => [source.store_id, source]));
  const [from, to] = [Date.parse(manifest.started_at), Date.parse(manifest.taken_at)];
  const seen = new Set<string>();
  return (record) => {
    const source = sources.get(record.store_id);
    if (source === undefined) return `one of ${record.store_id}, which is no source of it`;
    if (record.connector !== source.connector || record.revision !== source.revision)
      return `one by revision ${record.revision} of ${record.connector}, not by its source's connector`;
    const bytes = recordBytes(record);
    if (sha256(bytes) !== record.body_sha256) return `a body unlike its digest ${record.body_sha256}`;
    if (bytes.length !== record.body_bytes) return `${bytes.length} bytes instead of ${record.body_bytes}`;
    if (questionKey(record) !== record.key) return "a key that is not that of its question";
    const name = `${record.store_id}\n${record.key}`;
    if (seen.has(name)) return "two answers to one question";
    seen.add(name);
    const at = Date.parse(record.requested_at);
    return at >= from && at <= to
      ? undefined
      : `${record.requested_at}, not within ${manifest.started_at} to ${manifest.taken_at}`;
  };
}

/** The facts and gaps of a snapshot. E_INTEGRITY when any byte differs from what was written. */
export async function readFacts(directory: string, manifest: SnapshotManifest): Promise<FactSet> {
  const facts = new Map<string, Fact>();
  const complaint = (value: unknown): CountersignError | undefined => {
    const wrong = factComplaint(value);
    if (wrong !== undefined) return misfit("fact", wrong);
    const name = nameOf(value as Fact);
    return facts.has(name) ? misfit("fact once", `${name} twice`) : undefined;
  };
  for await (const value of readPart(directory, manifest.facts, complaint)) {
    facts.set(nameOf(value as Fact), value as Fact);
  }
  return new FactSet(facts.values(), await readGaps(directory, manifest));
}

const nameOf = ({ kind, id }: Fact): string => `${kind} ${id}`;

/** The gaps of a snapshot. E_INTEGRITY. */
export async function readGaps(directory: string, manifest: SnapshotManifest): Promise<Gap[]> {
  const gaps: Gap[] = [];
  const complaint = (value: unknown): CountersignError | undefined =>
    gapGuard.fits(value) ? undefined : misfit("gap", gapGuard.complaint());
  for await (const value of readPart(directory, manifest.gaps, complaint)) gaps.push(value as Gap);
  return gaps;
}

function misfit(what: string, got: string): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected a ${what} in the snapshot, got ${got}`);
}

/** A snapshot comes to its place whole and under this name: what bears it and lacks its manifest has been damaged. */
const SNAPSHOT_NAME = /^\d{8}T\d{6}Z-[0-9a-f]{12}$/;

/** RFC 3339 in UTC as names of snapshots begin, e.g. `20260930T060000Z`. */
function nameInstant(instant: string): string {
  return instant.replace(/[-:]|\.\d+/g, "");
}

/** The second in a snapshot's name, comparable as text; undefined for any other name. */
export function secondOfName(name: string): string | undefined {
  return SNAPSHOT_NAME.test(name) ? name.slice(0, name.indexOf("-")) : undefined;
}

/** Clocks of machines that share a state directory differ by less. */
const CLOCK_SKEW_MS = 5 * 60 * 1000;

/** Of the snapshots with these names, those that were taken after now: a clock is wrong, or was. */
export function afterNow(names: readonly string[], now: Date): string[] {
  const latest = nameInstant(new Date(now.getTime() + CLOCK_SKEW_MS).toISOString());
  return names.filter((name) => (secondOfName(name) ?? "") > latest);
}

/** Whether one snapshot comes before another: by when they were taken, and by id where that is the same. */
export function isBefore(one: SnapshotOrder, other: SnapshotOrder): boolean {
  return one.taken_at === other.taken_at
    ? one.snapshot_id < other.snapshot_id
    : one.taken_at < other.taken_at;
}

/** What tells which of two snapshots was taken first. */
export type SnapshotOrder = Pick<SnapshotManifest, "taken_at" | "snapshot_id">;

/**
 * Ids of the snapshots below `parent`, oldest first: whatever bears a snapshot's name, and directories of other names
 * that hold a manifest. A damaged or unreadable one is listed too, for whoever reads it to complain about: passed over,
 * an older one would be taken for the newest. E_DISK.
 */
export async function listSnapshots(parent: string): Promise<string[]> {
  let entries: string[];
  try {
    entries = await readdir(parent);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(thrown, parent, "read");
  }
  const found: string[] = [];
  for (const entry of entries.sort(compareStrings)) {
    if (SNAPSHOT_NAME.test(entry) || (await holdsManifest(join(parent, entry)))) found.push(entry);
  }
  return found;
}

async function holdsManifest(directory: string): Promise<boolean> {
  const names = await readdir(directory).catch(() => [] as string[]); // a file, or nothing of ours
  return names.includes(MANIFEST);
}
