import type { Decisions, Entry } from "./decisions.ts";
import { OTHERS_PERMISSIONS, OWN_KEY, READ } from "./escalation-ways.ts";
import type { PolicyDocument } from "./document.ts";
import type { EstateIndex } from "./estate-index.ts";
import { facetsOf, principalFacets, type Facets } from "./facets.ts";
import { all, conclude, unclear, type Conclusion, type Formula } from "./formula.ts";
import { asked } from "./key-halves.ts";
import { namesOf } from "./named-index.ts";
import { OthersJoining, type Gift } from "./others-joining.ts";
import type { Brought, OtherWorlds } from "./other-worlds.ts";
import { permissionSources } from "./permission-sources.ts";
import type { PlaceSet } from "./place-sets.ts";
import { readable, type PrincipalClass } from "./principal-classes.ts";
import { resourceDocuments } from "./resource-documents.ts";

/** Users, roles, groups or policies on which somebody may do what changes whom they are of. */
export interface Change {
  readonly action: string;
  /** They are put into groups. */
  readonly joins: boolean;
  readonly set: PlaceSet;
  readonly formula: Formula;
  readonly conclusion: Conclusion;
}

/** Somebody whose permissions change with a thing. */
type Changed = Pick<Gift, "on" | "to"> & { readonly of: PrincipalClass };

/** A part of what somebody reads with every permission. */
export type Given = Pick<Gift, "conclusion" | "formula" | "set">;

/** At most this many who differ by what limits them are looked at for one set of things; of more it is not known what they come to. */
const MAX_LIMITS = 2_000;

const RANK = { certain: 3, conditional: 2, possible: 1 } as const;

/**
 * Whoever changes what others are allowed gives them what their boundary, the organisation and the things themselves still let
 * through. Between classes: what is given to all whose permissions come from a set of things is worked out once for each set, and
 * for those together whom the same holds back.
 */
export class OthersPermissions {
  readonly #index: EstateIndex;
  readonly #decisions: Decisions;
  readonly #worlds: OtherWorlds;
  /** By class of things. */
  readonly #behind = new Map<number, Map<PrincipalClass, Changed>>();
  readonly #changes = new Map<PrincipalClass, readonly Change[]>();
  readonly #gifts = new Map<string, readonly Gift[]>();
  readonly #joining: OthersJoining;
  readonly #given = new Map<string, readonly Given[]>();
  readonly #limits = new Map<PrincipalClass, string>();
  readonly #whom = new Map<PrincipalClass, readonly PrincipalClass[]>();
  readonly #numbers = new Map<object, number>();
  readonly #facets = new WeakMap<PolicyDocument, Facets>();
  /** What policies of things and of the organisation on them ask of who asks. */
  readonly ofThings: Facets;
  /** Classes of things by the class of their key. */
  readonly #under: ReadonlyMap<number, readonly number[]>;

  constructor(index: EstateIndex, decisions: Decisions, worlds: OtherWorlds) {
    this.#index = index;
    this.#decisions = decisions;
    this.#worlds = worlds;
    const { resources, documents } = index.estate;
    this.ofThings = facetsOf(new Set([...resourceDocuments(resources, documents.documents), ...index.rcps]));
    this.#under = Map.groupBy(index.things.all.keys(), (place) => index.keyOf(place) ?? -1);
    this.#joining = new OthersJoining(index, { decisions, worlds }, (of) => this.limitsOf(of));
    for (const of of index.principals) {
      // AWS lets nobody but the service change such a role (IAM User Guide, "Service-linked roles").
      if (of.caller.serviceLinked) continue;
      for (const to of of.holders) for (const on of permissionSources(to)) this.#add({ of, to, on });
    }
  }

