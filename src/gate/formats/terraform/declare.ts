import { sha256 } from "../../../base/index.ts";
import type { FactKind } from "../../../facts/index.ts";
import type { Credential, Declared, FormatId, Side, Written } from "../../declared.ts";
import { Drafting, Register } from "../../drafting.ts";
import {
  AWS_TOLD,
  identityOf,
  tellAws,
  type AwsKind,
  type AwsPlace,
  type AwsThing,
  type Identity,
} from "../../resources/aws/index.ts";
import { AZURE_TOLD } from "../../resources/azure/index.ts";
import { GOOGLE_TOLD } from "../../resources/google/index.ts";
import { tellVault, VAULT_JOINED, VAULT_TOLD } from "../../resources/vault/index.ts";
import { at, textOf, type Entry, type Node, type Reference } from "../../text/node.ts";
import type { Surroundings } from "../format.ts";
import { AWS_TYPES, NAMED_BY_ID } from "./aws.ts";
import { tellAzureResources, tellGoogleResources } from "./clouds.ts";
import { policyDocument } from "./policy-document.ts";
import type { Resource } from "./resource.ts";

/** What a plan or a source tells beside its resources. */
export interface DeclareTerms {
  readonly format: FormatId;
  readonly path: string;
  readonly surroundings: Surroundings;
  /** Where what a provider's configuration makes will be. */
  readonly place: (resource: Resource) => AwsPlace;
  /** Why the resources are not all; absent where they are. */
  readonly incomplete?: string;
  readonly credentials: readonly Credential[];
}

/** A provider whose resources are read. */
interface ProviderPart {
  readonly provider: "aws" | "azure" | "gcp" | "hashicorp";
  readonly prefix: string;
  /** A type of another provider that sets parts of these, where there are any. */
  readonly beside?: string;
  readonly told: Parameters<Register["declared"]>[0]["told"];
  /** Kinds that resources tell of others: of these none is known to be missing while some are left out. */
  readonly joined: readonly FactKind[];
  readonly tell: (
    resources: readonly Resource[],
    drafting: Drafting,
    register: Register,
    terms: DeclareTerms,
  ) => void;
}

/** What AWS resources of their own say of others. */
const AWS_JOINED: readonly FactKind[] = [
  "bucket_public_access",
  "group",
  "key_grant",
  "policy_document",
  "resource_policy",
  "secret_rotation",
];

const PROVIDERS: readonly ProviderPart[] = [
  { provider: "aws", prefix: "aws_", told: AWS_TOLD, joined: AWS_JOINED, tell: tellAwsResources },
  {
    provider: "azure",
    prefix: "azurerm_",
    beside: "azapi_update_resource",
    told: AZURE_TOLD,
    joined: [],
    tell: (resources, drafting, register, { format }) => {
      tellAzureResources(resources, drafting, register, format);
    },
  },
  {
    provider: "gcp",
    prefix: "google_",
    told: GOOGLE_TOLD,
    joined: ["resource_policy"],
    tell: (resources, drafting, register, { format }) => {
      tellGoogleResources(resources, drafting, register, format);
    },
  },
  {
    provider: "hashicorp",
    prefix: "vault_",
    told: VAULT_TOLD,
    joined: VAULT_JOINED,
    tell: (resources, drafting, register) => {
      tellVault(resources, drafting, register);
    },
  },
];

/** What Terraform's resources declare, one input for each provider of which there are any. `before`: those that are there now. */
export function* declareResources(
  after: readonly Resource[],
  before: readonly Resource[] | undefined,
  terms: DeclareTerms,
): Generator<Declared> {
  let credentials = terms.credentials;
  for (const part of PROVIDERS) {
    const own = ofProvider(after, part);
    const former = before === undefined ? undefined : ofProvider(before, part);
    if (own.length === 0 && (former ?? []).length === 0) continue;
    const register = new Register();
    const source = terms.surroundings.source[part.provider];
    register.credentials.push(...credentials);
    credentials = [];
    const side = sideOf(own, register, part, terms);
    yield register.declared({
      format: terms.format,
      provider: part.provider,
      path: terms.path,
      source,
      after: side,
      ...(former === undefined ? {} : { before: formerSide(former, part, terms) }),
      told: part.told,
    });
  }
  if (credentials.length > 0) yield nothingBut(credentials, terms);
}

function ofProvider(resources: readonly Resource[], { prefix, beside }: ProviderPart): Resource[] {
  const isOwn = ({ type }: Resource): boolean => type.startsWith(prefix);
  return resources.some(isOwn) ? resources.filter((one) => isOwn(one) || one.type === beside) : [];
}

function formerSide(resources: readonly Resource[], part: ProviderPart, terms: DeclareTerms): Side & Written {
  const register = new Register();
  return { ...sideOf(resources, register, part, terms), ...register.written() };
}

