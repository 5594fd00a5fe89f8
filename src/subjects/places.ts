import { compareStrings } from "../base/index.ts";
import { sourcesWithoutStore, type FactOf, type FactSet, type Gap } from "../facts/index.ts";

/** A store that subjects are made of: the fact that tells of it, where it could be read, and the place that it is. */
export interface StorePlace {
  /** The store's id. */
  readonly id: string;
  readonly store_id: string;
  /** As gaps know it: the source's name, or, of a source with many stores, a scope. */
  readonly place: string;
  readonly fact?: FactOf<"store">;
}

/**
 * Every store that was asked, in id order. A source is one store, unless `store` facts say that it reads several: then each of
 * these is one, and so is, unread, every scope of which nobody could say which stores are there. What the settings leave out
 * was not asked, and is none: its gap alone tells of it. A source of which only people are told, or hidden, is no store.
 */
export function storePlaces(facts: FactSet): StorePlace[] {
  const all = new Set([...facts.all()].map((fact) => fact.store_id));
  for (const gap of facts.gaps) all.add(gap.store_id);
  const sources = all.difference(sourcesWithoutStore(facts));
  const told = Map.groupBy(facts.of("store"), ({ store_id }) => store_id);
  const found = [...sources].flatMap((source) => placesOf(source, told.get(source) ?? [], facts.gaps));
  return found.sort((a, b) => compareStrings(a.id, b.id));
}

function placesOf(source: string, all: readonly FactOf<"store">[], gaps: readonly Gap[]): StorePlace[] {
  const left = new Set(
    gaps
      .filter((gap) => gap.store_id === source)
      .filter(isLeftOut)
      .map(({ scope }) => scope),
  );
  const [first] = all;
  const told = all.filter(({ id }) => !left.has(scopeOf(id, source)));
  if (first === undefined) return [{ id: source, store_id: source, place: source }];
  if (told.some(({ id }) => id === source))
    return [{ id: source, store_id: source, place: source, fact: first }];
  const unread = new Set(
    gaps
      .filter(({ store_id, hides }) => store_id === source && hides.includes("store"))
      .map(({ scope }) => scope)
      .filter((scope) => !left.has(scope) && !all.some((fact) => `${fact.scope}/`.startsWith(`${scope}/`))),
  );
  return [
    ...told.map((fact) => ({ id: fact.id, store_id: source, place: scopeOf(fact.id, source), fact })),
    ...[...unread].map((scope) => ({ id: scope.replace("/", ":"), store_id: source, place: scope })),
  ];
}

/** Whether the settings leave a whole place out, and so the store that it is. */
function isLeftOut({ reason, resource, hides }: Gap): boolean {
  return reason === "excluded" && resource === undefined && hides.includes("store");
}

/** A store's id is its scope with a colon behind the source's name. */
function scopeOf(id: string, source: string): string {
  return `${source}/${id.slice(source.length + 1)}`;
}
