import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import { SourceText } from "../../text/source-text.ts";
import {
  unknownIn,
  type Entry,
  type ListNode,
  type Node,
  type Reference,
  type Spot,
} from "../../text/node.ts";

/** A value of the source while it is worked out. */
export type Value = Node & Marks;

interface Marks {
  /**
   * A text that stands for one that is not known, such as an ARN with an account of no number: it may be put together with others and be
   * compared by the policies, but nothing of the source is decided by what it says.
   */
  readonly symbolic?: true;
  /** Of a list: whether it is a set, in which each item is its own key. */
  readonly isSet?: true;
  /** Of a key that is not known, and stands for each of several: what decides which these are. */
  readonly each?: string;
  /** Of what is not known: it never will be, as when a map has no such key. */
  readonly failed?: true;
}

/** What a name reaches that is no value by itself: a resource, all instances of one, a module. */
export interface Thing {
  readonly isThing: true;
  attribute(name: string, spot: Spot): Reached;
  index(key: Value, spot: Spot): Reached;
  /** Its instances by their keys, or why these are not known; undefined where it is one. */
  entries(): readonly (readonly [Value, Reached])[] | Value | undefined;
  /** Where its instances are not known, the one that stands for all, and what decides which there are. */
  readonly representing?: { readonly item: Reached; readonly deciding: string };
  /** What it is as a value: mostly not known. */
  value(spot: Spot): Value;
}

export type Reached = Thing | Value;

export function isThing(reached: Reached): reached is Thing {
  return "isThing" in reached;
}

/** Most values of one value: what doubles a list twenty times is no configuration. */
const MAX_SIZE = 100_000;

/** Longest text that is put together. */
export const MAX_TEXT = 4 * 1024 * 1024;

/** Deepest nesting of one value: what wraps a value again and again is no configuration either. */
const MAX_NESTING = 200;

interface Extent {
  readonly size: number;
  readonly depth: number;
}

const extents = new WeakMap<object, Extent>();

const ONE: Extent = { size: 1, depth: 1 };

function bounded(node: Value, inner: Iterable<Node>): Value {
  let size = 1;
  let depth = 1;
  for (const one of inner) {
    const own = extents.get(one) ?? ONE;
    size += own.size;
    depth = Math.max(depth, own.depth + 1);
  }
  if (size > MAX_SIZE) return unknown(node, "it is too large");
  if (depth > MAX_NESTING) return unknown(node, "it goes too deep");
  extents.set(node, { size, depth });
  return node;
}

/** Keeps what is known of a value's extent for one that has the same values within. */
function asLarge(made: Value, value: Value): Value {
  const extent = extents.get(value);
  if (extent !== undefined) extents.set(made, extent);
  return made;
}

export function spotOf({ source, start, end }: Spot): Spot {
  return { source, start, end };
}

export function unknown(spot: Spot, why: string, from?: Reference): Value {
  return { ...spotOf(spot), kind: "unknown", why, ...(from === undefined ? {} : { from }) };
}

/** What Terraform would refuse. */
export function failure(spot: Spot, why: string): Value {
  return { ...spotOf(spot), kind: "unknown", why, failed: true };
}

export function text(spot: Spot, written: string, isSymbolic = false): Value {
  if (written.length > MAX_TEXT) return unknown(spot, "it is too long");
  return { ...spotOf(spot), kind: "text", text: written, ...(isSymbolic ? { symbolic: true as const } : {}) };
}

export function number(spot: Spot, written: number): Value {
  return Number.isFinite(written)
    ? { ...spotOf(spot), kind: "number", number: written }
    : failure(spot, "it is no number");
}

export function boolean(spot: Spot, written: boolean): Value {
  return { ...spotOf(spot), kind: "boolean", boolean: written };
}

export function nothing(spot: Spot): Value {
  return { ...spotOf(spot), kind: "null" };
}

export function list(spot: Spot, items: readonly Node[]): Value {
  return bounded({ ...spotOf(spot), kind: "list" as const, items }, items);
}

/** A list in which each item is its own key. */
export function set(spot: Spot, items: readonly Node[]): Value {
  const made = list(spot, items);
  if (made.kind !== "list") return made;
  return asLarge({ ...made, isSet: true }, made);
}

/** Entries of a map in the order in which they are gone through. */
export function sorted(entries: ReadonlyMap<string, Entry>): [string, Entry][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
}

export function map(spot: Spot, entries: Iterable<readonly [string, Entry]>): Value {
  const made = new Map(entries);
  const values = [...made.values()].map(({ value }) => value);
  return bounded({ ...spotOf(spot), kind: "map" as const, entries: made }, values);
}

/** The same value as whoever refers to it has it: it stands where that one does. */
export function placed(value: Value, spot: Spot): Value {
  const { source, start, end } = spot;
  if (value.source === source && value.start === start && value.end === end) return value;
  return asLarge({ ...value, source, start, end }, value);
}

/** As `unknownIn`, of texts that stand for others as well. */
export function unsettledIn(node: Node): string | undefined {
  const found = unknownIn(node);
  if (found !== undefined) return found.why;
  return symbolicIn(node) ? "it rests on what is known only after apply" : undefined;
}

export function isSymbolic(node: Node): boolean {
  return "symbolic" in node && node.symbolic === true;
}

export function symbolicIn(node: Node): boolean {
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isSymbolic(next)) return true;
    if (next.kind === "list") for (const item of next.items) waiting.push(item);
    if (next.kind === "map") for (const { value } of next.entries.values()) waiting.push(value);
  }
  return false;
}

/** As Terraform turns a value into a text: numbers and booleans are written out. */
export function wordOf(node: Node): string | undefined {
  if (node.kind === "text") return node.text;
  if (node.kind === "number") return String(node.number);
  return node.kind === "boolean" ? String(node.boolean) : undefined;
}

export function isList(node: Node | undefined): node is ListNode {
  return node?.kind === "list";
}

/** A function of values. Undefined: Terraform would refuse it. */
export type ValueFunction = (args: readonly Value[], spot: Spot) => Value | undefined;

/** A text as JSON: all of it stands where the text does. Undefined: it is none. */
export function jsonValue(written: string, spot: Spot): Value | undefined {
  try {
    return moved(readJson(new SourceText("", written)), spot);
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return undefined;
  }
}

function moved(node: Node, spot: Spot): Value {
  const at = spotOf(spot);
  if (node.kind === "list")
    return list(
      at,
      node.items.map((item) => moved(item, spot)),
    );
  if (node.kind !== "map") return { ...node, ...at };
  const entries = [...node.entries].map(([name, { value }]): [string, Entry] => [
    name,
    { key: at, value: moved(value, spot) },
  ]);
  return map(at, entries);
}
