import { resolve } from "node:path";
import { EXIT, sha256, writeFileAtomically, type ExitCode, counted } from "../base/index.ts";
import {
  buildPolicies,
  checkPolicies,
  formatPolicies,
  listPolicies,
  problemText,
  testPolicies,
  uncoveredLines,
  type PolicyReport,
} from "../policy/index.ts";
import { readBundle } from "./bundle.ts";
import { packagePath, type Environment } from "./environment.ts";
import { schemasFor } from "./own-policies.ts";
import { table } from "./output.ts";

interface JsonOption {
  readonly json?: boolean;
}

function directoryOf({ cwd }: Environment, path: string | undefined): string {
  return path === undefined ? packagePath("policies") : resolve(cwd, path);
}

/** The directory, and the schemas that describe the subjects of its policies. */
function at(environment: Environment, path: string | undefined) {
  const directory = directoryOf(environment, path);
  return [directory, schemasFor(directory)] as const;
}

function printed({ terminal }: Environment, { json }: JsonOption, value: object, text: string): void {
  terminal.out(json === true ? `${JSON.stringify(value)}\n` : text);
}

/** Problems and what was not checked, to standard error; exit 2 where there is a problem. */
function told({ terminal }: Environment, { problems, unchecked }: PolicyReport): ExitCode {
  for (const problem of problems) terminal.err(`${problemText(problem)}\n`);
  for (const what of unchecked) terminal.err(`not checked: ${what}\n`);
  return problems.length === 0 ? EXIT.pass : EXIT.usage;
}

export async function listPolicyCommand(
  environment: Environment,
  path: string | undefined,
  options: JsonOption,
): Promise<ExitCode> {
  const catalogue =
    path === undefined ? (await readBundle()).catalogue : await listPolicies(...at(environment, path));
  const rows = catalogue.policies.map(({ policy_id, subject, severity, title }) => [
    policy_id,
    subject,
    severity,
    title,
  ]);
  printed(environment, options, catalogue, table([["policy", "subject", "severity", "title"], ...rows]));
  return EXIT.pass;
}

export async function checkPolicyCommand(
  environment: Environment,
  path: string | undefined,
  options: JsonOption,
): Promise<ExitCode> {
  const report = await checkPolicies(...at(environment, path));
  const { problems, unchecked, catalogue } = report;
  const count = catalogue.policies.length;
  printed(
    environment,
    options,
    { policies: count, problems, unchecked },
    `${counted(count, "policy", "policies")}, ${counted(problems.length, "problem")}\n`,
  );
  return told(environment, report);
}

export async function testPolicyCommand(
  environment: Environment,
  path: string | undefined,
  options: JsonOption & { readonly coverage?: number },
): Promise<ExitCode> {
  const { coverage } = options;
  const [directory, schemas] = at(environment, path);
  const report = await testPolicies(directory, {
    ...schemas,
    ...(coverage === undefined ? {} : { coverage }),
  });
  const passed = report.tests.filter(({ result }) => result === "pass").length;
  const covered =
    report.coverage === undefined ? "" : `, ${report.coverage.percent.toFixed(1)} % of lines covered`;
  const missed = uncoveredLines(report.coverage).map((where) => `  ${where}: no test reaches this\n`);
  const text = `${passed} passed, ${report.tests.length - passed} failed${covered}\n${missed.join("")}`;
  printed(environment, options, report, text);
  return told(environment, report);
}

export async function formatPolicyCommand(
  environment: Environment,
  path: string | undefined,
  options: JsonOption & { readonly check?: boolean },
): Promise<ExitCode> {
  const directory = directoryOf(environment, path);
  const report = await formatPolicies(directory, schemasFor(directory));
  const changed = Object.entries(report.formatted);
  if (options.check !== true) {
    for (const [file, text] of changed) await writeFileAtomically(resolve(directory, file), text);
  }
  const verb = options.check === true ? "would change" : "formatted";
  const files = changed.map(([file]) => file);
  printed(
    environment,
    options,
    { [verb.replace(" ", "_")]: files },
    files.map((file) => `${verb}: ${file}\n`).join(""),
  );
  const exit = told(environment, report);
  return exit === EXIT.pass && options.check === true && changed.length > 0 ? EXIT.violations : exit;
}

export async function buildPolicyCommand(
  environment: Environment,
  path: string | undefined,
  options: JsonOption & { readonly out: string },
): Promise<ExitCode> {
  const out = resolve(environment.cwd, options.out);
  const [directory, schemas] = at(environment, path);
  const { bytes, catalogue, unchecked } = await buildPolicies(directory, out, schemas);
  const digest = sha256(bytes);
  const count = catalogue.policies.length;
  printed(
    environment,
    options,
    { file: out, sha256: digest, policies: count },
    `${out}\n${counted(count, "policy", "policies")}, SHA-256 ${digest}\n`,
  );
  for (const what of unchecked) environment.terminal.err(`not checked: ${what}\n`);
  return EXIT.pass;
}
