/**
 * `countersign gate`, as it is built, beside conftest with two rules and with as many as a secret is judged by here, and beside checkov with
 * all of its own, on the same inputs. `peak_rss_mb` is the largest of any one process of a tool, its children among them.
 *
 * `npm run bench -- gate [--only plan,plan-10k,manifests,repository,template,start] [--without checkov]`; `npm run build` before.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ensureCheckov } from "../counterparties/checkov.ts";
import { ensureConftest } from "../counterparties/conftest.ts";
import { manifestsOf, planOf, repositoryOf, templateOf, type GateInput } from "./gate-inputs.ts";
import type { Cost } from "./run-cost.ts";

const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const CHILD_COST = fileURLToPath(new URL("child-cost.py", import.meta.url));
const LIMIT_S = 600;

/**
 * Of one tool on one input. `judged`: how many pairs of a rule and a resource it decided, those left out of which the rule says that it is not
 * about them; files for a search. The time for one is of the whole process.
 */
interface Run extends Cost {
  readonly exit: number | null;
  readonly judged: number;
  readonly ns_per_rule_and_resource: number;
}

/** Two rules so many times are as many as the policies that judge a secret. */
const MANY = 10;

const INPUTS: Readonly<Record<string, (directory: string) => GateInput>> = {
  start: (directory) => templateOf(directory, 1),
  plan: (directory) => planOf(directory, 1000),
  "plan-10k": (directory) => planOf(directory, 10_000),
  manifests: (directory) => manifestsOf(directory, 2000),
  repository: (directory) => repositoryOf(directory, 20_000),
  template: (directory) => templateOf(directory, 1000),
};

const { values } = parseArgs({
  options: { only: { type: "string" }, without: { type: "string", default: "" } },
});
const root = mkdtempSync(join(tmpdir(), "countersign-bench-gate-"));
try {
  if (!existsSync(MAIN)) throw new Error("expected dist/: run `npm run build` before");
  const without = values.without.split(",");
  const conftest = without.includes("conftest") ? { missing: "left out" } : await ensureConftest();
  const checkov = without.includes("checkov") ? { missing: "left out" } : await ensureCheckov();
  const results: Record<string, unknown> = {};
  for (const name of values.only?.split(",") ?? Object.keys(INPUTS)) {
    const make = INPUTS[name];
    if (make === undefined) throw new Error(`expected one of ${Object.keys(INPUTS).join(", ")}, got ${name}`);
    const directory = join(root, name);
    mkdirSync(directory);
    const input = make(directory);
    ourRun(directory, input); // what is compiled is kept for the next run
    const ours = ourRun(directory, input);
    const theirs = "found" in conftest ? conftestRun(conftest.found, directory, input, 1) : undefined;
    const many = "found" in conftest ? conftestRun(conftest.found, directory, input, MANY) : undefined;
    const others = "found" in checkov ? checkovRun(checkov.found, directory, input) : undefined;
    results[name] = {
      count: input.count,
      countersign: ours,
      conftest: theirs ?? ("missing" in conftest ? conftest.missing : "no rules for it"),
      conftest_many: many ?? null,
      checkov: others ?? ("missing" in checkov ? checkov.missing : null),
      ratios: {
        conftest: ratios(theirs, ours),
        conftest_many: ratios(many, ours),
        checkov: ratios(others, ours),
      },
    };
  }
  console.log(JSON.stringify(results));
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** How many times ours another took. */
function ratios(other: Run | undefined, ours: Run): Record<string, number> | null {
  if (other === undefined) return null;
  const over = (of: (run: Run) => number): number => Math.round((100 * of(other)) / of(ours)) / 100;
  return {
    wall: over((run) => run.wall_s),
    cpu: over((run) => run.cpu_s),
    rss: over((run) => run.peak_rss_mb ?? 0),
    per_rule_and_resource: over((run) => run.ns_per_rule_and_resource),
  };
}

function ourRun(directory: string, { path, count }: GateInput): Run {
  const run = ran(directory, [process.execPath, MAIN, "gate", path, "--json"]);
  if (run.exit !== 0 && run.exit !== 1 && run.exit !== 3) throw new Error(run.said);
  const verdict = JSON.parse(run.out) as { outcomes: Record<string, number> };
  const judged = Object.values(verdict.outcomes).reduce((sum, one) => sum + one, 0);
  return runOf(run, Math.max(judged, count));
}

function conftestRun(
  binary: string,
  directory: string,
  { path, count, rego }: GateInput,
  times: number,
): Run | undefined {
  if (rego === undefined) return undefined;
  const policy = join(directory, `policy-${times}`);
  mkdirSync(policy);
  writeFileSync(join(policy, "rules.rego"), rego(times));
  const run = ran(directory, [binary, "test", "--policy", policy, "--output", "json", path]);
  if (run.exit !== 0 && run.exit !== 1) throw new Error(run.said);
  return runOf(run, 2 * times * count);
}

interface CheckovReport {
  readonly summary?: { readonly passed: number; readonly failed: number };
}

function checkovRun(binary: string, directory: string, { path, count, checkov }: GateInput): Run {
  const where = statSync(path).isDirectory() ? "-d" : "-f";
  const line = [binary, where, path, ...checkov, "--skip-download", "--compact", "--quiet", "-o", "json"];
  const run = ran(directory, line);
  if (run.exit !== 0 && run.exit !== 1) throw new Error(run.said);
  const report = JSON.parse(run.out) as CheckovReport | readonly CheckovReport[];
  const judged = [report]
    .flat()
    .reduce((sum, { summary }) => sum + (summary?.passed ?? 0) + (summary?.failed ?? 0), 0);
  // A tool that looked at nothing would be fast.
  if (judged === 0) throw new Error(`expected checkov to find something in ${path}, got nothing`);
  return runOf(run, Math.max(judged, count));
}

interface Ran extends Cost {
  readonly exit: number | null;
  readonly said: string;
  readonly out: string;
}

function ran(directory: string, command: readonly string[]): Ran {
  const file = join(directory, "out");
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, LANG: "C.UTF-8" };
  const told = execFileSync("python3", [CHILD_COST, file, String(LIMIT_S), ...command], {
    encoding: "utf8",
    cwd: directory,
    env,
  });
  return { ...(JSON.parse(told) as Omit<Ran, "out">), out: readFileSync(file, "utf8") };
}

function runOf({ exit, wall_s, cpu_s, peak_rss_mb = 0 }: Ran, judged: number): Run {
  return {
    exit,
    wall_s,
    cpu_s,
    peak_rss_mb,
    judged,
    ns_per_rule_and_resource: Math.round((1e9 * cpu_s) / judged),
  };
}
