import { rm, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { CountersignError, invariant } from "../base/index.ts";
import { nameLiteral, textLiteral, type DuckDb } from "../tables/index.ts";
import { BESIDE, type EventTable, type StagedPart } from "./event-table.ts";
import { isByLine, type Format } from "./formats.ts";
import {
  examine,
  isKnown,
  knownInputs,
  nameOf,
  readTwice,
  type Known,
  type LocalFile,
  type LogFile,
  type Work,
} from "./inputs.ts";
import { UNANSWERED, settle } from "./settle.ts";
import { prepare, stageWork, type Aside } from "./staging.ts";

/** What one commit reads at most, as it lies on disk: so much is read again after a kill. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024;
const MAX_BATCH_FILES = 1000;

/** Records put aside whose content one commit keeps; the others are counted. */
const MAX_ASIDE_KEPT = 10_000;

export interface IngestTerms {
  /** Source in the configuration that the log is of. */
  readonly storeId: string;
  /** Absent: each file says it. */
  readonly format?: Format;
  /** Says which files nobody writes into any more. */
  readonly now: Date;
  /** Takes what looks like a credential out of what is kept aside. */
  readonly clean: (text: string) => Promise<string>;
  /** Called after each commit. */
  readonly progress: (report: IngestReport) => void;
  readonly signal: AbortSignal;
}

/** What was read. Counts are of this run. */
export interface IngestReport {
  /** Files of which something was read. */
  files: number;
  /** Files of which everything had been read before. */
  known_files: number;
  /** CloudTrail's digest files, and empty files. */
  other_files: number;
  /**
   * Records, and lines that are none. Of Vault's log, whose records tell of one thing each, they are over all runs as many as `events`,
   * `joined`, `repeated` and `aside` (but for files that are aside as a whole) together with what is `unanswered` now.
   */
  records: number;
  /** Rows that the table did not have. */
  events: number;
  /** Of the store's requests those whose answer no log that was read holds: events as well, and not among `events`. */
  unanswered: number;
  /** Requests whose answer stands in their place. */
  joined: number;
  /** Rows of calls that other records tell of, here or before: Vault writes a refused request and its answer. */
  repeated: number;
  /** Records, or parts of files, that could not be read; `countersign events query aside` shows them. */
  aside: number;
  /** Bytes at the end of files that are no whole line yet. */
  unfinished_bytes: number;
  /** Other sources of which the same files were read, in this run or before. */
  same_as: string[];
}

/**
 * Reads files of audit logs into the table, in commits of bounded size: killed at any moment, what was committed counts, and
 * the next run goes on. In any order, in any number of runs and however often, the same files make the same table.
 * E_DISK, E_NOT_FOUND, E_LIMIT, E_INTERRUPTED.
 */
export async function ingest(
  table: EventTable,
  database: DuckDb,
  files: AsyncIterable<LogFile> | Iterable<LogFile>,
  terms: IngestTerms,
): Promise<IngestReport> {
  const report: IngestReport = {
    files: 0,
    known_files: 0,
    other_files: 0,
    records: 0,
    events: 0,
    unanswered: 0,
    joined: 0,
    repeated: 0,
    aside: 0,
    unfinished_bytes: 0,
    same_as: [],
  };
  await prepare(database);
  await table.attach(database);
  report.unanswered = unansweredIn(table, terms.storeId);
  const seen = await knownInputs(database, terms.storeId);
  let batch = new Batch(await table.stage());
  try {
    for await (const file of files) {
      refuseInterrupted(terms.signal);
      await batch.take(file, terms, seen, report);
      if (!batch.isFull) continue;
      const full = batch;
      batch = new Batch(await table.stage());
      await commit(table, database, full, terms, report);
    }
  } catch (thrown) {
    // A file that cannot be read costs those before it nothing; a commit that failed has left its batch behind.
    if (!terms.signal.aborted) await commit(table, database, batch, terms, report);
    throw thrown;
  }
  await commit(table, database, batch, terms, report);
  report.same_as = (await readTwice(database))
    .filter(({ store_ids }) => store_ids.includes(terms.storeId))
    .map(({ store_ids: [first, second] }) => (first === terms.storeId ? second : first));
  return report;
}

function unansweredIn(table: EventTable, storeId: string): number {
  return table
    .parts("events")
    .filter((part) => part.store_id === storeId && part.day === UNANSWERED)
    .reduce((sum, { rows }) => sum + rows, 0);
}

function refuseInterrupted(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new CountersignError("E_INTERRUPTED", "expected to end, got an interruption", {
    fix: "Run the same command again: it goes on where this one ended.",
  });
}

/** Files that are read together. */
class Batch {
  readonly directory: string;
  readonly work: Work[] = [];
  readonly aside: Aside[] = [];
  /** `behind`: SHA-256 of the piece of the same file before what is not read. */
  readonly unread: { file: LocalFile; digest: string; behind: string | undefined }[] = [];
  #bytes = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  get isFull(): boolean {
    return this.#bytes >= MAX_BATCH_BYTES || this.work.length + this.unread.length >= MAX_BATCH_FILES;
  }

  get isEmpty(): boolean {
    return this.work.length + this.unread.length === 0;
  }

  async take(
    file: LogFile,
    { format, now }: Pick<IngestTerms, "format" | "now">,
    seen: Known,
    report: IngestReport,
  ): Promise<void> {
    if (isKnown(file, seen)) {
      report.known_files += 1;
      return;
    }
    const path = file.path ?? (await file.fetch?.(this.directory));
    invariant(path !== undefined, `a way to ${file.source}`);
    const local = { ...file, path };
    const examined = await examine(local, format, { known: seen, pieces: this.directory, now });
    if ("skipped" in examined) {
      if (examined.skipped === "known") report.known_files += 1;
      else report.other_files += 1;
      // What was fetched for nothing would lie there until the batch ends.
      if (path.startsWith(`${this.directory}${sep}`)) await rm(path, { force: true });
      return;
    }
    report.files += 1;
    for (const name of nameOf(file)) seen.names.add(name);
    if ("problem" in examined) {
      this.#putAside(local, { digest: examined.digest, problem: examined.problem, content: "" }, seen);
      return;
    }
    report.unfinished_bytes += examined.unfinished;
    if (examined.cut !== undefined) {
      const { behind, ...cut } = examined.cut;
      this.#putAside(local, { ...cut, problem: "the last line is not whole" }, seen, behind);
    }
    for (const work of examined.work) {
      if (work.headDigest === "") seen.digests.add(work.digest);
      else seen.marks.set(work.headDigest, work);
      this.work.push(work);
      this.#bytes += work.toByte - work.fromByte;
    }
  }

  #putAside(file: LocalFile, aside: Aside, seen: Known, behind?: string): void {
    seen.digests.add(aside.digest);
    this.unread.push({ file, digest: aside.digest, behind });
    this.aside.push(aside);
  }
}

