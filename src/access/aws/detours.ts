import { GRANT_ACTIONS, type GrantAction } from "../grant.ts";
import {
  furthest,
  isNever,
  startOf,
  type Becoming,
  type Chains,
  type ChainStep,
  type OwnStep,
  type Reached,
} from "./chains.ts";
import type { Decisions, Entry } from "./decisions.ts";
import { OWN_KEY, READ } from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import { all, conclude, type Conclusion, type Formula } from "./formula.ts";
import { asked, KeyHalves, type Half, type OwnedKey } from "./key-halves.ts";
import { NewIdentities } from "./new-identities.ts";
import { OtherWorlds } from "./other-worlds.ts";
import { OthersPermissions, type Given } from "./others-permissions.ts";
import { boundaryLifts, joinable, ownChanges, type Start } from "./own-permissions.ts";
import type { PlaceSet } from "./place-sets.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { directGrants, type ClassGrant, type Telling } from "./shown-grants.ts";

/** What somebody does to a set of things, or comes to do by steps of its own. */
interface Gain {
  readonly gives: readonly GrantAction[];
  readonly set: PlaceSet;
  readonly formula: Formula;
  readonly conclusion: Conclusion;
  readonly entries: readonly Entry[];
  readonly steps: readonly OwnStep[];
}

/** How a gain is come by, and as whom. */
interface Way {
  readonly becoming: Becoming;
  readonly steps: readonly ChainStep[];
  readonly conclusion: Conclusion;
  readonly telling: Telling;
}

/** Somebody who comes to own a key. */
interface Owner {
  readonly reached: Reached;
  readonly owned: OwnedKey;
  readonly becoming: Becoming;
  readonly formula: Formula;
  readonly rank: number;
}

const RANK = { certain: 3, conditional: 2, possible: 1 } as const;

/** How surely a principal does each action to each place, as far as it was told. */
type Told = Readonly<Record<GrantAction, Uint8Array>>;

/**
 * What principals come to by detours: by becoming others, by changing their own permissions, by a key's policy. Told once for each
 * thing and action, by the surest and shortest way, where the principal does not do it by itself.
 */
export class Detours {
  readonly #index: EstateIndex;
  readonly #decisions: Decisions;
  readonly #chains: Chains;
  readonly #entries: (of: PrincipalClass) => readonly Entry[];
  readonly #gains = new Map<PrincipalClass, readonly Gain[]>();
  readonly #starts = new Map<PrincipalClass, readonly Start[]>();
  readonly #worlds: OtherWorlds;
  readonly #keys: KeyHalves;
  readonly #others: OthersPermissions;
  readonly #new: NewIdentities;

