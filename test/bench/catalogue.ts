/**
 * Subjects per second through the whole catalogue, against Open Policy Agent's own Go evaluator on the same policies,
 * parameters and subjects; with one worker and with two; and a re-run in which 1 % of the subjects changed.
 *
 * `node test/bench/catalogue.ts [policy directory] [subjects]` prints one JSON object. Without Go the comparison is
 * missing and says so.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson, sha256 } from "../../src/base/index.ts";
import {
  buildBundle,
  evaluateAll,
  loadBundle,
  openOutcomeCache,
  parseOutcomes,
  resolveParams,
  type EvaluateOptions,
} from "../../src/policy/index.ts";
import { buildCompiler } from "../../src/policy/compiler/build.ts";
import { generated, random, type Schema } from "./subject-generator.ts";

const [directory = "policies", count = "50000"] = process.argv.slice(2);
const REPEATS = 3;

/** OPA's own evaluator is slow enough to be measured on a part. */
const MAX_GO_SUBJECTS = 10_000;

/** Processor time is what holds on a machine that others use too. */
interface Cost {
  readonly wall_s: number;
  readonly cpu_s: number;
}

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
const goSubjects = subjects.slice(0, MAX_GO_SUBJECTS);
const changed = subjects.map((line, index) =>
  index % 100 === 50 ? (estate(1, index + 7)[0] ?? line) : line,
);
const work = mkdtempSync(join(tmpdir(), "countersign-bench-"));
try {
  process.stdout.write(`${JSON.stringify(await measured(), null, 2)}\n`);
} finally {
  rmSync(work, { recursive: true, force: true });
}

async function measured(): Promise<object> {
  const one = await fastest({});
  const two = await fastest({ workers: 2 });
  const first = await cachedRun(subjects);
  const again = await cachedRun(changed);
  const unchanged = await cachedRun(changed);
  const [goOne, goTwo] = [goCost(1), goCost(2)];
  const ratio = (a: Cost | undefined, b: Cost, by: keyof Cost): number | null =>
    a === undefined ? null : Math.round((a[by] / b[by]) * 100) / 100;
  return {
    bench: "catalogue",
    machine: { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load: loadavg()[0] },
    policies: bundle.catalogue.policies.length,
    subjects: subjects.length,
    mean_subject_bytes: Math.round(subjects.reduce((sum, line) => sum + line.length, 0) / subjects.length),
    outcomes: await tally(),
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

function rates(cost: Cost | undefined): object | null {
  if (cost === undefined) return null;
  const rate = (seconds: number): number => Math.round(subjects.length / seconds);
  return { subjects_per_second: rate(cost.wall_s), subjects_per_cpu_second: rate(cost.cpu_s) };
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
    const gaps =
      next() < 0.1 ? [{ fact_kind: "secret_metadata", reason: "denied", gap: sha256(String(index)) }] : [];
    return Buffer.from(canonicalJson({ ...subject, kind, id: `${kind}/${seed}-${index}`, gaps }));
  });
}

/** Seconds until the last outcome line; the best of several, since other processes share the machine. */
async function fastest(options: EvaluateOptions): Promise<Cost> {
  const costs: Cost[] = [];
  while (costs.length < REPEATS) costs.push(await timed(() => consumed(subjects, options)));
  return least(costs);
}

function least(costs: readonly Cost[]): Cost {
  return {
    wall_s: Math.min(...costs.map(({ wall_s }) => wall_s)),
    cpu_s: Math.min(...costs.map(({ cpu_s }) => cpu_s)),
  };
}

async function timed(run: () => Promise<void>): Promise<Cost> {
  const [begin, cpu] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(cpu);
  return { wall_s: (performance.now() - begin) / 1000, cpu_s: (user + system) / 1e6 };
}

async function consumed(lines: readonly Buffer[], options: EvaluateOptions): Promise<void> {
  let bytes = 0;
  for await (const outcomes of evaluateAll(bundle, lines, options)) bytes += outcomes.lines.length;
  if (bytes === 0) throw new Error("expected outcomes, got none");
}

/** One run over the cache of the run before, opening and closing it included. */
function cachedRun(lines: readonly Buffer[]): Promise<Cost> {
  return timed(async () => {
    const cache = await openOutcomeCache(work, bundle);
    await consumed(lines, { cache });
    cache.close();
  });
}

async function tally(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for await (const outcomes of evaluateAll(bundle, subjects.slice(0, 2000))) {
    for (const { outcome } of parseOutcomes(outcomes)) counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

function goCost(workers: number): Cost | undefined {
  if (goProgram === undefined) return undefined;
  const inputs = join(work, "subjects.ndjson");
  writeFileSync(inputs, goSubjects.map((line) => `${line.toString()}\n`).join(""));
  const bench = { files: policyFiles(), params: resolveParams(bundle.catalogue), kinds, inputs, workers };
  const input = JSON.stringify({ command: "bench", bench });
  const runs = Array.from({ length: REPEATS }, () => {
    const ended = spawnSync(goProgram, { input, encoding: "utf8", maxBuffer: 1 << 24 });
    if (ended.status !== 0) throw new Error(ended.stderr);
    const { wall_s, cpu_s } = JSON.parse(ended.stdout) as Cost;
    const scale = subjects.length / goSubjects.length;
    return { wall_s: wall_s * scale, cpu_s: cpu_s * scale };
  });
  return least(runs);
}

function policyFiles(): Record<string, string> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const policies = names.filter((name) => name.endsWith(".rego") && !name.endsWith("_test.rego"));
  return Object.fromEntries(policies.map((name) => [name, readFileSync(join(directory, name), "utf8")]));
}
