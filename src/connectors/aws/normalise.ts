import { CountersignError } from "../../base/index.ts";
import {
  isGap,
  recordBytes,
  recordDigest,
  validFact,
  type Fact,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { distinct, malformed, textParams } from "../normalising.ts";
import { Misshapen, isObject, type Json } from "../shape.ts";
import {
  factId,
  filled,
  nextPage,
  placeOf,
  type Answered,
  type Operation,
  type WalkContext,
} from "./operation.ts";
import { LOG_OPERATIONS } from "./audit-log/operations.ts";
import { OPERATIONS, YIELDED } from "./operations/index.ts";
import { redactedOf, wholePolicies } from "./redacted.ts";

/** Bumped when a record comes to mean other facts than before. */
export const REVISION = 3;

/** Leaves nothing out, so that `next` reads all that it ever reads. */
const EVERYTHING_FOLLOWED: WalkContext = {
  regions: undefined,
  regionsSeen: () => [],
  manyAccounts: true,
  reads: () => true,
  ownerOf: () => undefined,
  asks: () => true,
};

/**
 * Facts of one record. Pure; whatever the record holds becomes facts or a `malformed` gap. `next` is run as well: what the
 * walk would stumble over, and silently end at, is a gap here.
 */
export function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  const operation = OPERATIONS.get(record.operation) ?? LOG_OPERATIONS.get(record.operation);
  if (operation === undefined) {
    return [
      malformed(
        record,
        { hides: YIELDED },
        `expected an operation of this connector, got ${record.operation}`,
      ),
    ];
  }
  if (record.refused !== undefined) return [];
  return told(operation, record);
}

function told(operation: Operation, record: RawRecord): (Fact | Gap)[] {
  const redactions: (Fact | Gap)[] = [];
  try {
    const answered = readRecord(record);
    redactions.push(...redactedOf(operation, answered));
    const found = wholePolicies(distinct(factsOf(operation, answered)), redactions);
    return [...found.map((one) => (isGap(one) ? one : validFact(one))), ...redactions];
  } catch (thrown) {
    // A text longer than any fact may hold shows only when the fact is checked.
    const foreign =
      thrown instanceof Misshapen || (thrown instanceof CountersignError && thrown.code === "E_INTERNAL");
    if (!foreign) throw thrown;
    return [malformed(record, hidden(record, operation), thrown.message), ...redactions];
  }
}

function factsOf(operation: Operation, answered: Answered): readonly (Fact | Gap)[] {
  const { none } = answered;
  if (none !== undefined) {
    if (operation.none?.includes(none) !== true)
      throw new Misshapen("none", "an error that means it here", none);
    return operation.factsOfNone?.(answered) ?? [];
  }
  operation.next?.(answered, EVERYTHING_FOLLOWED);
  nextPage(operation, answered.body);
  return operation.facts?.(answered) ?? [];
}

/** A kept answer as `facts` and `next` read it. Throws `Misshapen` where it is no JSON object. */
export function readRecord(record: RawRecord): Answered {
  const body = jsonObject(record);
  if (body === undefined) throw new Misshapen("the answer", "a JSON object", undefined);
  const { none } = body;
  return {
    record,
    body,
    none: typeof none === "string" && Object.keys(body).length === 1 ? none : undefined,
    params: textParams(record),
    ...placeOf(record.store_id, record.scope),
    digest: recordDigest(record),
  };
}

function jsonObject(record: RawRecord): Json | undefined {
  try {
    const value: unknown = JSON.parse(recordBytes(record).toString("utf8"));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What stays hidden where an answer of this operation cannot be read. */
function hidden(record: RawRecord, operation: Operation) {
  const { store_id, scope } = record;
  const local = filled(operation.resource, placeOf(store_id, scope), textParams(record));
  return { resource: factId(store_id, local), hides: operation.hides };
}
