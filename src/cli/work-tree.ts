import { lstat, readdir } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { compareStrings, fileError, readBounded } from "../base/index.ts";
import type { Tree, TreeFile, UnreadFile } from "../gate/index.ts";

/** Directories that hold what others wrote, or what a tool keeps for itself. */
export const NOT_ENTERED: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".terraform", "node_modules"]);

/** Deepest directory that is entered. */
const MAX_DIRECTORY_DEPTH = 64;

/** Largest file that is read: a plan of 20,000 resources has some 60 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Files as they lie on disk, in the order of their paths. No symbolic link is followed: what it points to is looked at where it lies, or
 * is none of this change. A path that is named and is not there: E_NOT_FOUND.
 */
export async function workTree(cwd: string, paths: readonly string[]): Promise<Tree> {
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
      for (const root of roots) yield* below(cwd, root, { seen, depth: 0 });
    },
  };
}

interface Walk {
  readonly seen: Set<string>;
  readonly depth: number;
}

async function* below(cwd: string, path: string, walk: Walk): AsyncGenerator<TreeFile | UnreadFile> {
  if (walk.seen.has(path)) return;
  walk.seen.add(path);
  const told = toldPath(cwd, path);
  try {
    const status = await lstat(path);
    if (status.isFile()) {
      const read = (): Promise<Uint8Array> =>
        readBounded(path, { what: "a file of the change", maxBytes: MAX_BYTES });
      yield { path: told, size: status.size, read };
    } else if (status.isDirectory()) {
      if (walk.depth >= MAX_DIRECTORY_DEPTH) {
        const detail = `expected at most ${MAX_DIRECTORY_DEPTH} directories within each other, got more`;
        yield { path: told, reason: "limit", detail };
        return;
      }
      const names = (await readdir(path)).filter((name) => !NOT_ENTERED.has(name)).sort(compareStrings);
      for (const name of names) yield* below(cwd, join(path, name), { ...walk, depth: walk.depth + 1 });
    }
  } catch (thrown) {
    yield { path: told, reason: "denied", detail: fileError(thrown, told, "read").message };
  }
}

/** As people are told it: from where the command was run, with `/`. */
export function toldPath(cwd: string, path: string): string {
  const within = relative(cwd, path);
  const told = within.startsWith("..") || isAbsolute(within) ? path : within;
  return told.split(sep).join("/");
}
