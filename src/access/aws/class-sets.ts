import type { Statement } from "./document.ts";
import type { RequestContext } from "./context.ts";
import type { Filled } from "./pattern.ts";
import type { ResourceClasses } from "./resource-classes.ts";

/** Resource classes that a statement's resources cover. */
export interface ClassSet {
  /** In order; undefined: all. */
  readonly list: Int32Array | undefined;
  /** 0: no, 1: yes, 2: perhaps. */
  covers(place: number): 0 | 1 | 2;
}

const ALL: ClassSet = { list: undefined, covers: () => 1 };

/** The sets of statements, each made once; where variables stand, once for each of their values. */
export class ClassSets {
  readonly #classes: ResourceClasses;
  readonly #fixed = new WeakMap<Statement, ClassSet>();
  readonly #filled = new Map<string, ClassSet>();

  constructor(classes: ResourceClasses) {
    this.#classes = classes;
  }

  of(statement: Statement, context: RequestContext): ClassSet {
    const { resources } = statement;
    if (resources === undefined || coversAll(statement)) return ALL;
    const known = this.#fixed.get(statement);
    if (known !== undefined) return known;
    const filled = resources.of.map(({ pattern }) => pattern.fill(context.resolve));
    const key = `${resources.except} ${filled.map(filledKey).join(" ")}`;
    const made = this.#filled.get(key) ?? this.#made(filled, resources.except);
    this.#filled.set(key, made);
    if (resources.of.every(({ written }) => !written.includes("${"))) this.#fixed.set(statement, made);
    return made;
  }

  #made(filled: readonly (Filled | "missing")[], except: boolean): ClassSet {
    const sure = new Set<number>();
    const perhaps = new Set<number>();
    for (const one of filled) {
      if (one === "missing") {
        // In NotResource it is in dispute what then becomes of the statement.
        if (except) return perhapsAll(this.#classes.count);
        continue;
      }
      const covered = this.#classes.covered(one);
      const open = one.unknown.length > 0 ? perhaps : sure;
      for (const place of covered.sure) open.add(place);
      for (const place of covered.unclear) perhaps.add(place);
    }
    for (const place of sure) perhaps.delete(place);
    return except
      ? complement(this.#classes.count, sure, perhaps)
      : plain(this.#classes.count, sure, perhaps);
  }
}

export function coversAll({ resources }: Statement): boolean {
  return resources?.except === false && resources.of.some(({ written }) => /^\*+$/.test(written));
}

/** A text that is the same for patterns that cover the same. */
export function filledKey(filled: Filled | "missing"): string {
  if (filled === "missing") return "missing";
  return `${filled.tokens.join(",")}/${filled.unknown.length}`;
}

function plain(count: number, sure: ReadonlySet<number>, perhaps: ReadonlySet<number>): ClassSet {
  const list = Int32Array.from([...sure, ...perhaps]).sort();
  const bits = bitsOf(count, sure);
  return {
    list,
    covers: (place) => (has(bits, place) ? 1 : perhaps.size > 0 && perhaps.has(place) ? 2 : 0),
  };
}

function complement(count: number, sure: ReadonlySet<number>, perhaps: ReadonlySet<number>): ClassSet {
  const bits = bitsOf(count, sure);
  const rest = Array.from({ length: count }, (_, place) => place).filter((place) => !sure.has(place));
  return {
    list: Int32Array.from(rest),
    covers: (place) => (has(bits, place) ? 0 : perhaps.has(place) ? 2 : 1),
  };
}

function perhapsAll(count: number): ClassSet {
  return { list: Int32Array.from({ length: count }, (_, place) => place), covers: () => 2 };
}

function bitsOf(count: number, places: Iterable<number>): Uint32Array {
  const bits = new Uint32Array((count + 31) >>> 5);
  for (const place of places) bits[place >>> 5] = (bits[place >>> 5] ?? 0) | (1 << (place & 31));
  return bits;
}

function has(bits: Uint32Array, place: number): boolean {
  return ((bits[place >>> 5] ?? 0) & (1 << (place & 31))) !== 0;
}
