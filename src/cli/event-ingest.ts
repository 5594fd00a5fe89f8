import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { resolve, join } from "node:path";
import { CountersignError, EXIT, counted, invariant, readBounded, type ExitCode } from "../base/index.ts";
import { acquireLock, withoutSecrets } from "../collect/index.ts";
import {
  EventTable,
  digestKeys,
  ingest,
  isDigestName,
  verifyDigests,
  type DeliveredFile,
  type DigestKeys,
  type DigestReport,
  type Format,
  type IngestReport,
  type LogFile,
} from "../events/index.ts";
import { DuckDb, usualMemoryMb } from "../tables/index.ts";
import { configuredSources } from "./collecting.ts";
import type { CommonOptions } from "./commands/command.ts";
import { withCredentials } from "./embedded-vault.ts";
import { configIfThere, CONFIG_FILE, loadConfig, stateDirectory, type Environment } from "./environment.ts";
import { filesAt, spooled, withoutFiles } from "./log-files.ts";
import { WITHOUT_LOG, deliveredAt, isBucketAddress, logOf, objectsAt } from "./log-sources.ts";

export interface IngestOptions extends CommonOptions {
  readonly format?: Format | "auto";
  readonly store?: string;
  readonly digestKeys?: string;
  readonly verifyDigests?: boolean;
}

/** A writer of another host, of whose processes nothing is known here, is taken for dead after so long. */
const FOREIGN_STALE_MS = 24 * 3600 * 1000;
/** Characters of a record put aside that are kept. */
const MAX_ASIDE_CHARACTERS = 16 * 1024;

/** A source and where its log is to be read. */
interface ToRead {
  readonly storeId: string;
  /** `scratch`: a directory for what has to lie on this machine. */
  readonly files: (scratch: string) => AsyncIterable<LogFile>;
  readonly missing: readonly string[];
}

/** What was read of one source. */
interface Read {
  readonly storeId: string;
  readonly report: IngestReport;
  readonly missing: readonly string[];
  /** Absent where no digests of CloudTrail lie among the files. */
  readonly digests?: DigestReport;
  /** Addresses of buckets with digests that nothing was compared with. */
  readonly uncompared: readonly string[];
}

/** Largest list of CloudTrail's public keys. */
const MAX_KEYS_BYTES = 16 * 1024 * 1024;

/**
 * `events ingest`: reads audit logs into the event table; without paths those that the configuration names. Ends with 3 where
 * something of them could not be read.
 */
export async function ingestEvents(
  environment: Environment,
  paths: readonly string[],
  options: IngestOptions,
): Promise<ExitCode> {
  const read =
    paths.length === 0
      ? await ingestAll(environment, await configuredLogs(environment, options), options)
      : await ingestPaths(environment, paths, options);
  environment.terminal.out(
    options.json === true ? `${JSON.stringify(readJson(read, paths))}\n` : read.map(readText).join(""),
  );
  const isBroken = read.some(({ digests }) => (digests?.broken.length ?? 0) > 0);
  const isWhole = read.every(
    ({ report, missing, digests }) =>
      report.aside === 0 && missing.length === 0 && (digests?.unproven.length ?? 0) === 0,
  );
  return isBroken ? EXIT.violations : isWhole ? EXIT.pass : EXIT.incomplete;
}

/**
 * Compares local files, and objects that are fetched for that, with the digests of CloudTrail that lie among them; undefined where
 * none do.
 */
