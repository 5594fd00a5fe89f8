/** What `events-detect.ts` measures, in a process of its own. */
import { join } from "node:path";
import { EventTable, attachReference, detections, find, principalsSeen } from "../../src/events/index.ts";
import { DuckDb } from "../../src/tables/index.ts";
import { BEGUN, lastDay } from "./event-rows.ts";
import { measured, type Cost } from "./run-cost.ts";

/** What facts of usage are made of. */
const USAGE = `SELECT count(*), CAST(sum(reads) AS BIGINT) FROM (
  SELECT store_id, principal_key, secret_key, CAST(time AS DATE) AS active_day, min(time) AS first_at, max(time) AS last_at, count(*) AS reads
  FROM events
  WHERE operation = 'read' AND outcome = 'success' AND secret_key IS NOT NULL
  GROUP BY 1, 2, 3, 4) AS usage`;

const [state = "", days, memoryMb] = process.argv.slice(2);
const table = await EventTable.hold(state);
const scratch = join(table.directory, "scratch");
const database = await DuckDb.open({ memoryMb: Number(memoryMb), threads: 2, scratch });
await table.attach(database);
const costs: Record<string, Cost> = {};
const findings: Record<string, number> = {};
const all = await measured(async () => {
  costs["usage"] = await measured(async () => {
    await database.query(USAGE);
  });
  costs["principals"] = await measured(async () => {
    const seen = await principalsSeen(database);
    // Nobody is marked: each is there, and joined.
    const principals = seen.map(({ store_id, principal_key, name }) => ({ store_id, principal_key, name }));
    await attachReference(database, { principals });
  });
  for (const detection of detections()) {
    costs[detection.id] = await measured(async () => {
      const found = await find(database, detection, { since: BEGUN, now: lastDay(Number(days)) });
      findings[detection.id] = found.length;
    });
  }
});
database.close();
await table.release();
console.log(JSON.stringify({ all, costs, findings }));
