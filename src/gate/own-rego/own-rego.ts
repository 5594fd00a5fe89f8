import { CountersignError, canonicalJson, compareStrings, digestOf, messageOf } from "../../base/index.ts";
import {
  SEVERITIES,
  ownProgram,
  type OwnProgram,
  type OwnRego,
  type OwnRule,
  type Severity,
} from "../../policy/index.ts";
import { Unreadable } from "../text/bounds.ts";
import { SourceText, type Place } from "../text/source-text.ts";
import { MAX_FILES, MAX_FILE_BYTES, isUnreadFile, type Tree, type TreeFile } from "../tree.ts";
import type { GateFinding, JudgingPolicy, Notice, OwnCheck, OwnResult, UnreadPart } from "../verdict.ts";
import { OWN_PARSERS, parserOf, type OwnParsers, type ParserName } from "./documents.ts";
import { chosenNamespaces, resultsOf, type Namespace, type OwnResults } from "./results.ts";

/** How rules of the user's own are asked. */
export interface OwnRegoRequest {
  readonly rego: OwnRego;
  readonly namespaces: readonly string[] | "all";
  /** What `data` is beside the rules. */
  readonly data: Readonly<Record<string, unknown>>;
  /** All inputs at once, as `[{path, contents}]`. */
  readonly combine: boolean;
  /** Warnings count as failures of their severity do. */
  readonly warningsFail: boolean;
  /** Files that were named, not found in a directory: one of a kind without a parser is not read. */
  readonly named: ReadonlySet<string>;
  /** What `data.conftest.file.dir` of files begins with: the directory that paths are relative to. */
  readonly directory: string;
  /** Beside those that are there. */
  readonly parsers?: OwnParsers;
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

/** One input of the rules. */
interface Input {
  readonly path: string;
  /** Absent where all are one. */
  readonly source?: SourceText;
  readonly value: unknown;
  readonly address: string;
  readonly offset: number;
  readonly end: number;
}

/**
 * Holds the files of a tree against rules that somebody wrote for conftest: each document by itself, or all as one. A file that cannot
 * be parsed is told, and hides no other. E_POLICY for namespaces without rules; E_INPUT for data that lies where rules do.
 */
export async function judgeOwnRego(tree: Tree, request: OwnRegoRequest): Promise<OwnJudged> {
  const { rego, combine, data, directory } = request;
  const namespaces = chosenNamespaces(rego, request.namespaces);
  refuseHidden(rego, data);
  const { inputs, sources, unread, notices } = await readInputs(tree, request);
  const asked = combine ? combined(inputs) : inputs;
  const program = ownProgram(rego);
  program.setData(data);
  const checks: OwnCheck[] = [];
  const findings: GateFinding[] = [];
  const ordinals = new Map<string, number>();
  for (const [path, some] of Map.groupBy(asked, (input) => input.path)) {
    if (rego.fileInfo) program.setData(withFile(data, path, directory));
    const bytes = some.map(({ value }) => Buffer.from(JSON.stringify(value)));
    for (const namespace of namespaces) {
      const told = some.map((input, nth) =>
        ask(program, namespace, bytes[nth] ?? Buffer.from("null"), input),
      );
      const results = told.filter((one): one is OwnResults => !("fault" in one));
      checks.push(checkOf(path, namespace.name, results));
      told.forEach((one, nth) => {
        const input = some[nth];
        if (input !== undefined)
          findings.push(...findingsOf({ input, namespace, sources, request, ordinals }, one));
      });
    }
  }
  return {
    findings,
    policies: policiesOf(findings, namespaces),
    unread,
    notices,
    sources,
    document_count: inputs.length,
    checks,
  };
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

interface ReadInputs {
  readonly inputs: readonly Input[];
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly unread: readonly UnreadPart[];
  readonly notices: readonly Notice[];
}

async function readInputs(tree: Tree, { named, parsers }: OwnRegoRequest): Promise<ReadInputs> {
  const known: OwnParsers = { ...OWN_PARSERS, ...parsers };
  const inputs: Input[] = [];
  const sources = new Map<string, SourceText>();
  const unread: UnreadPart[] = [];
  const skipped = new Map<ParserName, number>();
  let count = 0;
  for await (const file of tree.files()) {
    count += 1;
    if (count > MAX_FILES)
      throw new CountersignError("E_INPUT", `expected at most ${MAX_FILES} files, got more`);
    if (isUnreadFile(file)) {
      if (parserOf(file.path) !== undefined)
        unread.push({ path: file.path, reason: file.reason, detail: file.detail });
      continue;
    }
    const kind = parserOf(file.path);
    const parse = kind === undefined ? undefined : known[kind];
    if (parse === undefined) {
      if (named.has(file.path)) unread.push(unsupported(file.path, kind));
      else if (kind !== undefined) skipped.set(kind, (skipped.get(kind) ?? 0) + 1);
      continue;
    }
    const source = await sourceOf(file);
    if (!(source instanceof SourceText)) {
      unread.push(source);
      continue;
    }
    sources.set(source.path, source);
    try {
      const { documents, slips } = await parse(source);
      unread.push(...slips.map((slip) => slipOf(source, slip)));
      documents.forEach(({ value, offset }, nth) => {
        const end = documents.find((one) => one.offset > offset)?.offset ?? source.text.length;
        const address =
          documents.length === 1 ? source.path : `${source.path} ${nameOf(value) ?? `document ${nth + 1}`}`;
        inputs.push({ path: source.path, source, value, address, offset, end });
      });
    } catch (thrown) {
      if (!(thrown instanceof Unreadable)) throw thrown;
      unread.push(slipOf(source, thrown));
    }
  }
  return { inputs, sources, unread, notices: skippedNotices(skipped) };
}

function unsupported(path: string, kind: ParserName | undefined): UnreadPart {
  const got = kind === undefined ? "one of no kind that is known" : `one of the kind ${kind}`;
  const kinds = Object.keys(OWN_PARSERS).sort(compareStrings).join(", ");
  return {
    path,
    reason: "unsupported",
    detail: `expected a file that own rules can be asked about (${kinds}), got ${got}`,
  };
}

function skippedNotices(skipped: ReadonlyMap<ParserName, number>): Notice[] {
  if (skipped.size === 0) return [];
  const counts = [...skipped]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([kind, count]) => `${count} ${kind}`);
  const message = `own rules were not asked about files of kinds that are not parsed: ${counts.join(", ")}`;
  return [{ kind: "own_rego_skipped", message }];
}

async function sourceOf(file: TreeFile): Promise<SourceText | UnreadPart> {
  const { path, size } = file;
  if (size > MAX_FILE_BYTES)
    return { path, reason: "limit", detail: `expected at most ${MAX_FILE_BYTES} bytes, got ${size}` };
  try {
    const bytes = await file.read();
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    return new SourceText(path, text.startsWith("\uFEFF") ? text.slice(1) : text);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    return { path, reason: "denied", detail: thrown.message };
  }
}

function slipOf(source: SourceText, slip: Unreadable): UnreadPart {
  const { line, column } = source.place(slip.offset);
  return { path: source.path, line, column, reason: slip.reason, detail: slip.message };
}

/** `Secret/db` of a Kubernetes manifest. */
function nameOf(value: unknown): string | undefined {
  const { kind, metadata } = (typeof value === "object" && value !== null ? value : {}) as Record<
    string,
    unknown
  >;
  const { name } = (typeof metadata === "object" && metadata !== null ? metadata : {}) as Record<
    string,
    unknown
  >;
  return typeof kind === "string" && typeof name === "string" ? `${kind}/${name}`.slice(0, 512) : undefined;
}

/** What conftest calls all files together. */
const COMBINED = "Combined";

function combined(inputs: readonly Input[]): Input[] {
  const sorted = [...inputs].sort((a, b) => compareStrings(a.path, b.path));
  const value = sorted.map(({ path, value: contents }) => ({ path, contents }));
  return value.length === 0 ? [] : [{ path: COMBINED, value, address: COMBINED, offset: 0, end: 0 }];
}

function withFile(data: Readonly<Record<string, unknown>>, path: string, directory: string): object {
  const full = path.startsWith("/") ? path : `${directory}/${path}`;
  const at = full.lastIndexOf("/");
  return { ...data, conftest: { file: { name: full.slice(at + 1), dir: full.slice(0, at) || "/" } } };
}

interface Fault {
  readonly fault: string;
}

function ask(
  program: OwnProgram,
  namespace: Namespace,
  bytes: Uint8Array,
  { address }: Input,
): Fault | OwnResults {
  try {
    return resultsOf(program, namespace, bytes);
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

interface Found {
  readonly input: Input;
  readonly namespace: Namespace;
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly request: OwnRegoRequest;
  /** How often the same was found. */
  readonly ordinals: Map<string, number>;
}

function findingsOf(found: Found, told: Fault | OwnResults): GateFinding[] {
  const { namespace, request } = found;
  if ("fault" in told) {
    const result: OwnResult = { rule: "", msg: told.fault, metadata: {} };
    return [finding(found, result, { outcome: "error", severity: "high", state: "new" })];
  }
  const violation = (state: GateFinding["state"], fallback: Severity) => (result: OwnResult) =>
    finding(found, result, { outcome: "violation", severity: severityOf(result, fallback), state });
  const isWarning = ({ rule }: OwnResult): boolean =>
    namespace.rules.get(rule)?.name.startsWith("warn") === true;
  return [
    ...told.failures.map(violation("new", "high")),
    ...told.warnings.map(violation(request.warningsFail ? "new" : "warning", "low")),
    ...told.excepted.map((result) => violation("excepted", isWarning(result) ? "low" : "high")(result)),
  ];
}

/** What a result says of itself as `severity`; else by the kind of its rule. */
function severityOf({ metadata }: OwnResult, fallback: Severity): Severity {
  const said = typeof metadata["severity"] === "string" ? metadata["severity"].toLowerCase() : "";
  return SEVERITIES.find((severity) => severity === said) ?? fallback;
}

function finding(
  { input, namespace, sources, ordinals }: Found,
  { rule, msg, loc, metadata }: OwnResult,
  judged: Pick<GateFinding, "outcome" | "severity" | "state">,
): GateFinding {
  const policy_id = rule === "" ? namespace.name : `${namespace.name}/${rule}`;
  const definition = namespace.rules.get(rule) ?? [...namespace.rules.values()][0];
  const { place, block } = placeOf(input, { loc, sources, definition });
  const key = canonicalJson([policy_id, place.file, input.address, msg]);
  const nth = (ordinals.get(key) ?? 0) + 1;
  ordinals.set(key, nth);
  const given = Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== "query"));
  return {
    fingerprint: digestOf(["own_rego", policy_id, place.file, input.address, msg, nth]),
    policy_id,
    title: titleOf(policy_id, definition),
    ...judged,
    subject: { kind: "file", address: input.address, name: place.file },
    message: msg,
    ...(Object.keys(given).length === 0 ? {} : { actual: given }),
    remediation: remedyOf(given, definition),
    place,
    ...(block === undefined ? {} : { block }),
    format: "own_rego",
  };
}

function titleOf(policyId: string, definition: OwnRule | undefined): string {
  return definition?.title ?? policyId;
}

/** What the result says to do, as `remediation` or `fix`; else where the rule stands, which says what it wants. */
function remedyOf(given: Readonly<Record<string, unknown>>, definition: OwnRule | undefined): string {
  for (const key of ["remediation", "fix"])
    if (typeof given[key] === "string" && given[key] !== "") return given[key];
  return definition === undefined ? "" : `The rule stands in ${definition.file}:${definition.line}.`;
}

interface PlaceTerms {
  readonly loc: OwnResult["loc"];
  readonly sources: ReadonlyMap<string, SourceText>;
  readonly definition: OwnRule | undefined;
}

/** Where the result says that it is; else the line where its document begins; of all files together, where its rule stands. */
function placeOf(
  { source, offset, end }: Input,
  { loc, sources, definition }: PlaceTerms,
): { place: Place; block?: Place } {
  const line = Number.isSafeInteger(loc?.line) && (loc?.line ?? 0) > 0 ? loc?.line : undefined;
  const said = loc?.file?.replace(/^\.\//, "").slice(0, 4096);
  // `data.conftest.file.name` is the name alone.
  const file = said === undefined || source?.path.endsWith(`/${said}`) === true ? source?.path : said;
  const named = file === undefined ? undefined : sources.get(file);
  if (named !== undefined && (line !== undefined || named !== source))
    return { place: linePlace(named, line ?? 1) };
  if (file !== undefined && file !== source?.path) return { place: bare(file, line ?? 1) };
  if (source === undefined) return { place: bare(definition?.file ?? COMBINED, definition?.line ?? 1) };
  const block = source.place(offset, end);
  return { place: linePlace(source, block.line), block };
}

/** What is written on a line; its last line where it has fewer. */
function linePlace(source: SourceText, line: number): Place {
  const last = source.place(source.text.trimEnd().length).line;
  const row = Math.min(line, last);
  const text = source.line(row);
  const start = source.offsetOf(row - 1, text.length - text.trimStart().length);
  return source.place(start, source.offsetOf(row - 1, Math.max(text.trimEnd().length, 0)));
}

const bare = (file: string, line: number): Place => ({
  file,
  line,
  column: 1,
  end_line: line,
  end_column: 1,
});

/** The rules that have a finding, as outputs tell of policies. */
function policiesOf(findings: readonly GateFinding[], namespaces: readonly Namespace[]): JudgingPolicy[] {
  const rules = new Map(
    namespaces.flatMap(({ name, rules: own }) => [...own].map(([rule, one]) => [`${name}/${rule}`, one])),
  );
  const byId = Map.groupBy(findings, ({ policy_id }) => policy_id);
  return [...byId]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([policy_id, some]) => {
      const definition = rules.get(policy_id);
      const severities = some.map(({ severity }) => SEVERITIES.indexOf(severity));
      return {
        policy_id,
        title: titleOf(policy_id, definition),
        rationale: definition?.description ?? "",
        severity: SEVERITIES[Math.min(...severities)] ?? "high",
        remediation: { any: remedyOf({}, definition) },
        sources: [],
      };
    });
}
