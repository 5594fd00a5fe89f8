import { createHash } from "node:crypto";
import { lstat, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { CountersignError, readBounded, sortedBy, utf8Text, writeFileAtomically } from "../base/index.ts";
import {
  PARSERS,
  judgeOwnRego,
  mergedData,
  type DataFile,
  type OwnJudged,
  type OwnRegoRequest,
  type Tree,
} from "../gate/index.ts";
import { compileOwnRego, type OwnRego, type RegoVersion } from "../policy/index.ts";
import { productVersion, type Environment } from "./environment.ts";
import { toldPath, workTree } from "./work-tree.ts";

/** Options for rules that somebody wrote for conftest, as commander gives them. */
export interface OwnRegoOptions {
  readonly policy?: readonly string[];
  readonly namespace?: readonly string[];
  readonly allNamespaces?: boolean;
  readonly data?: readonly string[];
  readonly combine?: boolean;
  readonly failOnWarn?: boolean;
  readonly regoVersion?: RegoVersion;
  readonly parser?: string;
  readonly ignore?: string;
  /** The most seconds that an input may take. */
  readonly policyTimeout?: number;
}

/** Options that say nothing without rules. */
const WITH_POLICY = [
  "namespace",
  "allNamespaces",
  "data",
  "combine",
  "failOnWarn",
  "regoVersion",
  "parser",
  "ignore",
  "policyTimeout",
] as const satisfies readonly (keyof OwnRegoOptions)[];

/** Reads files at a path and below it, by their absolute paths: of the work tree, or of a commit. */
export type FilesBelow = (path: string) => Promise<ReadonlyMap<string, Buffer>>;

const MAX_REGO_FILES = 8192;
const MAX_REGO_BYTES = 1024 * 1024;
const MAX_DATA_BYTES = 64 * 1024 * 1024;

/** Judges by own rules, once they are read; undefined where none are named. */
export type OwnRegoJudge = (tree: Tree) => Promise<OwnJudged>;

/**
 * Own rules, compiled, with their data. `below` reads them elsewhere than in the work tree. E_USAGE, E_NOT_FOUND; what `compileOwnRego`
 * and `mergedData` throw.
 */
export async function ownRegoJudge(
  environment: Environment,
  paths: readonly string[],
  options: OwnRegoOptions,
  below: FilesBelow = inWorkTree(environment),
): Promise<OwnRegoJudge | undefined> {
  const { cwd, env, signal } = environment;
  const { policy = [], namespace = ["main"], data = [], policyTimeout } = options;
  if (policy.length === 0) {
    const stray = WITH_POLICY.find((name) => options[name] !== undefined);
    if (stray === undefined) return undefined;
    const flag = `--${stray.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    throw new CountersignError("E_USAGE", `expected --policy with ${flag}, got none`, {
      fix: "Name the directory of your own rules with --policy.",
    });
  }
  if (options.allNamespaces === true && options.namespace !== undefined)
    throw new CountersignError("E_USAGE", "expected --namespace or --all-namespaces, got both");
  const chosen = { ...parserOf(options.parser), ...ignored(options.ignore) };
  const sources = await regoSources(cwd, policy, below);
  const rego = await cached(env, sources, options.regoVersion ?? "v1");
  const documents = await mergedData(await dataFiles(cwd, data, below));
  const named = await namedFiles(cwd, paths);
  return async (tree) =>
    await judgeOwnRego(tree, {
      rego,
      namespaces: options.allNamespaces === true ? "all" : namespace,
      data: documents,
      combine: options.combine === true,
      warningsFail: options.failOnWarn === true,
      named,
      directory: cwd.split(sep).join("/"),
      ...chosen,
      ...(policyTimeout === undefined ? {} : { seconds: policyTimeout }),
      signal,
    });
}

function parserOf(said: string | undefined): Pick<OwnRegoRequest, "parser"> {
  if (said === undefined) return {};
  const parser = PARSERS.find((name) => name === said);
  if (parser !== undefined) return { parser };
  throw new CountersignError("E_USAGE", `expected --parser with one of ${PARSERS.join(", ")}, got ${said}`, {
    fix: "Name a kind of file that is parsed, or leave --parser out.",
  });
}

function ignored(said: string | undefined): Pick<OwnRegoRequest, "ignore"> {
  if (said === undefined) return {};
  try {
    return { ignore: new RegExp(said) };
  } catch (cause) {
    throw new CountersignError("E_USAGE", `expected --ignore with a regular expression, got ${said}`, {
      cause,
      fix: String.raw`Write it as e.g. --ignore '\.xml$'.`,
    });
  }
}

function inWorkTree({ cwd }: Environment): FilesBelow {
  return async (path) => {
    const files = new Map<string, Buffer>();
    for await (const file of (await workTree(cwd, [path])).files()) {
      if ("reason" in file)
        throw new CountersignError("E_DISK", file.detail, { location: { file: file.path } });
      if (!/\.(?:rego|ya?ml|json)$/.test(file.path)) continue;
      const full = resolve(cwd, file.path);
      files.set(full, await readBounded(full, { what: "own rules or data", maxBytes: MAX_DATA_BYTES }));
    }
    return files;
  };
}

async function regoSources(
  cwd: string,
  paths: readonly string[],
  below: FilesBelow,
): Promise<Record<string, string>> {
  const sources = new Map<string, string>();
  for (const path of paths) {
    for (const [full, bytes] of await below(resolve(cwd, path))) {
      if (!full.endsWith(".rego")) continue;
      const file = toldPath(cwd, full);
      if (bytes.length > MAX_REGO_BYTES)
        throw new CountersignError(
          "E_POLICY",
          `expected at most ${MAX_REGO_BYTES} bytes, got ${bytes.length}`,
          {
            location: { file },
          },
        );
      sources.set(file, utf8Text(bytes, { file, code: "E_POLICY" }));
    }
  }
  if (sources.size === 0)
    throw new CountersignError("E_POLICY", `expected files named *.rego in ${paths.join(", ")}, got none`, {
      fix: "Name the directory of your own rules with --policy; with --base it has to be there already.",
    });
  if (sources.size > MAX_REGO_FILES)
    throw new CountersignError(
      "E_POLICY",
      `expected at most ${MAX_REGO_FILES} Rego files, got ${sources.size}`,
    );
  return Object.fromEntries(sortedBy(sources, ([file]) => file));
}

/** What `a.b:path` names, and below what its documents are put. */
export function dataPath(said: string): { readonly prefix: string; readonly path: string } {
  const [, prefix = "", path = said] = /^([^:/\\]+):(.+)$/.exec(said) ?? [];
  return { prefix, path };
}

/** Files of data: of a directory those below it, each under the names of the directories between; `a.b:path` puts all below `a.b`. */
async function dataFiles(cwd: string, paths: readonly string[], below: FilesBelow): Promise<DataFile[]> {
  const files: DataFile[] = [];
  for (const said of paths) {
    const { prefix, path } = dataPath(said);
    const root = resolve(cwd, path);
    const before = prefix === "" ? [] : prefix.split(".");
    const found = [...(await below(root))].filter(([full]) => /\.(?:ya?ml|json)$/.test(full));
    if (found.length === 0)
      throw new CountersignError("E_INPUT", `expected files of data as JSON or YAML in ${path}, got none`);
    for (const [full, bytes] of sortedBy(found, ([full]) => full)) {
      const file = toldPath(cwd, full);
      const within =
        full === root
          ? []
          : dirname(relative(root, full))
              .split(sep)
              .filter((part) => part !== ".");
      files.push({
        path: file,
        below: [...before, ...within],
        text: utf8Text(bytes, { file, code: "E_INPUT" }),
      });
    }
  }
  return files;
}

/** The paths that are files by themselves. */
async function namedFiles(cwd: string, paths: readonly string[]): Promise<Set<string>> {
  const named = new Set<string>();
  for (const path of paths) {
    const full = resolve(cwd, path);
    const status = await lstat(full).catch(() => undefined);
    if (status?.isFile() === true) named.add(toldPath(cwd, full));
  }
  return named;
}

/**
 * Compiled rules, kept by the digest of their sources in a directory that nobody else may write: compiling takes a second or two, and
 * whoever could put something there could decide. Without such a directory they are compiled each time.
 */
async function cached(
  env: Environment["env"],
  sources: Readonly<Record<string, string>>,
  version: RegoVersion,
): Promise<OwnRego> {
  const key = createHash("sha256")
    .update(JSON.stringify([CACHE_FORMAT, productVersion(), version, sources]))
    .digest("hex");
  const directory = await cacheDirectory(env);
  const file = directory === undefined ? undefined : join(directory, `${key}.json`);
  const kept = file === undefined ? undefined : await keptRego(file);
  if (kept !== undefined) return kept;
  const rego = await compileOwnRego(sources, { version });
  if (file !== undefined) {
    const text = JSON.stringify({ ...rego, wasm: Buffer.from(rego.wasm).toString("base64") });
    await writeFileAtomically(file, text).catch(() => undefined); // a full or read-only disk costs time, not the judgement
  }
  return rego;
}

/** Another number where what is kept changes its form, or the compiler its meaning. */
const CACHE_FORMAT = 1;

async function keptRego(file: string): Promise<OwnRego | undefined> {
  try {
    const text = (await readBounded(file, { what: "compiled rules", maxBytes: MAX_DATA_BYTES })).toString(
      "utf8",
    );
    const kept = JSON.parse(text) as Omit<OwnRego, "wasm"> & { wasm: string };
    const wasm = Buffer.from(kept.wasm, "base64");
    new WebAssembly.Module(new Uint8Array(wasm)); // what is torn or another's is compiled again
    return { ...kept, wasm };
  } catch {
    return undefined;
  }
}

/** `$XDG_CACHE_HOME` or `~/.cache`; else the directory for temporary files, by user. Undefined where none is ours alone. */
async function cacheDirectory(env: Environment["env"]): Promise<string | undefined> {
  const user = process.getuid?.();
  const home =
    env["XDG_CACHE_HOME"] ??
    (env["HOME"] === undefined || env["HOME"] === "" ? "" : join(env["HOME"], ".cache"));
  const temporary = join(tmpdir(), `countersign-rego-${user ?? "user"}`);
  const places = [...(home !== "" && isAbsolute(home) ? [join(home, "countersign", "rego")] : []), temporary];
  for (const place of places) {
    try {
      await (place === temporary ? mkdir(place, { mode: 0o700 }).catch(ignoreThere) : makeAll(place));
      const status = await lstat(place);
      const ours = user === undefined || (status.uid === user && (status.mode & 0o022) === 0);
      if (status.isDirectory() && ours) return place;
    } catch {
      continue; // read-only, or no home
    }
  }
  return undefined;
}

/** Makes a directory and those above it. Node's own way to do so does not end where a file system makes none, as `/proc`. */
async function makeAll(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(path) === path) throw thrown;
    await makeAll(dirname(path));
    await mkdir(path, { mode: 0o700 }).catch(ignoreThere);
  }
}

function ignoreThere(thrown: unknown): void {
  if ((thrown as NodeJS.ErrnoException).code !== "EEXIST") throw thrown;
}
