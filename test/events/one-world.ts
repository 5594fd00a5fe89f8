import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EVENT_COLUMNS, EventTable, type Reference } from "../../src/events/index.ts";
import { DuckDb, textLiteral } from "../../src/tables/index.ts";
import { HOUR, MINUTE, USUAL, times, type Row } from "./detection-world.ts";

const DAY = 24 * HOUR;
const DAYS = 51;
const BEGIN = Date.parse("2026-09-01T00:00:00Z");

/** Looked at from here on; what is before is what is known. */
export const PERIOD = { since: new Date("2026-10-01T00:00:00Z"), now: new Date("2026-10-21T12:00:00Z") };

export const STORES = ["aws-prod", "vault-prod", "azure-prod"] as const;

/** Hours, workloads and identities for emergencies, in both stores that have them. */
export const REFERENCE: Reference = {
  principals: [
    { store_id: "aws-prod", principal_key: "role/app-0", from_hour: 8, to_hour: 18, days: "1111100" },
    { store_id: "aws-prod", principal_key: "role/app-1", from_hour: 22, to_hour: 6, days: "1111111" },
    { store_id: "aws-prod", principal_key: "role/app-2", is_workload: true },
    {
      store_id: "vault-prod",
      principal_key: "name:root",
      name: "l'urgence, née d'œuf",
      is_break_glass: true,
    },
  ],
};

/** Numbers from 0 to before 1, the same each time (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Three stores of seven weeks in which every detection has something to find, beside habits that it must not tell, unknown
 * names, ties, and texts that are no ASCII.
 */
export function oneWorld(): Row[] {
  return [...STORES.flatMap(habits), ...oddities()];
}

/** What apps and people do day by day, a little disorderly. */
function habits(store: string, index: number): Row[] {
  const next = numbers(index + 1);
  const below = (count: number): number => Math.floor(next() * count);
  const rows: Row[] = [];
  for (let day = 0; day < DAYS; day += 1) {
    for (let app = 0; app < 6; app += 1) {
      for (const hour of [8, 9, 11, 14, 15, 16]) {
        if (next() < 0.45) continue;
        const time = BEGIN + day * DAY + hour * HOUR + below(3_600_000);
        const isOdd = day > 30 && next() < 0.02;
        const network = isOdd ? `192.0.${below(9)}` : `10.0.${app}`;
        rows.push({
          store_id: store,
          // A second file on some days.
          item: day % 10 === 0 ? below(2) : 0,
          time: iso(isOdd && next() < 0.5 ? time - 6 * HOUR : time),
          principal_key: next() < 0.02 ? null : `role/app-${app}`,
          principal_name: next() < 0.5 ? null : `App ${app} – größer`,
          secret_key: next() < 0.02 ? null : isOdd ? `new/key-${below(5)}` : `app-${app}/key-${below(4)}`,
          resource: next() < 0.02 ? null : `arn:of:app-${app}`,
          secret_version: next() < 0.7 ? null : String(1 + Math.floor(day / 20) - (next() < 0.1 ? 1 : 0)),
          source_ip: next() < 0.02 ? null : `${network}.${below(3)}`,
          source_network: `${network}.0/24`,
          region: next() < 0.05 ? null : `eu-central-${1 + (app % 2)}`,
          account: store === "vault-prod" ? null : `account-${app % 2}`,
          outcome: next() < 0.03 ? "denied" : next() < 0.02 ? "unanswered" : "success",
          operation: next() < 0.04 ? "list" : "read",
          user_agent: next() < 0.3 ? null : "agent/1.0 (\"quoted\", 'single'; 日本)",
          request_id: next() < 0.1 ? null : `${store}-${day}-${app}-${hour}`,
        });
      }
    }
  }
  return rows;
}

