import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { CountersignError, compareStrings } from "../../base/index.ts";
import { Type, compileSchema } from "../../facts/index.ts";
import { unpackArchive } from "../archive.ts";
import { isLibrary } from "../directory.ts";
import { MAX_COMPILER_SECONDS, compilerFailure } from "./limits.ts";
import { runProgram, type ProgramResult } from "./program.ts";
import { capabilities } from "./protocol.ts";
import type { Compiler, CompilerAnswer, CompilerRequest, Inspected, Problem, RegoTest } from "./protocol.ts";

const Place = Type.Object({ file: Type.String(), row: Type.Integer(), col: Type.Integer() });

/** The parts of `opa`'s JSON that are read here. */
const CliErrors = compileSchema(
  Type.Object({
    errors: Type.Array(
      Type.Object({
        message: Type.String(),
        code: Type.Optional(Type.String()),
        location: Type.Optional(Place),
      }),
    ),
  }),
);

const Term = Type.Object({ type: Type.String(), value: Type.Unknown() });

const CliModule = compileSchema(
  Type.Object({
    package: Type.Object({ path: Type.Array(Term) }),
    annotations: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()))),
    rules: Type.Optional(
      Type.Array(
        Type.Object({
          head: Type.Object({
            name: Type.Optional(Type.String()),
            key: Type.Optional(Term),
            value: Type.Optional(Term),
            args: Type.Optional(Type.Array(Term)),
          }),
        }),
      ),
    ),
  }),
);

const CliTests = compileSchema(
  Type.Array(
    Type.Object({
      location: Type.Optional(Place),
      package: Type.String(),
      name: Type.String(),
      fail: Type.Optional(Type.Boolean()),
      skip: Type.Optional(Type.Boolean()),
      error: Type.Optional(Type.Unknown()),
    }),
  ),
);

const Span = Type.Object({
  start: Type.Object({ row: Type.Integer() }),
  end: Type.Object({ row: Type.Integer() }),
});

const CliCoverage = compileSchema(
  Type.Object({
    files: Type.Record(
      Type.String(),
      Type.Object({ coverage: Type.Optional(Type.Number()), not_covered: Type.Optional(Type.Array(Span)) }),
    ),
    coverage: Type.Optional(Type.Number()),
  }),
);

const CliCapabilities = compileSchema(
  Type.Object({
    builtins: Type.Array(
      Type.Object({ name: Type.String(), nondeterministic: Type.Optional(Type.Boolean()) }),
    ),
  }),
);

/** Of one test, as in the compiler of this project. */
const TEST_TIMEOUT = "10s";

const TIMEOUT_MS = MAX_COMPILER_SECONDS * 1000;

const NO_TESTS = ["--ignore", "*_test.rego"];

/** The stock `opa` on the PATH, or undefined. It lacks this project's own checks and says so. */
export async function findOpa(file = "opa"): Promise<Compiler | undefined> {
  const ended = await runProgram({ file, args: ["version"], timeoutMs: TIMEOUT_MS });
  if (ended?.exitCode !== 0) return undefined;
  const version = /^Version: (\S+)/m.exec(ended.stdout)?.[1] ?? "unknown";
  return {
    origin: "opa",
    unchecked: [
      "that applicable reads only fields which the schema requires",
      "that data is read only as declared parameters, and neither input nor data by a library",
    ],
    run: (request) =>
      inWorkspace(request, (workspace) => new OpaRun(request, { file, version, workspace }).answer()),
  };
}

