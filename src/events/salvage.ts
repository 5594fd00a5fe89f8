/** A record that was found in a damaged file, or what stands in the place of one: `from` to before `to`, in bytes. */
export type Salvaged = { readonly record: string } | Damage;

export interface Damage {
  readonly problem: string;
  readonly content: string;
  readonly from: number;
  readonly to: number;
}

/** Most of a damaged place that is kept aside. */
export const MAX_ASIDE_CHARACTERS = 16 * 1024;

/** Longest record that is looked for the end of: that of one without an end would else be looked for in all of the rest. */
const MAX_RECORD_BYTES = 12 * 1024 * 1024;

/** Damaged records of one file behind which the next one is looked for. */
const MAX_DAMAGES = 1000;

/**
 * The JSON objects that are whole in a text which as a whole is not JSON: of the list named `envelope` where there is one,
 * else from the top. Behind a damaged one it goes on where the next begins as others do. What lies between is told. `bytes`: the
 * text with a character for each byte (latin1), so that places are those of the file. Never throws.
 */
export function* salvage(bytes: string, envelope: string | undefined): Generator<Salvaged> {
  const beginnings = new Beginnings();
  let lost = beginning(bytes, envelope);
  let damages = 0;
  // A damaged first record too may say how records begin.
  beginnings.guess(bytes, bytes.indexOf("{", lost));
  for (let at = bytes.indexOf("{", lost); at >= 0; at = bytes.indexOf("{", lost)) {
    yield* between(bytes, lost, at);
    const end = endOf(bytes, at);
    const record = end === undefined ? undefined : utf8(bytes.slice(at, end));
    if (end !== undefined && record !== undefined && isJson(record)) {
      yield { record };
      beginnings.learn(bytes, at);
      lost = end;
      continue;
    }
    damages += 1;
    const next = damages < MAX_DAMAGES ? (beginnings.next(bytes, at + 1) ?? end) : undefined;
    if (next === undefined) {
      yield damage("a record that is cut off", bytes, at, bytes.length);
      return;
    }
    yield damage("not JSON", bytes, at, next);
    lost = next;
  }
  yield* between(bytes, lost, bytes.length);
  if (isOpen(bytes, envelope, lost))
    yield damage("a list that is cut off", bytes, bytes.length, bytes.length);
}

/** The lines of a text that are JSON, and the others. `bytes` as in `salvage`. */
export function* salvageLines(bytes: string): Generator<Salvaged> {
  for (let from = afterMark(bytes); from < bytes.length;) {
    const newline = bytes.indexOf("\n", from);
    const to = newline < 0 ? bytes.length : newline;
    const line = utf8(bytes.slice(from, to));
    if (line.trim() !== "") yield isJson(line) ? { record: line } : damage("not JSON", bytes, from, to);
    from = to + 1;
  }
}

/** The first keys of a file's records: what is within a record seldom begins with one. */
class Beginnings {
  /** Most first keys that are told apart. */
  static readonly MOST = 32;
  readonly #keys = new Set<string>();
  #isSure = false;

  learn(text: string, at: number): void {
    this.#isSure = true;
    this.guess(text, at);
  }

  guess(text: string, at: number): void {
    const first = /\{[ \t\r\n]*"([^"\\]{1,128})"[ \t\r\n]*:/y;
    first.lastIndex = at;
    const key = first.exec(text)?.[1];
    if (key !== undefined && this.#keys.size < Beginnings.MOST) this.#keys.add(key);
  }

  /**
   * Where from `start` on an object begins that has such a key and is not the value of another; before any record was whole, where
   * one follows another.
   */
  next(text: string, start: number): number | undefined {
    const keys = [...this.#keys].map((key) => key.replace(/[^A-Za-z0-9_]/g, "\\$&")).join("|");
    const known = new RegExp(`(?<!:[ \\t\\r\\n]*)\\{[ \\t\\r\\n]*"(?:${keys})"[ \\t\\r\\n]*:`, "g");
    const any = /(?<=\}[ \t\r\n]*,[ \t\r\n]*)\{[ \t\r\n]*"/g;
    const found = this.#keys.size === 0 ? undefined : firstOf(known, text, start);
    return found ?? (this.#isSure ? undefined : firstOf(any, text, start));
  }
}

function firstOf(pattern: RegExp, text: string, start: number): number | undefined {
  pattern.lastIndex = start;
  return pattern.exec(text)?.index;
}

function damage(problem: string, bytes: string, from: number, to: number): Damage {
  // A character takes at most four bytes.
  const content = utf8(bytes.slice(from, Math.min(to, from + 4 * MAX_ASIDE_CHARACTERS)));
  return { problem, content: content.slice(0, MAX_ASIDE_CHARACTERS), from, to };
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Behind the byte order mark. */
function afterMark(bytes: string): number {
  return bytes.startsWith("\u00ef\u00bb\u00bf") ? 3 : 0;
}

/** Whether the list that holds the records does not end: where the cut lies between two of them, nothing else shows it. */
function isOpen(text: string, envelope: string | undefined, end: number): boolean {
  const rest = text.slice(end).trimEnd();
  if (beginning(text, envelope) > afterMark(text)) return !/^\s*\][^]*\}$/.test(rest);
  return /^\s*\[/.test(text.slice(afterMark(text))) && !rest.endsWith("]");
}

function beginning(text: string, envelope: string | undefined): number {
  if (envelope === undefined) return afterMark(text);
  const found = new RegExp(`^[^{]{0,16}\\{[^[\\]{}]{0,4096}"${envelope}"\\s*:\\s*\\[`).exec(text);
  return found === null ? afterMark(text) : found[0].length;
}

/** What is neither a separator nor the end of an envelope. */
function* between(text: string, from: number, to: number): Generator<Salvaged> {
  const [separators = ""] = /^[\s,\]}]*/.exec(text.slice(from, to)) ?? [];
  const start = from + separators.length;
  const end = start + text.slice(start, to).replace(/[\s,[]+$/, "").length;
  if (end > start) yield damage("not JSON", text, start, end);
}

/** Where the object that begins at `start` ends; undefined where the text, or the longest record, ends first. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  const last = Math.min(text.length, start + MAX_RECORD_BYTES);
  for (let at = start; at < last; at += 1) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at += 1;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
