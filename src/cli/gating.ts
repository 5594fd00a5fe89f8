import { lstat } from "node:fs/promises";
import { resolve } from "node:path";
import { CountersignError, EXIT, writeOutput, type ExitCode } from "../base/index.ts";
import {
  STDIN_PATH,
  UNKNOWN_SURROUNDINGS,
  baselineText,
  gate,
  type Collected,
  type GateRequest,
  type Tree,
} from "../gate/index.ts";
import type { Severity } from "../policy/index.ts";
import { secretSearch } from "../secret-scan/index.ts";
import { DEFAULT_LABELS, type ClassificationRules } from "../subjects/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { productVersion, type Environment } from "./environment.ts";
import { judging, type GuardOptions } from "./gate-guards.ts";
import { outputsOf, tell } from "./gate-outputs.ts";
import { commitOf, type GitTerms } from "./git.ts";
import { gitHistory } from "./git-history.ts";
import { ignoredBelow } from "./git-ignored.ts";
import { changedTree, indexTree, refTree, stagedTree, stagesInputs } from "./git-trees.ts";
import { ownRegoJudge, type OwnRegoOptions } from "./own-rego.ts";
import { sourceBeside } from "./source-beside.ts";
import { toldPath, workTree } from "./work-tree.ts";

/** Options of `gate`, as commander gives them. */
export interface GateOptions extends CommonOptions, GuardOptions, OwnRegoOptions {
  readonly failOn: Severity;
  readonly allowUndetermined?: boolean;
  readonly output?: readonly string[];
  readonly writeBaseline?: string;
  /** What standard input is called, where it is read. */
  readonly stdinName?: string;
  /** What is staged alone, as it is staged. */
  readonly staged?: boolean;
  /** A snapshot's id or directory; `latest`: the newest; `none`: no snapshot. */
  readonly against?: string;
  /** What is otherwise than in this commit alone. */
  readonly since?: string;
  /** The directory of the configuration that a plan was made of. */
  readonly source?: string;
  /** Earlier commits are searched for credentials as well; with `base` those that are not in it. */
  readonly history?: boolean;
}

/** What holds where there is no configuration: labels alone state tiers and owners. */
export const BY_LABELS: ClassificationRules = {
  labels: DEFAULT_LABELS,
  tiers: [],
  owners: [],
  environments: [],
  break_glass: [],
};

/** Runs the gate on files and directories. What `gate`, `judging` and `tell` throw, and E_USAGE, E_BUNDLE, E_NOT_FOUND. */
export async function runGate(
  environment: Environment,
  given: readonly string[],
  options: GateOptions,
): Promise<ExitCode> {
  const { cwd, ports, signal } = environment;
  const outputs = outputsOf(options.output, options.json);
  if (options.staged === true && options.since !== undefined)
    throw new CountersignError("E_USAGE", "expected --staged or --since, got both", {
      fix: "Leave one of them out.",
    });
  const terms: GitTerms = { cwd, env: environment.env, signal };
  const { paths, piped } = namedOf(cwd, given, options);
  const input = piped === undefined ? [] : [piped];
  const named = [...paths, ...input];
  const partial = options.staged === true || options.since !== undefined;
  const tree = await treeOf(environment, terms, { paths, piped, options });
  const collected = await againstOf(environment, options);
  const sides = partial ? await sidesOf(terms, cwd, paths, options) : undefined;
  const search = secretSearch();
  let exit: ExitCode = EXIT.internal;
  const work = judging(environment, options, named, async ({ config, bundle, guards, below }) => {
    const ownRego = await ownRegoJudge(environment, named, options, below);
    const verdict = await gate({
      tree,
      search: (texts) => search.search(texts),
      ...(options.history === true ? { history: await gitHistory(terms, options.base) } : {}),
      // Of what is named nothing may have changed.
      named: (partial ? input : named)
        .map((path) => toldPath(cwd, resolve(cwd, path)))
        .filter((path) => path !== ""),
      partial,
      ...(sides === undefined ? {} : { sides }),
      // What lies there is not what is staged.
      ...(options.staged === true ? {} : { beside: sourceBeside(cwd, options.source) }),
      ...(collected === undefined ? {} : { collected }),
      rules: {
        bundle,
        settings: config?.value.parameters ?? {},
        classification: config?.rules ?? BY_LABELS,
      },
      surroundings: UNKNOWN_SURROUNDINGS,
      productVersion: productVersion(),
      at: ports.clock.now().toISOString(),
      failOn: options.failOn,
      undeterminedFails: options.allowUndetermined !== true,
      guards,
      ...(ownRego === undefined ? {} : { ownRego }),
      signal,
    });
    if (options.writeBaseline !== undefined)
      await writeOutput(resolve(cwd, options.writeBaseline), baselineText(verdict.findings));
    await tell(environment, verdict, outputs);
    ({ exit } = verdict);
  });
  await work.finally(() => search.close());
  return exit;
}

