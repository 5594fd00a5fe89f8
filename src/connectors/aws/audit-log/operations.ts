import { nonEmptyText, objects, optional, text, type Json } from "../../shape.ts";
import type { Family, Operation } from "../operation.ts";
import { rowsOf } from "../rows.ts";
import { coverage } from "./coverage.ts";
import { listed } from "./files.ts";

const HIDES = ["audit_log_coverage"] as const;

/** Of a Region's log; every row is asked with what it takes to name it. */
const LOG = "{account}/{region}";

const s3 = rowsOf("s3", "global", LOG);
const trail = rowsOf("cloudtrail", "regional", LOG);

/** The ways to read the records of CloudTrail, each with what it asks. */
export const LOG_WAYS = {
  s3: [
    {
      ...s3("log_files", "Names of a trail's log files and digest files", "ListObjectsV2"),
      needs: ["s3:ListBucket"],
      hides: HIDES,
      pages: { token: "NextContinuationToken", input: "ContinuationToken", more: "IsTruncated" },
      gone: ["NoSuchBucket"],
      // What the reading would stumble over is a gap.
      next: ({ body }) => (listed(body), []),
    },
    {
      ...s3("log_file", "One log file", "GetObject"),
      hides: HIDES,
      raw: true,
      gone: ["NoSuchKey", "NoSuchBucket"],
    },
  ],
  lookup_events: [
    {
      ...trail("events", "Management events of the last 90 days", "LookupEvents"),
      hides: HIDES,
    },
  ],
  lake: [
    {
      ...trail("query", "Begins a query of a day's events", "StartQuery"),
      hides: HIDES,
      gone: ["EventDataStoreNotFoundException"],
      next: ({ body }) => (nonEmptyText(body, "QueryId"), []),
    },
    {
      ...trail("query_results", "A page of what a query found", "GetQueryResults"),
      hides: HIDES,
    },
  ],
} as const satisfies Record<string, readonly Operation[]>;

export type LogWay = keyof typeof LOG_WAYS;

/** What is asked of our own store of logs: steps of a reading, which the snapshot shows. Needs no permission of AWS's. */
const OWN: readonly Operation[] = (
  [
    ["log_state", "What was read of a log before"],
    ["log_step", "What a step has added to a log"],
    ["log_coverage", "Of which time the records of a log are kept"],
  ] as const
).map(([name, title]) => ({
  ...trail(name, title, "none"),
  needs: [],
  hides: HIDES,
  ...(name === "log_coverage" ? { facts: coverage } : {}),
}));

export const LOG_FAMILIES: readonly Family[] = Object.entries(LOG_WAYS).map(([id, operations]) => ({
  id,
  operations,
  roots: [],
}));

const byId = new Map<string, Operation>(
  [...Object.values(LOG_WAYS).flat(), ...OWN].map((operation) => [operation.id, operation]),
);

/** Every operation about logs, by id. */
export const LOG_OPERATIONS: ReadonlyMap<string, Operation> = byId;

/** The texts of a page's events, and the next one's token. Source: LookupEvents, "Response Elements". */
export function eventsOf(output: Json): { records: string[]; next: string | undefined } {
  return {
    records: objects(output, "Events").map((event) => nonEmptyText(event, "CloudTrailEvent")),
    next: optional(text)(output, "NextToken"),
  };
}
