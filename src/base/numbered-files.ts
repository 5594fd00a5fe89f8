import { CountersignError } from "./errors.ts";
import { DurableDirectory } from "./durable-directory.ts";
import type { FileSystem } from "./file-system.ts";

const DIGITS = 12;
/** Times that the newest file is looked for while others append and prune. */
const MAX_TRIES = 16;
/** Files that are looked for one by one; where more were added, the directory is read. */
const MAX_STEPS = 64;
const NAME = /^\d{12}$/;

/** Immutable files numbered from 1, each made once, by whichever process is first. */
export class NumberedFiles {
  readonly #directory: DurableDirectory;
  readonly #beside: string | undefined;

  /** `beside`: a name that may lie among them. */
  constructor(path: string, files: FileSystem, maxBytes: number, beside?: string) {
    this.#directory = new DurableDirectory(path, files, maxBytes);
    this.#beside = beside;
  }

  async make(): Promise<void> {
    await this.#directory.make();
  }

  /** The numbers that are there, ascending; a foreign file among them is E_INTEGRITY. E_DISK. */
  async numbers(): Promise<number[]> {
    const names = (await this.#directory.names()).filter((name) => name !== this.#beside);
    const foreign = names.find((name) => !NAME.test(name) || Number(name) === 0);
    if (foreign !== undefined) {
      const got = JSON.stringify(foreign.slice(0, 100));
      throw new CountersignError(
        "E_INTEGRITY",
        `expected numbered files alone in ${this.#directory.path}, got ${got}`,
      );
    }
    return names.map(Number);
  }

  /** 0 where there is none. */
  async highest(): Promise<number> {
    return (await this.numbers()).at(-1) ?? 0;
  }

  /** The newest file; undefined where there is none. Others may prune it while it is looked for. */
  async newest(): Promise<{ number: number; bytes: Buffer } | undefined> {
    for (let tries = 1; ; tries += 1) {
      const number = await this.highest();
      if (number === 0) return undefined;
      try {
        return { number, bytes: await this.read(number) };
      } catch (thrown) {
        const pruned = thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND";
        if (!pruned || tries >= MAX_TRIES) throw thrown;
      }
    }
  }

  /**
   * As `newest`, for who knows a number that was there: goes on from it instead of reading the directory, which of 50,000
   * files takes tens of milliseconds. Files that are not in the place of the next are not looked for.
   */
  async newestFrom(known: number): Promise<{ number: number; bytes: Buffer } | undefined> {
    let number = known;
    for (let steps = 0; await this.#isThere(number + 1); steps += 1) {
      if (steps >= MAX_STEPS) return await this.newest();
      number += 1;
    }
    try {
      return { number, bytes: await this.read(number) };
    } catch (thrown) {
      // Who cut the end off, or brought an earlier state back, did not ask us.
      if (thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return await this.newest();
      throw thrown;
    }
  }

  async #isThere(number: number): Promise<boolean> {
    return (await this.#directory.ageMs(nameOf(number), 0)) !== undefined;
  }

  async read(number: number): Promise<Buffer> {
    return await this.#directory.read(nameOf(number));
  }

  /** False when another process made this number first; otherwise as `DurableDirectory.place`. */
  async append(number: number, bytes: Uint8Array, check?: (readBack: Buffer) => void): Promise<boolean> {
    return await this.#directory.place(nameOf(number), bytes, check);
  }

  /** The same for several that follow one another, until another process made one of them first; how many were made. */
  async appendAll(first: number, all: readonly Uint8Array[]): Promise<number> {
    return await this.#directory.placeAll(
      all.map((bytes, index) => ({ name: nameOf(first + index), bytes })),
    );
  }

  async remove(number: number): Promise<void> {
    await this.#directory.remove(nameOf(number));
  }

  async settle(): Promise<void> {
    await this.#directory.settle();
  }

  /** Removes all files, the newest first: only where a person has declared that they no longer count. */
  async clear(): Promise<void> {
    const numbers = await this.numbers();
    for (const number of numbers.reverse()) await this.remove(number);
    if (numbers.length > 0) await this.#directory.settle();
  }

  /** Removes all but the newest `keep` files, at least one, and what dead writers left. */
  async prune(keep: number, nowMs: number): Promise<void> {
    for (const number of (await this.numbers()).slice(0, -keep)) await this.remove(number);
    await this.#directory.sweep(nowMs);
  }
}

function nameOf(number: number): string {
  return String(number).padStart(DIGITS, "0");
}
