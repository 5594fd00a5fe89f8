import { CountersignError } from "../base/index.ts";

/** A place in the policy text; lines and columns from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Stands for a string whose escapes have no value. The server finds out, and fails, only where it looks at it. */
export const BAD_ESCAPE: unique symbol = Symbol("bad escape");

export type Text = string | typeof BAD_ESCAPE;

/** A literal value; numbers keep their text, since the server converts them late and by context. */
export interface Literal {
  readonly kind: "literal";
  readonly type: "number" | "float" | "bool" | "string";
  readonly text: Text;
  readonly at: Position;
}

export interface List {
  readonly kind: "list";
  readonly items: readonly Node[];
  readonly at: Position;
}

/** A block or object. HCL 1 allows a key many times, so it is a list of items and not a map. */
export interface Block {
  readonly kind: "block";
  items: readonly Item[];
  readonly at: Position;
  readonly end: Position;
}

export type Node = Literal | List | Block;

/** `key label label = value` or `key label { … }`. */
export interface Item {
  readonly keys: readonly Text[];
  readonly value: Node;
  readonly at: Position;
}

/** Deeper nesting is refused; no real policy has more than five levels. */
export const MAX_DEPTH = 200;

export function malformed(name: string, at: Position, message: string, fix?: string): CountersignError {
  return new CountersignError("E_HCL", `${name}:${at.line}:${at.column}: ${message}`, {
    location: { file: name, line: at.line, column: at.column },
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Items whose first key is `key` (case ignored, as the server does), without that key. */
export function under(items: readonly Item[], key: string): Item[] {
  return items
    .filter(({ keys: [first] }) => typeof first === "string" && first.toLowerCase() === key)
    .map((item) => ({ ...item, keys: item.keys.slice(1) }));
}

/** Follows line and column while a text is read from left to right. */
export class Cursor {
  readonly text: string;
  readonly name: string;
  index = 0;
  #line = 1;
  #column = 1;
  #counted = 0;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /** The character (one UTF-16 unit) at the cursor, or the empty string at the end. */
  get current(): string {
    return this.text.charAt(this.index);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.index);
  }

  /** Takes what a sticky expression matches at the cursor. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.index;
    const match = pattern.exec(this.text);
    if (match === null) return undefined;
    this.index += match[0].length;
    return match[0];
  }

  /** The place of the cursor; asked in reading order, so that the whole text is walked once. */
  position(): Position {
    for (const character of this.text.slice(this.#counted, this.index)) {
      if (character === "\n") {
        this.#line += 1;
        this.#column = 1;
      } else this.#column += 1;
    }
    this.#counted = this.index;
    return { line: this.#line, column: this.#column };
  }

  fail(message: string, at: Position = this.position()): never {
    throw malformed(this.name, at, message);
  }
}
