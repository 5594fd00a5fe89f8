import { MASKED_BY_CONNECTOR, isMasked, type Fact, type Gap, type RawRecord } from "../../facts/index.ts";
import { isBelow, pastedCredential, redactedGap, segmentsOf } from "../pasted-credentials.ts";
import { isObject } from "./json.ts";
import {
  factId,
  namespaceOf,
  resourceOf,
  type Answered,
  type Ask,
  type Omission,
  type Operation,
} from "./operation.ts";

/**
 * What the scan for pasted credentials took out of an answer: each is a fact, and a gap wherever `facts` or `next` would
 * have read it. The text is gone from the record, so what is judged is not what the store has.
 */
export function redactedOf(operation: Operation, record: RawRecord): (Fact | Gap)[] {
  const found = record.redactions.filter(({ rule }) => rule !== MASKED_BY_CONNECTOR);
  if (found.length === 0) return [];
  const pasted = found.filter(({ pointer }) => isAnswer(operation, pointer));
  const hiding = Map.groupBy(
    found.filter(({ pointer }) => isRead(operation, pointer)),
    ({ pointer }) => resourceAt(operation, record, pointer),
  );
  return [
    ...pasted.map((redaction) =>
      pastedCredential(record, resourceAt(operation, record, redaction.pointer), redaction),
    ),
    ...[...hiding].map(([resource, redactions]) =>
      redactedGap(record, resource, operation.hides, redactions),
    ),
  ];
}

/** Without questions about a name that was taken out: nobody can put them, and the gap over the listing stands for them. */
export function askable(
  operation: Operation,
  answered: Answered,
  following: readonly (Ask | Omission)[],
): readonly (Ask | Omission)[] {
  const names = maskedNames(operation, answered);
  if (names.length === 0) return following;
  return following.filter(
    (further) =>
      !("operation" in further) ||
      ![...Object.values(further.params), further.namespace ?? ""].some((text) =>
        names.some((name) => text.includes(name)),
      ),
  );
}

/** Names as kept that are not what the store calls the thing: entries of a list, keys of a table. */
function maskedNames(operation: Operation, { record, body }: Answered): string[] {
  const { data } = body;
  const keys = isObject(data) && Array.isArray(data["keys"]) ? (data["keys"] as unknown[]) : [];
  return record.redactions
    .filter(({ pointer, rule }) => rule !== MASKED_BY_CONNECTOR && isRead(operation, pointer))
    .flatMap(({ pointer }) => {
      const index = /^\/data\/keys\/(\d+)$/.exec(pointer)?.[1];
      const name = index === undefined ? segmentsOf(pointer).at(-1) : keys[Number(index)];
      return typeof name === "string" && isMasked(name) ? [name] : [];
    });
}

/** Whether the place belongs to what was asked for; beside it stand the server's own words. */
function isAnswer(operation: Operation, pointer: string): boolean {
  // A body that was scanned as text has one place for all of it.
  return pointer === "" || operation.bare === true || isBelow(pointer, "/data");
}

function isRead(operation: Operation, pointer: string): boolean {
  return isAnswer(operation, pointer) && operation.unread?.some((place) => isBelow(pointer, place)) !== true;
}

/** The narrowest thing that the place tells of: one entry of a table, unless its very name was taken out. */
function resourceAt(operation: Operation, record: RawRecord, pointer: string): string {
  const { store_id, scope } = record;
  const namespace = namespaceOf(store_id, scope);
  const { entries } = operation;
  if (entries !== undefined && isBelow(pointer, `${entries.at}/*`)) {
    const name = segmentsOf(pointer)[segmentsOf(entries.at).length];
    if (name !== undefined && !isMasked(name)) return factId(store_id, namespace, entries.resource(name));
  }
  const params = Object.fromEntries(
    Object.entries(record.params).map(([key, value]) => [key, String(value)]),
  );
  return resourceOf(operation, store_id, namespace, params);
}
