import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT, counted, type ExitCode } from "../base/index.ts";
import { collect, type CollectRequest } from "../collect/index.ts";
import { connectors, people, review } from "../connectors/index.ts";
import {
  CallFailure,
  gapFix,
  gapGroups,
  gapPlaces,
  isExcluded,
  type Answer,
  type Call,
  type FactKind,
  type FactOf,
  type FactSet,
  type Gap,
} from "../facts/index.ts";
import { configuredSources } from "./collecting.ts";
import type { LoadedConfig } from "./config.ts";
import { productVersion, type Environment } from "./environment.ts";
import { collectProgress } from "./progress.ts";

/** What a check of `doctor` comes to. */
export interface Finding {
  readonly status: "ok" | "warning" | "failed";
  readonly detail: string;
  readonly fix?: string;
  readonly exit: ExitCode;
}

export const ok = (detail: string): Finding => ({ status: "ok", detail, exit: EXIT.pass });

export const warning = (detail: string, fix: string): Finding => ({
  status: "warning",
  detail,
  fix,
  exit: EXIT.pass,
});

/** Most places, such as Regions of accounts, that are tried with a question of their own. */
const MAX_TRIED = 600;

/** Questions that are under way at once. */
const CONCURRENCY = 8;

/** Most causes that are told, and places that are named with one. */
const MAX_CAUSES = 3;
const MAX_PLACES = 3;

const NOT_ASKED = "not asked by doctor";

/** Connects, logs in, asks for the store's own state, and puts one question to each place; nothing is kept. */
export async function probed(
  environment: Environment,
  config: LoadedConfig,
  name: string,
  reading: Pick<CollectRequest, "credentials" | "own" | "reviews">,
): Promise<Finding> {
  const state = await mkdtemp(join(tmpdir(), "countersign-doctor-"));
  const [source] = configuredSources(config, environment, [name]);
  const connector = connectors.get(source?.connector ?? "");
  const trial = new Trial((call) => connector?.probes?.(call));
  const { progress, done } = collectProgress(environment.terminal, { during: "Trying", after: "Tried" });
  try {
    const { facts, errors } = await collect({
      sources: source === undefined ? [] : [source],
      stateDirectory: state,
      connectors: [...connectors.values()],
      ...reading,
      ports: {
        ...environment.ports,
        intercept: async (call, _attempt, send) => await trial.ask(call, send),
      },
      signal: environment.signal,
      productVersion: productVersion(),
      progress,
      limits: { attempts: 2, callMs: 10_000, concurrency: CONCURRENCY },
    });
    const [error] = errors;
    if (error !== undefined) throw error;
    if (source?.connector === people.id) return listsFinding(facts);
    if (source?.connector === review.id) return reviewsFinding(facts);
    return findingOf(facts.of("store"), facts.of("mount").length, facts.gaps, trial);
  } finally {
    done();
    await rm(state, { recursive: true, force: true });
  }
}

/** Which questions `doctor` puts, and how the places that it tried fared. */
class Trial {
  readonly #tried = new Map<string, string>();
  readonly #answered = new Set<string>();
  readonly #probes: (call: Call) => "always" | "once_in_place" | undefined;
  /** Places beyond `MAX_TRIED`. */
  readonly untried = new Set<string>();

  constructor(probes: (call: Call) => "always" | "once_in_place" | undefined) {
    this.#probes = probes;
  }

  get triedCount(): number {
    return this.#tried.size;
  }

  get answeredCount(): number {
    return this.#answered.size;
  }

  /** Whether this is what a place was tried with. */
  isOf({ scope, operation }: Pick<Gap, "operation" | "scope">): boolean {
    return this.#tried.get(scope) === operation;
  }

