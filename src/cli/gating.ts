import { resolve } from "node:path";
import { EXIT, writeFileAtomically, type ExitCode } from "../base/index.ts";
import { UNKNOWN_SURROUNDINGS, baselineText, gate } from "../gate/index.ts";
import type { Severity } from "../policy/index.ts";
import { DEFAULT_LABELS, type ClassificationRules } from "../subjects/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { productVersion, type Environment } from "./environment.ts";
import { judging, type GuardOptions } from "./gate-guards.ts";
import { outputsOf, tell } from "./gate-outputs.ts";
import { workTree } from "./work-tree.ts";

/** Options of `gate`, as commander gives them. */
export interface GateOptions extends CommonOptions, GuardOptions {
  readonly failOn: Severity;
  readonly allowUndetermined?: boolean;
  readonly output?: readonly string[];
  readonly writeBaseline?: string;
}

/** What holds where there is no configuration: labels alone state tiers and owners. */
const BY_LABELS: ClassificationRules = {
  labels: DEFAULT_LABELS,
  tiers: [],
  owners: [],
  environments: [],
  break_glass: [],
};

/** Runs the gate on files and directories. What `gate`, `judging` and `tell` throw, and E_USAGE, E_BUNDLE, E_NOT_FOUND. */
export async function runGate(
  environment: Environment,
  paths: readonly string[],
  options: GateOptions,
): Promise<ExitCode> {
  const { cwd, ports, signal } = environment;
  const outputs = outputsOf(options.output, options.json);
  const tree = await workTree(cwd, paths);
  let exit: ExitCode = EXIT.internal;
  await judging(environment, options, paths, async ({ config, bundle, guards }) => {
    const verdict = await gate({
      tree,
      rules: {
        bundle,
        settings: config?.value.parameters ?? {},
        classification: config?.rules ?? BY_LABELS,
      },
      surroundings: UNKNOWN_SURROUNDINGS,
      productVersion: productVersion(),
      at: ports.clock.now().toISOString(),
      failOn: options.failOn,
      undeterminedFails: options.allowUndetermined !== true,
      guards,
      signal,
    });
    if (options.writeBaseline !== undefined)
      await writeFileAtomically(resolve(cwd, options.writeBaseline), baselineText(verdict.findings));
    await tell(environment, verdict, outputs);
    ({ exit } = verdict);
  });
  return exit;
}
