import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { createZstdDecompress, zstdCompress } from "node:zlib";
import { promisify } from "node:util";
import { CountersignError, canonicalJson, fileError, writeFileAtomically } from "../base/index.ts";
import { Count, Digest, Type, closed, type Static } from "./schema.ts";

/** One NDJSON file: its digest is that of the uncompressed bytes, so it holds whatever the compressor's version. */
export const Part = closed({ file: Type.String(), sha256: Digest, count: Count, bytes: Count });

export type Part = Static<typeof Part>;

/** Longest line that is read back: no record is larger than this. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;

/** Writes one value a line as canonical JSON, zstd-compressed when the name ends in `.zst`. E_DISK. */
export async function writePart(directory: string, file: string, values: Iterable<unknown>): Promise<Part> {
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  let count = 0;
  let bytes = 0;
  for (const value of values) {
    const line = Buffer.from(`${canonicalJson(value)}\n`, "utf8");
    hash.update(line);
    chunks.push(line);
    count += 1;
    bytes += line.length;
  }
  const plain = Buffer.concat(chunks);
  const stored = file.endsWith(".zst") ? await promisify(zstdCompress)(plain) : plain;
  await writeFileAtomically(`${directory}/${file}`, stored);
  return { file, sha256: hash.digest("hex"), count, bytes };
}

/**
 * The values of a part, in order. After the last, the digest and the count are compared: E_INTEGRITY when the bytes are
 * not those that were written. Nothing may be concluded from a part before its iteration has ended.
 */
export async function* readPart(directory: string, part: Part): AsyncGenerator {
  const path = `${directory}/${part.file}`;
  const hash = createHash("sha256");
  let count = 0;
  try {
    const file = createReadStream(path);
    const plain = part.file.endsWith(".zst") ? file.pipe(createZstdDecompress()) : file;
    file.on("error", (error) => plain.destroy(error));
    for await (const line of createInterface({ input: Readable.from(plain), crlfDelay: Infinity })) {
      if (line.length > MAX_LINE_BYTES) throw damaged(path, `a line of more than ${MAX_LINE_BYTES} bytes`);
      hash.update(`${line}\n`);
      count += 1;
      yield JSON.parse(line) as unknown;
    }
  } catch (thrown) {
    if (thrown instanceof CountersignError) throw thrown;
    const system = (thrown as NodeJS.ErrnoException).syscall !== undefined;
    throw system ? fileError(thrown, path, "read") : damaged(path, "bytes that cannot be decoded", thrown);
  }
  const digest = hash.digest("hex");
  if (count !== part.count) throw damaged(path, `${count} lines instead of ${part.count}`);
  if (digest !== part.sha256) throw damaged(path, `SHA-256 ${digest} instead of ${part.sha256}`);
}

function damaged(path: string, got: string, cause?: unknown): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${path} as it was written, got ${got}`, {
    fix: "Restore the directory from where it was copied; evidence made from damaged bytes proves nothing.",
    ...(cause === undefined ? {} : { cause }),
  });
}
