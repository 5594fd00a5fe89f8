import { availableParallelism } from "node:os";
import { join } from "node:path";
import { CountersignError, EXIT, counted, type ExitCode } from "../base/index.ts";
import { acquireLock, withoutSecrets } from "../collect/index.ts";
import { EventTable, ingest, type Format, type IngestReport } from "../events/index.ts";
import { DuckDb, usualMemoryMb } from "../tables/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { loadConfig, stateDirectory, type Environment } from "./environment.ts";
import { filesAt, spooled } from "./log-files.ts";

export interface IngestOptions extends CommonOptions {
  readonly format?: Format | "auto";
  readonly store?: string;
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
