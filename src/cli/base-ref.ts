import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { posix, relative, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { CountersignError, compareStrings, messageOf } from "../base/index.ts";
import type { Tree, TreeFile } from "../gate/index.ts";
import { NOT_ENTERED, toldPath } from "./work-tree.ts";

const run = promisify(execFile);

/** Most bytes of a list of files: some million paths. */
const MAX_LIST_BYTES = 256 * 1024 * 1024;

/** Nothing of the repository is run, and no lock is taken: it may be read-only. */
const SAFE = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-optional-locks"];

/** A state of the repository that files are read from by `git`. */
export interface BaseRef {
  /** As the person wrote it. */
  readonly ref: string;
  /** The files of `paths` in it, called as the work tree's are. */
  tree(paths: readonly string[]): Tree;
  /** The bytes of a file that has this absolute path in the work tree; undefined where it is not there. */
  read(file: string): Promise<Buffer | undefined>;
  /** Absolute paths of the files that are, or are below, this absolute path. */
  under(path: string): readonly string[];
  close(): void;
}

interface Blob {
  readonly oid: string;
  readonly size: number;
}

/** Reads a ref of the repository that `cwd` is in. E_USAGE where there is no such ref, E_RUNTIME without git, E_NOT_FOUND outside of a repository. */
export async function baseRef(cwd: string, ref: string): Promise<BaseRef> {
  const top = (await git(cwd, ["rev-parse", "--show-toplevel", "--show-prefix"])).split("\n");
  const prefix = (top[1] ?? "").replace(/\/$/, "");
  const commit = await git(cwd, [
    "rev-parse",
    "--verify",
    "--quiet",
    "--end-of-options",
    `${ref}^{commit}`,
  ]).catch((cause: unknown) => {
    if (cause instanceof CountersignError && cause.code === "E_RUNTIME") throw cause;
    throw new CountersignError("E_USAGE", "expected --base to name a commit that is here, got none", {
      cause,
      fix: "Fetch it first: a pipeline's checkout often holds one commit alone (`git fetch origin main`).",
    });
  });
  const listed = await git(cwd, ["ls-tree", "-r", "-z", "-l", "--full-tree", commit.trim()]);
  const blobs = blobsOf(listed);
  const reader = new BlobReader(cwd);
  // Paths are held against where the command runs: the repository may be reached by a symbolic link.
  const inTree = (file: string): string =>
    posix.join(prefix, relative(cwd, file).split(sep).join("/") || ".");
  const onDisk = (path: string): string => resolve(cwd, posix.relative(prefix, path));
  const below = (path: string): readonly string[] => {
    const root = inTree(path);
    return [...blobs.keys()].filter((one) => root === "." || one === root || one.startsWith(`${root}/`));
  };
  return {
    ref,
    tree: (paths) => {
      const wanted = new Set(paths.flatMap((path) => below(resolve(cwd, path))));
      const files = [...wanted].filter((path) => !path.split("/").some((part) => NOT_ENTERED.has(part)));
      return {
        // eslint-disable-next-line @typescript-eslint/require-await -- a tree of a disk waits
        async *files(): AsyncGenerator<TreeFile> {
          for (const path of files.sort(compareStrings)) {
            const blob = blobs.get(path);
            if (blob === undefined) continue;
            const { oid, size } = blob;
            yield { path: toldPath(cwd, onDisk(path)), size, read: () => reader.read(oid) };
          }
        },
      };
    },
    read: async (file) => {
      const blob = blobs.get(inTree(file));
      return blob === undefined ? undefined : reader.read(blob.oid);
    },
    under: (path) => below(path).map(onDisk),
    close: () => reader.close(),
  };
}

/** Regular files by path: links and other repositories are not followed. */
function blobsOf(listed: string): Map<string, Blob> {
  const blobs = new Map<string, Blob>();
  for (const entry of listed.split("\0")) {
    const [, oid = "", size = "", path = ""] = /^100\d{3} blob ([0-9a-f]+) +(\d+)\t([^]*)$/.exec(entry) ?? [];
    if (path !== "") blobs.set(path, { oid, size: Number(size) });
  }
  return blobs;
}

async function git(cwd: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run("git", [...SAFE, ...args], { cwd, maxBuffer: MAX_LIST_BYTES });
    return stdout;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new CountersignError("E_RUNTIME", "expected git on the PATH, got none", {
        cause,
        fix: "Install git: --base reads the repository by it.",
      });
    }
    const said = (cause as { stderr?: string }).stderr?.trim().split("\n")[0] ?? messageOf(cause);
    throw new CountersignError("E_NOT_FOUND", `expected git to read this repository, got: ${said}`, {
      cause,
    });
  }
}

/** Blobs one after another from one `git cat-file --batch`. */
class BlobReader {
  readonly #cwd: string;
  #batch:
    { readonly child: ChildProcessWithoutNullStreams; readonly chunks: AsyncIterator<Buffer> } | undefined;
  #waiting: Promise<unknown> = Promise.resolve();

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  async read(oid: string): Promise<Buffer> {
    const turn = this.#waiting.then(() => this.#next(oid));
    this.#waiting = turn.catch(() => undefined);
    return turn;
  }

  close(): void {
    this.#batch?.child.stdin.end();
    this.#batch?.child.stdout.destroy();
    this.#batch = undefined;
  }

  /** An answer is `<oid> blob <size>`, a line feed, so many bytes, a line feed. */
  async #next(oid: string): Promise<Buffer> {
    const { child, chunks } = (this.#batch ??= start(this.#cwd));
    child.stdin.write(`${oid}\n`);
    const parts: Buffer[] = [];
    let have = 0;
    let from = -1;
    let need = Infinity;
    while (have < need) {
      const next = await chunks.next();
      if (next.done === true) throw gone();
      parts.push(next.value);
      have += next.value.length;
      if (from !== -1) continue;
      const head = Buffer.concat(parts);
      const end = head.indexOf(0x0a);
      if (end === -1) continue;
      const [, size] = /^[0-9a-f]+ blob (\d+)$/.exec(head.subarray(0, end).toString()) ?? [];
      if (size === undefined) throw gone();
      from = end + 1;
      need = from + Number(size) + 1;
    }
    return Buffer.concat(parts).subarray(from, need - 1);
  }
}

function start(cwd: string) {
  const child = spawn("git", [...SAFE, "cat-file", "--batch"], { cwd });
  child.stdin.on("error", () => undefined); // whoever waits for the answer is told that there is none
  child.stderr.resume();
  return { child, chunks: child.stdout[Symbol.asyncIterator]() as AsyncIterator<Buffer> };
}

function gone(): CountersignError {
  return new CountersignError("E_NOT_FOUND", "expected git to give a file of the base, got none", {
    fix: "Fetch all of it: a partial clone lacks files of other commits.",
  });
}
