import { createHash } from "node:crypto";
import { CountersignError } from "../base/index.ts";
import { lengthPrefixed } from "./bytes.ts";
import { KekFailure } from "./kek.ts";
import { KEY_BYTES } from "./root-key.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/** Longest wait for a provider to wrap or unwrap, its own retries and login included. */
export const KEK_CALL_LIMIT_MS = 30_000;

/**
 * Asks a provider. Foreign errors become what `classify` makes of them; ours pass. When `signal` aborts, or the limit
 * passes, it is `unavailable`, also where the library does not listen to its signal.
 */
export async function askKek<T>(
  signal: AbortSignal,
  classify: (thrown: unknown) => KekFailure,
  ask: (signal: AbortSignal) => Promise<T>,
  limitMs = KEK_CALL_LIMIT_MS,
): Promise<T> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const noAnswer = (): KekFailure =>
    new KekFailure("unavailable", signal.aborted ? "the call was ended" : `no answer within ${limitMs} ms`);
  if (limited.aborted) throw noAnswer();
  const over = Promise.withResolvers<never>();
  const stop = (): void => {
    over.reject(noAnswer());
  };
  limited.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([ask(limited), over.promise]);
  } catch (thrown) {
    if (thrown instanceof KekFailure || thrown instanceof CountersignError) throw thrown;
    throw classify(thrown);
  } finally {
    limited.removeEventListener("abort", stop);
  }
}

/** What a provider gave as a slot key, where it is one: else `corrupt`, and it is disposed of. */
export function slotKey(given: SecretBytes): SecretBytes {
  const { length } = given;
  if (length === KEY_BYTES) return given;
  given[Symbol.dispose]();
  throw new KekFailure("corrupt", `expected a key of ${KEY_BYTES} bytes, got ${length}`);
}

/** SHA-256 of `LP(context)`: for providers that bind to short or printable words only. */
export function contextDigest(context: Uint8Array): Buffer {
  return createHash("sha256").update(lengthPrefixed(context)).digest();
}
