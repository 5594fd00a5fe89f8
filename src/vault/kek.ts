import type { ErrorCode } from "../base/index.ts";
import type { SecretBytes } from "./secret-bytes.ts";

/**
 * Why a provider gave no key. `denied`: it answered and refused. `unavailable`: it did not answer. `wrong_key`: it is not
 * the key that wrapped this. `corrupt`: what it was given, or gave, is damaged. An outage never reads as tampering, nor
 * the other way round.
 */
export type KekFailureReason = "corrupt" | "denied" | "unavailable" | "wrong_key";

/** The error that each is, where nothing more is known of the slot. */
export const KEK_CODES = {
  corrupt: "E_INTEGRITY",
  denied: "E_DENIED",
  unavailable: "E_UNREACHABLE",
  wrong_key: "E_VAULT_LOCKED",
} as const satisfies Record<KekFailureReason, ErrorCode>;

/** What a provider throws when it gives no key; anything else it throws is our own bug. Messages hold no key material. */
export class KekFailure extends Error {
  override readonly name = "KekFailure";
  readonly reason: KekFailureReason;
  readonly fix: string | undefined;

  constructor(reason: KekFailureReason, message: string, more: { fix?: string; cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.reason = reason;
    this.fix = more.fix;
  }
}

/** What a provider can do, as far as its strength is judged by it. */
export interface KekCapabilities {
  /** The provider itself binds what it wraps to the context. The vault binds it in any case. */
  readonly aad: boolean;
  /** Only who holds the key can wrap: false for public keys, whose slots anybody can make. */
  readonly authenticatedWrap: boolean;
  /** A person must act at each use. */
  readonly humanPresence: boolean;
}

/**
 * A key encryption key that stands outside the vault. It wraps the 32 bytes of a slot key and nothing else.
 *
 * `wrap` and `unwrap` throw `KekFailure`. `unwrap` returns exactly what was wrapped. `context` names vault, epoch and
 * slot; a provider with additional data passes it on.
 */
export interface KekProvider {
  /** E.g. `passphrase`, `aws-kms`. */
  readonly type: string;
  readonly capabilities: KekCapabilities;
  /** Which key this is, in words that are not secret: from the configuration, never from the vault's files. */
  identity(): Promise<string>;
  wrap(key: SecretBytes, context: Uint8Array, signal: AbortSignal): Promise<Uint8Array>;
  unwrap(wrapped: Uint8Array, context: Uint8Array, signal: AbortSignal): Promise<SecretBytes>;
}
