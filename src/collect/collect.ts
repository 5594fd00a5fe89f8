import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  CountersignError,
  digestOf,
  fileError,
  latest,
  makeDirectory,
  syncDirectory,
  counted,
} from "../base/index.ts";
import {
  readManifest,
  writeSnapshot,
  type Connector,
  type CredentialSource,
  type EventRecords,
  type FactSet,
  type OwnRecords,
  type ReviewRecords,
  type RawRecord,
  type SnapshotManifest,
} from "../facts/index.ts";
import { assembled, taken } from "./assembled.ts";
import { Journal, type JournalContent, type JournalHead } from "./journal.ts";
import { limitsWith, type CollectLimits } from "./limits.ts";
import { acquireLock } from "./lock.ts";
import { LogStore } from "./log-store.ts";
import {
  NO_EVENT_RECORDS,
  NO_OWN_RECORDS,
  NO_REVIEW_RECORDS,
  SILENT,
  type CollectPorts,
  type Progress,
} from "./ports.ts";
import {
  collectingDirectory,
  interruptedRun,
  journalPath,
  runDirectory,
  snapshotsDirectory,
} from "./running.ts";
import { eachBounded } from "./slots.ts";
import { readSource, type CollectSource, type SourceReading } from "./source-reading.ts";
import { StopSource } from "./stopping.ts";

export interface CollectRequest {
  /** The stores to read; names are unique. */
  readonly sources: readonly CollectSource[];
  /** Holds `snapshots/<id>/` and, while a run lasts, `collecting/`. */
  readonly stateDirectory: string;
  readonly connectors: readonly Connector<never>[];
  readonly credentials: CredentialSource;
  /** Where absent, nothing of an embedded vault can be asked. */
  readonly own?: OwnRecords;
  /** By source. Where absent, nothing of ingested audit logs can be asked. */
  readonly eventsOf?: (source: string) => EventRecords;
  /** Where absent, nothing of access reviews can be asked. */
  readonly reviews?: ReviewRecords;
  readonly ports: CollectPorts;
  /** Aborting it ends the run with E_INTERRUPTED; the next run continues it. */
  readonly signal: AbortSignal;
  readonly productVersion: string;
  readonly progress?: Progress;
  readonly limits?: Partial<CollectLimits>;
  /** Stands in the manifest; see `SnapshotManifest`. */
  readonly notice?: string;
}

export interface Collected {
  readonly directory: string;
  readonly manifest: SnapshotManifest;
  readonly facts: FactSet;
  /** What ended a source early, bugs of ours included: the process ends with the worst of their exit codes. */
  readonly errors: readonly CountersignError[];
  /** The interrupted run that this one continued, where it did. */
  readonly resumed?: { readonly runId: string; readonly answerCount: number };
}

interface Plan {
  readonly head: JournalHead;
  readonly journal: Journal;
  readonly earlier: JournalContent | undefined;
}

/**
 * Reads every source and writes one snapshot. What cannot be read is a gap in it, whatever the reason; a source that
 * breaks leaves the others alone.
 *
 * @throws CountersignError E_CONFIG, E_STATE_LOCKED, E_DISK, E_INTERRUPTED. After the last two a journal is kept, and the
 * same call continues where this one stood.
 */
export async function collect(request: CollectRequest): Promise<Collected> {
  const limits = limitsWith(request.limits);
  const sources = withConnectors(request);
  const lock = await acquireLock(join(collectingDirectory(request.stateDirectory), "lock"), {
    other: "collection in this state directory",
    clock: request.ports.clock,
    // A run ends by itself after its time and some: twice that is certainly left behind.
    foreignStaleMs: 2 * (limits.runMs + limits.callMs),
  });
  try {
    const plan = await begun(request, sources, limits);
    const readings = await readAll(request, sources, limits, plan);
    const published = await publish(request, plan, readings);
    await rm(runDirectory(request.stateDirectory, plan.head.run_id), { recursive: true, force: true });
    return published;
  } finally {
    await lock.release();
  }
}

interface Pair {
  readonly source: CollectSource;
  readonly connector: Connector<never>;
}

function withConnectors({ sources, connectors }: CollectRequest): Pair[] {
  if (sources.length === 0) throw new CountersignError("E_CONFIG", "expected at least one source, got none");
  const names = new Set<string>();
  return sources.map((source) => {
    if (names.has(source.name)) {
      throw new CountersignError("E_CONFIG", `expected each source once, got ${source.name} twice`);
    }
    names.add(source.name);
    const connector = connectors.find(({ id }) => id === source.connector);
    if (connector !== undefined) return { source, connector };
    const known = connectors.map(({ id }) => id).join(", ");
    throw new CountersignError(
      "E_CONFIG",
      `expected a connector of ${known} for the source ${source.name}, got ${source.connector}`,
    );
  });
}