function sideOf(
  resources: readonly Resource[],
  register: Register,
  part: ProviderPart,
  terms: DeclareTerms,
): Side {
  // Plans hold secrets in the clear: what stands for the record is what is declared, not the text.
  const drafting = new Drafting(
    terms.surroundings.source[part.provider],
    resources.map(({ address }) => address).join("\n"),
  );
  part.tell(resources, drafting, register, terms);
  for (const one of resources) if (BOUNDING.test(one.type)) drafting.unplaced(boundBy(one));
  if (terms.incomplete !== undefined)
    drafting.hide({ kinds: part.joined, detail: terms.incomplete, reason: "excluded" });
  return drafting.side();
}

/** What bounds whole accounts, whose things and principals may be anywhere. */
const BOUNDING = /^aws_organizations_(?:policy|policy_attachment)$/;

/** A sentence that is another where it bounds otherwise. */
function boundBy({ address, attributes }: Resource): string {
  const own = ["content", "policy_id", "target_id"].map((name) => textOf(at(attributes, name)) ?? "");
  const digest = sha256(Buffer.from(JSON.stringify(own))).slice(0, 8);
  return `what ${address} (sha256 ${digest}) denies others`;
}

function nothingBut(
  credentials: readonly Credential[],
  { format, path, surroundings }: DeclareTerms,
): Declared {
  const register = new Register();
  register.credentials.push(...credentials);
  const after: Side = { facts: [], gaps: [] };
  return register.declared({
    format,
    provider: "aws",
    path,
    source: surroundings.source.aws,
    after,
    told: [],
  });
}

interface Known {
  readonly thing: AwsThing;
  readonly place: AwsPlace;
  readonly identity: Identity | undefined;
}

function tellAwsResources(
  resources: readonly Resource[],
  drafting: Drafting,
  register: Register,
  { place, format }: DeclareTerms,
): void {
  const known = new Map<string, Known>();
  const documents = new Map<string, Resource>();
  for (const resource of resources) {
    if (resource.type === "aws_iam_policy_document") documents.set(resource.address, resource);
    const thing = thingOf(resource);
    if (thing === undefined) continue;
    const where = place(resource);
    known.set(resource.address, { thing, place: where, identity: identityOf(thing, where) });
  }
  const resolver = new Resolver(known, documents);
  const regions = new Map<string, string>();
  const groups = Map.groupBy(known.values(), ({ thing, place: { account, partition, region } }) => {
    const whole = `${partition}/${account}`;
    if (!regions.has(whole)) regions.set(whole, region);
    // IAM is of a whole account: whichever Region its provider has, a policy is its role's.
    return `${whole}/${OF_ACCOUNT.has(thing.kind) ? regions.get(whole) : region}`;
  });
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const things = group.map(({ thing }): AwsThing => {
      const attributes = Object.entries(thing.attributes).map(
        ([name, node]) => [name, node && resolver.attribute(name, node, thing)] as const,
      );
      return { ...thing, attributes: Object.fromEntries(attributes) };
    });
    tellAws(things, { drafting, register, place: first.place, format });
  }
}

/** Kinds of IAM. */
const OF_ACCOUNT: ReadonlySet<AwsKind> = new Set([
  "access_key",
  "group",
  "group_membership",
  "identity_policy",
  "managed_policy",
  "oidc_provider",
  "policy_attachment",
  "role",
  "saml_provider",
  "user",
]);

/** Most documents that are merged into one: each may name the same several times. */
const MAX_DOCUMENTS = 1000;

const JSON_ATTRIBUTES = new Set(["json", "minified_json"]);

/** Attributes that hold a policy: one that refers to a resource by ARN is not that ARN. */
const POLICIES = new Set(["access_policy", "assume_role_policy", "inline_policy", "policy"]);

/** Kinds that a policy names as principals: nobody is called as they are, and more. */
const PRINCIPALS: ReadonlySet<AwsKind> = new Set(["role", "user"]);

/**
 * Kinds whose ARN may stand by itself in a policy; of others it is begun with, as in `<bucket>/*`. Where the source does not show that nothing is
 * added, `"${arn}-x"` is as likely: in another's policy that is not known.
 */
const NAMED_WHOLE: ReadonlySet<AwsKind> = new Set(["key", "secret"]);

/** Whose policies are about themselves alone. */
const OWN: ReadonlySet<AwsKind> = new Set(["key", "key_policy", "secret", "secret_policy"]);

/** Puts in the place of what is known only after apply what it will be, where that is what another resource is called. */
class Resolver {
  readonly #known: ReadonlyMap<string, Known>;
  readonly #documents: ReadonlyMap<string, Resource>;

