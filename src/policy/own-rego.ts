import { CountersignError } from "../base/index.ts";
import { problemText } from "./authoring.ts";
import {
  findCompiler,
  type Compiler,
  type OwnRule,
  type Problem,
  type RegoVersion,
} from "./compiler/index.ts";
import { OWN_BUILTINS } from "./own-builtins.ts";

/** Rules that somebody wrote for conftest, compiled. */
export interface OwnRego {
  readonly wasm: Uint8Array;
  /** Packages of the files that are no tests, without `data.`. */
  readonly packages: readonly string[];
  /** Each definition of `deny…`, `violation…`, `warn…` and `exception`, by file and line. */
  readonly rules: readonly OwnRule[];
  /** Whether any of them reads `data.conftest`, which is another for each file. */
  readonly fileInfo: boolean;
}

export interface OwnRegoTerms {
  readonly version?: RegoVersion;
  /** Found on this machine unless given. */
  readonly compiler?: Compiler;
}

const BUILTINS = Object.keys(OWN_BUILTINS);

/** Builtins of OPA that reach beyond the evaluation, so that the same input would not give the same answer. */
const OUTWARD =
  /^(?:http\.|net\.lookup|opa\.runtime|time\.now|rand\.|uuid\.|parse_config|parse_combined_config)/;

/**
 * Compiles Rego as conftest's users write it, by path as people are told it. Rules in files named `…_test.rego` decide nothing, and are
 * refused. E_POLICY at the first problem with all of them in the message, and where there is no rule at all; E_COMPILER.
 */
export async function compileOwnRego(
  files: Readonly<Record<string, string>>,
  { version = "v1", compiler }: OwnRegoTerms = {},
): Promise<OwnRego> {
  const found = compiler ?? (await findCompiler());
  const { errors, own, wasm } = await found.run({
    command: "own",
    files,
    schemas: {},
    rego_version: version,
    builtins: BUILTINS,
  });
  refuse(errors.map(lacking), version);
  const rules = own?.rules ?? [];
  const deciding = rules.filter(({ name }) => name !== "exception");
  if (own === undefined || deciding.length === 0 || wasm === undefined) {
    const packages = own?.packages.join(", ") ?? "";
    throw new CountersignError(
      "E_POLICY",
      `expected rules named deny, violation or warn, with _name or without, got none in ${packages === "" ? "no package" : `the packages ${packages}`}`,
      { fix: "Name the directory of the rules with --policy." },
    );
  }
  return { wasm: Buffer.from(wasm, "base64"), packages: own.packages, rules, fileInfo: own.file_info };
}

/** What a problem says that a builtin is not there, said so that its author knows why. */
function lacking(problem: Problem): Problem {
  const name = /undefined function ([\w.]+)/.exec(problem.message)?.[1];
  if (name === undefined || (!name.includes(".") && !OUTWARD.test(name))) return problem;
  const why = OUTWARD.test(name)
    ? "it reaches beyond the input and the data, so that the same change would not always be judged alike"
    : "the runtime of compiled policies does not have it, or no rule of that name is there";
  return { ...problem, message: `expected functions that compiled rules can call, got ${name}: ${why}` };
}

function refuse(problems: readonly Problem[], version: RegoVersion): void {
  const [first] = problems;
  if (first === undefined) return;
  const rest = problems.slice(1).map((problem) => `\n  ${problemText(problem)}`);
  const old =
    version === "v1" && problems.some(({ message }) => /`(?:if|contains)` keyword is required/.test(message));
  throw new CountersignError("E_POLICY", `${first.message}${rest.join("")}`, {
    ...(first.file === undefined
      ? {}
      : {
          location: {
            file: first.file,
            ...(first.line === undefined ? {} : { line: first.line }),
            ...(first.column === undefined ? {} : { column: first.column }),
          },
        }),
    ...(old ? { fix: "Rules of before Rego v1 are taken with --rego-version v0." } : {}),
  });
}