  async ask(call: Call, send: () => Promise<Answer>): Promise<Answer> {
    if (
      call.hides.includes("store") ||
      call.hides.includes("mount") ||
      call.operation.startsWith("token.") ||
      this.#probes(call) === "always"
    ) {
      return await send();
    }
    // A limit of ours is no silence of the store's, after enough of which nothing more would be asked.
    if (!this.#isTry(call)) throw new CallFailure("limit", NOT_ASKED);
    const answer = await send();
    this.#answered.add(call.scope);
    return answer;
  }

  /** The first question of a place that may be one, each time that it is put. */
  #isTry(call: Call): boolean {
    if (this.#probes(call) !== "once_in_place") return false;
    const { scope, operation } = call;
    const chosen = this.#tried.get(scope);
    if (chosen !== undefined) return chosen === operation;
    if (this.#tried.size >= MAX_TRIED) {
      this.untried.add(scope);
      return false;
    }
    this.#tried.set(scope, operation);
    return true;
  }
}

function findingOf(
  stores: readonly FactOf<"store">[],
  mounts: number,
  all: readonly Gap[],
  trial: Trial,
): Finding {
  // What the settings leave out is meant so.
  const gaps = all.filter((gap) => gap.detail !== NOT_ASKED && !isExcluded(gap));
  const hiding = (kind: FactKind): Gap | undefined => gaps.find(({ hides }) => hides.includes(kind));
  const [first] = stores;
  const shut = hiding("mount") ?? (first?.region === undefined ? hiding("store") : undefined);
  if (shut !== undefined) return failed(shut.detail, shut.fix);
  if (first === undefined) return failed("the store did not say what it is");
  const told = storesText(stores, mounts, all.filter(isExcluded), trial);
  // A limit is ours. What a store that is there does not offer is for the report.
  const within = ({ scope }: Gap): boolean =>
    stores.some(({ id }) => `${scope}/`.startsWith(`${id.replace(":", "/")}/`));
  const amiss = gapGroups(gaps.filter((gap) => trial.isOf(gap) || (gap.reason !== "limit" && !within(gap))));
  if (amiss.length === 0) return ok(told);
  const causes = amiss
    .slice(0, MAX_CAUSES)
    .map((group) => `${gapPlaces(group, MAX_PLACES)}: ${group[0].reason}: ${group[0].detail}`);
  const more = amiss.length > MAX_CAUSES ? [`and ${counted(amiss.length - MAX_CAUSES, "more cause")}`] : [];
  const detail = [told, ...causes, ...more].join("; ");
  const fix = [...new Set(amiss.slice(0, MAX_CAUSES).map(([gap]) => gapFix(gap)))].join(" ");
  return trial.triedCount > 0 && trial.answeredCount === 0 ? failed(detail, fix) : warning(detail, fix);
}

/** Of files, which are read whole: what is in them, and what of it cannot be used. */
function listsFinding(facts: FactSet): Finding {
  const rosters = facts.of("roster");
  const told = [
    `${counted(rosters.length, "roster")} with ${counted(facts.of("person").length, "person", "people")}`,
    counted(facts.of("access_request").length, "request"),
  ].join(", ");
  const [first] = facts.gaps;
  if (first === undefined) return ok(told);
  const more = facts.gaps.length > 1 ? `; gaps: ${facts.gaps.length}` : "";
  const detail = `${told}; ${first.detail}${more}`;
  const isNothing = facts.of("person").length + facts.of("access_request").length === 0;
  return isNothing ? failed(detail, first.fix) : warning(detail, first.fix ?? gapFix(first));
}

/** Of our own reviews, which are read whole. */
function reviewsFinding(facts: FactSet): Finding {
  const [register] = facts.of("review_register");
  const [gap] = facts.gaps;
  if (gap !== undefined) return failed(gap.detail, gap.fix ?? gapFix(gap));
  return ok(
    `${counted(register?.campaign_count ?? 0, "campaign")}, ${counted(register?.journal_entry_count ?? 0, "entry", "entries")} of the journal in the ledger`,
  );
}

function failed(detail: string, fix?: string): Finding {
  return { status: "failed", detail, exit: EXIT.incomplete, ...(fix === undefined ? {} : { fix }) };
}

/** E.g. `vault 1.19.0, 5 secrets engines listed`; of a cloud, whose services have no version, how much of it there is and answers. */
function storesText(
  stores: readonly FactOf<"store">[],
  mounts: number,
  excluded: readonly Gap[],
  { triedCount, answeredCount, untried }: Trial,
): string {
  const [first] = stores;
  const product = [first?.product, first?.version].filter((part) => part !== undefined).join(" ");
  const regions = stores.filter(({ region }) => region !== undefined);
  const accounts = new Set(regions.map(({ account }) => account));
  const left = excluded.filter(({ hides, resource }) => hides.includes("store") && resource === undefined);
  return [
    product,
    ...(regions.length === 0
      ? []
      : [`${counted(regions.length, "Region")} of ${counted(accounts.size, "account")} enabled`]),
    ...(left.length === 0 ? [] : [`${left.length} left out by the settings`]),
    ...(triedCount === 0 ? [] : [`tried ${triedCount}, of which ${answeredCount} answered`]),
    ...(untried.size === 0 ? [] : [`${untried.size} not tried: doctor tries at most ${MAX_TRIED}`]),
    ...(mounts === 0 ? [] : [`${counted(mounts, "secrets engine")} listed`]),
  ].join(", ");
}
