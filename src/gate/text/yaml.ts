import { EVENT_ID, SCALAR_STYLE, YAMLException, getScalarValue, parseEvents, type Event } from "js-yaml";
import { MAX_DEPTH, MAX_NODES, Unreadable } from "./bounds.ts";
import { scalar } from "./json.ts";
import type { Entry, Node, Spot } from "./node.ts";
import { SourceText } from "./source-text.ts";

/** Aliases that one document may use: what people write has a few. */
const MAX_ALIASES = 1000;

/** One document of a file: its tree, or why there is none. An empty document has neither. */
export interface YamlDocument {
  readonly root?: Node;
  readonly slip?: Unreadable;
}

export interface YamlTerms {
  /** Whether `<<` puts one map into another: Compose and GitLab say so, and what reads YAML 1.1 does it, as `kubectl` and the AWS CLI. */
  readonly merges?: boolean;
  /** What a plain scalar is; by YAML 1.2's core schema unless said. Keys that are numbers or words are told by their values then. */
  readonly scalars?: (text: string) => unknown;
}

/**
 * Reads the documents of a YAML 1.2 file (core schema) as trees that know where each value stands. One document that is malformed
 * does not hide the others. Aliases are written out, at most `MAX_NODES` values in all; tags stay as they are.
 */
export function readYaml(source: SourceText, terms: YamlTerms = {}): YamlDocument[] {
  return [...yamlDocuments(source, terms)];
}

/** As `readYaml`, one after the other: of a file with thousands, no more need be kept than whoever reads them does. */
export function* yamlDocuments(source: SourceText, terms: YamlTerms = {}): Generator<YamlDocument> {
  const budget = { left: MAX_NODES };
  for (const { start, text } of parts(source.text)) {
    let slip: Unreadable | undefined;
    let root: Node | undefined;
    try {
      refuseOtherBreaks(text, start);
      refuseOtherTags(text, start);
      root = new Reader(source, { ...terms, start, text, budget }).root();
    } catch (thrown) {
      slip = slipOf(thrown, start);
    }
    yield { ...(root === undefined ? {} : { root }), ...(slip === undefined ? {} : { slip }) };
  }
}

/**
 * Breaks of lines by YAML 1.1 and not by 1.2: what is a comment here is content to `kubectl` and others that read 1.1, so that the file
 * says one thing to whoever reviews it and another to whoever applies it.
 */
function refuseOtherBreaks(text: string, start: number): void {
  const found = /[\u0085\u2028\u2029]/.exec(text);
  if (found === null) return;
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  throw new Unreadable(
    `expected lines that end alike for every reader of YAML, got U+${code}, which ends one for some; write it as an escape`,
    start + found.index,
  );
}

/** A handle of one's own, by which every tag may be called otherwise: nobody writes one in what is judged. */
function refuseOtherTags(text: string, start: number): void {
  const found = /^%TAG\b/m.exec(text);
  if (found !== null) throw new Unreadable("expected tags by their own names, got %TAG", start + found.index);
}

function slipOf(thrown: unknown, start: number): Unreadable {
  if (thrown instanceof Unreadable) return thrown;
  if (!(thrown instanceof YAMLException)) throw thrown;
  const { mark, reason } = thrown;
  const deep = /depth|nesting/i.test(reason);
  return new Unreadable(
    `expected YAML, got a slip (${withoutContent(reason)})`,
    start + (mark?.position ?? 0),
    deep ? "limit" : "malformed",
  );
}

