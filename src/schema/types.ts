import type { Static, TObject, TProperties } from "@sinclair/typebox";
import { Type } from "./type-builder.ts";

/** Lower-case hex SHA-256. */
export const Digest = Type.String({ pattern: "^[0-9a-f]{64}$", description: "lower-case hex SHA-256" });

/** RFC 3339 in UTC, e.g. `2026-09-30T06:00:00.000Z`. */
export const InstantText = Type.String({
  pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?Z$",
  description: "RFC 3339, UTC",
});

/** A duration in whole seconds. */
export const Seconds = Type.Integer({ minimum: 0, description: "seconds" });

export const Count = Type.Integer({ minimum: 0 });

export const Text = Type.String({ maxLength: 65_536 });

export const Texts = Type.Array(Type.String({ maxLength: 8192 }), { maxItems: 100_000 });

/** Tags, metadata: text to text. */
export const Labels = Type.Record(Type.String(), Type.String({ maxLength: 8192 }));

/**
 * An object schema without unknown keys: a misspelt field is an error at run time here, and at build time in Rego.
 */
export function closed<T extends TProperties>(properties: T): TObject<T> {
  return Type.Object(properties, { additionalProperties: false });
}

/** One of a fixed list of words. */
export const literals = <const T extends readonly string[]>(values: T) =>
  Type.Union(values.map((value) => Type.Literal(value as T[number])));

/** A time: from `from_at` on and before `to_at`, to the millisecond. */
export const Span = closed({ from_at: InstantText, to_at: InstantText });

export type Span = Static<typeof Span>;

export { Type, type Static };
