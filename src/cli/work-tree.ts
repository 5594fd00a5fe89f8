import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, readdirSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { CountersignError, compareStrings, fileError } from "../base/index.ts";
import type { Tree, TreeFile, UnreadFile } from "../gate/index.ts";

/** Directories that hold what others wrote, or what a tool keeps for itself. */
export const NOT_ENTERED: ReadonlySet<string> = new Set([
  ".git",
  ".hg",
  ".svn",
  ".terraform",
  "node_modules",
]);

/** Deepest directory that is entered. */
const MAX_DIRECTORY_DEPTH = 64;

/** Largest file that is read: a plan of 20,000 resources has some 60 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Files as they lie on disk, in the order of their paths. No symbolic link is followed: what it points to is looked at where it lies, or
 * is none of this change. `ignored`: absolute paths that are left out below what is named, directories with `/` at their end. A path
 * that is named and is not there: E_NOT_FOUND.
 */
export async function workTree(
  cwd: string,
  paths: readonly string[],
  ignored: ReadonlySet<string> = new Set(),
): Promise<Tree> {
  const roots: string[] = [];
  for (const path of paths) {
    const full = resolve(cwd, path);
    await lstat(full).catch((thrown: unknown) => {
      throw fileError(thrown, path, "read");
    });
    roots.push(full);
  }
  return {
    async *files() {
      const seen = new Set<string>();
      for (const root of roots) yield* below(cwd, root, { seen, depth: 0, ignored });
    },
  };
}

interface Walk {
  readonly seen: Set<string>;
  readonly depth: number;
  readonly ignored: ReadonlySet<string>;
}

async function* below(cwd: string, path: string, walk: Walk): AsyncGenerator<TreeFile | UnreadFile> {
  if (walk.seen.has(path)) return;
  if (walk.depth > 0 && (walk.ignored.has(path) || walk.ignored.has(path + sep))) return;
  walk.seen.add(path);
  const told = toldPath(cwd, path);
  try {
    const status = lstatSync(path);
    if (status.isFile()) {
      const read = (): Promise<Uint8Array> => Promise.try(() => bytesOf(path, told));
      yield { path: told, size: status.size, read };
    } else if (status.isDirectory()) {
      if (walk.depth >= MAX_DIRECTORY_DEPTH) {
        const detail = `expected at most ${MAX_DIRECTORY_DEPTH} directories within each other, got more`;
        yield { path: told, reason: "limit", detail };
        return;
      }
      const names = readdirSync(path)
        .filter((name) => !NOT_ENTERED.has(name))
        .sort(compareStrings);
      for (const name of names) yield* below(cwd, join(path, name), { ...walk, depth: walk.depth + 1 });
    } else if (walk.depth === 0) {
      const got = status.isSymbolicLink() ? "a symbolic link" : "something else";
      yield { path: told, reason: "unsupported", detail: `expected a file or a directory, got ${got}` };
    }
  } catch (thrown) {
    yield { path: told, reason: "denied", detail: fileError(thrown, told, "read").message };
  }
}

/**
 * The bytes of a regular file, however it came to be there since it was listed. Without a turn of the event loop for each call: 20,000 files
 * are read in one second, and in seven with turns.
 */
function bytesOf(path: string, told: string): Uint8Array {
  try {
    // Not blocking: opening a pipe waits for its writer else.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
    try {
      const status = fstatSync(file);
      if (!status.isFile() || status.size > MAX_BYTES)
        throw new CountersignError(
          "E_INPUT",
          `expected a regular file of at most ${MAX_BYTES} bytes, got another`,
        );
      const bytes = Buffer.allocUnsafe(status.size);
      let filled = 0;
      for (let read = -1; read !== 0 && filled < bytes.length; filled += read)
        read = readSync(file, bytes, filled, bytes.length - filled, null);
      return bytes.subarray(0, filled);
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    throw fileError(thrown, told, "read");
  }
}

/** As people are told it: from where the command was run, with `/`. */
export function toldPath(cwd: string, path: string): string {
  const within = relative(cwd, path);
  const told = within.startsWith("..") || isAbsolute(within) ? path : within;
  return told.split(sep).join("/");
}