  constructor(
    index: EstateIndex,
    decisions: Decisions,
    chains: Chains,
    entries: (of: PrincipalClass) => readonly Entry[],
  ) {
    this.#index = index;
    this.#decisions = decisions;
    this.#chains = chains;
    this.#entries = entries;
    this.#worlds = new OtherWorlds(index, decisions);
    this.#keys = new KeyHalves(index, this.#worlds, entries, (of) => this.#startsOf(of));
    this.#others = new OthersPermissions(index, decisions, this.#worlds);
    const parts = { decisions, worlds: this.#worlds };
    this.#new = new NewIdentities(parts, this.#others, (of) => this.#startsOf(of));
  }

  /** Whom it may come to act as, itself included. */
  selves(start: PrincipalClass): PrincipalClass[] {
    return [...new Set([start, ...this.#chains.reachedFrom(start).map(({ of }) => of)])];
  }

  /** Whom it may come to give permissions, of those whom the same holds back one. */
  whomItChanges(start: PrincipalClass): PrincipalClass[] {
    return [...new Set(this.selves(start).flatMap((one) => this.#others.whom(one)))];
  }

  of(start: PrincipalClass): ClassGrant[] {
    const told = this.#direct(start);
    const done = new Set<string>();
    const self = startOf(start);
    const selves = [self, ...this.#chains.reachedFrom(start)];
    const gained = selves.flatMap((reached) =>
      this.#gainsOf(reached.of, reached === self).flatMap((gain) => {
        const { becoming } = reached;
        // It is no surer than either part.
        const rank = Math.min(RANK[reached.conclusion.certainty], RANK[gain.conclusion.certainty]);
        const key = (action: GrantAction) => `${action} ${gain.set.number} ${rank}`;
        const actions = comesTo(becoming, gain.gives).filter((action) => !done.has(key(action)));
        if (actions.length === 0) return [];
        const conclusion = joint(reached, gain);
        if (isNever(conclusion)) return [];
        for (const action of actions) done.add(key(action));
        const steps = [...reached.steps, ...gain.steps.map(by(reached))];
        const telling = { ...tellingOf(reached), theirs: true };
        return this.#told({ becoming, steps, conclusion, telling }, { ...gain, actions }, told);
      }),
    );
    return [
      ...gained,
      ...this.#byKeys(selves, told),
      ...this.#toOthers(selves, told),
      ...this.#toNew(selves, told),
    ];
  }

  /** What is left to tell of actions on a set, those together that have the same left. */
  #told(
    { becoming, steps, conclusion, telling }: Way,
    { set, actions, entries }: Pick<Gain, "entries" | "set"> & { readonly actions: readonly GrantAction[] },
    told: Told,
  ): ClassGrant[] {
    if (isNever(conclusion)) return [];
    const rank = RANK[conclusion.certainty];
    const left = new Map<PlaceSet, GrantAction[]>();
    for (const action of actions) {
      const before = told[action];
      const places = set.places.filter((place) => (before[place] ?? 0) < rank);
      if (places.length === 0) continue;
      for (const place of places) before[place] = rank;
      const rest = places.length === set.places.length ? set : this.#decisions.sets.of([places]);
      left.set(rest, [...(left.get(rest) ?? []), action]);
    }
    return [...left].map(([rest, of]) => ({
      actions: of,
      set: rest,
      conclusion,
      entries,
      steps,
      becoming,
      telling,
    }));
  }

  /** How surely a principal does something to each place by itself. Who reads by itself need not share as another. */
  #direct(of: PrincipalClass): Told {
    const empty = () => new Uint8Array(this.#index.things.count);
    const told = Object.fromEntries(GRANT_ACTIONS.map((action) => [action, empty()])) as Record<
      GrantAction,
      Uint8Array
    >;
    for (const { asked: ask, set, conclusion } of this.#entries(of)) {
      const rank = RANK[conclusion.certainty];
      const also: readonly GrantAction[] = ask.gives.includes("read") ? ["share"] : [];
      for (const action of new Set([...ask.gives, ...also])) {
        const before = told[action];
        for (const place of set.places) if ((before[place] ?? 0) < rank) before[place] = rank;
      }
    }
    return told;
  }

  /** What a principal can bring about with its own permissions. What it may itself is no detour for itself. */
  #gainsOf(of: PrincipalClass, itself: boolean): readonly Gain[] {
    const known = this.#gains.get(of) ?? [
      ...this.#plain(of),
      ...this.#byPermissions(of),
      ...this.#joins(of),
      ...this.#unbound(of),
    ];
    this.#gains.set(of, known);
    return itself ? known.filter(({ steps }) => steps.length > 0) : known;
  }

  /** What it does to things by itself, joined as it is told of itself. */
  #plain(of: PrincipalClass): Gain[] {
    return directGrants(this.#entries(of)).flatMap(({ actions, set, conclusion, entries }) =>
      // What has the same conclusion may depend on different things.
      [...Map.groupBy(entries, ({ formula }) => formula)].map(([formula, same]) => {
        const gives = actions.filter((action) => same.some((entry) => entry.asked.gives.includes(action)));
        return { gives, set, formula, conclusion, entries: same, steps: [] };
      }),
    );
  }

  /** Whoever changes its own permissions has what its boundary, the organisation and the things themselves still let through. */
  #byPermissions(of: PrincipalClass): Gain[] {
    const starts = this.#startsOf(of);
    if (starts.length === 0) return [];
    const decisions = this.#worlds.with({ everything: true });
    const reads = readsIn(decisions, asked(of, decisions));
    return starts.flatMap(({ formula, step }) =>
      reads.map((read) => this.#administers(formula, read, [step])),
    );
  }

  /** What a user has as a member of a group that it may join. */
  #joins(of: PrincipalClass): Gain[] {
    const { asks } = of.first;
    if (typeof asks !== "string") return [];
    return joinable(this.#index, this.#decisions, of).flatMap(({ formula, step, policies }) => {
      const decisions = this.#worlds.withPolicies(asks, policies);
      return decisions
        .entries(asked(of, decisions))
        .filter(({ asked: { gives } }) => comesTo("change", gives).length > 0)
        .map((entry) => this.#administers(formula, entry, [step]));
    });
  }

  /** What somebody has without its boundary, by its own policies or by those that it gives itself then. */
  #unbound(of: PrincipalClass): Gain[] {
    const lifts = boundaryLifts(this.#index, this.#decisions, of);
    if (lifts.length === 0) return [];
    const free = this.#worlds.with({ everything: false, unbound: true });
    const asking = asked(of, free);
    const own = free.entries(asking).filter(({ asked: { gives } }) => comesTo("change", gives).length > 0);
    const starts = ownChanges(this.#index, free, asking);
    const wide = this.#worlds.with({ everything: true, unbound: true });
    const reads = starts.length === 0 ? [] : readsIn(wide, asked(of, wide));
    return lifts.flatMap(({ formula, step }) => [
      ...own.map((entry) => this.#administers(formula, entry, [step])),
      ...starts.flatMap((start) =>
        reads.map((read) => this.#administers(all([formula, start.formula]), read, [step, start.step])),
      ),
    ]);
  }

  #administers(formula: Formula, entry: Entry, steps: readonly OwnStep[]): Gain {
    const set = this.#decisions.sets.of([entry.set.places]);
    return { gives: ["administer"], ...both(formula, entry), set, entries: [], steps };
  }

  #startsOf(of: PrincipalClass): readonly Start[] {
    const known = this.#starts.get(of) ?? ownChanges(this.#index, this.#decisions, of);
    this.#starts.set(of, known);
    return known;
  }

  /** Whoever comes to own a key and to read what it encrypts, but for the key. */
  #byKeys(selves: readonly Reached[], told: Told): ClassGrant[] {
    const owners = this.#owners(selves);
    const keys = OWN_KEY.filter((key) =>
      [...owners.values()].some((all) => all.some(({ owned }) => owned.by === key)),
    );
    return selves.flatMap((reached) =>
      keys.flatMap((key) =>
        this.#keys
          .halves(reached.of, key)
          .flatMap((half) =>
            [...half.under].flatMap(([place, under]) =>
              (owners.get(place) ?? [])
                .filter(({ owned }) => owned.by === key)
                .flatMap((owner) => this.#byKey(owner, { reached, half, under }, told)),
            ),
          ),
      ),
    );
  }

  #byKey(
    owner: Owner,
    {
      reached,
      half,
      under,
    }: { readonly reached: Reached; readonly half: Half; readonly under: readonly number[] },
    told: Told,
  ): ClassGrant[] {
    const becoming = furthest(owner.becoming, furthest(reached.becoming, half.changes ? "change" : "use"));
    const actions = comesTo(becoming, ["read"]);
    const rank = Math.min(
      owner.rank,
      RANK[reached.conclusion.certainty],
      RANK[half.entry.conclusion.certainty],
    );
    const places = under.filter((place) => actions.some((action) => (told[action][place] ?? 0) < rank));
    if (places.length === 0) return [];
    const conclusion = conclude(all([owner.formula, reached.formula, half.formula]));
    const { owned } = owner;
    const steps = [
      ...owner.reached.steps,
      ...owned.steps.map(by(owner.reached)),
      ...reached.steps,
      ...half.steps.map(by(reached)),
    ];
    const alone = owner.reached === reached;
    const telling = {
      ...tellingOf(reached),
      as: reached.holders.at(-1) ?? owner.reached.holders.at(-1),
      theirs: alone,
      decisions: half.decisions,
    };
    const entries = half.changes ? [] : [half.entry];
    const set = this.#decisions.sets.of([Int32Array.from(places)]);
    return this.#told({ becoming, steps, conclusion, telling }, { set, actions, entries }, told);
  }

  /** What others are given by whoever changes their permissions. It comes to what these do then: it need not become them. */
  #toOthers(selves: readonly Reached[], told: Told): ClassGrant[] {
    // Told by the first who may, as surely.
    const done = new Set<string>();
    return selves.flatMap((reached) =>
      this.#others.changes(reached.of).flatMap((change) => {
        const may = joint(reached, change);
        const key = `${change.joins} ${change.set.number} ${RANK[may.certainty]}`;
        if (isNever(may) || done.has(key) || (change.joins && this.#ownsAll(reached.of, told))) return [];
        done.add(key);
        return this.#others.gifts(change).flatMap((gift) => {
          const step = { actions: [change.action], on: gift.on, to: gift.to };
          return this.#given(reached, { ...change, steps: [step] }, gift, told);
        });
      }),
    );
  }

  /** What is given to roles and users that somebody makes. */
  #toNew(selves: readonly Reached[], told: Told): ClassGrant[] {
    return selves.flatMap((reached) =>
      this.#new
        .of(reached.of)
        .flatMap((made) => made.given.flatMap((one) => this.#given(reached, made, one, told))),
    );
  }

  #given(
    reached: Reached,
    giving: Concluded & { readonly steps: readonly OwnStep[] },
    { set, formula, conclusion }: Given,
    told: Told,
  ): ClassGrant[] {
    const most = Math.min(
      RANK[reached.conclusion.certainty],
      RANK[giving.conclusion.certainty],
      RANK[conclusion.certainty],
    );
    if (!set.places.some((place) => (told.administer[place] ?? 0) < most)) return [];
    const steps = [...reached.steps, ...giving.steps.map(by(reached))];
    const whole = conclude(all([reached.formula, giving.formula, formula]));
    const telling = { ...tellingOf(reached), theirs: true };
    const gain = {
      set: this.#decisions.sets.of([set.places]),
      actions: ["administer"] as const,
      entries: [],
    };
    return this.#told({ becoming: reached.becoming, steps, conclusion: whole, telling }, gain, told);
  }

  /** Whether all of an account is told of, so that what groups of it have is nothing more. */
  #ownsAll({ first: { account = "" } }: PrincipalClass, { administer }: Told): boolean {
    return Object.keys(READ).every((kind) =>
      this.#index.things.ofKind(kind, account).every((place) => administer[place] === RANK.certain),
    );
  }

  /** By key. The surest of each way of becoming and of owning, the first of those. */
  #owners(selves: readonly Reached[]): ReadonlyMap<number, readonly Owner[]> {
    const found = new Map<number, Owner[]>();
    for (const reached of selves) {
      for (const owned of this.#keys.owned(reached.of)) {
        const becoming = furthest(reached.becoming, owned.changes ? "change" : "use");
        const known = found.get(owned.place) ?? [];
        const same = known.filter((one) => one.becoming === becoming);
        const at = known.findIndex((one) => same.includes(one) && one.owned.by === owned.by);
        // A policy that it writes lets it do whatever a grant does.
        const as = same.filter(({ owned: { by: key } }) => key === owned.by || key === "kms:PutKeyPolicy");
        const best = Math.max(0, ...as.map(({ rank }) => rank));
        if (best >= RANK[reached.conclusion.certainty]) continue;
        const formula = all([reached.formula, owned.formula]);
        const conclusion = conclude(formula);
        const rank = RANK[conclusion.certainty];
        if (isNever(conclusion) || rank <= best) continue;
        const owner = { reached, owned, becoming, formula, rank };
        if (at < 0) known.push(owner);
        else known[at] = owner;
        found.set(owned.place, known);
      }
    }
    return found;
  }
}

