import type { Instant } from "./clock.ts";

const HOUR_MS = 3_600_000;

/** Noon UTC of the next day: the last instant at which it is some day anywhere. */
const LAST_OF_DAY = /T12:00:00(\.000)?Z$/;

/** 10:00 UTC of the day before: the first instant at which it is some day anywhere. */
const FIRST_OF_DAY = /T10:00:00(\.000)?Z$/;

/**
 * The day that a list wrote without a time, of an end that is kept as the last instant of that day anywhere (see `dates.ts` of the
 * connector `people`): by that it is judged, and by this it is told. Undefined of every other instant.
 */
export function statedDay(end: Instant): string | undefined {
  if (!LAST_OF_DAY.test(end)) return undefined;
  return new Date(Date.parse(end) - 36 * HOUR_MS).toISOString().slice(0, 10);
}

/** `2026-09-30 (end of day)` where a day was written, else the day of the instant in UTC. */
export function endDay(end: Instant): string {
  const day = statedDay(end);
  return day === undefined ? end.slice(0, 10) : `${day} (end of day)`;
}

/** The same, with the instant in full where one was written. */
export function endInstant(end: Instant): string {
  return statedDay(end) === undefined ? end : endDay(end);
}

/** The day that a list wrote without a time, of a beginning that is kept as the first instant of that day anywhere. Undefined of every other instant. */
export function statedFirstDay(start: Instant): string | undefined {
  if (!FIRST_OF_DAY.test(start)) return undefined;
  return new Date(Date.parse(start) + 14 * HOUR_MS).toISOString().slice(0, 10);
}
