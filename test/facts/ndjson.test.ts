import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { canonicalJson, sha256 } from "../../src/base/index.ts";
import { linesOf, readPart, writePart, writePartLines, type Part } from "../../src/facts/index.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-ndjson-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

const VALUES = [
  { id: "a", text: "line\u2028separator \u{1f511}" },
  { id: "b", n: 1 },
  [],
  "plain",
  7,
  null,
  true,
];

async function valuesOf(part: Part): Promise<unknown[]> {
  return collected(readPart(directory, part));
}

/** What reading gives: values, or the code of the error that came instead of the end. */
async function outcome(part: Part): Promise<unknown> {
  return valuesOf(part).catch((thrown: unknown) => (thrown as { code: string }).code);
}

describe("an NDJSON part", () => {
  it.each(["plain.ndjson", "packed.ndjson.zst"])("%s gives its values back, in order", async (file) => {
    const part = await writePart(directory, file, VALUES);
    expect(await valuesOf(part)).toEqual(VALUES);
    expect(part).toMatchObject({ file, count: VALUES.length });
  });

  it("is named by the digest of its uncompressed lines, whatever the compression", async () => {
    const lines = VALUES.map((value) => `${canonicalJson(value)}\n`).join("");
    const plain = await writePart(directory, "a.ndjson", VALUES);
    const packed = await writePart(directory, "a.ndjson.zst", VALUES);
    expect(plain.sha256).toBe(sha256(lines));
    expect(packed.sha256).toBe(plain.sha256);
    expect(packed.bytes).toBe(Buffer.byteLength(lines));
    const other = zstdCompressSync(Buffer.from(lines), { params: { 100: 19 } });
    await writeFile(join(directory, packed.file), other);
    expect(await valuesOf(packed)).toEqual(VALUES);
  });

  it("may be empty, and an empty file is not a part that holds something", async () => {
    const part = await writePart(directory, "empty.ndjson.zst", []);
    expect(part).toMatchObject({ count: 0, bytes: 0 });
    expect(await valuesOf(part)).toEqual([]);
    const full = await writePart(directory, "full.ndjson.zst", VALUES);
    await writeFile(join(directory, full.file), "");
    expect(await outcome(full)).toBe("E_INTEGRITY");
  });

  it("takes lines that are made already, in pieces of any size, whose memory is used again", async () => {
    const lines = VALUES.map((value) => `${canonicalJson(value)}\n`).join("");
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), async (sizes) => {
        const bytes = Buffer.from(lines);
        const memory = Buffer.alloc(40);
        const pieces = async function* () {
          await Promise.resolve();
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const size = sizes[turn % sizes.length] ?? 1;
            yield memory.subarray(0, bytes.copy(memory, 0, at, at + size));
            at += size;
          }
        };
        const part = await writePartLines(directory, "pieces.ndjson.zst", pieces());
        expect(part).toMatchObject({ count: VALUES.length, sha256: sha256(lines) });
        expect(await valuesOf(part)).toEqual(VALUES);
      }),
      { numRuns: 40 },
    );
  });

  it("gives any JSON back", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
        const part = await writePart(directory, "any.ndjson.zst", values);
        expect(await valuesOf(part)).toEqual(JSON.parse(JSON.stringify(values)));
      }),
      { numRuns: 60 },
    );
  });

  it("leaves no file behind where its values break off", async () => {
    const breaking = function* () {
      yield { id: 1 };
      throw new Error("no more");
    };
    await expect(writePart(directory, "broken.ndjson.zst", breaking())).rejects.toThrow("no more");
    expect((await readdir(directory)).filter((name) => name.includes("broken"))).toEqual([]);
  });
});

