import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { CountersignError } from "../../base/index.ts";
import { Type, compileSchema, type Static } from "../../facts/index.ts";

/** Sources and schemas of a policy directory, by path relative to it, with `/`. */
export interface CompilerRequest {
  readonly command: "version" | "check" | "build" | "test" | "format" | "own";
  readonly files: Readonly<Record<string, string>>;
  readonly schemas: Readonly<Record<string, unknown>>;
  /** For `build`. */
  readonly entrypoints?: readonly string[];
  /** For `own`; v1 unless said. */
  readonly rego_version?: RegoVersion;
  /** For `own`: builtins of OPA that the caller has beside the runtime's, and `countersign_sprintf`. */
  readonly builtins?: readonly string[];
}

export const REGO_VERSIONS = ["v0", "v1"] as const;

export type RegoVersion = (typeof REGO_VERSIONS)[number];

/** One error at one place of one source. */
const Problem = Type.Object({
  code: Type.String(),
  message: Type.String(),
  file: Type.Optional(Type.String()),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer()),
});

export type Problem = Static<typeof Problem>;

/** What the compiler saw of one policy. */
const Inspected = Type.Object({
  file: Type.String(),
  line: Type.Integer(),
  package: Type.String(),
  annotations: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  /** Rule name to `boolean`, `set` or `other`. */
  rules: Type.Record(Type.String(), Type.String()),
  /** Names read as `data.params.<policy_id>.<name>`; missing where the compiler cannot say. */
  params: Type.Optional(Type.Array(Type.String())),
});

export type Inspected = Static<typeof Inspected>;

const RegoTest = Type.Object({
  file: Type.Optional(Type.String()),
  line: Type.Optional(Type.Integer()),
  package: Type.String(),
  name: Type.String(),
  result: Type.Union(["pass", "fail", "skip", "error"].map((result) => Type.Literal(result))),
  message: Type.Optional(Type.String()),
  output: Type.Optional(Type.String()),
});

/** One test written in Rego. */
export type RegoTest = Static<typeof RegoTest>;

const Coverage = Type.Object({
  percent: Type.Number(),
  files: Type.Record(
    Type.String(),
    Type.Object({
      percent: Type.Number(),
      /** First and last line of each stretch that no test reached. */
      not_covered: Type.Array(Type.Array(Type.Integer())),
    }),
  ),
});

export type Coverage = Static<typeof Coverage>;

const OwnRule = Type.Object({
  /** Without `data.`, as people write it. */
  package: Type.String(),
  name: Type.String(),
  file: Type.String(),
  line: Type.Integer(),
  /** Answers for all rules of the package at once. */
  entrypoint: Type.String(),
  title: Type.Optional(Type.String()),
  description: Type.Optional(Type.String()),
});

/** One definition of a rule that decides, or that exempts; a name that is defined several times is there as often. */
export type OwnRule = Static<typeof OwnRule>;

const OwnRules = Type.Object({
  packages: Type.Array(Type.String()),
  rules: Type.Array(OwnRule),
  /** Whether any of them reads `data.conftest`. */
  file_info: Type.Boolean(),
});

const CompilerAnswer = Type.Object({
  /** Version of Open Policy Agent. */
  version: Type.String(),
  errors: Type.Array(Problem),
  /** Base64 of `policy.wasm`. */
  wasm: Type.Optional(Type.String()),
  policies: Type.Optional(Type.Array(Inspected)),
  own: Type.Optional(OwnRules),
  tests: Type.Optional(Type.Array(RegoTest)),
  coverage: Type.Optional(Coverage),
  /** The canonical text of every file that is not in it. */
  formatted: Type.Optional(Type.Record(Type.String(), Type.String())),
});

export type CompilerAnswer = Static<typeof CompilerAnswer>;

/** Open Policy Agent's compiler, from wherever it is to be had. */
export interface Compiler {
  /** `packaged`, `built` or `opa`. */
  readonly origin: string;
  /** Checks that this compiler cannot make; a caller must show them. */
  readonly unchecked: readonly string[];
  /** Errors in the policies are in the answer. E_COMPILER when the compiler itself fails. */
  run(request: CompilerRequest): Promise<CompilerAnswer>;
}

const answerSchema = compileSchema(CompilerAnswer);

export function parseAnswer(text: string, stderr: string): CompilerAnswer {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CountersignError("E_COMPILER", `expected the compiler to answer in JSON, got: ${stderr}`, {
      cause,
    });
  }
  if (answerSchema.fits(value)) return value;
  throw new CountersignError("E_COMPILER", `expected the compiler's answer, got ${answerSchema.complaint()}`);
}

/** The runtime's own list has them, and the runtime does not: they would fail each time that a policy is asked. */
const NOT_THERE: readonly string[] = ["rand.intn", "time.diff"];

/** What the Wasm runtime supports, plus Rego v1: anything else fails when it is compiled, not when it is needed. */
export async function capabilities(): Promise<unknown> {
  const path = createRequire(import.meta.url).resolve("@open-policy-agent/opa-wasm");
  const text = await readFile(new URL("../capabilities.json", `file://${path}`), "utf8");
  const listed = JSON.parse(text) as { features?: string[]; builtins?: { name: string }[] };
  const builtins = listed.builtins?.filter(({ name }) => !NOT_THERE.includes(name));
  const features = [...new Set([...(listed.features ?? []), "rego_v1"])].sort();
  return { ...listed, builtins, features, allow_net: [] }; // no schema is fetched from anywhere either
}
