import { Digest, Text, Type, closed } from "../schema/index.ts";
import type { TProperties, TSchema } from "@sinclair/typebox";

export const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

/** What every fact carries beside its own fields. */
const ENVELOPE = {
  /** Unique among the facts of its kind in one snapshot; stable between snapshots. */
  id: Type.String({ minLength: 1, maxLength: 2048 }),
  /** The store that was read: the source's name in `countersign.yaml`. */
  store_id: Type.String({ minLength: 1, maxLength: 256 }),
  /** The part of the store that was read: `<source>` or `<source>/<namespace>`. */
  scope: Type.String({ minLength: 1, maxLength: 1024 }),
  /** Digest of the one record that this fact comes from. */
  record: Digest,
  /** What only one provider has, under the provider's name. */
  ext: optional(Type.Record(Type.String(), Type.Unknown())),
};

export function fact<const K extends string, T extends TProperties>(kind: K, properties: T) {
  return closed({ kind: Type.Literal(kind), ...ENVELOPE, ...properties });
}

/** Where in a store a thing is, and what it is called there. */
export const LOCATED = { mount: Text, name: Text };