/** Continues the interrupted run of this configuration, or begins one. */
async function begun(
  request: CollectRequest,
  sources: readonly Pair[],
  limits: CollectLimits,
): Promise<Plan> {
  const { stateDirectory, ports, productVersion, progress = SILENT } = request;
  const configurationSha256 = digestOf({
    product_version: productVersion,
    sources: sources.map(({ source, connector }) => ({ ...source, revision: connector.revision })),
  });
  const earlier = await interruptedRun(stateDirectory, configurationSha256, {
    clock: ports.clock,
    resumeAgeMs: limits.resumeAgeMs,
    note: (note) => progress.noted(note),
  });
  if (earlier !== undefined) {
    const { run_id, started_at } = earlier.head;
    progress.noted(
      `Resuming the run ${run_id} of ${started_at}: ${counted(earlier.records.length, "answer is", "answers are")} kept, what failed is asked again.`,
    );
    const journal = await Journal.resume(journalPath(stateDirectory, run_id), earlier, limits);
    return { head: earlier.head, journal, earlier };
  }
  const startedAt = ports.clock.now().toISOString();
  const suffix = Math.floor(ports.random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
  const head: JournalHead = {
    kind: "run",
    format: "countersign-journal/1",
    run_id: `${startedAt.replace(/[-:.]/g, "")}-${suffix}`,
    configuration_sha256: configurationSha256,
    started_at: startedAt,
  };
  const journal = await Journal.begin(journalPath(stateDirectory, head.run_id), head, limits);
  return { head, journal, earlier: undefined };
}

async function readAll(
  request: CollectRequest,
  sources: readonly Pair[],
  limits: CollectLimits,
  { head, journal, earlier }: Plan,
): Promise<SourceReading[]> {
  const { ports, credentials, own = NO_OWN_RECORDS, signal, progress = SILENT } = request;
  const { eventsOf = () => NO_EVENT_RECORDS, reviews = NO_REVIEW_RECORDS } = request;
  const stop = new StopSource(signal, "interrupted");
  const abandon = new StopSource(signal, "interrupted");
  const timers = [
    setTimeout(() => stop.stop("run_time"), limits.runMs),
    // What a connector still says after its last calls have failed is finer than one gap over all: let it end.
    setTimeout(() => abandon.stop("run_time"), limits.runMs + limits.callMs),
  ];
  const run = {
    startedAt: new Date(head.started_at),
    limits,
    ports,
    credentials,
    own,
    logsOf: (source: string) => new LogStore(request.stateDirectory, source, ports.sleep),
    eventsOf,
    reviews,
    progress,
    keeper: journal,
    takeBytes: budget(limits.totalBytes),
    earlier: usableByStore(earlier?.records ?? []),
    stop: stop.signal,
    abandon: abandon.signal,
  };
  try {
    return await eachBounded(
      sources,
      limits.sources,
      async ({ source, connector }) => await readSource(source, connector, run),
    );
  } catch (thrown) {
    throw thrown instanceof CountersignError && thrown.code === "E_INTERRUPTED"
      ? interrupted(thrown)
      : thrown;
  } finally {
    timers.forEach(clearTimeout);
    stop.release();
    abandon.release();
    await journal.close();
  }
}

function interrupted(cause: CountersignError): CountersignError {
  return new CountersignError("E_INTERRUPTED", "interrupted while collecting; every answer so far is kept", {
    cause,
    fix: "Run the same command again: it continues where this one stopped.",
  });
}

/** Takes from `total`, as much as it holds; taking 0 tells whether anything is left. */
function budget(total: number): (count: number) => boolean {
  let spent = 0;
  return (count) => {
    if (count === 0) return spent < total;
    if (spent + count > total) return false;
    spent += count;
    return true;
  };
}

/** By store and question; a question that failed is asked again, and the last answer to one stands. */
function usableByStore(records: readonly RawRecord[]): Map<string, Map<string, RawRecord>> {
  const stores = new Map<string, Map<string, RawRecord>>();
  for (const record of records) {
    if (record.refused !== undefined) continue;
    const store = stores.get(record.store_id) ?? new Map<string, RawRecord>();
    stores.set(record.store_id, store.set(record.key, record));
  }
  return stores;
}

/** Normalises what was read and puts the snapshot into its place in one step. */
async function publish(
  request: CollectRequest,
  { head, earlier }: Plan,
  readings: readonly SourceReading[],
): Promise<Collected> {
  const { facts, sources, errors } = assembled(readings.map(taken));
  const records = readings.flatMap((reading) => reading.records);
  // A clock that was set back meanwhile must not have a snapshot end before its answers.
  const instants = records.map((record) => new Date(record.requested_at));
  const takenAt = latest(request.ports.clock.now(), [new Date(head.started_at), ...instants]);
  const snapshotHead = {
    product_version: request.productVersion,
    run_id: head.run_id,
    started_at: head.started_at,
    taken_at: takenAt.toISOString(),
    sources,
    ...(request.notice === undefined ? {} : { notice: request.notice }),
  };
  const staging = join(runDirectory(request.stateDirectory, head.run_id), "snapshot");
  // An earlier attempt may have stopped halfway, on a full disk.
  await rm(staging, { recursive: true, force: true });
  const written = await writeSnapshot(staging, snapshotHead, records, facts);
  const directory = await movedInto(snapshotsDirectory(request.stateDirectory), written);
  return {
    directory,
    manifest: written.manifest,
    facts,
    errors,
    ...(earlier === undefined
      ? {}
      : { resumed: { runId: head.run_id, answerCount: earlier.records.length } }),
  };
}

async function movedInto(
  parent: string,
  { directory, manifest }: { directory: string; manifest: SnapshotManifest },
): Promise<string> {
  const place = join(parent, manifest.snapshot_id);
  try {
    await makeDirectory(parent);
    // A snapshot's name stands for its content: a whole one of this name is this one.
    if ((await readManifest(place).catch(() => undefined)) !== undefined) return place;
    await rm(place, { recursive: true, force: true });
    await rename(directory, place);
    await syncDirectory(parent);
    return place;
  } catch (thrown) {
    throw fileError(thrown, place, "write");
  }
}
