import type { GrantAction } from "../grant.ts";
import type { Entry } from "./decisions.ts";
import type { EstateIndex } from "./estate-index.ts";
import { namesOf } from "./named-index.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import type { ClassGrant } from "./shown-grants.ts";
import { speaksOf } from "./statement-index.ts";

/**
 * What principals have by nothing but a thing's policy that lets everyone in. It is found once, at the thing and by the principal that
 * stands for everyone, not at each whose own policies say nothing of it.
 */
export class OfEveryone {
  readonly #index: EstateIndex;
  /** Under which conditions everyone may do something to a place, by the action of the store; none: certainly. */
  readonly #places = new Map<string, Map<number, string>>();

  constructor(index: EstateIndex, grantsOf: ReadonlyMap<PrincipalClass, readonly ClassGrant[]>) {
    this.#index = index;
    for (const [of, grants] of grantsOf) {
      if (!isEveryone(of)) continue;
      for (const { telling, entries } of grants)
        if (telling === undefined) for (const entry of entries) this.#add(entry);
    }
  }

  #add({ asked, set, conclusion }: Entry): void {
    if (conclusion.certainty === "possible" || asked.on !== "self") return;
    const places = this.#places.get(asked.action) ?? new Map<number, string>();
    for (const place of set.places) places.set(place, conclusion.conditions.join("\n"));
    this.#places.set(asked.action, places);
  }

  /** Whether a grant gives an action to some place by more than everyone has. */
  isBeyond(of: PrincipalClass, grant: ClassGrant, action: GrantAction): boolean {
    const { becoming, entries, set, telling } = grant;
    const who = telling?.of ?? of;
    if (this.#places.size === 0 || becoming !== "use" || isEveryone(of)) return true;
    const giving = entries.filter(({ asked }) => asked.gives.includes(action));
    if (giving.length === 0) return true;
    return giving.some(({ asked, conclusion }) => {
      const everyones = this.#places.get(asked.action);
      return set.places.some((place) => {
        const conditions = everyones?.get(place);
        if (conditions === undefined) return true;
        const asMuch = conditions === "" || conditions === conclusion.conditions.join("\n");
        return !asMuch || this.#mayItself(who, asked.action, place);
      });
    });
  }

  /** Whether a policy of its own, or one of the thing by its name, speaks of it; whether that is enough is not asked. */
  #mayItself({ caller, context, first, levels }: PrincipalClass, action: string, place: number): boolean {
    if (levels.mayAllowAnything || caller.requester.kind === "root") return true;
    const { named, thingSets } = this.#index;
    const own = levels.identity.flatMap(({ statements }) => statements);
    if (
      own.some(
        (statement) =>
          statement.effect === "Allow" &&
          speaksOf(statement, action) &&
          thingSets.of(statement, context).covers(place) > 0,
      )
    )
      return true;
    const namings = [
      ...named.byName(namesOf(first, caller)),
      ...(first.principal.external ? named.account(first.account ?? "") : []),
    ];
    return namings.some(
      ({ place: at, statement }) => at === place && (statement === undefined || speaksOf(statement, action)),
    );
  }
}

function isEveryone({ first }: PrincipalClass): boolean {
  return first.principal.principal_type === "anyone";
}
