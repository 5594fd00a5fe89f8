import { constants } from "node:fs";
import { link, lstat, mkdir, open, readdir, rename, statfs, unlink, type FileHandle } from "node:fs/promises";
import { CountersignError } from "./errors.ts";

/** A file that is being written. */
export interface NewFile {
  /** Writes some of the bytes, at the end; returns how many. */
  write(bytes: Uint8Array): Promise<number>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileStatus {
  readonly kind: "directory" | "file" | "other";
  readonly mode: number;
  /** Its owner's number; 0 where the system has none. */
  readonly owner: number;
  readonly modifiedMs: number;
}

/**
 * The file system as durable state uses it: each member is one system call or a few that leave nothing behind when they
 * fail, and every promise of durability rests on `sync`. Errors are the system's own, with their `code`.
 */
export interface FileSystem {
  /** A regular file whole, never through a symbolic link; E_INTEGRITY when it is longer than `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Buffer>;
  /** Names in a directory, in no order. */
  list(path: string): Promise<string[]>;
  /** Never through a symbolic link. */
  status(path: string): Promise<FileStatus>;
  /** Makes a file that must not be there, readable by its owner alone. */
  create(path: string): Promise<NewFile>;
  /** Opens a regular file for appending, made when it is missing, never through a symbolic link; else E_INTEGRITY. */
  append(path: string): Promise<NewFile>;
  /** Fails with EEXIST where `to` is there: the compare-and-swap of every commit. */
  link(from: string, to: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Makes one directory for its owner alone; fails with EEXIST where something is, with ENOENT where none is above. */
  makeDirectory(path: string): Promise<void>;
  /** Makes the entries of a directory durable. */
  syncDirectory(path: string): Promise<void>;
}

const READ_CHUNK = 1024 * 1024;

/** The real file system. */
export const nodeFileSystem: FileSystem = {
  async read(path, maxBytes) {
    const file = await openRegular(path, constants.O_RDONLY);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw notRegular(path);
      return await readAtMost(file, status.size, maxBytes, path);
    } finally {
      await file.close();
    }
  },
  async list(path) {
    return await readdir(path);
  },
  async status(path) {
    const found = await lstat(path);
    const kind = found.isFile() ? "file" : found.isDirectory() ? "directory" : "other";
    return { kind, mode: found.mode & 0o7777, owner: found.uid, modifiedMs: found.mtimeMs };
  },
  async create(path) {
    return newFile(await open(path, "wx", 0o600));
  },
  async append(path) {
    const { O_APPEND, O_CREAT, O_WRONLY } = constants;
    const file = await openRegular(path, O_APPEND | O_CREAT | O_WRONLY);
    if ((await file.stat()).isFile()) return newFile(file);
    await file.close();
    throw notRegular(path);
  },
  async link(from, to) {
    await link(from, to);
  },
  async rename(from, to) {
    await rename(from, to);
  },
  async remove(path) {
    await unlink(path);
  },
  async makeDirectory(path) {
    await mkdir(path, 0o700);
  },
  async syncDirectory(path) {
    // Windows opens no directories; its file systems order what they journal (README.md, "Where it may lie").
    if (process.platform === "win32") return;
    const directory = await open(path, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
  },
};

/** Without waiting for a pipe's other end, and never through a symbolic link. */
async function openRegular(path: string, flags: number): Promise<FileHandle> {
  try {
    return await open(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    throw code === "ELOOP" || code === "ENXIO" ? notRegular(path, thrown) : thrown;
  }
}

function notRegular(path: string, cause?: unknown): CountersignError {
  const message = `expected a regular file at ${path}, got something else`;
  return new CountersignError("E_INTEGRITY", message, { cause });
}

/** `size` is what the file said of itself: of thousands of small ones, none takes a whole chunk. */
async function readAtMost(file: FileHandle, size: number, maxBytes: number, path: string): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for (;;) {
    const expected = length <= size ? size + 1 - length : READ_CHUNK;
    const part = Buffer.allocUnsafe(Math.min(READ_CHUNK, expected, maxBytes + 1 - length));
    const { bytesRead } = await file.read(part, 0, part.length, length);
    if (bytesRead === 0) return Buffer.concat(parts, length);
    parts.push(part.subarray(0, bytesRead));
    length += bytesRead;
    if (length > maxBytes) {
      throw new CountersignError("E_INTEGRITY", `expected at most ${maxBytes} bytes in ${path}, got more`);
    }
  }
}

function newFile(file: FileHandle): NewFile {
  return {
    async write(bytes) {
      return (await file.write(bytes)).bytesWritten;
    },
    async sync() {
      await file.sync();
    },
    async close() {
      await file.close();
    },
  };
}

/** Writes all of `bytes`, whatever a single write takes. */
export async function writeFully(file: NewFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const written = await file.write(bytes.subarray(done));
    if (written <= 0) throw Object.assign(new Error("a write took nothing"), { code: "EIO" });
    done += written;
  }
}

/**
 * The `f_type` of file systems where link(2) and fsync(2) do not promise what a commit needs. FUSE is one of them, since
 * it does not say what is behind it (sshfs, GlusterFS, a bucket). Source: statfs(2), linux/magic.h and the clients' own headers.
 */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x01021997, "9P"],
  [0x5346414f, "AFS"],
  [0x6b414653, "AFS"],
  [0x00c36400, "CephFS"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
  [0x19830326, "BeeGFS"],
  [0x7461636f, "OCFS2"],
  [0x01161970, "GFS2"],
  [0x73757245, "Coda"],
  [0x65735546, "FUSE"],
]);

/** Refuses a directory on a network file system. E_DISK. */
export async function requireLocal(directory: string): Promise<void> {
  const { type } = await statfs(directory);
  const name = REMOTE.get(type >>> 0);
  if (name === undefined) return;
  throw new CountersignError("E_DISK", `expected a local file system for ${directory}, got ${name}`, {
    fix: "Name a directory on ext4, xfs, btrfs, APFS or NTFS: a network file system does not promise that what was committed stays.",
  });
}
