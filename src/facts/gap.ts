import { digestOf } from "../base/index.ts";
import { FACT_KINDS } from "./kinds.ts";
import { Digest, InstantText, Type, closed, type Static } from "../schema/index.ts";

/** Why something could not be read. */
export const GAP_REASONS = [
  "denied",
  "throttled",
  "timeout",
  "unavailable",
  "malformed",
  "limit",
  "unsupported",
  "interrupted",
  /** A part of the answer looked like a credential and was not kept. */
  "redacted",
  /** The settings leave it out: what was read is about less than there is. */
  "excluded",
  /** Of a change under review: its value is known only when it is applied, or its reader cannot work it out. */
  "unknown",
] as const;

export type GapReason = (typeof GAP_REASONS)[number];

/**
 * Something that could not be read. A gap is data: it is kept, counted, shown, and forbids every outcome that would
 * need what it hides.
 */
export const Gap = closed({
  store_id: Type.String(),
  scope: Type.String(),
  /** Fact id of the thing that was asked for, or an id prefix ending in `/` or `:` when everything below is hidden. */
  resource: Type.Optional(Type.String()),
  operation: Type.String(),
  reason: Type.Union(GAP_REASONS.map((reason) => Type.Literal(reason))),
  /** Fact kinds that would have come from the answer. */
  hides: Type.Array(Type.Union(FACT_KINDS.map((kind) => Type.Literal(kind))), { minItems: 1 }),
  /** One sentence for a person; never a payload. */
  detail: Type.String({ maxLength: 1024 }),
  /** What a person can do about it. */
  fix: Type.Optional(Type.String({ maxLength: 1024 })),
  /** Digest of the record that shows the refusal, where an answer came at all. */
  record: Type.Optional(Digest),
  /** For logs: the span that is hidden. */
  from_at: Type.Optional(InstantText),
  to_at: Type.Optional(InstantText),
});

export type Gap = Static<typeof Gap>;

/** A gap's name everywhere else: the digest of its canonical JSON. */
export function gapDigest(gap: Gap): string {
  return digestOf(gap);
}

/**
 * Whether the settings left out what a gap hides, rather than something kept it from being read. Vault's connector says so in words,
 * e.g. `excluded by configuration (exclude)`.
 */
export function isExcluded({ reason, detail }: Pick<Gap, "detail" | "reason">): boolean {
  return (
    reason === "excluded" ||
    (reason === "limit" && /\b(?:excluded|left out) by configuration \(/.test(detail))
  );
}
