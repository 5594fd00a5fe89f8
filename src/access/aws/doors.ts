import { compareStrings } from "../../base/index.ts";
import { MAX_NAMED_STRANGERS, type Admits, type GrantAction } from "../grant.ts";
import type { Chains } from "./chains.ts";
import type { EstateIndex } from "./estate-index.ts";
import type { Holder } from "./holders.ts";
import { isGuessed } from "./membership.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import type { ClassGrant } from "./shown-grants.ts";

/** How somebody comes to a value: by reading it, by acting as somebody who reads it, or by letting itself in. */
export const COMES_TO_IT: readonly GrantAction[] = ["read", "share", "administer"];

/** A stranger whom a role's trust policy lets in. */
interface Guest {
  readonly holder: Holder;
  readonly of: PrincipalClass;
  readonly possible: boolean;
  /** See {@link isGuessed}. */
  readonly guessed: boolean;
  readonly asksExternalId: boolean;
}

interface Role {
  readonly holder: Holder;
  readonly of: PrincipalClass;
}

/**
 * The roles whose own trust policy lets strangers in. A grant tells one way alone, the surest and shortest; each role that opens
 * a thing is a cause by itself, so all of them are looked at here.
 */
export class Doors {
  readonly #guests = new Map<Holder, Guest[]>();
  readonly #roles = new Map<PrincipalClass, Role[]>();
  readonly #grantsOf: ReadonlyMap<PrincipalClass, readonly ClassGrant[]>;
  readonly #places = new Map<PrincipalClass, ReadonlySet<number>>();

  constructor(
    index: EstateIndex,
    chains: Chains,
    grantsOf: ReadonlyMap<PrincipalClass, readonly ClassGrant[]>,
  ) {
    this.#grantsOf = grantsOf;
    const { principals, things } = index;
    const own = principals.flatMap((of) => of.holders.map((holder) => ({ holder, of })));
    const inside = own.filter(({ holder }) => !isStranger(holder) && typeof holder.asks === "string");
    const behind = Map.groupBy(inside, ({ holder }) => things.classOf(holder.asks as string));
    const found = new Map<Role, Guest[]>();
    for (const of of principals) {
      const strangers = of.holders.filter(isStranger);
      if (strangers.length === 0) continue;
      for (const { places, conclusion, asksExternalId } of chains.assumable(of)) {
        const possible = conclusion.certainty === "possible";
        for (const place of places) {
          const guessed = isGuessed(index, of, place, conclusion);
          const guests = strangers.map((holder) => ({ holder, of, possible, guessed, asksExternalId }));
          for (const role of behind.get(place) ?? [])
            found.set(role, [...(found.get(role) ?? []), ...guests]);
        }
      }
    }
    for (const [role, guests] of found) this.#add(role, guests);
  }

  #add(role: Role, found: readonly Guest[]): void {
    // Whoever the policy asks for is among the others.
    const shown = found.some(({ guessed }) => !guessed) ? found.filter(({ guessed }) => !guessed) : found;
    const guests = [...Map.groupBy(shown, ({ holder }) => holder).values()].flatMap(surest);
    this.#guests.set(role.holder, guests);
    for (const of of new Set(guests.filter(({ possible }) => !possible).map((guest) => guest.of))) {
      this.#roles.set(of, [...(this.#roles.get(of) ?? []), role]);
    }
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
    const own = this.#ownPlaces(principal.of);
    const ahead = sure.length === 0 ? [] : this.#ahead(principal.of, opened, own);
    const unasked = sure.filter((guest) => isAskable(guest) && !guest.asksExternalId);
    return {
      public: count("public", false),
      external: count("external", false),
      possible_public: count("public", true),
      possible_external: count("external", true),
      names: namesOf(sure),
      unasked: namesOf(unasked),
      unasked_count: unasked.length,
      opened_secret_count: secrets(opened),
      opened_itself_count: secrets(opened.intersection(own)),
      leads_to: ahead.slice(0, MAX_NAMED_STRANGERS),
      leads_to_count: ahead.length,
      reached_secret_count: secrets(reached),
    };
  }

  /** Places that a class comes to without acting as somebody else. */
  #ownPlaces(of: PrincipalClass): ReadonlySet<number> {
    const grants = (this.#grantsOf.get(of) ?? []).filter(comesToIt);
    const itself = grants.filter(({ telling }) => telling?.as === undefined);
    return new Set(itself.flatMap(({ set }) => [...set.places]));
  }

  /** As whom a class comes to some places that are none of its `own`. */
  #ahead(of: PrincipalClass, places: ReadonlySet<number>, own: ReadonlySet<number>): string[] {
    const grants = (this.#grantsOf.get(of) ?? []).filter(comesToIt);
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

/** Of one stranger, by several ways: sure if one is, and asked if all of those are. */
function surest(ways: readonly Guest[]): Guest[] {
  const sure = ways.filter(({ possible }) => !possible);
  const [first] = sure.length > 0 ? sure : ways;
  if (first === undefined) return [];
  return [{ ...first, asksExternalId: sure.every(({ asksExternalId }) => asksExternalId) }];
}

/** Accounts and identities of others: who is vouched for by an issuer sends no external id. */
function isAskable({ holder: { principal } }: Guest): boolean {
  return principal.external && principal.principal_type !== "federated";
}

/** In order, at most {@link MAX_NAMED_STRANGERS}. */
function namesOf(guests: readonly Guest[]): string[] {
  const names = guests.map(({ holder }) => holder.principal.name);
  return names.sort(compareStrings).slice(0, MAX_NAMED_STRANGERS);
}

/** For certain or under conditions. */
function comesToIt({ actions, conclusion }: ClassGrant): boolean {
  return conclusion.certainty !== "possible" && actions.some((action) => COMES_TO_IT.includes(action));
}

export function isStranger({ principal }: Holder): boolean {
  return principal.public || principal.external;
}
