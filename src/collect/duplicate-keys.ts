/** Levels that an answer may nest: no provider's API comes near, and recursion stays within the stack. */
export const MAX_DEPTH = 200;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COMMA = 0x2c;

/**
 * Whether an object of the JSON text has two equal keys, however they are escaped. `JSON.parse` keeps the last of them and
 * passes over the others, so that the text says more than its value. Expects text that `JSON.parse` accepts; it is read once,
 * in time proportional to its length, and no deeper than `MAX_DEPTH`: deeper text is refused by whoever reads the value.
 */
export function hasDuplicateKeys(text: string): boolean {
  /** Keys of each open object; undefined for an open array. */
  const open: (Set<string> | undefined)[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      const keys = isKey ? open.at(-1) : undefined;
      if (keys !== undefined) {
        const key = keyOf(text, at, end);
        if (keys.has(key)) return true;
        keys.add(key);
      }
      isKey = false;
      at = end;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length > MAX_DEPTH) return false;
      isKey = code === OPEN_OBJECT;
      open.push(isKey ? new Set() : undefined);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      isKey = false;
    } else if (code === COMMA) {
      isKey = open.at(-1) !== undefined;
    }
  }
  return false;
}

/** Place of the quote that ends the string which begins at `start`: the first that no odd number of backslashes stands before. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (quote - 1 - before) % 2 === 1;
}

function keyOf(text: string, start: number, end: number): string {
  const written = text.slice(start + 1, end);
  return written.includes("\\") ? String(JSON.parse(`"${written}"`)) : written;
}
