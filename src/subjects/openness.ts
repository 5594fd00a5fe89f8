import type { FactOf } from "../facts/index.ts";
import { bindingsOpenness } from "./openness-of-bindings.ts";

/**
 * Whether a policy document lets anyone in: `open` by a statement for everyone without a condition that keeps anyone out, `possible` where a
 * statement for everyone has conditions that may or may not bound it, or the text is none that is known here.
 */
export type Openness = "closed" | "open" | "possible";

/** Keys that say who the caller is or on whose behalf; one that must be equal to something keeps strangers out. */
const BOUNDING_KEYS: ReadonlySet<string> = new Set(
  [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "kms:CallerAccount",
  ].map((key) => key.toLowerCase()),
);

/** Operators that a request without the key, or with another value, does not meet. */
export const BOUNDING_OPERATORS: ReadonlySet<string> = new Set([
  "arnequals",
  "arnlike",
  "stringequals",
  "stringequalsignorecase",
  "stringlike",
]);

/** Keys that say how a request is sent or what it carries, whoever sends it. */
const HOW_KEYS = /^(?:aws:SecureTransport|s3:TlsVersion|s3:x-amz-.*)$/i;

/** The same of a resource's own policies, of which some have several: without text it was looked for, and there is none. Undefined: not looked at. */
export function opennessOf(policies: readonly FactOf<"resource_policy">[]): Openness | undefined {
  if (policies.length === 0) return undefined;
  return openness(policies.flatMap(({ text }) => text ?? []));
}

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a policy in the JSON language of AWS's IAM, or bindings of Google's, and looks at principals and conditions alone: which actions a statement gives,
 * and what another denies, is the business of effective access. `texts` hold together. `all`: only statements for every action on
 * everything count.
 */
export function openness(
  texts: readonly string[],
  { all = false }: { readonly all?: boolean } = {},
): Openness {
  const bound = texts.map(bindingsOpenness);
  if (bound.some((one) => one !== undefined)) return weakest(bound.map((one) => one ?? "possible"));
  const read = texts.map(statementsOf);
  const statements = read.flatMap((one) => one ?? []);
  if (read.includes(undefined)) return "possible";
  const allowing = statements.filter((one) => one["Effect"] === "Allow");
  const counted = all ? allowing.filter(givesAll) : allowing;
  const found = counted.map(ofStatement);
  const narrowed = statements.some((one) => one["Effect"] === "Deny" && deniesSomebody(one));
  if (found.includes("open")) return narrowed ? "possible" : "open";
  return found.includes("possible") ? "possible" : "closed";
}

/** Of several that add to each other. */
function weakest(all: readonly Openness[]): Openness {
  if (all.includes("open")) return "open";
  return all.includes("possible") ? "possible" : "closed";
}

/** Statements of a policy; undefined of a text of another form. */
export function statementsOf(text: string): readonly Fields[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isFields(parsed) || parsed["Statement"] === undefined) return undefined;
    const statements = listOf(parsed["Statement"]);
    return statements.every(isStatement) ? statements : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    throw thrown;
  }
}

/** Other spellings than these are no policy of which anything could be said here. */
function isStatement(value: unknown): value is Fields {
  return isFields(value) && (value["Effect"] === "Allow" || value["Effect"] === "Deny");
}

function ofStatement(statement: Fields): Openness {
  if (statement["NotPrincipal"] !== undefined) return "possible";
  const principal = statement["Principal"];
  const named = isFields(principal) ? listOf(principal["AWS"]) : listOf(principal);
  if (!named.includes("*")) return "closed";
  const condition = statement["Condition"];
  if (condition === undefined || (isFields(condition) && !restricts(condition))) return "open";
  return isFields(condition) && bounds(condition) ? "closed" : "possible";
}

/** Keys that each call of somebody with credentials carries, or that whoever calls may have it carry. */
const BROUGHT_BY_ANYONE: ReadonlySet<string> = new Set(
  [
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalType",
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:UserAgent",
    "aws:userid",
    "kms:CallerAccount",
  ].map((key) => key.toLowerCase()),
);

/** `StringLike` and its like by a star alone ask for a key, whatever is in it: of a key that anyone brings, they ask nothing. */
function restricts(condition: Fields): boolean {
  return Object.entries(condition).some(([operator, keys]) => {
    if (!isFields(keys)) return true;
    const base = operator.toLowerCase().replace(/^for(?:any|all)values?:/, "");
    const optional = base.endsWith("ifexists");
    if (!/^(?:stringlike|arnlike|arnequals)(?:ifexists)?$/.test(base)) return Object.keys(keys).length > 0;
    return Object.entries(keys).some(
      ([key, values]) =>
        !listOf(values).some((value) => typeof value === "string" && /^\*+$/.test(value)) ||
        (!optional && !BROUGHT_BY_ANYONE.has(key.toLowerCase())),
    );
  });
}

function bounds(condition: Fields): boolean {
  return Object.entries(condition).some(
    ([operator, keys]) =>
      BOUNDING_OPERATORS.has(operator.toLowerCase()) &&
      isFields(keys) &&
      Object.entries(keys).some(
        ([key, values]) => BOUNDING_KEYS.has(key.toLowerCase()) && listOf(values).every(isBound),
      ),
  );
}

/**
 * A value with a wildcard may take in everyone, but for the ARN of something in a named account, and so may one with a variable: what it stands for
 * may be the caller's own, to which that is equal whoever calls.
 */
function isBound(value: unknown): boolean {
  if (typeof value !== "string" || value === "" || value.includes("${")) return false;
  return !/[*?]/.test(value) || /^arn:[^:*?]+:[^:*?]+:[^:*?]*:\d{12}:/.test(value);
}

/** Conditions on how something is sent let everyone through who sends it so. */
export function deniesSomebody({ Condition: condition }: Fields): boolean {
  if (!isFields(condition)) return true;
  const keys = Object.values(condition).flatMap((one) => (isFields(one) ? Object.keys(one) : [""]));
  return !keys.every((key) => HOW_KEYS.test(key));
}

function givesAll(statement: Fields): boolean {
  const actions = listOf(statement["Action"]);
  const resources = listOf(statement["Resource"]);
  const wide = actions.some((action) => typeof action === "string" && /^(?:[\w-]+:)?\*$/.test(action));
  return (
    statement["NotAction"] !== undefined || (wide && (resources.includes("*") || resources.length === 0))
  );
}

export function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly unknown[]) : [value];
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
