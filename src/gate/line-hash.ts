/** Characters that are neither blank nor tab, by which GitHub tells a line. */
const WINDOW = 100;
const FACTOR = 37;
/** What stands behind the last character of a file. */
const END = 0xffff;
const WORD = 0x1_0000_0000;
/** What a character that leaves the window has come to by then: `FACTOR ** WINDOW`, modulo 2^64. */
const WORTH = { high: 0xe59c_d09a, low: 0x331c_db71 };
const [SPACE, TAB, LF, CR] = [0x20, 0x09, 0x0a, 0x0d];

/**
 * The hash of each wanted line (from 1) as GitHub's `upload-sarif` computes `primaryLocationLineHash`: a rolling hash, modulo 2^64, of
 * the 100 characters from the line's start that are neither blanks nor tabs, with line ends as line feeds, and how often the same hash
 * came so far in the file. Source: `src/fingerprints.ts` of github/codeql-action, whose published values the tests hold.
 */
export function lineHashes(text: string, wanted: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  const counts = new Map<string, number>();
  const { codes, starts, length } = hashed(text);
  // Modulo 2^64 in two halves: numbers are exact to 2^53, and `>>> 0` is modulo 2^32 of negative ones, too.
  let high = 0;
  let low = 0;
  let next = 0;
  for (let at = 0; at < length + WINDOW; at += 1) {
    // A line's hash is that of the window which begins with it: all before the character that ends it.
    if (next < starts.length && starts[next] === at - WINDOW) {
      next += 1;
      const value = hexOf(high, low);
      const count = (counts.get(value) ?? 0) + 1;
      counts.set(value, count);
      if (wanted.has(next)) found.set(next, `${value}:${count}`);
    }
    const leaving = at < WINDOW ? 0 : (codes[at - WINDOW] ?? 0);
    const lower = low * FACTOR + (at < length ? (codes[at] ?? 0) : 0) - leaving * WORTH.low;
    const carry = Math.floor(lower / WORD);
    high = (high * FACTOR + carry - leaving * WORTH.high) >>> 0;
    low = lower >>> 0;
  }
  return found;
}

/** What is hashed of a text: its characters but for blanks and tabs, with line ends as line feeds, its end, and where lines begin in that. */
function hashed(text: string): { codes: Uint16Array; starts: readonly number[]; length: number } {
  const codes = new Uint16Array(text.length + 1);
  const starts = [0];
  let length = 0;
  let afterReturn = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const skipped = code === SPACE || code === TAB || (afterReturn && code === LF);
    afterReturn = code === CR;
    if (skipped) continue;
    codes[length] = afterReturn ? LF : code;
    length += 1;
    if (codes[length - 1] === LF) starts.push(length);
  }
  codes[length] = END;
  return { codes, starts, length: length + 1 };
}

function hexOf(high: number, low: number): string {
  const lower = low.toString(16);
  return high === 0 ? lower : `${high.toString(16)}${lower.padStart(8, "0")}`;
}
