import { ANY_MANY, ANY_ONE, Glob, hasInnerStar, literal, type Token } from "../glob.ts";

export interface Variable {
  /** Context key, as written. */
  readonly key: string;
  readonly fallback?: string;
}

export type Piece = Token | Variable;

export interface PatternOptions {
  /** `${…}` is a variable; only in version 2012-10-17. */
  readonly variables: boolean;
  /** `*` and `?` are wildcards. */
  readonly wildcards: boolean;
}

/** What a variable is worth: a text, nothing, or not known for the reasons given. */
export type Resolved = { readonly text: string } | "missing" | { readonly unknown: Unknown };

export interface Unknown {
  readonly certainty: "conditional" | "possible";
  /** For people: why the value is not known. */
  readonly why: string;
  /** What is known of it all the same. Absent: it may be anything, and not there. */
  readonly within?: Range;
}

/** What a key may be of which the value is not known: what whoever asks can, and cannot, make it. */
export interface Range {
  /** Whether some value that it may have is what a condition asks for. */
  may(asked: { readonly key: string; readonly written: string; readonly wildcards: boolean }): boolean;
  /** Whether it is there for certain, or never, or as whoever asks has it, or nobody knows. */
  presence(key: string): "always" | "chosen" | "never" | "unclear";
}

const VARIABLE = /^([A-Za-z0-9_.-]+:[^,'{}$]+)(?:, ?'([^']*)')?$/;

/**
 * Reads a text with policy variables and wildcards (IAM User Guide, "Variables and tags"): `${key}`, `${key, 'default'}`,
 * and `${*}`, `${?}`, `${$}` for the characters themselves. Returns what is wrong as a text where it does not parse.
 */
export function parsePattern(
  text: string,
  { variables, wildcards }: PatternOptions,
): readonly Piece[] | string {
  const pieces: Piece[] = [];
  let at = 0;
  while (at < text.length) {
    if (variables && text.startsWith("${", at)) {
      const end = text.indexOf("}", at);
      if (end < 0) return "a variable that ends in }";
      const inside = text.slice(at + 2, end);
      at = end + 1;
      if (inside === "*" || inside === "?" || inside === "$") {
        pieces.push(inside.charCodeAt(0));
        continue;
      }
      const found = VARIABLE.exec(inside);
      if (found?.[1] === undefined) return "a variable of the form ${key} or ${key, 'default'}";
      pieces.push({ key: found[1].trim(), ...(found[2] === undefined ? {} : { fallback: found[2] }) });
      continue;
    }
    const code = text.charCodeAt(at);
    pieces.push(wildcards && code === STAR ? ANY_MANY : wildcards && code === QUESTION ? ANY_ONE : code);
    at += 1;
  }
  return pieces;
}

const STAR = 0x2a;
const QUESTION = 0x3f;

/** A pattern, compiled once where it has no variables. */
export class Pattern {
  readonly #pieces: readonly Piece[];
  readonly #fixed: Filled | undefined;

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
    const tokens = pieces.filter((piece) => typeof piece === "number");
    this.#fixed = tokens.length === pieces.length ? filled(tokens) : undefined;
  }

  /** With the variables filled in. A value stands for itself: its own stars and question marks are no wildcards. */
  fill(resolve: (variable: Variable) => Resolved): Filled | "missing" {
    if (this.#fixed !== undefined) return this.#fixed;
    const tokens: Token[] = [];
    const unknown: Unknown[] = [];
    for (const piece of this.#pieces) {
      if (typeof piece === "number") {
        tokens.push(piece);
        continue;
      }
      const value = resolve(piece);
      if (value === "missing") return "missing";
      if ("unknown" in value) {
        unknown.push(value.unknown);
        tokens.push(ANY_MANY);
      } else tokens.push(...literal(value.text));
    }
    return filled(tokens, unknown);
  }
}

export interface Filled {
  readonly tokens: readonly Token[];
  /** What is not known is taken for anything at all: what does not match then never does. */
  readonly glob: Glob;
  /** A star stands within a segment, so that it matters whether it reaches over colons. */
  readonly innerStar: boolean;
  readonly unknown: readonly Unknown[];
}

function filled(tokens: readonly Token[], unknown: readonly Unknown[] = []): Filled {
  return { tokens, glob: new Glob(tokens), innerStar: hasInnerStar(tokens), unknown };
}