  #add(changed: Changed): void {
    const place = this.#index.things.classOf(changed.on);
    if (place === undefined) return;
    const known = this.#behind.get(place) ?? new Map<PrincipalClass, Changed>();
    if (!known.has(changed.of)) known.set(changed.of, changed);
    this.#behind.set(place, known);
  }

  /** What of others somebody may change, as itself. In its own account alone. */
  changes(of: PrincipalClass): readonly Change[] {
    const known = this.#changes.get(of) ?? this.#changesBy(of);
    this.#changes.set(of, known);
    return known;
  }

  #changesBy(of: PrincipalClass): Change[] {
    const { account, standing } = of.first;
    if (standing !== undefined || account === undefined) return [];
    return OTHERS_PERMISSIONS.flatMap(({ kind, action, unknown, joins = false }) => {
      const counts = (place: number) => (joins ? this.#joining.has(place) : this.#behind.has(place));
      if (!this.#decisions.mayAtAll(of, action)) return [];
      return this.#decisions.requestEntries(of, { action, kind }).flatMap((entry): Change[] => {
        const places = entry.set.places.filter(
          (place) => counts(place) && this.#index.things.all[place]?.account === account,
        );
        if (places.length === 0) return [];
        const set = this.#decisions.sets.of([places]);
        if (unknown === undefined) return [{ action, joins, ...entry, set }];
        const formula = all([entry.formula, unclear(`${action} by ${account}`, unknown, true)]);
        return [{ action, joins, set, formula, conclusion: conclude(formula) }];
      });
    });
  }

  /** What those may be given whose permissions come from a set, the surest first, each thing by the first of them alone. */
  gifts({ joins, set }: Change): readonly Gift[] {
    const key = `${joins} ${set.number}`;
    const known = this.#gifts.get(key) ?? this.#eachOnce(joins ? this.#joined(set) : this.#giftsTo(set));
    this.#gifts.set(key, known);
    return known;
  }

  #joined(set: PlaceSet): Gift[] {
    const { gifts, more } = this.#joining.gifts(set);
    if (more === undefined) return [...gifts];
    const on = this.#index.things.all[set.places[0] ?? 0]?.arn ?? "";
    return [...gifts, ...this.#unlooked(more).map((one) => ({ to: more.first, on, ...one }))];
  }

  #giftsTo({ places }: PlaceSet): Gift[] {
    const seen = new Set<string>();
    const found: Gift[] = [];
    for (const place of places) {
      for (const { of, to, on } of this.#behind.get(place)?.values() ?? []) {
        const limits = this.limitsOf(of);
        if (seen.has(limits)) continue;
        seen.add(limits);
        const given = seen.size > MAX_LIMITS ? this.#unlooked(of) : this.given(of);
        for (const one of given) found.push({ to, on, ...one });
        if (seen.size > MAX_LIMITS) return found;
      }
    }
    return found;
  }

  /** Whom somebody may give permissions, of those whom the same holds back one. */
  whom(of: PrincipalClass): readonly PrincipalClass[] {
    const known = this.#whom.get(of) ?? this.#whomBy(of);
    this.#whom.set(of, known);
    return known;
  }

  #whomBy(of: PrincipalClass): PrincipalClass[] {
    const places = new Set(this.changes(of).flatMap(({ set }) => [...set.places]));
    const found = new Map<string, PrincipalClass>();
    for (const place of places)
      for (const other of this.#behind.get(place)?.keys() ?? []) found.set(this.limitsOf(other), other);
    return [...found.values()];
  }

  #eachOnce(gifts: readonly Gift[]): Gift[] {
    const told = new Uint8Array(this.#index.things.count);
    const surest = [...gifts].sort((a, b) => rankOf(b) - rankOf(a));
    return surest.flatMap((gift) => {
      const places = gift.set.places.filter((place) => told[place] === 0);
      if (places.length === 0) return [];
      for (const place of places) told[place] = 1;
      return [{ ...gift, set: this.#decisions.sets.of([places]) }];
    });
  }

  /** A text that is the same for those whom the same holds back, once they have every permission. */
  limitsOf(of: PrincipalClass): string {
    const known = this.#limits.get(of) ?? this.#limitsText(of);
    this.#limits.set(of, known);
    return known;
  }

  #limitsText(of: PrincipalClass): string {
    const { caller, levels, context, first } = of;
    const { named, things } = this.#index;
    const isNamed = [...named.mentioning(namesOf(first, caller))].some((place) => {
      const kind = things.all[place]?.kind ?? "";
      return kind === "kms" || Object.hasOwn(READ, kind);
    });
    const { boundary = [], identity } = caller.policies;
    const bounds = readable(boundary);
    if (isNamed || levels.mayAllowAnything || bounds.length < boundary.length) return first.principal.id;
    const denying = readable(identity).filter(({ statements }) =>
      statements.some(({ effect }) => effect === "Deny"),
    );
    const documents = [...bounds, ...denying];
    return JSON.stringify([
      caller.requester.kind,
      first.account,
      first.doubt,
      boundary.length,
      documents.map((one) => this.#numberOf(one)),
      [...documents, ...levels.limits].flatMap((one) => principalFacets(this.#facetsIn(one), context)),
      principalFacets(this.ofThings, context),
    ]);
  }

  #numberOf(document: object): number {
    const known = this.#numbers.get(document) ?? this.#numbers.size;
    this.#numbers.set(document, known);
    return known;
  }

  #facetsIn(document: PolicyDocument): Facets {
    const known = this.#facets.get(document) ?? facetsOf([document]);
    this.#facets.set(document, known);
    return known;
  }

  /** What somebody reads with every permission; `made`: see {@link Brought}. */
  given(of: PrincipalClass, made?: string): readonly Given[] {
    const limits = this.limitsOf(of);
    const brought = { everything: true, ...(made === undefined ? {} : { made }) };
    const known = this.#given.get(limits) ?? this.#withEverything(of, brought);
    this.#given.set(limits, known);
    return known;
  }

  #withEverything(of: PrincipalClass, brought: Brought): Given[] {
    const decisions = this.#worlds.with(brought);
    const asking = asked(of, decisions);
    const reads = Object.entries(READ).flatMap(([kind, action]) =>
      decisions.requestEntries(asking, { action, kind }),
    );
    return [...reads, ...this.#byKeys(of, reads, brought)];
  }

  /** What is read but for keys that whoever has every permission lets itself use. */
  #byKeys(of: PrincipalClass, reads: readonly Entry[], brought: Brought): Given[] {
    const sure = new Set(
      reads.flatMap(({ conclusion, set }) => (conclusion.certainty === "certain" ? [...set.places] : [])),
    );
    const decisions = this.#worlds.with(brought);
    const asking = asked(of, decisions);
    return OWN_KEY.flatMap((key) => {
      const owned = decisions.requestEntries(asking, { action: key, kind: "kms" }).map(({ set, formula }) => {
        const under = [...set.places].flatMap((place) => this.#under.get(place) ?? []);
        return { formula, left: new Set(under.filter((place) => !sure.has(place))) };
      });
      if (owned.every(({ left }) => left.size === 0)) return [];
      const letIn = this.#worlds.with({ ...brought, key });
      return letIn.encryptedReads(asked(of, letIn)).flatMap((half) =>
        owned.flatMap(({ formula, left }): Given[] => {
          const places = half.set.places.filter((place) => left.has(place));
          const whole = all([formula, half.formula]);
          const conclusion = conclude(whole);
          return places.length === 0
            ? []
            : [{ set: this.#decisions.sets.of([places]), formula: whole, conclusion }];
        }),
      );
    });
  }

  /** Too many to look at: possibly everything of their account. */
  #unlooked({ first: { account = "" } }: PrincipalClass): Given[] {
    const why = `more others than are looked at of ${account} may be given permissions`;
    const formula = unclear(why, why, true);
    const lists = Object.keys(READ).map((kind) => this.#index.things.ofKind(kind, account));
    return [{ set: this.#decisions.sets.of(lists), formula, conclusion: conclude(formula) }];
  }
}

function rankOf({ conclusion: { certainty } }: Given): number {
  return RANK[certainty];
}
