import {
  Cursor,
  MAX_DEPTH,
  malformed,
  type Block,
  type Item,
  type List,
  type Node,
  type Position,
  type Text,
} from "./tree.ts";
import { interpolationEnd, unquote } from "./unquote.ts";

/** A lexical token; `text` is as written, `value` what a string stands for. */
interface Token {
  readonly type:
    | "identifier"
    | "string"
    | "heredoc"
    | "number"
    | "float"
    | "bool"
    | "end of text"
    | "{"
    | "}"
    | "["
    | "]"
    | ","
    | "="
    | "other";
  readonly text: string;
  readonly value: Text;
  readonly at: Position;
}

const SPACE_OR_COMMENT = /(?:[ \t\n\r]+|(?:#|\/\/)[^\n]*|\/\*[^]*?\*\/)+/y;
const IDENTIFIER = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy;
const HEXADECIMAL = /-?0[xX][0-9a-fA-F]+/y;
const NUMBER = /-?(?:[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?)|\.[0-9]+/y;
const BAD_OCTAL = /^-?0[0-9][0-9]*[89]/;
const HEREDOC_ANCHOR = /<<(-?)([\p{L}_\p{Nd}]+)\n/uy;
const ESCAPE = /\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;
const PUNCTUATION = new Set(["{", "}", "[", "]", ",", "="]);

/**
 * Reads HCL 1 as the server's parser does (hashicorp/hcl v1 `hcl/scanner`, `hcl/parser`), its lenience included:
 * commas between items, `[,"a",]`, an unfinished `key =` at the very end, which it drops without a word.
 * `uniqueKeys`: Vault since 1.19 refuses an attribute set twice, OpenBao takes both.
 */
export function parseHcl(
  name: string,
  text: string,
  { uniqueKeys }: { uniqueKeys: boolean },
): readonly Item[] {
  const parser = new HclParser(name, text.replaceAll("\r\n", "\n"), uniqueKeys);
  const forbidden = parser.reserved();
  if (forbidden !== undefined) throw malformed(name, forbidden, "expected text, got U+0000 or U+E123");
  return parser.file();
}

class HclParser {
  readonly #cursor: Cursor;
  readonly #uniqueKeys: boolean;
  #ahead: Token | undefined;

  constructor(name: string, text: string, uniqueKeys: boolean) {
    this.#cursor = new Cursor(name, text);
    this.#uniqueKeys = uniqueKeys;
  }

  /** The place of a character that the server's scanner keeps for itself. */
  reserved(): Position | undefined {
    const index = this.#cursor.text.search(/[\0\uE123]/);
    if (index === -1) return undefined;
    this.#cursor.index = index;
    return this.#cursor.position();
  }

  file(): Item[] {
    return this.#items(0, false);
  }

  #items(depth: number, inBlock: boolean): Item[] {
    const items: Item[] = [];
    const seen = new Set<string>();
    while (!(inBlock && this.#peek().type === "}")) {
      const keys = this.#keys();
      const first = keys[0];
      if (first === undefined) break;
      const assigned = this.#peek().type === "=";
      if (assigned) {
        this.#next();
        if (this.#peek().type === "end of text") break;
      }
      const value = assigned ? this.#value(depth) : this.#block(depth);
      if (assigned && this.#uniqueKeys) {
        if (seen.has(first.text))
          this.#cursor.fail(`expected each argument once, got ${first.text} again`, first.at);
        seen.add(first.text);
      }
      items.push({ keys: keys.map((key) => key.value), value, at: first.at });
      if (this.#peek().type === ",") this.#next();
    }
    return items;
  }

  /** The keys of an item, up to its `=` or `{`; none at the end of the text. */
  #keys(): Token[] {
    const keys: Token[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.type === "identifier" || token.type === "string") {
        keys.push(this.#next());
        continue;
      }
      const done =
        (token.type === "=" && keys.length === 1) ||
        (token.type === "{" && keys.length > 0) ||
        (token.type === "end of text" && keys.length === 0);
      if (done) return keys;
      // What stands before may be a value that lost its quotes: it is not told.
      const expected = keys.length === 0 ? "a key" : '"{" or "=" after a key';
      this.#cursor.fail(`expected ${expected}, got ${describe(token)}`, token.at);
    }
  }

  #value(depth: number): Node {
    const token = this.#peek();
    switch (token.type) {
      case "number":
      case "float":
      case "bool":
        this.#next();
        return { kind: "literal", type: token.type, text: token.text, at: token.at };
      case "string":
      case "heredoc":
        this.#next();
        return { kind: "literal", type: "string", text: token.value, at: token.at };
      case "{":
        return this.#block(depth);
      case "[":
        return this.#list(depth);
      default:
        return this.#cursor.fail(`expected a value, got ${describe(token)}`, token.at);
    }
  }

  #block(depth: number): Block {
    const open = this.#open(depth);
    const items = this.#items(depth + 1, true);
    const close = this.#next();
    if (close.type !== "}") this.#cursor.fail(`expected "}", got ${describe(close)}`, close.at);
    return { kind: "block", items, at: open.at, end: close.at };
  }

  #list(depth: number): List {
    const open = this.#open(depth);
    const items: Node[] = [];
    let needsComma = false;
    for (;;) {
      const token = this.#peek();
      if (token.type === "]" || token.type === ",") {
        this.#next();
        if (token.type === "]") return { kind: "list", items, at: open.at };
        needsComma = false;
        continue;
      }
      if (needsComma) this.#cursor.fail(`expected "," or "]", got ${describe(token)}`, token.at);
      const item = this.#value(depth + 1);
      items.push(item);
      // The server's parser forgets to ask for a comma after an inner list.
      needsComma = item.kind !== "list";
    }
  }

  #open(depth: number): Token {
    const open = this.#next();
    if (depth >= MAX_DEPTH)
      this.#cursor.fail(`expected at most ${MAX_DEPTH} levels of nesting, got more`, open.at);
    return open;
  }

  #peek(): Token {
    return (this.#ahead ??= this.#scan());
  }

  #next(): Token {
    const token = this.#peek();
    this.#ahead = undefined;
    return token;
  }

  #scan(): Token {
    const cursor = this.#cursor;
    cursor.take(SPACE_OR_COMMENT);
    const at = cursor.position();
    const token = (type: Token["type"], text: string, value: Text = text): Token => ({
      type,
      text,
      value,
      at,
    });
    if (cursor.current === "") return token("end of text", "");
    if (PUNCTUATION.has(cursor.current)) {
      const text = cursor.text.charAt(cursor.index++);
      return token(text as Token["type"], text);
    }
    const identifier = cursor.take(IDENTIFIER);
    if (identifier !== undefined) {
      return token(identifier === "true" || identifier === "false" ? "bool" : "identifier", identifier);
    }
    const hexadecimal = cursor.take(HEXADECIMAL);
    if (hexadecimal !== undefined) return token("number", hexadecimal);
    const number = cursor.take(NUMBER);
    if (number !== undefined) {
      const whole = /^-?[0-9]+$/.test(number);
      if (whole && BAD_OCTAL.test(number)) cursor.fail(`expected octal digits, got ${number}`, at);
      if (whole && /[eE]/.test(cursor.current)) cursor.fail("expected digits in an exponent, got none", at);
      return token(whole ? "number" : "float", number);
    }
    if (cursor.current === '"') return this.#string(at);
    if (cursor.current === "<") return this.#heredoc(at);
    return cursor.fail(`expected HCL, got ${JSON.stringify(cursor.current)}`, at);
  }

  #string(at: Position): Token {
    const { text } = this.#cursor;
    const start = this.#cursor.index;
    let index = start + 1;
    while (text[index] !== '"') {
      const character = text[index];
      if (character === undefined || character === "\n")
        this.#cursor.fail('expected a closing ", got none', at);
      index = text.startsWith("${", index) ? this.#interpolation(index, at) : index + this.#width(index, at);
    }
    this.#cursor.index = index + 1;
    const value = unquote(text.slice(start + 1, index), "hcl");
    return { type: "string", text: text.slice(start, index + 1), value, at };
  }

  /** Quotes and newlines count for nothing inside `${…}`; escapes must be well formed all the same. */
  #interpolation(start: number, at: Position): number {
    const end = interpolationEnd(this.#cursor.text, start);
    if (end === undefined) return this.#cursor.fail('expected a "}" that closes "${", got none', at);
    for (let index = start + 2; index < end; index += this.#width(index, at));
    return end;
  }

  /** How many units the character or escape at `index` takes. */
  #width(index: number, at: Position): number {
    if (this.#cursor.text[index] !== "\\") return 1;
    ESCAPE.lastIndex = index;
    const escape = ESCAPE.exec(this.#cursor.text);
    if (escape === null) return this.#cursor.fail("expected a known escape after \\, got another", at);
    return escape[0].length;
  }

  /** `<<EOF` and `<<-EOF`. The line that ends it may be indented in both. */
  #heredoc(at: Position): Token {
    const cursor = this.#cursor;
    const anchor = cursor.take(HEREDOC_ANCHOR);
    if (anchor === undefined)
      return cursor.fail("expected a here-document anchor such as <<EOF, got another", at);
    const indented = anchor.startsWith("<<-");
    const word = anchor.slice(indented ? 3 : 2, -1);
    const start = cursor.index;
    for (let line = start; ;) {
      const newline = cursor.text.indexOf("\n", line);
      if (newline === -1)
        return cursor.fail(`expected a line ${word} that ends the here-document, got none`, at);
      if (endsHeredoc(cursor.text.slice(line, newline), word, indented)) {
        cursor.index = newline + 1;
        const body = cursor.text.slice(start, newline - word.length);
        return { type: "heredoc", text: anchor, value: indented ? unindented(body) : body, at };
      }
      line = newline + 1;
    }
  }
}

/** The server compares byte counts with the `-` included, so that `<<-EOF` never ends on a bare `EOF`. */
function endsHeredoc(line: string, word: string, indented: boolean): boolean {
  const atLeast = Buffer.byteLength(word) + (indented ? 1 : 0);
  return Buffer.byteLength(line) >= atLeast && line.replace(/\r*$/, "").replace(/^[ \t\v\f\r]*/, "") === word;
}

/** Takes the last line's indentation from every line, if all have it. */
function unindented(body: string): string {
  const lines = body.split("\n");
  const prefix = lines.at(-1) ?? "";
  if (!lines.every((line) => line.startsWith(prefix))) return body.replace(/[ \t]+$/, "");
  return [...lines.slice(0, -1).map((line) => line.slice(prefix.length)), ""].join("\n");
}

/** What a token is. What somebody writes in it is not told: it may be a password. */
function describe(token: Token): string {
  return PUNCTUATION.has(token.type) ? JSON.stringify(token.type) : token.type;
}