async function verified(
  { cwd }: Environment,
  paths: readonly string[],
  { digestKeys: keyFile }: IngestOptions,
  fetched?: (directory: string) => AsyncIterable<DeliveredFile>,
): Promise<DigestReport | undefined> {
  const named = paths.filter((path) => path !== "-");
  let isVouched = fetched !== undefined;
  for await (const { path } of filesAt(named, cwd)) isVouched ||= isDigestName(path);
  if (!isVouched) return undefined;
  const keys = keyFile === undefined ? new Map() : await keysIn(resolve(cwd, keyFile));
  const directory = await mkdtemp(join(tmpdir(), "countersign-digests-"));
  try {
    const all = async function* (): AsyncGenerator<DeliveredFile> {
      yield* filesAt(named, cwd);
      if (fetched !== undefined) yield* fetched(directory);
    };
    return await verifyDigests(all(), keys);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function keysIn(file: string): Promise<DigestKeys> {
  const terms = { what: "public keys", maxBytes: MAX_KEYS_BYTES, code: "E_INPUT" } as const;
  return digestKeys((await readBounded(file, terms)).toString("utf8"), file);
}

async function ingestPaths(
  environment: Environment,
  paths: readonly string[],
  options: IngestOptions,
): Promise<Read[]> {
  const storeId =
    options.store === undefined
      ? await onlySource(environment, options)
      : await namedSource(environment, options.store, options);
  const local = paths.filter((path) => !isBucketAddress(path));
  const addresses = paths.filter(isBucketAddress);
  const { cwd } = environment;
  const missing = (
    await withoutFiles(
      local.filter((path) => path !== "-"),
      cwd,
    )
  ).map((path) => `no file in ${path}`);
  const withDigests = async (
    read: Read[],
    fetched?: (directory: string) => AsyncIterable<DeliveredFile>,
  ): Promise<Read[]> => {
    const digests = await verified(environment, local, options, fetched);
    return digests === undefined ? read : read.map((one) => ({ ...one, digests }));
  };
  const localFiles = (scratch: string): AsyncIterable<LogFile> =>
    local.includes("-") ? spooled(scratch, local, cwd) : filesAt(local, cwd);
  if (addresses.length === 0) {
    return await withDigests(
      await ingestAll(environment, [{ storeId, files: localFiles, missing }], options),
    );
  }
  const config = await loadConfig(environment, options);
  const [source] = configuredSources(config, environment, [storeId]);
  invariant(source !== undefined, `a source ${storeId}`);
  const reading = { ...options, directory: config.directory, purpose: "collect" };
  return await withCredentials(environment, reading, async (credentials) => {
    const terms = { credentials, sleep: environment.ports.sleep, signal: environment.signal };
    const vouched = new Set<string>();
    const files = async function* (scratch: string): AsyncGenerator<LogFile> {
      yield* localFiles(scratch);
      for (const address of addresses) {
        for await (const file of objectsAt(address, source, terms)) {
          if (isDigestName(file.source)) vouched.add(address);
          yield file;
        }
      }
    };
    const read = await ingestAll(environment, [{ storeId, files, missing }], options);
    if (options.verifyDigests !== true) {
      return await withDigests(read.map((one) => ({ ...one, uncompared: [...vouched] })));
    }
    return await withDigests(read, async function* (directory) {
      for (const address of addresses) yield* deliveredAt(address, source, terms, directory);
    });
  });
}

/** What the configuration says of each source's log. */
async function configuredLogs(environment: Environment, options: IngestOptions): Promise<ToRead[]> {
  const config = await loadConfig(environment, options);
  const only = options.store === undefined ? undefined : [options.store];
  const sources = configuredSources(config, environment, only).filter(
    ({ connector }) => !WITHOUT_LOG.has(connector),
  );
  const terms = {
    stateDirectory: stateDirectory(environment, options),
    directory: config.directory,
    sleep: environment.ports.sleep,
  };
  return await Promise.all(
    sources.map(async (source) => {
      const { files, missing } = await logOf(source, terms);
      return { storeId: source.name, files: () => files, missing };
    }),
  );
}

async function ingestAll(
  environment: Environment,
  logs: readonly ToRead[],
  options: IngestOptions,
): Promise<Read[]> {
  const { terminal, signal } = environment;
  const { format } = options;
  return await asWriter(
    environment,
    stateDirectory(environment, options),
    async (table, database, scratch) => {
      const read: Read[] = [];
      for (const { storeId, files, missing } of logs) {
        const report = await ingest(table, database, files(scratch), {
          storeId,
          ...(format === undefined || format === "auto" ? {} : { format }),
          now: environment.ports.clock.now(),
          clean: async (text) => await withoutSecrets(text, MAX_ASIDE_CHARACTERS),
          progress: (so) => {
            if (terminal.interactive) terminal.err(`${storeId}: ${summary(so)}\n`);
          },
          signal,
        });
        read.push({ storeId, report, missing, uncompared: [] });
      }
      return read;
    },
  );
}

/**
 * The source that `--store` names: one of the configuration, since a log that is read under a second name counts twice. Without
 * any configuration a log may be looked at all the same: then nothing vouches for the name, and that is told. E_USAGE.
 */
async function namedSource(environment: Environment, name: string, options: CommonOptions): Promise<string> {
  const config = await configIfThere(environment, options);
  if (config === undefined) {
    environment.terminal.err(`There is no ${CONFIG_FILE}: nothing says that there is a source ${name}.\n`);
    return name;
  }
  const names = Object.keys(config.value.sources).sort();
  if (names.includes(name)) return name;
  throw new CountersignError("E_USAGE", `expected a source of ${names.join(", ")}, got ${name}`, {
    fix: `Name one: --store ${names.join(" | ")}`,
  });
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

function summary({ files, records, events, unanswered, aside }: IngestReport): string {
  const open = unanswered === 0 ? "" : ` and ${counted(unanswered, "request")} without an answer so far`;
  return `${counted(files, "file")}, ${counted(records, "record")}, ${counted(events, "new event")}${open}, ${aside} aside`;
}

/** Of named paths one document, of the configuration's sources a list. */
function readJson(read: readonly Read[], paths: readonly string[]): unknown {
  const told = read.map(({ storeId, report, ...more }) => ({ store_id: storeId, ...report, ...more }));
  return paths.length === 0 ? { sources: told } : told[0];
}

function readText({ storeId, report, missing, digests, uncompared }: Read): string {
  const lines = [
    `${storeId}: ${summary(report)}`,
    ...(report.known_files > 0 ? [`${counted(report.known_files, "file")} had been read before`] : []),
    ...(report.joined > 0 ? [`${counted(report.joined, "request")} joined to their answers`] : []),
    ...(report.repeated > 0
      ? [`${counted(report.repeated, "record")} told again of calls that others tell of`]
      : []),
    ...(report.other_files > 0
      ? [`${counted(report.other_files, "file")} without records: empty, or digests of CloudTrail`]
      : []),
    ...(report.unfinished_bytes > 0
      ? [`${counted(report.unfinished_bytes, "byte")} at the end of files are no whole line yet`]
      : []),
    ...report.same_as.map(
      (other) => `the same log was read as ${other}: each of its calls counts twice, once for each source`,
    ),
    ...(digests === undefined ? [] : digestLines(digests)),
    ...uncompared.map((address) => `not compared with CloudTrail's digests: ${address}; --verify-digests`),
    ...missing.map((what) => `not read: ${storeId}: ${what}`),
    ...(report.aside > 0 ? ["What could not be read is a gap: countersign events query aside"] : []),
  ];
  return `${lines.join("\n")}\n`;
}

function digestLines({ digests, signed, log_files, broken, unproven }: DigestReport): string[] {
  return [
    `${counted(digests, "digest")} of CloudTrail, ${signed} signed; ${counted(log_files, "log file")} as delivered`,
    ...broken.map((what) => `altered: ${what}`),
    ...unproven.map((what) => `not proven: ${what}`),
  ];
}
