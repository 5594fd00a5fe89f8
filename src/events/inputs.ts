import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { constants, gunzip, zstdDecompress } from "node:zlib";
import { CountersignError, fileError, sha256 } from "../base/index.ts";
import { MAX_RESULT_ROWS, textLiteral, type QueryEngine } from "../tables/index.ts";
import { digestOfFile } from "./event-table.ts";
import { MAX_LINE_BYTES, isByLine, type Compression, type Format } from "./formats.ts";
import { HEAD_BYTES, compressionOf, recognise } from "./recognise.ts";

/** A file of a log. */
export interface LogFile {
  /** What it is called where it comes from: a path, an object's address. */
  readonly source: string;
  /** Tells apart what has been called the same, e.g. an ETag. */
  readonly version?: string;
  /** SHA-256 of its content, where that is known before it is read. */
  readonly digest?: string;
  /** Whether all of it is there: what is piped, or has a version, does not grow. */
  readonly isWhole?: boolean;
  /** Where it lies; else `fetch` brings it, into the directory or to where it lies anyway, once it is known to be new. */
  readonly path?: string;
  readonly fetch?: (directory: string) => Promise<string>;
}

/** A file on this machine. */
export type LocalFile = Omit<LogFile, "fetch" | "path"> & { readonly path: string };

/** What is to be read of a file. */
export interface Work {
  readonly path: string;
  readonly source: string;
  readonly version: string;
  readonly format: Format;
  readonly compression: Compression;
  /** SHA-256 of the file, or of the part of it that is read. */
  readonly digest: string;
  /** SHA-256 of the first line of a file that may grow; its name may change. */
  readonly headDigest: string;
  readonly fromByte: number;
  readonly toByte: number;
}

/** The end of a file that does not grow any more, where it is no whole line. It is read should the file grow all the same. */
export interface CutLine {
  readonly digest: string;
  readonly content: string;
  readonly from: number;
  readonly to: number;
  /** SHA-256 of the piece before it, which says when it was written; absent where there is none. */
  readonly behind?: string;
}

/** Why a file is not read. `unfinished`: bytes at its end that are no line yet. */
export type Examined =
  | { readonly work: readonly Work[]; readonly unfinished: number; readonly cut?: CutLine }
  | { readonly skipped: "known" }
  | { readonly skipped: "digest" }
  | { readonly skipped: "empty" }
  | { readonly problem: string; readonly digest: string; readonly bytes: number };

/** What has been read of a store's logs before. */
export interface Known {
  readonly digests: Set<string>;
  /** Names of files that have a version, with it: what is called so again is the same. */
  readonly names: Set<string>;
  /** The last piece that was read of a growing file, by the digest of its first line. */
  readonly marks: Map<string, Mark>;
}

/** A piece of a growing file: what lies before it has been read too. */
export interface Mark {
  readonly fromByte: number;
  readonly toByte: number;
  readonly digest: string;
}

/** Largest part of a growing file that is read at once. */
export const MAX_PIECE_BYTES = 64 * 1024 * 1024;

/** Files and pieces of one store's logs that are known at most, some 300 bytes of memory each. */
const MAX_INPUTS = 5_000_000;

/** What the table's `inputs` say of one store, in pages of at most `pageRows`. E_LIMIT beyond {@link MAX_INPUTS}. */
export async function knownInputs(
  engine: QueryEngine,
  storeId: string,
  pageRows = MAX_RESULT_ROWS,
): Promise<Known> {
  const known: Known = { digests: new Set(), names: new Set(), marks: new Map() };
  for (let first = 0; first < MAX_INPUTS; first += pageRows) {
    const { rows } = await engine.query(
      `SELECT digest, head_digest, from_byte, to_byte, source, version FROM inputs WHERE store_id = ${textLiteral(storeId)}
         ORDER BY to_byte, digest, source, version LIMIT ${pageRows} OFFSET ${first}`,
    );
    for (const [digest, head, from, to, source, version] of rows) {
      known.digests.add(String(digest));
      for (const name of nameOf({ source: String(source), version: String(version) })) known.names.add(name);
      if (typeof head !== "string" || head === "") continue;
      known.marks.set(head, { fromByte: Number(from), toByte: Number(to), digest: String(digest) });
    }
    if (rows.length < pageRows) return known;
  }
  throw new CountersignError("E_LIMIT", `expected at most ${MAX_INPUTS} files of ${storeId}, got more`, {
    fix: "Ingest what is older than you look back into a state directory of its own.",
  });
}

