import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { CountersignError } from "./errors.ts";
import { fileError } from "./files.ts";
import { writeFully, type FileStatus, type FileSystem } from "./file-system.ts";

const TEMPORARY = /^\.[0-9a-f]{16}\.tmp$/;

/** Whether a file of this name is one that is being written, or that a dead writer left. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** What a dead writer left, or a commit that never came refers to, is removed after this long. */
export const ORPHAN_MAX_AGE_MS = 24 * 3600 * 1000;

/**
 * Directories in which an fsync failed while this process ran, by file system: the kernel may have dropped what it could
 * not write, and says so once. Nothing in them can be built upon until a new process has read them from disk.
 */
const poisoned = new WeakMap<FileSystem, Map<string, CountersignError>>();

/** A link, or another kind of file, lies in the place of a directory of ours. */
export class ReplacedDirectory extends CountersignError {
  readonly path: string;

  constructor(path: string) {
    super("E_INTEGRITY", `expected a directory at ${path}, got a link or another kind of file`, {
      fix: "It does not belong there: find out who put it there, and bring the directory back.",
    });
    this.path = path;
  }
}

type Check = (readBack: Buffer) => void;

function isRejected(result: PromiseSettledResult<unknown>): result is PromiseRejectedResult {
  return result.status === "rejected";
}

/**
 * A directory of immutable files that any number of processes add to. `link(2)` fails where a name is taken: it is the
 * compare-and-swap, and no lock is needed. What `place` has returned for is durable; what a crash interrupts is there
 * whole or not at all.
 */
export class DurableDirectory {
  readonly path: string;
  readonly #files: FileSystem;
  readonly #maxBytes: number;

  constructor(path: string, files: FileSystem, maxBytes: number) {
    this.path = path;
    this.#files = files;
    this.#maxBytes = maxBytes;
  }

  /** Makes the directory and those above it, and the entry of each one made durable. E_DISK. */
  async make(): Promise<void> {
    await this.#wrapped("write", async () => await this.#make(this.path));
  }

  /** Names of its files, temporary ones apart; none where there is no directory. E_DISK; E_INTEGRITY as `refuseReplaced`. */
  async names(): Promise<string[]> {
    return (await this.#entries()).filter((name) => !isTemporary(name)).sort();
  }

  /** E_NOT_FOUND, E_DISK; E_INTEGRITY for a link, or more bytes than any such file has. */
  async read(name: string): Promise<Buffer> {
    return await this.#wrapped(
      "read",
      async () => await this.#files.read(join(this.path, name), this.#maxBytes),
    );
  }

  /** Where there is something at its path, it must be a directory: no file, no link to one elsewhere. `ReplacedDirectory`, E_DISK. */
  async refuseReplaced(): Promise<void> {
    let kind: FileStatus["kind"];
    try {
      ({ kind } = await this.#files.status(this.path));
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return;
      throw fileError(thrown, this.path, "read");
    }
    if (kind !== "directory") throw new ReplacedDirectory(this.path);
  }

  /**
   * Makes a file; false when the name was taken. `check` sees the bytes as the disk gives them back, before they count.
   * E_DISK, and what `check` throws.
   */
  async place(name: string, bytes: Uint8Array, check: Check = () => undefined): Promise<boolean> {
    return (await this.placeAll([{ name, bytes }], check)) === 1;
  }

  /**
   * Makes files one after the other, until a name is taken; how many were made. A crash leaves some of the first. Their bytes wait for
   * the disk together, their names one by one. E_DISK, and what `check` throws, of which nothing is made.
   */
  async placeAll(
    all: readonly { readonly name: string; readonly bytes: Uint8Array }[],
    check: Check = () => undefined,
  ): Promise<number> {
    this.#refusePoisoned();
    return await this.#wrapped("write", async () => {
      const written = all.map((one) => ({
        ...one,
        temporary: join(this.path, `.${randomBytes(8).toString("hex")}.tmp`),
      }));
      let placed = 0;
      try {
        const writing = written.map(({ temporary, bytes }) => this.#write(temporary, bytes, check));
        for (const { reason } of (await Promise.allSettled(writing)).filter(isRejected)) throw reason;
        for (const { name, temporary } of written) {
          const isNew = await this.#linked(temporary, join(this.path, name));
          // Also where another was first: its entry may not be durable yet, and the caller will build upon it.
          await this.#syncedDirectory(this.path);
          if (!isNew) break;
          placed += 1;
        }
      } finally {
        // Neither a commit nor a failure may be undone by tidying up; what stays behind, `sweep` removes.
        for (const { temporary } of written) await this.#files.remove(temporary).catch(() => undefined);
      }
      return placed;
    });
  }

