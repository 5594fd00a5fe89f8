import { argon2, randomBytes, scrypt, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { CountersignError } from "../../base/index.ts";
import { ByteReader, lengthPrefixed, u32 } from "../bytes.ts";
import { open, seal } from "../cae.ts";
import { slotKey } from "../kek-call.ts";
import { KekFailure, type KekProvider } from "../kek.ts";
import { SecretBytes } from "../secret-bytes.ts";

const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** Shortest passphrase that a slot is made with. */
const MIN_PASSPHRASE_BYTES = 12;

/** Fewest different bytes in it: a held key or a row of blanks is no passphrase. */
const MIN_DIFFERENT_BYTES = 5;

/** How a passphrase becomes a key. Source: RFC 9106, RFC 7914. */
export type PassphraseKdf =
  | {
      readonly kdf: "argon2id";
      /** KiB. */
      readonly memory_kib: number;
      readonly passes: number;
      readonly parallelism: number;
    }
  | {
      readonly kdf: "scrypt";
      /** Cost N as its binary logarithm. */
      readonly log2_n: number;
      readonly r: number;
      readonly p: number;
    };

/** RFC 9106, section 4, second recommended option, with one more lane for the time of today's machines. */
export const DEFAULT_KDF: PassphraseKdf = {
  kdf: "argon2id",
  memory_kib: 64 * 1024,
  passes: 3,
  parallelism: 4,
};

type Range = readonly [min: number, max: number];

/** What a slot may ask for: below it a guesser is helped, above it whoever wrote the file can exhaust this machine. */
const BOUNDS = {
  argon2id: { memory_kib: [19 * 1024, 1024 * 1024], passes: [2, 10], parallelism: [1, 8] },
  scrypt: { log2_n: [17, 20], r: [8, 8], p: [1, 1] },
} as const satisfies Record<string, Record<string, Range>>;

const KDF_CODES = { argon2id: 1, scrypt: 2 } as const;

const scryptKey = promisify<
  Uint8Array,
  Uint8Array,
  number,
  { N: number; r: number; p: number; maxmem: number },
  Buffer
>(scrypt);
const argon2Key = promisify(argon2);

export interface PassphraseSettings {
  /** Which passphrase: a name that the configuration gives. */
  readonly name: string;
  /** Asked once for each key that is derived; the answer is disposed of. */
  readonly passphrase: () => Promise<SecretBytes>;
  /** A person types it. */
  readonly typed?: boolean;
  /** For new slots; what an existing slot says is used to open it, within bounds. */
  readonly kdf?: PassphraseKdf;
}

/**
 * A key from a passphrase. What it wraps is
 * `kdf (1) ‖ three u32 parameters ‖ salt (16) ‖ CAE(key, "kek", all before ‖ context, slot key)`.
 * Parameters beyond the bounds are refused before anything is derived; one derivation an attempt.
 */
export function passphraseProvider(settings: PassphraseSettings): KekProvider {
  const { name, passphrase, typed = false, kdf = DEFAULT_KDF } = settings;
  const refusal = outOfBounds(kdf);
  if (refusal !== undefined) throw new CountersignError("E_CONFIG", `passphrase ${name}: ${refusal}`);
  return {
    type: "passphrase",
    capabilities: { aad: true, authenticatedWrap: true, humanPresence: typed },
    identity: () => Promise.resolve(name),
    async wrap(key, context) {
      const head = Buffer.concat([encoded(kdf), randomBytes(SALT_BYTES)]);
      using secret = await passphrase();
      refuseWeak(secret);
      const kek = await derived(kdf, secret, head.subarray(-SALT_BYTES));
      return Buffer.concat([head, seal(kek, "kek", boundTo(head, context), key.expose())]);
    },
    async unwrap(wrapped, context) {
      const { head, sealed, stated } = decoded(wrapped);
      using secret = await passphrase();
      const kek = await derived(stated, secret, head.subarray(-SALT_BYTES));
      const key = open(kek, "kek", boundTo(head, context), sealed);
      if (key !== undefined) return slotKey(key);
      throw new KekFailure("wrong_key", `the passphrase ${name} does not open its slot`, {
        fix: "Give the passphrase that the slot was made with.",
      });
    },
  };
}

/** What anybody would guess. E_INPUT. */
function refuseWeak(secret: SecretBytes): void {
  const bytes = secret.expose();
  const short = bytes.length < MIN_PASSPHRASE_BYTES;
  if (!short && new Set(bytes).size >= MIN_DIFFERENT_BYTES) return;
  throw new CountersignError(
    "E_INPUT",
    `expected a passphrase of at least ${MIN_PASSPHRASE_BYTES} bytes, ${MIN_DIFFERENT_BYTES} of them different, got a ${short ? "shorter" : "more uniform"} one`,
    { fix: "Take five or more random words." },
  );
}

function decoded(wrapped: Uint8Array): { head: Buffer; sealed: Buffer; stated: PassphraseKdf } {
  const bytes = Buffer.from(wrapped);
  let stated: PassphraseKdf | undefined;
  let at = 0;
  try {
    const reader = new ByteReader(bytes, "a passphrase slot");
    const code = reader.take(1)[0];
    const [a, b, c] = [reader.u32(), reader.u32(), reader.u32()];
    if (code === KDF_CODES.argon2id) stated = { kdf: "argon2id", memory_kib: a, passes: b, parallelism: c };
    if (code === KDF_CODES.scrypt) stated = { kdf: "scrypt", log2_n: a, r: b, p: c };
    reader.take(SALT_BYTES);
    at = reader.consumed.length;
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    throw new KekFailure("corrupt", thrown.message, { cause: thrown });
  }
  const refusal =
    stated === undefined ? "expected argon2id or scrypt, got another derivation" : outOfBounds(stated);
  if (stated === undefined || refusal !== undefined)
    throw new KekFailure("corrupt", `the passphrase slot: ${refusal ?? ""}`);
  return { head: bytes.subarray(0, at), sealed: bytes.subarray(at), stated };
}

function encoded(kdf: PassphraseKdf): Buffer {
  const numbers =
    kdf.kdf === "argon2id" ? [kdf.memory_kib, kdf.passes, kdf.parallelism] : [kdf.log2_n, kdf.r, kdf.p];
  return Buffer.concat([Buffer.from([KDF_CODES[kdf.kdf]]), ...numbers.map(u32)]);
}

function outOfBounds(kdf: PassphraseKdf): string | undefined {
  const given = new Map<string, unknown>(Object.entries(kdf));
  for (const [key, [min, max]] of Object.entries<Range>(BOUNDS[kdf.kdf])) {
    const value = given.get(key);
    if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) continue;
    return `expected ${kdf.kdf} ${key} from ${min} to ${max}, got ${String(value)}`;
  }
  return undefined;
}

async function derived(kdf: PassphraseKdf, secret: SecretBytes, salt: Uint8Array): Promise<KeyObject> {
  const message = secret.expose();
  const bytes =
    kdf.kdf === "argon2id"
      ? await argon2Key("argon2id", {
          message,
          nonce: salt,
          memory: kdf.memory_kib,
          passes: kdf.passes,
          parallelism: kdf.parallelism,
          tagLength: KEY_BYTES,
        })
      : await scryptKey(message, salt, KEY_BYTES, scryptCost(kdf));
  using key = SecretBytes.take(bytes);
  return key.toKey();
}

function scryptCost({ log2_n, r, p }: Extract<PassphraseKdf, { kdf: "scrypt" }>) {
  const N = 2 ** log2_n;
  // OpenSSL wants a little more than the 128·N·r bytes of RFC 7914.
  return { N, r, p, maxmem: 128 * N * r + 1024 * 1024 };
}

function boundTo(head: Uint8Array, context: Uint8Array): Buffer {
  return Buffer.concat([lengthPrefixed(head), lengthPrefixed(context)]);
}
