import { GRANT_DERIVED_FROM, type GrantModel, type GrantTarget } from "../../access/index.ts";
import { counted } from "../../base/index.ts";
import type { FactSet } from "../../facts/index.ts";
import { patternTest, type Subject, type SubjectOf } from "../../subjects/index.ts";
import type { CampaignTerms } from "../model.ts";
import { scopeTest, type Labelled, type ScopeTerms } from "./scope.ts";

/** Of one thing that somebody may reach, what a campaign asks of it. */
export interface ReviewTarget {
  readonly id: string;
  readonly store_id: string;
  readonly kind: GrantTarget["kind"];
  readonly name: string;
  readonly owner?: string;
  /** The strictest that may hold, where that is not decided; absent where nothing gives one. */
  readonly tier?: string;
  readonly environment?: string;
  readonly undecided: readonly string[];
  readonly created_age_days?: number;
  /** Which of the words in `two_people` it fits; absent: none. */
  readonly two_people?: string;
  /** Why it is not in the campaign; absent: it is. */
  readonly out_of_scope?: string;
  /** What could not be read and bears on who reaches it, in words. */
  readonly hidden: readonly string[];
  /** Whether effective access is computed for it. */
  readonly known_access: boolean;
}

export type PrincipalSubject = SubjectOf<"principal">;

/** Everything that a campaign may be about, by id. */
export interface Inventory {
  readonly targets: ReadonlyMap<string, ReviewTarget>;
  readonly principals: ReadonlyMap<string, PrincipalSubject>;
  /** Stores that were asked, by id, with why one is not in the campaign. */
  readonly stores: ReadonlyMap<string, { readonly store_id: string; readonly out_of_scope?: string }>;
}

const TARGET_SUBJECTS = ["certificate_role", "dynamic_role", "key", "secret"] as const;

/** One small entry a thing: subjects may stream. */
export function inventoryOf(
  model: Pick<GrantModel, "targets">,
  subjects: Iterable<Subject>,
  terms: ScopeTerms & Pick<CampaignTerms, "two_people">,
): Inventory {
  const known = new Map(model.targets.map((target) => [target.id, target]));
  const scoped = scopeTest(terms);
  const special = terms.two_people.map((pattern) => ({ pattern, fits: patternTest(pattern) }));
  const targets = new Map<string, ReviewTarget>();
  const principals = new Map<string, PrincipalSubject>();
  const stores = new Map<string, { store_id: string; out_of_scope?: string }>();
  const add = ({ labels, ...of }: Described): void => {
    const two = special.find(({ fits }) => namesOf(of).some(fits))?.pattern;
    const out = scoped.target({ ...of, labels });
    targets.set(of.id, {
      ...of,
      known_access: known.has(of.id),
      ...(two === undefined ? {} : { two_people: two }),
      ...(out === undefined ? {} : { out_of_scope: out }),
    });
  };
  for (const subject of subjects) {
    if (isTarget(subject)) add(describedTarget(subject));
    else if (subject.kind === "principal") principals.set(subject.id, subject);
    else if (subject.kind === "store") {
      const out = scoped.store(subject.store_id);
      const { store_id } = subject;
      stores.set(subject.id, { store_id, ...(out === undefined ? {} : { out_of_scope: out }) });
    }
  }
  for (const target of known.values())
    if (!targets.has(target.id)) add({ ...target, undecided: [], hidden: [], labels: undefined });
  return { targets, principals, stores };
}

type Described = Omit<ReviewTarget, "known_access" | "out_of_scope" | "two_people"> & Labelled;

function isTarget(subject: Subject): subject is SubjectOf<(typeof TARGET_SUBJECTS)[number]> {
  return TARGET_SUBJECTS.some((kind) => kind === subject.kind);
}

function describedTarget(subject: SubjectOf<(typeof TARGET_SUBJECTS)[number]>) {
  const { id, store_id, kind, name, owner, tier, environment, undecided = [], gaps } = subject;
  const age = "created_age_days" in subject ? subject.created_age_days : undefined;
  return {
    id,
    store_id,
    kind,
    name,
    ...(owner === undefined ? {} : { owner }),
    ...(tier === undefined ? {} : { tier }),
    ...(environment === undefined ? {} : { environment }),
    ...(age === undefined ? {} : { created_age_days: age }),
    undecided,
    hidden: hiddenAccess(gaps),
    labels: labelsOf(subject),
  };
}

/** Labels of a thing; undefined where any may be there that nobody read, or that the subject leaves out. */
function labelsOf(subject: SubjectOf<(typeof TARGET_SUBJECTS)[number]>): Labelled["labels"] {
  const { labels, gaps } = subject;
  const isHidden = gaps.some(({ fact_kind }) => LABEL_KINDS.includes(fact_kind));
  // Version 1 of the engine keeps none; any other keeps them with the metadata, of which the version is.
  const isUnread =
    subject.kind === "secret" &&
    subject.secret_type === "kv" &&
    subject.engine_version !== "1" &&
    subject.current_version === undefined;
  const isPart = Object.keys(labels).length >= FEWEST_SHOWN_LABELS;
  const isRedacted = Object.values(labels).some((value) => value.includes("[redacted"));
  return isHidden || isUnread || isPart || isRedacted ? undefined : labels;
}

/** Facts that bear labels. */
const LABEL_KINDS: readonly string[] = ["resource_labels", "secret_metadata"];

/** A subject may show as few of more labels, where it would else be too large. */
const FEWEST_SHOWN_LABELS = 4;

/** What is hidden of a subject and bears on who reaches what, in words, a line each. */
export function hiddenAccess(gaps: Subject["gaps"]): string[] {
  return gaps
    .filter(({ fact_kind }) => fact_kind === "grant" || GRANT_DERIVED_FROM.some((kind) => kind === fact_kind))
    .map(({ fact_kind, reason, gap_count }) =>
      fact_kind === "grant"
        ? `what decides on access could not be read in ${counted(gap_count, "place")} (${reason})`
        : `${fact_kind.replaceAll("_", " ")} could not be read in ${counted(gap_count, "place")} (${reason})`,
    );
}

/** Names by which people speak of a thing: kind, whole path, path without the store, last part. */
function namesOf({
  id,
  store_id,
  kind,
  name,
}: Pick<ReviewTarget, "id" | "kind" | "name" | "store_id">): string[] {
  return [kind, id, id.slice(store_id.length + 1), name, name.slice(name.lastIndexOf("/") + 1)];
}

/** In which store each thing is: a source of a cloud has one for each account's Region. By fact id. */
export function storeOfTargets(
  facts: FactSet,
  targets: Iterable<ReviewTarget>,
): (id: string) => string | undefined {
  const byScope = new Map(facts.of("store").map(({ scope, id }) => [scope, id]));
  const kinds = ["certificate_role", "dynamic_role", "key", "secret"] as const;
  const scopes = new Map<string, string>();
  for (const kind of kinds) for (const { id, scope } of facts.of(kind)) scopes.set(id, scope);
  const sources = new Map([...targets].map(({ id, store_id }) => [id, store_id]));
  return (id) => {
    for (
      let scope = scopes.get(id) ?? "";
      scope !== "";
      scope = scope.slice(0, Math.max(0, scope.lastIndexOf("/")))
    ) {
      const found = byScope.get(scope);
      if (found !== undefined) return found;
    }
    return sources.get(id);
  };
}