/** Lays the sources out as `opa` wants them: schemas beside the policies, not among them. */
async function inWorkspace<T>(request: CompilerRequest, use: (workspace: string) => Promise<T>): Promise<T> {
  const workspace = await mkdtemp(join(tmpdir(), "countersign-opa-"));
  try {
    const write = async (path: string, text: string): Promise<void> => {
      await mkdir(dirname(join(workspace, path)), { recursive: true });
      await writeFile(join(workspace, path), text);
    };
    await mkdir(join(workspace, "policies"));
    for (const [path, text] of Object.entries(request.files)) await write(`policies/${path}`, text);
    for (const [name, schema] of Object.entries(request.schemas)) {
      await write(`schemas/${name}.json`, JSON.stringify(schema));
    }
    await write("capabilities.json", JSON.stringify(await capabilities()));
    return await use(workspace);
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/** The program, its version, and the directory with the sources. */
interface Where {
  readonly file: string;
  readonly version: string;
  readonly workspace: string;
}

class OpaRun {
  private readonly request: CompilerRequest;
  private readonly where: Where;

  constructor(request: CompilerRequest, where: Where) {
    this.request = request;
    this.where = where;
  }

  /** E_POLICY where the policies take too long. */
  async answer(): Promise<CompilerAnswer> {
    return { version: this.where.version, errors: [], ...(await this.dispatch()) };
  }

  private dispatch(): Promise<Partial<CompilerAnswer>> {
    const { command, files, entrypoints = [] } = this.request;
    switch (command) {
      case "check":
        return this.check(Object.keys(files).sort());
      case "build":
        return this.build(entrypoints);
      case "test":
        return this.test();
      case "format":
        return this.format(files);
      case "own":
        throw new CountersignError(
          "E_COMPILER",
          "expected this project's compiler for rules of your own, got `opa`",
          {
            fix: "Use the published package, which has the compiler, or install Go.",
          },
        );
      case "version":
        return Promise.resolve({});
    }
  }

  private async check(paths: readonly string[]): Promise<Partial<CompilerAnswer>> {
    const strict = ["check", "--strict", "--schema", "../schemas", "--format", "json"];
    const errors = [
      ...(await this.errors([...strict, ...NO_TESTS, "--capabilities", "../capabilities.json", "."])),
      ...(await this.errors([...strict, ...(await this.forTests()), "."])),
    ];
    if (errors.length > 0) return { errors: distinct(errors) };
    const policies: Inspected[] = [];
    for (const path of paths.filter((path) => !path.endsWith("_test.rego") && !isLibrary(path)))
      policies.push(await this.inspect(path));
    return { policies };
  }

  private async inspect(path: string): Promise<Inspected> {
    const module = parsed(CliModule, await this.opa(["parse", "--format", "json", path]));
    const rules: Record<string, string> = {};
    for (const { head } of module.rules ?? []) {
      const { name = "", key, value, args } = head;
      const kind =
        args !== undefined ? "other" : key !== undefined && value === undefined ? "set" : undefined;
      const found = kind ?? (value?.type === "boolean" ? "boolean" : "other");
      rules[name] = (rules[name] ?? found) === found ? found : "other";
    }
    const annotations = module.annotations?.find(({ scope }) => scope === "package");
    return {
      file: path,
      line: 1,
      package: module.package.path
        .slice(1)
        .map(({ value }) => String(value))
        .join("."),
      ...(annotations === undefined ? {} : { annotations }),
      rules,
    };
  }

  private async build(entrypoints: readonly string[]): Promise<Partial<CompilerAnswer>> {
    const output = join(this.where.workspace, "bundle.tar.gz");
    const named = entrypoints.flatMap((entrypoint) => ["-e", entrypoint]);
    const limits = ["--capabilities", "../capabilities.json", ...NO_TESTS];
    const ended = await this.opa([
      "build",
      "-t",
      "wasm",
      "--prune-unused",
      ...named,
      ...limits,
      "-o",
      output,
      ".",
    ]);
    if (ended.exitCode !== 0) return { errors: [{ code: "error", message: ended.stderr.trim() }] };
    const wasm = unpackArchive(await readFile(output)).get("policy.wasm");
    return wasm === undefined ? {} : { wasm: wasm.toString("base64") };
  }

  /** Tests may use what `opa` has, without whatever reaches beyond the evaluation: network, clock, environment, randomness. */
  private async forTests(): Promise<string[]> {
    const current = parsed(CliCapabilities, await this.opa(["capabilities", "--current"]));
    const builtins = current.builtins.filter(({ nondeterministic }) => nondeterministic !== true);
    const file = join(this.where.workspace, "test-capabilities.json");
    await writeFile(file, JSON.stringify({ ...current, builtins, allow_net: [] }));
    return ["--capabilities", file];
  }

  private async test(): Promise<Partial<CompilerAnswer>> {
    const terms = ["test", "--format", "json", "--timeout", TEST_TIMEOUT, ...(await this.forTests())];
    const ended = await this.opa([...terms, "."]);
    if (ended.stdout.trim() === "") return { errors: problems(ended) };
    const tests: RegoTest[] = parsed(CliTests, ended).map((test) => ({
      ...(test.location === undefined ? {} : { file: test.location.file, line: test.location.row }),
      package: test.package,
      name: test.name,
      result:
        test.error !== undefined
          ? "error"
          : test.fail === true
            ? "fail"
            : test.skip === true
              ? "skip"
              : "pass",
    }));
    tests.sort((a, b) => compareStrings(`${a.package}\0${a.name}`, `${b.package}\0${b.name}`));
    const report = parsed(CliCoverage, await this.opa([...terms, "--coverage", "."]));
    const files = Object.entries(report.files)
      .filter(([path]) => !path.endsWith("_test.rego"))
      .map(([path, { coverage = 0, not_covered = [] }]) => {
        const spans = not_covered.map(({ start, end }) => [start.row, end.row]);
        return [path, { percent: coverage, not_covered: spans }] as const;
      });
    return { tests, coverage: { percent: report.coverage ?? 0, files: Object.fromEntries(files) } };
  }

  private async format(files: Readonly<Record<string, string>>): Promise<Partial<CompilerAnswer>> {
    const formatted: Record<string, string> = {};
    const errors: Problem[] = [];
    for (const [path, text] of Object.entries(files)) {
      const ended = await this.opa(["fmt", path]);
      if (ended.exitCode !== 0)
        errors.push({ code: "rego_parse_error", message: ended.stderr.trim(), file: path });
      else if (ended.stdout !== text) formatted[path] = ended.stdout;
    }
    return { formatted, errors };
  }

  private async errors(args: readonly string[]): Promise<Problem[]> {
    const ended = await this.opa(args);
    return ended.exitCode === 0 ? [] : problems(ended);
  }

  private async opa(args: readonly string[]): Promise<ProgramResult> {
    const { file, workspace } = this.where;
    const cwd = join(workspace, "policies");
    const ended = await runProgram({ file, args, cwd, timeoutMs: TIMEOUT_MS });
    if (ended !== undefined && ended.exitCode === undefined)
      throw compilerFailure(this.request.command, ended);
    if (ended !== undefined) return ended;
    throw new CountersignError("E_COMPILER", `expected ${file} to be there still, got no such program`);
  }
}

function problems({ stdout, stderr }: ProgramResult): Problem[] {
  const text = stderr.trim() === "" ? stdout : stderr;
  const value = json(text);
  if (!CliErrors.fits(value)) return [{ code: "error", message: text.trim() }];
  return value.errors.map(({ message, code = "error", location }) => ({
    code,
    message,
    ...(location === undefined ? {} : { file: location.file, line: location.row, column: location.col }),
  }));
}

/** Both checks find the errors of a policy; each is said once. */
function distinct(errors: readonly Problem[]): Problem[] {
  return [...new Map(errors.map((error) => [JSON.stringify(error), error])).values()];
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function parsed<T>(
  schema: { fits: (value: unknown) => value is T; complaint: () => string },
  ended: ProgramResult,
): T {
  const value = json(ended.stdout);
  if (schema.fits(value)) return value;
  throw new CountersignError(
    "E_COMPILER",
    `expected opa's JSON, got ${ended.stderr.trim() || schema.complaint()}`,
  );
}
