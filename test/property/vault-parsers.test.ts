import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { CountersignError, type FileSystem } from "../../src/base/index.ts";
import { LeafChain } from "../../src/ledger/index.ts";
import {
  AnchorFiles,
  KekFailure,
  SecretBytes,
  passphraseProvider,
  rawKeyProvider,
  readAccessLog,
} from "../../src/vault/index.ts";
import { decodeBlob, encodeBlob } from "../../src/vault/blob.ts";
import { decodeGeneration, openIndex } from "../../src/vault/generation.ts";
import { unlockedBy, withIndex } from "../vault/forgery.ts";
import { FakeDisk } from "../vault/fake-file-system.ts";
import { madeOn, secretOf, testKey } from "../vault/place.ts";

const SLOW = process.env["SLOW"] === "1";
const RUNS = SLOW ? 100_000 : 1500;

/** Parsing may not take more than this beyond what the process has, in bytes. */
const MAX_GROWTH = 256 * 1024 * 1024;

const clock = { now: () => new Date("2026-09-30T06:00:00.000Z") };
const key = createSecretKey(Buffer.alloc(32, 1));
const place = { vaultId: Buffer.alloc(16, 2), name: "a", version: 1, contentType: "text/plain" };

/** Reads the bytes that a parser is given; throws nothing but what the parser's readers expect. */
type Parser = (bytes: Buffer) => unknown;

interface Parsed {
  readonly what: string;
  /** A well-formed example, from which mutants are made. */
  readonly example: Buffer;
  readonly parse: Parser;
}

const parsers: Parsed[] = [];

/** A file system that holds one file. */
function holding(path: string, bytes: Buffer): FileSystem {
  const disk = new FakeDisk();
  disk.setFile(path, bytes);
  return disk.files;
}

beforeAll(async () => {
  const disk = new FakeDisk();
  const { vault } = await madeOn(disk);
  await vault.put("a", secretOf("value"));
  await vault.close();
  const at = (part: string): Buffer =>
    disk.bytesOf(
      disk
        .paths()
        .filter((path) => path.includes(part))
        .at(-1)!,
    );
  const generation = decodeGeneration(at("/gen/"), 2);
  const { root, index } = await unlockedBy(testKey("main"), generation);
  const signal = new AbortController().signal;
  const raw = rawKeyProvider({
    type: "key-file",
    name: "k",
    read: () => Promise.resolve(SecretBytes.random(32)),
  });
  const passphrase = passphraseProvider({
    name: "p",
    // Whoever gets here has parameters within bounds: enough, without paying for the derivation.
    passphrase: () => Promise.reject(new KekFailure("wrong_key", "none")),
  });
  const [logName] = (await disk.files.list("/state/vault/log")) as [string];
  parsers.push(
    { what: "a generation", example: at("/gen/"), parse: (bytes) => decodeGeneration(bytes, 2) },
    {
      what: "an index",
      example: Buffer.from(JSON.stringify(index)),
      parse: (bytes) => openIndex(decodeGeneration(withIndex(generation, root, bytes), 2), root),
    },
    {
      what: "a blob",
      example: encodeBlob(place, key, secretOf("value")),
      parse: (bytes) => decodeBlob(bytes, place, key)[Symbol.dispose](),
    },
    {
      what: "an anchor",
      example: at("/anchor/"),
      parse: async (bytes) =>
        await new AnchorFiles("/anchor", holding("/anchor/000000000002", bytes), clock).latest(),
    },
    {
      what: "a leaf",
      example: disk.bytesOf("/state/leaves/000000000001"),
      parse: async (bytes) => {
        const chain = new LeafChain("/leaves", "test", holding("/leaves/000000000001", bytes), clock);
        for await (const leaf of chain.all()) expect(leaf.number).toBe(1);
        await chain.latest(["vault-adopt", "vault-commit"], 9);
      },
    },
    {
      what: "an access log",
      example: at("/log/"),
      parse: async (bytes) => {
        const { torn } = await readAccessLog("/log", logName, holding(`/log/${logName}`, bytes));
        // What a crash may leave is no error, but it is said.
        if (torn) throw new CountersignError("E_INTEGRITY", "torn");
      },
    },
    {
      what: "a passphrase slot",
      example: Buffer.concat([Buffer.from([1, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4]), Buffer.alloc(128, 7)]),
      parse: async (bytes) => await passphrase.unwrap(bytes, Buffer.alloc(0), signal),
    },
    {
      what: "a raw key slot",
      example: Buffer.alloc(112, 7),
      parse: async (bytes) => await raw.unwrap(bytes, Buffer.alloc(0), signal),
    },
  );
});

/** Bytes of no form at all, and mutants of `example`: parts cut out, doubled, overwritten, lengths made huge. */
function inputs(example: Buffer): fc.Arbitrary<Buffer> {
  const position = fc.nat({ max: example.length });
  const spliced = fc
    .tuple(position, position, fc.uint8Array({ maxLength: 64 }))
    .map(([from, to, bytes]) => Buffer.concat([example.subarray(0, from), bytes, example.subarray(to)]));
  const huge = position.map((at) => {
    const bytes = Buffer.from(example);
    bytes.subarray(at, at + 8).fill(0xff);
    return bytes;
  });
  const random = fc.uint8Array({ maxLength: 4096 }).map((bytes) => Buffer.from(bytes));
  const json = fc.json({ maxDepth: 8 }).map((text) => Buffer.from(text));
  return fc.oneof(spliced, huge, random, json);
}

test(
  "every parser refuses what it cannot read by its own errors, within bounds of memory",
  async () => {
    for (const { what, example, parse } of parsers) {
      let refused = 0;
      const before = process.memoryUsage().rss;
      await fc.assert(
        fc.asyncProperty(inputs(example), async (bytes) => {
          try {
            await parse(bytes);
          } catch (thrown) {
            refused += 1;
            if (thrown instanceof KekFailure) expect(["corrupt", "wrong_key"]).toContain(thrown.reason);
            else if (thrown instanceof CountersignError) expect(thrown.code).toBe("E_INTEGRITY");
            else throw new Error(`${what}: expected an error of ours`, { cause: thrown });
          }
        }),
        { numRuns: RUNS },
      );
      expect(refused, what).toBeGreaterThan(RUNS / 4);
      expect(process.memoryUsage().rss - before, what).toBeLessThan(MAX_GROWTH);
    }
  },
  SLOW ? 3_600_000 : 120_000,
);

test("large and deep input of every parser ends in a refusal, within bounds of memory", async () => {
  const large = [
    Buffer.alloc(17 * 1024 * 1024, "["),
    Buffer.alloc(17 * 1024 * 1024, '{"a":'),
    Buffer.alloc(17 * 1024 * 1024, 0xff),
    Buffer.alloc(17 * 1024 * 1024, "\n"),
  ];
  for (const { what, parse } of parsers.filter(({ what }) => what !== "an index")) {
    for (const bytes of large) {
      const before = process.memoryUsage().rss;
      await expect(
        Promise.try(async () => await parse(bytes)),
        what,
      ).rejects.toThrow();
      expect(process.memoryUsage().rss - before, what).toBeLessThan(MAX_GROWTH);
    }
  }
});
