import { CountersignError, counted, messageOf } from "../../base/index.ts";
import { OwnAsker, type OwnAnswer, type OwnAsked, type OwnRego } from "../../policy/index.ts";
import type { SourceText } from "../text/source-text.ts";
import type { Tree } from "../tree.ts";
import type { GateFinding, JudgingPolicy, Notice, OwnCheck, UnreadPart } from "../verdict.ts";
import { findingsOf, policiesOf } from "./findings.ts";
import { combined, readInputs, type Input, type InputTerms, type ReadInputs } from "./inputs.ts";
import { chosenNamespaces, resultsOf, type Fault, type Namespace, type OwnResults } from "./results.ts";

/** How rules of the user's own are asked. */
export interface OwnRegoRequest extends InputTerms {
  readonly rego: OwnRego;
  readonly namespaces: readonly string[] | "all";
  /** What `data` is beside the rules. */
  readonly data: Readonly<Record<string, unknown>>;
  /** All inputs at once, as `[{path, contents}]`. */
  readonly combine: boolean;
  /** Warnings count as failures of their severity do. */
  readonly warningsFail: boolean;
  /** What `data.conftest.file.dir` of files begins with: the directory that paths are relative to. */
  readonly directory: string;
  /** The most that an input may take; a minute unless told otherwise. */
  readonly seconds?: number;
  readonly signal?: AbortSignal;
}

export interface OwnJudged {
  readonly findings: readonly GateFinding[];
  readonly policies: readonly JudgingPolicy[];
  readonly unread: readonly UnreadPart[];
  readonly notices: readonly Notice[];
  /** Files that were parsed, by path. */
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly document_count: number;
  /** In conftest's words, by file and namespace. */
  readonly checks: readonly OwnCheck[];
}

/** Files whose answers are waited for at a time: the bound of what waits in memory. */
const FILES_ASKED = 64;

/**
 * Holds the files of a tree against rules that somebody wrote for conftest: each document by itself, or all as one. A file that cannot
 * be parsed is told, and hides no other. E_POLICY for namespaces without rules; E_INPUT for data that lies where rules do; E_INTERRUPTED.
 */
export async function judgeOwnRego(tree: Tree, request: OwnRegoRequest): Promise<OwnJudged> {
  const { rego, combine, data, seconds, signal, warningsFail } = request;
  const namespaces = chosenNamespaces(rego, request.namespaces);
  refuseHidden(rego, data);
  const { inputs, sources, unread, ...leftOut } = await readInputs(tree, request);
  const checks: OwnCheck[] = [];
  const findings: GateFinding[] = [];
  const ordinals = new Map<string, number>();
  for await (const { path, namespace, told } of answers(combine ? combined(inputs) : inputs, {
    namespaces,
    request,
    asker: new OwnAsker(rego, {
      data,
      ...(seconds === undefined ? {} : { seconds }),
      ...(signal === undefined ? {} : { signal }),
    }),
  })) {
    const results = told.flatMap(({ said }) => ("fault" in said ? [] : [said]));
    checks.push(checkOf(path, namespace.name, results));
    for (const { input, said } of told)
      findings.push(...findingsOf({ input, namespace, sources, warningsFail, ordinals }, said));
  }
  return {
    findings,
    policies: policiesOf(findings, namespaces),
    unread,
    notices: leftOutNotices(leftOut),
    sources,
    document_count: inputs.length,
    checks,
  };
}

function leftOutNotices({
  ignoredCount,
  housekeepingCount,
}: Pick<ReadInputs, "housekeepingCount" | "ignoredCount">): Notice[] {
  const told = (count: number, which: string): Notice[] =>
    count === 0
      ? []
      : [
          {
            kind: "own_rego_skipped",
            message: `own rules were not asked about ${counted(count, "file")} ${which}`,
          },
        ];
  return [
    ...told(ignoredCount, "that --ignore leaves out"),
    ...told(housekeepingCount, "of the repository's own (CODEOWNERS, .gitignore and the like)"),
  ];
}

interface Told {
  readonly path: string;
  readonly namespace: Namespace;
  readonly told: readonly { readonly input: Input; readonly said: Fault | OwnResults }[];
}

interface AskTerms {
  readonly namespaces: readonly Namespace[];
  readonly request: OwnRegoRequest;
  readonly asker: OwnAsker;
}

/** What the rules say of each file, in order. The thread that is asked goes on while what it said is told. */
async function* answers(
  inputs: readonly Input[],
  { namespaces, request, asker }: AskTerms,
): AsyncGenerator<Told> {
  const waiting: Promise<Told>[] = [];
  try {
    for (const [path, some] of Map.groupBy(inputs, (input) => input.path)) {
      const bytes = some.map(({ value }) => Buffer.from(JSON.stringify(value)));
      const file = request.rego.fileInfo ? { file: fileInfo(path, request.directory) } : {};
      for (const namespace of namespaces) {
        const asked: OwnAsked = { entrypoint: namespace.entrypoint, inputs: bytes, ...file };
        const told = asker.ask(asked).then((said): Told => {
          return {
            path,
            namespace,
            told: some.map((input, nth) => ({ input, said: judged(said[nth], namespace, input) })),
          };
        });
        told.catch(() => undefined); // who waits for it hears of it
        waiting.push(told);
      }
      while (waiting.length > FILES_ASKED) yield await (waiting.shift() as Promise<Told>);
    }
    for (const told of waiting) yield await told;
  } finally {
    await asker.close();
  }
}

/** Data that lies where a rule does would hide the rule, or the rule it. */
function refuseHidden({ rules }: OwnRego, data: Readonly<Record<string, unknown>>): void {
  for (const rule of rules) {
    let found: unknown = data;
    for (const part of [...rule.package.split("."), rule.name])
      found =
        typeof found === "object" && found !== null ? (found as Record<string, unknown>)[part] : undefined;
    if (found === undefined) continue;
    throw new CountersignError(
      "E_INPUT",
      `expected data that is called otherwise than rules, got data.${rule.package}.${rule.name}`,
      { location: { file: rule.file, line: rule.line }, fix: "Rename it in the file that --data names." },
    );
  }
}

function fileInfo(path: string, directory: string): { name: string; dir: string } {
  const full = path.startsWith("/") ? path : `${directory}/${path}`;
  const at = full.lastIndexOf("/");
  return { name: full.slice(at + 1), dir: full.slice(0, at) || "/" };
}

function judged(
  said: OwnAnswer = { fault: "expected an answer, got none" },
  namespace: Namespace,
  { address }: Input,
): Fault | OwnResults {
  if ("fault" in said) return { fault: `${said.fault}: rules of ${namespace.name}, asked about ${address}` };
  try {
    return resultsOf(said.answer, namespace);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    const { location, message } = thrown;
    const where = location === undefined ? "" : ` (${location.file}:${location.line ?? 1})`;
    return { fault: `${messageOf(message)}${where}, asked about ${address}` };
  }
}

function checkOf(filename: string, namespace: string, results: readonly OwnResults[]): OwnCheck {
  return {
    filename,
    namespace,
    successes: results.reduce((total, { successes }) => total + successes, 0),
    warnings: results.flatMap(({ warnings }) => warnings),
    failures: results.flatMap(({ failures }) => failures),
    exceptions: results.flatMap(({ exceptions }) => exceptions),
  };
}
