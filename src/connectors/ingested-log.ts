import { digestOf } from "../base/index.ts";
import {
  EVENT_KINDS,
  FACT_KINDS,
  MAX_DETECTIONS,
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

/** Most pairs of principal and secret, principals or detections on one page: with a day for each of a quarter it stays below the bytes of one answer. */
export const USAGE_PAGE = 1000;

/** Most pages. */
export const MAX_USAGE_PAGES = 200;

/** Prefix of every operation's name. */
const OPERATION = "ingested_log.";

const ENVELOPE = ["ext", "id", "kind", "record", "scope", "store_id"] as const;

const toldOf = (kind: FactKind) =>
  Type.Omit(factSchema(kind), [...ENVELOPE], { additionalProperties: false });

const Pages = Type.Integer({ minimum: 0, maximum: MAX_USAGE_PAGES });

const SpansAnswer = closed({
  spans: Type.Array(toldOf("log_span"), { maxItems: 10_000 }),
  /** Pages of `usage`. */
  pages: Pages,
  /** What was looked for in the log, and the pages of what was found and of the principals that were looked at. */
  run: Type.Optional(toldOf("detection_run")),
  detection_pages: Type.Optional(Pages),
  actor_pages: Type.Optional(Pages),
});

const pageOf = (kind: FactKind) =>
  closed({ page: Count, items: Type.Array(toldOf(kind), { maxItems: USAGE_PAGE }) });

type Told<K extends FactKind> = Omit<FactOf<K>, (typeof ENVELOPE)[number]>;

/** What the event table tells of one source. */
export interface SpansTold {
  readonly spans: readonly Told<"log_span">[];
  readonly pages: number;
  readonly run?: Told<"detection_run">;
  readonly detection_pages?: number;
  readonly actor_pages?: number;
}

/** One page of what is told in pages. */
interface PageTold<K extends FactKind> {
  readonly page: number;
  readonly items: readonly Told<K>[];
}

export type UsageTold = PageTold<"usage">;

export type DetectionTold = Told<"detection">;
export type ActorTold = Told<"log_actor">;
export type RunTold = Told<"detection_run">;

const spans = compileSchema(SpansAnswer) as unknown as CompiledSchema<SpansTold>;

/** What is told in pages: the fact kind of an item, and what it is called within its store. */
const PAGED = {
  actors: paged("log_actor", ({ principal_key }) => `actor#${shortDigest({ principal_key })}`),
  detections: paged("detection", detectionPath),
  usage: paged(
    "usage",
    ({ principal_key = "", secret_key }) => `usage#${shortDigest({ principal_key, secret_key })}`,
  ),
} as const;

function paged<K extends FactKind>(kind: K, pathOf: (item: Told<K>) => string) {
  return {
    schema: compileSchema(pageOf(kind)) as unknown as CompiledSchema<PageTold<K>>,
    factOf: (record: RawRecord, item: Told<K>): Fact => {
      const { store_id, scope } = record;
      const id = `${store_id}:${pathOf(item)}`;
      return { ...item, kind, id, store_id, scope, record: recordDigest(record) } as unknown as Fact;
    },
  };
}

function shortDigest(value: Record<string, unknown>): string {
  return digestOf(value).slice(0, 32);
}

/** Everything by which findings of one rule differ, but for what may be told of them later: that they were reviewed. */
function detectionPath(item: Told<"detection">): string {
  const { rule, detected_at, principal_key = "", secret_key = "", source_ip = "", event_ids, detail } = item;
  const differing = { detected_at, principal_key, secret_key, source_ip, event_ids, detail };
  return `${ruleId(rule)}${shortDigest(differing)}`;
}

/** What the ids of all detections of one rule begin with, behind the store's name. */
function ruleId(rule: string): string {
  return `detection/${rule}/`;
}

/** The setting of a source by which its ingested audit log is asked about. */
export const USAGE_SETTING = Type.Optional(
  Type.Boolean({
    description:
      "whether who read what, and what is odd, is taken from the source's audit log, as far as `countersign events ingest` has read it; " +
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
  actors: ["log_actor"],
  detections: ["detection", "detection_run"],
  spans: EVENT_KINDS,
  usage: ["usage"],
};

/** Names of secrets and principals, which their keys alone make look like credentials. */
const NAMES = ["principal_key", "principal_name", "secret_key", "secret_keys/*"].map(
  (key) => `/items/*/${key}`,
);

async function* ask({ source, events }: ConnectorContext, io: CollectIo): AsyncGenerator<RawRecord | Gap> {
  const answer = async (about: EventQuestion["about"], page: number): Promise<RawRecord | Gap> => {
    const call = {
      operation: `${OPERATION}${about}`,
      scope: source,
      params: about === "spans" ? {} : { page },
    };
    // Pages of two states of the table are no list: a run that goes on takes all of them anew.
    const terms = { hides: HIDES[about], fresh: true, identifiers: NAMES };
    return await io.call({ ...call, ...terms }, async () => await events.ask({ about, page }));
  };
  const first = await answer("spans", 1);
  yield first;
  const told = isGap(first) ? undefined : jsonOf(first);
  if (!spans.fits(told)) return;
  const { pages, detection_pages = 0, actor_pages = 0 } = told;
  for (let page = 1; page <= pages; page += 1) yield await answer("usage", page);
  for (let page = 1; page <= actor_pages; page += 1) yield await answer("actors", page);
  for (let page = 1; page <= detection_pages; page += 1) yield await answer("detections", page);
}

function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  if (record.refused !== undefined) return [];
  const about = questionOf(record);
  const hides = HIDES[about];
  const told = jsonOf(record);
  if (about === "spans") {
    return spans.fits(told)
      ? [
          ...told.spans.map((span) => spanFact(record, span)),
          ...(told.run === undefined ? [] : runFacts(record, told.run)),
          ...redacted(record, hides),
        ]
      : [malformed(record, { hides }, `expected what the event table tells of spans: ${spans.complaint()}`)];
  }
  return normalisePage(record, told, PAGED[about] as unknown as Paged, hides);
}

/** The pages of every kind, as alike. */
interface Paged {
  readonly schema: CompiledSchema<{ readonly items: readonly object[] }>;
  readonly factOf: (record: RawRecord, item: object) => Fact;
}

function normalisePage(
  record: RawRecord,
  told: unknown,
  { schema, factOf }: Paged,
  hides: readonly FactKind[],
): readonly (Fact | Gap)[] {
  if (schema.fits(told)) {
    return [...told.items.map((item) => factOf(record, item)), ...redacted(record, hides)];
  }
  const complaint = schema.complaint();
  return [
    malformed(
      record,
      { hides },
      `expected what the event table tells of ${questionOf(record)}: ${complaint}`,
    ),
  ];
}

function questionOf({ operation }: RawRecord): EventQuestion["about"] {
  const about = operation.slice(OPERATION.length);
  return about === "actors" || about === "detections" || about === "usage" ? about : "spans";
}

/** What was looked for; and of each rule that found more than is told, that there is more. */
function runFacts(record: RawRecord, run: Told<"detection_run">): (Fact | Gap)[] {
  const { store_id, scope, operation } = record;
  const own = { ...run, id: `${store_id}:#detections`, store_id, scope, record: recordDigest(record) };
  return [
    { ...own, kind: "detection_run" },
    ...run.rules
      .filter(({ found_count }) => found_count > MAX_DETECTIONS)
      .map(({ rule, found_count }): Gap => ({
        store_id,
        scope,
        operation,
        resource: `${store_id}:${ruleId(rule)}`,
        reason: "limit",
        hides: ["detection"],
        detail: `expected at most ${MAX_DETECTIONS} findings of ${rule} in the log, got ${found_count}: what nobody reviewed in time was taken first, then the latest`,
        fix: `Set the parameters of ${rule} under events.detections of countersign.yaml so that it finds what is odd; countersign events detect ${rule} shows all.`,
      })),
  ];
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