  constructor(known: ReadonlyMap<string, Known>, documents: ReadonlyMap<string, Resource>) {
    this.#known = known;
    this.#documents = documents;
  }

  attribute(name: string, node: Node, of: Pick<AwsThing, "kind">): Node {
    return POLICIES.has(name)
      ? this.#mapped(node, of, (one) => this.#policy(one, of))
      : this.#mapped(node, of, (one) => this.#name(one));
  }

  #policy(node: Referring, of: Pick<AwsThing, "kind">): Node {
    const document = this.#document(node);
    if (document === undefined) return node;
    let left = MAX_DOCUMENTS;
    const merged = (item: Node): Resource | undefined => (left-- > 0 ? this.#document(item) : undefined);
    const { source, start, end } = node;
    const made = this.#mapped(policyDocument(document, merged), of, (one) =>
      this.#name(
        one,
        (kind) => PRINCIPALS.has(kind) || (NAMED_WHOLE.has(kind) && (one.from.isWhole || OWN.has(of.kind))),
      ),
    );
    return { ...made, source, start, end };
  }

  /** The document that something not known yet refers to. */
  #document(node: Node): Resource | undefined {
    if (!isReferring(node) || !JSON_ATTRIBUTES.has(node.from.attribute)) return undefined;
    return this.#documents.get(node.from.address);
  }

  #name(node: Referring, isNamed: (kind: AwsKind) => boolean = () => true): Node {
    const known = this.#known.get(node.from.address);
    const fits = known !== undefined && isNamed(known.thing.kind);
    const text = fits ? nameOf(known, node.from.attribute) : undefined;
    const { source, start, end } = node;
    return text === undefined ? node : { source, start, end, kind: "text", text };
  }

  #mapped(node: Node, of: Pick<AwsThing, "kind">, put: (node: Referring) => Node): Node {
    if (isReferring(node)) return put(node);
    if (node.kind === "list")
      return { ...node, items: node.items.map((item) => this.#mapped(item, of, put)) };
    if (node.kind !== "map") return node;
    const entries = [...node.entries].map(([name, { key, value }]): [string, Entry] => {
      const inner = POLICIES.has(name) ? this.attribute(name, value, of) : this.#mapped(value, of, put);
      return [name, { key, value: inner }];
    });
    return { ...node, entries: new Map(entries) };
  }
}

type Referring = Extract<Node, { kind: "unknown" }> & { readonly from: Reference };

function isReferring(node: Node): node is Referring {
  return node.kind === "unknown" && node.from !== undefined;
}

/** What an attribute of a declared thing will be; undefined of one that says something else than how it is called. */
function nameOf(known: Known | undefined, attribute: string): string | undefined {
  if (known?.identity === undefined) return undefined;
  const { identity, thing } = known;
  if (attribute === "arn" || attribute.endsWith("_arn")) return identity.arn;
  if (attribute === "name" || attribute === "bucket") return identity.name;
  if (attribute === "key_id") return identity.id;
  if (attribute !== "id") return undefined;
  if (NAMED_BY_ID.has(thing.kind)) return identity.name;
  return thing.kind === "key" || thing.kind === "vpc_endpoint" ? identity.id : identity.arn;
}

/**
 * What an attribute of a resource will be by which others name it, such as its ARN; undefined where it says something else, or the resource is of
 * no kind that is read.
 */
export function calledAs(resource: Resource, place: AwsPlace, attribute: string): string | undefined {
  const thing = thingOf(resource);
  if (thing === undefined) return undefined;
  return nameOf({ thing, place, identity: identityOf(thing, place) }, attribute);
}

function thingOf({ type, address, mode, spot, attributes, exists }: Resource): AwsThing | undefined {
  const of = AWS_TYPES[type];
  if (of === undefined || mode !== "managed") return undefined;
  const all: Record<string, Node> = {};
  for (const [name, { value }] of attributes.entries) {
    // The provider keeps an empty text for what is not set: of a secret without a policy, `policy` is one.
    if (value.kind === "null" || textOf(value) === "") continue;
    all[of.renamed?.[name] ?? name] = value;
  }
  // What the provider's configuration adds to a resource's own tags is in these alone.
  const { tags_all: every } = all;
  if (every?.kind === "map") all["tags"] = every;
  const arn = textOf(at(attributes, "arn"));
  const id = of.kind === "key" ? textOf(at(attributes, "key_id")) : undefined;
  const generated =
    all["name"] === undefined && all["name_prefix"] === undefined
      ? { generated: `terraform-${address.replace(/[^\w.-]/g, "_")}` }
      : {};
  return {
    kind: of.kind,
    address,
    spot,
    attributes: all,
    ...generated,
    ...(exists && arn !== undefined ? { existing: { arn, ...(id === undefined ? {} : { id }) } } : {}),
  };
}
