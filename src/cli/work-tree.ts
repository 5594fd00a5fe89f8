import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  readdirSync,
  realpathSync,
  statSync,
} from "node:fs";
import { lstat } from "node:fs/promises";
import { basename, isAbsolute, join, relative, resolve, sep } from "node:path";
import { CountersignError, compareStrings, fileError } from "../base/index.ts";
import { kindByPath, type LeftOutPath, type Tree, type TreeFile, type UnreadFile } from "../gate/index.ts";

/** Directories in which a repository keeps itself: nothing in them is of a change. */
const REPOSITORIES: ReadonlySet<string> = new Set([".git", ".hg", ".svn"]);

/** Directories that hold what others wrote, or what a tool keeps for itself. */
const NOT_ENTERED: ReadonlySet<string> = new Set([".terraform", "node_modules"]);

/** Deepest directory that is entered. */
const MAX_DIRECTORY_DEPTH = 64;

/** Largest file that is read: a plan of 20,000 resources has some 60 MB. */
const MAX_BYTES = 128 * 1024 * 1024;

/**
 * Files as they lie on disk, in the order of their paths. No symbolic link is followed: what it points to is looked at where it lies, or
 * the link is unread. `ignored`: absolute paths that are left out below what is named, directories with `/` at their end. A path
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
  let left: LeftOutPath[] = [];
  return {
    async *files() {
      const walk: Walk = { seen: new Set(), depth: 0, ignored, left: new Map(), links: [] };
      for (const root of roots) yield* below(cwd, root, walk);
      const unread = walk.links.flatMap((link) => linkUnread(cwd, link, { walk, roots }) ?? []);
      left = [...walk.left]
        // What is named after what it lies in is looked at all the same.
        .filter(([path, why]) => why === "link" || why === "special" || !walk.seen.has(bare(path)))
        .map(([path, why]) => ({ path: `${toldPath(cwd, path)}${path.endsWith(sep) ? "/" : ""}`, why }));
      yield* unread;
    },
    leftOut: () => left,
  };
}

interface Walk {
  readonly seen: Set<string>;
  readonly depth: number;
  readonly ignored: ReadonlySet<string>;
  /** Absolute paths that are left out, directories with `/` at their end. */
  readonly left: Map<string, LeftOutPath["why"]>;
  readonly links: string[];
}

const bare = (path: string): string => (path.endsWith(sep) ? path.slice(0, -1) : path);

/**
 * A link is left out where what it points to is looked at by itself, as a file of the same kind, or where it is no input by its name. Else
 * whoever applies the change reads by it what nobody judged, and it is unread.
 */
function linkUnread(
  cwd: string,
  link: string,
  { walk, roots }: { readonly walk: Walk; readonly roots: readonly string[] },
): UnreadFile | undefined {
  const told = toldPath(cwd, link);
  // Editors leave such links beside what they edit.
  const kind = basename(link).startsWith(".#") ? undefined : kindByPath(told);
  const unread = (what: string): UnreadFile => ({
    path: told,
    reason: "unsupported",
    detail: `expected a file, got a symbolic link, which is not followed, to ${what}`,
  });
  try {
    const target = realpathSync(link);
    const root = roots.find((one) => isWithin(realpathSync(one), target));
    const lies = root === undefined ? target : join(root, relative(realpathSync(root), target));
    const looked = root !== undefined && walk.seen.has(lies);
    const status = statSync(target);
    if (roots.includes(link)) return unread("what is to be named itself");
    if (!looked && (status.isDirectory() || (status.isFile() && kind !== undefined)))
      return unread("what is not looked at");
    if (looked && status.isFile() && kind !== undefined && kindByPath(toldPath(cwd, lies)) !== kind)
      return unread("a file that is looked at as one of another kind");
  } catch {
    if (kind !== undefined) return unread("what is not there, or may not be looked at");
  }
  walk.left.set(link, "link");
  return undefined;
}

/** Whether an absolute path is a directory, or below it. */
export function isWithin(directory: string, path: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

async function* below(cwd: string, path: string, walk: Walk): AsyncGenerator<TreeFile | UnreadFile> {
  if (walk.seen.has(path)) return;
  if (walk.depth > 0) {
    const ignored = [path, path + sep].find((one) => walk.ignored.has(one));
    if (ignored !== undefined) {
      walk.left.set(ignored, "ignored");
      return;
    }
    if (NOT_ENTERED.has(basename(path))) {
      walk.left.set(path + sep, "not_entered");
      return;
    }
  }
  walk.seen.add(path);
  const told = toldPath(cwd, path);
  try {
    const status = lstatSync(path);
    if (status.isFile()) {
      const read = (): Promise<Uint8Array> => Promise.try(() => readBytes(path, told));
      yield { path: told, size: status.size, read };
    } else if (status.isDirectory()) {
      if (walk.depth >= MAX_DIRECTORY_DEPTH) {
        const detail = `expected at most ${MAX_DIRECTORY_DEPTH} directories within each other, got more`;
        yield { path: told, reason: "limit", detail };
        return;
      }
      const names = readdirSync(path)
        .filter((name) => !REPOSITORIES.has(name))
        .sort(compareStrings);
      for (const name of names) yield* below(cwd, join(path, name), { ...walk, depth: walk.depth + 1 });
    } else if (walk.depth > 0) {
      if (status.isSymbolicLink()) walk.links.push(path);
      else walk.left.set(path, "special");
    } else {
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
export function readBytes(path: string, told: string): Uint8Array {
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
      // Half of what somebody writes may say less than the whole.
      const after = fstatSync(file);
      if (after.size !== status.size || after.mtimeMs !== status.mtimeMs || filled < bytes.length)
        throw new CountersignError(
          "E_INPUT",
          "expected a file that stays as it is, got one that changed while it was read",
          {
            location: { file: told },
          },
        );
      return bytes;
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
