/** One of the runs that `events-ingest.ts` compares, in a process of its own. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { EventTable, ingest } from "../../src/events/index.ts";
import { DuckDb, textLiteral } from "../../src/tables/index.ts";
import { measured } from "./run-cost.ts";

const [what, list = "", directory = "", memoryMb, events] = process.argv.slice(2);
const paths = readFileSync(list, "utf8").split("\n");
const scratch = join(directory, "scratch");
mkdirSync(scratch, { recursive: true });
const database = await DuckDb.open({ memoryMb: Number(memoryMb), threads: 2, scratch });
const cost = await measured(what === "ingest" ? ours : plain);
database.close();
console.log(JSON.stringify(cost));

async function ours(): Promise<void> {
  const table = await EventTable.open(directory);
  const report = await ingest(
    table,
    database,
    paths.map((path) => ({ path, source: path })),
    {
      storeId: "aws-prod",
      now: new Date(),
      clean: async (text) => await Promise.resolve(text),
      progress: () => undefined,
      signal: new AbortController().signal,
    },
  );
  if (report.events !== Number(events) || report.aside > 0) throw new Error(JSON.stringify(report));
}

async function plain(): Promise<void> {
  const fields =
    "eventID VARCHAR, eventTime VARCHAR, eventSource VARCHAR, eventName VARCHAR, userIdentity STRUCT(arn VARCHAR), requestParameters STRUCT(secretId VARCHAR), errorCode VARCHAR";
  const { rows } = await database.query(
    `SELECT count(r.eventID), count(DISTINCT r.userIdentity.arn), count(DISTINCT r.requestParameters.secretId), max(r.eventTime), max(r.eventSource), max(r.eventName), count(r.errorCode)
       FROM (SELECT unnest("Records") AS r FROM read_json([${paths.map(textLiteral).join(", ")}],
         auto_detect = false, records = true, columns = {Records: 'STRUCT(${fields})[]'}, format = 'unstructured', maximum_object_size = 33554432))`,
  );
  if (rows[0]?.[0] !== Number(events)) throw new Error(JSON.stringify(rows));
}
