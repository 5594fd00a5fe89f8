import { askedOf } from "./actions.ts";
import { questionOf } from "./decisions.ts";
import { isStranger } from "./doors.ts";
import type { EstateIndex } from "./estate-index.ts";
import { conclude, type Conclusion } from "./formula.ts";
import type { Holder } from "./holders.ts";
import { isGuessed } from "./membership.ts";
import { namesOf } from "./named-index.ts";
import type { PrincipalClass } from "./principal-classes.ts";
import { speaksOf } from "./statement-index.ts";
import { isUnreadable } from "./world-schema.ts";

/** A stranger to whom a thing's own policy gives the value, and the key that does not let it. */
export interface KeptOut {
  readonly holder: Holder;
  /** As the world names it, e.g. `alias/aws/secretsmanager`. */
  readonly key: string;
}

/**
 * Grants to strangers that stand in policies of things and that the key alone makes ineffective: a secret under the key that AWS
 * manages is read by nobody of another account (Secrets Manager User Guide, "Access from a different account"), until
 * `UpdateSecret` names another key.
 */
export class KeptOutByKey {
  readonly #index: EstateIndex;
  readonly #strangers: readonly PrincipalClass[];
  readonly #of = new Map<PrincipalClass, ReadonlySet<number>>();

  constructor(index: EstateIndex) {
    this.#index = index;
    this.#strangers = index.principals.filter(({ first }) => isStranger(first));
  }

  /** Whom the key of a place keeps out for certain; of whom that is not known, nothing is said. */
  at(place: number): KeptOut[] {
    const { arn = "", kind = "" } = this.#index.things.all[place] ?? {};
    const key = this.#keyOf(arn);
    if (key === undefined) return [];
    const reading = askedOf(kind).filter(({ gives, on }) => on === "self" && gives.includes("read"));
    const found = this.#strangers
      .filter((one) => this.#named(one).has(place))
      .flatMap((one) => {
        const withheld = reading.flatMap(({ action }) => this.#withheld(one, action, arn) ?? []);
        if (withheld.length === 0) return [];
        return [{ one, guessed: withheld.every((given) => isGuessed(this.#index, one, place, given)) }];
      });
    const shown = found.filter(({ guessed }) => !guessed);
    return (shown.length === 0 ? found : shown)
      .flatMap(({ one }) => one.holders.filter(isStranger))
      .map((holder) => ({ holder, key }));
  }

  #keyOf(arn: string): string | undefined {
    const resource = this.#index.estate.resources.get(arn)?.resource;
    if (resource === undefined || isUnreadable(resource) || isUnreadable(resource.kms_key)) return undefined;
    return resource.kms_key;
  }

  /** Places whose policies speak of a stranger, or of everyone. */
  #named(of: PrincipalClass): ReadonlySet<number> {
    const known = this.#of.get(of);
    if (known !== undefined) return known;
    const { named } = this.#index;
    const { first, caller } = of;
    const namings = [...named.direct(namesOf(first, caller)), ...named.account(first.account ?? "")];
    const reading = ["secretsmanager", "ssm"]
      .flatMap(askedOf)
      .filter(({ gives }) => gives.includes("read"))
      .map(({ action }) => action);
    const found = new Set(
      namings
        .filter(
          ({ statement }) => statement !== undefined && reading.some((action) => speaksOf(statement, action)),
        )
        .map(({ place }) => place),
    );
    this.#of.set(of, found);
    return found;
  }

  /** How it would be let do what the key alone withholds. */
  #withheld(one: PrincipalClass, action: string, arn: string): Conclusion | undefined {
    if (one.first.doubt !== undefined) return undefined;
    const question = questionOf(one, { action }, arn);
    const { judge } = this.#index;
    const whole = conclude(judge.formula(question));
    if (whole.holds || whole.certainty === "possible") return undefined;
    const given = conclude(judge.formulaWithoutKey(question));
    return given.holds && given.certainty !== "possible" ? given : undefined;
  }
}
