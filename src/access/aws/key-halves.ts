import type { OwnStep } from "./chains.ts";
import type { Decisions, Entry } from "./decisions.ts";
import { OWN_KEY } from "./escalation-ways.ts";
import type { EstateIndex } from "./estate-index.ts";
import { all, conclude, type Formula } from "./formula.ts";
import type { OtherWorlds } from "./other-worlds.ts";
import type { Start } from "./own-permissions.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import type { OwnKey } from "./world.ts";

/** A key that somebody may let whom it likes use. */
export interface OwnedKey {
  /** The key's. */
  readonly place: number;
  readonly by: OwnKey;
  readonly formula: Formula;
  readonly steps: readonly OwnStep[];
  /** It gives itself the permission first. */
  readonly changes: boolean;
}

/** What somebody could read of things under customers' keys, if these let it. */
export interface Half {
  readonly entry: Entry;
  /** The entry's things by the place of their key, in order. */
  readonly under: ReadonlyMap<number, readonly number[]>;
  readonly formula: Formula;
  readonly steps: readonly OwnStep[];
  readonly changes: boolean;
  /** Where that is so. */
  readonly decisions: Decisions;
}

const RANK = { certain: 0, conditional: 1, possible: 2 } as const;

/**
 * What is encrypted takes two rights: to read it, and to use its key. Who owns a key comes by the second alone; here are the two
 * halves of classes, each by itself.
 */
export class KeyHalves {
  readonly #index: EstateIndex;
  readonly #worlds: OtherWorlds;
  readonly #entries: (of: PrincipalClass) => readonly Entry[];
  readonly #starts: (of: PrincipalClass) => readonly Start[];
  /** Keys under which there is something. */
  readonly #used: ReadonlySet<number>;
  readonly #owned = new Map<PrincipalClass, readonly OwnedKey[]>();
  readonly #halves = new Map<string, Map<PrincipalClass, readonly Half[]>>();

  /** `starts`: ways in which a class gives itself every permission. */
  constructor(
    index: EstateIndex,
    worlds: OtherWorlds,
    entries: (of: PrincipalClass) => readonly Entry[],
    starts: (of: PrincipalClass) => readonly Start[],
  ) {
    this.#index = index;
    this.#worlds = worlds;
    this.#entries = entries;
    this.#starts = starts;
    this.#used = new Set([...index.things.all.keys()].flatMap((place) => index.keyOf(place) ?? []));
  }

  owned(of: PrincipalClass): readonly OwnedKey[] {
    const known = this.#owned.get(of) ?? [...this.#ownedItself(of), ...this.#ownedByChange(of)];
    this.#owned.set(of, known);
    return known;
  }

  /** Without what it surely reads as things are. */
  halves(of: PrincipalClass, by: OwnKey): readonly Half[] {
    const all = this.#halves.get(by) ?? new Map<PrincipalClass, readonly Half[]>();
    this.#halves.set(by, all);
    const known = all.get(of) ?? [...this.#halvesItself(of, by), ...this.#halvesByChange(of, by)];
    all.set(of, known);
    return known;
  }

  #ownedItself(of: PrincipalClass): OwnedKey[] {
    return OWN_KEY.flatMap((by) =>
      this.#entries(of)
        .filter(({ asked }) => asked.action === by)
        .flatMap((entry) => this.#keysOf(by, entry, [], true)),
    );
  }

  #ownedByChange(of: PrincipalClass): OwnedKey[] {
    const start = this.#surest(of);
    if (start === undefined || this.#used.size === 0) return [];
    const decisions = this.#worlds.with({ everything: true });
    const asking = asked(of, decisions);
    return OWN_KEY.flatMap((by) =>
      decisions
        .requestEntries(asking, { action: by, kind: "kms" })
        .flatMap((entry) => this.#keysOf(by, entry, [start.step], start.formula)),
    );
  }

  #keysOf(by: OwnKey, entry: Entry, before: readonly OwnStep[], when: Formula): OwnedKey[] {
    const formula = all([when, entry.formula]);
    return [...entry.set.places]
      .filter((place) => this.#used.has(place))
      .map((place) => {
        const on = this.#index.things.all[place]?.arn ?? "";
        return { place, by, formula, steps: [...before, { actions: [by], on }], changes: before.length > 0 };
      });
  }

  #halvesItself(of: PrincipalClass, by: OwnKey): Half[] {
    const reads = new Set(
      this.#entries(of).flatMap(({ asked: { gives }, conclusion, set }) =>
        gives.includes("read") && conclusion.certainty === "certain" ? [...set.places] : [],
      ),
    );
    const decisions = this.#worlds.with({ everything: false, key: by });
    return this.#under(decisions, of, (place) => !reads.has(place)).map((entry) => ({
      entry,
      under: this.#byKey(entry),
      formula: entry.formula,
      steps: [],
      changes: false,
      decisions,
    }));
  }

  #halvesByChange(of: PrincipalClass, by: OwnKey): Half[] {
    const start = this.#surest(of);
    if (start === undefined) return [];
    const decisions = this.#worlds.with({ everything: true, key: by });
    return this.#under(decisions, asked(of, decisions), () => true).map((entry) => ({
      entry,
      under: this.#byKey(entry),
      formula: all([start.formula, entry.formula]),
      steps: [start.step],
      changes: true,
      decisions,
    }));
  }

  #under(decisions: Decisions, of: PrincipalClass, counts: (place: number) => boolean): Entry[] {
    if (this.#used.size === 0) return [];
    return decisions.encryptedReads(of).flatMap((entry) => {
      const places = entry.set.places.filter(
        (place) => this.#index.keyOf(place) !== undefined && counts(place),
      );
      return places.length === 0 ? [] : [{ ...entry, set: decisions.sets.of([places]) }];
    });
  }

  #byKey({ set }: Entry): ReadonlyMap<number, readonly number[]> {
    return Map.groupBy(set.places, (place) => this.#index.keyOf(place) ?? -1);
  }

  #surest(of: PrincipalClass): Start | undefined {
    const ranked = this.#starts(of).map((start) => ({
      start,
      rank: RANK[conclude(start.formula).certainty],
    }));
    ranked.sort((a, b) => a.rank - b.rank);
    return ranked[0]?.start;
  }
}

/** Somebody as another world knows it. */
export function asked(of: PrincipalClass, decisions: Decisions): PrincipalClass {
  return { ...of, caller: decisions.caller(of), levels: decisions.levels(of) };
}
