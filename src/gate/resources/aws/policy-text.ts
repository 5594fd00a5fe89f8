import { parseDocument, type DocumentKind } from "../../../access/index.ts";
import { CountersignError } from "../../../base/index.ts";
import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import {
  at,
  entriesOf,
  itemsOf,
  plainValue,
  textOf,
  unknownIn,
  type Entry,
  type Node,
  type Spot,
  type Unknown,
} from "../../text/node.ts";
import { SourceText } from "../../text/source-text.ts";

/** What is known of a policy document. */
export interface PolicyText {
  /** JSON of what holds whatever the rest turns out to be; absent where nothing of it does. */
  readonly text?: string;
  /** Why it is not all; absent where it is. */
  readonly missing?: string;
}

/** A document larger than AWS takes of any is none. */
const MAX_TEXT = 1_048_576;

/**
 * Reads a policy of a kind in the JSON language of IAM, written as JSON text or as a structure. Of one that is known in part, statements that allow
 * are kept as far as they are known: each value of theirs allows by itself. Where what is not known may deny, nothing is kept. What
 * AWS refuses, such as `statement` for `Statement`, says nothing of what will hold in its place.
 */
export function policyText(written: Node, kind: DocumentKind): PolicyText {
  const node = written.kind === "unknown" ? (documentOf(written) ?? written) : written;
  if (node.kind === "unknown") return { missing: `since ${node.why}` };
  if (node.kind === "text") return ofText(node.text, kind);
  if (node.kind !== "map") return { missing: "since it is no policy document" };
  const missing = unknownIn(node);
  if (missing === undefined) return taken(plainValue(node), kind);
  const known = knownPart(node);
  return { ...(known === undefined ? {} : taken(known, kind)), missing: `since ${missing.why}` };
}

/**
 * A policy as the tree of its elements, all of which stands where the policy does if it is written as a text; one that is not known whole may be put
 * together of a text and values. Undefined of what is no JSON, or not known.
 */
export function documentOf(node: Node): Node | undefined {
  if (node.kind === "map") return node;
  const pieces = node.kind === "unknown" ? node.pieces : [node];
  if (pieces === undefined || (node.kind !== "unknown" && node.kind !== "text")) return undefined;
  const open = new Map<string, Unknown>();
  const words = pieces.map((piece, nth) => {
    if (piece.kind !== "unknown") return textOf(piece) ?? "";
    const mark = `${MARK}${nth}${MARK}`;
    open.set(mark, piece);
    return mark;
  });
  try {
    return placed(readJson(new SourceText(node.source.path, words.join(""))), node, open);
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return undefined;
  }
}

/** The statements of a policy as trees; none of one that is not known or no JSON. */
export function statementsOf(node: Node): readonly Node[] {
  const written = at(documentOf(node), "Statement");
  if (written === undefined) return [];
  return written.kind === "list" ? written.items : [written];
}

/** Stands about the number of a piece that is not known: a character that nobody writes, for private use. */
const MARK = "\uE0CA";

/** What a text holds of which a part is not known is not known, and nothing of a map with such a key. */
function placed(node: Node, spot: Spot, open: ReadonlyMap<string, Unknown>): Node {
  const { source, start, end } = spot;
  const unknown = (text: string): Node | undefined => {
    const mark = text.includes(MARK) ? [...open.keys()].find((one) => text.includes(one)) : undefined;
    const why = mark === undefined ? undefined : open.get(mark)?.why;
    return why === undefined ? undefined : { source, start, end, kind: "unknown", why };
  };
  if (node.kind === "text") return unknown(node.text) ?? { ...node, source, start, end };
  if (node.kind === "list")
    return { ...node, source, start, end, items: node.items.map((item) => placed(item, spot, open)) };
  if (node.kind !== "map") return { ...node, source, start, end };
  const key = [...node.entries.keys()].flatMap((name) => unknown(name) ?? [])[0];
  if (key !== undefined) return key;
  const entries = [...node.entries].map(([name, { value }]): [string, Entry] => [
    name,
    { key: { source, start, end }, value: placed(value, spot, open) },
  ]);
  return { source, start, end, kind: "map", entries: new Map(entries) };
}

function ofText(text: string, kind: DocumentKind): PolicyText {
  try {
    return taken(JSON.parse(text), kind);
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    return { missing: "since it is no JSON" };
  }
}

function taken(value: unknown, kind: DocumentKind): PolicyText {
  const text = JSON.stringify(value);
  if (text.length > MAX_TEXT) return { missing: "since it is too long" };
  try {
    parseDocument(value, kind);
    return { text };
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code !== "E_IAM") throw thrown;
    return { missing: `since AWS does not take it: ${thrown.message}` };
  }
}

function knownPart(node: Node): object | undefined {
  const version = at(node, "Version");
  const statement = at(node, "Statement");
  if (statement === undefined) return undefined;
  const statements = statement.kind === "list" ? itemsOf(statement) : [statement];
  const kept: unknown[] = [];
  for (const one of statements) {
    if (unknownIn(one) === undefined) kept.push(plainValue(one));
    else if (textOf(at(one, "Effect")) !== "Allow") return undefined;
    else {
      const part = knownOfAllowing(one);
      if (part !== undefined) kept.push(part);
    }
  }
  if (kept.length === 0) return undefined;
  // By its version alone is decided what a variable in a text is.
  if (unknownIn(version) !== undefined)
    return JSON.stringify(kept).includes("${") ? undefined : { Statement: kept };
  return { ...(version === undefined ? {} : { Version: plainValue(version) }), Statement: kept };
}

/** Elements of which each value allows by itself. All others narrow, or exclude. */
const ADDITIVE = new Set(["Action", "Principal", "Resource"]);

function knownOfAllowing(statement: Node): Record<string, unknown> | undefined {
  const kept: Record<string, unknown> = {};
  for (const [name, { value }] of entriesOf(statement)) {
    // It names the statement, and says nothing of it.
    if (name === "Sid" && unknownIn(value) !== undefined) continue;
    const known = ADDITIVE.has(name) ? knownValues(value) : plainValue(value);
    if (known === undefined) return undefined;
    kept[name] = known;
  }
  return kept;
}

/** The values of a list, of a list by type of principal, or one; undefined where none is known. */
function knownValues(node: Node): unknown {
  if (node.kind === "unknown" && node.among !== undefined)
    return knownValues({ ...node, kind: "list", items: node.among });
  if (node.kind === "list") {
    const known = node.items.map(plainValue).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known;
  }
  if (node.kind !== "map") return plainValue(node);
  const entries = entriesOf(node)
    .map(([key, { value }]) => [key, knownValues(value)] as const)
    .filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
