import { sortedBy } from "../base/index.ts";
import { literal, type QueryEngine } from "../tables/index.ts";
import type { EventFinding } from "./finding.ts";
import { rowsOf } from "./rows.ts";

/** Findings whose events are looked for in one statement: they stand in its text. */
const CHUNK = 500;

/** Findings of one rule of which the deciding event is looked up, the latest: each is looked for in the whole table. */
const MAX_LOOKED_UP = 1000;

/**
 * The ids of the events by which findings came about that name none: their rule looks at many events, and takes the id of none along,
 * since that costs most to read. Of the latest thousand. Of several at that instant a read that succeeded, then another read. By `finding_id`; of a silence there is no event.
 */
export async function decidingEvents(
  engine: QueryEngine,
  findings: readonly EventFinding[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const open = findings.filter(
    ({ event_id, principal_key, source_ip }) =>
      event_id === undefined && (principal_key ?? source_ip) !== undefined,
  );
  const asked = sortedBy(open, ({ detected_at }) => detected_at).slice(-MAX_LOOKED_UP);
  for (let start = 0; start < asked.length; start += CHUNK) {
    const rows = asked.slice(start, start + CHUNK).map((one) => {
      const cells = [one.finding_id, one.store_id, actorOf(one), one.secret_key ?? ""].map(literal);
      return `(${[...cells, instant(one.detected_at)].join(", ")})`;
    });
    const answer = await engine.query(`
WITH asked (finding_id, store_id, actor, secret_key, detected_at) AS (VALUES ${rows.join(", ")}),
actors AS (
  SELECT store_id, 'principal:' || principal_key AS actor, secret_key, time, event_id, operation, outcome
  FROM events WHERE principal_key IS NOT NULL AND time IN (SELECT detected_at FROM asked)
  UNION ALL
  SELECT store_id, 'source:' || source_ip AS actor, secret_key, time, event_id, operation, outcome
  FROM events WHERE source_ip IS NOT NULL AND time IN (SELECT detected_at FROM asked)
)
SELECT
  asked.finding_id,
  min_by(actors.event_id, ROW(
    CASE WHEN operation <> 'read' THEN 2 WHEN outcome IN ('success', 'unanswered') THEN 0 ELSE 1 END,
    actors.event_id
  )) AS event_id
FROM asked
JOIN actors ON actors.store_id = asked.store_id AND actors.actor = asked.actor AND actors.time = asked.detected_at
WHERE asked.secret_key = '' OR asked.secret_key = actors.secret_key
GROUP BY asked.finding_id`);
    for (const row of rowsOf(answer)) found.set(String(row["finding_id"]), String(row["event_id"]));
  }
  return found;
}

function actorOf({ principal_key, source_ip = "" }: EventFinding): string {
  return principal_key === undefined ? `source:${source_ip}` : `principal:${principal_key}`;
}

function instant(at: string): string {
  return `TIMESTAMP '${new Date(at).toISOString().slice(0, -1).replace("T", " ")}'`;
}

/** What was read in the events of one finding. */
export interface SecretsRead {
  /** In order, a part of them where there are more. */
  readonly secret_keys: readonly string[];
  readonly secret_count: number;
  /** Reads that name no secret. */
  readonly unnamed_read_count: number;
}

/**
 * What a principal read by the events of a finding that is about when, or from which network, it came: from its first to its last event,
 * of `new_network` those from there. By `finding_id`; one without any read is left out.
 */
export async function secretsRead(
  engine: QueryEngine,
  findings: readonly EventFinding[],
  most: number,
): Promise<ReadonlyMap<string, SecretsRead>> {
  const found = new Map<string, SecretsRead>();
  for (let start = 0; start < findings.length; start += CHUNK) {
    const rows = findings.slice(start, start + CHUNK).flatMap((one) => {
      const { finding_id, store_id, principal_key, source_ip = "", first_at, last_at } = one;
      if (principal_key === undefined) return [];
      const cells = [finding_id, store_id, principal_key, source_ip].map(literal);
      return [`(${[...cells, instant(first_at), instant(last_at)].join(", ")})`];
    });
    if (rows.length === 0) continue;
    const answer = await engine.query(`
WITH asked (finding_id, store_id, principal_key, source_ip, first_at, last_at) AS (VALUES ${rows.join(", ")}),
networks AS (
  SELECT source_ip, min(source_network) AS source_network FROM events
  WHERE source_ip IN (SELECT source_ip FROM asked) GROUP BY source_ip
),
reads AS (
  SELECT asked.finding_id, events.secret_key, count(*) AS read_count
  FROM asked
  JOIN events ON events.store_id = asked.store_id AND events.principal_key = asked.principal_key
  LEFT JOIN networks ON networks.source_ip = asked.source_ip
  WHERE events.operation = 'read' AND events.outcome IN ('success', 'unanswered')
    AND events.time BETWEEN asked.first_at AND asked.last_at
    AND (asked.source_ip = '' OR events.source_network = networks.source_network)
  GROUP BY 1, 2
),
placed AS (
  SELECT *, row_number() OVER (PARTITION BY finding_id ORDER BY secret_key) AS place FROM reads WHERE secret_key IS NOT NULL
)
SELECT
  reads.finding_id,
  count(secret_key) AS secret_count,
  coalesce(sum(read_count) FILTER (WHERE secret_key IS NULL), 0) AS unnamed_read_count,
  min(few.secret_keys) AS secret_keys
FROM reads
LEFT JOIN (
  SELECT finding_id, array_agg(secret_key ORDER BY secret_key) AS secret_keys FROM placed WHERE place <= ${most} GROUP BY finding_id
) AS few ON few.finding_id = reads.finding_id
GROUP BY reads.finding_id`);
    for (const row of rowsOf(answer)) {
      const keys = row["secret_keys"];
      found.set(String(row["finding_id"]), {
        secret_keys: Array.isArray(keys) ? keys.map(String) : [],
        secret_count: Number(row["secret_count"]),
        unnamed_read_count: Number(row["unnamed_read_count"]),
      });
    }
  }
  return found;
}

/** One principal of a store's log. Instants are RFC 3339, UTC. */
interface LogActor {
  readonly principal_key: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly event_count: number;
  /** Days since `readsSince` on which it read. */
  readonly read_day_count: number;
}

/** Principals of a store's log whose name is one identity's for certain (entities of Vault, identities of AWS), by name; at most `most`. */
export async function logActors(
  engine: QueryEngine,
  storeId: string,
  { readsSince, most }: { readonly readsSince: Date; readonly most: number },
): Promise<LogActor[]> {
  const { rows } = await engine.query(`
SELECT
  principal_key,
  min(time),
  max(time),
  count(*),
  count(DISTINCT CASE
    WHEN operation = 'read' AND outcome IN ('success', 'unanswered') AND time >= ${instant(readsSince.toISOString())}
      THEN CAST(time AS DATE)
  END)
FROM events
WHERE store_id = ${literal(storeId)} AND (principal_key LIKE 'entity:%' OR principal_key LIKE 'arn:%')
GROUP BY principal_key
ORDER BY principal_key
LIMIT ${most}`);
  return rows.map(([key, first, last, events, days]) => ({
    principal_key: String(key),
    first_at: String(first),
    last_at: String(last),
    event_count: Number(events),
    read_day_count: Number(days),
  }));
}
