import { compareStrings } from "../../base/index.ts";
import { MAX_NAMED_STRANGERS, type Admits, type GrantAction } from "../grant.ts";
import type { Chains } from "./chains.ts";
import type { EstateIndex } from "./estate-index.ts";
import type { Holder } from "./holders.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import type { ClassGrant } from "./shown-grants.ts";

/** How somebody comes to a value: by reading it, by acting as somebody who reads it, or by letting itself in. */
export const COMES_TO_IT: readonly GrantAction[] = ["read", "share", "administer"];

/** A stranger whom a role's trust policy lets in. */
interface Guest {
  readonly holder: Holder;
  readonly of: PrincipalClass;
  readonly possible: boolean;
}

/**
 * The roles whose own trust policy lets strangers in. A grant tells one way alone, the surest and shortest; each role that opens
 * a thing is a cause by itself, so all of them are looked at here.
 */
export class Doors {
  readonly #guests = new Map<Holder, Guest[]>();
  readonly #roles = new Map<PrincipalClass, { readonly holder: Holder; readonly of: PrincipalClass }[]>();
  readonly #grantsOf: ReadonlyMap<PrincipalClass, readonly ClassGrant[]>;
  readonly #places = new Map<PrincipalClass, ReadonlySet<number>>();

  constructor(
    { principals, things }: EstateIndex,
    chains: Chains,
    grantsOf: ReadonlyMap<PrincipalClass, readonly ClassGrant[]>,
  ) {
    this.#grantsOf = grantsOf;
    const own = principals.flatMap((of) => of.holders.map((holder) => ({ holder, of })));
    const inside = own.filter(({ holder }) => !isStranger(holder) && typeof holder.asks === "string");
    const behind = Map.groupBy(inside, ({ holder }) => things.classOf(holder.asks as string));
    for (const of of principals) {
      const strangers = of.holders.filter(isStranger);
      if (strangers.length === 0) continue;
      for (const { places, possible } of chains.assumable(of)) {
        for (const role of [...places].flatMap((place) => behind.get(place) ?? [])) {
          for (const holder of strangers) this.#add(role, { holder, of, possible });
        }
      }
    }
  }

  #add(role: { readonly holder: Holder; readonly of: PrincipalClass }, guest: Guest): void {
    const known = this.#guests.get(role.holder) ?? [];
    const same = known.findIndex(({ holder }) => holder === guest.holder);
    if (same < 0) known.push(guest);
    else if (!guest.possible) known[same] = guest;
    this.#guests.set(role.holder, known);
    if (guest.possible) return;
    const roles = this.#roles.get(guest.of) ?? [];
    if (!roles.some(({ holder }) => holder === role.holder)) roles.push(role);
    this.#roles.set(guest.of, roles);
  }

  /** Roles by which a stranger comes to a place, in order. */
  to(place: number, stranger: PrincipalClass): Holder[] {
    return (this.#roles.get(stranger) ?? [])
      .filter(({ of }) => this.#reached(of).has(place))
      .map(({ holder }) => holder);
  }

  /** Whom a principal's trust policy lets in from outside. `secrets`: how many there are at some places. */
  admits(
    principal: { readonly holder: Holder; readonly of: PrincipalClass },
    secrets: (places: Iterable<number>) => number,
  ): Admits {
    const guests = this.#guests.get(principal.holder) ?? [];
    const sure = guests.filter(({ possible }) => !possible);
    const count = (kind: "public" | "external", possible: boolean): number =>
      guests.filter((guest) => guest.possible === possible && guest.holder.principal[kind]).length;
    const reached = this.#reached(principal.of);
    const opened = new Set(sure.flatMap(({ of }) => [...this.#reached(of).intersection(reached)]));
    const ahead = sure.length === 0 ? [] : this.#ahead(principal.of, opened);
    const names = sure.map(({ holder }) => holder.principal.name).sort(compareStrings);
    return {
      public: count("public", false),
      external: count("external", false),
      possible_public: count("public", true),
      possible_external: count("external", true),
      names: names.slice(0, MAX_NAMED_STRANGERS),
      opened_secret_count: secrets(opened),
      leads_to: ahead.slice(0, MAX_NAMED_STRANGERS),
      leads_to_count: ahead.length,
      reached_secret_count: secrets(reached),
    };
  }

  /** As whom a class comes to some places that it does not come to by itself. */
  #ahead(of: PrincipalClass, places: ReadonlySet<number>): string[] {
    const grants = (this.#grantsOf.get(of) ?? []).filter(comesToIt);
    const itself = grants.filter(({ telling }) => telling?.as === undefined);
    const own = new Set(itself.flatMap(({ set }) => [...set.places]));
    const others = grants.flatMap(({ telling, set }) => {
      const further = set.places.some((place) => places.has(place) && !own.has(place));
      return telling?.as === undefined || !further ? [] : [telling.as.principal.name];
    });
    return [...new Set(others)].sort(compareStrings);
  }

  /** Places that a class comes to, for certain or under conditions. */
  #reached(of: PrincipalClass): ReadonlySet<number> {
    const known = this.#places.get(of);
    if (known !== undefined) return known;
    const sure = (this.#grantsOf.get(of) ?? []).filter(comesToIt);
    const found = new Set(sure.flatMap(({ set }) => [...set.places]));
    this.#places.set(of, found);
    return found;
  }
}

/** For certain or under conditions. */
function comesToIt({ actions, conclusion }: ClassGrant): boolean {
  return conclusion.certainty !== "possible" && actions.some((action) => COMES_TO_IT.includes(action));
}

export function isStranger({ principal }: Holder): boolean {
  return principal.public || principal.external;
}