function oddities(): Row[] {
  const at = (day: string, ms = 0): string => iso(Date.parse(`2026-10-${day}Z`) + ms);
  const vault = { store_id: "vault-prod", region: null, account: null } as const;
  const aws = { store_id: "aws-prod" } as const;
  return [
    // bulk_read, and beside it one that is just allowed.
    ...times(33, (n) => ({
      ...aws,
      time: at("06T10:30:00", n * MINUTE),
      principal_key: "role/app-3",
      secret_key: `bulk/${n}`,
    })),
    ...times(20, (n) => ({
      ...aws,
      time: at("06T10:30:00", n * MINUTE),
      principal_key: "role/app-4",
      secret_key: `bulk/${n}`,
    })),
    // denied_burst of one principal, and of several behind one source; denied_then_allowed.
    ...times(14, (n) => ({
      ...vault,
      time: at("07T12:00:00", n * 20_000),
      principal_key: "role/guess",
      secret_key: "prod/db",
      outcome: "denied",
    })),
    { ...vault, time: at("07T13:00:00"), principal_key: "role/guess", secret_key: "prod/db" },
    ...times(12, (n) => ({
      ...vault,
      time: at("08T12:00:00", n * 1000),
      principal_key: `role/of-${n % 3}`,
      source_ip: "198.51.100.7",
      secret_key: `k/${n}`,
      outcome: "denied",
      operation: "decrypt",
    })),
    // auth_failure_burst by source, and by account from several sources; some of one instant.
    ...times(16, (n) => ({
      ...vault,
      time: at("09T04:00:00", Math.floor(n / 2) * 1000),
      operation: "login",
      secret_key: null,
      principal_key: null,
      principal_name: `user-${n}`,
      source_ip: "203.0.113.9",
      outcome: "failed",
    })),
    ...times(16, (n) => ({
      ...vault,
      time: at("09T06:00:00", n * 1000),
      operation: "login",
      secret_key: null,
      principal_key: "name:alice",
      source_ip: `203.0.113.${n}`,
      outcome: "denied",
    })),
    // break_glass_used, privileged_operation.
    ...times(4, (n) => ({
      ...vault,
      time: at("10T23:59:59.998", n),
      principal_key: "name:root",
      operation: n < 2 ? "administer" : "read",
      operation_name: "sys/policies",
      secret_key: null,
      resource: "sys/policies/acl/é",
    })),
    ...times(3, (n) => ({
      ...aws,
      time: at("11T01:00:00", n * HOUR),
      principal_key: n === 0 ? null : "role/admin",
      operation: n === 2 ? "delete" : "share",
      operation_name: "PutResourcePolicy",
      secret_key: "prod/db",
    })),
    // deprecated_read: superseded, previous, deleted.
    { ...aws, time: at("02T00:00:00"), operation: "rotate", secret_key: "rotated", secret_version: "7" },
    { ...aws, time: at("04T00:00:00"), operation: "rotate", secret_key: "rotated", secret_version: "8" },
    {
      ...aws,
      time: at("08T00:00:00"),
      secret_key: "rotated",
      secret_version: "7",
      principal_key: "role/stale",
    },
    { ...aws, time: at("08T00:00:01"), secret_key: "rotated", secret_version: "AWSPREVIOUS" },
    { ...aws, time: at("09T00:00:00"), operation: "delete", secret_key: "gone" },
    { ...aws, time: at("09T00:00:01"), secret_key: "gone", outcome: "failed" },
    // many_stores.
    ...STORES.map((store_id, n) => ({
      store_id,
      time: at("12T10:00:00", n * 10 * MINUTE),
      principal_key: "role/roaming",
      secret_key: "a/b",
      source_ip: "198.51.100.99",
    })),
    ...times(5, (n) => ({
      ...aws,
      time: at("13T10:00:00", n * MINUTE),
      principal_key: "role/regions",
      secret_key: "a/b",
      region: `r-${n}`,
    })),
    // silent_log: a Region that has an event each hour until it has none.
    ...times(24 * 30, (n) => ({
      store_id: "azure-prod",
      time: iso(Date.parse("2026-09-10T00:30:00Z") + n * HOUR),
      operation: "list",
      secret_key: null,
      region: "west",
      account: "kv-west",
    })),
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Writes a world into the event table of a state directory, a file for each store and day and two for some. */
export async function writeWorld(stateDirectory: string, rows: readonly Row[]): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-world-"));
  const database = await DuckDb.open({ memoryMb: 512, threads: 1, scratch: join(directory, "scratch") });
  try {
    const path = join(directory, "events.ndjson");
    const lines = rows.map((row, index) =>
      JSON.stringify({
        event_id: `e${index}`,
        request_id: `r${index}`,
        record_digest: "d",
        ...USUAL,
        ...row,
      }),
    );
    await writeFile(path, `${lines.join("\n")}\n`);
    const columns = [...EVENT_COLUMNS, { name: "store_id", type: "VARCHAR" }];
    const typed = columns.map(({ name, type }) => `${name}: '${type}'`).join(", ");
    await database.run(
      `CREATE TABLE world AS SELECT *, CASE WHEN outcome = 'unanswered' THEN 'unanswered' ELSE strftime(time, '%Y-%m-%d') END AS day
         FROM read_json(${textLiteral(path)}, format = 'newline_delimited', columns = {${typed}})`,
    );
    const table = await EventTable.open(stateDirectory);
    const stage = await table.stage();
    const { rows: parts } = await database.query(
      "SELECT store_id, day, item % 2, count(*) FROM world GROUP BY ALL ORDER BY ALL",
    );
    const names = EVENT_COLUMNS.map(({ name }) => name).join(", ");
    const staged = [];
    for (const [index, [store_id, day, half, count]] of parts.entries()) {
      const file = join(stage, `${index}.parquet`);
      await database.run(
        `COPY (SELECT ${names} FROM world WHERE store_id = ${textLiteral(String(store_id))} AND day = ${textLiteral(String(day))} AND item % 2 = ${Number(half)})
           TO ${textLiteral(file)} (FORMAT parquet, COMPRESSION zstd)`,
      );
      staged.push({
        path: file,
        table: "events" as const,
        store_id: String(store_id),
        day: String(day),
        rows: Number(count),
      });
    }
    await table.commit(staged, []);
  } finally {
    database.close();
    await rm(directory, { recursive: true });
  }
}
