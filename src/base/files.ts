import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CountersignError, messageOf, type ErrorCode } from "./errors.ts";

/** Wraps a file system error where it enters: E_DISK with the path and the system's code, or E_NOT_FOUND. */
export function fileError(thrown: unknown, path: string, doing: "read" | "write"): CountersignError {
  if (thrown instanceof CountersignError) return thrown;
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === "ENOENT" && doing === "read") {
    return new CountersignError("E_NOT_FOUND", `expected a file at ${path}, got none`, { cause: thrown });
  }
  const fixes: Record<string, string> = {
    ENOSPC: "Free some space and run the same command again; nothing that was kept is lost.",
    EDQUOT: "Raise the disk quota and run the same command again; nothing that was kept is lost.",
    EACCES: "Give this user access to the path, or name another directory.",
    EPERM: "Give this user access to the path, or name another directory.",
    EROFS: "The file system is read-only: name another directory.",
    ENOTDIR: "A part of the path is a file, not a directory: move it away, or name another directory.",
    EISDIR: "There is a directory where a file belongs: move it away, or name another path.",
    ENOENT: "A part of the path cannot be made there: name another directory.",
    ELOOP: "A symbolic link of the path leads back to itself: name another path.",
    ENAMETOOLONG: "The path is longer than the file system takes: name a shorter one.",
    EMFILE: "Raise the limit of open files (`ulimit -n`) and run the same command again.",
    ENFILE: "Raise the limit of open files (`ulimit -n`) and run the same command again.",
  };
  const fix = code === undefined ? undefined : fixes[code];
  return new CountersignError("E_DISK", `expected to ${doing} ${path}, got ${code ?? messageOf(thrown)}`, {
    cause: thrown,
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Whether an error of ours says that a place may not be written to: by its rights, or since its file system is read-only. */
export function isWriteRefused(thrown: unknown): boolean {
  if (!(thrown instanceof CountersignError) || thrown.code !== "E_DISK") return false;
  return ["EACCES", "EPERM", "EROFS"].includes(
    String((thrown.cause as NodeJS.ErrnoException | undefined)?.code),
  );
}

/** Whether `link` failed for a file system that has no hard links, or across two. */
export function hasNoLinks(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return ["EMLINK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM", "EXDEV"].includes(String(code));
}

/**
 * The permissions of a file, in octal, where others than its owner have any; undefined where none has, and where the system
 * keeps no such permissions.
 */
export function modeForOthers(mode: number): string | undefined {
  const shared = process.platform !== "win32" && (mode & 0o077) !== 0;
  return shared ? (mode & 0o777).toString(8) : undefined;
}

/** What a file that somebody else made may be. */
export interface ReadTerms {
  /** Says what is read, in the message: `expected <what> …`. */
  readonly what: string;
  /** A larger file is refused before it is read. */
  readonly maxBytes: number;
  /** Of the error when the file is too large, or no file at all; a usage error unless said. */
  readonly code?: ErrorCode;
}

/** Bytes of one read: what a file that tells no size (as in /proc) is asked for at a time. */
const READ_BYTES = 256 * 1024;

/**
 * The bytes of a regular file that a person named. Devices, pipes, sockets and directories, which may never end or never
 * begin, are refused unread. E_NOT_FOUND, E_DISK, `terms.code`.
 */
export async function readBounded(path: string, terms: ReadTerms): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    // Not blocking: opening a pipe waits for its writer else.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await handle.stat();
    if (!found.isFile()) throw unfit(path, terms, "something that is no regular file");
    if (found.size > terms.maxBytes) throw unfit(path, terms, `${found.size} bytes`);
    return await contentOf(handle, path, terms, found.size);
  } catch (thrown) {
    // A socket cannot be opened at all.
    if ((thrown as NodeJS.ErrnoException).code !== "ENXIO") throw fileError(thrown, path, "read");
    throw unfit(path, terms, "something that is no regular file");
  } finally {
    await handle?.close();
  }
}