/** Two sources of which the same files were read. */
export interface ReadTwice {
  readonly store_ids: readonly [string, string];
  readonly files: number;
}

/** Sources that have files with events in common: each call then counts once for each. Of files that grow the first line tells. */
export async function readTwice(engine: QueryEngine): Promise<ReadTwice[]> {
  const { rows } = await engine.query(`
WITH files AS (
  SELECT DISTINCT store_id, CASE WHEN head_digest = '' THEN digest ELSE head_digest END AS name FROM inputs WHERE events > 0
)
SELECT first.store_id, second.store_id, count(*)
FROM files AS first JOIN files AS second ON second.name = first.name AND second.store_id > first.store_id
GROUP BY 1, 2 ORDER BY 1, 2`);
  return rows.map(([first, second, files]) => ({
    store_ids: [String(first), String(second)],
    files: Number(files),
  }));
}

/** What a file is called, where that says which bytes it has. */
export function nameOf({ source, version = "" }: Pick<LogFile, "source" | "version">): string[] {
  return version === "" ? [] : [`${source}\n${version}`];
}

/** Whether the file need not be fetched to know that it has been read. */
export function isKnown(file: LogFile, { digests, names }: Known): boolean {
  return (
    (file.digest !== undefined && digests.has(file.digest)) || nameOf(file).some((name) => names.has(name))
  );
}

/** How long nobody writes into a log that is written no further: it was rotated, or its writer was killed. */
const SETTLED_MS = 24 * 3600 * 1000;

/** `pieces`: the directory into which what is new in a file that grows is copied, in pieces. */
interface Examining {
  readonly known: Known;
  readonly pieces: string;
  readonly now: Date;
}

