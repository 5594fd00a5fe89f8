import { CountersignError, printable, sortedBy, writeOutput } from "../base/index.ts";
import { validatePolicies } from "./annotations.ts";
import { packBundle } from "./bundle.ts";
import { entrypointModule, entrypointsOf } from "./entrypoints.ts";
import type { Catalogue } from "./catalogue.ts";
import { findCompiler, type Compiler, type Coverage, type Problem, type RegoTest } from "./compiler/index.ts";
import { readPolicyDirectory, type PolicyDirectory } from "./directory.ts";

export interface AuthoringOptions {
  /** Where the schemas are; `<dir>/schemas` unless said. */
  readonly schemas?: string;
  /** Found on this machine unless given. */
  readonly compiler?: Compiler;
}

/** What a command says about a policy directory beside its own result. */
export interface PolicyReport {
  /** What is wrong, with file, line and column. Not empty: exit 2. */
  readonly problems: readonly Problem[];
  /** Checks that the compiler at hand could not make; they must be shown. */
  readonly unchecked: readonly string[];
}

export interface CheckReport extends PolicyReport {
  readonly catalogue: Catalogue;
}

export interface TestReport extends PolicyReport {
  readonly tests: readonly RegoTest[];
  readonly coverage: Coverage | undefined;
}

export interface FormatReport extends PolicyReport {
  /** Path to canonical text of every file that is not in it; nothing has been written. */
  readonly formatted: Readonly<Record<string, string>>;
}

interface Workbench {
  readonly directory: PolicyDirectory;
  readonly compiler: Compiler;
}

async function workbench(path: string, { schemas, compiler }: AuthoringOptions): Promise<Workbench> {
  const directory = await readPolicyDirectory(path, schemas === undefined ? {} : { schemas });
  return { directory, compiler: compiler ?? (await findCompiler()) };
}

/** `policy check`: language, types against the schemas, annotations, paths, tests present. */
export async function checkPolicies(path: string, options: AuthoringOptions = {}): Promise<CheckReport> {
  return check(await workbench(path, options));
}

async function check({ directory, compiler }: Workbench): Promise<CheckReport> {
  const { files, schemas } = directory;
  const answer = await compiler.run({ command: "check", files, schemas });
  const { catalogue, problems } = validatePolicies(directory, answer.policies ?? []);
  const found = answer.policies === undefined ? answer.errors : [...answer.errors, ...problems];
  return { catalogue, problems: found, unchecked: compiler.unchecked };
}

/** A bundle's bytes and what is in it. */
export interface BuiltBundle {
  readonly bytes: Buffer;
  readonly catalogue: Catalogue;
  readonly unchecked: readonly string[];
}

/** Named as its package, which is no policy's. */
const ENTRYPOINTS = "countersign_entry.rego";

/** Checks the policies below `path` and compiles them. E_POLICY at the first problem, all of them in the message. */
export async function buildBundle(path: string, options: AuthoringOptions = {}): Promise<BuiltBundle> {
  const bench = await workbench(path, options);
  const { catalogue, problems, unchecked } = await check(bench);
  refuse(bench.directory, problems);
  const { schemas } = bench.directory;
  const files = { ...bench.directory.files, [ENTRYPOINTS]: entrypointModule(catalogue) };
  const entrypoints = entrypointsOf(catalogue);
  const answer = await bench.compiler.run({ command: "build", files, schemas, entrypoints });
  refuse(bench.directory, answer.errors);
  if (answer.wasm === undefined)
    throw new CountersignError("E_COMPILER", "expected Wasm from the compiler, got none");
  return { bytes: packBundle(catalogue, Buffer.from(answer.wasm, "base64")), catalogue, unchecked };
}

/** `policy build`: writes the bundle to `out`. E_POLICY, E_DISK. */
export async function buildPolicies(
  path: string,
  out: string,
  options: AuthoringOptions = {},
): Promise<BuiltBundle> {
  const built = await buildBundle(path, options);
  await writeOutput(out, built.bytes);
  return built;
}

