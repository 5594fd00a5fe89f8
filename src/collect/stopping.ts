/** Why work was cancelled: a person asked, the run's time is over, its source has ended, this attempt took too long. */
export type StopReason = "interrupted" | "run_time" | "ended" | "call_time";

/** Thrown in place of whatever cancelled work throws. */
export class Stopped extends Error {
  override readonly name = "Stopped";
  readonly reason: StopReason;

  constructor(reason: StopReason) {
    super(`stopped: ${reason}`);
    this.reason = reason;
  }
}

/** Passes the reason of `signal` on, and aborts on its own where `stop` is called. */
export class StopSource {
  readonly #controller = new AbortController();
  readonly #release: () => void;

  constructor(parent?: AbortSignal, reasonOfParent?: StopReason) {
    const follow = (): void => this.stop(reasonOfParent ?? stopReason(parent) ?? "ended");
    parent?.addEventListener("abort", follow, { once: true });
    this.#release = () => parent?.removeEventListener("abort", follow);
    if (parent?.aborted === true) follow();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  stop(reason: StopReason): void {
    this.#controller.abort(new Stopped(reason));
  }

  /** Forgets the parent, which outlives many of these. */
  release(): void {
    this.#release();
  }
}

/** Why the signal of a `StopSource` is aborted, where it is. */
export function stopReason(signal: AbortSignal | undefined): StopReason | undefined {
  const reason: unknown = signal?.aborted === true ? signal.reason : undefined;
  return reason instanceof Stopped ? reason.reason : undefined;
}

/**
 * What `work` resolves to, or `Stopped` as soon as `parent` aborts or `ms` have passed, even where `work` does not heed
 * its signal. Every failure of work that was cancelled counts as the cancellation.
 */
export async function untilStopped<T>(
  parent: AbortSignal,
  ms: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const source = new StopSource(parent);
  const timer = ms === undefined ? undefined : setTimeout(() => source.stop("call_time"), ms);
  const { signal } = source;
  const stopped = new Promise<never>((_resolve, reject) => {
    const fail = (): void => reject(new Stopped(stopReason(signal) ?? "ended"));
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
  try {
    return await Promise.race([stopped, signal.aborted ? stopped : work(signal)]);
  } catch (thrown) {
    const reason = stopReason(signal);
    throw reason === undefined ? thrown : new Stopped(reason);
  } finally {
    clearTimeout(timer);
    source.release();
  }
}
