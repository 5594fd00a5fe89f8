import { join } from "node:path";
import { EVENT_COLUMNS, EventTable } from "../../src/events/index.ts";
import { textLiteral, type DuckDb } from "../../src/tables/index.ts";

const STORE = "aws-prod";
/** Workloads, people and, each five hundredth, those that copy many secrets. */
const PRINCIPALS = 5000;
const FIRST_DAY = Date.UTC(2026, 5, 1);

/**
 * Fills the event table of a state directory with `events` rows over `days` days, a file each, always the same. The rows are not read
 * from logs: they are made by the engine, and staged and committed as those of `events ingest` are.
 */
export async function fillEventTable(
  database: DuckDb,
  state: string,
  events: number,
  days: number,
): Promise<void> {
  const table = await EventTable.open(state);
  const directory = await table.stage();
  const rows = Math.ceil(events / days);
  const staged = [];
  for (let number = 0; number < days; number += 1) {
    const day = new Date(FIRST_DAY + number * 86_400_000).toISOString().slice(0, 10);
    const path = join(directory, `${day}.parquet`);
    await database.run(
      `COPY (${rowsOf(day, number, rows)}) TO ${textLiteral(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    staged.push({ path, table: "events" as const, store_id: STORE, day, rows });
  }
  await table.commit(staged, []);
}

export function lastDay(days: number): Date {
  return new Date(FIRST_DAY + days * 86_400_000);
}

export const BEGUN = new Date(FIRST_DAY);

/** SQL of one day's rows. A hash of the row's number takes the place of chance. */
function rowsOf(day: string, number: number, rows: number): string {
  const values: Readonly<Record<string, string>> = {
    event_id: "md5(CAST(seed AS VARCHAR))",
    item: "0",
    time: "time",
    provider: "'aws'",
    account: "'111122223333'",
    region: "'eu-central-1'",
    service:
      "CASE operation WHEN 'decrypt' THEN 'kms.amazonaws.com' WHEN 'login' THEN 'signin.amazonaws.com' ELSE 'secretsmanager.amazonaws.com' END",
    operation: "operation",
    operation_name:
      "CASE operation WHEN 'read' THEN 'GetSecretValue' WHEN 'decrypt' THEN 'Decrypt' WHEN 'login' THEN 'ConsoleLogin' WHEN 'write' THEN 'PutSecretValue' WHEN 'delete' THEN 'DeleteSecret' WHEN 'administer' THEN 'PutResourcePolicy' ELSE 'DescribeSecret' END",
    resource: "secret",
    secret_key: "CASE WHEN operation NOT IN ('decrypt', 'login') THEN secret END",
    secret_version: "CASE WHEN operation = 'write' OR draw % 50 = 0 THEN 'version-' || (draw % 3) END",
    principal_key:
      "CASE WHEN operation <> 'login' OR outcome = 'success' THEN 'arn:aws:iam::111122223333:role/service-' || principal END",
    principal_type: "'AssumedRole'",
    principal_name: "'service-' || principal",
    session: "'i-' || hex(hash(seed, 3))",
    source_ip: "network || '.' || (draw % 254 + 1)",
    source_network: "network || '.0/24'",
    user_agent: "'aws-sdk-java/2.25.11 Linux/6.1.84 OpenJDK_64-Bit_Server_VM/17.0.' || (principal % 12)",
    outcome: "outcome",
    error_code: "CASE outcome WHEN 'denied' THEN 'AccessDenied' END",
    request_id: "md5(CAST(seed + 1 AS VARCHAR))",
    record_digest: `sha256('${day}' || (draw % 40))`,
  };
  return `WITH drawn AS (
      SELECT
        CAST(${number} AS BIGINT) * 100000000 + range * 2 AS seed,
        hash(CAST(${number} AS BIGINT) * 100000000 + range) AS draw,
        -- Some do much, most do little.
        CAST(floor(${PRINCIPALS} * pow((hash(range, ${number}) % 1000003) / 1000003.0, 2)) AS INTEGER) AS principal
      FROM range(${rows})
    ),
    told AS (
      SELECT
        *,
        CASE WHEN draw % 1000 < 600 THEN 'read' WHEN draw % 1000 < 850 THEN 'decrypt' WHEN draw % 1000 < 860 THEN 'login'
          WHEN draw % 1000 < 940 THEN 'describe' WHEN draw % 1000 < 999 THEN 'write' WHEN draw % 3000 = 999 THEN 'delete' ELSE 'administer' END AS operation,
        CASE WHEN hash(seed, 1) % 400 = 0 THEN 'denied' ELSE 'success' END AS outcome,
        CASE WHEN principal % 500 = 7 THEN 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:service-' || (hash(seed, 2) % ${PRINCIPALS}) || '/credential-' || (draw % 12)
          ELSE 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:service-' || principal || '/credential-' || (hash(seed, 2) % 12) END AS secret,
        '10.' || (principal % 16) || '.' || (hash(seed, 4) % 4) AS network,
        -- Each tenth is a person with hours.
        TIMESTAMP '${day}' + CASE WHEN principal % 10 = 3
          THEN INTERVAL 1 MILLISECOND * CAST(28800000 + draw % 36000000 AS BIGINT)
          ELSE INTERVAL 1 MILLISECOND * CAST(draw % 86400000 AS BIGINT) END AS time
      FROM drawn
    )
    SELECT ${EVENT_COLUMNS.map(({ name, type }) => `CAST(${values[name] ?? "NULL"} AS ${type}) AS ${name}`).join(", ")}
    FROM told`;
}
