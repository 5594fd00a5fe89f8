import {
  at,
  itemsOf,
  type Entry,
  type MapNode,
  type Node,
  type Reference,
  type Spot,
} from "../../text/node.ts";

/** What says how an attribute is set: a node of `configuration`, with `constant_value`, `references`, or the attributes of a block. */
export type Expression = Node | undefined;

/** The values of a resource on one side, and what of them is not known or must not be. */
export interface SideValues {
  /** `before` or `after`. */
  readonly values: Node | undefined;
  /** `after_unknown`: a tree in which `true` stands for what is not known. */
  readonly unknown?: Node | undefined;
  /** `before_sensitive`, `after_sensitive`: likewise. */
  readonly sensitive: Node | undefined;
}

export interface ValueTerms {
  /** What an expression refers to, where it is one attribute of one thing. */
  readonly reference: (expression: Expression) => Reference | undefined;
  /** What the open items of a list refer to, in whichever order; none where that is not certain of all. */
  readonly references: (expression: Expression, count: number) => readonly Reference[];
  /** How the resource's attributes are set; undefined where its configuration is not in the plan. */
  readonly expressions: Node | undefined;
  readonly spot: Spot;
}

/** Blocks that may be put together by the configuration without a word of them in the plan: of them no absence says that nothing is set. */
const BLOCKS = new Set([
  "advanced_event_selector",
  "event_selector",
  "replica",
  "rotation_rules",
  "statement",
]);

const SENSITIVE = "it is sensitive, and not read";
const LATER = "it is known only after apply";

/**
 * The attributes of a resource. What is sensitive is not kept. What is not known is a node that says so, and what it refers to where that is
 * certain. What is not known and is not set either, the provider makes up: that is as good as not set.
 */
export function attributesOf(side: SideValues, terms: ValueTerms): MapNode {
  const { values, unknown, sensitive } = side;
  const entries = new Map<string, Entry>();
  for (const name of namesIn(values, unknown)) {
    const expression = at(terms.expressions, name);
    const value = entryOf(values, name);
    const later = entryOf(unknown, name);
    if (
      terms.expressions !== undefined &&
      expression === undefined &&
      isTrue(later?.value) &&
      !BLOCKS.has(name)
    )
      continue;
    const key = value?.key ?? later?.key ?? terms.spot;
    const made = merged(
      { value: value?.value, unknown: later?.value, sensitive: entryOf(sensitive, name)?.value },
      expression,
      {
        ...terms,
        spot: key,
      },
    );
    if (made !== undefined) entries.set(name, { key, value: made });
  }
  if (isTrue(sensitive)) return { ...spotOf(terms.spot), kind: "map", entries: new Map() };
  return { ...spotOf(terms.spot), kind: "map", entries };
}

function entryOf(node: Node | undefined, name: string): Entry | undefined {
  return node?.kind === "map" ? node.entries.get(name) : undefined;
}

function namesIn(...nodes: readonly (Node | undefined)[]): Set<string> {
  return new Set(nodes.flatMap((node) => (node?.kind === "map" ? [...node.entries.keys()] : [])));
}

export function isTrue(node: Node | undefined): boolean {
  return node?.kind === "boolean" && node.boolean;
}

function hasTrue(node: Node | undefined): boolean {
  if (node?.kind === "map") return [...node.entries.values()].some(({ value }) => hasTrue(value));
  return node?.kind === "list" ? node.items.some(hasTrue) : isTrue(node);
}

interface Parts {
  readonly value: Node | undefined;
  readonly unknown: Node | undefined;
  readonly sensitive: Node | undefined;
}

function merged(
  { value, unknown, sensitive }: Parts,
  expression: Expression,
  terms: ValueTerms,
): Node | undefined {
  if (isTrue(unknown)) return notKnown(unknown ?? terms.spot, expression, terms);
  if (value === undefined && !hasTrue(unknown)) return undefined;
  if (isTrue(sensitive)) {
    const there = value !== undefined && value.kind !== "null";
    return there ? { ...spotOf(value), kind: "unknown", why: SENSITIVE } : value;
  }
  if (value?.kind === "list" || unknown?.kind === "list")
    return list({ value, unknown, sensitive }, expression, terms);
  if (value?.kind === "map" || unknown?.kind === "map")
    return map({ value, unknown, sensitive }, expression, terms);
  return value;
}

function list({ value, unknown, sensitive }: Parts, expression: Expression, terms: ValueTerms): Node {
  const [values, unknowns, sensitives] = [itemsOf(value), itemsOf(unknown), itemsOf(sensitive)];
  const length = Math.max(values.length, unknowns.length);
  const open = unknowns.filter(isTrue).length;
  const several = expression?.kind === "list" || open < 2 ? [] : terms.references(expression, open);
  const froms = several.values();
  const items = Array.from({ length }, (_, place): Node | undefined => {
    const later = unknowns[place];
    if (later !== undefined && several.length > 0 && isTrue(later))
      return laterNode(later, froms.next().value);
    // Blocks have an expression each, unless some are put together; a list has one for all of it, which tells of one that is open alone.
    const blocks = expression?.kind === "list" ? expression.items : undefined;
    const alone = blocks === undefined && open === 1 ? expression : undefined;
    const own = blocks?.length === length ? blocks[place] : alone;
    return merged(
      { value: values[place], unknown: unknowns[place], sensitive: sensitives[place] },
      own,
      terms,
    );
  });
  const spot = spotOf(value ?? unknown ?? terms.spot);
  return { ...spot, kind: "list", items: items.filter((item) => item !== undefined) };
}

function map({ value, unknown, sensitive }: Parts, expression: Expression, terms: ValueTerms): Node {
  const entries = new Map<string, Entry>();
  for (const name of namesIn(value, unknown)) {
    const [own, later] = [entryOf(value, name), entryOf(unknown, name)];
    const key = own?.key ?? later?.key ?? terms.spot;
    const inner = at(expression, name);
    const made = merged(
      { value: own?.value, unknown: later?.value, sensitive: entryOf(sensitive, name)?.value },
      inner,
      {
        ...terms,
        spot: key,
      },
    );
    if (made !== undefined) entries.set(name, { key, value: made });
  }
  return { ...spotOf(value ?? unknown ?? terms.spot), kind: "map", entries };
}

function notKnown(spot: Spot, expression: Expression, { reference }: ValueTerms): Node {
  return laterNode(spot, reference(expression));
}

function laterNode(spot: Spot, from: Reference | undefined): Node {
  return { ...spotOf(spot), kind: "unknown", why: LATER, ...(from === undefined ? {} : { from }) };
}

function spotOf({ source, start, end }: Spot): Spot {
  return { source, start, end };
}
