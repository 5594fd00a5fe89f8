import { entriesOf, itemsOf, textOf, type Entry, type Node, type Spot } from "../../text/node.ts";
import { vaultNative, type AzureKind, type AzureThing } from "../../resources/azure/index.ts";
import type { Attributes } from "../../resources/values.ts";
import { isSymbolic, unknown } from "../terraform/values.ts";
import { evaluate, whyOf } from "./evaluate.ts";
import type { ArmResource } from "./resources.ts";
import { field, mapOf, openIn, settled, type ArmValue } from "./values.ts";

/** How a type of resource is told. */
interface TypeMapping {
  readonly kind: AzureKind;
  readonly attributes: (property: Property, resource: ArmResource) => Attributes;
}

/** What is set at a path of `properties`; what is not known is a node of kind `unknown`. */
export type Property = (...path: readonly string[]) => Node | undefined;

/** Source: "Bicep, ARM template & Terraform AzAPI reference", Microsoft.KeyVault, 2024-11-01. */
const TYPES: Readonly<Record<string, TypeMapping>> = {
  "microsoft.keyvault/vaults": { kind: "vault", attributes: ofVault },
  "microsoft.keyvault/managedhsms": { kind: "vault", attributes: ofModule },
  "microsoft.keyvault/vaults/secrets": {
    kind: "secret",
    attributes: (property) => ({
      content_type: property("contentType"),
      expiration_date: property("attributes", "exp"),
    }),
  },
  "microsoft.keyvault/vaults/keys": { kind: "key", attributes: ofKey },
  "microsoft.keyvault/managedhsms/keys": { kind: "key", attributes: ofKey },
};

export function isMapped(key: string): boolean {
  return Object.hasOwn(TYPES, key);
}

/** The resources of which something is told, as Azure's things. */
export function thingsOf(resources: readonly ArmResource[]): AzureThing[] {
  const natives = new Set<string>();
  return resources.flatMap((resource): AzureThing[] => {
    const mapping = isMapped(resource.key) ? TYPES[resource.key] : undefined;
    if (mapping === undefined) return [];
    const { kind } = mapping;
    const { address, node } = resource;
    const names = segments(resource.name);
    const [vault = "known-when-deployed"] = names.map(({ word }) => word);
    const name = names.at(-1);
    const called = `${vaultNative(vault)}/${kind}s/${names
      .slice(1)
      .map(({ word }) => word)
      .join("/")}`;
    // Two of one name, such as for two conditions, are two.
    const native = natives.has(called) ? `${called}@${address}` : called;
    natives.add(native);
    const tags = field(node, "tags");
    const attributes = {
      ...mapping.attributes(propertiesOf(resource), resource),
      name: name?.node,
      tags: tags && settled(evaluate(tags, resource.env)),
      key_vault_id: textAt(node, vaultNative(vault)),
    };
    return [{ kind, address, spot: node, attributes, native }];
  });
}

interface Segment {
  readonly word: string;
  readonly node: Node;
}

/** The parts of a name. A part that is not known holds its symbol, in which no `/` is. */
export function segments(name: ArmValue): Segment[] {
  if (name.kind === "unknown") return [{ word: `{${name.symbol ?? "?"}}`, node: settled(name) }];
  return (textOf(name) ?? "").split("/").map((word) => ({
    word,
    node: isSymbolic(name) && word.includes("{") ? unknown(name, whyOf(name)) : textAt(name, word),
  }));
}

export function textAt({ source, start, end }: Spot, text: string): Node {
  return { source, start, end, kind: "text", text };
}

export function propertiesOf({ node, env }: ArmResource): Property {
  const written = field(node, "properties");
  const all = written === undefined ? undefined : settled(evaluate(written, env));
  return (...path) => {
    let found: Node | undefined = all;
    for (const name of path) {
      if (found?.kind === "unknown") return found;
      found = field(found, name);
    }
    return found;
  };
}

function ofVault(property: Property, resource: ArmResource) {
  return {
    access_policy: policies(property("accessPolicies")),
    rbac_authorization_enabled: property("enableRbacAuthorization") ?? defaultModel(resource),
    purge_protection_enabled: property("enablePurgeProtection"),
    soft_delete_retention_days: property("softDeleteRetentionInDays"),
    public_network_access_enabled: access(property("publicNetworkAccess")),
    network_acls: networkRules(property("networkAcls")),
  };
}

