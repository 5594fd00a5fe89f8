import type { ClassSet, ClassSets } from "./class-sets.ts";
import type { Statement } from "./document.ts";
import type { EstateIndex } from "./estate-index.ts";
import { facetsOf } from "./facets.ts";
import { namesOf, type Naming } from "./named-index.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import type { ResourceClasses } from "./resource-classes.ts";
import { isIdentity } from "./requester.ts";
import { usesTrustPolicy } from "./service-rules.ts";
import { speaksOf, type StatementIndex } from "./statement-index.ts";
import { revivingCalls } from "./thing-state.ts";

/** What is looked for: things of a kind, by an action. */
export interface Sought {
  readonly action: string;
  readonly kind: string;
  readonly things: ResourceClasses;
  readonly sets: ClassSets;
}

/** Candidates that are decided alike. */
export interface Grouped {
  readonly key: string;
  /** Which statements cover them, with the side where a policy of theirs has a say: by these alone paths differ. */
  readonly covered: string;
  readonly places: Int32Array;
}

/** What somebody may possibly do something to, found from the statements that allow it. */
export class Candidates {
  readonly #index: EstateIndex;
  readonly #statements: StatementIndex;
  /** By whether tags matter. */
  readonly #bySide = [
    new WeakMap<Int32Array, readonly Grouped[]>(),
    new WeakMap<Int32Array, readonly Grouped[]>(),
  ] as const;
  readonly #tagged = new WeakMap<Statement, boolean>();

  constructor(index: EstateIndex, statements: StatementIndex) {
    this.#index = index;
    this.#statements = statements;
  }

  /** Whether anything of its own could let it: a policy that allows the action or could not be read, or being the root. */
  mayAtAll(principal: PrincipalClass, action: string): boolean {
    return this.#mayAnything(principal) || this.#allowing(principal, action).length > 0;
  }

  grouped(principal: PrincipalClass, sought: Sought): readonly Grouped[] {
    const { places, named } = this.#found(principal, sought);
    const calls = [sought.action, ...(this.#index.statesMatter ? revivingCalls(sought.action) : [])];
    const statements = [...new Set(calls.flatMap((call) => this.#speaking(principal, call)))];
    const narrowing = (given: readonly Statement[]): ClassSet[] =>
      given
        .map((statement) => sought.sets.of(statement, principal.context))
        .filter(({ list }) => list !== undefined);
    const narrow = narrowing(statements);
    const limits = narrowing([...new Set(calls.flatMap((call) => this.#limiting(call)))]);
    const tagged = this.#index.tagsMatter || statements.some((statement) => this.#looksAtTags(statement));
    if (narrow.length + limits.length === 0 && places instanceof Int32Array)
      return this.#sides(places, sought.things, tagged);
    const groups = new Map<string, { places: number[]; covered: string }>();
    for (const place of places) {
      const side = sideOf(sought.things, place, tagged || named.has(place));
      const bits = coveredBy(narrow, place);
      const key = `${side} ${bits} ${coveredBy(limits, place)}`;
      const group = groups.get(key);
      if (group === undefined)
        groups.set(key, { places: [place], covered: named.has(place) ? `${bits} ${side}` : bits });
      else group.places.push(place);
    }
    return [...groups].map(([key, { places: of, covered }]) => ({
      key,
      covered,
      places: Int32Array.from(of).sort(),
    }));
  }

  /** Of all that is there, which needs no look at statements; made once. */
  #sides(places: Int32Array, things: ResourceClasses, tagged: boolean): readonly Grouped[] {
    const bySide = this.#bySide[tagged ? 1 : 0];
    const known = bySide.get(places);
    if (known !== undefined) return known;
    const groups = Map.groupBy(places, (place) => sideOf(things, place, tagged));
    const made = [...groups].map(([side, of]) => ({
      key: `${side}  `,
      covered: "",
      places: Int32Array.from(of),
    }));
    bySide.set(places, made);
    return made;
  }

  #found(principal: PrincipalClass, sought: Sought): Found {
    const { account = "" } = principal.first;
    const own = sought.things.ofKind(sought.kind, account);
    const allowing = this.#allowing(principal, sought.action).map((one) =>
      sought.sets.of(one, principal.context),
    );
    const wide = this.#mayAnything(principal) || allowing.some(({ list }) => list === undefined);
    const named = this.#fromThings(principal, sought, wide ? undefined : allowing);
    if (wide && named.size === 0) return { places: own, named };
    const places = new Set(named);
    if (wide) for (const place of own) places.add(place);
    const { all } = sought.things;
    for (const { list } of wide ? [] : allowing) {
      for (const place of list ?? []) {
        const thing = all[place];
        if (thing?.kind === sought.kind && thing.account === account) places.add(place);
      }
    }
    return { places, named };
  }

  /** What the policies and grants of things let it do, or, across accounts, let its account decide. */
  #fromThings(
    principal: PrincipalClass,
    { action, kind, things }: Sought,
    allowing: readonly ClassSet[] | undefined,
  ): Set<number> {
    const found = new Set<number>();
    if (things !== this.#index.things) return found;
    const { named, unreadable } = this.#index;
    const { first, caller } = principal;
    const { account = "" } = first;
    const fits = ({ place, statement }: Naming): boolean =>
      things.all[place]?.kind === kind && (statement === undefined || speaksOf(statement, action));
    // Who has no policies of its own needs none.
    const needs = isIdentity(caller.requester) && allowing !== undefined;
    const allowed = (place: number) => !needs || allowing.some((set) => set.covers(place) > 0);
    for (const naming of named.direct(namesOf(first, caller))) if (fits(naming)) found.add(naming.place);
    for (const naming of named.account(account))
      if (fits(naming) && allowed(naming.place)) found.add(naming.place);
    if (kind !== "role" || usesTrustPolicy(action)) {
      for (const [owner, places] of unreadable) {
        for (const place of places)
          if (things.all[place]?.kind === kind && (owner === account || allowed(place))) found.add(place);
      }
    }
    return found;
  }

  #mayAnything({ caller: { requester }, levels }: PrincipalClass): boolean {
    return levels.mayAllowAnything || requester.kind === "root";
  }

  #allowing({ levels }: PrincipalClass, action: string): Statement[] {
    return levels.identity.flatMap((document) =>
      this.#statements.of(document, action).filter(({ effect }) => effect === "Allow"),
    );
  }

  /** Its statements that speak of an action: by those that do not cover everything, and by tags, things differ for it. */
  #speaking({ levels }: PrincipalClass, action: string): Statement[] {
    return [...levels.identity, ...levels.limits].flatMap((document) =>
      this.#statements.of(document, action),
    );
  }

  /** The same of the organisation's policies on things: they let nobody in, so no path tells of them. */
  #limiting(action: string): Statement[] {
    return this.#index.rcps.flatMap((document) => this.#statements.of(document, action));
  }

  #looksAtTags(statement: Statement): boolean {
    const known = this.#tagged.get(statement) ?? facetsOf([{ statements: [statement] }]).tags.length > 0;
    this.#tagged.set(statement, known);
    return known;
  }
}

/** Which sets cover a thing, a character each. */
function coveredBy(sets: readonly ClassSet[], place: number): string {
  let bits = "";
  for (const set of sets) {
    const covers = set.covers(place);
    // Only perhaps: the reason names the thing.
    bits += covers === 2 ? `2:${place}:` : String(covers);
  }
  return bits;
}

/** How a thing stands to whoever looks at its tags, or does not. */
function sideOf(things: ResourceClasses, place: number, tagged: boolean): string {
  const { side = 0, untagged = 0 } = things.all[place] ?? {};
  return tagged ? `tagged:${side}` : String(untagged);
}

interface Found {
  readonly places: Int32Array | ReadonlySet<number>;
  /** Those whose own policy has a say. */
  readonly named: ReadonlySet<number>;
}
