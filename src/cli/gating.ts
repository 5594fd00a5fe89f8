import type { ExitCode } from "../base/index.ts";
import { UNKNOWN_SURROUNDINGS, gate, verdictText } from "../gate/index.ts";
import type { Severity } from "../policy/index.ts";
import { DEFAULT_LABELS, type ClassificationRules } from "../subjects/index.ts";
import { readBundle } from "./bundle.ts";
import type { CommonOptions } from "./commands/command.ts";
import { configIfThere, productVersion, type Environment } from "./environment.ts";
import { workTree } from "./work-tree.ts";

/** Options of `gate`, as commander gives them. */
export interface GateOptions extends CommonOptions {
  readonly failOn: Severity;
  readonly allowUndetermined?: boolean;
}

/** What holds where there is no configuration: labels alone state tiers and owners. */
const BY_LABELS: ClassificationRules = {
  labels: DEFAULT_LABELS,
  tiers: [],
  owners: [],
  environments: [],
  break_glass: [],
};

/** Runs the gate on files and directories. What `gate` throws, and E_CONFIG, E_BUNDLE, E_NOT_FOUND. */
export async function runGate(
  environment: Environment,
  paths: readonly string[],
  options: GateOptions,
): Promise<ExitCode> {
  const { terminal, cwd, ports, signal } = environment;
  const config = await configIfThere(environment, options);
  const verdict = await gate({
    tree: await workTree(cwd, paths),
    rules: {
      bundle: await readBundle(),
      settings: config?.value.parameters ?? {},
      classification: config?.rules ?? BY_LABELS,
    },
    surroundings: UNKNOWN_SURROUNDINGS,
    productVersion: productVersion(),
    at: ports.clock.now().toISOString(),
    failOn: options.failOn,
    undeterminedFails: options.allowUndetermined !== true,
    signal,
  });
  terminal.out(options.json === true ? `${JSON.stringify(verdict, null, 2)}\n` : verdictText(verdict));
  return verdict.exit;
}
