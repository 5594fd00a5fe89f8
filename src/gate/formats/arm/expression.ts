/** An expression of a template, without places: it stands where its text does. */
export type Expression =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "number"; readonly number: number }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
  | {
      readonly kind: "member";
      readonly of: Expression;
      readonly key: Expression;
      /** `.?`: what is not there is null. */
      readonly safe: boolean;
    };

/** Why a text is no expression, in a few words behind "got". */
export interface Slip {
  readonly slip: string;
}

/** Longest expression that Azure takes. Source: Azure Resource Manager, "Template limits". */
const MAX_EXPRESSION = 24_576;

/** Deepest nesting of calls; what people write has ten. */
const MAX_CALLS = 100;

/** What a text says by itself: an expression within brackets, or itself, where `[[` stands for `[`. */
export function written(text: string): { readonly expression: string } | { readonly literal: string } {
  if (!text.startsWith("[") || !text.endsWith("]")) return { literal: text };
  return text.startsWith("[[") ? { literal: text.slice(1) } : { expression: text.slice(1, -1) };
}

/** Reads an expression without its brackets. Source: Azure Resource Manager, "Syntax and expressions in templates". */
export function parseExpression(text: string): Expression | Slip {
  if (text.length > MAX_EXPRESSION) return { slip: `more than ${MAX_EXPRESSION} characters` };
  const cursor = new Cursor(text);
  try {
    const made = expression(cursor, 0);
    cursor.end();
    return made;
  } catch (thrown) {
    if (!(thrown instanceof Misread)) throw thrown;
    return { slip: thrown.message };
  }
}

export function isSlip(read: Expression | Slip): read is Slip {
  return "slip" in read;
}

class Misread extends Error {}

const TOKEN = /\s*(?:'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)|([A-Za-z_][\w]*)|(\.\?|\[\?|[()[\],.]))/y;

type Token =
  | { readonly kind: "text" | "name" | "mark"; readonly text: string }
  | { readonly kind: "number"; readonly number: number };

class Cursor {
  readonly #text: string;
  #at = 0;
  #next: Token | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#next = this.#read();
  }

  get next(): Token | undefined {
    return this.#next;
  }

  take(): Token {
    const taken = this.#next;
    if (taken === undefined) throw new Misread("no value at its end");
    this.#next = this.#read();
    return taken;
  }

  /** Whether one of some marks comes next; it is taken then. */
  takes(...marks: readonly string[]): string | undefined {
    const next = this.#next;
    if (next?.kind !== "mark" || !marks.includes(next.text)) return undefined;
    this.take();
    return next.text;
  }

  expect(mark: string): void {
    if (this.takes(mark) === undefined) throw new Misread(`no ${mark} where one belongs`);
  }

  end(): void {
    if (this.#next !== undefined) throw new Misread("more behind its end");
  }

  #read(): Token | undefined {
    TOKEN.lastIndex = this.#at;
    const found = TOKEN.exec(this.#text);
    if (found === null) {
      if (this.#text.slice(this.#at).trim() === "") return undefined;
      throw new Misread("a character that has no place in one");
    }
    this.#at = TOKEN.lastIndex;
    const [, text, number, name, mark] = found;
    if (text !== undefined) return { kind: "text", text: text.replaceAll("''", "'") };
    if (number !== undefined) return { kind: "number", number: Number(number) };
    return name === undefined ? { kind: "mark", text: mark ?? "" } : { kind: "name", text: name };
  }
}

function expression(cursor: Cursor, depth: number): Expression {
  if (depth > MAX_CALLS) throw new Misread(`more than ${MAX_CALLS} calls within each other`);
  let made = primary(cursor, depth);
  for (;;) {
    const mark = cursor.takes(".", ".?", "[", "[?");
    if (mark === undefined) return made;
    const key = mark.startsWith(".") ? memberName(cursor) : expression(cursor, depth + 1);
    if (mark.startsWith("[")) cursor.expect("]");
    made = { kind: "member", of: made, key, safe: mark.endsWith("?") };
  }
}

function memberName(cursor: Cursor): Expression {
  const name = cursor.take();
  if (name.kind !== "name") throw new Misread("no name behind a dot");
  return { kind: "text", text: name.text };
}

function primary(cursor: Cursor, depth: number): Expression {
  const token = cursor.take();
  if (token.kind === "text") return { kind: "text", text: token.text };
  if (token.kind === "number") return token;
  if (token.kind === "mark") throw new Misread(`${token.text} where a value belongs`);
  const { text: first } = token;
  // A function of the template's own stands in a namespace.
  const isOwn = cursor.next?.kind === "mark" && cursor.takes(".") !== undefined;
  const rest = isOwn ? cursor.take() : undefined;
  if (rest !== undefined && rest.kind !== "name") throw new Misread("no name behind a dot");
  const name = rest === undefined ? first : `${first}.${rest.text}`;
  cursor.expect("(");
  const args: Expression[] = [];
  while (cursor.takes(")") === undefined) {
    if (args.length > 0 && cursor.takes(",") === undefined) throw new Misread("no , or ) behind an argument");
    args.push(expression(cursor, depth + 1));
  }
  return { kind: "call", name, args };
}
