import {
  identityOf,
  type Attributes,
  type AwsPlace,
  type AwsThing,
  type Identity,
} from "../../resources/aws/index.ts";
import { at, textOf, type Node, type Spot } from "../../text/node.ts";
import { Evaluator } from "./intrinsics.ts";
import { functionRole } from "./sam.ts";
import type { Resource, Template } from "./template.ts";
import { TYPES, attributesOf, type TypeMapping } from "./types.ts";

/** Attributes by which AWS names a thing: they are worked out before those that may refer to it. */
const NAMING = ["name", "path", "url"];

/** The resources of a template as things of AWS, references between them worked out. */
export class StackThings {
  readonly #template: Template;
  readonly #place: AwsPlace;
  readonly #evaluator: Evaluator;
  readonly #identities = new Map<string, Identity | undefined>();
  /** Of what is being worked out: whoever comes by again goes in a circle. */
  readonly #open = new Set<string>();
  /** Above 0 while names are worked out. */
  #namingDepth = 0;

  constructor(template: Template, place: AwsPlace) {
    this.#template = template;
    this.#place = place;
    this.#evaluator = new Evaluator({
      template,
      place,
      resolve: (logicalId, attribute) => this.#resolve(logicalId, attribute),
    });
  }

  value(node: Node): Node {
    return this.#evaluator.value(node);
  }

  things(): AwsThing[] {
    return [...this.#template.resources.values()].flatMap((resource) => {
      const there = resource.condition === undefined ? true : this.#evaluator.holds(resource.condition);
      return there === false ? [] : this.#thingsOf(resource, there);
    });
  }

  #thingsOf(resource: Resource, there: boolean | undefined): AwsThing[] {
    if (resource.type === "AWS::Serverless::Function") {
      const globals = at(this.#template.root, "Globals", "Function");
      const role = functionRole(resource, { place: this.#place, value: (node) => this.value(node), globals });
      return role === undefined ? [] : [role];
    }
    const mapping = mappingOf(resource);
    if (mapping === undefined) return [];
    const properties = resource.properties === undefined ? undefined : this.value(resource.properties);
    const known = { ...attributesOf(mapping, properties), ...this.#naming(resource, mapping) };
    const attributes = there === undefined ? this.#perhaps(resource, mapping, known) : known;
    const thing = thingOf(resource, mapping, attributes);
    const block = resource.type === "AWS::S3::Bucket" ? blockOf(resource, thing, properties) : [];
    return [thing, ...block];
  }

  /**
   * Of a resource of which it is not known whether it will be there, what it says of another is not known, unless that one is there on the
   * same condition.
   */
  #perhaps(
    { condition = "", properties, spot }: Resource,
    { about, says, properties: names }: TypeMapping,
    known: Attributes,
  ): Attributes {
    const raw = about === undefined ? undefined : at(properties, names[about] ?? "");
    const other = this.#template.resources.get(referredTo(raw) ?? "");
    if (says === undefined || other?.condition === condition) return known;
    const why = `condition ${condition} is known only when the template is deployed`;
    const { source, start, end } = spot;
    return { ...known, [says]: { source, start, end, kind: "unknown", why } };
  }

  #identity(logicalId: string): Identity | undefined {
    if (this.#identities.has(logicalId) || this.#open.has(logicalId)) return this.#identities.get(logicalId);
    const resource = this.#template.resources.get(logicalId);
    const mapping = resource === undefined ? undefined : mappingOf(resource);
    if (resource === undefined || mapping === undefined) return undefined;
    this.#open.add(logicalId);
    const naming = this.#naming(resource, mapping);
    const identity = identityOf(thingOf(resource, mapping, naming), this.#place);
    this.#open.delete(logicalId);
    this.#identities.set(logicalId, identity);
    return identity;
  }

  /** By what it is named; a name that is made of another that is not known is not known. */
  #naming(resource: Resource, mapping: TypeMapping): Attributes {
    const of = Object.entries(mapping.properties).filter(([name]) => NAMING.includes(name));
    this.#namingDepth += 1;
    const made = of.map(([name, property]) => {
      const node = at(resource.properties, property);
      const value = node === undefined ? undefined : this.value(node);
      return [name, value?.kind === "null" ? undefined : value] as const;
    });
    this.#namingDepth -= 1;
    return Object.fromEntries(made);
  }

  #resolve(logicalId: string, attribute: string | undefined): Node | string | undefined {
    const resource = this.#template.resources.get(logicalId);
    if (resource === undefined) return this.#ofSam(logicalId, attribute);
    if (resource.type === "AWS::SecretsManager::SecretTargetAttachment" && attribute === undefined) {
      const secret = at(resource.properties, "SecretId");
      return secret === undefined ? undefined : this.value(secret);
    }
    const identity = this.#identity(logicalId);
    const mapping = mappingOf(resource);
    if (identity?.named === false && this.#namingDepth > 0) return undefined;
    if (identity !== undefined && mapping !== undefined) {
      if (attribute === undefined) return mapping.ref === undefined ? undefined : identity[mapping.ref];
      return ofIdentity(identity, mapping, attribute);
    }
    return attribute === undefined ? undefined : foreignArn(resource, attribute, this.#place);
  }

  /** `<function>Role` is what SAM calls the role that it makes. */
  #ofSam(logicalId: string, attribute: string | undefined): string | undefined {
    const own = this.#template.resources.get(logicalId.replace(/Role$/, ""));
    if (own?.type !== "AWS::Serverless::Function" || own.logicalId === logicalId) return undefined;
    const name = `stack-${logicalId}-made-by-cloudformation`;
    const { partition, account } = this.#place;
    if (attribute === undefined) return name;
    return attribute === "Arn" ? `arn:${partition}:iam::${account}:role/${name}` : undefined;
  }
}

function mappingOf({ type }: Resource): TypeMapping | undefined {
  return Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
}

function thingOf(
  { address, logicalId, spot }: Resource,
  { kind, generated, properties }: TypeMapping,
  attributes: Attributes,
): AwsThing {
  return {
    kind,
    address,
    spot,
    attributes,
    called: properties,
    ...(generated === undefined ? {} : { generated: generated(logicalId) }),
  };
}

function ofIdentity(
  { arn, name, id }: Identity,
  { kind }: TypeMapping,
  attribute: string,
): string | undefined {
  if (
    attribute === "Arn" ||
    (kind === "secret" && attribute === "Id") ||
    (kind === "managed_policy" && attribute === "PolicyArn")
  )
    return arn;
  if (kind === "key" && attribute === "KeyId") return id;
  return kind === "role" && attribute === "RoleName" ? name : undefined;
}

/** ARNs of resources that are no secret, key or identity: which they are is enough, for no policy about those matches them. */
function foreignArn(
  { type, logicalId }: Resource,
  attribute: string,
  { partition, region, account }: AwsPlace,
): string | undefined {
  if (!attribute.endsWith("Arn")) return undefined;
  const [, service = ""] = type.toLowerCase().split("::");
  if (!/^[a-z][a-z0-9]*$/.test(service) || OURS.has(service)) return undefined;
  return `arn:${partition}:${service === "serverless" ? "lambda" : service}:${region}:${account}:${logicalId}`;
}

const OURS = new Set(["cloudformation", "iam", "kms", "secretsmanager", "ssm", "sts"]);

/** The resource that a reference names. */
function referredTo(node: Node | undefined): string | undefined {
  const arn = at(node, "Fn::GetAtt");
  return (
    textOf(at(node, "Ref")) ??
    textOf(arn)?.split(".")[0] ??
    (arn?.kind === "list" ? textOf(arn.items[0]) : undefined)
  );
}

/** What blocks public access to a bucket stands in the bucket itself. */
function blockOf(
  { address, spot }: Resource,
  { attributes, generated }: AwsThing,
  properties: Node | undefined,
): AwsThing[] {
  const block = at(properties, "PublicAccessBlockConfiguration");
  if (block === undefined) return [];
  const names = ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"];
  const members = names.map(
    (name) =>
      [
        name.replace(/(?<=[a-z])([A-Z])/g, "_$1").toLowerCase(),
        block.kind === "map" ? at(block, name) : block,
      ] as const,
  );
  const name = attributes["name"] ?? textAt(spot, generated ?? address);
  return [
    {
      kind: "bucket_public_access_block",
      address: `${address}.PublicAccessBlockConfiguration`,
      spot: block,
      attributes: { bucket: name, ...Object.fromEntries(members) },
    },
  ];
}

function textAt({ source, start, end }: Spot, text: string): Node {
  return { source, start, end, kind: "text", text };
}
