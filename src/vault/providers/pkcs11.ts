import { randomBytes } from "node:crypto";
import { CountersignError, messageOf, optionalPackage } from "../../base/index.ts";
import { Type, closed, type Static } from "../../schema/index.ts";
import { askKek, slotKey } from "../kek-call.ts";
import { KekFailure, type KekFailureReason, type KekProvider } from "../kek.ts";
import { KEY_BYTES } from "../root-key.ts";
import { OutsideReference, readOutsideText, type SecretSource } from "../secret-source.ts";
import { SecretBytes } from "../secret-bytes.ts";
import { withKey, type TokenKey } from "./pkcs11-token.ts";

const IV_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = IV_BYTES + KEY_BYTES + TAG_BYTES;

/** A key in a hardware security module or another PKCS#11 token. */
export const Pkcs11Key = closed({
  type: Type.Literal("pkcs11"),
  module: Type.String({
    minLength: 1,
    maxLength: 4096,
    description: "PKCS#11 library of the token's vendor, e.g. /usr/lib/softhsm/libsofthsm2.so",
  }),
  token: Type.String({ minLength: 1, maxLength: 32, description: "label of the token" }),
  key: Type.String({
    minLength: 1,
    maxLength: 255,
    description: "label of an AES-256 key on it that cannot be extracted",
  }),
  pin: OutsideReference("user PIN of the token"),
});

export type Pkcs11Key = Static<typeof Pkcs11Key>;

/**
 * A key that never leaves its token. What it wraps is `IV (12) ‖ CKM_AES_GCM(IV, AAD = context, slot key) ‖ tag (16)`; the
 * IV is random and ours, since tokens differ in whether they make one.
 *
 * The library's calls are synchronous and PKCS#11 knows no time limit: `signal` counts between them, and a token that
 * hangs holds up this process until the vendor's own limit passes. `load` gives the module `pkcs11js`.
 */
export function pkcs11Provider(
  settings: Pkcs11Key,
  secrets: SecretSource,
  load: () => Promise<unknown> = loadedCryptoki,
): KekProvider {
  const { token, key: label } = settings;
  const identity = `pkcs11:token=${encodeURIComponent(token)};object=${encodeURIComponent(label)}`;
  const onToken = async <T>(signal: AbortSignal, use: (key: TokenKey) => T): Promise<T> =>
    await askKek(signal, tokenFailure, async (limited) => {
      const cryptoki = await load();
      const pin = await readOutsideText(secrets, settings.pin);
      limited.throwIfAborted();
      return withKey(cryptoki, settings, pin, use);
    });
  return {
    type: "pkcs11",
    capabilities: { aad: true, authenticatedWrap: true, humanPresence: false },
    identity: () => Promise.resolve(identity),
    async wrap(key, context, signal) {
      return await onToken(signal, (held) => {
        if (held.extractable()) {
          throw new KekFailure("denied", `the key ${label} can be taken out of its token`, {
            fix: "Make one with CKA_EXTRACTABLE false and CKA_SENSITIVE true.",
          });
        }
        const iv = randomBytes(IV_BYTES);
        return Buffer.concat([iv, held.encrypt(iv, context, key.expose())]);
      });
    },
    async unwrap(wrapped, context, signal) {
      if (wrapped.length !== WRAPPED_BYTES) {
        throw new KekFailure("corrupt", `expected ${WRAPPED_BYTES} wrapped bytes, got ${wrapped.length}`);
      }
      const bytes = Buffer.from(wrapped);
      return await onToken(signal, (held) =>
        slotKey(
          SecretBytes.take(opened(held, bytes.subarray(0, IV_BYTES), context, bytes.subarray(IV_BYTES))),
        ),
      );
    },
  };
}

function opened(held: TokenKey, iv: Buffer, context: Uint8Array, sealed: Buffer): Buffer {
  try {
    return held.decrypt(iv, context, sealed);
  } catch (thrown) {
    const failure = tokenFailure(thrown);
    // Some tokens have one error for a tag that does not fit and for a fault of their own: then the key is tried out.
    if (failure.reason !== "unavailable" || !works(held)) throw failure;
    throw new KekFailure("wrong_key", "the key on the token does not open the slot", { cause: thrown });
  }
}

/** Whether the token encrypts and decrypts with this key at this moment. */
function works(held: TokenKey): boolean {
  const iv = randomBytes(IV_BYTES);
  const probe = randomBytes(KEY_BYTES);
  try {
    return held.decrypt(iv, iv, held.encrypt(iv, iv, probe)).equals(probe);
  } catch {
    return false;
  }
}

async function loadedCryptoki(): Promise<unknown> {
  // Not a literal: the package is native and may be missing where this is compiled.
  const name = "pkcs11js";
  const loaded: unknown = await optionalPackage(name, async () => (await import(name)) as unknown);
  return (loaded as { default?: unknown }).default ?? loaded;
}

const REASONS: readonly (readonly [RegExp, KekFailureReason, string | undefined])[] = [
  [
    /CKR_PIN_LOCKED/,
    "denied",
    "The token locked the PIN after too many wrong ones: its security officer can reset it.",
  ],
  [/CKR_(PIN|USER)_/, "denied", "Give the token's user PIN."],
  [
    /CKR_(KEY_FUNCTION_NOT_PERMITTED|KEY_TYPE_INCONSISTENT|KEY_SIZE_RANGE|KEY_HANDLE_INVALID|MECHANISM_\w+|ACTION_PROHIBITED)/,
    "denied",
    "Give an AES-256 key that may encrypt and decrypt with CKM_AES_GCM.",
  ],
  [/CKR_(ENCRYPTED_DATA_INVALID|ENCRYPTED_DATA_LEN_RANGE|AEAD_DECRYPT_FAILED)/, "wrong_key", undefined],
];

/** What an error of the token means; those of which PKCS#11 says nothing certain are an outage. */
function tokenFailure(thrown: unknown): KekFailure {
  if (thrown instanceof KekFailure) return thrown;
  if (thrown instanceof CountersignError) throw thrown;
  const message = messageOf(thrown).slice(0, 200);
  const [, reason, fix] = REASONS.find(([pattern]) => pattern.test(message)) ?? [];
  return new KekFailure(reason ?? "unavailable", `the PKCS#11 token failed: ${message}`, {
    cause: thrown,
    fix: fix ?? "Check that the token is connected and that module names its library.",
  });
}
