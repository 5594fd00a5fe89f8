/**
 * Subjects per second through the whole catalogue, against Open Policy Agent's own Go evaluator on the same policies,
 * parameters and subjects; with one worker and with two; and a re-run in which 1 % of the subjects changed. Each figure
 * is that of a process of its own, warm-up included.
 *
 * `npm run bench -- catalogue [policy directory] [subjects]`. Without Go the comparison is missing and says so.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "../../src/base/index.ts";
import {
  buildBundle,
  evaluateAll,
  loadBundle,
  parseOutcomes,
  resolveParams,
} from "../../src/policy/index.ts";
import { buildCompiler } from "../../src/policy/compiler/build.ts";
import type { RunRequest } from "./catalogue-run.ts";
import type { Cost } from "./run-cost.ts";
import { generated, random, type Schema } from "./subject-generator.ts";

const [directory = "policies", count = "50000"] = process.argv.slice(2);

/** OPA's own evaluator is slow enough to be measured on a part. */
const MAX_GO_SUBJECTS = 10_000;

const RUN = fileURLToPath(new URL("./catalogue-run.ts", import.meta.url));

/** Shares of an estate: mostly secrets and those who read them. */
const SHARES: readonly (readonly [string, number])[] = [
  ["secret", 0.7],
  ["principal", 0.2],
];

const goProgram = await buildCompiler("bench");
const built = await buildBundle(directory);
const bundle = loadBundle(built.bytes);
const kinds = [...new Set(bundle.catalogue.policies.map(({ subject }) => subject))].sort();
const subjects = estate(Number(count), 1);
const changed = subjects.map((line, index) =>
  index % 100 === 50 ? (estate(1, index + 7)[0] ?? line) : line,
);
const work = mkdtempSync(join(tmpdir(), "countersign-bench-"));
const bundleFile = join(work, "bundle.tar.gz");
const cacheDirectory = join(work, "cache");
try {
  writeFileSync(bundleFile, built.bytes);
  process.stdout.write(`${JSON.stringify(await measurements())}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function measurements(): Promise<object> {
  const subjectsFile = linesFile("subjects", subjects);
  const changedFile = linesFile("changed", changed);
  const goOne = goCost(1);
  const one = runCost({ bundleFile, subjectsFile, workers: 1 });
  const goTwo = goCost(2);
  const two = runCost({ bundleFile, subjectsFile, workers: 2 });
  const first = runCost({ bundleFile, subjectsFile, workers: 1, cacheDirectory });
  const again = runCost({ bundleFile, subjectsFile: changedFile, workers: 1, cacheDirectory });
  const unchanged = runCost({ bundleFile, subjectsFile: changedFile, workers: 1, cacheDirectory });
  return {
    policies: bundle.catalogue.policies.length,
    subjects: subjects.length,
    mean_subject_bytes: Math.round(subjects.reduce((sum, line) => sum + line.length, 0) / subjects.length),
    outcomes_of_first_2000: await tally(),
    one_worker: rates(one),
    two_workers: rates(two),
    opa_go_one_core: rates(goOne),
    opa_go_two_cores: rates(goTwo),
    first_run_with_cache: rates(first),
    rerun_1_percent_changed: rates(again),
    rerun_unchanged: rates(unchanged),
    ratios: {
      over_opa_go_per_core_cpu: ratio(goOne, one, "cpu_s"),
      over_opa_go_per_core_wall: ratio(goOne, one, "wall_s"),
      over_opa_go_two_cores_wall: ratio(goTwo, two, "wall_s"),
      two_workers_over_one_wall: ratio(one, two, "wall_s"),
      rerun_1_percent_over_first_cpu: ratio(first, again, "cpu_s"),
      rerun_1_percent_over_first_wall: ratio(first, again, "wall_s"),
      rerun_unchanged_over_first_cpu: ratio(first, unchanged, "cpu_s"),
    },
    ...(goOne === undefined ? { missing: "opa_go: no Go on this machine" } : {}),
  };
}

function ratio(a: Cost | undefined, b: Cost, by: "wall_s" | "cpu_s"): number | null {
  return a === undefined ? null : Math.round((a[by] / b[by]) * 100) / 100;
}

function rates(cost: Cost | undefined): object | null {
  if (cost === undefined) return null;
  const rate = (seconds: number): number => Math.round(subjects.length / seconds);
  const { wall_s, cpu_s, peak_rss_mb } = cost;
  return {
    wall_s,
    cpu_s,
    subjects_per_second: rate(wall_s),
    subjects_per_cpu_second: rate(cpu_s),
    ...(peak_rss_mb === undefined ? {} : { peak_rss_mb }),
  };
}

function estate(size: number, seed: number): Buffer[] {
  const next = random(seed);
  const schemas = new Map(
    readdirSync(join(directory, "schemas")).map((name) => [
      name.replace(/\.json$/, ""),
      JSON.parse(readFileSync(join(directory, "schemas", name), "utf8")) as Schema,
    ]),
  );
  return Array.from({ length: size }, (_, index) => {
    const draw = next();
    let below = 0;
    const share = SHARES.find(([kind, part]) => kinds.includes(kind as never) && draw < (below += part));
    const kind = share?.[0] ?? kinds[Math.floor(next() * kinds.length)] ?? "secret";
    const { subject } = generated(schemas.get(kind) ?? {}, next) as { subject: Record<string, unknown> };
    const gaps = next() < 0.1 ? [{ fact_kind: "secret_metadata", reason: "denied", gap_count: 1 }] : [];
    return Buffer.from(canonicalJson({ ...subject, kind, id: `${kind}/${seed}-${index}`, gaps }));
  });
}

function linesFile(name: string, lines: readonly Buffer[]): string {
  const file = join(work, `${name}.ndjson`);
  writeFileSync(file, lines.map((line) => `${line.toString()}\n`).join(""));
  return file;
}

function runCost(request: RunRequest): Cost {
  return costOf(spawnSync(process.execPath, [RUN, JSON.stringify(request)], { encoding: "utf8" }));
}

function costOf({ status, stdout, stderr }: ReturnType<typeof spawnSync>): Cost {
  if (status !== 0) throw new Error(String(stderr));
  return JSON.parse(String(stdout)) as Cost;
}

async function tally(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const outcomes of evaluateAll(bundle, subjects.slice(0, 2000))) {
    for (const { outcome } of parseOutcomes(outcomes).outcomes) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Scaled to all subjects. */
function goCost(workers: number): Cost | undefined {
  if (goProgram === undefined) return undefined;
  const part = subjects.slice(0, MAX_GO_SUBJECTS);
  const inputs = linesFile("go", part);
  const bench = { files: policyFiles(), params: resolveParams(bundle.catalogue), kinds, inputs, workers };
  const input = JSON.stringify({ command: "bench", bench });
  const { wall_s, cpu_s } = costOf(spawnSync(goProgram, { input, encoding: "utf8", maxBuffer: 1 << 24 }));
  const scale = subjects.length / part.length;
  return { wall_s: wall_s * scale, cpu_s: cpu_s * scale };
}

function policyFiles(): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const policies = names.filter((name) => name.endsWith(".rego") && !name.endsWith("_test.rego"));
  return Object.fromEntries(policies.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}
