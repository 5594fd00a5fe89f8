import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createZstdCompress, createZstdDecompress, type ZstdCompress } from "node:zlib";
import { CountersignError, canonicalJson, fileError, writeFileAtomically } from "../base/index.ts";
import { Count, Digest, Type, closed, type Static } from "../schema/index.ts";

/** One NDJSON file: its digest is that of the uncompressed bytes, so it holds whatever the compressor's version. */
export const Part = closed({
  /** Beside the document that names it: never a path. */
  file: Type.String({ pattern: "^[a-z0-9][a-z0-9.-]{0,127}$" }),
  sha256: Digest,
  count: Count,
  bytes: Count,
});

export type Part = Static<typeof Part>;

/** Longest line that is read back: no record is larger than this. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

const LINE_FEED = 0x0a;

/** Lines are handed on in pieces of at least this size. */
const CHUNK_BYTES = 256 * 1024;

/**
 * Writes one value a line as canonical JSON, zstd-compressed when the name ends in `.zst`. Streams: memory does not
 * grow with the number of values. E_DISK.
 */
export async function writePart(
  directory: string,
  file: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<Part> {
  return writePartLines(directory, file, canonicalLines(values));
}

/** As `writePart`, from pieces of whole lines that are canonical JSON already. A piece is needed only until the next. */
export async function writePartLines(
  directory: string,
  file: string,
  pieces: AsyncIterable<Uint8Array>,
): Promise<Part> {
  const tally = newTally();
  const plain = gathered(counted(pieces, tally));
  const stored = file.endsWith(".zst") ? compressed(plain) : plain;
  await writeFileAtomically(`${directory}/${file}`, stored);
  return partOfTally(file, tally);
}

/** What `writePart` would say of these values, without writing them. */
export async function describePart(
  file: string,
  values: Iterable<unknown> | AsyncIterable<unknown>,
): Promise<Part> {
  const tally = newTally();
  const pieces = counted(canonicalLines(values), tally)[Symbol.asyncIterator]();
  while ((await pieces.next()).done !== true);
  return partOfTally(file, tally);
}

interface Tally {
  readonly hash: Hash;
  count: number;
  bytes: number;
}

function newTally(): Tally {
  return { hash: createHash("sha256"), count: 0, bytes: 0 };
}

function partOfTally(file: string, { hash, count, bytes }: Tally): Part {
  return { file, sha256: hash.digest("hex"), count, bytes };
}

async function* counted(pieces: AsyncIterable<Uint8Array>, tally: Tally): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    tally.hash.update(piece);
    tally.bytes += piece.length;
    for (let at = piece.indexOf(LINE_FEED); at >= 0; at = piece.indexOf(LINE_FEED, at + 1)) tally.count += 1;
    yield piece;
  }
}

/** The same bytes in pieces of at least `CHUNK_BYTES`, but for the last. */
async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(Buffer.from(piece)); // a copy: the next piece may come in the same memory
    bytes += piece.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** The compressed bytes of `plain`. Nothing begins before the first is asked for, so that no error comes unheard. */
async function* compressed(plain: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const compressor = createZstdCompress();
  const fed = feed(plain, compressor);
  fed.catch((error: unknown) => compressor.destroy(error as Error)); // ends the iteration, which says it
  yield* compressor as AsyncIterable<Uint8Array>;
  await fed;
}

