import type { History, PastFile, UnreadFile } from "../gate/index.ts";
import { MAX_SEARCHED_BYTES } from "../gate/index.ts";
import { objects, unreadObject } from "./git-trees.ts";
import { GitRefusal, commitOf, git, gitStream, type GitTerms } from "./git.ts";

/** Bounds of what is searched of a history. */
interface HistoryLimits {
  readonly commits: number;
  readonly bytes: number;
}

const HISTORY_LIMITS: HistoryLimits = { commits: 200_000, bytes: 4 * 1024 * 1024 * 1024 };

/**
 * Every version of every file that is reachable from HEAD, or from HEAD and not from `base`, each once, of the oldest commit that holds
 * it. What is cut off (too many commits or bytes, a shallow or partial clone) is told. E_RUNTIME where git does not answer.
 */
export async function gitHistory(terms: GitTerms, base?: string, limits = HISTORY_LIMITS): Promise<History> {
  const option = "--history";
  const head = await commitOf(terms, "HEAD", option);
  const from = base === undefined ? undefined : await commitOf(terms, base, "--base");
  const top = (await git(terms, ["rev-parse", "--show-toplevel"])).toString("utf8").replace(/\n$/, "");
  const at: GitTerms = { ...terms, cwd: top };
  const shallow =
    (await git(at, ["rev-parse", "--is-shallow-repository"])).toString("utf8").trim() === "true";
  return {
    async *files() {
      const versions = await versionsOf(at, { head, from, commits: limits.commits });
      // Whether a base bounds what is asked: then what is cut off may lie behind it.
      if (shallow) yield cut("expected the whole history, got a shallow clone");
      if (versions.cut)
        yield cut(`expected at most ${limits.commits} commits, got more: older ones are not searched`);
      let bytes = 0;
      let index = 0;
      for await (const object of objects(
        at,
        versions.files.map(({ oid }) => oid),
        MAX_SEARCHED_BYTES,
      )) {
        const version = versions.files[index];
        index += 1;
        if (version === undefined) break;
        if (object.missing) {
          yield unreadObject(version.path);
          continue;
        }
        bytes += object.size;
        if (bytes > limits.bytes) {
          yield cut(
            `expected at most ${limits.bytes} bytes, got more: ${versions.files.length - index + 1} newer versions of files are not searched`,
          );
          return;
        }
        const { bytes: content } = object;
        yield {
          path: version.path,
          size: object.size,
          commit: version.commit,
          read: () => Promise.resolve(content ?? Buffer.alloc(0)),
        } satisfies PastFile;
      }
    },
  };
}

function cut(detail: string): UnreadFile {
  return { path: ".git", reason: "limit", detail };
}

interface Version {
  readonly oid: string;
  readonly path: string;
  readonly commit: string;
}

interface Asked {
  readonly head: string;
  readonly from: string | undefined;
  readonly commits: number;
}

/** Versions of files, oldest first. `rev-list` ends a name at a line's end, so that no name makes a line of its own. */
async function versionsOf(
  terms: GitTerms,
  { head, from, commits }: Asked,
): Promise<{ files: Version[]; cut: boolean }> {
  const range = from === undefined ? [head] : [head, `^${from}`];
  const args = [
    "rev-list",
    "--objects",
    "--in-commit-order",
    "--reverse",
    "--missing=allow-any",
    `--max-count=${commits + 1}`,
    ...range,
    "--",
  ];
  const listed: Version[] = [];
  let commit = "";
  let count = 0;
  for await (const line of linesOf(gitStream(terms, args))) {
    const [, oid = "", path] = /^\??([0-9a-f]{40,64})(?: (.*))?$/.exec(line) ?? [];
    if (path === undefined) {
      commit = oid;
      count += 1;
    } else if (path !== "" && commit !== "") listed.push({ oid, path, commit });
  }
  return { files: await filesAmong(terms, listed), cut: count > commits };
}

/** Those that are files: directories are listed as well, and cannot be told apart by their lines. */
async function filesAmong(terms: GitTerms, listed: readonly Version[]): Promise<Version[]> {
  const asked = listed.map(({ oid }) => `${oid}\n`);
  const files: Version[] = [];
  let index = 0;
  const answer = gitStream(terms, ["cat-file", "--batch-check=%(objecttype)", "--buffer"], asked);
  for await (const line of linesOf(answer)) {
    const version = listed[index];
    index += 1;
    if (version !== undefined && (line === "blob" || line.endsWith(" missing"))) files.push(version);
  }
  if (index !== listed.length) throw new GitRefusal("failed", "git ended early").told("--history");
  return files;
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held = "";
  for await (const chunk of chunks) {
    const lines = (held + chunk.toString("latin1")).split("\n");
    held = lines.pop() ?? "";
    for (const line of lines) yield Buffer.from(line, "latin1").toString("utf8");
  }
  if (held !== "") yield Buffer.from(held, "latin1").toString("utf8");
}
