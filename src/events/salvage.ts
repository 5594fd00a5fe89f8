/** A record that was found in a damaged file, or what stands in the place of one. */
export type Salvaged = { readonly record: string } | { readonly problem: string; readonly content: string };

/** Most of a damaged place that is kept aside. */
export const MAX_ASIDE_CHARACTERS = 16 * 1024;

/**
 * The JSON objects that are whole in a text which as a whole is not JSON: of the list named `envelope` where there is one,
 * else from the top. What lies between is told. Never throws.
 */
export function* salvage(text: string, envelope: string | undefined): Generator<Salvaged> {
  let at = beginning(text, envelope);
  let lost = at;
  while (at < text.length) {
    if (text[at] !== "{") {
      at += 1;
      continue;
    }
    yield* between(text, lost, at);
    const end = endOf(text, at);
    if (end === undefined) {
      yield { problem: "a record that is cut off", content: text.slice(at, at + MAX_ASIDE_CHARACTERS) };
      return;
    }
    const record = text.slice(at, end);
    if (isJson(record)) yield { record };
    else yield { problem: "not JSON", content: record.slice(0, MAX_ASIDE_CHARACTERS) };
    at = end;
    lost = end;
  }
  yield* between(text, lost, text.length);
  if (isOpen(text, envelope, lost)) yield { problem: "a list that is cut off", content: "" };
}

/** Whether the list that holds the records does not end: where the cut lies between two of them, nothing else shows it. */
function isOpen(text: string, envelope: string | undefined, end: number): boolean {
  const rest = text.slice(end).trimEnd();
  if (beginning(text, envelope) > 0) return !/^\s*\][^]*\}$/.test(rest);
  return /^\s*\[/.test(text) && !rest.endsWith("]");
}

function beginning(text: string, envelope: string | undefined): number {
  if (envelope === undefined) return 0;
  const found = new RegExp(`^[^{]{0,16}\\{[^[\\]{}]{0,4096}"${envelope}"\\s*:\\s*\\[`).exec(text);
  return found === null ? 0 : found[0].length;
}

/** What is neither a separator nor the end of an envelope. */
function* between(text: string, from: number, to: number): Generator<Salvaged> {
  const content = text.slice(from, to).replace(/^[\s,\]}]+|[\s,[]+$/g, "");
  if (content !== "") yield { problem: "not JSON", content: content.slice(0, MAX_ASIDE_CHARACTERS) };
}

/** Where the object that begins at `start` ends; undefined where the text ends first. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  let quoted = false;
  for (let at = start; at < text.length; at += 1) {
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
