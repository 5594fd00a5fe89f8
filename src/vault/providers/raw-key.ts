import { CountersignError } from "../../base/index.ts";
import { open, seal } from "../cae.ts";
import { slotKey } from "../kek-call.ts";
import { KekFailure, type KekProvider } from "../kek.ts";
import { KEY_BYTES } from "../root-key.ts";
import { SecretBytes } from "../secret-bytes.ts";

export interface RawKeySettings {
  /** `env-key` is weaker: the environment is inherited, listed and dumped. */
  readonly type: "env-key" | "key-file";
  /** Which key: a name that the configuration gives. */
  readonly name: string;
  /** 32 bytes, or their hexadecimal or base64 text; read at each use, and disposed of. */
  readonly read: () => Promise<SecretBytes>;
}

/**
 * A key that lies in a file or in the environment. What it wraps is `CAE(key, "kek", context, slot key)`. Both throw E_INPUT
 * as well, for what is no key.
 */
export function rawKeyProvider({ type, name, read }: RawKeySettings): KekProvider {
  return {
    type,
    capabilities: { aad: true, authenticatedWrap: true, humanPresence: false },
    identity: () => Promise.resolve(name),
    async wrap(key, context) {
      using given = await read();
      using kek = rawKey(given, name);
      return seal(kek.toKey(), "kek", context, key.expose());
    },
    async unwrap(wrapped, context) {
      using given = await read();
      using kek = rawKey(given, name);
      const key = open(kek.toKey(), "kek", context, wrapped);
      if (key !== undefined) return slotKey(key);
      throw new KekFailure("wrong_key", `the ${type} ${name} does not open its slot`, {
        fix: "Give the key that the slot was made with.",
      });
    },
  };
}

/** Texts of 32 bytes, without white space at the end. */
const HEX = /^[0-9A-Fa-f]{64}$/;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

function rawKey(given: SecretBytes, name: string): SecretBytes {
  const key = keyBytes(given);
  if (key?.expose().some((byte) => byte !== 0) === true) return key;
  const got = key === undefined ? "something else" : "zeros alone";
  key?.[Symbol.dispose]();
  // It is no part of the vault: whatever is wrong with it says nothing of the vault's files.
  throw new CountersignError(
    "E_INPUT",
    `expected the key ${name} to be 32 random bytes, or 64 hexadecimal digits or base64 of them, got ${got}`,
    {
      fix: "Bring it back. For a new vault make one: openssl rand -out countersign.key 32 && chmod 600 countersign.key",
    },
  );
}

function keyBytes(given: SecretBytes): SecretBytes | undefined {
  const bytes = given.expose();
  if (bytes.length === KEY_BYTES) return SecretBytes.copyOf(bytes);
  const end = bytes.findLastIndex((byte) => byte > 0x20) + 1;
  // Text of a key becomes a string for a moment: JavaScript decodes no other way.
  const text = bytes.subarray(0, end).toString("latin1");
  if (HEX.test(text)) return SecretBytes.take(Buffer.from(text, "hex"));
  return BASE64.test(text) ? SecretBytes.take(Buffer.from(text, "base64")) : undefined;
}
