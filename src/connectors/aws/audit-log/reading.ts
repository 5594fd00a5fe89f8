import { CountersignError, canonicalJson, digestOf, invariant } from "../../../base/index.ts";
import {
  CallFailure,
  isGap,
  logStateSchema,
  type Answer,
  type AuditLogs,
  type CollectIo,
  type Gap,
  type KeptBody,
  type LogDelta,
  type LogEntry,
  type LogState,
  type RawRecord,
  type SendLimits,
  type Span,
} from "../../../facts/index.ts";
import { Misshapen, count, isObject, nonEmptyText, objectAt, optional, type Json } from "../../shape.ts";
import { normalise, readRecord } from "../normalise.ts";
import { factId, scopeOf, type Params, type Place } from "../operation.ts";
import type { Session } from "../session.ts";
import { LOG_LIMITS, type AuditLogSettings } from "../settings.ts";
import { IDENTIFIERS, toldBy } from "./bodies.ts";
import { LOG_OPERATIONS, type LogWay } from "./operations.ts";

export type Outcome = RawRecord | Gap;

/** What all readings of a run share. */
export interface LogRun {
  readonly source: string;
  readonly io: CollectIo;
  readonly session: Session;
  readonly logs: AuditLogs;
  readonly spending: Spending;
}

/** Where a log is of, and by whom it is asked for. */
export interface LogPlace {
  readonly account: string;
  readonly region: string;
  readonly asker: Place;
}

/** What a run has read, held against what it may. */
export class Spending {
  readonly #most: Readonly<Record<keyof typeof LOG_LIMITS, number>>;
  readonly #spent = { max_files: 0, max_bytes: 0, max_events: 0, max_minutes: 0 };

  constructor(settings: AuditLogSettings) {
    this.#most = { ...LOG_LIMITS, ...settings };
  }

  /** The time that an answer took, and what it brought. The record says both, so that a replay ends where the run did. */
  take({ elapsed_ms }: RawRecord, entry?: LogEntry): void {
    this.#spent.max_minutes += elapsed_ms / 60_000;
    if (entry === undefined) return;
    this.#spent.max_files += 1;
    this.#spent.max_bytes += entry.bytes;
    this.#spent.max_events += entry.event_count;
  }

  /** Why nothing more may be read; undefined while something may. */
  reached(): string | undefined {
    const names = Object.keys(LOG_LIMITS) as (keyof typeof LOG_LIMITS)[];
    const name = names.find((one) => this.#spent[one] >= this.#most[one]);
    return name === undefined ? undefined : `audit_log.${name} (${this.#most[name]}) of this run is reached`;
  }
}

/** What a question brought: its record, what is kept of it, and where it goes on. */
export interface Page {
  readonly outcome: Outcome;
  readonly receipt: Json;
  readonly entry: LogEntry | undefined;
}

interface Asking {
  readonly span: Span;
  /** What the body is called in the index. */
  readonly source: string;
  readonly version?: string;
  /** Milliseconds to wait before. */
  readonly pauseMs?: number;
}

/** Records of one answer in the form of a log file, and what else of it has to be known. */
export interface Received {
  readonly file: Uint8Array | undefined;
  readonly more?: Json;
}

/** The reading of one log: each question through the door, each step into the store. */
export class LogReading {
  readonly place: LogPlace;
  readonly way: LogWay;
  readonly #run: LogRun;
  readonly #log: string;

  constructor(run: LogRun, place: LogPlace, way: LogWay) {
    this.#run = run;
    this.place = place;
    this.way = way;
    this.#log = `${place.account}/${place.region}/${way}`;
  }

  get spending(): Spending {
    return this.#run.spending;
  }

  /** What is known of the log, and now, as the run's clock has it. */
  async state(): Promise<{ outcome: Outcome; state: LogState; at: string } | { outcome: Gap }> {
    const outcome = await this.#own("log_state", {}, (logs) => logs.state(this.#log));
    if (isGap(outcome)) return { outcome };
    return { outcome, state: stateOf(outcome), at: new Date(outcome.requested_at).toISOString() };
  }

