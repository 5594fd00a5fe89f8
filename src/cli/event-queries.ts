import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CountersignError, EXIT, counted, makeDirectory, printable, type ExitCode } from "../base/index.ts";
import { acquireLock, withoutSecrets } from "../collect/index.ts";
import {
  EventTable,
  bound,
  ingest,
  questions,
  type Format,
  type IngestReport,
} from "../events/index.ts";
import { csv } from "../render/index.ts";
import { DuckDb, usualMemoryMb, type Cell, type Parameter, type Result } from "../tables/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { loadConfig, stateDirectory, type Environment } from "./environment.ts";
import { filesAt, spooled } from "./log-files.ts";
import { table as textTable } from "./output.ts";

export interface IngestOptions extends CommonOptions {
  readonly format?: Format | "auto";
  readonly store?: string;
}

export interface QueryOptions extends CommonOptions {
  readonly csv?: boolean;
  readonly set?: readonly string[];
  readonly list?: boolean;
}

/** A writer of another host, of whose processes nothing is known here, is taken for dead after so long. */
const FOREIGN_STALE_MS = 24 * 3600 * 1000;
/** Characters of a record put aside that are kept. */
const MAX_ASIDE_CHARACTERS = 16 * 1024;

/** `events ingest`: reads audit logs into the event table. */
export async function ingestEvents(
  environment: Environment,
  paths: readonly string[],
  options: IngestOptions,
): Promise<ExitCode> {
  const { terminal, signal, cwd } = environment;
  const storeId = options.store ?? (await onlySource(environment, options));
  const state = stateDirectory(environment, options);
  const report = await asWriter(environment, state, async (events, database, scratch) => {
    const files = paths.includes("-") ? spooled(scratch, paths, cwd) : filesAt(paths, cwd);
    return await ingest(events, database, files, {
      storeId,
      ...(options.format === undefined || options.format === "auto" ? {} : { format: options.format }),
      clean: async (text) => await withoutSecrets(text, MAX_ASIDE_CHARACTERS),
      progress: (so) => {
        if (terminal.interactive) terminal.err(`${summary(so)}\n`);
      },
      signal,
    });
  });
  terminal.out(
    options.json === true
      ? `${JSON.stringify({ store_id: storeId, ...report })}\n`
      : reportText(storeId, report),
  );
  return report.aside > 0 ? EXIT.incomplete : EXIT.pass;
}

/** `events check`: reads every file of the table and compares it with its digest. E_INTEGRITY. */
export async function checkEvents(environment: Environment, options: CommonOptions): Promise<ExitCode> {
  const table = await EventTable.open(stateDirectory(environment, options));
  const found = await table.verify();
  environment.terminal.out(
    options.json === true
      ? `${JSON.stringify(found)}\n`
      : `${counted(found.parts, "file")} of the event table, ${counted(found.bytes, "byte")}: as they were written\n`,
  );
  return EXIT.pass;
}

/** `events query`: a saved question by its name, or SQL. */
export async function queryEvents(
  environment: Environment,
  question: string | undefined,
  options: QueryOptions,
): Promise<ExitCode> {
  const saved = questions();
  if (options.list === true || question === undefined) {
    const rows = saved.map(({ id, head }) => [id, head.title]);
    environment.terminal.out(
      options.json === true
        ? `${JSON.stringify(saved.map(({ id, head }) => ({ id, ...head })))}\n`
        : textTable([["question", "about"], ...rows]),
    );
    return EXIT.pass;
  }
  const named = saved.find(({ id }) => id === question);
  const sql = named === undefined ? question : bound(named, parameters(options.set ?? []));
  const result = await asReader(environment, options, async (database) => await database.query(sql));
  show(environment, result, options);
  return EXIT.pass;
}

async function onlySource(environment: Environment, options: CommonOptions): Promise<string> {
  const config = await loadConfig(environment, options);
  const names = Object.keys(config.value.sources);
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  throw new CountersignError("E_USAGE", "expected to know which source the log is of, got several sources", {
    fix: `Name one: --store ${names.sort().join(" | ")}`,
  });
}

