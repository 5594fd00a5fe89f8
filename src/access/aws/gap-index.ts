import { gapDigest, type FactKind, type FactSet, type Gap } from "../../facts/index.ts";
import type { Blindness } from "../grant.ts";

/** The gaps of one store, by what they hide. */
export class GapIndex {
  readonly #storeId: string;
  readonly #gaps: readonly Gap[];
  readonly #exact = new Map<string, Gap>();
  readonly #wide = new Map<FactKind, Gap[]>();

  constructor(storeId: string, facts: FactSet) {
    this.#storeId = storeId;
    this.#gaps = facts.gaps.filter((gap) => gap.store_id === storeId);
    for (const gap of this.#gaps) for (const kind of gap.hides) this.#add(kind, gap);
  }

  #add(kind: FactKind, gap: Gap): void {
    const { resource } = gap;
    if (resource !== undefined && !/[:/]$/.test(resource)) {
      this.#exact.set(`${kind} ${resource}`, gap);
      return;
    }
    const list = this.#wide.get(kind);
    if (list === undefined) this.#wide.set(kind, [gap]);
    else list.push(gap);
  }

  /**
   * The gap that hides a fact: its id, the thing that it is of (`<id>#policy`), a prefix, or the scope that it would be in.
   */
  hiding(kind: FactKind, id: string, scope: string): Gap | undefined {
    return this.ofThing(kind, id) ?? this.#wide.get(kind)?.find((gap) => this.#covers(gap, id, scope));
  }

  /** The gap of that thing alone: where a fact about it is there, it hides another part of the same, such as a later page. */
  ofThing(kind: FactKind, id: string): Gap | undefined {
    const [thing = id] = id.split("#");
    return this.#exact.get(`${kind} ${id}`) ?? this.#exact.get(`${kind} ${thing}`);
  }

  #covers({ resource, scope: hidden }: Gap, id: string, scope: string): boolean {
    if (resource !== undefined && resource !== `${this.#storeId}:`) return id.startsWith(resource);
    return scope === hidden || scope.startsWith(`${hidden}/`);
  }

  /** Why a fact is not there, as a grant says it. */
  why(what: string, kind: FactKind, id: string, scope: string): string {
    const gap = this.hiding(kind, id, scope);
    return gap === undefined ? `${what}: not in the snapshot` : `${what}: ${gap.detail}`;
  }

  /** The first gap of a kind, wherever. */
  any(kind: FactKind): Gap | undefined {
    return this.#gaps.find((gap) => gap.hides.includes(kind));
  }

  blindness(kinds: readonly FactKind[]): Blindness[] {
    return this.#gaps.flatMap((gap) =>
      kinds
        .filter((kind) => gap.hides.includes(kind))
        .map((fact_kind) => ({
          store_id: this.#storeId,
          fact_kind,
          reason: gap.reason,
          gap: gapDigest(gap),
        })),
    );
  }
}
