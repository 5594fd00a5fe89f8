/**
 * Reading CloudTrail's files into the event table, against unpacking the same files and doing nothing with them; and against jq
 * and a plain `read_json` of DuckDB that take seven fields of each record. All on two cores, each in processes of its own.
 *
 * `npm run bench -- events-ingest [events] [MB of the engine]`, 5,000,000 and 512 unless told.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findExecutable } from "../counterparties/availability.ts";
import type { Cost } from "./run-cost.ts";
import { writeTrailFiles } from "./trail-files.ts";

const RUN = fileURLToPath(new URL("./events-ingest-run.ts", import.meta.url));
/** Days that the records are spread over. */
const DAYS = 30;
/** jq is slow enough to be measured on a part of the files. */
const MAX_JQ_FILES = 40;
const CORES = 2;
/** The plain statement keeps more: with as much as we take it runs out of memory on 5,000,000 events. */
const PLAIN_MEMORY_MB = 4096;

const events = Number(process.argv[2] ?? 5_000_000);
const memoryMb = Number(process.argv[3] ?? 512);
const directory = mkdtempSync(join(tmpdir(), "countersign-bench-ingest-"));

/** What jq takes of a record; the plain statement takes the same. */
const FIELDS =
  ".Records[] | [.eventID, .eventTime, .eventSource, .eventName, .userIdentity.arn, .requestParameters.secretId, .errorCode] | @tsv";

try {
  const files = await writeTrailFiles(join(directory, "files"), events, DAYS);
  const list = join(directory, "files.txt");
  writeFileSync(list, files.paths.join("\n"));
  const unpack = shell(`xargs -a ${list} -P ${CORES} -n 16 gzip -dc > /dev/null`);
  const ours = child("ingest");
  const plain = child("plain");
  const jq = findExecutable("jq") === undefined ? undefined : jqOf(files.paths.length);
  const { paths, ...sizes } = files;
  console.log(
    JSON.stringify({
      files: paths.length,
      ...sizes,
      memory_mb: memoryMb,
      gzip_alone: unpack,
      countersign: {
        ...ours,
        events_per_s: events / ours.wall_s,
        json_mb_per_s: files.json_bytes / 1e6 / ours.wall_s,
      },
      duckdb_seven_fields: plain,
      jq_seven_fields: jq ?? null,
      ratios: {
        countersign_over_gzip_wall: ours.wall_s / unpack.wall_s,
        countersign_over_gzip_cpu: ours.cpu_s / unpack.cpu_s,
        duckdb_over_countersign_cpu: plain.cpu_s / ours.cpu_s,
        jq_over_countersign_cpu: jq === undefined ? null : jq.cpu_s / ours.cpu_s,
      },
      ...(jq === undefined ? { missing: "jq: not on this machine" } : {}),
    }),
  );

  function child(what: "ingest" | "plain"): Cost {
    const memory = what === "plain" ? Math.max(memoryMb, PLAIN_MEMORY_MB) : memoryMb;
    const args = [RUN, what, list, join(directory, what), String(memory), String(events)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })) as Cost;
  }

  /** Scaled from a part to all files. */
  function jqOf(count: number): Cost {
    const part = Math.min(count, MAX_JQ_FILES);
    const each = `gzip -dc "$@" | jq -r '${FIELDS}' > /dev/null`;
    const cost = shell(
      `head -n ${part} ${list} | xargs -P ${CORES} -n ${Math.ceil(part / CORES)} sh -c '${each.replaceAll("'", `'\\''`)}' sh`,
    );
    return { wall_s: (cost.wall_s * count) / part, cpu_s: (cost.cpu_s * count) / part };
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** What a line of bash takes with all its processes. */
function shell(line: string): Cost {
  const { status, stderr } = spawnSync("bash", ["-c", `TIMEFORMAT='cost %R %U %S'; time { ${line}; }`], {
    encoding: "utf8",
  });
  const [, wall, user, system] = /cost ([0-9.]+) ([0-9.]+) ([0-9.]+)/.exec(stderr) ?? [];
  if (status !== 0 || wall === undefined) throw new Error(stderr);
  return { wall_s: Number(wall), cpu_s: Number(user) + Number(system) };
}
