import {
  passphraseProvider,
  rawKeyProvider,
  type KekProvider,
  type SecretBytes,
} from "../../src/vault/index.ts";

export const HEAP_KINDS = ["key-file", "passphrase"] as const;

/** The key `main` of one of `HEAP_KINDS`. */
export function heapKey(kind: string, secret: () => SecretBytes): KekProvider {
  const read = () => Promise.resolve(secret());
  return kind === "passphrase"
    ? passphraseProvider({ name: "main", passphrase: read })
    : rawKeyProvider({ type: "key-file", name: "main", read });
}
