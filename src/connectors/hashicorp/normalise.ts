import { CountersignError } from "../../base/index.ts";
import {
  SERVER_KINDS,
  isGap,
  recordBytes,
  recordDigest,
  validFact,
  type Fact,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { distinct, malformed, textParams } from "../normalising.ts";
import { jsonObject, meaningOf, type Meaning } from "./failure.ts";
import { Misshapen, objectOf } from "./json.ts";
import { namespaceOf, resourceOf, type Answered, type Operation, type WalkContext } from "./operation.ts";
import { OPERATIONS } from "./operations/index.ts";
import { redactedOf } from "./redacted.ts";

/** Bumped when a record comes to mean other facts than before. */
export const REVISION = 10;

/** Leaves nothing out, so that `next` reads all that it ever reads. */
const EVERYTHING_FOLLOWED: WalkContext = { excluded: () => undefined };

/**
 * Facts of one record. Pure; whatever the record holds becomes facts or a `malformed` gap. `next` is run as well: what the
 * walk would stumble over, and silently end at, is a gap here.
 */
export function normalise(record: RawRecord): readonly (Fact | Gap)[] {
  const operation = OPERATIONS.get(record.operation);
  if (operation === undefined) {
    return [
      malformed(
        record,
        { hides: SERVER_KINDS },
        `expected an operation of this connector, got ${record.operation}`,
      ),
    ];
  }
  if (record.refused !== undefined) return [];
  return [...told(operation, record), ...redactedOf(operation, record)];
}

function told(operation: Operation, record: RawRecord): (Fact | Gap)[] {
  try {
    const facts = factsOf(operation, record);
    return distinct(facts).map((found) => (isGap(found) ? found : validFact(found)));
  } catch (thrown) {
    // A text longer than any fact may hold shows only when the fact is checked.
    const foreign =
      thrown instanceof Misshapen || (thrown instanceof CountersignError && thrown.code === "E_INTERNAL");
    if (!foreign) throw thrown;
    return [malformed(record, hidden(record, operation), thrown.message)];
  }
}

function factsOf(operation: Operation, record: RawRecord): readonly (Fact | Gap)[] {
  const { meaning, answered } = readRecord(operation, record);
  if (meaning === "nothing") return operation.factsOfNothing?.(answered) ?? [];
  if (meaning === "failure") {
    throw new Misshapen("the answer", "JSON that this API gives to this question", `status ${record.status}`);
  }
  operation.next?.(answered, EVERYTHING_FOLLOWED);
  return operation.facts?.(answered) ?? [];
}

/** A kept answer: what it means, and what `facts` and `next` read of it. */
export function readRecord(
  operation: Operation,
  record: RawRecord,
): { readonly meaning: Meaning; readonly answered: Answered } {
  const body = jsonObject({ body: recordBytes(record) });
  return {
    meaning: meaningOf(operation, record.status, body),
    answered: {
      record,
      body: body ?? {},
      get data() {
        return objectOf(this.body["data"], "data");
      },
      params: textParams(record),
      namespace: namespaceOf(record.store_id, record.scope),
      digest: recordDigest(record),
    },
  };
}

/** What stays hidden where an answer of this operation cannot be read. */
function hidden(record: RawRecord, operation: Operation) {
  const { store_id, scope } = record;
  const resource = resourceOf(operation, store_id, namespaceOf(store_id, scope), textParams(record));
  return { resource, hides: operation.hides };
}
