import { at, itemsOf, textOf, type MapNode, type Node } from "../../text/node.ts";
import type { Resource } from "../terraform/resource.ts";
import { instanceOf, type Configuration } from "./configuration.ts";
import type { PlannedResources } from "./resources.ts";

type Sides = Pick<PlannedResources, "after" | "before">;

/** An attribute by which the state of one resource tells what resources of other types make of it. */
interface Echo {
  readonly type: string;
  readonly attribute: string;
  readonly makers: ReadonlySet<string>;
  /** What a maker names it by, and what the thing is called. */
  readonly naming: string;
  readonly called: readonly string[];
  /** What a maker makes of a list's items; absent: all of the attribute. */
  readonly item?: { readonly of: string; readonly in?: string };
}

/** Source: the AWS provider's documentation of each resource, "Attribute Reference". */
const ECHOES: readonly Echo[] = [
  ...(["role", "user", "group"] as const).flatMap((kind): Echo[] => [
    {
      type: `aws_iam_${kind}`,
      attribute: "inline_policy",
      makers: new Set([`aws_iam_${kind}_policy`]),
      naming: kind,
      called: ["name"],
      item: { of: "name", in: "name" },
    },
    {
      type: `aws_iam_${kind}`,
      attribute: "managed_policy_arns",
      makers: new Set([`aws_iam_${kind}_policy_attachment`]),
      naming: kind,
      called: ["name"],
      item: { of: "policy_arn" },
    },
  ]),
  {
    type: "aws_secretsmanager_secret",
    attribute: "policy",
    makers: new Set(["aws_secretsmanager_secret_policy"]),
    naming: "secret_arn",
    called: ["arn"],
  },
  {
    type: "aws_kms_key",
    attribute: "policy",
    makers: new Set(["aws_kms_key_policy"]),
    naming: "key_id",
    called: ["arn", "key_id"],
  },
];

/**
 * Both sides without what the state of one resource says of another: the state of a role lists the policies that resources of their own hang on
 * it, and still does so after a plan that takes these away. What is configured at the resource itself stays.
 */
export function withoutEchoes({ after, before }: Sides, configuration: Configuration): Sides {
  const all = [...after, ...before];
  const silent = (resource: Resource): Resource =>
    ECHOES.filter(({ type }) => type === resource.type).reduce(
      (one, echo) => without(one, echo, all, configuration),
      resource,
    );
  return { after: after.map(silent), before: before.map(silent) };
}

function without(
  resource: Resource,
  echo: Echo,
  all: readonly Resource[],
  configuration: Configuration,
): Resource {
  const { attribute, called, makers, naming, item } = echo;
  const node = at(resource.attributes, attribute);
  const { configured } = instanceOf(resource.address);
  if (node === undefined || at(configuration.expressions(configured), attribute) !== undefined)
    return resource;
  const names = new Set(called.flatMap((name) => textOf(at(resource.attributes, name)) ?? []));
  const making = all.filter(
    ({ type, attributes }) => makers.has(type) && names.has(textOf(at(attributes, naming)) ?? ""),
  );
  if (making.length === 0) return resource;
  if (item === undefined) return { ...resource, attributes: withEntry(resource.attributes, attribute) };
  if (node.kind !== "list") return resource;
  const made = new Set(making.flatMap(({ attributes }) => textOf(at(attributes, item.of)) ?? []));
  const nameOf = (one: Node): string => textOf(item.in === undefined ? one : at(one, item.in)) ?? "";
  const items = itemsOf(node).filter((one) => !made.has(nameOf(one)));
  return { ...resource, attributes: withEntry(resource.attributes, attribute, { ...node, items }) };
}

function withEntry(map: MapNode, name: string, value?: Node): MapNode {
  const entries = new Map(map.entries);
  const old = entries.get(name);
  if (old !== undefined && value !== undefined) entries.set(name, { ...old, value });
  else entries.delete(name);
  return { ...map, entries };
}