export interface TestingOptions extends AuthoringOptions {
  /** Least percentage of lines that tests must reach; any will do unless said. */
  readonly coverage?: number;
}

/**
 * `policy test`: every `test_…` rule, with line coverage. A failed test is a problem, and so are a policy without one and
 * less coverage than is asked for.
 */
export async function testPolicies(path: string, options: TestingOptions = {}): Promise<TestReport> {
  const { directory, compiler } = await workbench(path, options);
  const { files, schemas } = directory;
  const { errors, tests = [], coverage } = await compiler.run({ command: "test", files, schemas });
  const failed = tests
    .filter(({ result }) => result !== "pass")
    .map(({ file, line, name, result, message }) => ({
      code: "policy_test",
      message: `expected ${name} to pass, got ${result}${message === undefined ? "" : `: ${message}`}`,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    }));
  const tested = new Set(tests.map(({ file }) => file));
  const untested = Object.keys(files)
    .filter((file) => file.endsWith("_test.rego") && !tested.has(file))
    .map((file) => ({ code: "policy_test", message: "expected at least one test, got none", file, line: 1 }));
  // A run that tested nothing must not read as one that passed.
  const nothing =
    tests.length === 0 && untested.length === 0
      ? [{ code: "policy_test", message: "expected rules named test_… in files named …_test.rego, got none" }]
      : [];
  const uncovered = coverageProblems(coverage, options.coverage ?? 0);
  const problems = errors.length > 0 ? errors : [...failed, ...untested, ...nothing, ...uncovered];
  return { problems, tests, coverage, unchecked: compiler.unchecked };
}

function coverageProblems(coverage: Coverage | undefined, least: number): Problem[] {
  const percent = coverage?.percent ?? 0;
  if (percent >= least) return [];
  const message = `expected tests to reach at least ${least} % of the lines, got ${percent.toFixed(1)} %`;
  return [{ code: "policy_coverage", message }];
}

/** Stretches of lines that no test reaches, `file:first-last`, in order. */
export function uncoveredLines(coverage: Coverage | undefined): string[] {
  return sortedBy(Object.entries(coverage?.files ?? {}), ([file]) => file).flatMap(
    ([file, { not_covered }]) =>
      not_covered.map(([first, last]) => `${file}:${first === last ? first : `${first}-${last}`}`),
  );
}

/** `policy check --format`: which files are not in OPA's canonical format, and how they would be. */
export async function formatPolicies(path: string, options: AuthoringOptions = {}): Promise<FormatReport> {
  const { directory, compiler } = await workbench(path, options);
  const { files, schemas } = directory;
  const { errors, formatted = {} } = await compiler.run({ command: "format", files, schemas });
  return { formatted, problems: errors, unchecked: [] };
}

/** `policy list`: the catalogue of a directory. E_POLICY when it has problems. */
export async function listPolicies(path: string, options: AuthoringOptions = {}): Promise<Catalogue> {
  const bench = await workbench(path, options);
  const { catalogue, problems } = await check(bench);
  refuse(bench.directory, problems);
  return catalogue;
}

/** `file:line:column: message`, as editors and terminals link it; whoever named the file does not write the terminal. */
export function problemText({ file, line, column, message }: Problem): string {
  return printable([file, line, column, ` ${message}`].filter((part) => part !== undefined).join(":"));
}

function refuse(directory: PolicyDirectory, problems: readonly Problem[]): void {
  const [first] = problems;
  if (first === undefined) return;
  const location = {
    file: `${directory.path}/${first.file ?? ""}`,
    ...(first.line === undefined ? {} : { line: first.line }),
    ...(first.column === undefined ? {} : { column: first.column }),
  };
  const rest = problems.slice(1).map((problem) => `\n  ${problemText(problem)}`);
  throw new CountersignError("E_POLICY", `${first.message}${rest.join("")}`, { location });
}
