import { createHash } from "node:crypto";
import { compareStrings } from "../base/index.ts";

/** A builtin: JSON values in, one out; undefined where it has no answer. Sets come as arrays. */
export type Builtin = (...values: never[]) => unknown;

/**
 * Builtins of OPA that the Wasm runtime lacks and that people's rules use, as OPA documents them. `sprintf` of own rules is this one
 * (`compiler/own.go`): the runtime's prints no lists and objects.
 */
export const OWN_BUILTINS: Readonly<Record<string, Builtin>> = {
  countersign_sprintf: sprintf,
  "crypto.md5": (text: string) => createHash("md5").update(text).digest("hex"),
  "crypto.sha256": (text: string) => createHash("sha256").update(text).digest("hex"),
  "hex.decode": (text: string) => Buffer.from(text, "hex").toString("utf8"),
  "hex.encode": (text: string) => Buffer.from(text).toString("hex"),
  "object.keys": (value: object) => Object.keys(value),
  "regex.replace": (text: string, pattern: string, by: string) =>
    text.replaceAll(
      regex(pattern),
      by.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => (/^\d+$/.test(name) ? `$${name}` : `$<${name}>`)),
    ),
  "regex.split": (pattern: string, text: string) => text.split(regex(pattern)),
  "semver.compare": compareVersions,
  "semver.is_valid": (text: unknown) => typeof text === "string" && VERSION.test(text),
  "strings.any_prefix_match": (texts: string | string[], starts: string | string[]) =>
    [texts].flat().some((text) => [starts].flat().some((start) => text.startsWith(start))),
  "strings.any_suffix_match": (texts: string | string[], ends: string | string[]) =>
    [texts].flat().some((text) => [ends].flat().some((end) => text.endsWith(end))),
  "strings.count": (text: string, part: string) =>
    part === "" ? Array.from(text).length + 1 : text.split(part).length - 1,
  "strings.reverse": (text: string) => Array.from(text).reverse().join(""),
  "units.parse": (text: string) => parseUnits(text, DECIMAL),
  "units.parse_bytes": (text: string) => parseUnits(text.replace(/b$/i, ""), BYTES),
};

/** Go's syntax that JavaScript has otherwise: flags in front, and names of groups. */
function regex(pattern: string): RegExp {
  const [, flags = ""] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  const rest = pattern.slice(flags === "" ? 0 : flags.length + 3).replaceAll("(?P<", "(?<");
  return new RegExp(rest, `gu${flags}`);
}

const VERSION =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** Precedence by Semantic Versioning 2.0.0, 11. */
function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (left === null || right === null) return undefined;
  for (const at of [1, 2, 3]) {
    const order = Math.sign(Number(left[at]) - Number(right[at]));
    if (order !== 0) return order;
  }
  const [before, after] = [left[4], right[4]];
  if (before === after) return 0;
  if (before === undefined || after === undefined) return before === undefined ? 1 : -1;
  const [some, others] = [before.split("."), after.split(".")];
  for (let at = 0; at < Math.min(some.length, others.length); at += 1) {
    const order = comparePart(some[at] ?? "", others[at] ?? "");
    if (order !== 0) return order;
  }
  return Math.sign(some.length - others.length);
}

function comparePart(a: string, b: string): number {
  const [left, right] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (left && right) return Math.sign(Number(a) - Number(b));
  return left === right ? compareStrings(a, b) : left ? -1 : 1;
}

const BINARY = { ki: 2 ** 10, mi: 2 ** 20, gi: 2 ** 30, ti: 2 ** 40, pi: 2 ** 50, ei: 2 ** 60 };
/** Of `units.parse`: `m` is a thousandth there, and `M` a million. */
const DECIMAL = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  K: 1e3,
  M: 1e6,
  g: 1e9,
  G: 1e9,
  t: 1e12,
  T: 1e12,
  p: 1e15,
  P: 1e15,
  e: 1e18,
  E: 1e18,
};
const BYTES = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12, p: 1e15, e: 1e18 };

