import { digestOf, sortedBy } from "../base/index.ts";
import type { Parameter, QueryEngine } from "../tables/index.ts";
import type { EventFinding } from "./finding.ts";
import { decidingEvents } from "./found-events.ts";
import { rowsOf, type Row } from "./rows.ts";
import { DETECTION_COLUMNS, boundDetection, type Detection, type Period } from "./statement.ts";

/** Runs one detection; its findings in order of time. Needs the reference tables beside the events. E_USAGE, E_SQL, E_LIMIT. */
export async function find(
  engine: QueryEngine,
  detection: Detection,
  period: Period,
  given: Readonly<Record<string, Parameter>> = {},
): Promise<EventFinding[]> {
  const sql = boundDetection(detection, period, given);
  const result = await engine.query(`SELECT ${DETECTION_COLUMNS.join(", ")} FROM (${sql}) AS found`);
  const told = rowsOf(result).map((row) => findingOf(detection, row));
  const deciding = await decidingEvents(engine, told);
  const findings = told.map((finding) => {
    const event_id = deciding.get(finding.finding_id);
    return event_id === undefined ? finding : { ...finding, event_id };
  });
  return sortedBy(findings, ({ detected_at, finding_id }) => `${detected_at} ${finding_id}`);
}

function findingOf({ id, head }: Detection, row: Row): EventFinding {
  const text = (name: string): string => String(row[name]);
  const known = Object.fromEntries(
    ["principal_key", "secret_key", "source_ip", "event_id"].flatMap((name) =>
      typeof row[name] === "string" ? [[name, row[name]]] : [],
    ),
  );
  const told = {
    detection: id,
    store_id: text("store_id"),
    detected_at: text("detected_at"),
    ...known,
    detail: text("detail"),
  };
  return {
    ...told,
    finding_id: digestOf(told),
    severity: head.severity,
    title: head.title,
    event_count: Number(row["event_count"]),
    first_at: text("first_at"),
    last_at: text("last_at"),
  };
}

/** What of a store's log can be looked at. */
export interface LogCoverage {
  readonly store_id: string;
  readonly first_at: string;
  readonly last_at: string;
  /** Events of the period that name neither principal nor source: no detection by actor sees them. */
  readonly nameless_events: number;
  /** Reads of the period that name neither secret nor resource. */
  readonly nameless_reads: number;
  /** Records, or parts of files, that could not be read. */
  readonly aside: number;
}

/** What there is of each store's log before `now`, in order of stores. Stores of which only unreadable files came have no instants: "". */
export async function coverage(engine: QueryEngine, { since, now }: Period): Promise<LogCoverage[]> {
  const sql = boundDetection(COVERAGE, { since, now });
  return rowsOf(await engine.query(sql)).map((row) => ({
    store_id: String(row["store_id"]),
    first_at: typeof row["first_at"] === "string" ? row["first_at"] : "",
    last_at: typeof row["last_at"] === "string" ? row["last_at"] : "",
    nameless_events: Number(row["nameless_events"] ?? 0),
    nameless_reads: Number(row["nameless_reads"] ?? 0),
    aside: Number(row["aside"] ?? 0),
  }));
}

const COVERAGE = {
  id: "coverage",
  head: { title: "What there is of each store's log" },
  sql: `
WITH seen AS (
  SELECT
    store_id,
    min(time) AS first_at,
    max(time) AS last_at,
    count(*) FILTER (WHERE principal_key IS NULL AND source_ip IS NULL AND time >= :since) AS nameless_events,
    count(*) FILTER (WHERE operation = 'read' AND secret_key IS NULL AND resource IS NULL AND time >= :since) AS nameless_reads
  FROM events
  WHERE time < :now
  GROUP BY store_id
),
unread AS (
  SELECT store_id, sum(aside) AS aside FROM inputs GROUP BY store_id
)
SELECT coalesce(seen.store_id, unread.store_id) AS store_id, first_at, last_at, nameless_events, nameless_reads, aside
FROM seen FULL JOIN unread ON unread.store_id = seen.store_id
ORDER BY 1`,
};

/** A principal that the log names. */
export interface SeenPrincipal {
  readonly store_id: string;
  readonly principal_key: string;
  readonly name: string;
  readonly type: string;
}

/** Every principal of the table. E_LIMIT. */
export async function principalsSeen(engine: QueryEngine): Promise<SeenPrincipal[]> {
  const { rows } = await engine.query(
    `SELECT store_id, principal_key, max(principal_name), max(principal_type)
       FROM events WHERE principal_key IS NOT NULL GROUP BY store_id, principal_key ORDER BY store_id, principal_key`,
  );
  return rows.map(([store, key, name, type]) => ({
    store_id: String(store),
    principal_key: String(key),
    name: typeof name === "string" ? name : "",
    type: typeof type === "string" ? type : "",
  }));
}
