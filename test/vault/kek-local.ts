import { KekFailure, SecretBytes, passphraseProvider, rawKeyProvider } from "../../src/vault/index.ts";
import type { KekSubject } from "./kek-subject.ts";

const secret = (text: string) => () => Promise.resolve(SecretBytes.take(Buffer.from(text, "utf8")));

const keyFile = (fill: number) => () =>
  rawKeyProvider({
    type: "key-file",
    name: "ops",
    read: () => Promise.resolve(SecretBytes.take(Buffer.alloc(32, fill))),
  });

/** A key that lies in a file. */
export const keyFileSubject: KekSubject = {
  type: "key-file",
  identity: "ops",
  provider: keyFile(1),
  other: keyFile(2),
};

// The cheapest that is allowed: what is tested is not the derivation.
const kdf = { kdf: "argon2id", memory_kib: 19 * 1024, passes: 2, parallelism: 1 } as const;
const passphrase = (words: string) => () =>
  passphraseProvider({ name: "ops", passphrase: secret(words), kdf });

/** A passphrase. */
export const passphraseSubject: KekSubject = {
  type: "passphrase",
  identity: "ops",
  provider: passphrase("correct horse battery staple"),
  other: passphrase("another horse battery staple"),
  unreachable: {
    "nobody to ask": () =>
      passphraseProvider({
        name: "ops",
        passphrase: () => Promise.reject(new KekFailure("unavailable", "no terminal")),
      }),
  },
  hidden: ["horse battery"],
  flipEvery: 17,
};