function parseUnits(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, number = "", unit = ""] = /^"?([-+]?[0-9]*\.?[0-9]+)([A-Za-z]*)"?$/.exec(text) ?? [];
  const binary = (BINARY as Readonly<Record<string, number>>)[unit.toLowerCase()];
  const factor = binary ?? units[units === BYTES ? unit.toLowerCase() : unit];
  return number === "" || factor === undefined ? undefined : Number(number) * factor;
}

/** Go's `fmt.Sprintf` over what OPA gives it: texts, whole numbers and others, and all else as Rego writes it. */
export function sprintf(format: string, values: readonly unknown[]): string {
  let next = 0;
  const text = format.replaceAll(
    /%([-+# 0]*)(\d+)?(?:\.(\d+))?([\s\S])?/g,
    (
      _,
      flags: string,
      width: string | undefined,
      precision: string | undefined,
      verb: string | undefined,
    ) => {
      if (verb === undefined) return "%!(NOVERB)";
      if (verb === "%") return "%";
      if (next >= values.length) return `%!${verb}(MISSING)`;
      const value = values[next];
      next += 1;
      const told = formatted(verb, value, {
        flags,
        ...(precision === undefined ? {} : { precision: Number(precision) }),
      });
      return padded(told, Math.min(Number(width ?? 0), MAX_WIDTH), flags);
    },
  );
  const more = values.slice(next).map((value) => `${typeOf(value)}=${plain(value)}`);
  return more.length === 0 ? text : `${text}%!(EXTRA ${more.join(", ")})`;
}

const MAX_WIDTH = 1000;

interface Form {
  readonly flags: string;
  readonly precision?: number;
}

function formatted(verb: string, value: unknown, { flags, precision }: Form): string {
  const number = typeof value === "number" ? value : undefined;
  const sign = flags.includes("+") && number !== undefined && number >= 0 ? "+" : "";
  if (verb === "v") return sign + plain(value);
  if (number === undefined) {
    const text = plain(value);
    if (verb === "s") return precision === undefined ? text : Array.from(text).slice(0, precision).join("");
    if (verb === "q") return JSON.stringify(text);
    if (verb === "x" || verb === "X") return cased(verb, Buffer.from(text).toString("hex"));
  } else if (Number.isInteger(number)) {
    if (verb === "d") return `${sign}${BigInt(number)}`;
    if (verb === "c") return String.fromCodePoint(number);
    const base = { x: 16, X: 16, o: 8, b: 2 }[verb];
    if (base !== undefined) return sign + cased(verb, number.toString(base));
  } else {
    if (verb === "f" || verb === "F") return sign + number.toFixed(Math.min(precision ?? 6, 100));
    if (verb === "e" || verb === "E")
      return sign + cased(verb, exponent(number.toExponential(Math.min(precision ?? 6, 100))));
    if (verb === "g" || verb === "G")
      return (
        sign +
        (precision === undefined
          ? plain(number)
          : String(Number(number.toPrecision(Math.max(1, Math.min(precision, 100))))))
      );
  }
  return `%!${verb}(${typeOf(value)}=${plain(value)})`;
}

const cased = (verb: string, text: string): string =>
  verb === verb.toUpperCase() ? text.toUpperCase() : text;

function padded(text: string, width: number, flags: string): string {
  if (flags.includes("-")) return text.padEnd(width);
  if (!flags.includes("0")) return text.padStart(width);
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

function typeOf(value: unknown): string {
  if (typeof value !== "number") return "string";
  return Number.isInteger(value) ? "int64" : "float64";
}

/** A text as it is, all else as Rego writes it. */
function plain(value: unknown): string {
  return typeof value === "string" ? value : term(value);
}

function term(value: unknown): string {
  if (typeof value === "number") return numeral(value);
  if (Array.isArray(value)) return `[${value.map(term).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).sort(([a], [b]) => compareStrings(a, b));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}: ${term(inner)}`).join(", ")}}`;
}

/** As Go prints the shortest: with an exponent below 0.0001 and from 10^21 on. */
function numeral(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-4 ? exponent(value.toExponential()) : exponent(String(value));
}

const exponent = (text: string): string => text.replace(/e([-+])(\d)$/, "e$10$2");