function readsIn(decisions: Decisions, asking: PrincipalClass): Entry[] {
  return Object.entries(READ).flatMap(([kind, action]) => decisions.requestEntries(asking, { action, kind }));
}

/** What somebody comes to, by what the one that it becomes does to a thing. */
function comesTo(becoming: Becoming, gives: readonly GrantAction[]): readonly GrantAction[] {
  const reads = gives.includes("read");
  const administers = gives.includes("administer");
  switch (becoming) {
    case "use":
      return gives;
    case "credentials":
      return [...(reads ? (["share"] as const) : []), ...(administers ? (["administer"] as const) : [])];
    case "change":
      return reads || administers ? ["administer"] : [];
  }
}

function tellingOf({ of, holders }: Reached): Pick<Telling, "as" | "before" | "of"> {
  return { of, before: holders, as: holders.at(-1) };
}

/** A step of somebody who was reached. */
function by({ of, holders }: Reached): (step: OwnStep) => ChainStep {
  return (step) => ({ ...step, by: holders.length === 0 ? undefined : of, before: holders });
}

interface Concluded {
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

function both(formula: Formula, other: Concluded): Concluded {
  const whole = all([formula, other.formula]);
  return { formula: whole, conclusion: formula === true ? other.conclusion : conclude(whole) };
}

/** What two conclusions come to together; that of one where the other is plainly true. */
function joint(one: Concluded, other: Concluded): Conclusion {
  if (one.formula === true) return other.conclusion;
  if (other.formula === true) return one.conclusion;
  return conclude(all([one.formula, other.formula]));
}
