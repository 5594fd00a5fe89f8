import { textOf, unknownIn, type Node } from "../../text/node.ts";
import { identified, type Identity } from "./ids.ts";
import type { AwsKind, AwsPlace, AwsThing } from "./thing.ts";

/** A declared thing with what it will be called. */
export interface Named {
  readonly thing: AwsThing;
  readonly identity: Identity;
}

/** Which declared thing a value names: one; one that the input does not declare, by what it says; or it is not known which. */
export type Target = { readonly of: Named } | { readonly elsewhere: string } | { readonly unknown: Node };

/** All that an input declares of AWS, by what it is and what it is called. */
export class Things {
  readonly #byKind: ReadonlyMap<AwsKind, readonly AwsThing[]>;
  readonly #place: AwsPlace;
  readonly #named = new Map<AwsKind, readonly Named[]>();
  readonly #index = new Map<AwsKind, ReadonlyMap<string, Named>>();

  constructor(things: readonly AwsThing[], place: AwsPlace) {
    this.#byKind = Map.groupBy(things, ({ kind }) => kind);
    this.#place = place;
  }

  of(kind: AwsKind): readonly AwsThing[] {
    return this.#byKind.get(kind) ?? [];
  }

  /** Things of a kind that has ARNs. */
  named(kind: AwsKind): readonly Named[] {
    const known = this.#named.get(kind);
    if (known !== undefined) return known;
    const made = this.of(kind).map((thing) => ({ thing, identity: identified(thing, this.#place) }));
    this.#named.set(kind, made);
    return made;
  }

  /** What a value names, by ARN, name or id. */
  target(kind: AwsKind, node: Node | undefined): Target | undefined {
    if (node === undefined) return undefined;
    const text = textOf(node);
    if (text === undefined) return { unknown: unknownIn(node) ?? node };
    const found = this.#byName(kind).get(text);
    return found === undefined ? { elsewhere: text } : { of: found };
  }

  #byName(kind: AwsKind): ReadonlyMap<string, Named> {
    const known = this.#index.get(kind);
    if (known !== undefined) return known;
    const made = new Map<string, Named>();
    for (const one of this.named(kind))
      for (const text of [one.identity.arn, one.identity.name, one.identity.id])
        if (!made.has(text)) made.set(text, one);
    this.#index.set(kind, made);
    return made;
  }

  /**
   * What says something of declared things of a kind: by address of the thing, those that name it; and those of which it is not known
   * which they name, so that it may be any.
   */
  about(kind: AwsKind, saying: AwsKind, attribute: string) {
    const of = new Map<string, AwsThing[]>();
    const unknown: AwsThing[] = [];
    for (const thing of this.of(saying)) {
      const target = this.target(kind, thing.attributes[attribute]);
      if (target !== undefined && "unknown" in target) unknown.push(thing);
      if (target === undefined || !("of" in target)) continue;
      const { address } = target.of.thing;
      const list = of.get(address);
      if (list === undefined) of.set(address, [thing]);
      else list.push(thing);
    }
    return { of: (address: string): readonly AwsThing[] => of.get(address) ?? [], unknown };
  }
}
