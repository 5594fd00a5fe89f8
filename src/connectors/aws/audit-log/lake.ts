import { CallFailure, isGap, type Answer, type LogEntry, type Span } from "../../../facts/index.ts";
import { nonEmptyText, objects, optional, text } from "../../shape.ts";
import { readRecord } from "../normalise.ts";
import { asLogFile } from "./bodies.ts";
import { GO_ON } from "./lookup-events.ts";
import { isSound, outputOf, type LogReading, type Outcome, type Received } from "./reading.ts";
import type { WindowRead } from "./windows.ts";

/** Between two questions whether a query has ended. */
const POLL_MS = 5000;
/** Questions whether a query has ended: an hour, after which AWS ends it as well. */
const MAX_POLLS = 720;
/** Pages of one window, of a thousand events each. */
const MAX_PAGES = 10_000;

const RUNNING = new Set(["QUEUED", "RUNNING"]);

/** One window by a query to an event data store. Its pages are in no order: what was read of it in part proves nothing. */
export async function* query(
  reading: LogReading,
  store: string,
  span: Span,
): AsyncGenerator<Outcome, WindowRead> {
  const entries: LogEntry[] = [];
  const partly: WindowRead = { entries: [], read: undefined, whole: false };
  const begun = await reading.ask(
    "cloudtrail.query",
    { store, ...span },
    { QueryStatement: statement(reading, store, span) },
    span,
  );
  yield begun;
  if (!isSound(begun)) return partly;
  const query_id = nonEmptyText(readRecord(begun).body, "QueryId");
  let token: string | undefined;
  let polls = 0;
  for (let number = 1; number <= MAX_PAGES;) {
    const detail = reading.spending.reached();
    if (detail !== undefined) {
      yield reading.gap("cloudtrail.query_results", span, { reason: "limit", detail, fix: GO_ON });
      return partly;
    }
    const { outcome, receipt, entry } = await reading.fetch(
      "cloudtrail.query_results",
      {
        query_id,
        poll: String(polls),
        ...(token === undefined ? {} : { page: token, page_number: String(number) }),
      },
      { QueryId: query_id, MaxQueryResults: 1000, ...(token === undefined ? {} : { NextToken: token }) },
      {
        span,
        source: `${span.from_at}/${span.to_at}/${String(number).padStart(5, "0")}`,
        ...(polls === 0 ? {} : { pauseMs: token === undefined ? POLL_MS : 0 }),
      },
      received,
    );
    yield outcome;
    if (isGap(outcome)) return partly;
    if (RUNNING.has(text(receipt, "status"))) {
      polls += 1;
      if (polls >= MAX_POLLS) break;
      continue;
    }
    if (entry !== undefined) entries.push(entry);
    const next = optional(text)(receipt, "next");
    if (next === undefined) return { entries, read: span, whole: true };
    if (next === token) break;
    token = next;
    number += 1;
  }
  yield reading.gap("cloudtrail.query_results", span, {
    reason: "limit",
    detail: `expected the query to end, and at most ${MAX_PAGES} pages of it, each with a token of its own, got neither`,
  });
  return partly;
}

/** `eventJson` is the record as CloudTrail wrote it. The parts come from settings and answers whose form is checked. */
function statement({ place }: LogReading, store: string, { from_at, to_at }: Span): string {
  const id = store.slice(store.lastIndexOf("/") + 1);
  const instant = (at: string): string => `'${at.slice(0, 19).replace("T", " ")}'`;
  return (
    `SELECT eventJson FROM ${id} WHERE eventTime >= ${instant(from_at)} AND eventTime < ${instant(to_at)} ` +
    `AND recipientAccountId = '${place.account}' AND awsRegion = '${place.region}'`
  );
}

/** Source: GetQueryResults, "Response Elements". */
function received(answer: Answer): Received {
  const output = outputOf(answer);
  const status = nonEmptyText(output, "QueryStatus");
  if (RUNNING.has(status)) return { file: undefined, more: { status } };
  if (status === "TIMED_OUT")
    throw new CallFailure("timeout", "the query did not end in AWS's time", { answer });
  if (status !== "FINISHED") {
    const said = (optional(text)(output, "ErrorMessage") ?? "").slice(0, 300);
    throw new CallFailure("unsupported", `expected the query to finish, got ${status}: ${said}`, { answer });
  }
  const rows = output["QueryResultRows"];
  const records = (Array.isArray(rows) ? rows : []).map((row: unknown) => {
    const cell = objects({ row }, "row").find((one) => Object.hasOwn(one, "eventJson"));
    return nonEmptyText(cell ?? {}, "eventJson");
  });
  const next = optional(text)(output, "NextToken");
  return {
    file: records.length === 0 ? undefined : asLogFile(records),
    more: { status, ...(next === undefined || next === "" ? {} : { next }) },
  };
}
