import { inspect } from "node:util";
import { expect } from "vitest";
import { KekFailure, SecretBytes, type KekFailureReason, type KekProvider } from "../../src/vault/index.ts";

/** A provider to be tested, and the ways in which its counterparty fails. Each call makes a new provider. */
export interface KekSubject {
  readonly type: string;
  readonly identity: string;
  readonly provider: () => KekProvider;
  /** The same counterparty with another key; reads as `wrong_key` unless `otherReads` says why it cannot. */
  readonly other: () => KekProvider;
  readonly otherReads?: KekFailureReason;
  /** Who may not use the key, by what is wrong. Each reads as `denied`, on wrapping too unless it is among `onlyUnwrap`. */
  readonly refused?: Readonly<Record<string, () => KekProvider>>;
  /** Nobody answers. Each reads as `unavailable`. */
  readonly unreachable?: Readonly<Record<string, () => KekProvider>>;
  /** Accepts the question and never answers. */
  readonly silent?: () => KekProvider;
  /** What no message may show: credentials. */
  readonly hidden?: readonly string[];
  /** From one flipped bit to the next; 1, which is each of them, unless given, and with SLOW=1. Odd, to reach all eight of a byte. */
  readonly flipEvery?: number;
  /** False where the counterparty wraps 32 bytes and nothing else. */
  readonly wrapsAnyLength?: boolean;
  /** For public keys. */
  readonly wrapsWithoutSecret?: boolean;
}

export const CONTEXT = Buffer.from("vault 0123, epoch 1, slot 4567", "utf8");
export const OTHER_CONTEXT = Buffer.from("vault 0123, epoch 2, slot 4567", "utf8");

export const noLimit = (): AbortSignal => new AbortController().signal;

export async function wrapped(
  provider: KekProvider,
  key: Uint8Array,
  context = CONTEXT,
): Promise<Uint8Array> {
  using secret = SecretBytes.copyOf(key);
  return await provider.wrap(secret, context, noLimit());
}

/** Bytes, or the failure; anything else thrown is a bug of ours and fails the test. */
export async function unwrapped(
  provider: KekProvider,
  bytes: Uint8Array,
  context: Uint8Array = CONTEXT,
  signal = noLimit(),
): Promise<Buffer | KekFailure> {
  return await outcome(async () => {
    using secret = await provider.unwrap(bytes, context, signal);
    return Buffer.from(secret.expose());
  });
}

export async function outcome<T>(work: () => Promise<T>): Promise<KekFailure | T> {
  try {
    return await work();
  } catch (thrown) {
    if (thrown instanceof KekFailure) return thrown;
    throw thrown;
  }
}

export function reasonOf(result: unknown): KekFailureReason | "none" {
  return result instanceof KekFailure ? result.reason : "none";
}

/** No failure shows the key, or a credential, however deep one looks into it. */
export function expectQuiet(result: unknown, key: Uint8Array, hidden: readonly string[] = []): void {
  if (!(result instanceof KekFailure)) return;
  const shown = inspect(result, { depth: 12, showHidden: false, maxStringLength: 100_000 });
  const bytes = Buffer.from(key);
  for (const secret of [
    bytes.toString("hex"),
    bytes.toString("base64"),
    bytes.toString("base64url"),
    ...hidden,
  ]) {
    expect(shown).not.toContain(secret);
  }
}
