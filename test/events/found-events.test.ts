import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  EVENT_COLUMNS,
  attachReference,
  detections,
  find,
  logActors,
  secretsRead,
} from "../../src/events/index.ts";
import { DuckDb, textLiteral, type QueryEngine } from "../../src/tables/index.ts";
import { USUAL, at, times, type Row } from "./detection-world.ts";
import { PERIOD, REFERENCE, oneWorld } from "./one-world.ts";

async function inTable<T>(rows: readonly Row[], work: (engine: QueryEngine) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-found-"));
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
      `CREATE TABLE events AS SELECT * FROM read_json(${textLiteral(path)}, format = 'newline_delimited', columns = {${columns}})`,
    );
    await attachReference(database, REFERENCE);
    return await work(database);
  } finally {
    database.close();
    await rm(directory, { recursive: true });
  }
}

test("every finding but a silence names an event of its principal or source at the instant that decided", async () => {
  await inTable(oneWorld(), async (engine) => {
    for (const detection of detections()) {
      const found = await find(engine, detection, PERIOD);
      expect(found, detection.id).not.toEqual([]);
      for (const { event_id, detected_at, principal_key, source_ip } of found) {
        if (detection.id === "silent_log") {
          expect(event_id).toBeUndefined();
          continue;
        }
        expect(event_id, `${detection.id} ${detected_at}`).toBeDefined();
        const { rows } = await engine.query(
          `SELECT time, principal_key, source_ip FROM events WHERE event_id = '${event_id}'`,
        );
        expect(
          rows.some(([time]) => time === detected_at),
          detection.id,
        ).toBe(true);
        expect(
          rows.some(([, who, from]) => who === (principal_key ?? who) && (principal_key ?? from) !== null),
        ).toBe(true);
        expect(source_ip ?? principal_key ?? detection.id).toBeDefined();
      }
    }
  });
});

test("what was read is that of the principal, of the network and of the time of the finding", async () => {
  const known = times(10, (index) => ({ time: at(index + 1, "09:00:00"), secret_key: "usual" }));
  const away = (time: string, own: Row = {}): Row => ({
    time,
    source_ip: "192.0.2.9",
    source_network: "192.0.2.0/24",
    ...own,
  });
  const rows = [
    ...known,
    away(at(12, "10:00:00"), { secret_key: "b" }),
    away(at(12, "10:01:00"), { secret_key: "a" }),
    away(at(12, "10:02:00"), { secret_key: "refused", outcome: "denied" }),
    away(at(12, "10:03:00"), { secret_key: "another's", principal_key: "role/other" }),
    { time: at(12, "10:04:00"), secret_key: "from home" },
    away(at(12, "10:05:00"), { secret_key: null }),
  ] as Row[];
  await inTable(rows, async (engine) => {
    const rule = detections().find(({ id }) => id === "new_network")!;
    const found = await find(engine, rule, {
      since: new Date(at(11, "00:00:00")),
      now: new Date(at(20, "00:00:00")),
    });
    expect(found).toMatchObject([{ principal_key: "role/api", source_ip: "192.0.2.9", event_id: "e10" }]);
    const read = await secretsRead(engine, found, 1);
    expect([...read.values()]).toEqual([{ secret_keys: ["a"], secret_count: 2, unnamed_read_count: 1 }]);
  });
});

test("actors are those whose name is one identity's; days without a read do not count", async () => {
  const rows = ["arn:aws:iam::1:role/a", "name:token", "entity:e"].flatMap((principal_key) => [
    { time: at(1, "09:00:00"), principal_key },
    { time: at(2, "09:00:00"), principal_key },
    { time: at(3, "09:00:00"), principal_key, operation: "list" },
  ]) as Row[];
  await inTable(rows, async (engine) => {
    const terms = { readsSince: new Date(at(2, "00:00:00")), most: 9 };
    expect(await logActors(engine, "prod", terms)).toMatchObject([
      {
        principal_key: "arn:aws:iam::1:role/a",
        event_count: 3,
        read_day_count: 1,
        first_at: at(1, "09:00:00"),
      },
      { principal_key: "entity:e", event_count: 3, read_day_count: 1 },
    ]);
    expect(await logActors(engine, "other", terms)).toEqual([]);
  });
});
