import { digestOf } from "../../base/index.ts";
import {
  MASKED_BY_CONNECTOR,
  isMasked,
  recordDigest,
  type Fact,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
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

/** Most places that one gap names; the record has all. */
const MAX_NAMED_PLACES = 5;

const MAX_DETAIL = 1024;

type Redaction = RawRecord["redactions"][number];

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
    ...pasted.map((redaction) => pastedCredential(operation, record, redaction)),
    ...[...hiding].map(([resource, redactions]) => gapOver(operation, record, resource, redactions)),
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

/** Whether the pointer is the place or stands below it; `*` in the place is any one segment. */
function isBelow(pointer: string, place: string): boolean {
  const segments = segmentsOf(pointer);
  return segmentsOf(place).every((wanted, index) => wanted === "*" || wanted === segments[index]);
}

function segmentsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
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

function pastedCredential(operation: Operation, record: RawRecord, { pointer, rule }: Redaction): Fact {
  const { store_id, scope } = record;
  const resource = resourceAt(operation, record, pointer);
  return {
    kind: "pasted_credential",
    id: factId(
      store_id,
      "",
      `pasted-credential/${digestOf([operation.id, resource, pointer, rule]).slice(0, 32)}`,
    ),
    store_id,
    scope,
    record: recordDigest(record),
    resource,
    operation: operation.id,
    pointer: pointer.slice(0, MAX_DETAIL).toWellFormed(),
    rule,
  };
}

function gapOver(
  operation: Operation,
  record: RawRecord,
  resource: string,
  redactions: readonly Redaction[],
): Gap {
  const named = redactions
    .slice(0, MAX_NAMED_PLACES)
    .map(({ pointer, rule }) => `${rule} at ${pointer || "the body"}`);
  const more = redactions.length > named.length ? `; and ${redactions.length - named.length} more` : "";
  return {
    store_id: record.store_id,
    scope: record.scope,
    resource,
    operation: operation.id,
    reason: "redacted",
    hides: [...operation.hides],
    detail: cut(`a part of the answer looked like a credential and was not kept: ${named.join("; ")}${more}`),
    fix: cut(`Take the credential out of ${resource}, rotate it, then collect again.`),
    record: recordDigest(record),
  };
}

function cut(sentence: string): string {
  return sentence.slice(0, MAX_DETAIL).toWellFormed();
}
