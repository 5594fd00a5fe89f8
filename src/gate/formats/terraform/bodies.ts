import type { HclBlock, HclBody } from "../../text/hcl-tree.ts";
import type { Entry, MapNode, Node, Spot } from "../../text/node.ts";
import { entriesOfReached, evaluate, isEntries, reach } from "./evaluate.ts";
import { referenceOf } from "./configuration.ts";
import { named, type Scope } from "./scope.ts";
import { namespace } from "./instances.ts";
import { spotOf, unknown } from "./values.ts";

/** What speaks of a resource to Terraform, and is none of its attributes. */
const META = new Set(["count", "depends_on", "for_each", "provider", "providers", "source", "version"]);
const META_BLOCKS = new Set(["connection", "lifecycle", "provisioner", "timeouts"]);

/** Blocks of which some may be known and others not, as their reader knows. */
const PARTLY = new Set(["statement"]);

/** What a block sets, as a map: nested blocks are lists. Each value stands where it is written. */
export function bodyNode(body: HclBody, scope: Scope, isTop = true): MapNode {
  const entries = new Map<string, Entry>();
  for (const [name, { key, value }] of body.attributes) {
    if (isTop && META.has(name)) continue;
    entries.set(name, { key, value: evaluate(value, scope) });
  }
  for (const [name, blocks] of Map.groupBy(body.blocks, nameOf)) {
    if (isTop && META_BLOCKS.has(name)) continue;
    const [first] = blocks;
    if (first === undefined) continue;
    const items = blocks.flatMap((block) => itemsOf(block, scope));
    const open = items.find(({ kind }) => kind === "unknown");
    const spot = { ...spotOf(first), end: blocks.at(-1)?.end ?? first.end };
    if (items.length === 0) continue;
    const value: Node =
      open !== undefined && !PARTLY.has(name) ? open : { ...within(spot, items), kind: "list", items };
    entries.set(name, { key: spotOf(first), value });
  }
  return { ...spotOf(body), kind: "map", entries };
}

/** One block is where it stands; several are from the first on, if they are in one file. */
function within(spot: Spot, items: readonly Node[]): Spot {
  const [only] = items;
  return items.length === 1 && only !== undefined ? spotOf(only) : spot;
}

function nameOf({ type, labels }: HclBlock): string {
  return type === "dynamic" ? (labels[0] ?? "") : type;
}

/** A block, or all that a `dynamic` one makes; one that is not known where it is not known how many. */
function itemsOf(block: HclBlock, scope: Scope): Node[] {
  if (block.type !== "dynamic") return [bodyNode(block.body, scope, false)];
  const [name = ""] = block.labels;
  const each = block.body.attributes.get("for_each")?.value;
  const content = block.body.blocks.find(({ type }) => type === "content");
  if (each === undefined || content === undefined)
    return [unknown(block, "it is written in a way that is not read")];
  const entries = entriesOfReached(reach(each, scope), each);
  if (!isEntries(entries))
    return [unknown(block, entries.kind === "unknown" ? entries.why : "how many there are is not known")];
  const called = referenceOf(block.body.attributes.get("iterator")?.value) ?? name;
  return entries.map(([key, value]) =>
    bodyNode(content.body, named(scope, { [called]: namespace(called, { key, value }) }), false),
  );
}
