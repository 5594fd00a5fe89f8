import { EXIT, CountersignError, type ExitCode } from "../base/index.ts";
import { collect, type CollectLimits, type CollectSource, type Collected } from "../collect/index.ts";
import { connectors, environmentDefaults } from "../connectors/index.ts";
import { sourceSettings, type LoadedConfig } from "./config.ts";
import { credentialSource } from "./credentials.ts";
import { loadConfig, productVersion, stateDirectory, type Environment } from "./environment.ts";
import { table } from "./output.ts";
import { collectProgress } from "./progress.ts";

export interface CollectingOptions {
  readonly config?: string;
  /** Only these sources; all where absent. */
  readonly source?: readonly string[];
}

/** Collects as configured. E_CONFIG and what `collect` throws. */
export async function collectSnapshot(
  environment: Environment,
  options: CollectingOptions,
): Promise<Collected> {
  const config = await loadConfig(environment, options);
  const sources = configuredSources(config, environment, options.source);
  const { progress, done } = collectProgress(environment.terminal);
  try {
    return await collect({
      sources,
      stateDirectory: stateDirectory(environment, options),
      connectors: [...connectors.values()],
      credentials: credentialSource(environment.env, config.directory),
      ports: environment.ports,
      signal: environment.signal,
      productVersion: productVersion(),
      progress,
      limits: configuredLimits(config),
    });
  } finally {
    done();
  }
}

/** Every source with its settings checked, and the environment's usual variables where the configuration is silent. */
export function configuredSources(
  config: LoadedConfig,
  environment: Environment,
  only?: readonly string[],
): CollectSource[] {
  const names = Object.keys(config.value.sources).sort();
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new CountersignError("E_USAGE", `expected a source of ${names.join(", ")}, got ${unknown}`);
  }
  return names
    .filter((name) => only?.includes(name) ?? true)
    .map((name) => {
      const id = config.value.sources[name]?.connector ?? "";
      const connector = connectors.get(id);
      if (connector === undefined) {
        throw new CountersignError(
          "E_CONFIG",
          `expected a connector of ${[...connectors.keys()].join(", ")}, got ${id}`,
          {
            location: config.locate(["sources", name, "connector"]),
          },
        );
      }
      const settings = sourceSettings(
        config,
        name,
        connector.settings,
        environmentDefaults(id, environment.env),
      );
      return { name, connector: id, address: settings.address, settings };
    });
}

function configuredLimits({ value }: LoadedConfig): Partial<CollectLimits> {
  const { concurrency, calls_per_run, call_timeout_s, run_timeout_s } = value.limits ?? {};
  return {
    ...(concurrency === undefined ? {} : { concurrency }),
    ...(calls_per_run === undefined ? {} : { calls: calls_per_run }),
    ...(call_timeout_s === undefined ? {} : { callMs: call_timeout_s * 1000 }),
    ...(run_timeout_s === undefined ? {} : { runMs: run_timeout_s * 1000 }),
  };
}

/** What a collection amounts to: incomplete where any source is, and the worst of what broke. */
export function collectExits({ manifest, errors }: Collected): ExitCode[] {
  const incomplete = manifest.sources.some(({ status }) => status !== "complete");
  return [...errors.map((error) => error.exit), ...(incomplete ? [EXIT.incomplete] : [])];
}

export function collectedJson({ directory, manifest, errors }: Collected): Record<string, unknown> {
  return {
    snapshot_id: manifest.snapshot_id,
    directory,
    taken_at: manifest.taken_at,
    sources: manifest.sources,
    fact_counts: manifest.fact_counts,
    gap_counts: manifest.gap_counts,
    errors: errors.map(({ code, message }) => ({ code, message })),
  };
}

/** What was read, for a person. Gaps come first: they decide what the rest is worth. */
export function collectedText({ directory, manifest, errors, facts }: Collected): string {
  const rows = manifest.sources.map(({ store_id, status, scopes, address }) => [
    store_id,
    status,
    String(scopes.reduce((sum, scope) => sum + scope.record_count, 0)),
    String(scopes.reduce((sum, scope) => sum + scope.gap_count, 0)),
    address,
  ]);
  const gaps = facts.gaps.slice(0, 10).map((gap) => `  ${gap.reason}: ${gap.operation}: ${gap.detail}\n`);
  const more =
    facts.gaps.length > 10 ? `  and ${facts.gaps.length - 10} more; gaps.csv of a report lists all\n` : "";
  return [
    `Snapshot ${manifest.snapshot_id}\n${directory}\n\n`,
    table([["source", "status", "answers", "gaps", "address"], ...rows]),
    facts.gaps.length > 0 ? `\nCould not be read:\n${gaps.join("")}${more}` : "",
    ...errors.map((error) => `\n${error.code}: ${error.message}\n`),
    "\nNext: countersign report\n",
  ].join("");
}
