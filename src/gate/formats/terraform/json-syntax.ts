import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import type { Expression, HclAttribute, HclBlock, HclBody, ObjectEntry } from "../../text/hcl-tree.ts";
import type { HclFile, HclReader, HclSlip } from "../../text/hcl.ts";
import { entriesOf, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import { spotOf } from "./values.ts";

/** Labels of the blocks at the top of a file. */
const LABELS: Readonly<Record<string, number>> = {
  action: 2,
  check: 1,
  data: 2,
  ephemeral: 2,
  import: 0,
  locals: 0,
  module: 1,
  moved: 0,
  output: 1,
  provider: 1,
  removed: 0,
  resource: 2,
  terraform: 0,
  variable: 1,
};

/** Blocks within others, which nothing but their names tells from attributes. Only what is an object or a list of such is taken for one. */
const BLOCKS: Readonly<Record<string, number>> = {
  backend: 1,
  dynamic: 1,
  ...Object.fromEntries(
    [
      "access_policy",
      "advanced_event_selector",
      "assume_role",
      "cloud",
      "condition",
      "content",
      "default_tags",
      "event_selector",
      "inline_policy",
      "network_acls",
      "not_principals",
      "permissions",
      "principals",
      "replica",
      "rotation_policy",
      "rotation_rules",
      "rule",
      "statement",
    ].map((name) => [name, 0]),
  ),
};

/** A file of the JSON syntax, as if it were written in HCL. Source: Terraform, "JSON Configuration Syntax". */
export function jsonFile(source: SourceText, reader: HclReader): HclFile {
  const whole: Spot = { source, start: 0, end: source.text.length };
  const slips: HclSlip[] = [];
  try {
    const root = readJson(source);
    if (root.kind !== "map") throw new Unreadable("expected an object, got another value", root.start);
    const isValues = /\.tfvars\.json$/.test(source.path);
    return { body: bodyOf(root, isValues ? {} : LABELS, reader), slips };
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    const spot = { source, start: thrown.offset, end: thrown.offset };
    slips.push({ spot, lost: whole, reason: thrown.reason, detail: thrown.message });
    return { body: { ...whole, attributes: new Map(), blocks: [] }, slips };
  }
}

function bodyOf(node: Node, blockLabels: Readonly<Record<string, number>>, reader: HclReader): HclBody {
  const attributes = new Map<string, HclAttribute>();
  const blocks: HclBlock[] = [];
  for (const [name, { key, value }] of entriesOf(node)) {
    const labels = Object.hasOwn(blockLabels, name) ? blockLabels[name] : undefined;
    if (name === "//") continue;
    if (labels === undefined || (blockLabels === BLOCKS && !isBlocks(value)))
      attributes.set(name, { key, value: expressionOf(value, reader) });
    else blocks.push(...blocksOf({ type: name, labels: [], more: labels }, value, reader));
  }
  return { ...spotOf(node), attributes, blocks };
}

function isBlocks(value: Node): boolean {
  if (value.kind !== "list") return value.kind === "map";
  return value.items.length > 0 && value.items.every((item) => item.kind === "map");
}

interface Open {
  readonly type: string;
  readonly labels: readonly string[];
  /** Labels that are still to come. */
  readonly more: number;
}

function blocksOf(open: Open, node: Node, reader: HclReader): HclBlock[] {
  if (node.kind === "list") return node.items.flatMap((item) => blocksOf(open, item, reader));
  const { type, labels, more } = open;
  if (more === 0) return [{ ...spotOf(node), type, labels, body: bodyOf(node, BLOCKS, reader) }];
  return entriesOf(node).flatMap(([label, { value }]) =>
    label === "//" ? [] : blocksOf({ type, labels: [...labels, label], more: more - 1 }, value, reader),
  );
}

/** Every text is a template. */
function expressionOf(node: Node, reader: HclReader): Expression {
  const spot = spotOf(node);
  switch (node.kind) {
    case "text":
      return reader.template(node.text, spot);
    case "number":
      return { ...spot, kind: "literal", value: node.number };
    case "boolean":
      return { ...spot, kind: "literal", value: node.boolean };
    case "list":
      return { ...spot, kind: "tuple", items: node.items.map((item) => expressionOf(item, reader)) };
    case "map":
      return {
        ...spot,
        kind: "object",
        entries: entriesOf(node).map(([name, { key, value }]): ObjectEntry => {
          return { key: reader.template(name, key), value: expressionOf(value, reader) };
        }),
      };
    default:
      return { ...spot, kind: "literal", value: null };
  }
}