async function commit(
  table: EventTable,
  database: DuckDb,
  batch: Batch,
  terms: IngestTerms,
  report: IngestReport,
): Promise<void> {
  if (batch.isEmpty) return;
  const aside = [...batch.aside];
  const directories: string[] = [];
  let lines = batch.aside.filter(isPlaced).length;
  for (const [index, group] of grouped(batch.work).entries()) {
    const directory = join(batch.directory, `group-${index}`);
    const damages = (await stageWork(database, group, directory)).aside;
    aside.push(...damages);
    if (group.some(({ format }) => isByLine(format))) lines += damages.filter(isPlaced).length;
    directories.push(directory);
  }
  refuseInterrupted(terms.signal);
  const counts = await counted(database, directories);
  aside.push(...(await asideIn(database, directories)));
  const settled = await settle(database, table, terms.storeId, directories, batch.directory);
  const beside = await besideParts(database, batch, { aside, counts }, terms);
  await table.commit([...settled.staged, ...beside], settled.gone);
  await table.attach(database);
  await rm(batch.directory, { recursive: true, force: true });
  report.records += [...counts.values()].reduce((sum, { records }) => sum + records, 0);
  report.records += lines;
  report.events += settled.fresh;
  report.unanswered = unansweredIn(table, terms.storeId);
  report.joined += settled.joined;
  report.repeated += settled.known;
  report.aside += aside.length;
  terms.progress(report);
}

function isPlaced({ from }: Aside): boolean {
  return from !== undefined;
}

