import { access, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, counted, printable, worstExit, writeFileAtomically, type ExitCode } from "../base/index.ts";
import { isOfUnseenNodes } from "../connectors/index.ts";
import { afterNow, gapFix, listSnapshots, readFacts, readManifest, type Gap } from "../facts/index.ts";
import { findCompiler } from "../policy/index.ts";
import { configuredSources } from "./collecting.ts";
import type { Config, LoadedConfig } from "./config.ts";
import { withCredentials } from "./embedded-vault.ts";
import { loadConfig, stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { readBundle } from "./bundle.ts";
import { asCountersignError, placeText } from "./output.ts";
import { ownReviews } from "./own-reviews.ts";
import { ownRecords } from "./own-vault.ts";
import { ok, probed, warning, type Finding } from "./probing.ts";
import { refusalsOf } from "./refusals.ts";
import { reviewChecks } from "./review-advice.ts";
import { readRulebook, type Rulebook } from "./rulebook.ts";
import { unreadSources } from "./unread.ts";
import { vaultAdvice } from "./vault-slots.ts";

/** Below this much free space a collection may not end. */
const MIN_FREE_BYTES = 256 * 1024 * 1024;

/** Evidence over a period has holes when a schedule has: this long without a snapshot is said. */
const STALE_SNAPSHOT_DAYS = 2;

interface Check extends Finding {
  readonly name: string;
}

interface JsonOption {
  readonly json?: boolean;
}

/** A configuration, and what judges by it, which is being read. */
interface Loaded {
  readonly config: LoadedConfig;
  readonly reading: Promise<Rulebook>;
}

/** Adds a check, which fails where `look` throws. */
type AddCheck = (name: string, look: () => Finding | Promise<Finding>) => Promise<void>;

/** Runs every check; one that fails does not keep the others from running. */
export async function examine(
  environment: Environment,
  options: ConfigOptions & JsonOption,
): Promise<ExitCode> {
  const checks: Check[] = [];
  const check: AddCheck = async (name, look) => {
    try {
      checks.push({ name, ...(await look()) });
    } catch (thrown) {
      checks.push(failed(name, thrown));
    }
  };
  let config: LoadedConfig | undefined;
  let loaded: Loaded | undefined;
  await check("runtime", () => ok(`Node ${process.versions.node}`));
  await check("configuration", async () => {
    config = await loadConfig(environment, options);
    // All else that the file says and that its own schema cannot tell: settings of connectors, parameters, controls.
    loaded = { config, reading: readRulebook(environment, config) };
    const fault = await faultOfFile(loaded.reading, config);
    configuredSources(config, environment);
    if (fault !== undefined) throw fault;
    return ok(config.file);
  });
  await check("policies", async () => policiesCheck(loaded));
  await check("compiler", async () => compilerCheck());
  await check("state", async () => stateCheck(environment, options));
  await checkSnapshots(check, environment, { ...options, sources: config?.value.sources ?? {} });
  try {
    checks.push(...(await vaultChecks(environment, options, config)));
  } catch (thrown) {
    checks.push(failed("embedded vault", thrown));
  }
  if (config !== undefined) {
    const settled = config;
    for (const { name, look } of reviewChecks(environment, options, settled)) await check(name, look);
    const once = sayingOnce(environment);
    for (const name of Object.keys(settled.value.sources).sort()) {
      await check(`source ${name}`, async () => sourceCheck(once, settled, options, name));
    }
  }
  const exit = worstExit(checks.map((found) => found.exit));
  environment.terminal.out(
    options.json === true ? `${JSON.stringify({ checks, exit })}\n` : checksText(checks),
  );
  return exit;
}

/** Each source reads credentials anew; what they are warned of is said once. */
function sayingOnce(environment: Environment): Environment {
  const said = new Set<string>();
  const err = (text: string): void => {
    if (!said.has(text)) environment.terminal.err(text);
    said.add(text);
  };
  return { ...environment, terminal: { ...environment.terminal, err } };
}

function failed(name: string, thrown: unknown): Check {
  const { message, fix, exit, location } = asCountersignError(thrown);
  const detail = location === undefined ? message : `${placeText(location)}: ${message}`;
  return { name, status: "failed", detail, exit, ...(fix === undefined ? {} : { fix }) };
}

/** What is weak or overdue about the embedded vault, where there is one or shall be. */
async function vaultChecks(
  environment: Environment,
  options: ConfigOptions,
  config: LoadedConfig | undefined,
): Promise<Check[]> {
  const name = "embedded vault";
  const directory = join(stateDirectory(environment, options), "vault");
  if (!(await exists(directory))) {
    if (config?.value.embedded_vault === undefined) return [];
    return [{ name, ...warning("configured, and not made yet", "countersign vault init") }];
  }
  const advice = await vaultAdvice(environment, options);
  return advice.map((one) => ({ ...one, name: `${name}, ${one.name}`, exit: one.exit ?? EXIT.pass }));
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw thrown;
  }
}

/** Where the rulebook is not to be had for what stands in the file itself: the configuration's fault, not the policies'. */
async function faultOfFile(reading: Promise<Rulebook>, { file }: LoadedConfig): Promise<Error | undefined> {
  try {
    await reading;
    return undefined;
  } catch (thrown) {
    const error = asCountersignError(thrown);
    return error.location?.file === file ? error : undefined;
  }
}