  /** Adds a step; the gap where it could not be kept. */
  async step(delta: LogDelta): Promise<Outcome> {
    return await this.#own("log_step", { delta: digestOf(delta) }, async (logs) =>
      withoutRecent(await logs.add(this.#log, delta)),
    );
  }

  /** Of which time records are kept, where it was to be all of the span. */
  async coverage(wanted: Span): Promise<Outcome> {
    return await this.#own("log_coverage", wanted, async (logs) =>
      withoutRecent(await logs.state(this.#log)),
    );
  }

  /** An answer that is no records: it is a record as any other. */
  async ask(operation: string, params: Params, input: Json, span: Span): Promise<Outcome> {
    const outcome = await this.#call(operation, params, span, async (limits) =>
      this.#sent(operation, input, limits),
    );
    if (!isGap(outcome)) this.spending.take(outcome);
    return outcome;
  }

  /** An answer whose records are kept in the store; what stays in the snapshot is a receipt. */
  async fetch(
    operation: string,
    params: Params,
    input: Json,
    { span, source, version, pauseMs }: Asking,
    received: (answer: Answer) => Promise<Received> | Received,
    explained: (failure: CallFailure) => CallFailure = (failure) => failure,
  ): Promise<Page> {
    const { logs } = this.#run;
    const outcome = await this.#call(operation, params, span, async (limits) => {
      if (pauseMs !== undefined) await logs.pause(pauseMs, limits.signal);
      const answer = await this.#sent(operation, input, limits).catch((thrown: unknown) => {
        throw thrown instanceof CallFailure ? explained(thrown) : thrown;
      });
      const { file, more = {} } = await asDocumented(() => received(answer));
      const told = file === undefined ? undefined : toldBy(file);
      const receipt =
        file === undefined || told?.event_count === 0
          ? more
          : { ...more, kept: { ...(await stored(() => logs.keep(file, IDENTIFIERS))), ...told } };
      return jsonAnswer(answer.status, receipt);
    });
    if (isGap(outcome)) return { outcome, receipt: {}, entry: undefined };
    const { body } = readRecord(outcome);
    const entry = body["kept"] === undefined ? undefined : entryOf(objectAt(body, "kept"), source, version);
    this.spending.take(outcome, entry);
    return { outcome, receipt: body, entry };
  }

  /** A gap of the reading's own: what it leaves out, and why. */
  gap(operation: string, span: Span, why: Pick<Gap, "detail" | "fix" | "reason">): Gap {
    const { account, region } = this.place;
    const { source } = this.#run;
    return {
      store_id: source,
      scope: scopeOf(source, this.place),
      resource: factId(source, `${account}/${region}`),
      operation,
      hides: ["audit_log_coverage"],
      ...why,
      ...span,
    };
  }

  async #sent(id: string, input: Json, limits: SendLimits): Promise<Answer> {
    const operation = LOG_OPERATIONS.get(id);
    invariant(operation !== undefined, `expected an operation about logs, got ${id}`);
    const { account, region } = this.place.asker;
    const place = {
      ...(account === undefined ? {} : { account }),
      ...(region === undefined || operation.scope === "global" ? {} : { region }),
    };
    return await this.#run.session.ask(operation, place, input, limits);
  }

  async #own(name: string, params: Params, answer: (logs: AuditLogs) => Promise<LogState>): Promise<Outcome> {
    return await this.#call(`cloudtrail.${name}`, { way: this.way, ...params }, undefined, async () =>
      jsonAnswer(200, await stored(() => answer(this.#run.logs))),
    );
  }

  async #call(
    operation: string,
    params: Params,
    span: Span | undefined,
    send: (limits: SendLimits) => Promise<Answer>,
  ): Promise<Outcome> {
    const { source, io } = this.#run;
    const { account, region } = this.place;
    return await io.call(
      {
        operation,
        scope: scopeOf(source, this.place),
        params,
        hides: ["audit_log_coverage"],
        resource: factId(source, `${account}/${region}`),
        ...(span === undefined ? {} : { span }),
      },
      send,
    );
  }
}

/** Whether the answer can be read on; what it stumbles over is then a gap of `normalise`. */
export function isSound(outcome: Outcome): outcome is RawRecord {
  return !isGap(outcome) && !normalise(outcome).some(isGap);
}

/** What only the next search needs would make each record longer. */
function withoutRecent(state: LogState): LogState {
  return { ...state, recent: [] };
}

function stateOf(record: RawRecord): LogState {
  const { body } = readRecord(record);
  invariant(logStateSchema.fits(body), "expected the state of a log as the store tells it");
  return body;
}

function entryOf(kept: Json, source: string, version: string | undefined): LogEntry {
  const first_at = optional(nonEmptyText)(kept, "first_at");
  const last_at = optional(nonEmptyText)(kept, "last_at");
  return {
    source,
    ...(version === undefined ? {} : { version }),
    sha256: nonEmptyText(kept, "sha256"),
    bytes: count(kept, "bytes"),
    received_sha256: nonEmptyText(kept, "received_sha256"),
    event_count: count(kept, "event_count"),
    ...(first_at === undefined ? {} : { first_at }),
    ...(last_at === undefined ? {} : { last_at }),
    redaction_count: count(kept, "redaction_count"),
  };
}

/** An answer that is not shaped as its API documents. */
async function asDocumented<T>(read: () => Promise<T> | T): Promise<T> {
  try {
    return await read();
  } catch (thrown) {
    if (!(thrown instanceof Misshapen)) throw thrown;
    throw new CallFailure("malformed", thrown.message, { cause: thrown });
  }
}

/** What is damaged in our own store is a gap of this log, and no reason to lose all that was read besides. */
async function stored<T extends KeptBody | LogState>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof CountersignError && thrown.code === "E_INTEGRITY")) throw thrown;
    throw new CallFailure("malformed", thrown.message, {
      cause: thrown,
      ...(thrown.fix === undefined ? {} : { fix: thrown.fix }),
    });
  }
}

function jsonAnswer(status: number, value: object): Answer {
  return { status, media_type: "application/json", body: Buffer.from(canonicalJson(value), "utf8") };
}

/** The SDK's output behind an answer. */
export function outputOf({ body }: Answer): Json {
  const value: unknown = JSON.parse(Buffer.from(body).toString("utf8"));
  invariant(isObject(value), "expected the SDK's output to be an object");
  return value;
}
