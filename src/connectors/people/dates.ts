import type { Instant } from "../../base/index.ts";

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** RFC 3339: with seconds and an offset. Without an offset nobody knows which instant is meant. */
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/;

const HOUR_MS = 3_600_000;

/** Time zones reach from 14 hours before UTC to 12 behind it. Source: IANA time zone database, `Pacific/Kiritimati` and `Etc/GMT+12`. */
const DAY = { first: -14 * HOUR_MS, last: (24 + 12) * HOUR_MS } as const;

/**
 * The instant that a text names. Of a date alone the `first` at which it is that day anywhere, or the `last`: nobody is
 * held to an end that may not have come where they are. Undefined of everything else, such as `03/04/2026`.
 */
export function instantOf(text: string, edge: keyof typeof DAY): Instant | undefined {
  if (DATE.test(text)) {
    const midnight = midnightOf(text);
    return midnight === undefined ? undefined : new Date(midnight + DAY[edge]).toISOString();
  }
  const [, date] = INSTANT.exec(text) ?? [];
  if (date === undefined || midnightOf(date) === undefined) return undefined;
  return new Date(text.toUpperCase()).toISOString();
}

/** Undefined of a day that there is not, which `Date` takes for one of the next month. */
function midnightOf(date: string): number | undefined {
  const at = Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(date) ? undefined : at;
}
