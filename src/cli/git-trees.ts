import { createHash } from "node:crypto";
import { readlinkSync } from "node:fs";
import { isAbsolute, join, posix, relative, resolve, sep } from "node:path";
import { CountersignError, compareStrings } from "../base/index.ts";
import { kindByPath, type LeftOutPath, type Tree, type TreeFile, type UnreadFile } from "../gate/index.ts";
import { GitRefusal, commitOf, git, gitStream, type GitTerms } from "./git.ts";
import { isWithin } from "./work-tree.ts";

/** Largest object that is read of a repository, as of a work tree. */
const MAX_BYTES = 128 * 1024 * 1024;

/** One entry of a commit's tree or of the index. */
interface TreeEntry {
  readonly type: "file" | "link" | "submodule";
  readonly oid: string;
  /** From the top of the work tree, with `/`. */
  readonly path: string;
}

/** A repository with where its work tree begins. */
interface Repository {
  readonly terms: GitTerms;
  readonly top: string;
  readonly cwd: string;
}

/** Files of a commit, as it holds them. E_INPUT where `ref` is none, E_RUNTIME where git does not answer. */
export async function refTree(
  terms: GitTerms,
  ref: string,
  paths: readonly string[],
  option = "--base",
): Promise<Tree> {
  const repository = await repositoryOf(terms, option);
  const commit = await commitOf(terms, ref, option);
  const entries = await entriesOf(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  return objectTree(repository, entries, paths);
}

/** Whether what is staged, or staged to be taken away, may be an input by its name. */
export async function stagesInputs(terms: GitTerms, paths: readonly string[]): Promise<boolean> {
  const repository = await repositoryOf(terms, "--staged");
  const under = underNamed(repository, paths);
  const changed = await changedInIndex(repository, []);
  return changed.some((path) => under(path) && kindByPath(path) !== undefined);
}

async function changedInIndex(repository: Repository, more: readonly string[]): Promise<string[]> {
  const args = ["--name-only", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all"];
  return names(await answered(repository, "--staged", ["diff", "--cached", ...args, ...more, "-z"]));
}

/** All files as a commit would have them now, staged or as they were. */
export async function indexTree(terms: GitTerms, paths: readonly string[]): Promise<Tree> {
  const repository = await repositoryOf(terms, "--staged");
  const all = await entriesOf(repository, ["ls-files", "--stage", "-z", "--full-name"]);
  return objectTree(repository, all, paths);
}

/** Files that are staged, as they are staged: what a commit would change, without those that it takes away. */
export async function stagedTree(terms: GitTerms, paths: readonly string[]): Promise<Tree> {
  const option = "--staged";
  const repository = await repositoryOf(terms, option);
  const changed = new Set(await changedInIndex(repository, ["--diff-filter=d"]));
  const all = await entriesOf(repository, ["ls-files", "--stage", "-z", "--full-name"]);
  const staged = all.filter(({ path }) => changed.has(path));
  const under = underNamed(repository, paths);
  const tree = objectTree(repository, staged, paths);
  const links = await stagedLinks(repository, { links: staged.filter(({ path }) => under(path)), all });
  const left = [
    ...links.filter((one) => "why" in one),
    ...all.flatMap(({ type, path }): LeftOutPath[] => {
      if (!under(path)) return [];
      if (!changed.has(path)) return [{ path: told(repository, path), why: "unchanged" }];
      return type === "submodule" ? [{ path: `${told(repository, path)}/`, why: "submodule" }] : [];
    }),
  ];
  return {
    async *files() {
      yield* tree.files();
      yield* links.filter((one) => "reason" in one);
    },
    leftOut: () => left,
  };
}

/** Links among what is staged: left out where they point to a file of the repository that is of the same kind, or are no input by their names. */
async function stagedLinks(
  repository: Repository,
  { links, all }: { readonly links: readonly TreeEntry[]; readonly all: readonly TreeEntry[] },
): Promise<(LeftOutPath | UnreadFile)[]> {
  const own = links.filter(({ type }) => type === "link");
  const files = new Set(all.filter(({ type }) => type === "file").map(({ path }) => path));
  const found: (LeftOutPath | UnreadFile)[] = [];
  let index = 0;
  for await (const { bytes } of objects(
    repository.terms,
    own.map(({ oid }) => oid),
    MAX_LINK_BYTES,
  )) {
    const { path = "" } = own[index] ?? {};
    index += 1;
    const target = posix.join(posix.dirname(path), bytes?.toString("utf8") ?? "");
    const kind = kindByPath(path);
    if (kind === undefined || (files.has(target) && kindByPath(target) === kind))
      found.push({ path: told(repository, path), why: "link" });
    else
      found.push({
        path: told(repository, path),
        reason: "unsupported",
        detail:
          "expected a file, got a symbolic link, which is not followed, to what is not looked at as one of its kind",
      });
  }
  return found;
}

const MAX_LINK_BYTES = 4096;

/**
 * Of the files of a work tree those that are otherwise than in a commit, or are not in it. What is compared is the bytes, without the
 * filters that the repository may name: a file that filters alone make differ is looked at as well.
 */
export async function changedTree(terms: GitTerms, ref: string, work: Tree): Promise<Tree> {
  const option = "--since";
  const repository = await repositoryOf(terms, option);
  const commit = await commitOf(terms, ref, option);
  const entries = await entriesOf(repository, ["ls-tree", "-r", "-z", "--full-tree", commit]);
  const known = new Map(entries.map(({ path, oid }) => [told(repository, path), oid]));
  const links = new Map(
    entries.flatMap(({ type, path, oid }) => (type === "link" ? [[told(repository, path), oid]] : [])),
  );
  let unchanged: LeftOutPath[] = [];
  return {
    async *files() {
      unchanged = [];
      for await (const one of work.files()) {
        const before = known.get(one.path);
        const link = links.get(one.path);
        if (link !== undefined && link === linkOid(resolve(repository.cwd, one.path), link.length)) continue;
        if ("reason" in one || before === undefined || one.size > MAX_BYTES) {
          yield one;
          continue;
        }
        const bytes = await one.read().catch((thrown: unknown) => {
          if (thrown instanceof CountersignError) return undefined;
          throw thrown;
        });
        if (bytes === undefined) yield one;
        else if (oidOf(bytes, before.length) !== before) yield { ...one, read: () => Promise.resolve(bytes) };
        else unchanged.push({ path: one.path, why: "unchanged" });
      }
    },
    leftOut: () => [...(work.leftOut?.() ?? []), ...unchanged],
  };
}

/** Git's id of a link as it lies there; undefined where there is none. */
function linkOid(path: string, digits: number): string | undefined {
  try {
    return oidOf(readlinkSync(path, "buffer"), digits);
  } catch {
    return undefined;
  }
}

async function repositoryOf(terms: GitTerms, option: string): Promise<Repository> {
  try {
    const top = (await git(terms, ["rev-parse", "--show-toplevel"])).toString("utf8").replace(/\n$/, "");
    return { terms: { ...terms, cwd: top }, top, cwd: terms.cwd };
  } catch (thrown) {
    throw thrown instanceof GitRefusal ? thrown.told(option) : thrown;
  }
}

async function answered({ terms }: Repository, option: string, args: readonly string[]): Promise<Buffer> {
  try {
    return await git(terms, args);
  } catch (thrown) {
    throw thrown instanceof GitRefusal ? thrown.told(option) : thrown;
  }
}

/** Paths of an answer with `-z`. */
export function names(answer: Buffer): string[] {
  return answer
    .toString("utf8")
    .split("\0")
    .filter((name) => name !== "");
}

const TYPES: Readonly<Record<string, TreeEntry["type"]>> = {
  "100": "file",
  "120": "link",
  "160": "submodule",
};

/** What is no directory. Of what is not merged yet each side. */
async function entriesOf(repository: Repository, args: readonly string[]): Promise<TreeEntry[]> {
  const listed = names(await answered(repository, "the repository's files", args));
  return listed.flatMap((line) => {
    const [, mode = "", oid, path] =
      /^(1\d\d)\d{3} (?:blob |commit )?([0-9a-f]{40,64})(?: \d)?\t([^]*)$/.exec(line) ?? [];
    const type = TYPES[mode];
    return oid === undefined || path === undefined || type === undefined ? [] : [{ type, oid, path }];
  });
}

/** Whether a path of the repository is, or is below, one of those that are named. */
function underNamed({ cwd, top }: Repository, paths: readonly string[]): (path: string) => boolean {
  const roots = paths.map((path) => resolve(cwd, path));
  return (path) => {
    const full = join(top, path);
    return roots.some((root) => isWithin(root, full));
  };
}

/** Regular files alone: no symbolic links, no submodules. */
function objectTree(repository: Repository, entries: readonly TreeEntry[], paths: readonly string[]): Tree {
  const under = underNamed(repository, paths);
  const chosen = entries
    .filter(({ type, path }) => type === "file" && under(path))
    .sort((a, b) => compareStrings(a.path, b.path));
  return {
    async *files() {
      const oids = chosen.map(({ oid }) => oid);
      let index = 0;
      for await (const { bytes, size, missing } of objects(repository.terms, oids, MAX_BYTES)) {
        const path = told(repository, chosen[index]?.path ?? "");
        index += 1;
        yield missing ? unreadObject(path) : fileOf(path, size, bytes);
      }
    },
  };
}

function fileOf(path: string, size: number, bytes: Buffer | undefined): TreeFile {
  return { path, size, read: () => Promise.resolve(bytes ?? Buffer.alloc(0)) };
}

export function unreadObject(path: string): UnreadFile {
  return {
    path,
    reason: "denied",
    detail: "this clone does not hold the file's content: expected a whole clone, got a partial one",
  };
}

interface GitObject {
  readonly size: number;
  readonly missing: boolean;
  /** Undefined where it is larger than asked for. */
  readonly bytes?: Buffer;
}

/** Objects by their ids, in order, by one process. Those above `maxBytes` are read past. */
export async function* objects(
  terms: GitTerms,
  oids: readonly string[],
  maxBytes: number,
): AsyncGenerator<GitObject> {
  if (oids.length === 0) return;
  const asked = oids.map((oid) => `${oid}\n`);
  const input = new Incoming(gitStream(terms, ["cat-file", "--batch", "--buffer"], asked));
  for (let index = 0; index < oids.length; index += 1) {
    const header = await input.line();
    const size = /^[0-9a-f]{40,64} blob (\d+)$/.exec(header)?.[1];
    if (size === undefined) {
      if (!header.endsWith(" missing"))
        throw new GitRefusal("failed", "git answered with something that is no file").told(
          "the repository's files",
        );
      yield { size: 0, missing: true };
      continue;
    }
    const bytes = await input.take(Number(size), maxBytes);
    yield { size: Number(size), missing: false, ...(bytes === undefined ? {} : { bytes }) };
    await input.take(1, 1);
  }
}

/** Bytes as they come, in lines and in pieces of a known size. */
class Incoming {
  readonly #from: AsyncGenerator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(from: AsyncGenerator<Buffer>) {
    this.#from = from;
  }

  async line(): Promise<string> {
    for (;;) {
      const end = this.#held.indexOf(10);
      if (end >= 0) {
        const line = this.#held.toString("utf8", 0, end);
        this.#held = this.#held.subarray(end + 1);
        return line;
      }
      this.#held = Buffer.concat([this.#held, await this.#more()]);
    }
  }

  async take(size: number, most: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let left = size; left > 0;) {
      if (this.#held.length === 0) this.#held = await this.#more();
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      if (size <= most) parts.push(part);
    }
    return size <= most ? Buffer.concat(parts) : undefined;
  }

  async #more(): Promise<Buffer> {
    const next: IteratorResult<Buffer, unknown> = await this.#from.next();
    if (next.done === true) throw new GitRefusal("failed", "git ended early").told("the repository's files");
    return next.value;
  }
}

/** Git's id of a file of these bytes; `digits` says by which digest. */
function oidOf(bytes: Uint8Array, digits: number): string {
  const hash = createHash(digits === 64 ? "sha256" : "sha1");
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

function told({ top, cwd }: Repository, path: string): string {
  const full = join(top, path);
  const within = relative(cwd, full);
  return (within.startsWith("..") || isAbsolute(within) ? full : within).split(sep).join("/");
}
