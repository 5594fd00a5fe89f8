import { EXIT, CountersignError, counted, printable, type ErrorCode, type ExitCode } from "../base/index.ts";
import { collect, type CollectLimits, type CollectSource, type Collected } from "../collect/index.ts";
import { connectors, environmentDefaults, refuseSlips } from "../connectors/index.ts";
import {
  GAP_REASONS,
  gapGroups,
  gapPlaces,
  isExcluded,
  type Gap,
  type GapGroup,
  type GapReason,
} from "../facts/index.ts";
import { sourceSettings, type LoadedConfig } from "./config.ts";
import { withCredentials } from "./embedded-vault.ts";
import { productVersion, stateDirectory, type Environment } from "./environment.ts";
import { eventRecords } from "./event-records.ts";
import { errorJson, errorText, table } from "./output.ts";
import { searching } from "./event-search.ts";
import { ownReviews } from "./own-reviews.ts";
import { ownRecords } from "./own-vault.ts";
import { collectProgress } from "./progress.ts";
import { refusalsOf } from "./refusals.ts";
import { prepare, type Prepared } from "./rulebook.ts";
import { requireUsable } from "./usable-settings.ts";
import { inClearText, isVaultDamaged, reportable, unreadSources, unreadText, vaultDamage } from "./unread.ts";

export interface CollectingOptions {
  readonly config?: string;
  /** Only these sources; all where absent. */
  readonly source?: readonly string[];
}

/**
 * Collects as configured, after all of the configuration was checked: what judges as well, so that no slip in it is found
 * after minutes of reading. What `prepare` and `collect` throw.
 */
export async function collectSnapshot(
  environment: Environment,
  options: CollectingOptions,
  before?: Prepared,
): Promise<Collected> {
  const { config } = before ?? (await prepare(environment, options));
  const sources = configuredSources(config, environment, options.source);
  const search = searching(config, environment.ports.clock.now());
  const { progress, done } = collectProgress(environment.terminal);
  const reading = { ...options, directory: config.directory, purpose: "collect" };
  try {
    return await withCredentials(
      environment,
      reading,
      async (credentials, site) =>
        await collect({
          sources,
          stateDirectory: stateDirectory(environment, options),
          connectors: [...connectors.values()],
          credentials,
          own: ownRecords(site),
          eventsOf: (source) => eventRecords(environment, options, { source, search }),
          reviews: ownReviews(environment, options, { config, credentials }),
          ports: environment.ports,
          signal: environment.signal,
          productVersion: productVersion(),
          progress,
          limits: configuredLimits(config),
        }),
    );
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
      refuseSlips(id, config.value.sources[name] ?? {}, (path) => config.locate(["sources", name, ...path]));
      const settings = sourceSettings(config, name, connector.settings, {
        ...usageDefault(config, name),
        ...environmentDefaults(id, environment.env),
      });
      requireUsable(settings, {
        connector: id,
        env: environment.env,
        stated: (key) =>
          Object.hasOwn(config.value.sources[name] ?? {}, key)
            ? { name: `sources.${name}.${key}`, location: config.locate(["sources", name, key]) }
            : undefined,
      });
      return { name, connector: id, address: settings.address, settings };
    });
}

