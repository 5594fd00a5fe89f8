import { gapDigest, type FactKind, type FactSet } from "../facts/index.ts";
import { compareStrings, digestOf, sortedBy } from "../base/index.ts";
import type {
  Grant,
  GrantAction,
  GrantModel,
  GrantPrincipal,
  GrantRow,
  GrantStats,
  GrantTarget,
  PrincipalAccess,
  Reader,
  ReaderSummary,
  Blindness,
  Certainty,
} from "./grant.ts";
import { GRANT_ACTIONS, MAX_READER_SAMPLE, strongest } from "./grant.ts";
import { computeStoreGrants } from "./hashicorp/compute-store.ts";
import type { HeldGrant } from "./hashicorp/shown-grants.ts";
import type { StoreGrants } from "./hashicorp/store-grants.ts";

/** Fact kinds that grants are derived from: what hides one of them makes access uncertain or incomplete. */
export const GRANT_DERIVED_FROM: readonly FactKind[] = [
  "auth_method",
  "auth_role",
  "auth_role_alias",
  "group",
  "mount",
  "namespace",
  "policy_document",
  "principal",
  "secret",
  "token",
];

/** Kinds without which there may be principals that nobody knows of. */
const POPULATION_KINDS: readonly FactKind[] = [
  "auth_method",
  "auth_role",
  "group",
  "namespace",
  "principal",
  "token",
];

export interface GrantOptions {
  /** The snapshot's `taken_at`, RFC 3339: decides rules that expire. */
  readonly takenAt: string;
}

/** Computes effective access for every store of a snapshot. Pure. */
export function computeGrants(facts: FactSet, { takenAt }: GrantOptions): GrantModel {
  const storeIds = new Set(facts.of("store").map((store) => store.store_id));
  for (const principal of [...facts.of("principal"), ...facts.of("auth_role"), ...facts.of("token")])
    storeIds.add(principal.store_id);
  for (const gap of facts.gaps) storeIds.add(gap.store_id);
  const now = Date.parse(takenAt) / 1000;
  const stores = [...storeIds].sort(compareStrings).map((storeId) => computeStoreGrants(storeId, facts, now));
  return new Model(stores);
}

const READ: GrantAction = "read";

const NOBODY: ReadonlySet<string> = new Set();

class Model implements GrantModel {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly stats: GrantStats;
  readonly #stores: readonly StoreGrants[];
  readonly #storeOfTarget = new Map<string, StoreGrants>();
  /** Things of one class have the same readers, for those who keep the same principals apart. */
  readonly #readers = new WeakMap<ReadonlySet<string>, Map<string, ReaderSummary>>();

  constructor(stores: readonly StoreGrants[]) {
    this.#stores = stores;
    this.principals = sortedBy(
      stores.flatMap((store) => store.holders.map((holder) => holder.principal)),
      (one) => one.id,
    );
    this.targets = sortedBy(
      stores.flatMap((store) => store.targets.map(bare)),
      (one) => one.id,
    );
    for (const store of stores) for (const target of store.targets) this.#storeOfTarget.set(target.id, store);
    this.blindness = stores.flatMap(blindnessOf);
    this.stats = statsOf(stores);
  }

  whoCan(targetId: string, action?: GrantAction): Grant[] {
    const { store, place } = this.#located(targetId);
    if (store === undefined || place === undefined) return [];
    return store
      .holdersReaching(place)
      .flatMap(({ principal }) => store.shownTo(principal.id, place))
      .map(({ grant }) => grant)
      .filter(({ actions }) => action === undefined || actions.includes(action));
  }

  whatCan(principalId: string): Grant[] {
    return (this.#storeOf(principalId)?.shownTo(principalId) ?? []).map(({ grant }) => grant);
  }

  path(principalId: string, targetId: string): Grant[] {
    const { store, place } = this.#located(targetId);
    if (store === undefined || place === undefined) return [];
    return store.shownTo(principalId, place).map(({ grant }) => grant);
  }

  readers(targetId: string, apart: ReadonlySet<string> = NOBODY): ReaderSummary {
    const { store, place } = this.#located(targetId);
    const key = `${store?.store.storeId ?? ""}\n${place ?? -1}`;
    const kept = this.#readers.get(apart) ?? new Map<string, ReaderSummary>();
    this.#readers.set(apart, kept);
    const known = kept.get(key);
    if (known !== undefined) return known;
    const made = summary(store?.reaching(targetId) ?? [], apart);
    kept.set(key, made);
    return made;
  }

  access(principalId: string): PrincipalAccess {
    return this.#storeOf(principalId)?.access(principalId) ?? NO_ACCESS;
  }

  *grants(): Generator<Grant> {
    for (const { id } of this.principals) yield* this.whatCan(id);
  }

  *rows(): Generator<GrantRow> {
    for (const principal of this.principals) {
      const store = this.#storeOf(principal.id);
      for (const { grant, targets } of store?.shownTo(principal.id) ?? []) {
        for (const target of targets()) yield { principal, target: bare(target), grant };
      }
    }
  }

  #located(targetId: string): {
    readonly store: StoreGrants | undefined;
    readonly place: number | undefined;
  } {
    const store = this.#storeOfTarget.get(targetId);
    return { store, place: store?.classOfTarget.get(targetId) };
  }

