/**
 * A parameter as both databases take it and give it back: PostgreSQL refuses U+0000 in a text, so neither is given one, nor half a
 * character, which is none in UTF-8.
 */
export function cleaned(value: unknown): unknown {
  if (typeof value !== "string") return value;
  const whole = value.toWellFormed();
  return whole.includes("\0") ? whole.replaceAll("\0", "\uFFFD") : whole;
}

/** Longest text that is searched for, in characters; what is longer is cut. */
const MAX_SEARCH = 200;

/** Most words of it. */
const MAX_WORDS = 8;

/** Patterns of LIKE with `!` as escape character, each of which must fit: one a word of what was searched for. */
export function patternsOf(text: string): string[] {
  const words = text.slice(0, MAX_SEARCH).toLowerCase().split(/\s+/u).filter(Boolean);
  return words.slice(0, MAX_WORDS).map((word) => `%${word.replaceAll(/[!%_]/g, "!$&")}%`);
}
