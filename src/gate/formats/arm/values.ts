import { sha256 } from "../../../base/index.ts";
import {
  entriesOf,
  plainValue,
  unknownIn,
  type Entry,
  type MapNode,
  type Node,
  type Spot,
} from "../../text/node.ts";
import { isSymbolic, spotOf, text, unknown, wordOf, type Value } from "../terraform/values.ts";

/**
 * A value of a template while it is worked out. Of what is not known `symbol` says which one it is, so that of two names it is seen whether
 * they are the same; a text into which such a one is put is `symbolic`, and holds its symbol between braces.
 */
export type ArmValue = Value & { readonly symbol?: string; readonly whyOpen?: string };

/** Longest symbol that is kept as it is. */
const MAX_SYMBOL = 160;

/** What is known only when the template is deployed. `why` in a person's words, after "since". */
export function open(spot: Spot, why: string, symbol: string): ArmValue {
  return { ...unknown(spot, why), symbol: clipped(symbol) };
}

/** No symbol has a `/` in it, which parts names. */
function clipped(symbol: string): string {
  const plain = symbol.replaceAll("/", ":");
  if (plain.length <= MAX_SYMBOL) return plain;
  return `${plain.slice(0, MAX_SYMBOL / 2)}~${sha256(Buffer.from(plain)).slice(-16)}`;
}

/** What tells a value from others, known or not. */
export function symbolOf(value: ArmValue): string {
  if (value.kind === "unknown") return value.symbol ?? "?";
  if (value.kind === "text") return `'${value.text}'`;
  const plain = plainValue(value);
  if (plain !== undefined) return JSON.stringify(plain);
  return value.kind === "list" ? "[?]" : "{?}";
}

/** Why something of a value is not known; undefined where all of it is. */
export function openIn(value: Node): string | undefined {
  const missing = unknownIn(value);
  if (missing !== undefined) return missing.why;
  const waiting: Node[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isSymbolic(next)) return whyOpen(next);
    if (next.kind === "list") for (const item of next.items) waiting.push(item);
    if (next.kind === "map") for (const { value: inner } of next.entries.values()) waiting.push(inner);
  }
  return undefined;
}

function whyOpen(value: ArmValue): string {
  return value.whyOpen ?? "a part of it is known only when the template is deployed";
}

/** Texts put together; where one of them is not known, its symbol stands for it. Undefined: one is no text. */
export function together(pieces: readonly ArmValue[], spot: Spot): ArmValue | undefined {
  const parts: string[] = [];
  let why: string | undefined;
  for (const piece of pieces) {
    if (piece.kind === "unknown") {
      why ??= piece.why;
      parts.push(`{${symbolOf(piece)}}`);
      continue;
    }
    const word = asText(piece);
    if (word === undefined) return undefined;
    if (isSymbolic(piece)) why ??= whyOpen(piece);
    parts.push(word);
  }
  const made = text(spot, parts.join(""), why !== undefined);
  return why === undefined ? made : { ...made, whyOpen: why };
}

/** A value as `string()` and `format()` write it. */
export function asText(value: ArmValue): string | undefined {
  if (value.kind === "boolean") return value.boolean ? "True" : "False";
  if (value.kind === "null") return "";
  if (value.kind !== "list" && value.kind !== "map") return wordOf(value);
  return openIn(value) === undefined ? JSON.stringify(plainValue(value)) : undefined;
}

/** With unknown values in the place of texts that hold one: as whoever reads a value needs it. */
export function settled(value: ArmValue): Node {
  if (value.kind === "text") return isSymbolic(value) ? unknown(value, whyOpen(value)) : value;
  if (value.kind === "list") return { ...value, items: value.items.map(settled) };
  if (value.kind !== "map") return value;
  const entries = entriesOf(value).map(([key, entry]): [string, Entry] => [
    key,
    { ...entry, value: settled(entry.value) },
  ]);
  return { ...value, entries: new Map(entries) };
}

/** An entry of a map by its name, whose case does not matter to Azure. */
export function entryOf(node: Node | undefined, name: string): Entry | undefined {
  if (node?.kind !== "map") return undefined;
  const own = node.entries.get(name);
  if (own !== undefined) return own;
  const wanted = name.toLowerCase();
  for (const [key, entry] of node.entries) if (key.toLowerCase() === wanted) return entry;
  return undefined;
}

/** As `at`, in whatever case the keys are written. */
export function field(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let found = node;
  for (const name of path) found = entryOf(found, name)?.value;
  return found?.kind === "null" ? undefined : found;
}

export function mapOf(spot: Spot, entries: Iterable<readonly [string, Node]>): MapNode {
  const made = new Map([...entries].map(([key, value]) => [key, { key: spotOf(spot), value }] as const));
  return { ...spotOf(spot), kind: "map", entries: made };
}
