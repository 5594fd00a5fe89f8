/**
 * Uses a vault as a collection does, lets everything go, and waits, so that its memory can be searched. Run with
 * `--expose-gc`. Arguments: the directory below which all lies, with `key` (32 bytes, which are also taken for a passphrase) and
 * `credential`; where the heap snapshot goes; the kind of key.
 */
import { openSync, closeSync, fstatSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { writeHeapSnapshot } from "node:v8";
import { SecretBytes, Vault } from "../../src/vault/index.ts";
import { heapKey } from "./vault-heap-key.ts";
import { testTerms } from "../vault/place.ts";

const [root = "", snapshot = "", kind = ""] = process.argv.slice(2);

/** A file's bytes without a copy in Node's pool. */
function secretIn(name: string): SecretBytes {
  const file = openSync(join(root, name), "r");
  try {
    const bytes = Buffer.allocUnsafeSlow(fstatSync(file).size);
    readSync(file, bytes);
    return SecretBytes.take(bytes);
  } finally {
    closeSync(file);
  }
}

async function used(): Promise<void> {
  const provider = heapKey(kind, () => secretIn("key"));
  const holders = [{ provider, purpose: "daily" as const }];
  const vault = await Vault.create(testTerms(root, { providers: [provider] }), holders);
  {
    using credential = secretIn("credential");
    await vault.put("vault/payments", credential);
  }
  for (let n = 0; n < 20; n += 1) {
    using credential = await vault.read("vault/payments", "heap test");
    if (credential.length === 0) throw new Error("expected a credential, got nothing");
  }
  await vault.verify();
  await vault.close();
}

await used();
for (let n = 0; n < 5; n += 1) {
  globalThis.gc?.();
  await turn();
}
writeHeapSnapshot(snapshot);
writeSync(1, "waiting\n");
process.stdin.resume();
