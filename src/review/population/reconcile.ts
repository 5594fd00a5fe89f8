import { POPULATION_KINDS, TARGET_KINDS, type Grant, type GrantPrincipal } from "../../access/index.ts";
import { compareStrings } from "../../base/index.ts";
import { gapDigest, gapGroups, gapPlaces, isExcluded, type Gap } from "../../facts/index.ts";
import { hidesPeople } from "./hidden-lists.ts";
import { hiddenAccess, storeOfTargets, type Inventory } from "./inventory.ts";
import { unfittingWords } from "./scope-words.ts";
import { scopeTest } from "./scope.ts";
import { MAX_NAMED_GAPS, type Population, type Reconciled } from "../model.ts";
import type { PopulationInput, PopulationItem } from "./population-input.ts";

/** Places that one line of a gap names. */
const MAX_PLACES = 3;

/** Kinds of which nothing is in a campaign where the settings leave them out, and which hide nobody's access to the rest. */
const THINGS: readonly string[] = ["certificate_role", "dynamic_role", "key", "mount", "secret", "store"];

/** Counts what is in items and why the rest is not, so that the two make up the inventory. */
export class Reconciliation {
  readonly #input: PopulationInput;
  readonly #inventory: Inventory;
  readonly #reached = new Set<string>();
  readonly #withOthers = new Set<string>();
  /** Principals: undefined where in items, else why not. */
  readonly #principals = new Map<string, string | undefined>();
  readonly #grants = new Set<string>();
  #items = 0;

  constructor(input: PopulationInput, inventory: Inventory) {
    this.#input = input;
    this.#inventory = inventory;
  }

  add({ item, targets }: PopulationItem): void {
    this.#items += 1;
    this.#grants.add(item.grant_id);
    for (const id of targets) this.#reached.add(id);
  }

