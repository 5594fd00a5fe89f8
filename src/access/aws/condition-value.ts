import { addressOf, networkOf, withinNetwork } from "../../base/index.ts";
import { arnSegments } from "./arn.ts";
import type { Base } from "./condition-operator.ts";
import type { RequestContext } from "./context.ts";
import { all, any, standing, unclear, type Formula } from "./formula.ts";
import {
  Pattern,
  parsePattern,
  type Filled,
  type Piece,
  type PatternOptions,
  type Unknown,
} from "./pattern.ts";

/** `incomparable`: one of the two is not of the kind that the operator compares, or a variable has no value. */
export type Compared = Formula | "incomparable";

/** Compares one value of the request with one value of the policy. */
export type Comparator = (value: string, context: RequestContext) => Compared;

/**
 * Compiles a policy's value for an operator; a text says what was expected where it does not parse. Variables stand only
 * with string, ARN and Bool operators, and only in version 2012-10-17.
 */
export function comparator(base: Base, text: string, variables: boolean): Comparator | string {
  switch (base) {
    case "StringEquals":
    case "StringLike":
      return textual(text, { variables, wildcards: base === "StringLike" }, AS_IS);
    case "StringEqualsIgnoreCase":
      return textual(text, { variables, wildcards: false }, IGNORING_CASE);
    case "ArnLike":
      return arnLike(text, variables);
    case "Bool":
      return variables && text.includes("${")
        ? textual(text, { variables, wildcards: false }, IGNORING_CASE)
        : truth(text, (value) => value.toLowerCase() === text.toLowerCase());
    case "Null":
      // Asks only for the key, which `condition.ts` looks at.
      return truth(text, () => false);
    case "BinaryEquals":
      return BASE64.test(text)
        ? (value) => (BASE64.test(value) ? bytes(value) === bytes(text) : "incomparable")
        : "base64";
    case "IpAddress":
      return ipAddress(text);
    default:
      return base.startsWith("Numeric")
        ? ordered(base.slice("Numeric".length), text, numberOf, "a number")
        : ordered(base.slice("Date".length), text, instantOf, "an ISO 8601 date or seconds since 1970");
  }
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

function bytes(base64: string): string {
  return Buffer.from(base64, "base64").toString("hex");
}

function truth(text: string, compare: Comparator): Comparator | string {
  return /^(?:true|false)$/i.test(text) ? compare : "true or false";
}

type Fold = (text: string) => string;

const AS_IS: Fold = (text) => text;
const IGNORING_CASE: Fold = (text) => text.toLowerCase();

function textual(text: string, options: PatternOptions, fold: Fold): Comparator | string {
  // Names of context keys have no case, so a variable may be folded with the rest.
  const pieces = parsePattern(fold(text), options);
  if (typeof pieces === "string") return pieces;
  const pattern = new Pattern(pieces);
  return (value, context) => {
    const filled = pattern.fill((variable) => {
      const found = context.resolve(variable);
      return typeof found === "object" && "text" in found ? { text: fold(found.text) } : found;
    });
    return filled === "missing" ? "incomparable" : matched(filled, fold(value), text);
  };
}

/** What is known of the pattern decides alone where it can. */
export function matched(filled: Filled, value: string, written: string): Formula {
  if (!filled.glob.matches(value)) return false;
  return all(
    filled.unknown.map((unknown) =>
      openMatch(unknown, `${JSON.stringify(value)} matches ${JSON.stringify(written)}`),
    ),
  );
}

export function openMatch({ certainty, why }: Unknown, text: string): Formula {
  return certainty === "conditional" ? standing(text) : unclear(`${text}: ${why}`, why, false);
}

/** Each of the six parts by itself; the last holds whatever colons are left (IAM User Guide, "ARN condition operators"). */
function arnLike(text: string, variables: boolean): Comparator | string {
  const pieces = parsePattern(text, { variables, wildcards: true });
  if (typeof pieces === "string") return pieces;
  const parts = splitAtColons(pieces, 6).map((part) => new Pattern(part));
  return (value, context) => {
    const segments = arnSegments(value);
    if (segments !== undefined && /^\*+$/.test(text)) return bareArn(text);
    if (parts.length < 6 || segments === undefined) return "incomparable";
    const compared: Formula[] = [];
    for (const [at, part] of parts.entries()) {
      const filled = part.fill(context.resolve);
      if (filled === "missing") return "incomparable";
      compared.push(matched(filled, segments[at] ?? "", text));
    }
    return all(compared);
  };
}

/** AWS asks for all six parts and does not say that a star alone is refused: what turns on it is never dropped. */
export function bareArn(text: string): Formula {
  return standing(`${text} alone counts as a pattern of ARNs`);
}

const COLON = 0x3a;

function splitAtColons(pieces: readonly Piece[], limit: number): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece === COLON && parts.length < limit) parts.push([]);
    else parts.at(-1)?.push(piece);
  }
  return parts;
}

function ipAddress(text: string): Comparator | string {
  const network = networkOf(text);
  if (network === undefined) return "an IPv4 or IPv6 address or CIDR";
  return (value) => {
    const address = addressOf(value);
    return address === undefined ? "incomparable" : withinNetwork(address, network);
  };
}

const ORDER: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Equals: (a, b) => a === b,
  LessThan: (a, b) => a < b,
  LessThanEquals: (a, b) => a <= b,
  GreaterThan: (a, b) => a > b,
  GreaterThanEquals: (a, b) => a >= b,
};

function ordered(
  word: string,
  text: string,
  read: (text: string) => number | undefined,
  expected: string,
): Comparator | string {
  const wanted = read(text);
  const compare = ORDER[word];
  if (wanted === undefined || compare === undefined) return expected;
  return (value) => {
    const got = read(value);
    return got === undefined ? "incomparable" : compare(got, wanted);
  };
}

function numberOf(text: string): number | undefined {
  return /^[+-]?\d{1,30}(?:\.\d{1,30})?$/.test(text) ? Number(text) : undefined;
}

const DATE = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/;

/** Milliseconds since 1970, of the W3C's ISO 8601 forms or of epoch seconds. Four digits are a year. */
function instantOf(text: string): number | undefined {
  if (DATE.test(text)) {
    const milliseconds = Date.parse(text);
    return Number.isNaN(milliseconds) ? undefined : milliseconds;
  }
  return /^-?\d{1,15}$/.test(text) ? Number(text) * 1000 : undefined;
}

/** Any of the policy's values; what cannot be compared does not match, and is told. */
export function anyOf(
  comparators: readonly Comparator[],
  value: string,
  context: RequestContext,
): { readonly matches: Formula; readonly incomparable: boolean } {
  const compared = comparators.map((compare) => compare(value, context));
  return {
    matches: any(compared.map((one) => (one === "incomparable" ? false : one))),
    incomparable: compared.includes("incomparable"),
  };
}
