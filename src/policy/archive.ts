import { crc32, gunzipSync } from "node:zlib";
import { CountersignError } from "../base/index.ts";

/** Largest archive that is read, unpacked. */
const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

const BLOCK = 512;
const MAX_STORED_BLOCK = 0xffff;

/**
 * A `.tar.gz` whose bytes depend on the entries alone: ustar with no times and no owners, in a gzip that stores without
 * compressing, since compressors differ between versions and processors. Formats: POSIX ustar, RFC 1951, RFC 1952.
 */
export function packArchive(entries: ReadonlyMap<string, Uint8Array>): Buffer {
  const parts: Buffer[] = [];
  for (const [name, bytes] of entries) {
    parts.push(tarHeader(name, bytes.length), Buffer.from(bytes), Buffer.alloc(padding(bytes.length)));
  }
  parts.push(Buffer.alloc(2 * BLOCK));
  return storedGzip(Buffer.concat(parts));
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  header.write(name, 0, 100, "utf8");
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(" ".repeat(8), 148);
  header.write("0", 156);
  header.write("ustar\0", 257);
  header.write("00", 263);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

function storedGzip(bytes: Buffer): Buffer {
  const unknownSystem = 255;
  const parts: Buffer[] = [Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, unknownSystem])];
  for (let start = 0; start < bytes.length; start += MAX_STORED_BLOCK) {
    const block = bytes.subarray(start, start + MAX_STORED_BLOCK);
    const head = Buffer.alloc(5);
    head.writeUInt8(start + block.length === bytes.length ? 1 : 0, 0);
    head.writeUInt16LE(block.length, 1);
    head.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(head, block);
  }
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(crc32(bytes), 0);
  tail.writeUInt32LE(bytes.length, 4);
  return Buffer.concat([...parts, tail]);
}

/**
 * The files of a `.tar.gz` by name, a leading `/` removed; links and whatever else is no file are passed over. E_BUNDLE
 * when it is not one, or too large, or holds a name twice: readers differ in which of the two they take.
 */
export function unpackArchive(bytes: Uint8Array): Map<string, Buffer> {
  const tar = unzipped(bytes);
  const entries = new Map<string, Buffer>();
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0;) {
    const size = Number.parseInt(text(tar, at + 124, 12), 8);
    const end = at + BLOCK + size;
    if (!Number.isSafeInteger(size) || size < 0 || end > tar.length) {
      throw new CountersignError("E_BUNDLE", "expected a whole tar archive, got one that ends early");
    }
    const isFile = tar[at + 156] === 0x30 || tar[at + 156] === 0;
    const name = text(tar, at, 100).replace(/^\//, "");
    if (isFile && entries.has(name)) {
      throw new CountersignError("E_BUNDLE", `expected each file once in the archive, got ${name} twice`);
    }
    if (isFile) entries.set(name, tar.subarray(at + BLOCK, end));
    at = end + padding(size);
  }
  return entries;
}

function unzipped(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_UNPACKED_BYTES });
  } catch (cause) {
    throw new CountersignError(
      "E_BUNDLE",
      `expected a gzip of at most ${MAX_UNPACKED_BYTES} bytes unpacked, got something else`,
      { cause },
    );
  }
}

function text(tar: Buffer, at: number, length: number): string {
  const field = tar.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString("utf8", 0, end === -1 ? length : end).trim();
}
