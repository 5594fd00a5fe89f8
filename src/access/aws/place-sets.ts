/** Places in order; sets that hold the same are one object. */
export interface PlaceSet {
  readonly number: number;
  readonly places: Int32Array;
}

/** Keeps each set once, since many principals reach the same. */
export class PlaceSets {
  readonly #known = new Map<number, PlaceSet[]>();
  readonly #joined = new Map<Int32Array, PlaceSet>();
  readonly all: PlaceSet[] = [];

  /** The union of lists that have nothing in common. */
  of(lists: readonly Int32Array[]): PlaceSet {
    const [only] = lists;
    if (lists.length === 1 && only !== undefined) {
      const known = this.#joined.get(only) ?? this.#interned(only);
      this.#joined.set(only, known);
      return known;
    }
    const places = new Int32Array(lists.reduce((sum, list) => sum + list.length, 0));
    let at = 0;
    for (const list of lists) {
      places.set(list, at);
      at += list.length;
    }
    return this.#interned(places.sort());
  }

  #interned(places: Int32Array): PlaceSet {
    const hash = hashOf(places);
    const alike = this.#known.get(hash) ?? [];
    const known = alike.find((one) => isSame(one.places, places));
    if (known !== undefined) return known;
    const made = { number: this.all.length, places };
    this.all.push(made);
    this.#known.set(hash, [...alike, made]);
    return made;
  }
}

/** FNV-1a over whole numbers; only to find what is alike. */
function hashOf(places: Int32Array): number {
  let hash = 0x811c9dc5;
  for (const place of places) hash = Math.imul(hash ^ place, 0x01000193);
  return hash ^ places.length;
}

function isSame(one: Int32Array, other: Int32Array): boolean {
  return one.length === other.length && one.every((place, at) => place === other[at]);
}
