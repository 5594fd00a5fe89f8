import { CountersignError } from "../../base/index.ts";
import { comparator, type Comparator } from "./condition-value.ts";
import { conditionOperator, type ConditionOperator } from "./condition-operator.ts";
import { ANY_MANY, ANY_ONE, Glob, type Token } from "../glob.ts";
import { parsePattern, Pattern, type Piece } from "./pattern.ts";
import { principalEntries, type PrincipalEntry } from "./principal-entry.ts";

/**
 * What a document may and must hold (IAM User Guide, "Grammar of the IAM JSON policy language"): `identity` for policies of
 * identities, boundaries, sessions and SCPs, which name no principal; `resource` for resource policies and RCPs, which do;
 * `endpoint` for endpoint policies, which may.
 */
export type DocumentKind = "identity" | "resource" | "endpoint";

/** A document, parsed and compiled once. */
export interface PolicyDocument {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
  /** Absent in policies that name no principal. */
  readonly principals?: Elements<PrincipalEntry>;
  readonly actions: Elements<Glob>;
  /** Absent: whatever the policy is attached to. */
  readonly resources?: Elements<ResourcePattern>;
  readonly conditions: readonly Condition[];
}

/** An element and its opposite, e.g. `Action` and `NotAction`. */
export interface Elements<T> {
  readonly except: boolean;
  readonly of: readonly T[];
}

export interface ResourcePattern {
  readonly written: string;
  readonly pattern: Pattern;
}

export interface Condition {
  readonly operator: ConditionOperator;
  /** As written. */
  readonly key: string;
  readonly values: readonly string[];
  readonly comparators: readonly Comparator[];
}

/** A document may hold at most this many statements and a list this many values; AWS's own size limits lie below. */
const MAX_STATEMENTS = 2_000;
const MAX_VALUES = 10_000;

/** Longest text of an action, resource or condition value, in UTF-16 code units. */
const MAX_TEXT = 32_768;

/** Parses a document. E_IAM names the place that does not fit, e.g. `Statement.2.Condition.IpAddress`. */
export function parseDocument(value: unknown, kind: DocumentKind): PolicyDocument {
  const document = object(value, []);
  known(document, ["Version", "Id", "Statement"], []);
  const version = document["Version"] ?? "2008-10-17";
  if (version !== "2008-10-17" && version !== "2012-10-17")
    throw misfit(["Version"], `"2008-10-17" or "2012-10-17"`, version);
  if (document["Id"] !== undefined) text(document["Id"], ["Id"]);
  const given = document["Statement"];
  if (given === undefined) throw misfit(["Statement"], "one statement or a list of them", given);
  const single = !Array.isArray(given);
  const statements: readonly unknown[] = single ? [given] : given;
  if (statements.length > MAX_STATEMENTS)
    throw misfit(["Statement"], `at most ${MAX_STATEMENTS} statements`, statements.length);
  const variables = version === "2012-10-17";
  return {
    version,
    statements: statements.map((one, at) =>
      parseStatement(one, { kind, variables, path: single ? ["Statement"] : ["Statement", String(at)] }),
    ),
  };
}

interface Setting {
  readonly kind: DocumentKind;
  readonly variables: boolean;
  readonly path: readonly string[];
}

const STATEMENT_KEYS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];

function parseStatement(value: unknown, setting: Setting): Statement {
  const { kind, path } = setting;
  const statement = object(value, path);
  known(
    statement,
    kind !== "identity" ? [...STATEMENT_KEYS, "Principal", "NotPrincipal"] : STATEMENT_KEYS,
    path,
  );
  const effect = statement["Effect"];
  if (effect !== "Allow" && effect !== "Deny") throw misfit([...path, "Effect"], `"Allow" or "Deny"`, effect);
  const sid = statement["Sid"];
  const principals = kind === "identity" ? undefined : principalsOf(statement, path, kind === "endpoint");
  const resources = oneOf(statement, "Resource", path, kind !== "identity");
  return {
    ...(sid === undefined ? {} : { sid: text(sid, [...path, "Sid"]) }),
    effect,
    ...(principals === undefined ? {} : { principals }),
    actions: actionsOf(statement, path),
    ...(resources === undefined ? {} : { resources: resourcesOf(resources, setting) }),
    conditions: conditionsOf(statement["Condition"], setting),
  };
}

interface Element {
  readonly except: boolean;
  readonly value: unknown;
  readonly path: readonly string[];
}

/** One of an element and its opposite; both are an error, and so is none unless it may be left out. */
function oneOf(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  path: readonly string[],
  mayLack: boolean,
): Element | undefined {
  const plain = statement[name];
  const opposite = statement[`Not${name}`];
  if (plain !== undefined && opposite !== undefined)
    throw misfit(path, `${name} or Not${name}`, "both of them");
  if (plain === undefined && opposite === undefined) {
    if (mayLack) return undefined;
    throw misfit(path, `${name} or Not${name}`, "neither");
  }
  const except = plain === undefined;
  return { except, value: plain ?? opposite, path: [...path, except ? `Not${name}` : name] };
}

