import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { CountersignError, fileError, readBounded, sha256, utf8Text } from "../base/index.ts";
import {
  DEFAULT_WAIVER_DAYS,
  MAX_BASELINE_BYTES,
  baselineChanges,
  configurationChanges,
  parseBaseline,
  policyChanges,
  type BaselineEntry,
  type Guards,
  type TwoTexts,
} from "../gate/index.ts";
import { unitedBundle, type Bundle } from "../policy/index.ts";
import type { BaseRef } from "./base-ref.ts";
import { readBundle } from "./bundle.ts";
import type { LoadedConfig } from "./config.ts";
import { CONFIG_FILE, configIfThere, type ConfigOptions, type Environment } from "./environment.ts";
import { dataPath, type FilesBelow } from "./own-rego.ts";
import { toldPath } from "./work-tree.ts";

/** What says by what a change is judged. */
export interface GuardOptions extends ConfigOptions {
  readonly baseline?: string;
  readonly base?: string;
  /** Own rules for conftest, and their data. */
  readonly policy?: readonly string[];
  readonly data?: readonly string[];
}

/** What judges a change, and what decides beside the findings. */
export interface Judging {
  readonly config: LoadedConfig | undefined;
  readonly bundle: Bundle;
  readonly guards: Guards;
  /** Files of own rules and data as the base has them; undefined: as they lie there. */
  readonly below?: FilesBelow;
}

const MAX_CONFIG_BYTES = 8 * 1024 * 1024;
const MAX_POLICY_BYTES = 64 * 1024 * 1024;

/**
 * Configuration, own policies and baseline: with `--base` as they are there, so that no change lets itself pass, and what it does to them
 * is told. E_CONFIG, E_INPUT, E_NOT_FOUND, what `ownBundles` and `baseRef` throw.
 */
export async function judging(
  environment: Environment,
  options: GuardOptions,
  paths: readonly string[],
  work: (judging: Judging) => Promise<void>,
): Promise<void> {
  if (options.base === undefined) {
    const config = await configIfThere(environment, options);
    const bundle = await bundleOf(environment, config);
    await work({ config, bundle, guards: await ownGuards(environment, options, config) });
    return;
  }
  const { baseRef } = await import("./base-ref.ts");
  const { cwd, env, signal } = environment;
  const base = await baseRef({ cwd, env, signal }, options.base, paths);
  const scratch = new Scratch();
  try {
    await work(await basedJudging(environment, options, { base, scratch }));
  } finally {
    await scratch.remove();
  }
}

async function ownGuards(
  { cwd }: Environment,
  { baseline }: GuardOptions,
  config: LoadedConfig | undefined,
): Promise<Guards> {
  const entries =
    baseline === undefined ? [] : await baselineOf(await bytesOf(resolve(cwd, baseline), true), baseline);
  return { from: "change", maxWaiverDays: waiverDays(config), baseline: entries, changes: [] };
}

interface Based {
  readonly base: BaseRef;
  readonly scratch: Scratch;
}

async function basedJudging(
  environment: Environment,
  options: GuardOptions,
  { base, scratch }: Based,
): Promise<Judging> {
  const { cwd, env } = environment;
  const file = resolve(cwd, options.config ?? CONFIG_FILE);
  const texts = await twoTexts(base, cwd, file);
  if (
    texts.before === undefined &&
    texts.after === undefined &&
    (options.config ?? CONFIG_FILE) !== CONFIG_FILE
  )
    throw new CountersignError("E_CONFIG", `expected a configuration at ${texts.path}, got none`);
  const { parseConfig } = await import("./config.ts");
  const config = texts.before === undefined ? undefined : parseConfig(texts.before, file, env);
  const policies = await twoPolicies(
    base,
    cwd,
    (config?.value.policies ?? []).map((path) => resolve(config?.directory ?? cwd, path)),
  );
  const ruled = [...(options.policy ?? []), ...(options.data ?? []).map((path) => dataPath(path).path)];
  const rules = await twoPolicies(
    base,
    cwd,
    ruled.map((path) => resolve(cwd, path)),
  );
  const changed = policies.filter(({ before, after }) => before !== after);
  const usable = config === undefined || changed.length === 0 ? config : await scratch.hold(config, base);
  const baseline = options.baseline === undefined ? undefined : resolve(cwd, options.baseline);
  const [before, after] = baseline === undefined ? [[], []] : await twoBaselines(base, cwd, baseline);
  return {
    config,
    bundle: await bundleOf(environment, usable),
    guards: {
      from: "base",
      ref: base.ref,
      maxWaiverDays: waiverDays(config),
      baseline: before,
      changes: [
        ...configurationChanges(texts),
        ...policyChanges([
          ...changed,
          ...rules.filter(
            ({ path, before, after }) => before !== after && /\.(?:rego|ya?ml|json)$/.test(path),
          ),
        ]),
        ...(options.baseline === undefined ? [] : baselineChanges(options.baseline, before, after)),
      ],
      base: base.tree,
    },
    below: (path) => base.under(path),
  };
}

