import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { nodeFileSystem } from "../base/index.ts";
import type { CollectPorts } from "../collect/index.ts";
import type { LoadedConfig } from "./config.ts";
import type { Terminal } from "./output.ts";
import type { SecretInput } from "./secret-input.ts";

/** Everything that commands take from the process: this is where the clock, randomness and the environment enter. */
export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly terminal: Terminal;
  readonly ports: CollectPorts;
  /** Standard input, for secrets that are piped or typed. */
  readonly input: SecretInput;
  /** Aborts on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

/** The package's own files: mappings, the policy bundle, the example. The same from `src/` and from `dist/`. */
const PACKAGE_ROOT = fileURLToPath(new URL("../../", import.meta.url));

export function packagePath(...parts: readonly string[]): string {
  return join(PACKAGE_ROOT, ...parts);
}

export function productVersion(): string {
  const manifest = JSON.parse(readFileSync(packagePath("package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/** Colour and progress only for a person: never when piped, in CI, or where the terminal cannot. */
function isInteractive(env: Environment["env"]): boolean {
  return (
    process.stderr.isTTY && env["CI"] === undefined && env["NO_COLOR"] === undefined && env["TERM"] !== "dumb"
  );
}

/** Where the process says what went wrong, before and after there is an environment too. */
export function sayError(text: string): void {
  process.stderr.write(text);
}

export function processEnvironment(signal: AbortSignal): Environment {
  const { env } = process;
  return {
    env,
    cwd: process.cwd(),
    terminal: {
      out: (what) => process.stdout.write(what),
      err: sayError,
      interactive: isInteractive(env),
      ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
    },
    ports: {
      clock: { now: () => new Date() },
      random: () => Math.random(),
      sleep: async (ms, aborted) => {
        await delay(ms, undefined, { signal: aborted });
      },
    },
    input: process.stdin,
    signal,
  };
}

export const CONFIG_FILE = "countersign.yaml";

/** Most earlier snapshots that findings are followed through: of daily ones a year and a month. */
export const MAX_EARLIER = 400;

/** Options that every command with a configuration takes. */
export interface ConfigOptions {
  readonly config?: string;
}

export async function loadConfig(environment: Environment, options: ConfigOptions): Promise<LoadedConfig> {
  const { readConfig } = await import("./config.ts");
  return readConfig(resolve(environment.cwd, options.config ?? CONFIG_FILE), environment.env);
}

/** `COUNTERSIGN_STATE`, else `.countersign` beside the configuration. */
export function stateDirectory(environment: Environment, options: ConfigOptions): string {
  const named = environment.env["COUNTERSIGN_STATE"];
  if (named !== undefined && named !== "") return resolve(environment.cwd, named);
  return join(dirname(resolve(environment.cwd, options.config ?? CONFIG_FILE)), ".countersign");
}

/** The configuration, where there is one: the embedded vault and the event table are usable without. One that may not be looked at is there. */
export async function configIfThere(
  environment: Environment,
  options: ConfigOptions,
): Promise<LoadedConfig | undefined> {
  const file = resolve(environment.cwd, options.config ?? CONFIG_FILE);
  const there = await nodeFileSystem.status(file).then(
    () => true,
    (thrown: unknown) => (thrown as NodeJS.ErrnoException).code !== "ENOENT",
  );
  return there || (options.config ?? CONFIG_FILE) !== CONFIG_FILE
    ? await loadConfig(environment, options)
    : undefined;
}
