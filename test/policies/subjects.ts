import type { SubjectKind, SubjectOf } from "../../src/subjects/index.ts";

export type AnySubject = { readonly [K in SubjectKind]: SubjectOf<K> }[SubjectKind];

export function common<K extends SubjectKind>(kind: K, id: string) {
  return { kind, id, store_id: "prod", name: id, traits: [], labels: {}, gaps: [], records: [] };
}

/** A store of which nobody said that it lacks anything, and that tells nothing of itself. */
export const PLAIN = { absent_features: [], own_records: [] };

/** A store that a server runs has no networks of its own. */
export const NO_NETWORKS = { network_count: 0, network_endpoint_count: 0 };