function required(
  statement: Readonly<Record<string, unknown>>,
  name: string,
  path: readonly string[],
): Element {
  const element = oneOf(statement, name, path, false);
  if (element === undefined) throw misfit(path, name, "none");
  return element;
}

function principalsOf(
  statement: Readonly<Record<string, unknown>>,
  path: readonly string[],
  mayLack: boolean,
): Elements<PrincipalEntry> | undefined {
  const element = oneOf(statement, "Principal", path, mayLack);
  if (element === undefined) return undefined;
  const entries = principalEntries(element.value, (value, at) => texts(value, [...element.path, at]));
  if ("expected" in entries) throw misfit([...element.path, ...entries.path], entries.expected, entries.got);
  return { except: element.except, of: entries.entries };
}

function actionsOf(statement: Readonly<Record<string, unknown>>, path: readonly string[]): Elements<Glob> {
  const element = required(statement, "Action", path);
  const of = texts(element.value, element.path).map((action) => {
    // AWS takes whatever stands behind the service, also what can never match.
    if (!/^(?:\*+$|[\w*?-]+:)/.test(action)) throw misfit(element.path, `"*" or <service>:<action>`, action);
    return actionGlob(action);
  });
  return { except: element.except, of };
}

/** Names of actions have no case (IAM User Guide, "Action"); wildcards may stand anywhere. */
export function actionGlob(action: string): Glob {
  const pieces = parsePattern(action.toLowerCase(), { variables: false, wildcards: true });
  return new Glob(
    typeof pieces === "string" ? [] : pieces.filter((piece): piece is Token => typeof piece === "number"),
  );
}

function resourcesOf({ except, value, path }: Element, { variables }: Setting): Elements<ResourcePattern> {
  const of = texts(value, path).map((written) => {
    if (!/^(?:\*+$|arn:)/.test(written) || written.length > MAX_TEXT)
      throw misfit(path, `"*" or an ARN`, written);
    const pieces = parsePattern(written, { variables, wildcards: true });
    if (typeof pieces === "string") throw misfit(path, pieces, written);
    return { written, pattern: new Pattern(completed(pieces)) };
  });
  return { except, of };
}

const COLON = 0x3a;

/** An ARN with fewer than six parts stands for all that begin so (IAM User Guide, "Resource"). With wildcards it says itself. */
function completed(pieces: readonly Piece[]): readonly Piece[] {
  const colons = pieces.filter((piece) => piece === COLON).length;
  if (colons === 0 || colons >= 5 || pieces.includes(ANY_MANY) || pieces.includes(ANY_ONE)) return pieces;
  return [...pieces, ...Array.from({ length: 5 - colons }, () => [COLON, ANY_MANY]).flat()];
}

function conditionsOf(value: unknown, { variables, path: above }: Setting): Condition[] {
  if (value === undefined) return [];
  const path = [...above, "Condition"];
  return Object.entries(object(value, path)).flatMap(([name, block]) => {
    const operator = conditionOperator(name);
    if (operator === undefined) throw misfit(path, "a condition operator", name);
    return Object.entries(object(block, [...path, name])).map(([key, given]): Condition => {
      const place = [...path, name, key];
      const values = texts(given, place);
      const comparators = values.map((one) => {
        const compiled = comparator(operator.base, one, variables);
        if (typeof compiled === "string") throw misfit(place, compiled, one);
        return compiled;
      });
      return { operator, key, values, comparators };
    });
  });
}

function object(value: unknown, path: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw misfit(path, "an object", value);
  return value as Readonly<Record<string, unknown>>;
}

function known(
  value: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  path: readonly string[],
): void {
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw misfit([...path, unknown], `one of ${keys.join(", ")}`, unknown);
}

function text(value: unknown, path: readonly string[]): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) throw misfit(path, "a text", value);
  return value;
}

/** One value or a list; numbers and booleans count as their text. */
function texts(value: unknown, path: readonly string[]): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length > MAX_VALUES) throw misfit(path, `at most ${MAX_VALUES} values`, list.length);
  return list.map((one) =>
    text(typeof one === "number" || typeof one === "boolean" ? String(one) : one, path),
  );
}

function misfit(path: readonly string[], expected: string, got: unknown): CountersignError {
  const where = path.length === 0 ? "the policy document" : path.join(".");
  return new CountersignError("E_IAM", `expected ${expected} as ${where}, got ${shown(got)}`, {
    fix: "See the grammar of the IAM JSON policy language in the IAM User Guide.",
  });
}

const MAX_SHOWN = 100;

function shown(got: unknown): string {
  const whole = got === undefined ? "none" : JSON.stringify(got);
  return whole.length <= MAX_SHOWN ? whole : `${whole.slice(0, MAX_SHOWN)}…`;
}
