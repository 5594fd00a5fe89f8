import { digestOf } from "../base/index.ts";
import { GAP_REASONS } from "./gap.ts";
import { Count, Digest, InstantText, Type, closed, type Static } from "../schema/index.ts";

const Param = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

/** One provider response as received, after redaction, with everything needed to ask again. */
export const RawRecord = closed({
  /** Digest of operation, scope and params: what was asked. The replay key. */
  key: Digest,
  connector: Type.String(),
  revision: Count,
  store_id: Type.String(),
  scope: Type.String(),
  operation: Type.String(),
  params: Type.Record(Type.String(), Param),
  /** Who asked, as the store names the caller; never a credential. */
  caller: Type.String(),
  requested_at: InstantText,
  elapsed_ms: Type.Number({ minimum: 0 }),
  status: Count,
  media_type: Type.String(),
  /** SHA-256 of the body bytes as kept. */
  body_sha256: Digest,
  body_bytes: Count,
  /** Places of the body whose value was replaced before it was kept. */
  redactions: Type.Array(closed({ pointer: Type.String(), rule: Type.String() })),
  /**
   * Why this answer could not be used, e.g. a 403. Such a record is the proof behind a gap: it is kept and replayed as
   * the same failure, and never normalised.
   */
  refused: Type.Optional(
    closed({
      reason: Type.Union(GAP_REASONS.map((reason) => Type.Literal(reason))),
      detail: Type.String({ maxLength: 1024 }),
      fix: Type.Optional(Type.String({ maxLength: 1024 })),
    }),
  ),
  /** The body, as text when it is valid UTF-8. */
  body: Type.Union([closed({ text: Type.String() }), closed({ base64: Type.String() })]),
});

/** The rule of a value that the connector itself said must not be kept; every other rule found what nobody expected. */
export const MASKED_BY_CONNECTOR = "connector";

/** What stands in a kept body in place of what was taken out. */
export function maskOf(rule?: string): string {
  return rule === undefined ? "[redacted]" : `[redacted:${rule}]`;
}

/** Whether a part of the text was taken out of it, or all of it. */
export function isMasked(text: string): boolean {
  return /\[redacted(?::[a-z0-9-]{1,64})?\]/.test(text);
}

export type RawRecord = Static<typeof RawRecord>;

/** What is asked of a provider. Two calls with equal operation, scope and params are the same question. */
export interface Question {
  readonly operation: string;
  readonly scope: string;
  readonly params: Readonly<Record<string, string | number | boolean>>;
}

export function questionKey({ operation, scope, params }: Question): string {
  return digestOf({ operation, scope, params });
}

/** The name of a record in facts and evidence: digest of everything but the body, which its own digest stands for. */
export function recordDigest(record: RawRecord): string {
  const envelope: Partial<RawRecord> = { ...record };
  delete envelope.body;
  return digestOf(envelope);
}

export function recordBytes(record: RawRecord): Buffer {
  return "text" in record.body
    ? Buffer.from(record.body.text, "utf8")
    : Buffer.from(record.body.base64, "base64");
}
