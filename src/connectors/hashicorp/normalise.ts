import { CountersignError } from "../../base/index.ts";
import {
  FACT_KINDS,
  isGap,
  recordBytes,
  recordDigest,
  validFact,
  type Fact,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { Misshapen, objectOf, type Json } from "./json.ts";
import { namespaceOf, resourceOf, type Answered, type Operation, type Params } from "./operation.ts";
import { OPERATIONS } from "./operations/index.ts";
import { redactedOf } from "./redacted.ts";

/** Bumped when a record comes to mean other facts than before. */
export const REVISION = 1;

/** Facts of one record. Pure; whatever the record holds becomes facts or a `malformed` gap. */
export function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  const operation = OPERATIONS.get(record.operation);
  if (operation === undefined) {
    return [malformed(record, undefined, `expected an operation of this connector, got ${record.operation}`)];
  }
  if (!isUsable(operation, record.status)) return [];
  return [...told(operation, record), ...redactedOf(operation, record)];
}

function told(operation: Operation, record: RawRecord): (Fact | Gap)[] {
  try {
    const facts = operation.facts?.(answeredOf(record)) ?? [];
    return distinct(facts).map((found) => (isGap(found) ? found : validFact(found)));
  } catch (thrown) {
    // A text longer than any fact may hold shows only when the fact is checked.
    const foreign =
      thrown instanceof Misshapen || (thrown instanceof CountersignError && thrown.code === "E_INTERNAL");
    if (!foreign) throw thrown;
    return [malformed(record, operation, thrown.message)];
  }
}

/** Whether an answer with this status tells what was asked; a 404 that was kept is an empty answer. */
export function isUsable(operation: Operation, status: number): boolean {
  return (status >= 200 && status < 300) || operation.answers?.includes(status) === true;
}

/** The record with its body read. Throws `Misshapen` when the body is no JSON object. */
export function answeredOf(record: RawRecord): Answered {
  const body = bodyOf(record);
  return {
    record,
    body,
    get data() {
      return objectOf(body["data"], "data");
    },
    params: textParams(record),
    namespace: namespaceOf(record.store_id, record.scope),
    digest: recordDigest(record),
  };
}

function bodyOf(record: RawRecord): Json {
  let value: unknown;
  try {
    value = JSON.parse(recordBytes(record).toString("utf8"));
  } catch {
    throw new Misshapen("the body", "JSON", undefined);
  }
  return objectOf(value, "the body");
}

function textParams(record: RawRecord): Params {
  return Object.fromEntries(Object.entries(record.params).map(([key, value]) => [key, String(value)]));
}

/** The first of each kind and id: a listing that names a thing twice names one thing. */
function distinct(found: readonly (Fact | Gap)[]): (Fact | Gap)[] {
  const seen = new Set<string>();
  return found.filter((item) => {
    if (isGap(item)) return true;
    const name = `${item.kind}\n${item.id}`;
    if (seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function malformed(record: RawRecord, operation: Operation | undefined, complaint: string): Gap {
  const namespace = namespaceOf(record.store_id, record.scope);
  return {
    store_id: record.store_id,
    scope: record.scope,
    ...(operation === undefined
      ? {}
      : { resource: resourceOf(operation, record.store_id, namespace, textParams(record)) }),
    operation: record.operation,
    reason: "malformed",
    hides: [...(operation?.hides ?? FACT_KINDS)],
    detail: complaint.slice(0, 1024),
    record: recordDigest(record),
  };
}
