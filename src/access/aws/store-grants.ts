import { compareStrings } from "../../base/index.ts";
import type { FactSet } from "../../facts/index.ts";
import { Chains } from "./chains.ts";
import { Decisions } from "./decisions.ts";
import { Detours } from "./detours.ts";
import { Doors } from "./doors.ts";
import { estateOf, type AwsEstate, type AwsTarget } from "./estate.ts";
import { indexOf, type EstateIndex } from "./estate-index.ts";
import type { Holder } from "./holders.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { ShutRegions } from "./shut-regions.ts";
import { Shower, directGrants, type ClassGrant, type ShownGrant } from "./shown-grants.ts";

/** A principal with the class that it is of. */
export interface Held {
  readonly holder: Holder;
  readonly of: PrincipalClass;
  readonly grants: readonly ClassGrant[];
}

/** Effective access of one AWS source, joined by classes. */
export class AwsGrants {
  readonly estate: AwsEstate;
  readonly index: EstateIndex;
  /** In id order. */
  readonly held: readonly Held[];
  readonly grantsOf: ReadonlyMap<PrincipalClass, readonly ClassGrant[]>;
  readonly doors: Doors;
  readonly #placeOf: ReadonlyMap<string, number>;
  readonly #members: ReadonlyMap<number, readonly AwsTarget[]>;
  readonly #byPrincipal: ReadonlyMap<string, Held>;
  /** Classes with a grant to each set, and sets that hold each place. */
  readonly #classesOfSet = new Map<number, PrincipalClass[]>();
  readonly #setsOfPlace = new Map<number, number[]>();
  readonly #heldByClass: ReadonlyMap<PrincipalClass, readonly Held[]>;
  readonly #shower: Shower;
  readonly #detours: Detours;
  readonly #shut: ShutRegions;

  constructor(storeId: string, facts: FactSet) {
    this.estate = estateOf(storeId, facts);
    this.index = indexOf(this.estate);
    const { principals, things } = this.index;
    const decisions = new Decisions(this.index);
    this.#placeOf = new Map(
      this.estate.targets.map(({ id, arn }) => [id, things.classOf(arn) ?? -1] as const),
    );
    this.#members = Map.groupBy(this.estate.targets, ({ arn }) => things.classOf(arn) ?? -1);
    const entries = new Map(principals.map((one) => [one, decisions.entries(one)] as const));
    const chains = new Chains(this.index, decisions);
    const detours = new Detours(this.index, decisions, chains, (one) => entries.get(one) ?? []);
    this.#detours = detours;
    this.#shut = new ShutRegions(this.index);
    this.grantsOf = new Map(
      [...entries].map(([one, held]) => [one, [...directGrants(held), ...detours.of(one)]] as const),
    );
    this.doors = new Doors(this.index, chains, this.grantsOf);
    this.held = principals
      .flatMap((of) => of.holders.map((holder) => ({ holder, of, grants: this.grantsOf.get(of) ?? [] })))
      .filter(({ holder, grants }) => !isIdle(holder, grants))
      .sort((a, b) => compareStrings(a.holder.principal.id, b.holder.principal.id));
    this.#byPrincipal = new Map(this.held.map((held) => [held.holder.principal.id, held]));
    this.#heldByClass = Map.groupBy(this.held, ({ of }) => of);
    this.#shower = new Shower(this.index, decisions, (place) => this.members(place));
    this.#reverse();
  }

  #reverse(): void {
    const seen = new Set<number>();
    for (const [of, grants] of this.grantsOf) {
      for (const set of new Set(grants.map((grant) => grant.set))) {
        const classes = this.#classesOfSet.get(set.number);
        if (classes === undefined) this.#classesOfSet.set(set.number, [of]);
        else classes.push(of);
        if (seen.has(set.number)) continue;
        seen.add(set.number);
        for (const place of set.places) {
          const sets = this.#setsOfPlace.get(place);
          if (sets === undefined) this.#setsOfPlace.set(place, [set.number]);
          else sets.push(set.number);
        }
      }
    }
  }

  placeOf(targetId: string): number | undefined {
    return this.#placeOf.get(targetId);
  }

  members(place: number): readonly AwsTarget[] {
    return this.#members.get(place) ?? [];
  }

  of(principalId: string): Held | undefined {
    return this.#byPrincipal.get(principalId);
  }

  /** Classes with a grant to a place. */
  classesReaching(place: number): PrincipalClass[] {
    const sets = this.#setsOfPlace.get(place) ?? [];
    return [...new Set(sets.flatMap((set) => this.#classesOfSet.get(set) ?? []))];
  }

  /** Whether it, or somebody whom it may act as or give permissions, may have access to what nobody has seen in a Region of an account. */
  mayReach(principalId: string, account: string, region: string): boolean {
    const held = this.of(principalId);
    if (held === undefined) return true;
    const isShut = (one: PrincipalClass): boolean => this.#shut.isShut(one, account, region);
    return !(
      this.#detours.selves(held.of).every(isShut) && this.#detours.whomItChanges(held.of).every(isShut)
    );
  }

  holdersOf(of: PrincipalClass): readonly Held[] {
    return this.#heldByClass.get(of) ?? [];
  }

  /** What a principal holds, as it is shown. */
  shown({ holder, of }: Held, grants: readonly ClassGrant[]): ShownGrant[] {
    return this.#shower.shown(holder, of, grants);
  }
}

/** Whoever is only supposed to be there, and then may do nothing. */
function isIdle({ supposed }: Holder, grants: readonly ClassGrant[]): boolean {
  return grants.length === 0 && supposed === true;
}

/** Whether a grant reaches a place; sets are in order. */
export function reaches({ set: { places } }: ClassGrant, place: number): boolean {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((places[middle] ?? 0) < place) low = middle + 1;
    else high = middle;
  }
  return places[low] === place;
}
