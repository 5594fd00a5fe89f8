import { CountersignError, fileError, invariant, latest, sha256 } from "../base/index.ts";
import {
  CallFailure,
  gapDigest,
  questionKey,
  recordDigest,
  validGap,
  validRecord,
  type Answer,
  type Call,
  type CollectIo,
  type Gap,
  type RawRecord,
  type SendLimits,
} from "../facts/index.ts";
import { gapOf, MAX_DETAIL, type Failure } from "./gap-of.ts";
import type { CollectLimits } from "./limits.ts";
import type { CollectPorts, Progress } from "./ports.ts";
import { keepable, withoutSecrets } from "./redaction.ts";
import { withRetries } from "./retry.ts";
import { eachBounded, Slots } from "./slots.ts";
import { StopSource, Stopped, stopReason, untilStopped } from "./stopping.ts";

/** Where records and gaps become durable while the run goes on. */
export interface Keeper {
  record(record: RawRecord, digest: string): Promise<void>;
  gap(gap: Gap, digest: string): Promise<void>;
}

/** What one source's reading shares with the run that it belongs to. */
export interface SourceTerms {
  readonly storeId: string;
  readonly connector: string;
  readonly revision: number;
  /** No answer is dated before it, even where the clock is set back. */
  readonly startedAt: Date;
  readonly limits: CollectLimits;
  readonly ports: CollectPorts;
  readonly progress: Progress;
  readonly keeper: Keeper;
  /** Aborts when the run is interrupted or its time is over; see `StopSource`. */
  readonly stop: AbortSignal;
  /** Takes so many bytes from the run's budget; false when they do not fit. */
  readonly takeBytes: (count: number) => boolean;
  /** Usable answers of the interrupted run that this one continues, by question. */
  readonly earlier: ReadonlyMap<string, RawRecord>;
}

type Outcome = { readonly record: RawRecord } | { readonly failure: Failure };

type Send = (limits: SendLimits) => Promise<Answer>;

interface Asked {
  at: Date;
  elapsedMs: number;
}

/** The door to one provider: see `README.md` for the life of a record behind it. */
export class SourceIo implements CollectIo {
  /** Every answer kept, refused ones included. */
  readonly records: RawRecord[] = [];
  caller = "unidentified";
  readonly #terms: SourceTerms;
  readonly #slots: Slots;
  readonly #stop: StopSource;
  readonly #outcomes = new Map<string, Promise<Outcome>>();
  readonly #underWay = new Set<Promise<RawRecord | Gap>>();
  readonly #gaps = new Map<string, Gap>();
  readonly #own = new WeakSet<RawRecord>();
  readonly #counts = { asked: 0, answered: 0, replayed: 0, retries: 0 };
  #calls = 0;
  #silences = 0;
  #holdUntilMs = 0;
  /** What ends the run whatever the connector does with it: a full disk. */
  #fatal: CountersignError | undefined;

  constructor(terms: SourceTerms) {
    this.#terms = terms;
    this.#slots = new Slots(terms.limits.concurrency);
    this.#stop = new StopSource(terms.stop);
  }

