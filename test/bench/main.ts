/**
 * `npm run bench -- <name> [arguments]`: runs one benchmark of this folder several times, each in a process of its own, and
 * prints the median of every figure as JSON; without a name, lists them.
 */
import { spawnSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

/** How often each runs: those of minutes less often. */
const REPEATS: Readonly<Record<string, number>> = {
  access: 5,
  "access-aws": 5,
  catalogue: 5,
  "collect-aws": 3,
  "events-detect": 1,
  "events-ingest": 1,
  gate: 3,
  pdf: 5,
  "review-population": 3,
  "review-export": 3,
  "review-serve": 1,
  vault: 5,
};

const [name, ...args] = process.argv.slice(2);
const repeats = name === undefined || !Object.hasOwn(REPEATS, name) ? undefined : REPEATS[name];
if (name === undefined || repeats === undefined) {
  process.stderr.write(`expected a benchmark of ${Object.keys(REPEATS).join(", ")}, got ${name ?? "none"}\n`);
  process.exitCode = 2;
} else {
  const runs = Array.from({ length: repeats }, () => once(name, args));
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg()[0] };
  const printed = { benchmark: name, machine, medians_of: repeats, ...(median(runs) as object) };
  process.stdout.write(`${JSON.stringify(printed, null, 2)}\n`);
}

function once(benchmark: string, rest: readonly string[]): unknown {
  const file = fileURLToPath(new URL(`./${benchmark}.ts`, import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...rest], {
    encoding: "utf8",
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The median of numbers, field by field in objects; of anything else the first. */
function median(values: readonly unknown[]): unknown {
  const [first] = values;
  if (values.every((value) => typeof value === "number")) {
    return [...values].sort((a, b) => a - b)[values.length >> 1];
  }
  if (typeof first !== "object" || first === null || Array.isArray(first)) return first;
  const objects = values as readonly Record<string, unknown>[];
  return Object.fromEntries(Object.keys(first).map((key) => [key, median(objects.map((each) => each[key]))]));
}
