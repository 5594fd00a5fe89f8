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
import { stateDirectory, type ConfigOptions, type Environment } from "./environment.ts";
import { asking, holding } from "./event-engine.ts";

interface Told {
  readonly spans: SpansTold["spans"];
  readonly pairs: readonly Usage[];
}

/**
 * What the event table tells of one source's log. Where it is asked on a cluster, too, it is the one here that tells: what is
 * ingested is here first. It is read once, at the first question, so that all pages are of one state; what
 * failed is tried again by the next question.
 */
export function eventRecords(environment: Environment, options: ConfigOptions, source: string): EventRecords {
  let told: Promise<Told> | undefined;
  const read = async (): Promise<Told> => {
    told ??= readTable(environment, options, source);
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
        const { spans, pairs } = await read();
        const answer =
          about === "spans"
            ? { spans, pages: pagesOf(pairs) }
            : { page, items: pairs.slice((page - 1) * USAGE_PAGE, page * USAGE_PAGE) };
        const body = Buffer.from(canonicalJson(answer), "utf8");
        return { status: 200, media_type: "application/json", body };
      } catch (thrown) {
        throw failureOf(thrown);
      }
    },
  };
}

function pagesOf(pairs: readonly Usage[]): number {
  const pages = Math.ceil(pairs.length / USAGE_PAGE);
  if (pages <= MAX_USAGE_PAGES) return pages;
  throw new CallFailure(
    "limit",
    `expected at most ${MAX_USAGE_PAGES * USAGE_PAGE} pairs, got ${pairs.length}`,
  );
}

async function readTable(environment: Environment, options: ConfigOptions, source: string): Promise<Told> {
  const kept = new LogStore(stateDirectory(environment, options), source, environment.ports.sleep);
  const ask = async (database: DuckDb): Promise<Told> => {
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
    };
  };
  return await holding(environment, options, async (table) => await asking(environment, table, ask));
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