  #storeOf(principalId: string): StoreGrants | undefined {
    return this.#stores.find((store) => store.has(principalId));
  }
}

const NO_ACCESS: PrincipalAccess = {
  readable_secret_count: 0,
  writable_secret_count: 0,
  administers: false,
  reads_and_administers: false,
  perhaps_reads_and_administers: false,
  sudo_rules: [],
  sudo_rule_count: 0,
  wildcard_rules: [],
  wildcard_rule_count: 0,
  certainty: "certain",
};

function bare({ id, store_id, kind, mount, name }: GrantTarget): GrantTarget {
  return { id, store_id, kind, mount, name };
}

interface Seen {
  readonly principal: GrantPrincipal;
  readonly actions: Set<GrantAction>;
  /** Of these, what does not rest on a login that perhaps is another's. */
  readonly own: Set<GrantAction>;
  /** What rests on something that is not known. */
  readonly possible: Set<GrantAction>;
  reads: Certainty | undefined;
}

function summary(held: readonly HeldGrant[], apart: ReadonlySet<string>): ReaderSummary {
  const all = seenIn(held);
  const readers = all.filter((one) => one.actions.has(READ));
  const others = readers.filter((one) => !apart.has(one.principal.id));
  const granters = others.filter((one) => one.actions.has("administer"));
  return {
    count: readers.length,
    possible_count: all.filter(mayDoMore).length,
    external: readers.filter((one) => one.principal.external).length,
    public: readers.filter((one) => one.principal.public).length,
    sample: readers.slice(0, MAX_READER_SAMPLE).map(readerOf),
    writer_count: all.filter((one) => one.actions.has("write") || one.actions.has("delete")).length,
    reader_and_granter_count: granters.length,
    perhaps_reader_and_granter_count: granters.filter(({ own }) => !own.has(READ) || !own.has("administer"))
      .length,
    apart_count: readers.length - others.length,
    perhaps_count: others.filter(({ own }) => !own.has(READ)).length,
  };
}

function seenIn(held: readonly HeldGrant[]): Seen[] {
  const seen = new Map<string, Seen>();
  for (const { principal, session, grant, certainty } of held) {
    const one = seen.get(principal.id) ?? {
      principal,
      actions: new Set<GrantAction>(),
      own: new Set<GrantAction>(),
      possible: new Set<GrantAction>(),
      reads: undefined,
    };
    seen.set(principal.id, one);
    const kept = certainty === "possible" ? one.possible : one.actions;
    for (const action of grant.actions) {
      kept.add(action);
      if (certainty !== "possible" && session.perhapsThrough === undefined) one.own.add(action);
    }
    if (grant.actions.includes(READ))
      one.reads = one.reads === undefined ? certainty : strongest(one.reads, certainty);
  }
  return [...seen.values()];
}

/** What the counts of a summary rest on. */
const COUNTED: readonly GrantAction[] = ["read", "write", "delete", "administer"];

/** Whether a count could be too low by this principal, also by one whose reading itself is certain. */
function mayDoMore({ actions, possible }: Seen): boolean {
  return COUNTED.some((action) => possible.has(action) && !actions.has(action));
}

function readerOf({ principal, actions, reads }: Seen): Reader {
  return {
    principal_id: principal.id,
    principal_type: principal.principal_type,
    actions: GRANT_ACTIONS.filter((action) => actions.has(action)),
    certainty: reads ?? "possible",
  };
}

function blindnessOf({ store }: StoreGrants): Blindness[] {
  return store.gapsHiding(POPULATION_KINDS).map(({ gap, kind }) => ({
    store_id: store.storeId,
    fact_kind: kind,
    reason: gap.reason,
    gap: gapDigest(gap),
  }));
}

function statsOf(stores: readonly StoreGrants[]): GrantStats {
  const classes = stores.flatMap((store) => [
    ...new Set(store.holders.flatMap((holder) => holder.sessions.map(({ of }) => of))),
  ]);
  const signatures = stores.flatMap((store) =>
    store.holders.map((holder) =>
      digestOf(holder.sessions.map(({ session, of }) => [of.session.key, session.conditions])),
    ),
  );
  return {
    principals: stores.reduce((sum, store) => sum + store.holders.length, 0),
    targets: stores.reduce((sum, store) => sum + store.targets.length, 0),
    principal_classes: new Set(signatures).size,
    session_classes: classes.length,
    target_classes: stores.reduce((sum, store) => sum + store.targetClasses.length, 0),
    class_grants: classes.reduce((sum, one) => sum + one.grants.length, 0),
  };
}
