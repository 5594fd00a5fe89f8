import { Unreadable } from "../../text/bounds.ts";
import { readJson } from "../../text/json.ts";
import { at, entriesOf, itemsOf, textOf, type Node, type Spot } from "../../text/node.ts";
import type { SourceText } from "../../text/source-text.ts";
import { readYaml } from "../../text/yaml.ts";

/** A resource as a template writes it. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  /** All of it. */
  readonly node: Node;
  readonly properties: Node | undefined;
  readonly condition: string | undefined;
  /** Where its logical id stands. */
  readonly spot: Spot;
  /** The CDK's path of the construct where the CDK made the template, else the logical id. */
  readonly address: string;
}

export interface Template {
  readonly source: SourceText;
  readonly root: Node;
  readonly resources: ReadonlyMap<string, Resource>;
  /** Names of transforms, with where they stand. */
  readonly transforms: readonly (Spot & { readonly name: string })[];
}

/** What is read of a file: its templates, and why a part of it is none. */
export type TemplateRead = { readonly template: Template } | { readonly slip: Unreadable };

/** Reads the templates of a file; what has no resources of AWS is none, and yields nothing. */
export function readTemplates(source: SourceText): TemplateRead[] {
  const roots = documentsOf(source);
  return roots.flatMap(({ root, slip }): TemplateRead[] => {
    if (slip !== undefined) return [{ slip }];
    const template = root === undefined ? undefined : templateOf(source, longForm(root));
    return template === undefined ? [] : [{ template }];
  });
}

interface Read {
  readonly root?: Node;
  readonly slip?: Unreadable;
}

function documentsOf(source: SourceText): readonly Read[] {
  if (!source.text.trimStart().startsWith("{")) return readYaml(source, { merges: true });
  try {
    return [{ root: readJson(source) }];
  } catch (thrown) {
    if (!(thrown instanceof Unreadable)) throw thrown;
    return [{ slip: thrown }];
  }
}

/** What stands in the place of resources and is replaced by others: no more is needed of a template. */
const MADE_ELSEWHERE = /^Fn::(?:Transform$|ForEach::)/;

function templateOf(source: SourceText, root: Node): Template | undefined {
  const found = entriesOf(at(root, "Resources")).map(([logicalId, { key, value }]): Resource => {
    const path = textOf(at(value, "Metadata", "aws:cdk:path"));
    return {
      logicalId,
      type: textOf(at(value, "Type")) ?? "",
      node: value,
      properties: at(value, "Properties"),
      condition: textOf(at(value, "Condition")),
      spot: key,
      // `/Resource` is what the CDK calls the one resource of a construct.
      address: path?.replace(/\/Resource$/, "") ?? logicalId,
    };
  });
  const isTemplate =
    at(root, "AWSTemplateFormatVersion") !== undefined ||
    at(root, "Transform") !== undefined ||
    found.some(({ type, logicalId }) => type.startsWith("AWS::") || MADE_ELSEWHERE.test(logicalId));
  const written = at(root, "Transform");
  // A macro may make resources of none.
  if (!isTemplate || (found.length === 0 && written === undefined)) return undefined;
  const transforms = (written?.kind === "list" ? itemsOf(written) : [written]).flatMap((node) =>
    node === undefined ? [] : [{ source, start: node.start, end: node.end, name: textOf(node) ?? "" }],
  );
  const resources = new Map(found.map((resource) => [resource.logicalId, resource]));
  return { source, root, resources, transforms };
}

/** YAML's short forms, such as `!GetAtt a.b`, as the long ones. */
function longForm(node: Node): Node {
  const { tag, ...plain } = node;
  const inner = longInner(plain);
  if (tag === undefined || !/^![A-Z]\w*$/.test(tag)) return inner;
  const name = tag.slice(1);
  const { source, start, end } = node;
  const key = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
  const entries = new Map([[key, { key: { source, start, end }, value: inner }]]);
  return { source, start, end, kind: "map", entries };
}

function longInner(node: Node): Node {
  if (node.kind === "list") return { ...node, items: node.items.map(longForm) };
  if (node.kind !== "map") return node;
  const entries = [...node.entries].map(
    ([name, { key, value }]) => [name, { key, value: longForm(value) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}
