import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { sha256 } from "../../src/base/index.ts";
import {
  FactSet,
  listSnapshots,
  readFacts,
  readManifest,
  readRecords,
  recordDigest,
  writePart,
  writeSnapshot,
  type Fact,
  type Gap,
  type RawRecord,
  type SnapshotManifest,
  type SourceManifest,
} from "../../src/facts/index.ts";

const SNAPSHOTS = new URL("../../examples/vault/snapshots/", import.meta.url).pathname;

/** The recorded estate in pieces that a forger may change. */
export interface Pieces {
  manifest: SnapshotManifest;
  records: RawRecord[];
  facts: Fact[];
  gaps: Gap[];
}

const root = await mkdtemp(join(tmpdir(), "countersign-forged-"));
const [id = ""] = await listSnapshots(SNAPSHOTS);
export const ORIGINAL = join(SNAPSHOTS, id);
let copies = 0;

export async function removeForgeries(): Promise<void> {
  await rm(root, { recursive: true, force: true });
}

/** A copy of the recorded estate. */
export async function copied(): Promise<string> {
  const directory = join(root, String((copies += 1)));
  await cp(ORIGINAL, directory, { recursive: true });
  return directory;
}

async function pieces(): Promise<Pieces> {
  const manifest = await readManifest(ORIGINAL);
  const facts = await readFacts(ORIGINAL, manifest);
  return {
    manifest,
    records: await readRecords(ORIGINAL, manifest),
    facts: [...facts.all()],
    gaps: [...facts.gaps],
  };
}

export type Change = (pieces: Pieces) => void;

/** A copy whose pieces are changed and whose parts have fitting digests again; the rest of the manifest is left. */
export async function partsRedone(change: Change): Promise<string> {
  const directory = await copied();
  const changed = await pieces();
  change(changed);
  const { manifest, records, facts, gaps } = changed;
  await writeManifest(directory, {
    ...manifest,
    records: await writePart(directory, "records.ndjson.zst", records),
    facts: await writePart(directory, "facts.ndjson.zst", facts),
    gaps: await writePart(directory, "gaps.ndjson.zst", gaps),
  });
  return directory;
}

/** A copy whose pieces are changed and everything that the writer derives of them is redone, the name included. */
export async function allRedone(change: Change): Promise<string> {
  const changed = await pieces();
  change(changed);
  const { manifest, records, facts, gaps } = changed;
  const { product_version, run_id, started_at, taken_at, notice, sources } = manifest;
  const head = { product_version, run_id, started_at, taken_at, sources };
  const { directory } = await writeSnapshot(
    join(root, String((copies += 1))),
    notice === undefined ? head : { ...head, notice },
    records,
    new FactSet(facts, gaps),
  );
  return directory;
}

/** A copy whose manifest's text is another. */
export async function manifestRewritten(change: (text: string) => string): Promise<string> {
  const directory = await copied();
  const path = join(directory, "manifest.json");
  await writeFile(path, change(await readFile(path, "utf8")));
  return directory;
}

/** A copy with other text in one part, and its digest redone. */
export async function partRewritten(file: string, change: (lines: string) => string): Promise<string> {
  const directory = await copied();
  const path = join(directory, file);
  const lines = change(zstdDecompressSync(await readFile(path)).toString("utf8"));
  await writeFile(path, zstdCompressSync(lines));
  const manifest = await readManifest(directory);
  const part = { sha256: sha256(lines), bytes: Buffer.byteLength(lines) };
  const redone = <T extends { file: string }>(old: T): T => (old.file === file ? { ...old, ...part } : old);
  const { records, facts, gaps } = manifest;
  await writeManifest(directory, {
    ...manifest,
    records: redone(records),
    facts: redone(facts),
    gaps: redone(gaps),
  });
  return directory;
}

async function writeManifest(directory: string, manifest: SnapshotManifest): Promise<void> {
  await writeFile(join(directory, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The record of an operation, as it stands among the pieces. */
export function recordOf({ records }: Pieces, operation: string, nth = 0): RawRecord {
  const found = records.filter((record) => record.operation === operation)[nth];
  if (found === undefined) throw new Error(`expected a record of ${operation}`);
  return found;
}

/** Puts another body into a record, with digest and length that fit. */
export function setBody(record: RawRecord, text: string): void {
  record.body = { text };
  record.body_sha256 = sha256(text);
  record.body_bytes = Buffer.byteLength(text);
}

export function textOf({ body }: RawRecord): string {
  return "text" in body ? body.text : "";
}

/** Counts the records and gaps of the only scope again, as a careful forger does. */
export function recount({ manifest, records, gaps }: Pieces): void {
  const scope = manifest.sources[0]?.scopes[0];
  if (scope === undefined) throw new Error("expected a source with a scope");
  scope.record_count = records.length;
  scope.gap_count = gaps.length;
}

/** Takes a record and what it told away. */
export function forget(pieces: Pieces, record: RawRecord): void {
  const digest = recordDigest(record);
  pieces.records = pieces.records.filter((one) => one !== record);
  pieces.facts = pieces.facts.filter((fact) => fact.record !== digest);
  pieces.gaps = pieces.gaps.filter((gap) => gap.record !== digest);
  recount(pieces);
}

/** A change to the only source's entry. */
export const source =
  (change: (entry: SourceManifest) => void): Change =>
  ({ manifest }) =>
    manifest.sources.forEach(change);

/** The gap that a question without an answer leaves. */
export const timedOut = (record: RawRecord, hides: Gap["hides"], resource: string): Gap => ({
  store_id: record.store_id,
  scope: record.scope,
  operation: record.operation,
  reason: "timeout",
  hides,
  detail: "expected an answer within 30000 ms, got none",
  resource,
});
