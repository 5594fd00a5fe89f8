import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAILURES_FILE } from "./house/failures.ts";

/**
 * `npm test`: everything that everyone runs, one stage after another, and a last line that counts them. A stage that
 * cannot run here says why; with CI=true that is a failure. What failed is named again at the end. `npm test -- types lint` runs the
 * named stages only.
 */
interface Stage {
  readonly name: string;
  readonly what: string;
  readonly command: readonly string[];
}

const vitest = (project: string): readonly string[] => [
  "vitest",
  "run",
  "--project",
  project,
  "--reporter=default",
  "--reporter=./test/house/failures.ts",
];

const STAGES: readonly Stage[] = [
  { name: "types", what: "TypeScript, strict", command: ["tsc", "--noEmit", "-p", "."] },
  { name: "lint", what: "typescript-eslint, strict with types", command: ["eslint", "."] },
  { name: "format", what: "Prettier", command: ["prettier", "--check", "--log-level", "warn", "."] },
  { name: "layers", what: "the layer rule", command: ["node", "test/house/layers.ts"] },
  { name: "dead-code", what: "unused files, exports, dependencies", command: ["knip"] },
  { name: "policies", what: "Rego: check, test, format", command: ["node", "test/house/policies.ts"] },
  { name: "generated", what: "generated files are up to date", command: ["node", "test/house/generated.ts"] },
  { name: "unit", what: "unit tests", command: vitest("unit") },
  { name: "property", what: "property tests", command: vitest("property") },
  { name: "conformance", what: "conformance tests", command: vitest("conformance") },
  { name: "fault", what: "fault injection", command: vitest("fault") },
  { name: "integration", what: "real counterparties", command: vitest("integration") },
];

const folder = mkdtempSync(join(tmpdir(), "countersign-test-"));
const failures = join(folder, "failures.txt");
writeFileSync(failures, "");

function run(command: readonly string[]): Promise<number> {
  const [program = "node", ...args] = command;
  return new Promise((done) => {
    const child = spawn(program, args, {
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, [FAILURES_FILE]: failures },
    });
    child.on("error", (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      done(1);
    });
    child.on("close", (code) => done(code ?? 1));
  });
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
if (unknown.length > 0) {
  process.stderr.write(
    `expected stages among ${STAGES.map(({ name }) => name).join(" ")}, got ${unknown.join(" ")}\n`,
  );
  process.exit(2);
}

const results: { name: string; passed: boolean; seconds: number }[] = [];
for (const stage of STAGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  process.stdout.write(`\n── ${stage.name}: ${stage.what}\n`);
  const start = performance.now();
  const code = await run(stage.command);
  results.push({
    name: stage.name,
    passed: code === 0,
    seconds: Math.round((performance.now() - start) / 1000),
  });
}

process.stdout.write(`\n${readFileSync(failures, "utf8")}\n`);
rmSync(folder, { recursive: true });
for (const { name, passed, seconds } of results) {
  process.stdout.write(`${passed ? "passed" : "FAILED"}  ${name} (${seconds} s)\n`);
}
const failed = results.filter(({ passed }) => !passed).length;
process.stdout.write(`stages: ${results.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && results.length > 0 ? 0 : 1;
