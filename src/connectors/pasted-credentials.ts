import { digestOf } from "../base/index.ts";
import { recordDigest, type Fact, type FactKind, type Gap, type RawRecord } from "../facts/index.ts";

/** Most places that one gap names; the record has all. */
const MAX_NAMED_PLACES = 5;

const MAX_DETAIL = 1024;

export type Redaction = RawRecord["redactions"][number];

/** That something which looks like a credential stood in the answer; `resource` is the thing that it stood in. */
export function pastedCredential(record: RawRecord, resource: string, { pointer, rule }: Redaction): Fact {
  const { store_id, scope, operation } = record;
  return {
    kind: "pasted_credential",
    id: `${store_id}:pasted-credential/${digestOf([operation, resource, pointer, rule]).slice(0, 32)}`,
    store_id,
    scope,
    record: recordDigest(record),
    resource,
    operation,
    pointer: pointer.slice(0, MAX_DETAIL).toWellFormed(),
    rule,
  };
}

/** What is hidden of `resource` because a part of the answer about it was not kept. */
export function redactedGap(
  record: RawRecord,
  resource: string,
  hides: readonly FactKind[],
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
    operation: record.operation,
    reason: "redacted",
    hides: [...hides],
    detail: cut(`a part of the answer looked like a credential and was not kept: ${named.join("; ")}${more}`),
    fix: cut(`Take the credential out of ${resource}, rotate it, then collect again.`),
    record: recordDigest(record),
  };
}

function cut(sentence: string): string {
  return sentence.slice(0, MAX_DETAIL).toWellFormed();
}

/** Whether the pointer is the place or stands below it; `*` in the place is any one segment. */
export function isBelow(pointer: string, place: string): boolean {
  const segments = segmentsOf(pointer);
  return segmentsOf(place).every((wanted, index) => wanted === "*" || wanted === segments[index]);
}

/** The parts of a JSON pointer. */
export function segmentsOf(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}