/** Who read what is asked of every log that the configuration names. */
function usageDefault({ value }: LoadedConfig, name: string): { usage?: boolean } {
  const log: unknown = value.sources[name]?.["audit_log" as never];
  const isNamed = typeof log === "object" && log !== null && (log as { from?: unknown }).from !== "none";
  return isNamed ? { usage: true } : {};
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

/**
 * What a collection amounts to: incomplete where any source is, an integrity failure where the embedded vault is damaged or
 * was taken back, and the worst of what broke.
 */
export function collectExits({ manifest, errors, facts }: Collected): ExitCode[] {
  const incomplete = manifest.sources.some(({ status }) => status !== "complete");
  return [
    ...errors.map((error) => error.exit),
    ...(isVaultDamaged({ facts }) ? [EXIT.integrity] : []),
    ...(incomplete ? [EXIT.incomplete] : []),
  ];
}

/** The caller of a source that has told nobody who we are. */
const UNIDENTIFIED = "unidentified";

/** What each reason is called where it kept a whole source from being read. */
const CODES: Readonly<Record<GapReason, ErrorCode>> = {
  denied: "E_DENIED",
  excluded: "E_UNREACHABLE",
  interrupted: "E_INTERRUPTED",
  limit: "E_UNREACHABLE",
  malformed: "E_MALFORMED",
  redacted: "E_MALFORMED",
  throttled: "E_UNREACHABLE",
  timeout: "E_UNREACHABLE",
  unavailable: "E_UNREACHABLE",
  unknown: "E_MALFORMED",
  unsupported: "E_NOT_FOUND",
};

const SLOW = "Check the network and the server's load, or raise limits.call_timeout_s in countersign.yaml.";

/** What a person can do about a gap: its own advice, else what helps against its reason. */
function fixOf({ reason, fix = reason === "timeout" ? SLOW : undefined }: Gap): { fix?: string } {
  return fix === undefined ? {} : { fix };
}

/** What broke, what kept us out of a source, so that it never said who we are, and what makes all that it said doubtful. */
function troubles(collected: Collected): CountersignError[] {
  const { manifest, facts, errors } = collected;
  const unread = unreadSources(collected);
  const shut = manifest.sources.flatMap(({ store_id, caller }) => {
    const gap = facts.gaps.find(
      (one) =>
        one.store_id === store_id &&
        one.resource === `${store_id}:` &&
        (caller === UNIDENTIFIED || one.hides.includes("store")),
    );
    if (gap === undefined) return unread.includes(store_id) ? toldNothing(store_id, collected) : [];
    const closed = facts
      .of("store")
      .some((store) => store.store_id === store_id && (store.sealed || !store.initialized));
    const code = closed ? "E_SEALED" : CODES[gap.reason];
    return [new CountersignError(code, `${store_id}: ${gap.detail}`, fixOf(gap))];
  });
  return [...errors, ...vaultDamage({ facts }), ...shut];
}

/**
 * Why a source that knows who we are told nothing all the same: the refusals, else what most of its gaps come from; nothing where
 * an error has said so.
 */
function toldNothing(store_id: string, { facts, errors }: Collected): CountersignError[] {
  const gaps = facts.gaps.filter((gap) => gap.store_id === store_id);
  const [first] = gapGroups(gaps).toSorted((a, b) => b.length - a.length);
  if (first === undefined || errors.some(({ message }) => message === first[0].detail)) return [];
  const reason = gaps.some((gap) => gap.reason === "denied") ? "denied" : first[0].reason;
  const refusals = refusalsOf(gaps);
  const whole = `${refusals.fix ?? ""}; countersign init prints the whole policy`;
  const { detail, fix } =
    reason === "denied"
      ? { detail: refusals.detail, fix: whole }
      : { fix: undefined, detail: first[0].detail, ...fixOf(first[0]) };
  return [
    new CountersignError(
      CODES[reason],
      `${store_id}: expected answers, got none: ${detail}`,
      fix === undefined ? {} : { fix },
    ),
  ];
}

export function collectedJson(collected: Collected): Record<string, unknown> {
  const { directory, manifest } = collected;
  return {
    snapshot_id: manifest.snapshot_id,
    directory,
    taken_at: manifest.taken_at,
    unread: unreadSources(collected),
    sources: manifest.sources,
    fact_counts: manifest.fact_counts,
    gap_counts: manifest.gap_counts,
    errors: troubles(collected).map(errorJson),
  };
}

/** Most causes of gaps that are told one by one. */
const MAX_TOLD_GAPS = 10;

/** Most places that are named with one cause. */
const MAX_NAMED_PLACES = 5;

/** What was read, for a person, and what was not, with what can be done about it. */
export function collectedText(collected: Collected): string {
  const { directory, manifest } = collected;
  const rows = manifest.sources.map(({ store_id, status, scopes, address }) => [
    store_id,
    status,
    String(scopes.reduce((sum, scope) => sum + scope.record_count, 0)),
    String(scopes.reduce((sum, scope) => sum + scope.gap_count, 0)),
    address,
  ]);
  return [
    unreadText(unreadSources(collected)),
    printable(inClearText(manifest.sources)),
    `Snapshot ${manifest.snapshot_id}\n${printable(directory)}\n\n`,
    table([["source", "status", "answers", "gaps", "address"], ...rows]),
    gapsText(collected),
    nextText(collected),
  ].join("");
}

function nextText(collected: Collected): string {
  if (reportable(collected) !== "no") return "\nNext: countersign report\n";
  return (
    "\nA report would show little but unknowns.\n" +
    "Next: mend what is said to be wrong (countersign doctor tells when it is), then countersign collect again\n"
  );
}

function gapsText(collected: Collected): string {
  const { gaps } = collected.facts;
  // What is told as an error is not told twice.
  const said = new Set(troubles(collected).map(({ message }) => message));
  const untold = gaps.filter(({ store_id, detail }) => !said.has(`${store_id}: ${detail}`));
  return unreadCausesText(untold.filter((gap) => !isExcluded(gap))) + leftOutText(untold);
}

/** What was to be read and could not be. */
function unreadCausesText(others: readonly Gap[]): string {
  if (others.length === 0) return "";
  // What was refused before what was left out.
  const groups = GAP_REASONS.flatMap((reason) => gapGroups(others.filter((gap) => gap.reason === reason)));
  const told = groups.slice(0, MAX_TOLD_GAPS);
  const count = told.reduce((sum, group) => sum + group.length, 0);
  const more = others.length > count ? `  gaps: ${others.length}; gaps.csv of a report lists all\n` : "";
  return `\nCould not be read:\n${told.map(groupText).join("")}${more}`;
}

/** What the settings leave out, with the others' words: nobody was kept from reading it. */
function leftOutText(gaps: readonly Gap[]): string {
  const left = gapGroups(gaps.filter(isExcluded));
  if (left.length === 0) return "";
  const lines = left.map(
    (group) => `  ${group[0].store_id}: ${gapPlaces(group, MAX_NAMED_PLACES)}: ${group[0].detail}\n`,
  );
  return printable(`\nLeft out by configuration, nothing is known of it:\n${lines.join("")}`);
}

/** One cause, with what was asked, or how much of it, and where. */
function groupText(group: GapGroup): string {
  const [first] = group;
  const operations = new Set(group.map(({ operation }) => operation));
  const asked = operations.size === 1 ? first.operation : counted(operations.size, "operation");
  const where = group.length === 1 ? "" : ` of ${gapPlaces(group, MAX_NAMED_PLACES)}`;
  const { fix } = fixOf(first);
  const line = `  ${first.reason}: ${asked}${where}: ${first.detail}\n`;
  return printable(fix === undefined ? line : `${line}    fix: ${fix}\n`);
}

/** What broke, for a person; empty where nothing did. */
export function troublesText(collected: Collected): string {
  return troubles(collected).map(errorText).join("");
}
