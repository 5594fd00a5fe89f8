import {
  Cursor,
  MAX_DEPTH,
  type Block,
  type Item,
  type List,
  type Node,
  type Position,
  type Text,
} from "./tree.ts";
import { unquote } from "./unquote.ts";

interface Token {
  readonly type:
    "string" | "number" | "float" | "bool" | "null" | "end of text" | "{" | "}" | "[" | "]" | "," | ":" | ".";
  readonly text: string;
  readonly at: Position;
}

const SPACE = /[ \t\n\r]+/y;
const WORD = /[\p{L}_][\p{L}\p{Nd}_-]*/uy;
const NUMBER = /-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?/y;
const STRING =
  /"(?:[^"\\\n\0]|\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}))*"/y;
const PUNCTUATION = new Set(["{", "}", "[", "]", ",", ":", "."]);

/**
 * Reads the JSON form of HCL 1 as the server does (hashicorp/hcl v1 `json/scanner`, `json/parser`), which is not quite
 * JSON: `\/` is refused, a comma may trail, what follows the last item is never looked at, and booleans and inner
 * brackets in a list are skipped.
 */
export function parseJsonPolicy(name: string, text: string): readonly Item[] {
  return flattened(new JsonParser(name, text).file());
}

class JsonParser {
  readonly #cursor: Cursor;
  /** The token read last. */
  #token: Token = { type: "end of text", text: "", at: { line: 1, column: 1 } };

  constructor(name: string, text: string) {
    this.#cursor = new Cursor(name, text);
  }

  file(): readonly Item[] {
    this.#scan();
    return this.#block(0).items;
  }

  #block(depth: number): Block {
    this.#bound(depth);
    const { at } = this.#token;
    const items: Item[] = [];
    do {
      const item = this.#item(depth);
      if (item === undefined) break;
      items.push(item);
    } while (this.#scan().type === ",");
    return { kind: "block", items, at, end: this.#token.at };
  }

  /** Nothing at a `}` (also after a comma) and where the text ends. */
  #item(depth: number): Item | undefined {
    const keys: Text[] = [];
    let at: Position | undefined;
    for (;;) {
      const token = this.#scan();
      if (token.type === "end of text" || token.type === "}") return undefined;
      at ??= token.at;
      if (token.type === ":" && keys.length > 0) break;
      if (token.type !== "string") this.#cursor.fail(`expected a key, got ${describe(token)}`, token.at);
      keys.push(unquote(token.text.slice(1, -1), "json"));
    }
    const token = this.#scan();
    if (token.type === "end of text") return undefined;
    const value = this.#value(token, depth);
    return value === undefined ? undefined : { keys, value, at };
  }

  /** Nothing at a `}` out of place: the server's parser ends the block there and forgets the item. */
  #value(token: Token, depth: number): Node | undefined {
    switch (token.type) {
      case "}":
        return undefined;
      case "number":
      case "float":
      case "bool":
        return { kind: "literal", type: token.type, text: token.text, at: token.at };
      case "null":
        return { kind: "literal", type: "string", text: "", at: token.at };
      case "string":
        return {
          kind: "literal",
          type: "string",
          text: unquote(token.text.slice(1, -1), "json"),
          at: token.at,
        };
      case "{":
        return this.#block(depth + 1);
      case "[":
        return this.#list(depth + 1);
      default:
        return this.#cursor.fail(`expected a value, got ${describe(token)}`, token.at);
    }
  }

  #list(depth: number): List | undefined {
    this.#bound(depth);
    const { at } = this.#token;
    const items: Node[] = [];
    for (;;) {
      const token = this.#scan();
      if (token.type === "]") return { kind: "list", items, at };
      const skipped = token.type === "," || token.type === "bool" || token.type === "[";
      if (skipped) continue;
      if (token.type === "null") this.#cursor.fail("expected a list item, got null", token.at);
      const item = this.#value(token, depth);
      if (item === undefined) return undefined;
      items.push(item);
    }
  }

  #bound(depth: number): void {
    if (depth >= MAX_DEPTH) this.#cursor.fail(`expected at most ${MAX_DEPTH} levels of nesting, got more`);
  }

  #scan(): Token {
    this.#token = this.#read();
    return this.#token;
  }

  #read(): Token {
    const cursor = this.#cursor;
    cursor.take(SPACE);
    const at = cursor.position();
    if (cursor.current === "" || cursor.current === "\0") return { type: "end of text", text: "", at };
    if (PUNCTUATION.has(cursor.current)) {
      const text = cursor.text.charAt(cursor.index++);
      return { type: text as Token["type"], text, at };
    }
    const word = cursor.take(WORD);
    if (word === "true" || word === "false") return { type: "bool", text: word, at };
    if (word === "null") return { type: "null", text: word, at };
    const number = word === undefined ? cursor.take(NUMBER) : undefined;
    if (number !== undefined) {
      const whole = /^-?[0-9]+$/.test(number);
      if (whole && /^-?0[0-9]/.test(number))
        cursor.fail(`expected a number without a leading 0, got ${number}`, at);
      return { type: whole ? "number" : "float", text: number, at };
    }
    const string = word === undefined ? cursor.take(STRING) : undefined;
    if (string !== undefined) return { type: "string", text: string, at };
    return cursor.fail(
      `expected JSON, got ${word === undefined ? JSON.stringify(cursor.current) : "a word without quotes"}`,
      at,
    );
  }
}

/**
 * JSON cannot say `path "a" { … }`, so `{"path": {"a": {…}}}` is rewritten to it: an object whose members are all
 * objects, and a list of objects, become items with longer keys. Source: `json/parser/flatten.go`.
 */
function flattened(items: readonly Item[]): Item[] {
  return items.flatMap(split).map((item) => ({ ...item, value: within(item.value) }));
}

function split(item: Item): Item[] {
  const { value } = item;
  if (value.kind === "list" && value.items.length > 0 && value.items.every((one) => one.kind === "block")) {
    return value.items.flatMap((one) => split({ ...item, value: one }));
  }
  if (
    value.kind === "block" &&
    value.items.length > 0 &&
    value.items.every((one) => one.value.kind === "block")
  ) {
    return value.items.flatMap((one) => split({ ...one, keys: [...item.keys, ...one.keys] }));
  }
  return [item];
}

function within(node: Node): Node {
  if (node.kind === "block") return { ...node, items: flattened(node.items) };
  return node.kind === "list" ? { ...node, items: node.items.map(within) } : node;
}

/** What a token is. What somebody writes in it is not told: it may be a password. */
function describe(token: Token): string {
  return PUNCTUATION.has(token.type) ? JSON.stringify(token.type) : token.type;
}
