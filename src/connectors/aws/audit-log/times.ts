import type { Span } from "../../../facts/index.ts";

export const SECOND_MS = 1000;
export const HOUR_MS = 3600 * SECOND_MS;
export const DAY_MS = 24 * HOUR_MS;

/**
 * How late CloudTrail may deliver. It says about five minutes on average, and promises nothing; a mark stays this far behind,
 * and what lies before it is searched once more.
 */
export const LATENESS_MS = 3600 * SECOND_MS;

/** The instant so many milliseconds later, or before. */
export function shifted(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}

export function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

export function later(a: string, b: string): string {
  return a < b ? b : a;
}

/** The time in pieces of at most one UTC day, in order. */
export function byDay(span: Span): Span[] {
  const days: Span[] = [];
  for (let from_at = span.from_at; from_at < span.to_at;) {
    const midnight = new Date((Math.floor(Date.parse(from_at) / DAY_MS) + 1) * DAY_MS).toISOString();
    const to_at = earlier(midnight, span.to_at);
    days.push({ from_at, to_at });
    from_at = to_at;
  }
  return days;
}
