/** A pattern as tokens: a code unit, one of any, or any number of any. */
export type Token = number;

export const ANY_ONE: Token = -1;
export const ANY_MANY: Token = -2;

/** Tokens of a text that means only itself. */
export function literal(text: string): Token[] {
  return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
}

interface Run {
  readonly tokens: readonly Token[];
  /** Set where no token is a wildcard. */
  readonly text?: string;
}

/**
 * Matches whole texts. The runs between stars are looked for from the left, each once: at most pattern × text steps, and
 * close to linear where there is no `?`.
 */
export class Glob {
  readonly #first: Run;
  readonly #middle: readonly Run[];
  /** Absent where there is no star. */
  readonly #last: Run | undefined;

  constructor(tokens: readonly Token[]) {
    const runs: Token[][] = [[]];
    for (const token of tokens) {
      if (token === ANY_MANY) runs.push([]);
      else runs.at(-1)?.push(token);
    }
    const [first = EMPTY, ...rest] = runs.map((run): Run => {
      return run.includes(ANY_ONE) ? { tokens: run } : { tokens: run, text: String.fromCharCode(...run) };
    });
    this.#first = first;
    this.#last = rest.pop();
    this.#middle = rest;
  }

  matches(text: string): boolean {
    const last = this.#last;
    if (!standsAt(this.#first, text, 0)) return false;
    let from = this.#first.tokens.length;
    if (last === undefined) return from === text.length;
    const end = text.length - last.tokens.length;
    for (const run of this.#middle) {
      const at = placeOf(run, text, from);
      if (at < 0) return false;
      from = at + run.tokens.length;
    }
    return from <= end && standsAt(last, text, end);
  }
}

/** A glob in which `*` alone is no text of its own, as Vault reads them. */
export function starGlob(pattern: string): Glob {
  return new Glob(literal(pattern).map((unit) => (unit === STAR ? ANY_MANY : unit)));
}

/** A glob in which `*` and `?` alone are no text of their own, as AWS reads them. */
export function wildGlob(pattern: string): Glob {
  const token = (unit: Token): Token => (unit === STAR ? ANY_MANY : unit === QUESTION ? ANY_ONE : unit);
  return new Glob(literal(pattern).map(token));
}

const STAR: Token = 0x2a;
const QUESTION: Token = 0x3f;

const EMPTY: Run = { tokens: [], text: "" };

function standsAt({ tokens, text: plain }: Run, text: string, at: number): boolean {
  if (plain !== undefined) return text.startsWith(plain, at);
  if (at + tokens.length > text.length) return false;
  return tokens.every((token, offset) => token === ANY_ONE || token === text.charCodeAt(at + offset));
}

function placeOf(run: Run, text: string, from: number): number {
  if (run.text !== undefined) return text.indexOf(run.text, from);
  for (let at = from; at + run.tokens.length <= text.length; at++) if (standsAt(run, text, at)) return at;
  return -1;
}

const COLON = 0x3a;

/**
 * Whether a star that is not the last of its colon-separated segment can stay within it. AWS says only of a star at the end
 * of a segment that it may reach over colons (IAM User Guide, "Resource", "Using wildcards in resource ARNs").
 */
export function matchesWithinSegments(tokens: readonly Token[], text: string): boolean {
  let reached = new Uint8Array(text.length + 1);
  reached[0] = 1;
  for (const [at, token] of tokens.entries()) {
    const next = new Uint8Array(text.length + 1);
    if (token === ANY_MANY) {
      const far = tokens[at + 1] === undefined || tokens[at + 1] === COLON;
      let alive = 0;
      for (let place = 0; place <= text.length; place++) {
        if (alive === 1 && !far && text.charCodeAt(place - 1) === COLON) alive = 0;
        alive |= reached[place] ?? 0;
        next[place] = alive;
      }
    } else {
      for (let place = 0; place < text.length; place++) {
        if (reached[place] === 1 && (token === ANY_ONE || token === text.charCodeAt(place)))
          next[place + 1] = 1;
      }
    }
    reached = next;
  }
  return reached[text.length] === 1;
}

/** Whether {@link matchesWithinSegments} can differ from a plain match. */
export function hasInnerStar(tokens: readonly Token[]): boolean {
  return tokens.some(
    (token, at) => token === ANY_MANY && tokens[at + 1] !== undefined && tokens[at + 1] !== COLON,
  );
}
