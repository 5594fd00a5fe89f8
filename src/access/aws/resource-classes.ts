import { ArnIndex, type Covered } from "./arn-index.ts";
import type { Filled } from "./pattern.ts";

/** Things that no policy tells apart. */
export interface ResourceClass {
  /** ARN of one of them, by which questions are asked. */
  readonly arn: string;
  readonly kind: string;
  readonly account: string;
  /** Number of the account, policy, key, tags … that its members share; other classes may have the same. */
  readonly side: number;
  /** The same without the tags. */
  readonly untagged: number;
  /** ARNs, by place in the index. */
  readonly members: readonly number[];
}

/** One thing as classes are made of it. */
export interface Classed {
  readonly arn: string;
  readonly kind: string;
  readonly account: string;
  /** What it brings to a decision besides its ARN. */
  readonly side: string;
  /** The same without the tags; absent: it has none. */
  readonly untagged?: string;
}

/** The patterns by which policies tell things apart. */
export interface Patterns {
  readonly plain: readonly Filled[];
  /** With a variable that is each thing's own, such as a tag of it: whatever they may cover stands alone. */
  readonly ofThings: readonly Filled[];
}

/**
 * Splits things into classes: those with the same sides that the same patterns cover. Each pattern is looked for once and splits
 * the classes that it cuts through.
 */
export class ResourceClasses {
  readonly all: readonly ResourceClass[];
  readonly #index: ArnIndex;
  readonly #classOf: Int32Array;
  readonly #place: ReadonlyMap<string, number>;
  readonly #ofKind: ReadonlyMap<string, Int32Array>;

  constructor(things: readonly Classed[], { plain, ofThings }: Patterns) {
    const arns = things.map(({ arn }) => arn);
    this.#place = new Map(arns.map((arn, place) => [arn, place]));
    this.#index = new ArnIndex(arns);
    const sides = new Numbers();
    const starts = new Numbers();
    const bare = new Numbers();
    // The same policy in another account is another decision: across accounts both sides must allow.
    const sideOf = Int32Array.from(things, ({ account, side }) => sides.of(`${account} ${side}`));
    const classOf = Int32Array.from(things, ({ kind }, place) => starts.of(`${kind} ${sideOf[place] ?? 0}`));
    let next = starts.count;
    for (const pattern of plain) {
      const { sure, unclear } = this.#index.covered(pattern);
      for (const places of [sure, unclear]) next = split(classOf, places, next);
    }
    for (const pattern of ofThings) {
      const { sure, unclear } = this.#index.covered(pattern);
      for (const place of [...sure, ...unclear]) classOf[place] = next++;
    }
    const dense = new Numbers();
    const members: number[][] = [];
    for (const [place, old] of classOf.entries()) {
      const number = dense.of(String(old));
      (members[number] ??= []).push(place);
      classOf[place] = number;
    }
    this.#classOf = classOf;
    this.all = members.map((places): ResourceClass => {
      const [first = 0] = places;
      const { arn = "", kind = "", account = "", side = "", untagged = side } = things[first] ?? {};
      return {
        arn,
        kind,
        account,
        side: sideOf[first] ?? 0,
        untagged: bare.of(`${account} ${untagged}`),
        members: places,
      };
    });
    const kinds = Map.groupBy(this.all.keys(), (place) => {
      const { kind = "", account = "" } = this.all[place] ?? {};
      return `${kind} ${account}`;
    });
    this.#ofKind = new Map([...kinds].map(([key, places]) => [key, Int32Array.from(places)] as const));
  }

  get count(): number {
    return this.all.length;
  }

  /** The classes of a kind in an account, in order; one object for each. */
  ofKind(kind: string, account: string): Int32Array {
    return this.#ofKind.get(`${kind} ${account}`) ?? NOTHING;
  }

  /** Undefined for an ARN that nobody told of. */
  classOf(arn: string): number | undefined {
    const place = this.#place.get(arn);
    return place === undefined ? undefined : this.#classOf[place];
  }

  /** The classes that a pattern covers; it must be one of those that split them. */
  covered(filled: Filled): Covered {
    const { sure, unclear } = this.#index.covered(filled);
    return { sure: this.#classesOf(sure), unclear: this.#classesOf(unclear) };
  }

  #classesOf(places: readonly number[]): number[] {
    return [...new Set(places.map((place) => this.#classOf[place] ?? 0))];
  }
}

const NOTHING = new Int32Array();

/** Splits each class that is covered in part; returns the next free number. */
function split(classOf: Int32Array, places: readonly number[], next: number): number {
  const renamed = new Map<number, number>();
  let free = next;
  for (const place of places) {
    const old = classOf[place] ?? 0;
    let fresh = renamed.get(old);
    if (fresh === undefined) {
      fresh = free++;
      renamed.set(old, fresh);
    }
    classOf[place] = fresh;
  }
  return free;
}

/** Numbers texts in the order in which they come. */
export class Numbers {
  readonly #known = new Map<string, number>();

  of(text: string): number {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, this.#known.size);
    return this.#known.size - 1;
  }

  get count(): number {
    return this.#known.size;
  }
}