/** Says what is new in a file. E_DISK, E_NOT_FOUND. */
export async function examine(
  file: LocalFile,
  format: Format | undefined,
  terms: Examining,
): Promise<Examined> {
  const { known, now } = terms;
  try {
    const handle = await open(file.path, "r");
    try {
      const { size: bytes, mtimeMs } = await handle.stat();
      if (bytes === 0) return { skipped: "empty" };
      const raw = await read(handle, 0, Math.min(bytes, HEAD_BYTES));
      const compression = compressionOf(raw);
      const head = await unpacked(raw, compression);
      if (head.length === 0 && raw.length === bytes && (await isPackedNothing(raw, compression)))
        return { skipped: "empty" };
      const text = head.toString("utf8", 0, HEAD_BYTES);
      const recognised = recognise(text);
      const isDigest = recognised === "cloudtrail-digest";
      if (isDigest && (format === undefined || format === "cloudtrail")) return { skipped: "digest" };
      const kind = format ?? (isDigest ? undefined : recognised);
      const isCrAlone = kind !== undefined && isByLine(kind) && CR_ALONE.test(text);
      if (kind !== undefined && isByLine(kind) && compression === "none" && !isCrAlone) {
        const isSettled =
          file.isWhole === true || file.version !== undefined || now.getTime() - mtimeMs > SETTLED_MS;
        return await growing(file, kind, { handle, bytes, head: text, isSettled }, terms);
      }
      const digest = file.digest ?? (await digestOfFile(file.path));
      if (known.digests.has(digest)) return { skipped: "known" };
      if (isCrAlone)
        return { problem: "lines that end with CR alone: write the log anew with LF", digest, bytes };
      if (kind === undefined) return { problem: "a format that is not known", digest, bytes };
      const { path, source, version = "" } = file;
      const whole = { path, source, version, format: kind, compression, digest, headDigest: "" };
      return { work: [{ ...whole, fromByte: 0, toByte: bytes }], unfinished: 0 };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw fileError(thrown, file.path, "read");
  }
}

/** Records that follow one another without any LF; within a record a CR is escaped. */
const CR_ALONE = /^[^\n]*\}[ \t]*\r[ \t\r]*\{[^\n]*$/;

interface Opened {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly head: string;
  /** Whether nothing is to be expected behind its end. */
  readonly isSettled: boolean;
}

/** Characters of the end of a file that are kept where it is no whole line. */
const MAX_CUT_CHARACTERS = 16 * 1024;

async function cutLine({ handle, bytes }: Opened, from: number, name: string): Promise<CutLine | undefined> {
  const tail = await read(handle, from, Math.min(bytes - from, MAX_LINE_BYTES));
  const content = tail.toString("utf8").trim();
  if (content === "") return undefined;
  // Files of other logs may end alike.
  const digest = sha256(`${name} ${from} ${bytes} ${sha256(tail)}`);
  return { digest, content: content.slice(0, MAX_CUT_CHARACTERS), from, to: bytes };
}

async function growing(
  file: LocalFile,
  format: Format,
  opened: Opened,
  { known, pieces }: Examining,
): Promise<Examined> {
  const { handle, bytes, head, isSettled } = opened;
  const headDigest = sha256(head.split("\n", 1)[0] ?? "");
  const mark = known.marks.get(headDigest);
  const from = mark !== undefined && (await isSame(file.path, bytes, mark)) ? mark.toByte : 0;
  if (from === bytes) return { skipped: "known" };
  const to = await endOfLines(handle, from, bytes);
  const work: Work[] = [];
  const { source, version = "" } = file;
  for (let start = from; start < to;) {
    const end = to - start <= MAX_PIECE_BYTES ? to : await endOfLines(handle, start, start + MAX_PIECE_BYTES);
    const stop = end > start ? end : Math.min(to, start + MAX_PIECE_BYTES);
    const path = join(pieces, `${headDigest.slice(0, 16)}-${start}.log`);
    const digest = await copied(file.path, start, stop, path);
    work.push({
      path,
      source,
      version,
      format,
      compression: "none",
      digest,
      headDigest,
      fromByte: start,
      toByte: stop,
    });
    start = stop;
  }
  const cut = isSettled && to < bytes ? await cutLine(opened, to, headDigest) : undefined;
  if (cut === undefined) return { work, unfinished: bytes - to };
  if (known.digests.has(cut.digest))
    return work.length === 0 ? { skipped: "known" } : { work, unfinished: 0 };
  const behind = work.at(-1)?.digest ?? (from > 0 ? mark?.digest : undefined);
  return { work, unfinished: 0, cut: { ...cut, ...(behind === undefined ? {} : { behind }) } };
}

/** Whether the file has the piece where it was read: another file may begin alike, and nothing of that has been read. */
async function isSame(path: string, bytes: number, { fromByte, toByte, digest }: Mark): Promise<boolean> {
  return toByte <= bytes && (await digestOfFile(path, fromByte, toByte)) === digest;
}

/** Behind the last line that is whole. One without an end of line is whole where it is JSON. */
async function endOfLines(handle: FileHandle, from: number, to: number): Promise<number> {
  const start = Math.max(from, to - MAX_LINE_BYTES);
  const tail = await read(handle, start, to - start);
  const newline = tail.lastIndexOf(0x0a);
  const end = newline < 0 ? from : start + newline + 1;
  return end < to && isJson(tail.subarray(newline + 1).toString("utf8")) ? to : end;
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

async function read(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, from);
  return buffer.subarray(0, bytesRead);
}

async function copied(from: string, start: number, end: number, to: string): Promise<string> {
  const hash = createHash("sha256");
  const target = await open(to, "w", 0o600);
  try {
    for await (const chunk of createReadStream(from, { start, end: end - 1, highWaterMark: 1024 * 1024 })) {
      hash.update(chunk as Buffer);
      await target.write(chunk as Buffer);
    }
  } finally {
    await target.close();
  }
  return hash.digest("hex");
}

/** Whether the bytes are a whole file that holds nothing: one that is cut off holds nothing either. */
async function isPackedNothing(bytes: Buffer, compression: Compression): Promise<boolean> {
  try {
    const content =
      compression === "zstd" ? await promisify(zstdDecompress)(bytes) : await promisify(gunzip)(bytes);
    return content.length === 0;
  } catch {
    return false;
  }
}

/** The beginning of what is packed; of damaged bytes nothing. */
async function unpacked(bytes: Buffer, compression: Compression): Promise<Buffer> {
  if (compression === "none") return bytes;
  // Logs pack to a tenth or less, so that the first bytes nearly always are enough.
  const head = await unpackedPart(bytes.subarray(0, HEAD_BYTES / 16), compression);
  return head.length >= HEAD_BYTES / 4 ? head : await unpackedPart(bytes, compression);
}

async function unpackedPart(bytes: Buffer, compression: Compression): Promise<Buffer> {
  try {
    return compression === "gzip"
      ? await promisify(gunzip)(bytes, { finishFlush: constants.Z_SYNC_FLUSH })
      : await promisify(zstdDecompress)(bytes, { finishFlush: constants.ZSTD_e_flush });
  } catch {
    return Buffer.alloc(0);
  }
}