async function contentOf(
  handle: FileHandle,
  path: string,
  terms: ReadTerms,
  expectedBytes: number,
): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let seen = 0; ;) {
    // One byte more than the size tells the end without a read of its own.
    const piece = Buffer.allocUnsafe(Math.max(READ_BYTES, expectedBytes + 1 - seen));
    const { bytesRead } = await handle.read(piece, 0, piece.length);
    if (bytesRead === 0) return Buffer.concat(pieces);
    pieces.push(piece.subarray(0, bytesRead));
    seen += bytesRead;
    if (seen > terms.maxBytes) throw unfit(path, terms, "more");
  }
}

/** As `readBounded`, from a stream such as standard input. */
export async function readBoundedStream(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  terms: ReadTerms,
): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let seen = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    seen += piece.length;
    if (seen > terms.maxBytes) throw unfit(name, terms, "more");
  }
  return Buffer.concat(pieces);
}

function unfit(path: string, { what, maxBytes, code = "E_INPUT" }: ReadTerms, got: string): CountersignError {
  return new CountersignError(
    code,
    `expected ${what} of at most ${maxBytes} bytes in a regular file, got ${got}`,
    { location: { file: path } },
  );
}

/**
 * Makes a directory and those above it. Unlike `mkdir` with `recursive`, which asks for ever where a file system has
 * no place for a child of an existing directory (/proc), it ends: each level is tried twice. The system's errors.
 */
export async function makeDirectory(path: string): Promise<void> {
  const made = await madeOne(path);
  if (made) return;
  const parent = dirname(path);
  if (parent !== path) await makeDirectory(parent);
  if (await madeOne(path)) return;
  throw Object.assign(new Error(`no directory can be made at ${path}`), { code: "ENOENT", path });
}

/** False where the directory above is missing. */
async function madeOne(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return false;
    // Whatever the system says first, of a read-only place too: a directory that is there is what was wanted.
    const there = await stat(path).catch(() => undefined);
    if (there?.isDirectory() === true) return true;
    throw thrown;
  }
}

/** Makes a directory where there is none, and sees that files can be made in it. E_DISK. */
export async function makeWritable(path: string): Promise<void> {
  try {
    await makeDirectory(path);
    await access(path, constants.W_OK);
  } catch (thrown) {
    throw fileError(thrown, path, "write");
  }
}

/** Makes the entries of a directory durable. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whether `writeFileAtomically` gives this name to what becomes one of `names`; a process that was killed leaves it. */
export function isUnfinished(entry: string, names: readonly string[]): boolean {
  const [, name] = /^\.(.+)\.[0-9a-f]{12}\.tmp$/.exec(entry) ?? [];
  return name !== undefined && names.includes(name);
}

/**
 * Writes a file so that a crash leaves the old bytes or the new, never a mixture: temporary file in the same
 * directory, fsync, rename, fsync of the directory. Makes the directory when it is missing. E_DISK.
 */
export async function writeFileAtomically(
  path: string,
  bytes: Uint8Array | string | AsyncIterable<Uint8Array>,
  mode = 0o644,
): Promise<void> {
  const directory = dirname(path);
  const temporary = join(directory, `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await makeDirectory(directory);
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncDirectory(directory);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined); // what went wrong first is what is said
    throw fileError(thrown, path, "write");
  }
}

/** Whether bytes written to a path go elsewhere: a file that took its place would part the machine from its device. */
async function isStream(path: string): Promise<boolean> {
  if (/^\/(?:dev\/(?:fd\/|std(?:err|out)$)|proc\/[^/]+\/fd\/)/.test(path)) return true;
  const found = await stat(path).catch(() => undefined);
  return found?.isCharacterDevice() === true || found?.isFIFO() === true;
}

/**
 * Writes to a path that somebody named: a file atomically, with its directory. What is no file, such as `/dev/null` or a pipe, is
 * written to and stays what it is; a pipe waits for its reader. E_DISK.
 */
export async function writeOutput(path: string, bytes: Uint8Array | string): Promise<void> {
  if (!(await isStream(path))) {
    await writeFileAtomically(path, bytes);
    return;
  }
  try {
    const stream = await open(path, "a");
    await stream.writeFile(bytes).finally(() => stream.close());
  } catch (thrown) {
    throw fileError(thrown, path, "write");
  }
}