function grouped(work: readonly Work[]): Work[][] {
  const groups = new Map<string, Work[]>();
  for (const one of work) {
    const key = `${one.format} ${one.compression}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()];
}

/** What is known of one input: a file, or a piece of one. */
interface InputCount {
  readonly records: number;
  readonly events: number;
  readonly firstAt: string | undefined;
  readonly lastAt: string | undefined;
}

/** Records and their times by the digest of the input that they are of. */
async function counted(
  database: DuckDb,
  directories: readonly string[],
): Promise<ReadonlyMap<string, InputCount>> {
  const staged = await stagedIn(database, directories);
  if (staged === undefined) return new Map();
  const { rows } = await database.query(
    `SELECT input_digest, count(*) FILTER (item = 0), count(*) FILTER (problem IS NULL),
       min(time) FILTER (problem IS NULL), max(time) FILTER (problem IS NULL)
       FROM ${staged} GROUP BY input_digest`,
  );
  return new Map(
    rows.map(([digest, records, events, firstAt, lastAt]) => [
      String(digest),
      {
        records: Number(records),
        events: Number(events),
        firstAt: typeof firstAt === "string" ? firstAt : undefined,
        lastAt: typeof lastAt === "string" ? lastAt : undefined,
      },
    ]),
  );
}

async function asideIn(database: DuckDb, directories: readonly string[]): Promise<Aside[]> {
  const staged = await stagedIn(database, directories);
  if (staged === undefined) return [];
  const { rows } = await database.query(
    `SELECT input_digest, problem, content FROM ${staged} WHERE problem IS NOT NULL ORDER BY ALL`,
  );
  return rows.map(([digest, problem, content]) => ({
    digest: String(digest),
    problem: String(problem),
    content: String(content ?? ""),
  }));
}

/** What was staged, as something to read from; undefined where nothing was. */
async function stagedIn(database: DuckDb, directories: readonly string[]): Promise<string | undefined> {
  const found: string[] = [];
  for (const directory of directories) {
    const pattern = join(directory, "**", "*.parquet");
    const { rows } = await database.query(`SELECT count(*) FROM glob(${textLiteral(pattern)})`);
    if (Number(rows[0]?.[0]) > 0) found.push(textLiteral(pattern));
  }
  return found.length === 0
    ? undefined
    : `read_parquet([${found.join(", ")}], hive_partitioning = false, union_by_name = true)`;
}

/** The rows that say what was read, and what was not. */
async function besideParts(
  database: DuckDb,
  batch: Batch,
  found: { readonly aside: readonly Aside[]; readonly counts: ReadonlyMap<string, InputCount> },
  terms: IngestTerms,
): Promise<StagedPart[]> {
  const asideOf = Map.groupBy(found.aside, ({ digest }) => digest);
  const ends = await endsBefore(database, batch, found.counts, terms.storeId);
  const inputs = [
    ...batch.work.map((work) => ({ ...work, version: work.version })),
    ...batch.unread.map(({ file, digest }) => ({
      source: file.source,
      version: file.version ?? "",
      format: "unknown",
      digest,
      headDigest: "",
      fromByte: 0,
      toByte: 0,
    })),
  ].map(({ source, version, format, digest, headDigest, fromByte, toByte }) => {
    const count = found.counts.get(digest);
    const end = ends.get(digest) ?? null;
    return {
      source,
      version,
      format,
      digest,
      head_digest: headDigest,
      from_byte: fromByte,
      to_byte: toByte,
      records: count?.records ?? 0,
      events: count?.events ?? 0,
      aside: asideOf.get(digest)?.length ?? 0,
      first_at: count?.firstAt ?? end,
      last_at: count?.lastAt ?? end,
    };
  });
  const sources = new Map(inputs.map(({ digest, source }) => [digest, source]));
  const aside: Record<string, number | string | null>[] = [];
  for (const { digest, problem, content, from, to } of found.aside.slice(0, MAX_ASIDE_KEPT)) {
    const source = sources.get(digest) ?? "";
    const place = { from_byte: from ?? null, to_byte: to ?? null };
    aside.push({ source, digest, problem, content: await terms.clean(content), ...place });
  }
  return [
    ...(await written(database, "inputs", inputs, batch.directory, terms.storeId)),
    ...(await written(database, "aside", aside, batch.directory, terms.storeId)),
  ];
}

/** When the last event happened before what is not read of a file, by the digest of that: about then it was written. */
async function endsBefore(
  database: DuckDb,
  { unread }: Batch,
  counts: ReadonlyMap<string, InputCount>,
  storeId: string,
): Promise<ReadonlyMap<string, string>> {
  const asked = unread.flatMap(({ digest, behind }) => (behind === undefined ? [] : [{ digest, behind }]));
  if (asked.length === 0) return new Map();
  const { rows } = await database.query(
    `SELECT digest, max(last_at) FROM inputs WHERE store_id = ${textLiteral(storeId)}
       AND digest IN (${asked.map(({ behind }) => textLiteral(behind)).join(", ")}) GROUP BY digest`,
  );
  const before = new Map(rows.map(([digest, lastAt]) => [String(digest), lastAt]));
  return new Map(
    asked.flatMap(({ digest, behind }) => {
      const lastAt = counts.get(behind)?.lastAt ?? before.get(behind);
      return typeof lastAt === "string" ? [[digest, lastAt] as const] : [];
    }),
  );
}

async function written(
  database: DuckDb,
  table: "aside" | "inputs",
  rows: readonly Readonly<Record<string, number | string | null>>[],
  directory: string,
  storeId: string,
): Promise<StagedPart[]> {
  if (rows.length === 0) return [];
  const lines = join(directory, `${table}.ndjson`);
  const path = join(directory, `${table}.parquet`);
  await writeFile(lines, rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { mode: 0o600 });
  const columns = BESIDE[table].map(([name, type]) => `${nameLiteral(name)}: '${type}'`).join(", ");
  await database.run(
    `COPY (SELECT * FROM read_json(${textLiteral(lines)}, format = 'newline_delimited', columns = {${columns}}))
       TO ${textLiteral(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  return [{ path, table, store_id: storeId, rows: rows.length }];
}
