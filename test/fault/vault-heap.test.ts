import { randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { SecretBytes } from "../../src/vault/index.ts";
import { decodeGeneration } from "../../src/vault/generation.ts";
import { unwrapDek } from "../../src/vault/index-document.ts";
import { HEAP_KINDS, heapKey } from "./vault-heap-key.ts";
import { unlockedBy } from "../vault/forgery.ts";
import { temporaryDirectory } from "../vault/place.ts";

const CHILD = fileURLToPath(new URL("vault-heap-child.ts", import.meta.url));

/** Most of a region of memory that is searched at once; neighbours overlap by the longest needle. */
const CHUNK = 16 * 1024 * 1024;
const OVERLAP = 256;

/** The forms in which bytes might have been kept. */
function forms(secret: Buffer): Map<string, Buffer> {
  const hex = secret.toString("hex");
  // Base64 of three alignments, without the characters that depend on the neighbours.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), secret])
      .toString("base64")
      .slice(4, 36),
  );
  return new Map([
    ["raw", secret],
    ["UTF-16", Buffer.from(secret.toString("latin1"), "utf16le")],
    ["hexadecimal", Buffer.from(hex)],
    ["upper-case hexadecimal", Buffer.from(hex.toUpperCase())],
    ...base64.map((text, shift) => [`base64 from ${shift}`, Buffer.from(text)] as const),
  ]);
}

/** How often each form of each secret stands in the writable memory of a process; undefined where it may not be read. */
function inMemory(pid: number, secrets: ReadonlyMap<string, Buffer>): Map<string, number> | undefined {
  const counts = new Map<string, number>();
  let memory: number;
  try {
    memory = openSync(`/proc/${pid}/mem`, "r");
  } catch {
    return undefined;
  }
  const needles = [...secrets].flatMap(([what, secret]) => {
    return [...forms(secret)].map(([form, bytes]) => [`${what}, ${form}`, bytes] as const);
  });
  for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
    const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const end = parseInt(to, 16);
    for (let at = parseInt(from, 16); at < end; at += CHUNK - OVERLAP) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, end - at));
      let length = 0;
      try {
        length = readSync(memory, chunk, 0, chunk.length, at);
      } catch {
        continue; // a guard page, or a region that was given back meanwhile
      }
      for (const [what, needle] of needles) {
        for (let hit = chunk.subarray(0, length).indexOf(needle); hit >= 0;) {
          counts.set(what, (counts.get(what) ?? 0) + 1);
          hit = chunk.subarray(0, length).indexOf(needle, hit + 1);
        }
      }
    }
  }
  closeSync(memory);
  return counts;
}

/** The keys that the vault made for itself, as whoever holds the key may have them. */
async function keysIn(root: string, kind: string, key: Buffer): Promise<Map<string, Buffer>> {
  const provider = heapKey(kind, () => SecretBytes.copyOf(key));
  const generation = decodeGeneration(readFileSync(join(root, "vault/gen/000000000002")), 2);
  const { root: rootKey, index } = await unlockedBy(provider, generation);
  const [{ name, versions }] = index.entries as [(typeof index.entries)[number]];
  const place = { vaultId: generation.vaultId, name, version: 1, blob: versions[0]!.blob };
  return new Map([
    ["the root key", rootKey.expose((bytes) => Buffer.from(bytes))],
    ["the data encryption key", unwrapDek(rootKey, place, versions[0]!.dek).export()],
    ["the index key", rootKey.indexKey.export()],
    ["the wrap key", rootKey.wrapKey.export()],
  ]);
}

/**
 * What this proves: no string of JavaScript, and no object that a heap snapshot shows, holds the credential or a key once a
 * vault was closed and collected. A snapshot does not show the contents of buffers, nor memory of OpenSSL and the
 * allocator; these are searched in the process's own memory where the system lets us, and what is found is printed. Not
 * seen at all: registers, swap, core dumps, and what lived before it was overwritten.
 */
test.each(HEAP_KINDS)(
  "after use of a %s, neither credential nor key stands in the heap; what is left in native memory is told",
  { timeout: 120_000 },
  async (kind) => {
    const root = temporaryDirectory();
    // Printable, so that it would be legible as a string.
    const credential = Buffer.from(randomBytes(36).toString("base64url"));
    const key = randomBytes(32);
    writeFileSync(join(root, "credential"), credential);
    writeFileSync(join(root, "key"), key);
    const snapshot = join(root, "heap.heapsnapshot");
    const child = spawn(process.execPath, ["--expose-gc", CHILD, root, snapshot, kind], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    try {
      const secrets = new Map([
        ["the credential", credential],
        ["the key", key],
        ...(await keysIn(root, kind, key)),
      ]);
      const text = readFileSync(snapshot);
      expect(text.includes("vault/payments")).toBe(true);
      for (const [what, secret] of secrets) {
        for (const [form, needle] of forms(secret))
          expect(`${what}, ${form}: ${text.includes(needle)}`).toMatch(/false$/);
      }
      const left = inMemory(child.pid!, secrets);
      const told = [...(left ?? [])].map(([what, count]) => `${what}: ${count}`).join("; ");
      console.log(
        left === undefined
          ? "native memory: not to be read here"
          : `left in native memory: ${told || "nothing"}`,
      );
      // A search that could not find anything would find nothing.
      if (left !== undefined)
        expect(
          inMemory(child.pid!, new Map([["a name", Buffer.from("vault/payments")]]))?.size,
        ).toBeGreaterThan(0);
    } finally {
      child.stdin.end();
      child.kill();
      await once(child, "close");
    }
  },
);