/** Says that a change is held against no snapshot. */
const NO_SNAPSHOT = "none";

/** The snapshot that `--against` names, where it does. What `collectedIn` throws. */
export async function againstOf(
  environment: Environment,
  { against, ...options }: Pick<GateOptions, "against" | "config">,
): Promise<Collected | undefined> {
  if (against === undefined || against === NO_SNAPSHOT) return undefined;
  const { collectedIn } = await import("./snapshot-against.ts");
  return collectedIn(environment, against, options);
}

/** Paths that are looked at, and how standard input is called where `-` is among them. E_USAGE where it cannot be read, or is not. */
function namedOf(
  cwd: string,
  given: readonly string[],
  { stdinName, staged }: GateOptions,
): Pick<TreeTerms, "paths" | "piped"> {
  const paths = given.filter((path) => path !== "-");
  if (paths.length === given.length) {
    if (stdinName === undefined) return { paths, piped: undefined };
    throw new CountersignError("E_USAGE", "expected - among the paths with --stdin-name, got none");
  }
  if (staged === true)
    throw new CountersignError("E_USAGE", "expected --staged or - for standard input, got both", {
      fix: "Leave one of them out.",
    });
  return { paths, piped: stdinName === undefined ? STDIN_PATH : toldPath(cwd, resolve(cwd, stdinName)) };
}

interface TreeTerms {
  readonly paths: readonly string[];
  /** The path of what comes by standard input. */
  readonly piped?: string | undefined;
  readonly options: Pick<GateOptions, "since" | "staged">;
}

/** What `treeOfPaths` has, and what comes by standard input. */
export async function treeOf(
  environment: Environment,
  terms: GitTerms,
  { paths, piped, options }: TreeTerms,
): Promise<Tree> {
  const tree = await treeOfPaths(environment, terms, { paths, options });
  if (piped === undefined) return tree;
  const { standardInput, withFile } = await import("./gate-input.ts");
  return withFile(tree, await standardInput(environment, piped));
}

/**
 * All files before and after what has changed, of which access is compared: what a changed file says of access hangs on those beside it. Undefined
 * where nothing is staged that may be an input, and before the first commit, which there is nothing to compare with.
 */
async function sidesOf(
  terms: GitTerms,
  cwd: string,
  paths: readonly string[],
  { since, staged }: Pick<GateOptions, "since" | "staged">,
): Promise<GateRequest["sides"]> {
  const [ref, option] = since === undefined ? ["HEAD", "--staged"] : [since, "--since"];
  if (staged === true && !((await hasCommit(terms)) && (await stagesInputs(terms, paths)))) return undefined;
  const before = await refTree(terms, ref, paths, option);
  const after = staged === true ? await indexTree(terms, paths) : await filesOf(terms, cwd, paths);
  return { ref, before, after };
}

async function hasCommit(terms: GitTerms): Promise<boolean> {
  try {
    await commitOf(terms, "HEAD", "--staged");
    return true;
  } catch (thrown) {
    if (thrown instanceof CountersignError && thrown.code === "E_INPUT") return false;
    throw thrown;
  }
}

/** What is looked at: what is staged, what is otherwise than in a commit, or all that lies there but what git ignores. */
async function treeOfPaths(
  { cwd, terminal }: Environment,
  terms: GitTerms,
  { paths, options }: Omit<TreeTerms, "piped">,
): Promise<Tree> {
  if (options.staged === true) return stagedTree(terms, paths);
  const work = await filesOf(terms, cwd, paths, terminal.err);
  return options.since === undefined ? work : changedTree(terms, options.since, work);
}

/** All that lies there but what git ignores. */
async function filesOf(
  terms: GitTerms,
  cwd: string,
  paths: readonly string[],
  say: (text: string) => void = () => undefined,
): Promise<Tree> {
  const directories: string[] = [];
  for (const path of paths) {
    const full = resolve(cwd, path);
    const status = await lstat(full).catch(() => undefined);
    if (status?.isDirectory() === true) directories.push(full);
  }
  const ignored = await ignoredBelow(terms, directories);
  for (const refusal of ignored.refusals)
    if (refusal.why === "owner")
      say(`${refusal.told("what it ignores").message}: all files are looked at.\n`);
  return workTree(cwd, paths, ignored.paths);
}