describe("a part that is not as it was written", () => {
  it.each(["flipped.ndjson", "flipped.ndjson.zst"])(
    "is E_INTEGRITY with any bit of %s flipped",
    async (file) => {
      const part = await writePart(directory, file, VALUES);
      const bytes = await readFile(join(directory, file));
      const survived: string[] = [];
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const damaged = Buffer.from(bytes);
        damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        await writeFile(join(directory, file), damaged);
        const result = await outcome(part);
        // A bit of the compression's own header may change nothing of what it unpacks to.
        if (result !== "E_INTEGRITY" && !sameContent(file, damaged, part)) survived.push(`bit ${bit}`);
      }
      expect(survived).toEqual([]);
    },
  );

  it.each(["cut.ndjson", "cut.ndjson.zst"])("is E_INTEGRITY with %s cut at any byte", async (file) => {
    const part = await writePart(directory, file, VALUES);
    const bytes = await readFile(join(directory, file));
    for (let length = 0; length < bytes.length; length += 1) {
      await writeFile(join(directory, file), bytes.subarray(0, length));
      expect(await outcome(part), `cut after ${length} bytes`).toBe("E_INTEGRITY");
    }
  });

  const LINES = VALUES.map((value) => `${canonicalJson(value)}\n`);
  it.each([
    ["an extra line", [...LINES, '{"id":"z"}\n']],
    ["an extra line without its end", [...LINES, '{"id":"z"}']],
    ["an empty line", [...LINES, "\n"]],
    ["a byte more", [...LINES, " "]],
    ["two lines changed about", [LINES[1], LINES[0], ...LINES.slice(2)]],
    ["a line twice", [LINES[0], ...LINES]],
    ["a line less", LINES.slice(1)],
    ["other white space", LINES.map((line) => line.replace(":", ": "))],
    ["carriage returns", LINES.map((line) => line.replace("\n", "\r\n"))],
    ["something that is not JSON", ["{]\n", ...LINES.slice(1)]],
  ])("is E_INTEGRITY with %s", async (_what, lines) => {
    for (const file of ["changed.ndjson", "changed.ndjson.zst"]) {
      const part = await writePart(directory, file, VALUES);
      const text = Buffer.from(lines.join(""));
      await writeFile(join(directory, file), file.endsWith(".zst") ? zstdCompressSync(text) : text);
      expect(await outcome(part)).toBe("E_INTEGRITY");
    }
  });

  it("is E_INTEGRITY with a second frame behind the first", async () => {
    const part = await writePart(directory, "framed.ndjson.zst", VALUES);
    const bytes = await readFile(join(directory, part.file));
    await writeFile(join(directory, part.file), Buffer.concat([bytes, zstdCompressSync('{"id":"z"}\n')]));
    expect(await outcome(part)).toBe("E_INTEGRITY");
  });

  it("is E_INTEGRITY, and soon, where a few bytes unpack to gigabytes", async () => {
    const part = await writePart(directory, "bomb.ndjson.zst", VALUES);
    await writeFile(join(directory, part.file), zstdCompressSync(Buffer.alloc(256 * 1024 * 1024, "a")));
    expect(await outcome(part)).toBe("E_INTEGRITY");
  });

  it("is E_INTEGRITY where it is gone or no file: a document names it", async () => {
    const part = await writePart(directory, "gone.ndjson.zst", VALUES);
    await rm(join(directory, part.file));
    expect(await outcome(part)).toBe("E_INTEGRITY");
    expect(await outcome({ ...part, file: "" })).toBe("E_INTEGRITY");
  });

  it("says what is wrong and what to do", async () => {
    const part = await writePart(directory, "said.ndjson.zst", VALUES);
    await expect(valuesOf({ ...part, sha256: "0".repeat(64) })).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: expect.stringMatching(
        /said\.ndjson\.zst as it was written, with SHA-256 0{64}, got SHA-256 [0-9a-f]{64}/,
      ) as string,
      fix: expect.stringContaining("Restore") as string,
    });
  });
});

describe("lines", () => {
  it("are the same whatever the chunks, each with the offset behind it", async () => {
    const text = Buffer.from('{"a":1}\n\n{"b":"\u2028"}\nno end');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: text.length })), async (cuts) => {
        const ends = [...new Set([0, ...cuts, text.length])].sort((a, b) => a - b);
        const chunks = ends.slice(1).map((end, index) => text.subarray(ends[index], end));
        const lines = await collected(linesOf(asyncly(chunks)));
        expect(lines).toEqual([
          { text: '{"a":1}', end: 8 },
          { text: "", end: 9 },
          { text: '{"b":"\u2028"}', end: 21 },
        ]);
      }),
      { numRuns: 200 },
    );
  });
});

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* asyncly<T>(items: Iterable<T>): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve();
    yield item;
  }
}

function sameContent(file: string, bytes: Buffer, part: Part): boolean {
  if (!file.endsWith(".zst")) return false;
  try {
    return sha256(zstdDecompressSync(bytes)) === part.sha256;
  } catch {
    return false;
  }
}
