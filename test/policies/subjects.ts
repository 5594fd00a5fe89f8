import type { SubjectKind, SubjectOf } from "../../src/subjects/index.ts";

export type AnySubject = { readonly [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

export function common<K extends SubjectKind>(kind: K, id: string) {
  return { kind, id, store_id: "prod", name: id, labels: {}, gaps: [], records: [] };
}