  /** Makes durable what others placed: before it is trusted, or a power cut could take back what was acted upon. */
  async settle(): Promise<void> {
    this.#refusePoisoned();
    await this.#wrapped("write", async () => {
      await this.#syncedDirectory(this.path);
    });
  }

  /** Removes a file that another process may have removed first. E_DISK. */
  async remove(name: string): Promise<void> {
    await this.#wrapped("write", async () => {
      try {
        await this.#files.remove(join(this.path, name));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw thrown;
      }
    });
  }

  /** Whole milliseconds since the file was written; undefined when it is gone. E_DISK. */
  async ageMs(name: string, nowMs: number): Promise<number | undefined> {
    return await this.#wrapped("read", async () => {
      try {
        return Math.floor(nowMs - (await this.#files.status(join(this.path, name))).modifiedMs);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw thrown;
      }
    });
  }

  /** Removes what writers that died left behind. E_DISK. */
  async sweep(nowMs: number): Promise<void> {
    for (const name of (await this.#entries()).filter(isTemporary)) {
      const age = await this.ageMs(name, nowMs);
      if (age !== undefined && age > ORPHAN_MAX_AGE_MS) await this.remove(name);
    }
  }

  async #entries(): Promise<string[]> {
    await this.refuseReplaced();
    return await this.#wrapped("read", async () => {
      try {
        return await this.#files.list(this.path);
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
        throw thrown;
      }
    });
  }

  async #make(path: string): Promise<void> {
    const above = dirname(path);
    try {
      await this.#files.makeDirectory(path);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === "ENOENT" && above !== path) {
        await this.#make(above);
        await this.#make(path);
        return;
      }
      if (code !== "EEXIST") throw thrown;
    }
    await this.#syncedDirectory(above);
  }

  async #write(path: string, bytes: Uint8Array, check: Check): Promise<void> {
    const file = await this.#files.create(path);
    try {
      await writeFully(file, bytes);
      await this.#synced(this.path, async () => await file.sync());
    } finally {
      await file.close();
    }
    const readBack = await this.#files.read(path, this.#maxBytes);
    if (!readBack.equals(bytes)) {
      throw new CountersignError("E_DISK", `expected ${path} to hold what was written, got other bytes`, {
        fix: "The disk or its driver is at fault: move the state directory to another one.",
      });
    }
    check(readBack);
  }

  async #linked(from: string, to: string): Promise<boolean> {
    try {
      await this.#files.link(from, to);
      return true;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw thrown;
    }
  }

  async #syncedDirectory(path: string): Promise<void> {
    await this.#synced(path, async () => await this.#files.syncDirectory(path));
  }

  /** A failed fsync is never tried again: the second would succeed although the bytes are lost. */
  async #synced(directory: string, sync: () => Promise<void>): Promise<void> {
    this.#refusePoisoned(directory);
    try {
      await sync();
    } catch (thrown) {
      const poison = fileError(thrown, directory, "write");
      const paths = poisoned.get(this.#files) ?? new Map<string, CountersignError>();
      poisoned.set(this.#files, paths.set(directory, poison));
      throw poison;
    }
  }

  #refusePoisoned(directory = this.path): void {
    const poison = poisoned.get(this.#files)?.get(directory);
    if (poison !== undefined) throw poison;
  }

  async #wrapped<T>(doing: "read" | "write", work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      // What is wrong may be the directory itself, or one above it, which is not ours to judge.
      if ((thrown as NodeJS.ErrnoException).code === "ENOTDIR") await this.refuseReplaced();
      throw fileError(thrown, this.path, doing);
    }
  }
}
