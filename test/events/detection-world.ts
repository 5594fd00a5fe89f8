import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  EVENT_COLUMNS,
  attachReference,
  detections,
  find,
  type EventFinding,
  type Reference,
} from "../../src/events/index.ts";
import { DuckDb, textLiteral, type Parameter } from "../../src/tables/index.ts";

/** A row of the table; what is left out is usual, `null` is NULL. */
export type Row = Readonly<Record<string, number | string | null>>;

export const USUAL: Row = {
  store_id: "prod",
  item: 0,
  provider: "aws",
  account: "111122223333",
  region: "eu-central-1",
  service: "secretsmanager.amazonaws.com",
  operation: "read",
  operation_name: "GetSecretValue",
  secret_key: "payments/db",
  principal_key: "role/api",
  source_ip: "10.0.0.5",
  source_network: "10.0.0.0/24",
  outcome: "success",
};

/** What one detection finds in a table of these rows. */
export async function findIn(
  id: string,
  rows: readonly Row[],
  {
    since = "2026-01-01",
    now = "2026-12-01",
    set = {},
    reference = { principals: [] },
  }: {
    readonly since?: string;
    readonly now?: string;
    readonly set?: Readonly<Record<string, Parameter>>;
    readonly reference?: Reference;
  } = {},
): Promise<EventFinding[]> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-detections-"));
  const database = await DuckDb.open({ memoryMb: 512, threads: 1, scratch: join(directory, "scratch") });
  try {
    const path = join(directory, "events.ndjson");
    const lines = rows.map((row, index) =>
      JSON.stringify({ event_id: `e${index}`, request_id: `r${index}`, ...USUAL, ...row }),
    );
    await writeFile(path, `${lines.join("\n")}\n`);
    const columns = [...EVENT_COLUMNS, { name: "store_id", type: "VARCHAR" }]
      .map(({ name, type }) => `${name}: '${type}'`)
      .join(", ");
    await database.run(
      `CREATE TABLE events AS SELECT *, strftime(time, '%Y-%m-%d') AS day
         FROM read_json(${textLiteral(path)}, format = 'newline_delimited', columns = {${columns}})`,
    );
    await attachReference(database, reference);
    const detection = detections().find((one) => one.id === id);
    if (detection === undefined) throw new Error(`no detection ${id}`);
    return await find(database, detection, { since: new Date(since), now: new Date(now) }, set);
  } finally {
    database.close();
    await rm(directory, { recursive: true });
  }
}

/** `2026-10-<day>T<time>Z`, seconds and milliseconds after it. */
export function at(day: number, time: string, offsetMs = 0): string {
  return new Date(Date.parse(`2026-10-${String(day).padStart(2, "0")}T${time}Z`) + offsetMs).toISOString();
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Who, what and when was found, as short as it can be told. */
export async function found(...terms: Parameters<typeof findIn>): Promise<string[]> {
  const findings = await findIn(...terms);
  return findings.map(
    ({ detected_at, principal_key = "-", secret_key = "-", source_ip = "-", event_count }) =>
      [detected_at.slice(5, 16), principal_key, secret_key, source_ip, event_count].join(" "),
  );
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