async function asWriter<T>(
  { ports }: Environment,
  state: string,
  work: (table: EventTable, database: DuckDb, scratch: string) => Promise<T>,
): Promise<T> {
  const lock = await acquireLock(join(state, "event-table", "lock"), {
    other: "ingestion of events",
    clock: ports.clock,
    foreignStaleMs: FOREIGN_STALE_MS,
  });
  try {
    const table = await EventTable.open(state);
    await table.tidy(ports.clock.now().getTime());
    const scratch = await table.stage();
    const database = await DuckDb.open({
      memoryMb: usualMemoryMb(),
      threads: availableParallelism(),
      scratch,
    });
    try {
      return await work(table, database, scratch);
    } finally {
      database.close();
      await table.tidy(ports.clock.now().getTime());
    }
  } finally {
    await lock.release();
  }
}

/** Opens the event table for questions, and nothing else. */
export async function asReader<T>(
  environment: Environment,
  options: CommonOptions,
  work: (database: DuckDb) => Promise<T>,
): Promise<T> {
  const table = await EventTable.open(stateDirectory(environment, options));
  const scratch = join(table.directory, "scratch");
  await makeDirectory(scratch);
  const database = await DuckDb.open({ memoryMb: usualMemoryMb(), threads: availableParallelism(), scratch });
  const stop = (): void => {
    database.interrupt();
  };
  environment.signal.addEventListener("abort", stop);
  try {
    await table.attach(database);
    await database.confineTo(table.directory);
    return await work(database);
  } finally {
    environment.signal.removeEventListener("abort", stop);
    database.close();
  }
}

/** `name=value` as a parameter: a number where it is one. */
export function parameters(set: readonly string[]): Record<string, Parameter> {
  return Object.fromEntries(
    set.map((one) => {
      const [name = "", ...rest] = one.split("=");
      const value = rest.join("=");
      if (name !== "" && rest.length > 0)
        return [name, value !== "" && Number.isFinite(Number(value)) ? Number(value) : value];
      throw new CountersignError("E_USAGE", `expected name=value after --set, got ${JSON.stringify(one)}`);
    }),
  );
}

function show({ terminal }: Environment, { columns, rows }: Result, options: QueryOptions): void {
  if (options.json === true) {
    const objects = rows.map((row) =>
      Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
    );
    terminal.out(`${JSON.stringify(objects)}\n`);
    return;
  }
  const text = rows.map((row) => row.map(cellText));
  if (options.csv === true) {
    terminal.out(
      csv(
        columns.map((name, index) => ({ name, cell: (row: string[]) => row[index] ?? "" })),
        text,
      ),
    );
  } else terminal.out(`${textTable([columns, ...text])}${counted(rows.length, "row")}\n`);
}

function cellText(cell: Cell): string {
  if (cell === null) return "";
  return typeof cell === "object" ? cell.map(cellText).join(" ") : printable(String(cell));
}

function summary({ files, records, events, aside }: IngestReport): string {
  return `${counted(files, "file")}, ${counted(records, "record")}, ${counted(events, "new event")}, ${aside} aside`;
}

function reportText(storeId: string, report: IngestReport): string {
  const lines = [
    `${storeId}: ${summary(report)}`,
    ...(report.known_files > 0 ? [`${counted(report.known_files, "file")} had been read before`] : []),
    ...(report.repeated > 0 ? [`${counted(report.repeated, "event")} had been told before`] : []),
    ...(report.other_files > 0
      ? [`${counted(report.other_files, "file")} without records: empty, or digests of CloudTrail`]
      : []),
    ...(report.unfinished_bytes > 0
      ? [`${counted(report.unfinished_bytes, "byte")} at the end of files are no whole line yet`]
      : []),
    ...(report.aside > 0 ? ["What could not be read is a gap: countersign events query aside"] : []),
  ];
  return `${lines.join("\n")}\n`;
}
