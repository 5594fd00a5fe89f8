import { CountersignError, canonicalJson, invariant, sortedBy } from "../base/index.ts";
import {
  isGap,
  recordDigest,
  validFact,
  validGap,
  type Connector,
  type Fact,
  type Gap,
  type RawRecord,
} from "../facts/index.ts";

/** The part of a connector that turns records into facts; no settings, no store. */
export type Normaliser = Pick<Connector<never>, "id" | "revision" | "yields" | "normalise">;

/** What the records of one source tell. */
export interface Normalised {
  readonly facts: readonly Fact[];
  readonly gaps: readonly Gap[];
  /** Bugs of ours: each has left a gap over everything that the connector yields. */
  readonly bugs: readonly CountersignError[];
}

/**
 * Facts and gaps of one source's records, the same whatever the order in which they came. Refused answers tell nothing.
 * Two answers that show the same thing alike, as pages do when a list grows meanwhile, give one fact; where they differ,
 * the first in order stands and a gap says that it cannot be relied on.
 */
export function normalised(
  connector: Normaliser,
  storeId: string,
  records: readonly RawRecord[],
): Normalised {
  const facts = new Map<string, Fact>();
  const gaps: Gap[] = [];
  const bugs: CountersignError[] = [];
  const usable = records.filter((record) => record.refused === undefined);
  for (const record of sortedBy(usable, ({ scope, operation, key }) => `${scope}\n${operation}\n${key}`)) {
    try {
      for (const item of checked(connector.normalise(record), record)) {
        if (isGap(item)) gaps.push(item);
        else addFact(item, record, facts, gaps);
      }
    } catch (thrown) {
      const bug = asBug(`the connector ${connector.id} could not normalise ${record.operation}`, thrown);
      bugs.push(bug);
      gaps.push({ ...bugGap(connector, storeId, bug.message), record: recordDigest(record) });
    }
  }
  return { facts: [...facts.values()], gaps, bugs };
}

/** All or nothing of one record: what a connector says is held against the schemas and the record itself. */
function checked(items: readonly (Fact | Gap)[], record: RawRecord): readonly (Fact | Gap)[] {
  const digest = recordDigest(record);
  for (const item of items) {
    if (isGap(item)) validGap(item);
    else validFact(item);
    invariant(
      item.store_id === record.store_id,
      `expected ${record.store_id}, got an item of ${item.store_id}`,
    );
    invariant(
      item.record === digest || (isGap(item) && item.record === undefined),
      `expected the digest of ${record.operation} in what comes from it`,
    );
  }
  return items;
}

function addFact(fact: Fact, record: RawRecord, facts: Map<string, Fact>, gaps: Gap[]): void {
  const key = `${fact.kind}\n${fact.id}`;
  const known = facts.get(key);
  if (known === undefined) {
    facts.set(key, fact);
  } else if (contentOf(known) !== contentOf(fact)) {
    gaps.push({
      store_id: fact.store_id,
      scope: fact.scope,
      resource: fact.id,
      operation: record.operation,
      reason: "malformed",
      hides: [fact.kind],
      detail: `expected one ${fact.kind} of this name, got two answers that differ`,
      record: fact.record,
    });
  }
}

/** What a fact says, whichever record it comes from. */
function contentOf(fact: Fact): string {
  return canonicalJson({ ...fact, record: "" });
}

/** The bug that `thrown` shows. Only our own messages are known to quote no payload; others stay in the cause. */
export function asBug(doing: string, thrown: unknown): CountersignError {
  const what = thrown instanceof CountersignError ? thrown.message : nameOf(thrown);
  return new CountersignError("E_INTERNAL", `${doing}: ${what}`, { cause: thrown });
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : typeof thrown;
}

/** Hides everything of a source: after a bug nobody knows what was missed. */
export function bugGap(connector: Pick<Normaliser, "yields">, storeId: string, detail: string): Gap {
  return sourceGap(
    connector,
    storeId,
    "unavailable",
    detail,
    "This is a bug; please report it with this message.",
  );
}

/** Stands for the reading of a whole source in its gaps; operations of connectors have a dot in their names. */
const WHOLE = "collect";

/** Whether a gap says that a source, or one of its records, could not be worked through: nobody knows what was missed. */
export function endedEarly({ operation, resource }: Gap): boolean {
  return operation === WHOLE && resource === undefined;
}

/** A gap over everything that a connector yields of a source. */
export function sourceGap(
  connector: Pick<Normaliser, "yields">,
  storeId: string,
  reason: Gap["reason"],
  detail: string,
  fix?: string,
): Gap {
  return validGap({
    store_id: storeId,
    scope: storeId,
    operation: WHOLE,
    reason,
    hides: sortedBy(new Set(connector.yields), (kind) => kind),
    detail: detail.slice(0, 1024),
    ...(fix === undefined ? {} : { fix: fix.slice(0, 1024) }),
  });
}
