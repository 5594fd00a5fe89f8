import { compareStrings } from "../../base/index.ts";
import type { Token } from "../glob.ts";
import { matchesWithinSegments } from "../glob.ts";
import type { Filled } from "./pattern.ts";

/** What a pattern covers, by place; `unclear` only if a star inside a segment reaches over a colon. */
export interface Covered {
  readonly sure: readonly number[];
  readonly unclear: readonly number[];
}

const COLON = 0x3a;

/**
 * Finds the ARNs that a pattern covers without looking at all of them: the literal text before the first wildcard bounds a range
 * of a sorted list. Where ARN and pattern have as many colons, no star reaches over one, so that the last segment bounds a range,
 * too: `arn:aws:secretsmanager:*:*:secret:pay/*` looks at the names that begin with `pay/` alone.
 */
export class ArnIndex {
  readonly #arns: readonly string[];
  readonly #buckets: ReadonlyMap<number, Bucket>;
  readonly #places: ReadonlyMap<string, number>;

  /** Without repeats. */
  constructor(arns: readonly string[]) {
    this.#arns = arns;
    this.#places = new Map(arns.map((arn, place) => [arn, place]));
    const byColons = Map.groupBy(arns.keys(), (place) => colonsIn(arns[place] ?? ""));
    this.#buckets = new Map([...byColons].map(([colons, places]) => [colons, bucket(arns, places)]));
  }

  covered({ tokens, glob, innerStar }: Filled): Covered {
    const head = literalFrom(tokens, 0);
    if (head.length === tokens.length) {
      const only = this.#places.get(head);
      return { sure: only === undefined ? [] : [only], unclear: [] };
    }
    const colons = tokens.filter((token) => token === COLON).length;
    const sure: number[] = [];
    const unclear: number[] = [];
    for (const [count, { whole, tail }] of this.#buckets) {
      if (count < colons) continue;
      const last = tokens.lastIndexOf(COLON) + 1;
      const byHead = rangeOf(whole.texts, head);
      const byTail = count === colons ? rangeOf(tail.texts, literalFrom(tokens, last)) : undefined;
      const [{ from, to }, list] =
        byTail !== undefined && byTail.to - byTail.from < byHead.to - byHead.from
          ? [byTail, tail.places]
          : [byHead, whole.places];
      for (let at = from; at < to; at++) {
        const place = list[at] ?? 0;
        const arn = this.#arns[place] ?? "";
        if (!glob.matches(arn)) continue;
        if (count > colons && innerStar && !matchesWithinSegments(tokens, arn)) unclear.push(place);
        else sure.push(place);
      }
    }
    return { sure, unclear };
  }
}

interface Sorted {
  readonly texts: readonly string[];
  readonly places: readonly number[];
}

interface Bucket {
  readonly whole: Sorted;
  /** By what stands behind the last colon. */
  readonly tail: Sorted;
}

function bucket(arns: readonly string[], places: readonly number[]): Bucket {
  const sorted = (text: (place: number) => string): Sorted => {
    const all = places.map((place) => ({ place, text: text(place) }));
    all.sort((a, b) => compareStrings(a.text, b.text));
    return { texts: all.map((one) => one.text), places: all.map(({ place }) => place) };
  };
  const arn = (place: number) => arns[place] ?? "";
  return { whole: sorted(arn), tail: sorted((place) => arn(place).slice(arn(place).lastIndexOf(":") + 1)) };
}

function colonsIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf(":"); at >= 0; at = text.indexOf(":", at + 1)) count++;
  return count;
}

/** The text up to the next wildcard. */
function literalFrom(tokens: readonly Token[], from: number): string {
  let to = from;
  while (to < tokens.length && (tokens[to] ?? -1) >= 0) to++;
  return String.fromCharCode(...tokens.slice(from, to));
}

/** Where texts that begin so stand in a sorted list. */
function rangeOf(texts: readonly string[], head: string): { readonly from: number; readonly to: number } {
  const first = (isBehind: (text: string) => boolean): number => {
    let low = 0;
    let high = texts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isBehind(texts[middle] ?? "")) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  return {
    from: first((text) => compareStrings(text, head) >= 0),
    to: first((text) => compareStrings(text, head) > 0 && !text.startsWith(head)),
  };
}
