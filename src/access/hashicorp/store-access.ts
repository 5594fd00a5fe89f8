import { digestOf, sortedBy } from "../../base/index.ts";
import { gapDigest } from "../../facts/index.ts";
import {
  GRANT_ACTIONS,
  MAX_READER_SAMPLE,
  strongest,
  waysIn,
  type Blindness,
  type Certainty,
  type GrantAction,
  type GrantPrincipal,
  type GrantStats,
  type GrantTarget,
  type PrincipalAccess,
  type Reader,
  type ReaderSummary,
} from "../grant.ts";
import { NOBODY, POPULATION_KINDS, type Reached, type StoreAccess } from "../store-access.ts";
import type { LoginIdentity } from "./principals.ts";
import type { HeldGrant } from "./shown-grants.ts";
import type { StoreGrants } from "./store-grants.ts";

const READ: GrantAction = "read";

/** Effective access of Vault and OpenBao, as the model of all stores asks for it. */
export class HashicorpAccess implements StoreAccess {
  readonly principals: readonly GrantPrincipal[];
  readonly targets: readonly GrantTarget[];
  readonly blindness: readonly Blindness[];
  readonly #store: StoreGrants;
  /** By id of a role or user. */
  readonly #identities: ReadonlyMap<string, LoginIdentity>;
  /** Things of one class have the same readers, for those who keep the same principals apart. */
  readonly #readers = new WeakMap<ReadonlySet<string>, Map<number, ReaderSummary>>();

  constructor(store: StoreGrants) {
    this.#store = store;
    this.#identities = new Map(
      store.holders.flatMap(({ principal, identity }) =>
        identity === undefined ? [] : [[principal.id, identity] as const],
      ),
    );
    this.principals = store.holders.map(({ principal }) => principal);
    this.targets = store.targets.map(bare);
    this.blindness = blindnessOf(store);
  }

  get stats(): GrantStats {
    return statsOf(this.#store);
  }

  reaching(targetId: string): readonly Reached[] {
    const place = this.#store.classOfTarget.get(targetId);
    if (place === undefined) return [];
    return this.#store
      .holdersReaching(place)
      .flatMap(({ principal }) => this.#store.shownTo(principal.id, place))
      .map(reached);
  }

  reachedBy(principalId: string): readonly Reached[] {
    return this.#store.shownTo(principalId).map(reached);
  }

  path(principalId: string, targetId: string): readonly Reached[] {
    const place = this.#store.classOfTarget.get(targetId);
    return place === undefined ? [] : this.#store.shownTo(principalId, place).map(reached);
  }

  readers(targetId: string, apart: ReadonlySet<string> = NOBODY): ReaderSummary {
    const place = this.#store.classOfTarget.get(targetId) ?? -1;
    const kept = this.#readers.get(apart) ?? new Map<number, ReaderSummary>();
    this.#readers.set(apart, kept);
    const known = kept.get(place);
    if (known !== undefined) return known;
    const made = summary(this.#store.reaching(targetId), apart, this.#identities);
    kept.set(place, made);
    return made;
  }

  access(principalId: string): PrincipalAccess {
    return this.#store.access(principalId);
  }

  mayReach(principalId: string, base: string): boolean {
    return this.#store.mayReach(principalId, base);
  }
}

function reached({ grant, targets }: ReturnType<StoreGrants["shownTo"]>[number]): Reached {
  return { grant, targets: () => targets().map(bare) };
}

function bare({ id, store_id, kind, mount, name }: GrantTarget): GrantTarget {
  return { id, store_id, kind, mount, name };
}

/** A principal; an identity with the roles and users that always are it. */
interface Seen {
  readonly principal: GrantPrincipal;
  /** Ids of all that it was seen as. */
  readonly as: Set<string>;
  readonly actions: Set<GrantAction>;
  /** Of these, what does not rest on a login that perhaps is another's. */
  readonly own: Set<GrantAction>;
  /** What rests on something that is not known. */
  readonly possible: Set<GrantAction>;
  reads: Certainty | undefined;
}

function summary(
  held: readonly HeldGrant[],
  apart: ReadonlySet<string>,
  identities: ReadonlyMap<string, LoginIdentity>,
): ReaderSummary {
  const all = seenIn(held, identities);
  const readers = all.filter((one) => one.actions.has(READ));
  const strangers = readers.filter(({ principal }) => principal.public || principal.external);
  const others = readers.filter((one) => !one.as.isSubsetOf(apart));
  const granters = others.filter((one) => one.actions.has("administer"));
  return {
    count: readers.length,
    by_role_count: 0,
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
    ...waysIn(strangers.map(({ principal }) => ({ principal, roles: [], itself: true }))),
  };
}

/**
 * In principal order. A role or user counts as its identity where that is seen, too; where it perhaps is an identity that
 * is seen, it is one that perhaps is another.
 */
function seenIn(held: readonly HeldGrant[], identities: ReadonlyMap<string, LoginIdentity>): Seen[] {
  const principals = new Map(held.map(({ principal }) => [principal.id, principal]));
  const seen = new Map<string, Seen>();
  for (const { principal: holder, session, grant, certainty } of held) {
    const { certain = false, ids = [] } = identities.get(holder.id) ?? {};
    const [identity] = ids.flatMap((id) => principals.get(id) ?? []);
    const principal = certain ? (identity ?? holder) : holder;
    const perhaps =
      session.perhapsThrough !== undefined ||
      session.loginless === true ||
      (!certain && identity !== undefined);
    const one = seen.get(principal.id) ?? {
      principal,
      as: new Set<string>(),
      actions: new Set<GrantAction>(),
      own: new Set<GrantAction>(),
      possible: new Set<GrantAction>(),
      reads: undefined,
    };
    seen.set(principal.id, one);
    one.as.add(holder.id);
    const kept = certainty === "possible" ? one.possible : one.actions;
    for (const action of grant.actions) {
      kept.add(action);
      if (certainty !== "possible" && !perhaps) one.own.add(action);
    }
    if (grant.actions.includes(READ))
      one.reads = one.reads === undefined ? certainty : strongest(one.reads, certainty);
  }
  return sortedBy([...seen.values()], ({ principal }) => principal.id);
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

function statsOf(store: StoreGrants): GrantStats {
  const classes = [...new Set(store.holders.flatMap((holder) => holder.sessions.map(({ of }) => of)))];
  const signatures = store.holders.map((holder) =>
    digestOf(holder.sessions.map(({ session, of }) => [of.session.key, session.conditions])),
  );
  return {
    principals: store.holders.length,
    targets: store.targets.length,
    principal_classes: new Set(signatures).size,
    session_classes: classes.length,
    target_classes: store.targetClasses.length,
    class_grants: classes.reduce((sum, one) => sum + one.grants.length, 0),
  };
}
