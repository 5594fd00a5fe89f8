import type { Decisions, Entry } from "./decisions.ts";
import type { EstateIndex } from "./estate-index.ts";
import type { AwsGroup } from "./estate-parts.ts";
import type { Conclusion, Formula } from "./formula.ts";
import type { Holder } from "./holders.ts";
import { asked } from "./key-halves.ts";
import type { OtherWorlds } from "./other-worlds.ts";
import type { PlaceSet } from "./place-sets.ts";
import type { PrincipalClass } from "./principal-classes.ts";

/** What somebody reads or administers once it is given permissions. */
export interface Gift {
  readonly to: Holder;
  /** ARN of what is changed: itself, a group, a policy of its. */
  readonly on: string;
  readonly set: PlaceSet;
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

/** At most this many pairs of a group and of users whom the same holds back are looked at for one set of groups. */
const MAX_PAIRS = 200;

const RANK = { certain: 3, conditional: 2, possible: 1 } as const;

/** What others come to as members of groups that somebody puts them into. */
export class OthersJoining {
  readonly #index: EstateIndex;
  readonly #decisions: Decisions;
  readonly #worlds: OtherWorlds;
  readonly #limitsOf: (of: PrincipalClass) => string;
  /** By class of things. */
  readonly #groups: ReadonlyMap<number, readonly AwsGroup[]>;
  readonly #without = new Map<PrincipalClass, Uint8Array>();

  /** `limitsOf`: see {@link OthersPermissions}. */
  constructor(
    index: EstateIndex,
    { decisions, worlds }: { readonly decisions: Decisions; readonly worlds: OtherWorlds },
    limitsOf: (of: PrincipalClass) => string,
  ) {
    this.#index = index;
    this.#decisions = decisions;
    this.#worlds = worlds;
    this.#limitsOf = limitsOf;
    this.#groups = Map.groupBy(
      index.estate.groups.filter(({ policies }) => policies.length > 0),
      ({ arn }) => index.things.classOf(arn) ?? -1,
    );
  }

  /** Whether somebody would get something by being put into one there. */
  has(place: number): boolean {
    return this.#groups.has(place);
  }

  /** `more`: there are too many to look at. */
  gifts({ places }: PlaceSet): { readonly gifts: readonly Gift[]; readonly more?: PrincipalClass } {
    const gifts: Gift[] = [];
    let pairs = 0;
    for (const group of [...places].flatMap((place) => this.#groups.get(place) ?? [])) {
      const users = new Map(this.#usersFor(group).map((of) => [this.#limitsOf(of), of]));
      for (const of of users.values()) {
        pairs += 1;
        if (pairs > MAX_PAIRS) return { gifts, more: of };
        gifts.push(...this.#asMember(of, group));
      }
    }
    return { gifts };
  }

  #usersFor({ account, id }: AwsGroup): PrincipalClass[] {
    return this.#index.principals.filter(
      ({ first: { principal, groups, standing, ...first } }) =>
        principal.principal_type === "iam_user" &&
        standing === undefined &&
        first.account === account &&
        !groups.includes(id),
    );
  }

  #asMember(of: PrincipalClass, { arn, policies }: AwsGroup): Gift[] {
    const before = this.#without.get(of) ?? this.#before(of);
    this.#without.set(of, before);
    return this.#entries(
      of,
      policies.map((source) => source.given),
    ).flatMap((entry) => {
      const { formula, conclusion } = entry;
      const places = entry.set.places.filter((place) => (before[place] ?? 0) < RANK[conclusion.certainty]);
      if (places.length === 0) return [];
      return [{ to: of.first, on: arn, set: this.#decisions.sets.of([places]), formula, conclusion }];
    });
  }

  /** How surely it reads and administers what without any policy; what is only possible so may be given all the same. */
  #before(of: PrincipalClass): Uint8Array {
    const found = new Uint8Array(this.#index.things.count);
    for (const { set, conclusion } of this.#entries(of, [])) {
      const rank = RANK[conclusion.certainty];
      if (rank === RANK.possible) continue;
      for (const place of set.places) found[place] = Math.max(found[place] ?? 0, rank);
    }
    return found;
  }

  #entries(of: PrincipalClass, policies: readonly Readonly<Record<string, unknown>>[]): Entry[] {
    const { asks } = of.first;
    if (typeof asks !== "string") return [];
    const decisions = this.#worlds.withNothingBut(asks, policies);
    return decisions
      .entries(asked(of, decisions))
      .filter(({ asked: { gives } }) => gives.includes("read") || gives.includes("administer"));
  }
}
