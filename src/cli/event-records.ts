import { CountersignError, canonicalJson, type ErrorCode } from "../base/index.ts";
import { LogStore } from "../collect/index.ts";
import { MAX_USAGE_PAGES, USAGE_PAGE, type SpansTold } from "../connectors/index.ts";
import { ingestedDigests, spansOf, usageOf, type Missing, type Usage } from "../events/index.ts";
import {
  CallFailure,
  MAX_HOLES,
  MAX_USAGE_DAYS,
  MAX_USAGE_VERSIONS,
  type EventRecords,
  type GapReason,
} from "../facts/index.ts";
import type { DuckDb } from "../tables/index.ts";
import type { Search, Searched } from "./event-search.ts";
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { asking, holding } from "./event-engine.ts";

interface Told {
  readonly spans: SpansTold["spans"];
  readonly pairs: readonly Usage[];
  /** What is odd, or why that could not be looked for. */
  readonly searched: Searched | { readonly failed: unknown };
}

/**
 * What the event table tells of one source's log. Where it is asked on a cluster, too, it is the one here that tells: what is
 * ingested is here first. It is read once, at the first question, so that all pages are of one state; what
 * failed is tried again by the next question.
 */
export function eventRecords(
  environment: Environment,
  options: ConfigOptions,
  { source, search }: { readonly source: string; readonly search: Search },
): EventRecords {
  let told: Promise<Told> | undefined;
  const read = async (): Promise<Told> => {
    told ??= readTable(environment, options, { source, search });
    try {
      return await told;
    } catch (thrown) {
      told = undefined;
      throw thrown;
    }
  };
  return {
    ask: async ({ about, page }) => {
      try {
        const told = await read();
        const answer =
          about === "spans" ? spansAnswer(told) : { page, items: pageOf(itemsOf(told, about), page) };
        const body = Buffer.from(canonicalJson(answer), "utf8");
        return { status: 200, media_type: "application/json", body };
      } catch (thrown) {
        throw failureOf(thrown);
      }
    },
  };
}

/** Where nothing odd could be looked for, one page of each is asked for all the same, so that its gap says why. */
function spansAnswer({ spans, pairs, searched }: Told): SpansTold {
  const answer = { spans, pages: pagesOf(pairs) };
  if ("failed" in searched) return { ...answer, detection_pages: 1, actor_pages: 1 };
  const { run, detections, actors } = searched;
  return { ...answer, run, detection_pages: pagesOf(detections), actor_pages: pagesOf(actors) };
}

function itemsOf({ pairs, searched }: Told, about: "actors" | "detections" | "usage"): readonly object[] {
  if (about === "usage") return pairs;
  if ("failed" in searched) throw searched.failed;
  return searched[about];
}

function pageOf(items: readonly object[], page: number): readonly object[] {
  return items.slice((page - 1) * USAGE_PAGE, page * USAGE_PAGE);
}

function pagesOf(items: readonly unknown[]): number {
  const pages = Math.ceil(items.length / USAGE_PAGE);
  if (pages <= MAX_USAGE_PAGES) return pages;
  throw new CallFailure(
    "limit",
    `expected at most ${MAX_USAGE_PAGES * USAGE_PAGE} pairs, got ${items.length}`,
  );
}

async function readTable(
  environment: Environment,
  options: ConfigOptions,
  { source, search }: { readonly source: string; readonly search: Search },
): Promise<Told> {
  const kept = new LogStore(stateDirectory(environment, options), source, environment.ports.sleep);
  const ask = async (database: DuckDb, version: string): Promise<Told> => {
    const missing = await missingOf(kept, await ingestedDigests(database, source));
    const spans = await spansOf(database, source, missing, MAX_HOLES);
    if (spans.length === 0) {
      throw new CallFailure("unsupported", `expected the audit log of ${source}, got no event of it`, {
        fix: `Run countersign events ingest --store ${source}, then collect again; or set usage: false of the source.`,
      });
    }
    const limits = { days: MAX_USAGE_DAYS, versions: MAX_USAGE_VERSIONS };
    return {
      spans: spans.map((span) => ({ ...span, holes: [...span.holes] })),
      pairs: await usageOf(database, source, limits),
      searched: await search(database, version, source).catch((failed: unknown) => ({ failed })),
    };
  };
  return await holding(
    environment,
    options,
    async (table) =>
      await asking(environment, table, async (database) => await ask(database, table.version?.sha256 ?? "")),
  );
}

/** Of what `collect` keeps of a log: pieces that could not be fetched, and bodies that were not ingested. */
async function missingOf(kept: LogStore, ingested: ReadonlySet<string>): Promise<Missing[]> {
  const missing: Missing[] = [];
  for (const log of await kept.logs()) {
    const [account = "", region = ""] = log.split("/");
    const { holes } = await kept.state(log);
    for (const { from_at, to_at } of holes)
      missing.push({ account, region, from_at, to_at, reason: "missing" });
    for await (const { sha256, first_at, last_at, event_count } of kept.list(log)) {
      if (event_count === 0 || ingested.has(sha256)) continue;
      missing.push({
        account,
        region,
        ...(first_at === undefined ? {} : { from_at: first_at }),
        ...(last_at === undefined ? {} : { to_at: last_at }),
        reason: "not_ingested",
      });
    }
  }
  return missing;
}

/** How an error shows as a gap: none of these passes by itself within a run. */
const REASONS: Partial<Record<ErrorCode, GapReason>> = {
  E_DISK: "denied",
  E_INPUT: "malformed",
  E_INTEGRITY: "malformed",
  E_LIMIT: "limit",
  E_NOT_FOUND: "unsupported",
};

function failureOf(thrown: unknown): unknown {
  if (!(thrown instanceof CountersignError)) return thrown;
  const reason = REASONS[thrown.code];
  if (reason === undefined) return thrown;
  return new CallFailure(reason, thrown.message, {
    cause: thrown,
    ...(thrown.fix === undefined ? {} : { fix: thrown.fix }),
  });
}
