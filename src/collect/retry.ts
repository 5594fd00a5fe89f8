import { CallFailure, type Answer, type GapReason } from "../facts/index.ts";
import type { CollectLimits } from "./limits.ts";

/** Failures that may pass by themselves; every other one is the provider's word and is not asked again. */
const PASSING: ReadonlySet<GapReason> = new Set<GapReason>(["throttled", "timeout", "unavailable"]);

export interface RetryTerms {
  readonly limits: Pick<CollectLimits, "attempts" | "backoffMs" | "backoffMaxMs" | "retryAfterMaxMs">;
  readonly random: () => number;
  /** Takes one retry from the source's budget; false when it is spent. */
  readonly takeRetry: () => boolean;
  /** Waits so long; throws when the run stops meanwhile. */
  readonly wait: (ms: number) => Promise<void>;
  /** Told of the server's hint, so that the other calls hold back as well. */
  readonly holdBack: (ms: number) => void;
}

/**
 * The answer of the first attempt that succeeds. Waits between attempts for a random part of a doubling span, on top of
 * what the server asks for. A failure that does not pass, the last attempt, a spent budget, or a server that asks for
 * more patience than the limit ends it with that failure.
 */
export async function withRetries(
  terms: RetryTerms,
  attempt: (number: number) => Promise<Answer>,
): Promise<Answer> {
  for (let number = 1; ; number += 1) {
    try {
      return await attempt(number);
    } catch (thrown) {
      if (!(thrown instanceof CallFailure) || !PASSING.has(thrown.reason)) throw thrown;
      if (number >= terms.limits.attempts) throw thrown;
      const asked = thrown.retryAfterMs ?? 0;
      if (asked > terms.limits.retryAfterMaxMs || !terms.takeRetry()) throw thrown;
      if (asked > 0) terms.holdBack(asked);
      const span = Math.min(terms.limits.backoffMaxMs, terms.limits.backoffMs * 2 ** (number - 1));
      await terms.wait(asked + Math.round(span * terms.random()));
    }
  }
}
