import type { SubjectKind, SubjectOf } from "../../src/subjects/index.ts";

export type AnySubject = { readonly [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

export function common<K extends SubjectKind>(kind: K, id: string) {
  return { kind, id, store_id: "prod", name: id, labels: {}, gaps: [], records: [] };
}

/** A store of which nobody said that it lacks anything, and that tells nothing of itself. */
export const PLAIN = { absent_features: [], own_records: [] };
