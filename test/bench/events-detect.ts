/**
 * Every detection, and what usage is made of (first and last read and their number, by day, principal and secret), over an event table
 * of many rows.
 *
 * `npm run bench -- events-detect [events] [days] [MB of the engine]`, 50,000,000, 100 and 1,350 unless told: of 2 GB in all.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDb } from "../../src/tables/index.ts";
import { fillEventTable } from "./event-rows.ts";

const RUN = fileURLToPath(new URL("./events-detect-run.ts", import.meta.url));

const events = Number(process.argv[2] ?? 50_000_000);
const days = Number(process.argv[3] ?? 100);
const memoryMb = Number(process.argv[4] ?? 1350);
const state = mkdtempSync(join(tmpdir(), "countersign-bench-detect-"));

try {
  const database = await DuckDb.open({ memoryMb, threads: 2, scratch: join(state, "scratch") });
  await fillEventTable(database, state, events, days);
  database.close();
  const printed = execFileSync(process.execPath, [RUN, state, String(days), String(memoryMb)], {
    encoding: "utf8",
  });
  console.log(
    JSON.stringify({
      events,
      days,
      memory_mb: memoryMb,
      parquet_mb: megabytes(),
      ...(JSON.parse(printed) as object),
    }),
  );
} finally {
  rmSync(state, { recursive: true, force: true });
}

function megabytes(): number {
  const files = readdirSync(state, { recursive: true, withFileTypes: true });
  return Math.round(
    files.reduce(
      (sum, file) => sum + (file.isFile() ? statSync(join(file.parentPath, file.name)).size : 0),
      0,
    ) / 1e6,
  );
}
