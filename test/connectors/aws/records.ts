import { sha256 } from "../../../src/base/index.ts";
import { keepable } from "../../../src/collect/redaction.ts";
import { OPERATIONS } from "../../../src/connectors/aws/operations/index.ts";
import { aws } from "../../../src/connectors/index.ts";
import { isGap, questionKey, type Fact, type Gap, type RawRecord } from "../../../src/facts/index.ts";
import { ACCOUNT, GOOD, type Good } from "./answers.ts";

export const SOURCE = "payments-aws";

/** The record that an answer leaves; default: the good one of the operation. */
export function recordOf(operation: string, change: Partial<Good> & { status?: number } = {}): RawRecord {
  const { params, body, region } = { ...GOOD[operation]!, ...change };
  const scope =
    operation === "sts.caller"
      ? SOURCE
      : [SOURCE, ACCOUNT, ...(region === undefined ? [] : [region])].join("/");
  const text = JSON.stringify(body);
  return {
    key: questionKey({ operation, scope, params }),
    connector: "aws",
    revision: aws.revision,
    store_id: SOURCE,
    scope,
    operation,
    params: { ...params },
    caller: "nobody",
    requested_at: "2026-09-30T06:00:00.000Z",
    elapsed_ms: 1,
    status: change.status ?? 200,
    media_type: "application/json",
    body_sha256: sha256(text),
    body_bytes: Buffer.byteLength(text),
    redactions: [],
    body: { text },
  };
}

/** The record of a good answer with other members, as the runner keeps it. */
export async function keptRecord(operation: string, change: Record<string, unknown>): Promise<RawRecord> {
  const record = recordOf(operation, { body: { ...GOOD[operation]!.body, ...change } });
  const answer = {
    status: 200,
    media_type: "application/json",
    body: Buffer.from("text" in record.body ? record.body.text : ""),
  };
  const { redact = [], identifiers } = OPERATIONS.get(operation)!;
  const { body, redactions } = await keepable(answer, redact, identifiers);
  return { ...record, body, redactions };
}

export function toldBy(record: RawRecord): { readonly facts: Fact[]; readonly gaps: Gap[] } {
  const found = aws.normalise(record);
  return {
    facts: found.flatMap((item) => (isGap(item) ? [] : [item])),
    gaps: found.flatMap((item) => (isGap(item) ? [item] : [])),
  };
}