/** Of a module the reference and its schema differ in whether it is protected unless that is set. */
function ofModule(property: Property, resource: ArmResource) {
  const { node } = resource;
  const purge =
    property("enablePurgeProtection") ??
    unknown(node, "it is not set, and what holds then is not documented");
  const { source, start, end } = node;
  const roles: Node = { source, start, end, kind: "boolean", boolean: true };
  return {
    ...ofVault(property, resource),
    purge_protection_enabled: purge,
    rbac_authorization_enabled: roles,
    access_policy: undefined,
  };
}

/** From this version on vaults that are made go by roles, and those that are there by what they went by. Source: Azure Key Vault, "Prepare for Key Vault API version 2026-02-01 and later". */
const ROLES_BY_DEFAULT = "2026-02-01";

/** What holds where the model of a vault is not set; undefined: its access policies. */
function defaultModel({ node, env }: ArmResource): Node | undefined {
  const written = field(node, "apiVersion");
  const version = written === undefined ? undefined : textOf(settled(evaluate(written, env)));
  if (version !== undefined && version < ROLES_BY_DEFAULT) return undefined;
  return unknown(node, "it is not set, and a vault that is there already keeps the model that it has");
}

/** As the provider of Terraform has them. */
export function policies(written: Node | undefined): Node | undefined {
  if (written?.kind !== "list") return written;
  const names = {
    certificates: "certificate_permissions",
    keys: "key_permissions",
    secrets: "secret_permissions",
  };
  return {
    ...written,
    items: written.items.map((one) => {
      if (one.kind !== "map") return one;
      const given = field(one, "permissions");
      const who = field(one, "objectId");
      const inner =
        given?.kind === "unknown" ? Object.values(names).map((name) => [name, given] as const) : [];
      const plain = entriesOf(renamed(given, names)).map(([name, { value }]) => [name, value] as const);
      return mapOf(one, [...(who === undefined ? [] : [["object_id", who] as const]), ...inner, ...plain]);
    }),
  };
}

/** As the provider of Terraform has them: rules for addresses are the addresses. */
function networkRules(written: Node | undefined): Node | undefined {
  const rules = renamed(written, { defaultAction: "default_action", ipRules: "ip_rules" });
  if (rules?.kind !== "map") return rules;
  const entries = [...rules.entries].map(([key, entry]): [string, Entry] => {
    const { value } = entry;
    if (key !== "ip_rules" || value.kind !== "list") return [key, entry];
    return [
      key,
      { ...entry, value: { ...value, items: value.items.map((one) => field(one, "value") ?? one) } },
    ];
  });
  return { ...rules, entries: new Map(entries) };
}

/** `Disabled`, `Enabled`, or by a perimeter whose rules stand elsewhere. */
function access(node: Node | undefined): Node | undefined {
  const word = textOf(node)?.toLowerCase();
  if (node === undefined || word === undefined) return node;
  const { source, start, end } = node;
  if (word === "disabled" || word === "enabled")
    return { source, start, end, kind: "boolean", boolean: word === "enabled" };
  return unknown(node, "what a network security perimeter lets in stands elsewhere");
}

function ofKey(property: Property) {
  return {
    key_type: property("kty"),
    key_size: property("keySize"),
    curve: property("curveName"),
    exportable: property("attributes", "exportable"),
    rotation_policy: rotation(property("rotationPolicy")),
  };
}

/** As the provider of Terraform has it: what rotates is a block of its own. */
function rotation(policy: Node | undefined): Node | undefined {
  if (policy === undefined || openIn(policy) !== undefined) return policy;
  const actions = itemsOf(field(policy, "lifetimeActions"));
  const rotates = actions.find((one) => textOf(field(one, "action", "type"))?.toLowerCase() === "rotate");
  const trigger = field(rotates, "trigger");
  const after = field(policy, "attributes", "expiryTime");
  const automatic = renamed(trigger, {
    timeAfterCreate: "time_after_creation",
    timeBeforeExpiry: "time_before_expiry",
  });
  return mapOf(policy, [
    ...(after === undefined ? [] : [["expire_after", after] as const]),
    ...(automatic === undefined ? [] : [["automatic", automatic] as const]),
  ]);
}

/** A map under other names of its keys. */
export function renamed(node: Node | undefined, names: Readonly<Record<string, string>>): Node | undefined {
  if (node?.kind !== "map") return node;
  const others = new Map(Object.entries(names).map(([from, to]) => [from.toLowerCase(), to]));
  const entries = [...node.entries].map(([key, entry]): [string, Entry] => [
    others.get(key.toLowerCase()) ?? key,
    entry,
  ]);
  return { ...node, entries: new Map(entries) };
}