function waiverDays(config: LoadedConfig | undefined): number {
  return config?.value.gate?.max_waiver_days ?? DEFAULT_WAIVER_DAYS;
}

/** Our policies, and the organisation's own where the configuration names some. */
async function bundleOf({ terminal }: Environment, config: LoadedConfig | undefined): Promise<Bundle> {
  const ours = await readBundle();
  if (config === undefined || (config.value.policies ?? []).length === 0) return ours;
  const { ownBundles } = await import("./own-policies.ts");
  const own = await ownBundles(config, ours, terminal.err);
  return unitedBundle([ours, ...own.map(({ bundle }) => bundle)]);
}

async function twoTexts(base: BaseRef, cwd: string, file: string): Promise<TwoTexts> {
  const path = toldPath(cwd, file);
  const text = (bytes: Buffer | undefined): string | undefined =>
    bytes === undefined ? undefined : utf8Text(bytes, { file: path, code: "E_CONFIG" });
  return {
    path,
    before: text(await base.read(file)),
    after: text(await bytesOf(file, false, MAX_CONFIG_BYTES)),
  };
}

async function twoBaselines(
  base: BaseRef,
  cwd: string,
  file: string,
): Promise<[readonly BaselineEntry[], readonly BaselineEntry[]]> {
  const path = toldPath(cwd, file);
  const [before, after] = [await base.read(file), await bytesOf(file, false)];
  if (before === undefined && after === undefined) await bytesOf(file, true);
  return [await baselineOf(before, path), await baselineOf(after, path)];
}

async function baselineOf(bytes: Buffer | undefined, path: string): Promise<readonly BaselineEntry[]> {
  return Promise.resolve(
    bytes === undefined ? [] : parseBaseline(utf8Text(bytes, { file: path, code: "E_INPUT" }), path),
  );
}

/** The files of own policies that the base's configuration names, by digest. What the change alone names is a change of the configuration. */
async function twoPolicies(base: BaseRef, cwd: string, paths: readonly string[]): Promise<TwoTexts[]> {
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const full of paths) {
    for (const [file, bytes] of await base.under(full)) before.set(file, sha256(bytes));
    for (const file of await filesBelow(full)) {
      const bytes = await bytesOf(file, false, MAX_POLICY_BYTES);
      if (bytes !== undefined) after.set(file, sha256(bytes));
    }
  }
  const files = new Set([...before.keys(), ...after.keys()]);
  return [...files].sort().map((file) => {
    return { path: toldPath(cwd, file), before: before.get(file), after: after.get(file) };
  });
}

/** Regular files below a directory, or the file itself; none where there is nothing. */
async function filesBelow(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === "ENOTDIR") return [path];
    if (code === "ENOENT") return [];
    throw fileError(thrown, path, "read");
  }
}

async function bytesOf(
  file: string,
  required: boolean,
  maxBytes = MAX_BASELINE_BYTES,
): Promise<Buffer | undefined> {
  try {
    return await readBounded(file, { what: "a file that decides", maxBytes });
  } catch (thrown) {
    if (!required && thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return undefined;
    throw thrown;
  }
}

/** The base's own policies in a directory of their own, where those of the work tree are others. */
class Scratch {
  #directory: string | undefined;

  async hold(config: LoadedConfig, base: BaseRef): Promise<LoadedConfig> {
    const directory = await mkdtemp(join(tmpdir(), "countersign-base-"));
    this.#directory = directory;
    for (const path of config.value.policies ?? []) {
      for (const [file, bytes] of await base.under(resolve(config.directory, path))) {
        const within = relative(config.directory, file);
        const target = resolve(directory, within);
        if (!target.startsWith(`${directory}/`)) continue; // told as not found by who reads it
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, bytes);
      }
    }
    return { ...config, directory };
  }

  async remove(): Promise<void> {
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true, force: true });
  }
}
