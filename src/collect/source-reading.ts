import { CountersignError, digestOf, invariant, type ErrorCode } from "../base/index.ts";
import {
  isGap,
  type AuditLogs,
  type Connector,
  type CredentialSource,
  type EventRecords,
  type Gap,
  type GapReason,
  type OwnRecords,
  type ReviewRecords,
  type RawRecord,
  type SourceManifest,
} from "../facts/index.ts";
import type { CollectLimits } from "./limits.ts";
import { asBug, bugGap, sourceGap, type Normaliser } from "./normalised.ts";
import type { CollectPorts, Progress } from "./ports.ts";
import { SourceIo, type Keeper } from "./source-io.ts";
import { Stopped, stopReason, untilStopped } from "./stopping.ts";

/** A store to be read, as configured. `settings` fit the connector's schema. */
export interface CollectSource {
  /** Becomes `store_id`. */
  readonly name: string;
  /** The connector's id. */
  readonly connector: string;
  readonly address: string;
  readonly settings: unknown;
}

/** What all sources of a run share. */
export interface RunTerms {
  readonly startedAt: Date;
  readonly limits: CollectLimits;
  readonly ports: CollectPorts;
  readonly progress: Progress;
  readonly credentials: CredentialSource;
  readonly own: OwnRecords;
  /** Where the audit logs of a source are kept. */
  readonly logsOf: (source: string) => AuditLogs;
  /** What was ingested of a source's audit log. */
  readonly eventsOf: (source: string) => EventRecords;
  readonly reviews: ReviewRecords;
  readonly keeper: Keeper;
  readonly takeBytes: (count: number) => boolean;
  /** Usable answers of the interrupted run, by store and question. */
  readonly earlier: ReadonlyMap<string, ReadonlyMap<string, RawRecord>>;
  /** Ends calls: on interruption, and when the run's time is over. */
  readonly stop: AbortSignal;
  /** Ends connectors that do not end by themselves: on interruption, and some time after `stop`. */
  readonly abandon: AbortSignal;
}

/** What the manifest says of a source before anything was read of it. */
export type SourceHead = Pick<
  SourceManifest,
  "store_id" | "connector" | "revision" | "address" | "settings_sha256" | "selection"
>;

/** What was read of one source, before it is normalised. */
export interface SourceReading {
  readonly head: SourceHead;
  readonly connector: Normaliser;
  readonly caller: string;
  readonly records: readonly RawRecord[];
  readonly gaps: readonly Gap[];
  /** What ended the reading early, where it did not end by itself. */
  readonly error?: CountersignError;
}

/**
 * Runs one connector to its end. Whatever it throws ends this source alone, with a gap over everything it yields.
 * Throws only what must end the run: E_INTERRUPTED, E_DISK.
 */
export async function readSource(
  source: CollectSource,
  connector: Connector<never>,
  run: RunTerms,
): Promise<SourceReading> {
  const io = new SourceIo({
    ...run,
    storeId: source.name,
    connector: connector.id,
    revision: connector.revision,
    earlier: run.earlier.get(source.name) ?? new Map<string, RawRecord>(),
  });
  const error = await failureOf(async () => await drain(source, connector, io, run));
  await io.close();
  if (stopReason(run.stop) === "interrupted")
    throw new CountersignError("E_INTERRUPTED", "interrupted while collecting");
  if (error?.code === "E_DISK") throw error;
  if (error !== undefined) await io.note(gapOfError(connector, source.name, error));
  return {
    head: headOf(source, connector),
    connector,
    caller: io.caller,
    records: io.records,
    gaps: io.gaps,
    ...(error === undefined ? {} : { error }),
  };
}

function headOf(source: CollectSource, connector: Connector<never>): SourceHead {
  const selection = connector.selection(source.settings as never);
  return {
    store_id: source.name,
    connector: connector.id,
    revision: connector.revision,
    address: source.address,
    settings_sha256: digestOf(source.settings),
    ...(Object.keys(selection).length === 0 ? {} : { selection }),
  };
}

async function drain(
  source: CollectSource,
  connector: Connector<never>,
  io: SourceIo,
  run: RunTerms,
): Promise<void> {
  const { credentials, own, logsOf, eventsOf, reviews } = run;
  const { name } = source;
  const context = { source: name, credentials, own, logs: logsOf(name), events: eventsOf(name), reviews };
  const items = connector.collect(source.settings as never, context, io)[Symbol.asyncIterator]();
  for (;;) {
    const next = await untilStopped(run.abandon, undefined, async () => await items.next());
    if (next.done === true) return;
    if (isGap(next.value)) await io.note(next.value);
    else
      invariant(
        io.owns(next.value),
        `expected ${connector.id} to yield what its calls returned, got another record`,
      );
  }
}

/** What ended `work`, where it did not end by itself. Our own errors keep their code: a missing credential is no bug. */
async function failureOf(work: () => Promise<void>): Promise<CountersignError | undefined> {
  try {
    await work();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof CountersignError) return thrown;
    if (thrown instanceof Stopped) {
      return new CountersignError(
        "E_UNREACHABLE",
        "expected the source to be read within the run's time, got no end",
      );
    }
    return asBug("expected the connector to end", thrown);
  }
}

/** What was kept here and is not as it was written is no outage of the store that was to be read with it. */
const REASONS: Partial<Record<ErrorCode, GapReason>> = {
  E_INTEGRITY: "malformed",
  E_ROLLBACK: "malformed",
  E_UNREACHABLE: "limit",
};

/** The gap that the end of a source's reading leaves when it did not end by itself. */
export function gapOfError(connector: Normaliser, storeId: string, error: CountersignError): Gap {
  if (error.code === "E_INTERNAL") return bugGap(connector, storeId, error.message);
  return sourceGap(connector, storeId, REASONS[error.code] ?? "unavailable", error.message, error.fix);
}
