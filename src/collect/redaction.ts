import { CountersignError } from "../base/index.ts";
import { MASKED_BY_CONNECTOR, maskOf, type Answer, type Call, type RawRecord } from "../facts/index.ts";
import { findSecrets, type Finding, type Leaf } from "../secret-scan/index.ts";
import { MAX_DEPTH, hasDuplicateKeys } from "./duplicate-keys.ts";

/** What of an answer may be kept. */
export interface Keepable {
  readonly body: RawRecord["body"];
  readonly redactions: RawRecord["redactions"];
  /** Why the body is not what its media type says, where it is not. */
  readonly malformed?: string;
}

interface StringLeaf extends Leaf {
  readonly pointer: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly rule: string;
}

/**
 * The body without what must not be kept: the values at the connector's own places, JSON pointers with `*` for any one segment, and whatever looks like a
 * credential. An answer without either keeps its bytes. A body that should hold a value at `pointers` but cannot be
 * read as JSON is dropped whole, since nobody can say where in it the value stands.
 */
export async function keepable(
  answer: Answer,
  redact: readonly string[],
  identifiers: readonly string[] = [],
  condense: Condense = {},
): Promise<Keepable> {
  const pointers = [...redact, ...Object.keys(condense)];
  const text = decoded(answer.body);
  if (text === undefined) {
    if (pointers.length > 0) return dropped("the body is not text");
    return { body: { base64: Buffer.from(answer.body).toString("base64") }, redactions: [] };
  }
  const isJson = /\bjson\b/i.test(answer.media_type);
  if (text === "") return await keepableText(text);
  // Readers take for JSON what begins as it does, whatever it is called.
  const parsed = isJson || pointers.length > 0 || /^\s*[[{]/.test(text) ? parsedJson(text) : undefined;
  // The value passes over all but the last of them: what the others say would be kept unseen, or lost.
  if (parsed !== undefined && "value" in parsed && hasDuplicateKeys(text))
    return dropped("expected each key of a JSON object once, got one twice");
  if (parsed === undefined || (!isJson && pointers.length === 0)) return await keepableText(text);
  if ("value" in parsed) return await keepableJson(text, parsed.value, { pointers, identifiers, condense });
  if (pointers.length > 0) return dropped(parsed.complaint);
  return { ...(await keepableText(text)), malformed: parsed.complaint };
}

/** One sentence for a person without anything that looks like a credential, cut to what a gap may hold. */
export async function withoutSecrets(sentence: string, maxLength: number): Promise<string> {
  const { body } = await keepableText(sentence.toWellFormed());
  const text = "text" in body ? body.text : "";
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function dropped(complaint: string): Keepable {
  return { body: { text: "" }, redactions: [{ pointer: "", rule: "unreadable-body" }], malformed: complaint };
}

async function keepableText(text: string): Promise<Keepable> {
  const spans = await findSecrets([{ key: "", text }]);
  return {
    body: { text: masked(text, spans) },
    redactions: [...new Set(spans.map(({ rule }) => rule))].map((rule) => ({ pointer: "", rule })),
  };
}

function parsedJson(text: string): { value: unknown } | { complaint: string } {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    // The engine's message quotes the body.
    return { complaint: "expected JSON, got something that does not parse" };
  }
}

async function keepableJson(
  text: string,
  value: unknown,
  {
    pointers,
    identifiers,
    condense,
  }: {
    readonly pointers: readonly string[];
    readonly identifiers: readonly string[];
    readonly condense: Condense;
  },
): Promise<Keepable> {
  const leaves: StringLeaf[] = [];
  try {
    gatherStrings(value, { pointer: "", key: "" }, 0, leaves);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    // Too deep or not Unicode: `normalise` would stumble over it as well, so nothing of it is kept.
    return dropped(thrown.message);
  }
  const findings = await findSecrets(
    leaves.map((leaf) => (isAt(leaf.pointer, identifiers) ? { ...leaf, identifier: true } : leaf)),
  );
  const present = pointers.flatMap((place) => presentAt(value, place));
  const editor = new Redactor(new Set(present), findings, leaves, condense);
  if (findings.length === 0 && present.length === 0) return { body: { text }, redactions: [] };
  return {
    body: { text: JSON.stringify(editor.edited(exactJson(text), "")) },
    redactions: editor.redactions,
  };
}

/** Whether the pointer is one of the places; `*` in a place is any one segment. */
function isAt(pointer: string, places: readonly string[]): boolean {
  if (places.length === 0) return false;
  const segments = pointer.split("/");
  return places.some((place) => {
    const wanted = place.split("/");
    return (
      wanted.length === segments.length &&
      wanted.every((one, index) => one === "*" || one === segments[index])
    );
  });
}

/** Members that hold the value of what a neighbour names, as lists of tags do: the value's, the name's. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ["Value", "Key"],
  ["TagValue", "TagKey"],
  ["value", "key"],
]);

/** Every string of the value, keys included, each with its JSON pointer. */
function gatherStrings(
  value: unknown,
  at: Omit<StringLeaf, "text">,
  depth: number,
  into: StringLeaf[],
): void {
  if (depth > MAX_DEPTH)
    throw new CountersignError("E_MALFORMED", `expected at most ${MAX_DEPTH} levels of JSON, got more`);
  if (typeof value === "string") {
    if (!value.isWellFormed())
      throw new CountersignError("E_MALFORMED", "expected Unicode text, got a lone surrogate");
    into.push({ ...at, text: value });
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries())
      gatherStrings(item, { pointer: `${at.pointer}/${index}`, key: "" }, depth + 1, into);
  } else if (typeof value === "object" && value !== null) {
    const members = new Map<string, unknown>(Object.entries(value));
    for (const [key, item] of members) {
      if (!key.isWellFormed())
        throw new CountersignError("E_MALFORMED", "expected Unicode keys, got a lone surrogate");
      const pointer = `${at.pointer}/${escapedSegment(key)}`;
      // A key without text of its own is scanned too: tokens are pasted as names as well.
      if (typeof item !== "string") into.push({ pointer, key, text: "" });
      const named = members.get(NAMED_BY.get(key) ?? "");
      const below =
        typeof named === "string" && NAMED_BY.has(key) ? { pointer, key, named } : { pointer, key };
      gatherStrings(item, below, depth + 1, into);
    }
  }
}

function escapedSegment(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The pointers of all that is there at a place, in which `*` is any one segment. */
function presentAt(value: unknown, place: string): string[] {
  let found = [{ at: value, pointer: "" }];
  for (const segment of place.split("/").slice(1)) {
    const name = segment.replaceAll("~1", "/").replaceAll("~0", "~");
    found = found.flatMap(({ at, pointer }) => {
      if (typeof at !== "object" || at === null) return [];
      const members = Object.entries(at).filter(([key]) => segment === "*" || key === name);
      return members.map(([key, below]) => ({
        at: below as unknown,
        pointer: `${pointer}/${escapedSegment(key)}`,
      }));
    });
  }
  return found.filter(({ at }) => !isEmpty(at)).map(({ pointer }) => pointer);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

interface SourceTextJson {
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
}

/** The value with its numbers as they were written: 64-bit integers do not survive a JavaScript number. */
function exactJson(text: string): unknown {
  // TypeScript's library does not know "JSON.parse source text access" yet; the engine does.
  const json = JSON as unknown as SourceTextJson;
  return json.parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined ? json.rawJSON(source) : value,
  );
}

type Condense = NonNullable<Call["condense"]>;

class Redactor {
  readonly redactions: { pointer: string; rule: string }[] = [];
  readonly #pointers: ReadonlySet<string>;
  readonly #condense: Condense;
  readonly #texts = new Map<string, Span[]>();
  readonly #keys = new Map<string, Span[]>();

  constructor(
    pointers: ReadonlySet<string>,
    findings: readonly Finding[],
    leaves: readonly StringLeaf[],
    condense: Condense,
  ) {
    this.#pointers = pointers;
    this.#condense = condense;
    for (const finding of findings) {
      const spans = finding.part === "key" ? this.#keys : this.#texts;
      const pointer = leaves[finding.leaf]?.pointer ?? "";
      const here = spans.get(pointer);
      if (here === undefined) spans.set(pointer, [finding]);
      else here.push(finding);
    }
  }

  /** `pointer` addresses the answer as received, `kept` (and the redactions) the body as kept. */
  edited(value: unknown, pointer: string, kept = pointer): unknown {
    if (this.#pointers.has(pointer) && !isEmpty(value)) {
      this.redactions.push({ pointer: kept, rule: MASKED_BY_CONNECTOR });
      return this.#condense[pointer]?.(value) ?? maskOf();
    }
    if (typeof value === "string") {
      const spans = this.#texts.get(pointer) ?? [];
      this.#note(kept, spans);
      return masked(value, spans);
    }
    if (Array.isArray(value))
      return value.map((item, index) => this.edited(item, `${pointer}/${index}`, `${kept}/${index}`));
    // A raw number is an object without a prototype of its own making: it passes as it is.
    if (typeof value !== "object" || value === null || isRawNumber(value)) return value;
    return this.#editedObject(value, pointer, kept);
  }

  #editedObject(value: object, pointer: string, kept: string): unknown {
    const entries = new Map<string, unknown>();
    for (const [name, item] of Object.entries(value)) {
      const below = `${pointer}/${escapedSegment(name)}`;
      const spans = this.#keys.get(below) ?? [];
      let keptName = masked(name, spans);
      while (entries.has(keptName)) keptName += "~";
      const keptBelow = `${kept}/${escapedSegment(keptName)}`;
      this.#note(keptBelow, spans);
      entries.set(keptName, this.edited(item, below, keptBelow));
    }
    return Object.fromEntries(entries);
  }

  #note(pointer: string, spans: readonly Span[]): void {
    for (const rule of new Set(spans.map((span) => span.rule))) this.redactions.push({ pointer, rule });
  }
}

function isRawNumber(value: object): boolean {
  return (JSON as unknown as { isRawJSON(value: unknown): boolean }).isRawJSON(value);
}

/** The text with each span replaced by the name of its rule; spans may overlap. */
function masked(text: string, spans: readonly Span[]): string {
  const ordered = [...spans].sort((a, b) => a.start - b.start || b.end - a.end);
  let out = "";
  let at = 0;
  for (const { start, end, rule } of ordered) {
    if (end <= at) continue;
    if (start >= at) out += text.slice(at, start) + maskOf(rule);
    at = end;
  }
  return out + text.slice(at);
}