  principal(principal: GrantPrincipal, items: number, grants: number): void {
    this.#principals.set(
      principal.id,
      items > 0 ? undefined : this.#idle(principal.id, principal.disabled, grants > 0),
    );
  }

  /** A role or user whose access is all in the items of its identity. */
  asIdentity({ id }: GrantPrincipal): void {
    this.#principals.set(id, "its access is reviewed as that of the identity that it logs in as");
  }

  /** A principal that the scope leaves out, and what it reaches: others may, too. */
  leaveOut(principal: GrantPrincipal, why: string, grants: readonly Grant[]): void {
    this.#principals.set(principal.id, why);
    for (const grant of grants) for (const id of grant.targets()) this.#withOthers.add(id);
  }

  population(items_sha256: string): Population {
    const { facts, model, terms, query, people } = this.#input;
    const inScope = scopeTest(terms).store;
    const named = new Set(model.blindness.flatMap(({ gap }) => gap ?? []));
    const bearing = facts.gaps.filter(
      (gap) =>
        hidesPeople(gap) ||
        (inScope(gap.store_id) === undefined && (named.has(gapDigest(gap)) || hidesThings(gap))),
    );
    const unnamed = model.blindness.filter(
      ({ gap, store_id }) => gap === undefined && inScope(store_id) === undefined,
    );
    const texts = [
      ...new Set(
        unnamed.map(
          ({ store_id, fact_kind, reason }) =>
            `${store_id}: who may reach what is not computed (${fact_kind}, ${reason})`,
        ),
      ),
      ...gapGroups(bearing).map(
        (group) =>
          `${isExcluded(group[0]) ? "left out by the settings: " : ""}${gapPlaces(group, MAX_PLACES)}: ${group[0].detail}`,
      ),
    ];
    const unfitting = unfittingWords(terms, this.#inventory, model.principals);
    return {
      query,
      item_count: this.#items,
      grant_count: this.#grants.size,
      items_sha256,
      secrets: this.#secrets(),
      kinds: this.#kinds(),
      principals: this.#principalCounts(),
      stores: this.#stores(),
      ...(people === undefined ? {} : { people }),
      complete: unnamed.length === 0 && bearing.every(isOutsideByChoice),
      gaps: texts.slice(0, MAX_NAMED_GAPS),
      gap_count: bearing.length + unnamed.length,
      ...(unfitting.length === 0 ? {} : { unfitting }),
    };
  }

  #kinds(): Record<string, number> {
    const byKind = Map.groupBy(this.#inventory.targets.values(), ({ kind }) => kind);
    return Object.fromEntries([...byKind].map(([kind, all]) => [kind, all.length]));
  }

  #secrets(): Reconciled {
    // Of keys and roles it is not told one by one what hides who reaches them.
    const blind = new Set(this.#input.model.blindness.map(({ store_id }) => store_id));
    const why = (id: string): string | undefined => {
      const target = this.#inventory.targets.get(id);
      if (target === undefined || this.#reached.has(id)) return undefined;
      if (target.out_of_scope !== undefined) return target.out_of_scope;
      if (!target.known_access) return "who may reach it is not computed for its store";
      if (this.#withOthers.has(id)) return "only principals that are out of scope reach it";
      return target.hidden.length > 0 || blind.has(target.store_id)
        ? "nobody is known to reach it, and what could not be read may hide who does"
        : "nobody is known to reach it";
    };
    return reconciled(this.#inventory.targets.keys(), why);
  }

  #principalCounts(): Reconciled {
    const scoped = scopeTest(this.#input.terms).principal;
    for (const subject of this.#inventory.principals.values()) {
      if (this.#principals.has(subject.id)) continue;
      this.#principals.set(
        subject.id,
        scoped(subject) ?? this.#idle(subject.id, subject.disabled === true, false),
      );
    }
    return reconciled(this.#principals.keys(), (id) => this.#principals.get(id));
  }

  #idle(id: string, disabled: boolean, reaches: boolean): string {
    const subject = this.#inventory.principals.get(id);
    if (reaches) return "what it reaches is out of scope";
    if (disabled || subject?.disabled === true) return "it is disabled and reaches nothing";
    return subject !== undefined && hiddenAccess(subject.gaps).length > 0
      ? "it is known to reach nothing, and what could not be read may hide what it does"
      : "it reaches nothing";
  }

  #stores(): Reconciled {
    const { targets, stores } = this.#inventory;
    const placed = storeOfTargets(this.#input.facts, targets.values());
    const inItems = new Set([...this.#reached].map(placed));
    const holding = new Set([...targets.keys()].map(placed));
    return reconciled(stores.keys(), (id) => {
      const store = stores.get(id);
      if (store === undefined || inItems.has(id)) return undefined;
      if (store.out_of_scope !== undefined) return store.out_of_scope;
      return holding.has(id) ? "nothing in it is in an item" : "nothing is known to be in it";
    });
  }
}

/** Whether there may be things, in scope or not, that nobody knows of. */
function hidesThings({ hides, resource }: Gap): boolean {
  const many = resource === undefined || /[/:]$/.test(resource);
  return many && hides.some((kind) => TARGET_KINDS.includes(kind) || POPULATION_KINDS.includes(kind));
}

/** What the settings leave out is no part of what was to be reviewed, unless it hides who reaches the rest. */
function isOutsideByChoice(gap: Gap): boolean {
  if (hidesPeople(gap)) return false;
  const decisive = gap.hides.filter((kind) => TARGET_KINDS.includes(kind) || POPULATION_KINDS.includes(kind));
  return isExcluded(gap) && decisive.every((kind) => THINGS.includes(kind));
}

/** Each id once: in items where there is no reason against it. */
function reconciled(ids: Iterable<string>, why: (id: string) => string | undefined): Reconciled {
  const excluded = new Map<string, number>();
  let [total, in_items] = [0, 0];
  for (const id of ids) {
    total += 1;
    const reason = why(id);
    if (reason === undefined) in_items += 1;
    else excluded.set(reason, (excluded.get(reason) ?? 0) + 1);
  }
  const sorted = [...excluded].sort(([a], [b]) => compareStrings(a, b));
  return { total, in_items, excluded: Object.fromEntries(sorted) };
}
