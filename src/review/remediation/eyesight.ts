import { POPULATION_KINDS, TARGET_KINDS, type Blindness, type GrantModel } from "../../access/index.ts";
import { counted } from "../../base/index.ts";
import { gapDigest, gapPlaces, type FactKind, type FactSet, type Gap } from "../../facts/index.ts";
import type { Subject } from "../../subjects/index.ts";
import { hiddenAccess } from "../population/inventory.ts";

/** Most things of which it is told apart what hides them. */
const MAX_TOLD = 8;

/** What a snapshot was made of. */
export interface Seen {
  readonly model: GrantModel;
  readonly facts: FactSet;
  readonly subjects: Iterable<Subject>;
}

/**
 * What may hide, in one snapshot, that somebody still reaches something. That nothing was seen proves nothing where a store was not
 * read, where principals or things of it could not be listed or are left out, or where what decides on access could not be read.
 */
export class Eyesight {
  readonly #facts: FactSet;
  readonly #stores: ReadonlySet<string>;
  readonly #principals: ReadonlySet<string>;
  readonly #targets: ReadonlySet<string>;
  /** By subject: what is hidden of its access. */
  readonly #hidden = new Map<string, readonly string[]>();
  readonly #blindness: ReadonlyMap<string, readonly Blindness[]>;
  readonly #gaps: ReadonlyMap<string, Gap>;

  constructor({ model, facts, subjects }: Seen) {
    this.#facts = facts;
    this.#stores = new Set(facts.of("store").map(({ store_id }) => store_id));
    this.#principals = new Set(model.principals.map(({ id }) => id));
    this.#targets = new Set(model.targets.map(({ id }) => id));
    for (const { id, gaps } of subjects) {
      const hidden = hiddenAccess(gaps);
      if (hidden.length > 0) this.#hidden.set(id, hidden);
    }
    this.#blindness = Map.groupBy(model.blindness, ({ store_id }) => store_id);
    this.#gaps = new Map(facts.gaps.map((gap) => [gapDigest(gap), gap]));
  }

  /** In words, what may hide access of these principals, and of others who are the same, to these things. Empty: nothing. */
  hides(storeId: string, principals: Iterable<string>, targets: Iterable<string>): string[] {
    if (!this.#stores.has(storeId)) return [`the store ${storeId} was not read`];
    const found = new Set(this.#ofStore(storeId));
    for (const id of principals) for (const text of this.#ofPrincipal(storeId, id)) found.add(text);
    let missing = 0;
    for (const id of targets) {
      for (const text of this.#hidden.get(id) ?? [])
        if (found.size < MAX_TOLD) found.add(`of ${id}: ${text}`);
      if (this.#hidden.has(id) || this.#targets.has(id)) continue;
      const gap = this.#facts.gaps.find((one) => isHiding(one, storeId, id, TARGET_KINDS));
      if (gap === undefined) continue;
      missing += 1;
      if (found.size < MAX_TOLD)
        found.add(`${id} was not seen, which may be hidden: ${gapPlaces([gap], 1)}: ${gap.detail}`);
    }
    if (missing > 0) found.add(`${counted(missing, "secret")} may be hidden`);
    return [...found];
  }

  /** Of these things those that were not seen, and that a gap may hide. */
  hidden(storeId: string, targets: Iterable<string>): string[] {
    const { gaps } = this.#facts;
    return [...targets].filter(
      (id) => !this.#targets.has(id) && gaps.some((one) => isHiding(one, storeId, id, TARGET_KINDS)),
    );
  }

  /** In words, what may hide people of the rosters, and so which principals are one person's. */
  hidesPeople(): string[] {
    const gaps = this.#facts.gaps.filter(({ hides }) => hides.includes("person"));
    return gaps.slice(0, MAX_TOLD).map((gap) => `${gapPlaces([gap], 1)}: ${gap.detail}`);
  }

  /** Where principals may be hidden whom nobody knows of. Not where the gap is about one who is known. */
  #ofStore(storeId: string): string[] {
    return (this.#blindness.get(storeId) ?? []).flatMap(({ gap: digest, fact_kind, reason }) => {
      const gap = this.#gaps.get(digest ?? "");
      if (gap === undefined)
        return [`${storeId}: what decides on access is not computed (${fact_kind}, ${reason})`];
      if (
        gap.resource !== undefined &&
        (this.#principals.has(gap.resource) || this.#targets.has(gap.resource))
      )
        return [];
      return [`${gapPlaces([gap], 1)}: ${gap.detail}`];
    });
  }

  #ofPrincipal(storeId: string, id: string): string[] {
    const hidden = this.#hidden.get(id) ?? [];
    if (this.#principals.has(id)) return hidden.map((text) => `of ${id}: ${text}`);
    const gaps = this.#facts.gaps.filter((gap) => isHiding(gap, storeId, id, POPULATION_KINDS));
    return [
      ...hidden,
      ...gaps.slice(0, MAX_TOLD).map((gap) => `${id} may be hidden: ${gapPlaces([gap], 1)}: ${gap.detail}`),
    ];
  }
}

/** Whether a gap may be why something that was seen before is not there. */
function isHiding(
  { store_id, resource, hides }: Gap,
  storeId: string,
  id: string,
  kinds: readonly FactKind[],
): boolean {
  if (store_id !== storeId || !hides.some((kind) => kinds.includes(kind))) return false;
  return resource === undefined || resource === id || (/[/:]$/.test(resource) && id.startsWith(resource));
}