/** One piece after the other: an end that comes while one is waiting makes, by chance, an empty frame more. */
async function feed(plain: AsyncIterable<Uint8Array>, compressor: ZstdCompress): Promise<void> {
  for await (const piece of plain) {
    await new Promise<void>((resolve, reject) => {
      compressor.write(piece, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  compressor.end();
}

async function* canonicalLines(values: Iterable<unknown> | AsyncIterable<unknown>): AsyncGenerator<Buffer> {
  for await (const value of values) yield Buffer.from(`${canonicalJson(value)}\n`, "utf8");
}

/** An escaped half of a surrogate pair. Canonical JSON never has one, and what holds one cannot be digested. */
const HALF_CHARACTER = /\\u[dD][89a-fA-F]/;

/**
 * The values of a part, in order. After the last, the digest and the count are compared: E_INTEGRITY when the file is
 * missing or the bytes are not those that were written. Nothing may be concluded from a part before its iteration has
 * ended. What `complaint` says of a value is thrown after the last byte, and only where the bytes are those that were
 * written: of others, what they say tells nothing about what was damaged.
 */
export async function* readPart(
  directory: string,
  part: Part,
  complaint: (value: unknown) => CountersignError | undefined = () => undefined,
): AsyncGenerator {
  const path = `${directory}/${part.file}`;
  const hash = createHash("sha256");
  let count = 0;
  let wrong: CountersignError | undefined;
  try {
    const found = await stat(path);
    if (!found.isFile()) throw damaged(part, path, "something that is no regular file");
    const file = createReadStream(path);
    const unpacked = part.file.endsWith(".zst") ? file.pipe(createZstdDecompress()) : undefined;
    file.on("error", (error) => unpacked?.destroy(error));
    const plain = unpacked ?? file;
    for await (const { text } of linesOf(tapped(plain, part.bytes, hash))) {
      count += 1;
      if (wrong !== undefined) continue;
      const line = valueOf(text);
      wrong = "fault" in line ? damaged(part, path, line.fault) : complaint(line.value);
      if (wrong === undefined && "value" in line) yield line.value;
    }
    // The decompressor stops at the end of the first frame; other programs would read on.
    if (unpacked !== undefined && unpacked.bytesWritten !== found.size) {
      throw damaged(part, path, "more or less than one frame");
    }
  } catch (thrown) {
    if (thrown instanceof CountersignError && thrown.code !== "E_INTERNAL") throw thrown;
    const { syscall, code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOENT") throw damaged(part, path, "no file", thrown);
    throw syscall !== undefined
      ? fileError(thrown, path, "read")
      : damaged(part, path, "bytes that cannot be decompressed", thrown);
  }
  const digest = hash.digest("hex");
  if (digest !== part.sha256) throw damaged(part, path, `SHA-256 ${digest}`);
  if (count !== part.count) throw damaged(part, path, `${count} lines instead of ${part.count}`);
  if (wrong !== undefined) throw wrong;
}

/** What a line holds, or why it is no canonical JSON. */
function valueOf(text: string): { readonly value: unknown } | { readonly fault: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: "a line that is no JSON" };
  }
  if (!HALF_CHARACTER.test(text)) return { value };
  try {
    if (canonicalJson(value) === text) return { value };
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
  }
  return { fault: "half a character" };
}

/** Passes the bytes on and into `hash`; ends after more than were written, which the digest then shows. */
async function* tapped(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
  hash: Hash,
): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of chunks) {
    hash.update(chunk);
    seen += chunk.length;
    if (seen > maxBytes) return;
    yield chunk;
  }
}

/**
 * Lines that end in a line feed, each with the offset of the byte after it. `node:readline` would also break at U+2028,
 * which JSON holds unescaped. A last line without its feed, or one longer than any that is written, ends the iteration.
 */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ text: string; end: number }> {
  let pieces: Uint8Array[] = [];
  let lineBytes = 0;
  let offset = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let feed = chunk.indexOf(LINE_FEED); feed >= 0; feed = chunk.indexOf(LINE_FEED, start)) {
      const line = Buffer.concat([...pieces, chunk.subarray(start, feed)]);
      start = feed + 1;
      if (line.length > MAX_LINE_BYTES) return;
      yield { text: line.toString("utf8"), end: offset + start };
      pieces = [];
      lineBytes = 0;
    }
    pieces.push(chunk.subarray(start));
    lineBytes += chunk.length - start;
    offset += chunk.length;
    if (lineBytes > MAX_LINE_BYTES) return;
  }
}

function damaged({ sha256 }: Part, path: string, got: string, cause?: unknown): CountersignError {
  return new CountersignError(
    "E_INTEGRITY",
    `expected ${path} as it was written, with SHA-256 ${sha256}, got ${got}`,
    {
      fix: "Restore the directory from where it was copied; evidence made from damaged bytes proves nothing.",
      ...(cause === undefined ? {} : { cause }),
    },
  );
}
