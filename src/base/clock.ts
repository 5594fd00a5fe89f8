/** An instant as RFC 3339 in UTC with milliseconds, e.g. `2026-09-30T06:00:00.000Z`. */
export type Instant = string;

/** The only source of the present time; the command line passes the system's. */
export interface Clock {
  now(): Date;
}

/** The latest of some instants: what a clock that was set back is taken for, so that nothing ends before it began. */
export function latest(first: Date, others: Iterable<Date>): Date {
  let last = first.getTime();
  for (const other of others) last = Math.max(last, other.getTime());
  return new Date(last);
}

const DAY_MS = 86_400_000;

/** Whole days from `from` to `to`, rounded down; negative when `to` is earlier. */
export function daysBetween(from: Instant, to: Instant): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
