import { join } from "node:path";
import {
  CountersignError,
  DurableDirectory,
  ORPHAN_MAX_AGE_MS,
  type Clock,
  type FileSystem,
} from "../base/index.ts";
import { MAX_BLOB_BYTES } from "./blob.ts";
import type { NewBlob } from "./changes.ts";

const FAN_OUT = /^[0-9a-f]{2}$/;
const DIGEST = /^[0-9a-f]{64}$/;

/** Blob files by the SHA-256 of their bytes, in directories by its first two digits. */
export class Blobs {
  readonly #directory: string;
  readonly #files: FileSystem;
  readonly #clock: Clock;
  readonly #opened = new Map<string, DurableDirectory>();

  constructor(directory: string, files: FileSystem, clock: Clock) {
    this.#directory = directory;
    this.#files = files;
    this.#clock = clock;
  }

  /** Durable when it returns. E_DISK. */
  async write({ digest, bytes }: NewBlob): Promise<void> {
    const directory = this.#in(digest.slice(0, 2));
    if ((await directory.names()).length === 0) await directory.make();
    await directory.place(digest, bytes);
  }

  /** E_INTEGRITY where there is none: whoever asks has it from the index; and for a link in its directory's place. E_DISK. */
  async read(digest: string): Promise<Buffer> {
    const directory = this.#in(digest.slice(0, 2));
    await directory.refuseReplaced();
    const bytes = await unlessGone(directory, digest);
    if (bytes !== undefined) return bytes;
    throw new CountersignError("E_INTEGRITY", `expected the blob ${digest}, got none`);
  }

  /** For the writer of a blob to which nothing will refer. E_DISK. */
  async remove(digest: string): Promise<void> {
    await this.#in(digest.slice(0, 2)).remove(digest);
  }

  /** Every blob file; another file among them is E_INTEGRITY. E_DISK. */
  async *all(): AsyncGenerator<string> {
    for (const name of await new DurableDirectory(this.#directory, this.#files, 0).names()) {
      if (!FAN_OUT.test(name)) throw this.#foreign(name);
      for (const digest of await this.#in(name).names()) {
        if (!DIGEST.test(digest) || !digest.startsWith(name)) throw this.#foreign(join(name, digest));
        yield digest;
      }
    }
  }

  /** Whether there is a file of this name. E_DISK. */
  async has(digest: string): Promise<boolean> {
    return (await this.#in(digest.slice(0, 2)).ageMs(digest, 0)) !== undefined;
  }

  /**
   * Removes blobs that the newest state does not refer to, once they are a day old: a younger one may belong to a commit
   * that is under way. Where a clock that was set, or a machine that slept, makes such a one look old, `referred` names it
   * when it is asked again, or else its writer misses it after the commit: it comes back. Returns how many went. E_DISK.
   */
  async prune(referred: () => Promise<ReadonlySet<string>>): Promise<number> {
    const nowMs = this.#clock.now().getTime();
    let count = 0;
    for await (const digest of this.all()) {
      if ((await referred()).has(digest)) continue;
      const directory = this.#in(digest.slice(0, 2));
      const age = await directory.ageMs(digest, nowMs);
      if (age === undefined || age <= ORPHAN_MAX_AGE_MS) continue;
      const bytes = await unlessGone(directory, digest);
      if (bytes === undefined) continue;
      await directory.remove(digest);
      if ((await referred()).has(digest)) await directory.place(digest, bytes);
      else count += 1;
    }
    for (const directory of this.#opened.values()) await directory.sweep(nowMs);
    return count;
  }

  #in(prefix: string): DurableDirectory {
    let directory = this.#opened.get(prefix);
    if (directory === undefined) {
      directory = new DurableDirectory(join(this.#directory, prefix), this.#files, MAX_BLOB_BYTES);
      this.#opened.set(prefix, directory);
    }
    return directory;
  }

  #foreign(name: string): CountersignError {
    return new CountersignError(
      "E_INTEGRITY",
      `expected blobs alone in ${this.#directory}, got ${JSON.stringify(name.slice(0, 100))}`,
    );
  }
}

/** Undefined where another process has removed it first. E_DISK, E_INTEGRITY. */
async function unlessGone(directory: DurableDirectory, name: string): Promise<Buffer | undefined> {
  try {
    return await directory.read(name);
  } catch (thrown) {
    if (thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return undefined;
    throw thrown;
  }
}
