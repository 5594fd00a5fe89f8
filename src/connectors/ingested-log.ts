import { digestOf } from "../base/index.ts";
import {
  EVENT_KINDS,
  FACT_KINDS,
  MASKED_BY_CONNECTOR,
  factSchema,
  isGap,
  recordBytes,
  recordDigest,
  type CollectIo,
  type Connector,
  type ConnectorContext,
  type EventQuestion,
  type Fact,
  type FactKind,
  type FactOf,
  type Gap,
  type RawRecord,
} from "../facts/index.ts";
import { Count, Type, closed, compileSchema, type CompiledSchema } from "../schema/index.ts";
import { malformed } from "./normalising.ts";

/** Most pairs of principal and secret on one page: with a day for each of a quarter it stays below the bytes of one answer. */
export const USAGE_PAGE = 1000;

/** Most pages. */
export const MAX_USAGE_PAGES = 200;

/** Prefix of every operation's name. */
const OPERATION = "ingested_log.";

const ENVELOPE = ["ext", "id", "kind", "record", "scope", "store_id"] as const;

const toldOf = (kind: FactKind) =>
  Type.Omit(factSchema(kind), [...ENVELOPE], { additionalProperties: false });

const SpansAnswer = closed({
  spans: Type.Array(toldOf("log_span"), { maxItems: 10_000 }),
  /** Pages of `usage`. */
  pages: Type.Integer({ minimum: 0, maximum: MAX_USAGE_PAGES }),
});

const UsageAnswer = closed({
  page: Count,
  items: Type.Array(toldOf("usage"), { maxItems: USAGE_PAGE }),
});

type Told<K extends FactKind> = Omit<FactOf<K>, (typeof ENVELOPE)[number]>;

/** What the event table tells of one source. */
export interface SpansTold {
  readonly spans: readonly Told<"log_span">[];
  readonly pages: number;
}

export interface UsageTold {
  readonly page: number;
  readonly items: readonly Told<"usage">[];
}

const spans = compileSchema(SpansAnswer) as unknown as CompiledSchema<SpansTold>;
const usage = compileSchema(UsageAnswer) as unknown as CompiledSchema<UsageTold>;

/** The setting of a source by which its ingested audit log is asked about. */
export const USAGE_SETTING = Type.Optional(
  Type.Boolean({
    description:
      "whether who read what is taken from the source's audit log, as far as `countersign events ingest` has read it; " +
      "default: true where audit_log names a log",
  }),
);

interface WithUsage {
  readonly usage?: boolean;
}

/**
 * A connector that also asks what was ingested of the store's audit log, where the settings say so: of which time the log tells, and
 * who read what. Answers come from the event table as it is then, and are kept as every other answer is.
 */
export function withIngestedLog<S extends WithUsage>(connector: Connector<S>): Connector<S> {
  return {
    ...connector,
    selection: (settings) => ({
      ...connector.selection(settings),
      ...(settings.usage === true ? { usage: true } : {}),
    }),
    yields: FACT_KINDS.filter((kind) => connector.yields.includes(kind) || EVENT_KINDS.includes(kind)),
    collect: async function* (settings, context, io) {
      yield* connector.collect(settings, context, io);
      if (settings.usage === true) yield* ask(context, io);
    },
    normalise: (record) =>
      record.operation.startsWith(OPERATION) ? normalise(record) : connector.normalise(record),
  };
}

const HIDES: Readonly<Record<EventQuestion["about"], readonly FactKind[]>> = {
  spans: EVENT_KINDS,
  usage: ["usage"],
};

/** Names of secrets and principals, which their keys alone make look like credentials. */
const NAMES = ["principal_key", "principal_name", "secret_key"].map((key) => `/items/*/${key}`);

async function* ask({ source, events }: ConnectorContext, io: CollectIo): AsyncGenerator<RawRecord | Gap> {
  const answer = async (about: EventQuestion["about"], page: number): Promise<RawRecord | Gap> => {
    const call = {
      operation: `${OPERATION}${about}`,
      scope: source,
      params: about === "usage" ? { page } : {},
    };
    // Pages of two states of the table are no list: a run that goes on takes all of them anew.
    const terms = { hides: HIDES[about], fresh: true, identifiers: NAMES };
    return await io.call({ ...call, ...terms }, async () => await events.ask({ about, page }));
  };
  const first = await answer("spans", 1);
  yield first;
  const told = isGap(first) ? undefined : jsonOf(first);
  if (!spans.fits(told)) return;
  for (let page = 1; page <= told.pages; page += 1) yield await answer("usage", page);
}

function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  if (record.refused !== undefined) return [];
  const about = record.operation.slice(OPERATION.length) === "spans" ? "spans" : "usage";
  const hides = HIDES[about];
  const told = jsonOf(record);
  if (about === "spans" && spans.fits(told)) {
    return [...told.spans.map((span) => spanFact(record, span)), ...redacted(record, hides)];
  }
  if (about === "usage" && usage.fits(told)) {
    return [...told.items.map((item) => usageFact(record, item)), ...redacted(record, hides)];
  }
  const complaint = (about === "spans" ? spans : usage).complaint();
  return [malformed(record, { hides }, `expected what the event table tells of ${about}: ${complaint}`)];
}

/** Of one account's Region where the log is kept for each. */
function spanFact(record: RawRecord, span: Told<"log_span">): Fact {
  const { store_id } = record;
  const place = [span.account, span.region].filter((part) => part !== undefined).join("/");
  return {
    ...span,
    kind: "log_span",
    id: `${store_id}:${place}#log`,
    store_id,
    scope: place === "" ? record.scope : `${store_id}/${place}`,
    record: recordDigest(record),
  };
}

function usageFact(record: RawRecord, item: Told<"usage">): Fact {
  const { store_id, scope } = record;
  const { principal_key = "", secret_key } = item;
  return {
    ...item,
    kind: "usage",
    id: `${store_id}:usage#${digestOf({ principal_key, secret_key }).slice(0, 32)}`,
    store_id,
    scope,
    record: recordDigest(record),
  };
}

/** A name that looked like a credential was not kept: whose use it told is not known. */
function redacted(record: RawRecord, hides: readonly FactKind[]): Gap[] {
  const { store_id, scope, operation, redactions } = record;
  const found = redactions.filter(({ rule }) => rule !== MASKED_BY_CONNECTOR);
  if (found.length === 0) return [];
  return [
    {
      store_id,
      scope,
      operation,
      reason: "redacted",
      hides: [...hides],
      detail: `${found.length} names in the audit log look like credentials and were not kept`,
      record: recordDigest(record),
    },
  ];
}

function jsonOf(record: RawRecord): unknown {
  try {
    return JSON.parse(recordBytes(record).toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
