import { randomBytes } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CountersignError, messageOf } from "./errors.ts";

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
    EMFILE: "Raise the limit of open files (`ulimit -n`) and run the same command again.",
    ENFILE: "Raise the limit of open files (`ulimit -n`) and run the same command again.",
  };
  const fix = code === undefined ? undefined : fixes[code];
  return new CountersignError("E_DISK", `expected to ${doing} ${path}, got ${code ?? messageOf(thrown)}`, {
    cause: thrown,
    ...(fix === undefined ? {} : { fix }),
  });
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
    await mkdir(directory, { recursive: true });
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
