import { CountersignError, canonicalJson, sortedBy } from "../../base/index.ts";
import type { OwnRego, OwnRule } from "../../policy/index.ts";
import type { OwnResult } from "../verdict.ts";

/** What the rules of a namespace say of one input, as conftest tells it apart. */
export interface OwnResults {
  readonly failures: readonly OwnResult[];
  readonly warnings: readonly OwnResult[];
  /** Results that an exception took back. */
  readonly excepted: readonly OwnResult[];
  /** The exceptions that hold, by the rule that they exempt from. */
  readonly exceptions: readonly OwnResult[];
  /** As conftest counts: definitions of rules without a result. */
  readonly successes: number;
}

/** Why the rules of a namespace say nothing of an input. */
export interface Fault {
  readonly fault: string;
}

/** The rules of a package that decide, and how they are asked. */
export interface Namespace {
  readonly name: string;
  readonly entrypoint: string;
  /** Names to their first definition. */
  readonly rules: ReadonlyMap<string, OwnRule>;
  readonly definitionCount: number;
}

/** Most results that one input may give, and most characters of one message. */
const MAX_RESULTS = 10_000;
const MAX_MESSAGE = 8192;

const isException = ({ name }: OwnRule): boolean => name === "exception";

/**
 * The namespaces that are meant: by name, by a pattern (`*`, `?`, `[…]`, where a dot is a character as any other), or all. E_POLICY for a
 * name or a pattern that no rule is in: a run that asks nothing must not pass.
 */
export function chosenNamespaces({ rules, packages }: OwnRego, said: readonly string[] | "all"): Namespace[] {
  const byName = Map.groupBy(rules, (rule) => rule.package);
  const deciding = [...byName].filter(([, some]) => !some.every(isException)).map(([name]) => name);
  const wanted = new Set<string>();
  for (const pattern of said === "all" ? ["*"] : said) {
    const matched = deciding.filter((name) => matches(pattern, name));
    if (matched.length === 0) {
      const there = sortedBy(deciding, (name) => name).join(", ");
      const what = packages.includes(pattern) ? "no such rule" : "no such package";
      throw new CountersignError(
        "E_POLICY",
        `expected deny, violation or warn rules in the namespace ${pattern}, got ${what}: nothing would be judged`,
        { fix: `Rules are in ${there}: name one with --namespace, or take --all-namespaces.` },
      );
    }
    for (const name of matched) wanted.add(name);
  }
  return sortedBy(wanted, (name) => name).map((name) => {
    const own = byName.get(name) ?? [];
    const named = own.filter((rule) => !isException(rule));
    const first = new Map(named.toReversed().map((rule) => [rule.name, rule]));
    const ordered = new Map(sortedBy(first, ([rule]) => rule));
    return { name, entrypoint: own[0]?.entrypoint ?? "", rules: ordered, definitionCount: named.length };
  });
}

function matches(pattern: string, name: string): boolean {
  if (!/[*?[]/.test(pattern)) return pattern === name;
  const source = pattern.replaceAll(/\[\^?[^\]]+\]|[\s\S]/g, (part) => {
    if (part === "*") return "[^/]*";
    if (part === "?") return "[^/]";
    return part.length > 1 ? part : part.replace(/[$()*+.?[\\\]^{|}]/, String.raw`\$&`);
  });
  try {
    return new RegExp(`^${source}$`).test(name);
  } catch {
    return false;
  }
}

/** What the rules of a namespace say, told apart. E_POLICY where one gives what is no result. */
export function resultsOf(answer: Readonly<Record<string, unknown>>, namespace: Namespace): OwnResults {
  const failures: OwnResult[] = [];
  const warnings: OwnResult[] = [];
  const excepted: OwnResult[] = [];
  const exceptions: OwnResult[] = [];
  let successes = 0;
  for (const [name, rule] of namespace.rules) {
    const exempt = exemptions(answer["exception"], name);
    const query = `data.${namespace.name}.exception[_][_] == ${JSON.stringify(exempted(name))}`;
    for (let nth = 0; nth < exempt; nth += 1) exceptions.push({ rule: name, msg: query, metadata: {} });
    const { results, passes } = resultsOfRule(answer[name], rule, namespace.name);
    if (exempt > 0) excepted.push(...results);
    else {
      successes += passes;
      (name.startsWith("warn") ? warnings : failures).push(...results);
    }
  }
  const count = failures.length + warnings.length + exceptions.length + successes;
  return {
    failures,
    warnings,
    excepted,
    exceptions,
    successes: successes + Math.max(0, namespace.definitionCount - count),
  };
}

/** What an exception names: the rule without what it begins with. */
function exempted(rule: string): string {
  return rule.replace(/^(?:deny|violation|warn)(?:_|$)/, "");
}

/** How often `exception[_][_]` is what exempts a rule. */
function exemptions(exception: unknown, rule: string): number {
  const wanted = exempted(rule);
  return inner(exception).reduce<number>(
    (count, list) => count + inner(list).filter((one) => one === wanted).length,
    0,
  );
}

function inner(value: unknown): unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}

function resultsOfRule(
  said: unknown,
  rule: OwnRule,
  namespace: string,
): { results: OwnResult[]; passes: number } {
  if (said === undefined || said === false || said === null) return { results: [], passes: 0 };
  const wrong = (got: string): CountersignError =>
    new CountersignError(
      "E_POLICY",
      `expected ${namespace}.${rule.name} to be a set of results, got ${got}`,
      {
        location: { file: rule.file, line: rule.line },
        fix: `Write it as \`${rule.name} contains msg if { … }\`.`,
      },
    );
  // conftest takes whatever else for a pass.
  if (!Array.isArray(said)) throw wrong(typeof said === "object" ? "an object" : `a ${typeof said}`);
  if (said.length === 0) return { results: [], passes: 1 };
  if (said.length > MAX_RESULTS) throw wrong(`${said.length} of them, which is more than ${MAX_RESULTS}`);
  const results = said.map((one: unknown): OwnResult => {
    if (typeof one === "string") return result(rule.name, namespace, one, {});
    if (typeof one !== "object" || one === null || Array.isArray(one))
      throw wrong(`one that is neither a text nor an object with msg`);
    const { msg, _loc: loc, ...metadata } = one as Record<string, unknown>;
    if (typeof msg !== "string") throw wrong("an object whose msg is no text");
    return { ...result(rule.name, namespace, msg, metadata), ...location(loc) };
  });
  // An empty text is none: so it is in conftest.
  const told = results.filter(({ msg }) => msg !== "");
  return { results: sortedBy(told, canonicalJson), passes: results.length - told.length };
}

function result(
  rule: string,
  namespace: string,
  msg: string,
  metadata: Readonly<Record<string, unknown>>,
): OwnResult {
  const text = msg.length > MAX_MESSAGE ? `${msg.slice(0, MAX_MESSAGE)}…` : msg;
  return { rule, msg: text, metadata: { ...metadata, query: `data.${namespace}.${rule}` } };
}

function location(said: unknown): Pick<OwnResult, "loc"> {
  if (typeof said !== "object" || said === null) return {};
  const { file, line } = said as { file?: unknown; line?: unknown };
  const loc = {
    ...(typeof file === "string" && file !== "" ? { file } : {}),
    ...(typeof line === "number" ? { line } : {}),
  };
  return Object.keys(loc).length === 0 ? {} : { loc };
}
