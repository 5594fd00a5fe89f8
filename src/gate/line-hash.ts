/** Characters that are neither blank nor tab, by which GitHub tells a line. */
const WINDOW = 100;
const FACTOR = 37;
/** What stands behind the last character of a file. */
const END = 0xffff;
const WORD = 0x1_0000_0000;
const [SPACE, TAB, LF, CR] = [0x20, 0x09, 0x0a, 0x0d];

/**
 * The hash of each wanted line (from 1) as GitHub's `upload-sarif` computes `primaryLocationLineHash`: a rolling hash, modulo 2^64, of
 * the 100 characters from the line's start that are neither blanks nor tabs, with line ends as line feeds, and how often the same hash
 * came so far in the file. Source: `src/fingerprints.ts` of github/codeql-action, whose published values the tests hold.
 */
export function lineHashes(text: string, wanted: ReadonlySet<number>): Map<number, string> {
  const found = new Map<number, string>();
  const counts = new Map<string, number>();
  const window = new Array<number>(WINDOW).fill(0);
  /** The line that starts at a place of the window; 0 of none. */
  const starts = new Array<number>(WINDOW).fill(0);
  const hash = new RollingHash();
  let index = 0;
  const tell = (): void => {
    const line = starts[index] ?? 0;
    if (line === 0) return;
    starts[index] = 0;
    const value = hash.text();
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (wanted.has(line)) found.set(line, `${value}:${count}`);
  };
  const push = (code: number): void => {
    hash.push(code, window[index] ?? 0);
    window[index] = code;
    index = (index + 1) % WINDOW;
  };
  let line = 0;
  let isStart = true;
  const take = (code: number): void => {
    tell();
    if (isStart) starts[index] = line += 1;
    isStart = code === LF;
    push(code);
  };
  let afterReturn = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const skipped = code === SPACE || code === TAB || (afterReturn && code === LF);
    afterReturn = code === CR;
    if (!skipped) take(afterReturn ? LF : code);
  }
  take(END);
  for (let rest = 0; rest < WINDOW; rest += 1) {
    tell();
    push(0);
  }
  return found;
}

/** Modulo 2^64 in two halves: numbers are exact to 2^53. */
class RollingHash {
  #high = 0;
  #low = 0;
  /** What a character that leaves the window has come to by then. */
  readonly #leaving = new Map<number, readonly [number, number]>();

  push(code: number, leaving: number): void {
    const [outHigh, outLow] = this.#worth(leaving);
    const low = this.#low * FACTOR + code - outLow;
    this.#high = modulo(this.#high * FACTOR + Math.floor(low / WORD) - outHigh);
    this.#low = modulo(low);
  }

  text(): string {
    const low = this.#low.toString(16);
    return this.#high === 0 ? low : `${this.#high.toString(16)}${low.padStart(8, "0")}`;
  }

  #worth(code: number): readonly [number, number] {
    const known = this.#leaving.get(code);
    if (known !== undefined) return known;
    const value = BigInt.asUintN(64, BigInt(code) * BigInt(FACTOR) ** BigInt(WINDOW));
    const worth = [Number(value >> 32n), Number(value & 0xffff_ffffn)] as const;
    this.#leaving.set(code, worth);
    return worth;
  }
}

function modulo(value: number): number {
  return ((value % WORD) + WORD) % WORD;
}
