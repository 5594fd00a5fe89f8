import { isGap, type LogEntry, type Span } from "../../../facts/index.ts";
import { optional, text } from "../../shape.ts";
import { eventsOf } from "./operations.ts";
import { asLogFile } from "./bodies.ts";
import { outputOf, type LogReading, type Outcome } from "./reading.ts";
import { SECOND_MS, shifted } from "./times.ts";
import type { WindowRead } from "./windows.ts";

/** LookupEvents takes two questions a second in one account's Region. Source: LookupEvents, API reference. */
const PAUSE_MS = 550;
/** Pages of one window, of fifty events each. */
const MAX_PAGES = 20_000;

/** One window by LookupEvents, newest event first, so that what was read before an end is the window's later part. */
export async function* lookUp(reading: LogReading, span: Span): AsyncGenerator<Outcome, WindowRead> {
  const entries: LogEntry[] = [];
  let oldest: string | undefined;
  const partly = (): WindowRead => ({
    entries,
    // Others of the same second may be on the next page.
    read: oldest === undefined ? undefined : { from_at: shifted(oldest, SECOND_MS), to_at: span.to_at },
    whole: false,
  });
  let token: string | undefined;
  for (let number = 1; number <= MAX_PAGES; number += 1) {
    const detail = reading.spending.reached();
    if (detail !== undefined) {
      yield reading.gap("cloudtrail.events", span, { reason: "limit", detail, fix: GO_ON });
      return partly();
    }
    const { outcome, receipt, entry } = await page(reading, span, number, token);
    yield outcome;
    if (isGap(outcome)) return partly();
    if (entry !== undefined) {
      entries.push(entry);
      oldest = entry.first_at;
    }
    const next = optional(text)(receipt, "next");
    if (next === undefined) return { entries, read: span, whole: true };
    if (next === token) break;
    token = next;
  }
  yield reading.gap("cloudtrail.events", span, {
    reason: "limit",
    detail: `expected at most ${MAX_PAGES} pages of events, each with a token of its own, got another`,
  });
  return partly();
}

export const GO_ON = "Collect again: the next run goes on there; or raise the limit.";

async function page(reading: LogReading, span: Span, number: number, token: string | undefined) {
  const further = token === undefined ? {} : { page: token, page_number: String(number) };
  return await reading.fetch(
    "cloudtrail.events",
    { ...span, ...further },
    {
      StartTime: new Date(span.from_at),
      EndTime: lastSecond(span.to_at),
      MaxResults: 50,
      ...(token === undefined ? {} : { NextToken: token }),
    },
    { span, source: `${span.from_at}/${span.to_at}/${String(number).padStart(5, "0")}`, pauseMs: PAUSE_MS },
    (answer) => {
      const { records, next } = eventsOf(outputOf(answer));
      return { file: asLogFile(records), more: next === undefined || next === "" ? {} : { next } };
    },
  );
}

/** The whole second before an instant: records have no parts of seconds, and LookupEvents includes its end. */
function lastSecond(at: string): Date {
  return new Date((Math.ceil(Date.parse(at) / SECOND_MS) - 1) * SECOND_MS);
}
