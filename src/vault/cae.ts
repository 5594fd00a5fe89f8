import {
  createCipheriv,
  createDecipheriv,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
  type KeyObject,
} from "node:crypto";
import { lengthPrefixed, type BytesLike } from "./bytes.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** AES-256-GCM under a key that HKDF-SHA-512 derives per sealing, with an explicit key commitment. */
export const SUITE = 1;

const SALT_BYTES = 32;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const COMMITMENT_BYTES = 32;
const TAG_BYTES = 16;

/** How much longer sealed bytes are than what was sealed. */
export const CAE_OVERHEAD = SALT_BYTES + COMMITMENT_BYTES + TAG_BYTES;

/** What a sealing is for; keys of one purpose open nothing of another. */
export type CaeLabel = "blob" | "dek" | "index" | "kek" | "slot" | "succession";

/**
 * Seals `plaintext` under `key`: `salt ‖ c ‖ AES-256-GCM(k, n, pt) ‖ tag`, where `k ‖ n ‖ c` is HKDF-SHA-512 of the key
 * with a fresh salt. GCM alone does not commit to its key (one ciphertext can open under two); `c` does, as in suite
 * 0x0478 of the AWS Encryption SDK. Each derived key encrypts once, so there is no nonce to run out of.
 *
 * `salt` is for test vectors only: a salt that comes twice under one key breaks the seal.
 */
export function seal(
  key: KeyObject,
  label: CaeLabel,
  aad: BytesLike,
  plaintext: Uint8Array,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): Buffer {
  const derived = derive(key, label, salt);
  try {
    const cipher = createCipheriv("aes-256-gcm", derived.key, derived.nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(boundTo(label, aad, salt, derived.commitment));
    const body = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    return Buffer.concat([salt, derived.commitment, body, cipher.getAuthTag()]);
  } finally {
    derived.all.fill(0);
  }
}

/**
 * What was sealed; undefined when the key, the label, the `aad` or any byte is another. Which of them is not told, by
 * result or by error.
 */
export function open(
  key: KeyObject,
  label: CaeLabel,
  aad: BytesLike,
  sealed: Uint8Array,
): SecretBytes | undefined {
  if (sealed.length < CAE_OVERHEAD) return undefined;
  const salt = sealed.subarray(0, SALT_BYTES);
  const commitment = sealed.subarray(SALT_BYTES, SALT_BYTES + COMMITMENT_BYTES);
  const body = sealed.subarray(SALT_BYTES + COMMITMENT_BYTES, sealed.length - TAG_BYTES);
  const derived = derive(key, label, salt);
  try {
    if (!timingSafeEqual(derived.commitment, commitment)) return undefined;
    // Without authTagLength Node takes shorter tags.
    const decipher = createDecipheriv("aes-256-gcm", derived.key, derived.nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(boundTo(label, aad, salt, commitment));
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const plaintext = decipher.update(body);
    try {
      decipher.final();
    } catch {
      plaintext.fill(0);
      return undefined;
    }
    return SecretBytes.take(plaintext);
  } finally {
    derived.all.fill(0);
  }
}

function derive(key: KeyObject, label: CaeLabel, salt: Uint8Array) {
  const info = Buffer.concat([Buffer.from(`evlt/v1/${label}`, "utf8"), Buffer.from([0, SUITE])]);
  const length = KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES;
  const all = Buffer.from(hkdfSync("sha512", key, salt, info, length));
  return {
    all,
    key: all.subarray(0, KEY_BYTES),
    nonce: all.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES),
    commitment: all.subarray(KEY_BYTES + NONCE_BYTES),
  };
}

function boundTo(label: CaeLabel, aad: BytesLike, salt: Uint8Array, commitment: Uint8Array): Buffer {
  return Buffer.concat([lengthPrefixed(label), lengthPrefixed(aad), salt, commitment]);
}