  get gaps(): Gap[] {
    return [...this.#gaps.values()];
  }

  identify(caller: string): void {
    this.caller = caller;
  }

  async each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
    return await eachBounded(items, this.#terms.limits.concurrency, work);
  }

  call(call: Call, send: Send): Promise<RawRecord | Gap> {
    const called = this.#called(call, send);
    this.#underWay.add(called);
    const done = (): void => void this.#underWay.delete(called);
    // A connector that breaks may leave calls behind that nobody awaits any more; `close` does.
    called.then(done, done);
    return called;
  }

  async #called(call: Call, send: Send): Promise<RawRecord | Gap> {
    this.#enter(call);
    const key = questionKey(call);
    let outcome = this.#outcomes.get(key);
    if (outcome === undefined) {
      this.#counts.asked += 1;
      outcome = this.#answer(call, key, send);
      this.#outcomes.set(key, outcome);
    }
    const settled = await outcome;
    if ("record" in settled) return settled.record;
    const gap = gapOf(this.#terms.storeId, call, settled.failure);
    await this.note(gap);
    return gap;
  }

  /** Keeps a gap once, be it of a call or of the connector's own finding. */
  async note(gap: Gap): Promise<void> {
    const digest = gapDigest(validGap(gap));
    invariant(
      gap.store_id === this.#terms.storeId,
      `expected a gap of ${this.#terms.storeId}, got ${gap.store_id}`,
    );
    if (this.#gaps.has(digest)) return;
    this.#gaps.set(digest, gap);
    await this.#durably(this.#terms.keeper.gap(gap, digest));
    this.#advance();
  }

  /** True for records that came through this door: a connector cannot make up its own. */
  owns(record: RawRecord): boolean {
    return this.#own.has(record);
  }

  /** Cancels what is still under way and waits for its end; throws what must end the run. */
  async close(): Promise<void> {
    this.#stop.stop("ended");
    this.#stop.release();
    await Promise.allSettled(this.#underWay);
    if (this.#fatal !== undefined) throw this.#fatal;
  }

  #enter(call: Call): void {
    if (this.#fatal !== undefined) throw this.#fatal;
    const reason = stopReason(this.#stop.signal);
    if (reason !== undefined && reason !== "run_time") throw stoppedError(reason);
    this.#calls += 1;
    invariant(
      call.hides.length > 0,
      `expected ${call.operation} to name the fact kinds that its failure hides`,
    );
    invariant(
      this.#calls <= 2 * this.#terms.limits.calls,
      `expected ${call.operation} to end, got endless calls`,
    );
  }

  async #answer(call: Call, key: string, send: Send): Promise<Outcome> {
    const earlier = call.fresh === true ? undefined : this.#terms.earlier.get(key);
    if (earlier !== undefined) {
      if (!this.#terms.takeBytes(earlier.body_bytes)) return { failure: tooMuch(this.#terms.limits) };
      this.#counts.replayed += 1;
      this.#keepInMemory(earlier);
      return { record: earlier };
    }
    const asked: Asked = { at: this.#terms.ports.clock.now(), elapsedMs: 0 };
    try {
      const answer = await this.#slots.run(async () => await this.#ask(call, send, asked));
      return await this.#kept(call, key, answer, asked);
    } catch (thrown) {
      const failure = this.#failureOf(thrown);
      this.#silences = failure.answer !== undefined || failure.reason === "limit" ? 0 : this.#silences + 1;
      return await this.#failed(call, key, failure, asked);
    }
  }

  async #ask(call: Call, send: Send, asked: Asked): Promise<Answer> {
    const { limits, ports } = this.#terms;
    const unasked = this.#reasonNotToAsk();
    if (unasked !== undefined) throw unasked;
    const wait = async (ms: number): Promise<void> =>
      await untilStopped(this.#stop.signal, undefined, async (signal) => await ports.sleep(ms, signal));
    return await withRetries(
      {
        limits,
        random: ports.random,
        wait,
        takeRetry: () => this.#takeRetry(),
        holdBack: (ms) => (this.#holdUntilMs = Math.max(this.#holdUntilMs, ports.clock.now().getTime() + ms)),
      },
      async (attempt) => {
        const heldMs = Math.min(this.#holdUntilMs - ports.clock.now().getTime(), limits.retryAfterMaxMs);
        if (heldMs > 0) await wait(heldMs);
        return await this.#attempt(call, send, attempt, asked);
      },
    );
  }

  async #attempt(call: Call, send: Send, attempt: number, asked: Asked): Promise<Answer> {
    const { limits, ports } = this.#terms;
    asked.at = ports.clock.now();
    try {
      const answer = await untilStopped(this.#stop.signal, limits.callMs, async (signal) => {
        const once = async (): Promise<Answer> => {
          // What a stopped run still began would go on beside the run that continues it.
          signal.throwIfAborted();
          return await send({ signal, maxBytes: limits.answerBytes });
        };
        return await (ports.intercept?.(call, attempt, once) ?? once());
      });
      if (answer.body.length <= limits.answerBytes) return answer;
      throw new CallFailure("limit", `expected an answer of at most ${limits.answerBytes} bytes, got more`);
    } catch (thrown) {
      if (!(thrown instanceof Stopped && thrown.reason === "call_time")) throw thrown;
      throw new CallFailure("timeout", `expected an answer within ${limits.callMs} ms, got none`);
    } finally {
      asked.elapsedMs = Math.max(0, ports.clock.now().getTime() - asked.at.getTime());
    }
  }

  #takeRetry(): boolean {
    if (this.#counts.retries >= this.#terms.limits.retries) return false;
    this.#counts.retries += 1;
    this.#advance();
    return true;
  }

  #reasonNotToAsk(): CallFailure | undefined {
    const { calls, silences, totalBytes } = this.#terms.limits;
    if (this.#calls > calls)
      return new CallFailure("limit", `not asked: the source has had its ${calls} questions`);
    if (!this.#terms.takeBytes(0)) {
      return new CallFailure("limit", `not asked: the run has kept its ${totalBytes} bytes of answers`);
    }
    if (this.#silences >= silences) {
      return new CallFailure("unavailable", `not asked: ${silences} questions in a row had no answer`, {
        fix: "See that the store runs and can be reached from here, then collect again.",
      });
    }
    return undefined;
  }

  /** What a failed question leaves; rethrows what is no failure of a question. */
  #failureOf(thrown: unknown): CallFailure {
    if (thrown instanceof CallFailure) return thrown;
    if (!(thrown instanceof Stopped)) throw thrown;
    if (thrown.reason !== "run_time") throw stoppedError(thrown.reason);
    return new CallFailure("limit", `not asked: the run has had its ${this.#terms.limits.runMs} ms`);
  }

  /** A usable answer, unless its body is not what it claims to be. */
  async #kept(call: Call, key: string, answer: Answer, asked: Asked): Promise<Outcome> {
    this.#silences = 0;
    const { malformed, ...kept } = await keepable(answer, call.redact ?? [], call.identifiers, call.condense);
    if (malformed !== undefined) throw new CallFailure("malformed", malformed, { answer });
    const record = this.#recordOf(call, key, answer, kept, asked);
    const digest = await this.#keep(record);
    if (digest !== undefined) return { record };
    return { failure: tooMuch(this.#terms.limits) };
  }

  async #failed(call: Call, key: string, thrown: CallFailure, asked: Asked): Promise<Outcome> {
    const why = {
      reason: thrown.reason,
      detail: await withoutSecrets(thrown.message, MAX_DETAIL),
      ...(thrown.fix === undefined ? {} : { fix: await withoutSecrets(thrown.fix, MAX_DETAIL) }),
    };
    const { answer } = thrown;
    if (answer === undefined || answer.body.length > this.#terms.limits.answerBytes) return { failure: why };
    const kept = await keepable(answer, call.redact ?? []);
    const record = { ...this.#recordOf(call, key, answer, kept, asked), refused: why };
    const digest = await this.#keep(record);
    return { failure: digest === undefined ? why : { ...why, record: digest } };
  }

  #recordOf(
    call: Call,
    key: string,
    answer: Answer,
    { body, redactions }: Pick<RawRecord, "body" | "redactions">,
    asked: Asked,
  ): RawRecord {
    const { connector, revision, storeId } = this.#terms;
    const bytes = "text" in body ? Buffer.from(body.text, "utf8") : Buffer.from(body.base64, "base64");
    return {
      key,
      connector,
      revision,
      store_id: storeId,
      scope: call.scope,
      operation: call.operation,
      params: call.params,
      caller: this.caller,
      requested_at: latest(asked.at, [this.#terms.startedAt]).toISOString(),
      elapsed_ms: asked.elapsedMs,
      status: answer.status,
      media_type: answer.media_type,
      body_sha256: sha256(bytes),
      body_bytes: bytes.length,
      redactions,
      body,
    };
  }

  /** The record's digest once it is in the keeper's hands; undefined when it does not fit the run's bytes. */
  async #keep(record: RawRecord): Promise<string | undefined> {
    const digest = recordDigest(validRecord(record));
    if (!this.#terms.takeBytes(record.body_bytes)) return undefined;
    await this.#durably(this.#terms.keeper.record(record, digest));
    this.#keepInMemory(record);
    return digest;
  }

  #keepInMemory(record: RawRecord): void {
    this.records.push(record);
    if (record.refused !== undefined) return;
    this.#own.add(record);
    this.#counts.answered += 1;
    this.#advance();
  }

  async #durably(keeping: Promise<void>): Promise<void> {
    try {
      await keeping;
    } catch (thrown) {
      this.#fatal ??= fileError(thrown, "the journal", "write");
      throw this.#fatal;
    }
  }

  #advance(): void {
    this.#terms.progress.advanced({ source: this.#terms.storeId, ...this.#counts, gaps: this.#gaps.size });
  }
}

function tooMuch({ totalBytes }: CollectLimits): Failure {
  return { reason: "limit", detail: `expected at most ${totalBytes} bytes of answers in one run, got more` };
}

function stoppedError(reason: "interrupted" | "ended" | "call_time"): CountersignError {
  return reason === "interrupted"
    ? new CountersignError("E_INTERRUPTED", "interrupted while collecting")
    : new CountersignError("E_INTERNAL", "expected no call after its source has ended, got one");
}
