import { entriesOf, itemsOf, textOf, unknownIn, type Node, type Spot } from "../text/node.ts";

/**
 * What a resource is set to, under Terraform's names of attributes. Undefined: not set, so that the provider's documented default holds. A
 * value that is not known yet is a node of kind `unknown`, never left out. References to other declared things are texts: their ids.
 */
export type Attributes = Readonly<Record<string, Node | undefined>>;

/** A resource that an input declares, of whatever provider. */
export interface Thing {
  /** As its file calls it: unique in the input. */
  readonly address: string;
  readonly spot: Spot;
  readonly attributes: Attributes;
  /** What its file calls an attribute, where that is not Terraform's name. */
  readonly called?: Readonly<Record<string, string>>;
}

/** What is told of a thing where something of it is not known. */
export type Named = Pick<Thing, "address" | "called">;

/** Stands for a name that is not known, since no rule may think anything of it: nothing is called so. */
export const NOT_KNOWN = "known-when-applied";

/** What a gap says of an attribute that is not known. */
export function notKnown({ address, called = {} }: Named, attribute: string, node: Node | undefined): string {
  const why = unknownIn(node)?.why ?? "it is written in a way that is not read";
  const own = Object.hasOwn(called, attribute) ? called[attribute] : attribute;
  return `${own} of ${address} is not known, since ${why}`;
}

/** The attributes among those named of which something is not known. */
export function unknownAmong(
  { attributes }: Pick<Thing, "attributes">,
  names: readonly string[],
): string | undefined {
  return names.find((name) => unknownIn(attributes[name]) !== undefined);
}

/** Tags that are known, of a map or of a list of `Key` and `Value`. */
export function tagsOf(node: Node | undefined): Record<string, string> {
  const pairs =
    node?.kind === "list"
      ? itemsOf(node).map((item) => {
          const fields = new Map(entriesOf(item).map(([key, { value }]) => [key.toLowerCase(), value]));
          return [textOf(fields.get("key")), wordOf(fields.get("value"))] as const;
        })
      : entriesOf(node).map(([key, { value }]) => [key, wordOf(value)] as const);
  return Object.fromEntries(
    pairs.filter((pair): pair is [string, string] => pair[0] !== undefined && pair[1] !== undefined),
  );
}

/** A value as the provider is given it, which takes numbers and booleans for their texts. */
export function wordOf(node: Node | undefined): string | undefined {
  if (node?.kind === "number") return String(node.number);
  if (node?.kind === "boolean") return String(node.boolean);
  return textOf(node);
}

/** A switch, also one that is written as a text. */
export function switchOf(node: Node | undefined): boolean | undefined {
  const word = wordOf(node)?.toLowerCase();
  return word === "true" ? true : word === "false" ? false : undefined;
}

/** A whole number, also one that is written as a text. */
export function countOf(node: Node | undefined): number | undefined {
  const word = wordOf(node);
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : undefined;
}

/** The texts of a list, or the one that stands in its place, and whether they are all. */
export function textsIn(node: Node | undefined): {
  readonly texts: readonly string[];
  readonly whole: boolean;
} {
  if (node === undefined) return { texts: [], whole: true };
  const items = node.kind === "list" ? node.items : [node];
  const texts = items.flatMap((item) => textOf(item) ?? []);
  return { texts, whole: texts.length === items.length };
}
