import { join } from "node:path";
import { EXIT, type ExitCode } from "../base/index.ts";
import { listSnapshots } from "../facts/index.ts";
import { MAX_EARLIER, packagePath, type Environment } from "./environment.ts";
import type { CommonOptions } from "./commands/command.ts";
import { exitSummary } from "./output.ts";
import { filesText, packageExits, packageJson, packageText, reportCommandLine } from "./reporting.ts";

export interface DemoOptions extends CommonOptions {
  /** A folder of `examples/`. */
  readonly estate: "vault" | "aws";
  readonly out: string;
  readonly page: "a4" | "letter";
}

/**
 * Replays a recorded estate. Deviations are what it is made to show, so they do not fail the demo; anything else that
 * would fail a report does.
 */
export async function demonstrate(environment: Environment, options: DemoOptions): Promise<ExitCode> {
  const { terminal } = environment;
  const start = performance.now();
  const example = join(packagePath("examples"), options.estate);
  const [snapshot = ""] = await listSnapshots(join(example, "snapshots"));
  const { evidence, files } = await reportCommandLine(
    { ...environment, env: { ...environment.env, COUNTERSIGN_STATE: example } },
    {
      config: join(example, "countersign.yaml"),
      from: join(example, "snapshots", snapshot),
      out: options.out,
      page: options.page,
      history: MAX_EARLIER,
      outcomes: "none",
    },
  );
  const { exits } = exitSummary(packageExits(evidence));
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  if (options.json === true) {
    terminal.out(`${JSON.stringify({ ...packageJson(evidence), files, would_exit: exits })}\n`);
  } else {
    terminal.out(packageText(evidence) + filesText(files) + nextSteps(options, seconds));
  }
  return exits.every((code) => code === EXIT.violations || code === EXIT.incomplete || code === EXIT.pass)
    ? EXIT.pass
    : exitSummary(exits).exit;
}

const INIT: Readonly<Record<DemoOptions["estate"], string>> = {
  vault: "countersign init --discover",
  aws: "countersign init --connector aws",
};

function nextSteps({ out, estate }: DemoOptions, seconds: string): string {
  return `
Done in ${seconds} s. Open first:
  ${join(out, "evidence-report.pdf")}   the workpaper an auditor reads
  ${join(out, "findings.csv")}          every deviation and every unknown, one a line
  ${join(out, "access.csv")}            who can reach which secret; grants.csv has every path

Your own store:
  ${INIT[estate].padEnd(34)} print the policy, write countersign.yaml
  countersign run                    collect, assess, report
`;
}