async function policiesCheck(loaded: Loaded | undefined): Promise<Finding> {
  if (loaded === undefined || (await faultOfFile(loaded.reading, loaded.config)) !== undefined)
    return ok(counted((await readBundle()).catalogue.policies.length, "policy", "policies"));
  const { bundle, ownBundles, mappings } = await loaded.reading;
  const own = ownBundles.size === 0 ? "" : `, ${ownBundles.size} of them your own`;
  return ok(
    `${counted(bundle.catalogue.policies.length, "policy", "policies")}${own}, ${counted(mappings.length, "framework")}`,
  );
}

async function compilerCheck(): Promise<Finding> {
  try {
    await findCompiler();
    return ok("found");
  } catch (thrown) {
    const { message, fix } = asCountersignError(thrown);
    return warning(message, fix ?? "Only `policy check|test|build|format` need it.");
  }
}

async function stateCheck(environment: Environment, options: ConfigOptions): Promise<Finding> {
  const directory = stateDirectory(environment, options);
  const probe = join(directory, ".doctor");
  await writeFileAtomically(probe, "");
  await rm(probe);
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  const megabytes = Math.round(free / 1024 / 1024);
  if (free >= MIN_FREE_BYTES) return ok(`${directory}, ${megabytes} MB free`);
  return warning(
    `${directory} has ${megabytes} MB free`,
    "Free some space, or name another directory in COUNTERSIGN_STATE.",
  );
}

/**
 * Whether there are snapshots of now, what the last one was refused, and which clusters it saw have nodes whose files the
 * configuration does not name: what each has of its own is told by nothing else.
 */
async function checkSnapshots(
  check: AddCheck,
  environment: Environment,
  options: ConfigOptions & Pick<Config, "sources">,
): Promise<void> {
  const parent = join(stateDirectory(environment, options), "snapshots");
  let ids: readonly string[] = [];
  await check("snapshots", async () => {
    ids = await listSnapshots(parent);
    return snapshotsFinding(ids, environment.ports.clock.now());
  });
  const newest = ids.at(-1);
  if (newest === undefined) return;
  let gaps: readonly Gap[] = [];
  await check(`last snapshot ${newest}`, async () => {
    const directory = join(parent, newest);
    const manifest = await readManifest(directory);
    const facts = await readFacts(directory, manifest);
    ({ gaps } = facts);
    const { detail, fix } = refusalsOf(gaps);
    const failed = manifest.sources.filter(({ status }) => status === "failed");
    if (failed.length > 0) {
      const names = failed.map(({ store_id }) => store_id).join(", ");
      return warning(`reading ${names} failed; ${detail}`, fix ?? READ_AGAIN);
    }
    // A sealed store tells that it is, and a resumed run keeps what was answered before: neither has failed whole.
    const unread = unreadSources({ manifest, facts });
    if (unread.length > 0)
      return warning(`nothing could be read of ${unread.join(", ")}; ${detail}`, fix ?? READ_AGAIN);
    return fix === undefined ? ok(detail) : warning(detail, fix);
  });
  for (const [name, source] of Object.entries(options.sources)) {
    const unseen = gaps.find((gap) => gap.store_id === name && isOfUnseenNodes(gap));
    if (unseen !== undefined && !Object.hasOwn(source, "node_config_files"))
      await check(`nodes of ${name}`, () => warning(unseen.detail, gapFix(unseen)));
  }
}

const READ_AGAIN = "Mend what is said of the source here, then run `countersign run` again.";

function snapshotsFinding(ids: readonly string[], now: Date): Finding {
  const newest = ids.at(-1);
  if (newest === undefined)
    return warning("none yet", "Run `countersign run`, and schedule it: a period cannot be made up later.");
  const [wrong] = afterNow(ids, now);
  if (wrong !== undefined) {
    return warning(
      `${wrong} lies after now, ${now.toISOString()}`,
      "Set the clock right where it is wrong now. Where it was wrong then, move that snapshot away, or name another with --from: assess, report and access take none for the newest meanwhile.",
    );
  }
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})T/.exec(newest) ?? [];
  const age = (now.getTime() - Date.parse(`${year}-${month}-${day}`)) / 86_400_000;
  if (age <= STALE_SNAPSHOT_DAYS) return ok(`${ids.length}, newest ${newest}`);
  return warning(
    `newest is ${newest}`,
    "Schedule `countersign run`: a gap in the schedule is a gap in the evidence.",
  );
}

/** Connects, logs in, and asks for the store's own state, and of a cloud in each place once; nothing is kept. */
async function sourceCheck(
  environment: Environment,
  config: LoadedConfig,
  options: ConfigOptions,
  name: string,
): Promise<Finding> {
  const reading = { ...options, directory: config.directory, purpose: "doctor" };
  return await withCredentials(
    environment,
    reading,
    async (credentials, site) =>
      await probed(environment, config, name, {
        credentials,
        own: ownRecords(site),
        reviews: ownReviews(environment, options, { config, credentials }),
      }),
  );
}

function checksText(checks: readonly Check[]): string {
  return checks
    .map(({ name, status, detail, fix }) => {
      const line = `${status.padEnd(8)} ${name}: ${printable(detail)}\n`;
      return fix === undefined ? line : `${line}         fix: ${printable(fix)}\n`;
    })
    .join("");
}
