import type { GrantTarget } from "../grant.ts";
import { requestPaths, type EngineKind, type EnginePaths } from "./engine-paths.ts";
import type { Dialect } from "./identity.ts";
import { byteText } from "./pattern.ts";
import type { PatternIndex } from "./pattern-index.ts";

/** A thing, and by which engine and under which path its requests go. */
export interface LocatedTarget extends GrantTarget {
  readonly engine: EngineKind;
  /** Namespace and mount, ending in a slash. */
  readonly base: string;
  readonly namespace: string;
}

/** Things that the same patterns cover in the same order, for every request. */
export interface TargetClass {
  readonly engine: EngineKind;
  readonly checks: EnginePaths["checks"];
  readonly namespace: string;
  /** A list of covering patterns for each of the engine's paths. */
  readonly lists: readonly number[];
  /** Places of the members among the targets, ascending. */
  readonly members: number[];
}

/** Lists of covering patterns, each kept once and named by a number. */
export class CoverLists {
  readonly lists: (readonly number[])[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #listings = new Map<string, number>();
  readonly #index: PatternIndex;
  readonly #dialect: Dialect;

  constructor(index: PatternIndex, dialect: Dialect) {
    this.#index = index;
    this.#dialect = dialect;
  }

  /** The list for a path; one that ends in `/` is taken as a LIST of that folder where nothing else is said. */
  of(path: string, listing = path.endsWith("/")): number {
    if (!listing) return this.#keep([...this.#index.exact(path), ...this.#index.wildcards(path)]);
    const known = this.#listings.get(path);
    if (known !== undefined) return known;
    const made = this.#keep(this.#listing(path));
    this.#listings.set(path, made);
    return made;
  }

  /** See `decidingRule` for the order. */
  #listing(path: string): number[] {
    const trimmed = path.slice(0, -1);
    const wildcards = this.#dialect === "vault" ? [trimmed, path] : [path, trimmed];
    return [
      ...this.#index.exact(path),
      ...this.#index.exact(trimmed),
      ...wildcards.flatMap((one) => this.#index.wildcards(one)),
    ];
  }

  #keep(list: readonly number[]): number {
    const key = list.join(",");
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.lists.push(list);
    this.#numbers.set(key, this.lists.length - 1);
    return this.lists.length - 1;
  }
}

/** `paths`: the requests of each engine; `lists` and `checks` of a class follow their order. */
export function classify(
  targets: readonly LocatedTarget[],
  covers: CoverLists,
  paths: Readonly<Record<EngineKind, EnginePaths>>,
): TargetClass[] {
  const classes = new Map<string, TargetClass>();
  for (const [place, { engine, mount, name, namespace }] of targets.entries()) {
    const located = { namespace: byteText(namespace), mount: byteText(mount), name: byteText(name) };
    const lists = requestPaths(paths[engine], located).map(({ path, listing }) => covers.of(path, listing));
    const key = `${engine}\n${namespace}\n${lists.join(",")}`;
    const known = classes.get(key);
    const { checks } = paths[engine];
    if (known === undefined) classes.set(key, { engine, checks, namespace, lists, members: [place] });
    else known.members.push(place);
  }
  return [...classes.values()];
}

/** For each pattern the places of the classes that it covers a request of. `patterns`: how many there are. */
export function coveredClasses(
  patterns: number,
  covers: CoverLists,
  targets: readonly TargetClass[],
): number[][] {
  const covered = Array.from({ length: patterns }, (): number[] => []);
  for (const [place, { lists }] of targets.entries()) {
    const numbers = new Set(lists.flatMap((list) => covers.lists[list] ?? []));
    for (const number of numbers) covered[number]?.push(place);
  }
  return covered;
}
