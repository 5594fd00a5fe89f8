import type { Place, SourceText } from "./source-text.ts";

/** A range of UTF-16 offsets of a file. */
export interface Spot {
  readonly source: SourceText;
  readonly start: number;
  readonly end: number;
}

/**
 * A value as somebody wrote it, of whatever syntax, with where it stands. `unknown` is a value that is not known before the change
 * is applied, or that its reader cannot work out: never taken for absent, nor for any value.
 */
export type Node = Spot & {
  /** YAML's local tag, such as `!Sub`. */
  readonly tag?: string;
} & (
    | { readonly kind: "text"; readonly text: string }
    | { readonly kind: "number"; readonly number: number }
    | { readonly kind: "boolean"; readonly boolean: boolean }
    | { readonly kind: "null" }
    | { readonly kind: "list"; readonly items: readonly Node[] }
    | { readonly kind: "map"; readonly entries: ReadonlyMap<string, Entry> }
    | Unknown
  );

/** One key of a map. */
export interface Entry {
  readonly key: Spot;
  readonly value: Node;
}

export interface Unknown {
  readonly kind: "unknown";
  /** In a person's words, after "since": e.g. `it is known only after apply`. */
  readonly why: string;
  /** Of a list: items that it has, whatever others it has beside. */
  readonly among?: readonly Node[];
  /** Of a text: what it is put together of, some of it not known. */
  readonly pieces?: readonly Node[];
  /** Where it will be just what an attribute of another thing of the input is. */
  readonly from?: Reference;
}

/** An attribute of a thing that the input declares. */
export interface Reference {
  readonly address: string;
  readonly attribute: string;
  /** Whether it is known to be all that is written: a plan alone does not tell `"${x.arn}-y"` from `x.arn`. */
  readonly isWhole: boolean;
}

export type MapNode = Extract<Node, { kind: "map" }>;
export type ListNode = Extract<Node, { kind: "list" }>;

/** The place of a node, or of what else has a range. */
export function placeOf({ source, start, end }: Spot): Place {
  return source.place(start, end);
}

/** What stands under a key; undefined where the key is missing, `null` is written there, or the node is no map. */
export function at(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let found = node;
  for (const key of path) {
    if (found?.kind !== "map") return undefined;
    found = found.entries.get(key)?.value;
  }
  return found?.kind === "null" ? undefined : found;
}

/** The text of a node; undefined where it is none. Numbers and booleans are no texts: their readers ask for them. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "text" ? node.text : undefined;
}

export function booleanOf(node: Node | undefined): boolean | undefined {
  return node?.kind === "boolean" ? node.boolean : undefined;
}

/** The items of a list; none of whatever else. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/** Entries of a map in the order in which they are written; none of whatever else. */
export function entriesOf(node: Node | undefined): readonly (readonly [string, Entry])[] {
  return node?.kind === "map" ? [...node.entries] : [];
}

/** The first value in a tree that is not known; undefined where all of it is. */
export function unknownIn(node: Node | undefined): (Spot & Unknown) | undefined {
  const waiting = node === undefined ? [] : [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "unknown") return next;
    if (next.kind === "list") for (const item of next.items) waiting.push(item);
    if (next.kind === "map") for (const { value } of next.entries.values()) waiting.push(value);
  }
  return undefined;
}

/** The plain JSON value of a tree in which nothing is unknown; undefined else. */
export function plainValue(node: Node): unknown {
  return unknownIn(node) === undefined ? plain(node) : undefined;
}

function plain(node: Node): unknown {
  switch (node.kind) {
    case "text":
      return node.text;
    case "number":
      return node.number;
    case "boolean":
      return node.boolean;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
    default:
      return null;
  }
}
