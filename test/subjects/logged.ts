import { computeGrants } from "../../src/access/index.ts";
import { classificationRules } from "../../src/cli/config.ts";
import { FactSet, type Fact, type FactOf, type Gap } from "../../src/facts/index.ts";
import { buildSubjects, type SubjectKind, type SubjectOf } from "../../src/subjects/index.ts";
import { TAKEN_AT, daysAgo, fact as ofOther } from "./facts.ts";

/** The store that `EstateFacts` makes. */
export const STORE = "vault";

/** A fact of a store. */
export const factOf =
  (store: string): typeof ofOther =>
  (kind, path, own) => ({
    ...ofOther(kind, path, own),
    id: `${store}:${path}`,
    store_id: store,
    scope: store,
  });

export const fact = factOf(STORE);

/** A log that is whole for 120 days, has reads, and names who reads, where nothing else is said. */
export function span(own: Partial<FactOf<"log_span">> = {}): Fact {
  return fact("log_span", "#log", {
    from_at: daysAgo(200),
    to_at: daysAgo(1),
    event_count: 900,
    read_count: 30,
    unattributed_read_count: 0,
    unnamed_read_count: 0,
    holes: [],
    hole_count: 0,
    whole_from_at: daysAgo(120),
    ...own,
  });
}

/** Three reads of one secret by one principal. */
export function usage(
  path: string,
  own: Pick<FactOf<"usage">, "principal_key" | "secret_key"> & Partial<FactOf<"usage">>,
): Fact {
  return fact("usage", path, {
    read_count: 3,
    denied_count: 0,
    first_read_at: daysAgo(100),
    last_read_at: daysAgo(7),
    versions: [],
    unlisted_version_count: 0,
    unversioned_read_count: 0,
    days: {},
    ...own,
  });
}

/** Subjects of a kind that the facts make. */
export function subjectsOfKind<K extends SubjectKind>(
  kind: K,
  facts: readonly Fact[],
  gaps: readonly Gap[] = [],
): SubjectOf<K>[] {
  const set = new FactSet(facts, gaps);
  const model = computeGrants(set, { takenAt: TAKEN_AT });
  const all = [...buildSubjects(set, model, classificationRules({}), TAKEN_AT)];
  return all.filter((subject): subject is SubjectOf<K> => subject.kind === kind);
}
