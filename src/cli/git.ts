import { spawn } from "node:child_process";
import { CountersignError } from "../base/index.ts";

/**
 * Nothing that a repository's configuration says is run: no hook, monitor, pager, external diff or transport. Commands that would run
 * filters (`core.attributesFile`, `filter.*.clean`) or `textconv` are not used at all.
 */
const SAFE = [
  "--no-pager",
  "--no-optional-locks",
  "--literal-pathspecs",
  ...[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.pager=cat",
    "core.alternateRefsCommand=",
    "core.commitGraph=false",
    "diff.external=",
    "protocol.allow=never",
    "submodule.recurse=false",
    "log.showSignature=false",
    "gc.auto=0",
  ].flatMap((one) => ["-c", one]),
];

/** What of the environment git is given: where it finds programs and its user's configuration, and what a hook or a job says of the repository. */
const PASSED_ON =
  /^(?:PATH|HOME|USERPROFILE|XDG_CONFIG_HOME|SystemRoot|TMPDIR|GIT_(?:DIR|WORK_TREE|COMMON_DIR|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|CEILING_DIRECTORIES|DISCOVERY_ACROSS_FILESYSTEM|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_(?:KEY|VALUE)_\d{1,3}))$/;

/** Largest answer that is held in memory: names of 200,000 files have some 20 MB. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

const MAX_STDERR_CHARS = 2048;

/** Where git is run, and by what environment. */
export interface GitTerms {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Why git did not answer. `missing`: no git; `outside`: no repository; `owner`: it is somebody else's, and git refuses it. */
export class GitRefusal extends Error {
  override readonly name = "GitRefusal";
  readonly why: "failed" | "missing" | "outside" | "owner";

  constructor(why: GitRefusal["why"], message: string) {
    super(message);
    this.why = why;
  }

  /** What is told where the command needs git. */
  told(option: string): CountersignError {
    const fixes = {
      missing: "Install git, or leave the option out.",
      outside: "Run it within a git work tree, or leave the option out.",
      owner:
        "The repository belongs to another user, so git refuses it: `git config --global --add safe.directory <directory>` says that it is trusted.",
      failed: "Look whether git itself can read the repository: `git fsck`.",
    };
    return new CountersignError("E_RUNTIME", `expected git to answer for ${option}, got: ${this.message}`, {
      fix: fixes[this.why],
    });
  }
}

/** Runs git to its end, without a shell and without the network. What it wrote; `GitRefusal` where it fails. */
export async function git(terms: GitTerms, args: readonly string[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of gitStream(terms, args)) {
    size += part.length;
    if (size > MAX_ANSWER_BYTES)
      throw new GitRefusal("failed", `more than ${MAX_ANSWER_BYTES} bytes from git`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Runs git and gives what it writes as it comes. `stdin` is written while it runs. */
export async function* gitStream(
  { cwd, env, signal }: GitTerms,
  args: readonly string[],
  stdin: AsyncIterable<string> | Iterable<string> = [],
): AsyncGenerator<Buffer> {
  const child = spawn("git", [...SAFE, ...args], {
    cwd,
    env: passedOn(env),
    signal,
    stdio: "pipe",
    shell: false,
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < MAX_STDERR_CHARS) stderr += chunk.toString("utf8").slice(0, MAX_STDERR_CHARS);
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
  ended.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  const written = feed(child.stdin, stdin);
  try {
    for await (const part of child.stdout) yield part as Buffer;
    await written;
    const code = await ended.catch((thrown: unknown) => {
      throw refusalOf(thrown);
    });
    if (code !== 0) throw new GitRefusal(reasonIn(stderr), firstLine(stderr) || `it ended with ${code}`);
  } finally {
    child.kill();
  }
}

async function feed(
  stdin: NodeJS.WritableStream,
  lines: AsyncIterable<string> | Iterable<string>,
): Promise<void> {
  for await (const line of lines) {
    if (!stdin.writable) return;
    if (!stdin.write(line))
      await new Promise((resolve) => stdin.once("drain", resolve).once("close", resolve));
  }
  stdin.end();
}

function passedOn(env: GitTerms["env"]): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => PASSED_ON.test(name));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
    GIT_ALLOW_PROTOCOL: "none",
  };
}

function refusalOf(thrown: unknown): unknown {
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === "ENOENT" || code === "EACCES") return new GitRefusal("missing", "no program called git");
  if (code === "ABORT_ERR")
    return new CountersignError("E_INTERRUPTED", "expected to run to the end, got interrupted");
  return thrown;
}

function reasonIn(stderr: string): GitRefusal["why"] {
  if (/dubious ownership|unsafe repository/.test(stderr)) return "owner";
  if (/not a git repository|must be run in a work tree/.test(stderr)) return "outside";
  return "failed";
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.slice(0, 256) ?? "";
}

/** The commit that a name stands for. E_INPUT where it is none; a name that begins with `-` would be an option. */
export async function commitOf(terms: GitTerms, ref: string, option: string): Promise<string> {
  if (/^-|[\0\n]/.test(ref) || ref === "")
    throw new CountersignError(
      "E_INPUT",
      `expected ${option} to name a commit, got ${JSON.stringify(ref.slice(0, 64))}`,
      {
        fix: "Name a branch, a tag or a commit, such as origin/main.",
      },
    );
  try {
    const answer = await git(terms, [
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${ref}^{commit}`,
    ]);
    return answer.toString("utf8").trim();
  } catch (thrown) {
    if (!(thrown instanceof GitRefusal)) throw thrown;
    if (thrown.why !== "failed") throw thrown.told(option);
    throw new CountersignError(
      "E_INPUT",
      `expected ${option} to name a commit of this clone, got ${JSON.stringify(ref.slice(0, 64))}`,
      {
        fix: "Fetch it first: pipelines often clone one commit alone (`fetch-depth: 0`, `GIT_DEPTH: 0`).",
      },
    );
  }
}