/** What the parser says without what it quotes: a password that begins with `!` or `*` is a tag or an alias to it. */
const withoutContent = (reason: string): string => reason.replace(/(?::|\s*"|\s*!<).*$/s, "");

/** The texts between lines that begin a document. `---` within a block scalar stands indented, so this splits as a parser does. */
function parts(text: string): { start: number; text: string }[] {
  const starts = [0];
  const mark = /^---(?=[ \t\r\n]|$)/gm;
  for (let found = mark.exec(text); found !== null; found = mark.exec(text)) {
    const before = text.slice(starts.at(-1), found.index);
    // Directives and comments belong to the document that they stand before.
    if (/[^\s]/.test(before.replace(/^(?:#.*|%.*)$/gm, ""))) starts.push(found.index);
  }
  return starts.map((start, index) => ({ start, text: text.slice(start, starts[index + 1]) }));
}

interface ReaderTerms extends YamlTerms {
  readonly start: number;
  readonly text: string;
  readonly budget: { left: number };
}

class Reader {
  readonly #source: SourceText;
  readonly #terms: ReaderTerms;
  readonly #events: readonly Event[];
  readonly #anchors = new Map<string, Node | undefined>();
  #next = 0;
  #aliases = 0;

  constructor(source: SourceText, terms: ReaderTerms) {
    this.#source = source;
    this.#terms = terms;
    this.#events = parseEvents(terms.text, { maxDepth: MAX_DEPTH });
  }

  root(): Node | undefined {
    const [first] = this.#events;
    if (first?.type !== EVENT_ID.DOCUMENT) return undefined;
    this.#next = 1;
    const isEmpty = this.#events[1] === undefined || this.#events[1].type === EVENT_ID.POP;
    const root = isEmpty ? undefined : this.#node();
    this.#refuseAnother();
    return root;
  }

  /** Behind `...` some readers, such as `kubectl`, read nothing until the next `---`, and others another document. */
  #refuseAnother(): void {
    const another = this.#events
      .slice(this.#next)
      .find((event) => event.type === EVENT_ID.SCALAR || "start" in event);
    if (another === undefined) return;
    throw new Unreadable(
      "expected each document behind ---, got one behind ... alone, which only some readers see",
      this.#at("start" in another ? another.start : another.valueStart),
    );
  }

  #node(): Node {
    const event = this.#events[this.#next];
    this.#next += 1;
    if (event === undefined) throw new Unreadable("expected a value, got the end", this.#terms.start);
    if (event.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT)
      throw new Unreadable("expected a value, got the end", this.#terms.start);
    this.#spend(1, "start" in event ? event.start : event.valueStart);
    const anchor = event.anchorStart < 0 ? undefined : this.#slice(event.anchorStart, event.anchorEnd);
    // An alias within what it names would never end.
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const tag = event.tagStart < 0 ? undefined : this.#slice(event.tagStart, event.tagEnd);
    const plain = this.#content(event, tag);
    const node: Node = tag === undefined ? plain : { ...plain, tag };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #content(event: Event, tag: string | undefined): Node {
    if (event.type === EVENT_ID.SEQUENCE) return this.#list(event.start);
    if (event.type === EVENT_ID.MAPPING) return this.#map(event.start);
    if (event.type !== EVENT_ID.SCALAR) throw new Unreadable("expected a value", this.#terms.start);
    const text = getScalarValue(this.#terms.text, event);
    const quoted = event.style !== SCALAR_STYLE.PLAIN;
    const spot = this.#spot(event.valueStart, event.valueEnd);
    if (tag !== undefined && BINARY.test(tag)) return scalar(decoded(text, spot.start), spot);
    return scalar(
      quoted || tag === "!" || tag === "!!str" ? text : (this.#terms.scalars ?? implicit)(text),
      spot,
    );
  }

  #list(from: number): Node {
    const items: Node[] = [];
    while (!this.#closed()) items.push(this.#node());
    const last = items.at(-1);
    return { ...this.#spot(from, from), end: last?.end ?? this.#at(from), kind: "list", items };
  }

  #map(from: number): Node {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    let end = this.#at(from);
    while (!this.#closed()) {
      const key = this.#node();
      const value = this.#node();
      end = Math.max(end, value.end, key.end);
      const name = this.#terms.scalars === undefined ? keyOf(key) : keyByValue(key);
      if (name === undefined) throw new Unreadable("expected a key that is a text", key.start);
      if (name === "<<" && this.#terms.merges === true) merged.push(value);
      else if (entries.has(name))
        throw new Unreadable(
          `expected each key once, got ${JSON.stringify(name.slice(0, 64))} twice`,
          key.start,
        );
      else entries.set(name, { key: { source: key.source, start: key.start, end: key.end }, value });
    }
    for (const other of merged.flatMap((one) => (one.kind === "list" ? one.items : [one]))) {
      if (other.kind !== "map") throw new Unreadable("expected a map behind <<", other.start);
      this.#spend(other.entries.size, from);
      for (const [name, entry] of other.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return { ...this.#spot(from, from), end, kind: "map", entries };
  }

  #alias(event: Extract<Event, { type: 5 }>): Node {
    this.#aliases += 1;
    const name = this.#slice(event.anchorStart, event.anchorEnd);
    const found = this.#anchors.get(name);
    const offset = this.#at(event.anchorStart);
    if (this.#aliases > MAX_ALIASES)
      throw new Unreadable(`expected at most ${MAX_ALIASES} aliases, got more`, offset, "limit");
    if (found === undefined)
      throw new Unreadable("expected an alias of what stands before it, got another", offset);
    this.#spend(sizeOf(found, this.#terms.budget.left), event.anchorStart);
    return found;
  }

  /** Whether the collection ends here; its end is taken then. */
  #closed(): boolean {
    if (this.#events[this.#next]?.type !== EVENT_ID.POP) return false;
    this.#next += 1;
    return true;
  }

  #spend(values: number, offset: number): void {
    this.#terms.budget.left -= values;
    if (this.#terms.budget.left < 0)
      throw new Unreadable(`expected at most ${MAX_NODES} values, got more`, this.#at(offset), "limit");
  }

  #at(offset: number): number {
    return this.#terms.start + Math.max(offset, 0);
  }

  #spot(start: number, end: number): Spot {
    return { source: this.#source, start: this.#at(start), end: this.#at(end) };
  }

  #slice(start: number, end: number): string {
    return this.#terms.text.slice(start, end);
  }
}

/** The tag of a text that is written in base64, which `kubectl` takes for the text. */
const BINARY = /^(?:!!binary|!<tag:yaml\.org,2002:binary>)$/;

function decoded(text: string, offset: number): string {
  const written = text.replaceAll(/\s/g, "");
  const bytes = Buffer.from(written, "base64");
  if (bytes.toString("base64").replaceAll("=", "") !== written.replaceAll("=", ""))
    throw new Unreadable("expected base64 behind !!binary, got something else", offset);
  return bytes.toString("utf8");
}

/** Values in a tree, aliases written out; counts no further than `most`. */
function sizeOf(node: Node, most: number): number {
  let size = 0;
  const waiting = [node];
  for (let next = waiting.pop(); next !== undefined && size <= most; next = waiting.pop()) {
    size += 1;
    if (next.kind === "list") for (const item of next.items) waiting.push(item);
    if (next.kind === "map") for (const { value } of next.entries.values()) waiting.push(value);
  }
  return size;
}

/** A key as text: numbers and booleans are written as keys too, as they stand. */
function keyOf(key: Node): string | undefined {
  if (key.kind === "text") return key.text;
  if (key.kind === "number" || key.kind === "boolean" || key.kind === "null")
    return key.source.text.slice(key.start, key.end);
  return undefined;
}

/** A key as the text of its value: `on` is `true` where it is one. */
function keyByValue(key: Node): string | undefined {
  if (key.kind === "number") return String(key.number);
  return key.kind === "boolean" ? String(key.boolean) : keyOf(key);
}

/** What a plain scalar is in YAML 1.2's core schema, 10.3.2. */
function implicit(text: string): unknown {
  if (/^(?:null|Null|NULL|~|)$/.test(text)) return null;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  if (/^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^[-+]?[0-9]+$/.test(text) || /^0o[0-7]+$/.test(text) || /^0x[0-9a-fA-F]+$/.test(text)) {
    const number = Number(text.replace(/^\+/, ""));
    // Account ids and the like keep their zeros, and their last digits: a number that is not exact, or is written otherwise, is a text.
    return Number.isSafeInteger(number) && !/^[-+]?0[0-9]/.test(text) ? number : text;
  }
  if (/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return Number(text);
  return text;
}
