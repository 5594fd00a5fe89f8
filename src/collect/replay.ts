import { digestOf } from "../base/index.ts";
import {
  EVENT_KINDS,
  compileSchema,
  gapDigest,
  isGap,
  questionKey,
  recordDigest,
  type Call,
  type CollectIo,
  type Connector,
  type FactKind,
  type Gap,
  type RawRecord,
  type SourceManifest,
} from "../facts/index.ts";
import { gapOf, type Failure } from "./gap-of.ts";
import { asBug, endedEarly } from "./normalised.ts";
import { NO_AUDIT_LOGS, NO_EVENT_RECORDS, NO_OWN_RECORDS, NO_REVIEW_RECORDS } from "./ports.ts";
import { eachBounded } from "./slots.ts";
import { gapOfError, type SourceReading } from "./source-reading.ts";

/**
 * How often, on average, a question may be put again in a replay. Two things that lead to one question put it twice; a
 * walk that goes in a circle puts it for ever.
 */
const MAX_REPEATS = 1000;

const NOT_RECORDED: Failure = { reason: "unavailable", detail: "not recorded" };

/**
 * A door behind which the records of one source answer instead of its provider; nothing is ever sent. A question that
 * was not recorded is a gap, and a refused answer the gap that it was.
 */
export function replayIo(storeId: string, records: readonly RawRecord[]): CollectIo {
  const byKey = new Map(records.filter((r) => r.store_id === storeId).map((record) => [record.key, record]));
  const answer = (call: Call): RawRecord | Gap => {
    const record = byKey.get(questionKey(call));
    if (record === undefined) return gapOf(storeId, call, NOT_RECORDED);
    if (record.refused === undefined) return record;
    return gapOf(storeId, call, { ...record.refused, record: recordDigest(record) });
  };
  return {
    call: (call) => Promise.resolve(answer(call)),
    identify: () => undefined,
    each: async (items, work) => await eachBounded(items, 1, work),
  };
}

/** A source read again from what was kept of it. */
export interface Reread {
  /** The gaps are those that the walk met, questions that nothing kept explains included. */
  readonly reading: SourceReading;
  /** Questions that have neither a record nor a gap, and records that answer no question, one sentence each. */
  readonly unexplained: readonly string[];
}

/**
 * Puts the connector's questions again to what was kept of one source, in the order that the answers decide, without
 * credentials and without a network. What failed without an answer fails by its kept gap. Where a kept gap says that the
 * reading did not come to its end, and hides all of the source, it explains whatever is missing, and the gaps stand as they
 * are kept.
 */
export async function reread(
  source: SourceManifest,
  connector: Connector<never>,
  kept: { readonly records: readonly RawRecord[]; readonly gaps: readonly Gap[] },
): Promise<Reread> {
  const { store_id, address, selection = {} } = source;
  const records = kept.records.filter((record) => record.store_id === store_id);
  const own = kept.gaps.filter((gap) => gap.store_id === store_id);
  const cutShort = own.some((gap) => endedEarly(gap) && hidesAll(gap, yieldedBy(connector, selection)));
  const walk = new Walk(store_id, records, own, cutShort);
  const settings = { ...selection, address };
  if (!compileSchema(connector.settings).fits(settings)) {
    walk.unexplained.push(`a selection that is not one of ${connector.id}`);
  } else {
    await walk.through(connector, settings);
  }
  const reading = {
    head: source,
    connector,
    caller: walk.caller,
    records,
    gaps: cutShort ? own : [...walk.gaps.values()],
  };
  return { reading, unexplained: [...walk.unexplained, ...(cutShort ? [] : walk.unasked())] };
}

class Walk {
  caller = "unidentified";
  readonly gaps = new Map<string, Gap>();
  readonly unexplained: string[] = [];
  readonly #storeId: string;
  readonly #records: readonly RawRecord[];
  readonly #asked = new Set<string>();
  /** Gaps without an answer, by what was asked for: the walk takes one for each such question. */
  readonly #failures: Map<string, Gap[]>;
  readonly #cutShort: boolean;
  #left: number;

  constructor(storeId: string, records: readonly RawRecord[], gaps: readonly Gap[], cutShort: boolean) {
    this.#storeId = storeId;
    this.#records = records;
    this.#failures = Map.groupBy(
      gaps.filter((gap) => gap.record === undefined),
      shapeOf,
    );
    this.#cutShort = cutShort;
    this.#left = MAX_REPEATS * (records.length + gaps.length + 1);
  }

  async through(connector: Connector<never>, settings: unknown): Promise<void> {
    const io = this.#io();
    const context = {
      source: this.#storeId,
      credentials: { read: noCredential },
      own: NO_OWN_RECORDS,
      logs: NO_AUDIT_LOGS,
      events: NO_EVENT_RECORDS,
      reviews: NO_REVIEW_RECORDS,
    };
    try {
      for await (const item of connector.collect(settings as never, context, io)) {
        if (isGap(item)) this.#note(item);
      }
    } catch (thrown) {
      // As it did when the source was read, or else this gap is one that was not kept.
      this.#note(gapOfError(connector, this.#storeId, asBug("expected the connector to end", thrown)));
    }
  }

  /** One sentence for each record that answers no question. */
  unasked(): string[] {
    return this.#records
      .filter(({ key }) => !this.#asked.has(key))
      .map(({ operation, scope }) => `an answer to ${operation} in ${scope} that nothing led to`);
  }

  #io(): CollectIo {
    const door = replayIo(this.#storeId, this.#records);
    const recorded = new Set(this.#records.map(({ key }) => key));
    return {
      ...door,
      identify: (caller) => (this.caller = caller),
      call: async (call, send) => {
        this.#left -= 1;
        if (this.#left < 0) throw new Error("endless questions");
        const key = questionKey(call);
        this.#asked.add(key);
        if (!recorded.has(key)) return this.#unanswered(call);
        const answer = await door.call(call, send);
        if (isGap(answer)) this.#note(answer);
        return answer;
      },
    };
  }

  /** The gap that a question without an answer left: its own, or none that was kept where the reading ended before it. */
  #unanswered(call: Call): Gap {
    const unknown = gapOf(this.#storeId, call, NOT_RECORDED);
    const like = this.#failures.get(shapeOf(unknown)) ?? [];
    const own = like.length > 1 ? like.shift() : like[0];
    if (own === undefined && this.#cutShort) return unknown;
    if (own === undefined)
      this.unexplained.push(`no answer to ${call.operation} in ${call.scope}, and no gap for it`);
    this.#note(own ?? unknown);
    return own ?? unknown;
  }

  #note(gap: Gap): void {
    this.gaps.set(gapDigest(gap), gap);
  }
}

function hidesAll({ hides, record }: Gap, yielded: readonly FactKind[]): boolean {
  return record === undefined && yielded.every((kind) => hides.includes(kind));
}

/** Of ingested logs nothing is asked where the settings do not say so. */
function yieldedBy({ yields }: Connector<never>, selection: Readonly<Record<string, unknown>>): FactKind[] {
  return yields.filter((kind) => selection["usage"] === true || !EVENT_KINDS.includes(kind));
}

function shapeOf({ operation, scope, resource, hides }: Gap): string {
  return digestOf({ operation, scope, hides, ...(resource === undefined ? {} : { resource }) });
}

function noCredential(): Promise<never> {
  return Promise.reject(new Error("no credential is needed to replay"));
}
