import type { FormatId } from "../../declared.ts";
import type { Drafting, Register } from "../../drafting.ts";
import { tellAzure, vaultNative, type AzureKind, type AzureThing } from "../../resources/azure/index.ts";
import { CloudTerms } from "../../resources/cloud-terms.ts";
import { googleNative, tellGoogle, type GoogleKind, type GoogleThing } from "../../resources/google/index.ts";
import { at, textOf, type Node, type Reference } from "../../text/node.ts";
import { AzureIds, plainly } from "./azure-ids.ts";
import type { Resource } from "./resource.ts";

/** Source: the azurerm provider's documentation of each resource, version 4. */
export const AZURE_TYPES: Readonly<Record<string, AzureKind>> = {
  azurerm_key_vault: "vault",
  azurerm_key_vault_access_policy: "access_policy",
  azurerm_key_vault_key: "key",
  azurerm_key_vault_secret: "secret",
  azurerm_monitor_diagnostic_setting: "diagnostic_setting",
  azurerm_role_assignment: "role_assignment",
  azurerm_role_definition: "role_definition",
};

/** Types that set the rules of a vault's network beside it: not read, and by them the vault itself says nothing of its networks. */
const AZURE_RULES = /^azurerm_key_vault_\w*(?:acl|firewall|network)\w*$/;

/** Whether a resource sets a part of a vault, of which its networks may be. Source: the azapi provider's documentation of `azapi_update_resource`, version 2. */
function updatesVault({ type, attributes }: Resource): boolean {
  if (type !== "azapi_update_resource") return false;
  const of = textOf(at(attributes, "type"));
  return of === undefined || /^Microsoft\.KeyVault\/vaults@/i.test(of);
}

/** Source: the google provider's documentation of each resource, version 7. */
export const GOOGLE_TYPES: Readonly<Record<string, GoogleKind>> = {
  google_kms_crypto_key: "key",
  google_kms_crypto_key_iam_binding: "key_iam",
  google_kms_crypto_key_iam_member: "key_iam",
  google_kms_crypto_key_iam_policy: "key_iam",
  google_kms_key_ring_iam_binding: "key_ring_iam",
  google_kms_key_ring_iam_member: "key_ring_iam",
  google_kms_key_ring_iam_policy: "key_ring_iam",
  google_kms_secret_ciphertext: "ciphertext",
  google_secret_manager_regional_secret: "secret",
  google_secret_manager_regional_secret_iam_binding: "secret_iam",
  google_secret_manager_regional_secret_iam_member: "secret_iam",
  google_secret_manager_regional_secret_iam_policy: "secret_iam",
  google_secret_manager_regional_secret_version: "secret_version",
  google_secret_manager_secret: "secret",
  google_secret_manager_secret_iam_binding: "secret_iam",
  google_secret_manager_secret_iam_member: "secret_iam",
  google_secret_manager_secret_iam_policy: "secret_iam",
  google_secret_manager_secret_version: "secret_version",
  google_service_account_key: "service_account_key",
};

/** Types that let somebody at all of a project, folder or organisation, or at a service account: read for whether that is everyone, and for nothing else. */
const GOOGLE_AROUND: Readonly<Record<string, GoogleKind>> = Object.fromEntries(
  ["folder", "organization", "project", "service_account"].flatMap((where) =>
    ["binding", "member", "policy"].map((how) => [`google_${where}_iam_${how}`, "around_iam"] as const),
  ),
);

/** Attributes that say where something lies, what is given, and to whom: what others refer to is what they are called. */
const AZURE_REFERRING: ReadonlySet<string> = new Set([
  "access_policy",
  "key_vault_id",
  "object_id",
  "principal_id",
  "resource_id",
  "role_definition_id",
  "role_definition_name",
  "scope",
  "target_resource_id",
]);

export function tellAzureResources(
  resources: readonly Resource[],
  drafting: Drafting,
  register: Register,
  format: FormatId,
): void {
  const things = [
    ...thingsOf(resources, AZURE_TYPES),
    ...resources
      .filter((one) => AZURE_RULES.test(one.type) || updatesVault(one))
      .flatMap((one) => thingsOf([one], { [one.type]: "network_rules" as const })),
  ];
  const names = new Map<string, string>();
  for (const { kind, address, attributes } of things) {
    const name = textOf(attributes["name"]);
    if (kind === "vault") names.set(address, vaultNative(name ?? plainly(address)));
  }
  const ids = new AzureIds(resources, names);
  const named = things.map((thing): AzureThing => ({
    ...referring(thing, (reference) => ids.of(reference), AZURE_REFERRING),
    ...(thing.kind === "role_definition" ? { native: plainly(thing.address) } : {}),
  }));
  tellAzure(named, new CloudTerms(drafting, register), format);
}

export function tellGoogleResources(
  resources: readonly Resource[],
  drafting: Drafting,
  register: Register,
  format: FormatId,
): void {
  const names = new Map<string, string>();
  for (const { type, address } of resources)
    if (type === "google_kms_key_ring") names.set(address, `key-rings/${address}`);
  const byName = ({ address, attribute }: Reference): string | undefined =>
    NAMING.has(attribute) ? names.get(address) : undefined;
  const documents = new Map<string, Node>();
  for (const { type, address, attributes } of resources) {
    const bindings = type === "google_iam_policy" ? at(attributes, "binding") : undefined;
    if (bindings !== undefined) documents.set(address, bindings);
  }
  const named = thingsOf(resources, { ...GOOGLE_TYPES, ...GOOGLE_AROUND })
    .map((thing): GoogleThing => withDocument(thing, documents))
    .map((thing): GoogleThing => referring(thing, byName));
  for (const thing of named) {
    const native = googleNative(thing);
    if (native !== undefined) names.set(thing.address, native);
  }
  const all = named.map((thing): GoogleThing => referring(thing, byName));
  tellGoogle(all, new CloudTerms(drafting, register), format);
}

/** With the bindings of the document that a policy is, where that is only read when it is planned. */
function withDocument(thing: GoogleThing, documents: ReadonlyMap<string, Node>): GoogleThing {
  const { policy_data: policy } = thing.attributes;
  if (policy?.kind !== "unknown" || policy.from?.attribute !== "policy_data") return thing;
  const found = documents.get(policy.from.address);
  if (found === undefined) return thing;
  const { source, start, end } = policy;
  const data: Node = found.kind === "map" ? { ...found, kind: "list", items: [found] } : found;
  return { ...thing, attributes: { ...thing.attributes, policy_data: { ...data, source, start, end } } };
}

interface Typed<K> {
  readonly kind: K;
  readonly address: string;
  readonly spot: Resource["spot"];
  readonly attributes: Readonly<Record<string, Node | undefined>>;
}

function thingsOf<K>(resources: readonly Resource[], types: Readonly<Record<string, K>>): Typed<K>[] {
  return resources.flatMap(({ type, address, mode, spot, attributes }): Typed<K>[] => {
    const kind = types[type];
    if (kind === undefined || mode !== "managed") return [];
    const own: Record<string, Node> = {};
    for (const [name, { value }] of attributes.entries) {
      // A block that is not set is an empty list.
      if (value.kind === "null" || (value.kind === "list" && value.items.length === 0)) continue;
      own[name] = value;
    }
    // What the provider's configuration adds to a resource's own labels is in these alone.
    const { terraform_labels: every } = own;
    if (every?.kind === "map") own["labels"] = every;
    return [{ kind, address, spot, attributes: own }];
  });
}

/** With what another thing will be called in the place of a reference to its name, in all attributes or some. */
function referring<T extends Typed<unknown>>(thing: T, name: Naming, within?: ReadonlySet<string>): T {
  const attributes = Object.entries(thing.attributes).map(([key, node]) => {
    const isOne = node !== undefined && (within === undefined || within.has(key));
    return [key, isOne ? put(node, name) : node] as const;
  });
  return { ...thing, attributes: Object.fromEntries(attributes) };
}

/** Attributes by which a resource says which one it is. */
const NAMING = new Set(["id", "name", "secret_id"]);

/** What stands for an attribute of another thing; undefined where that is not known. */
type Naming = (reference: Reference) => string | undefined;

function put(node: Node, name: Naming): Node {
  if (node.kind === "unknown") {
    const found = node.from === undefined ? undefined : name(node.from);
    const { source, start, end } = node;
    return found === undefined ? node : { source, start, end, kind: "text", text: found };
  }
  if (node.kind === "list") return { ...node, items: node.items.map((item) => put(item, name)) };
  if (node.kind !== "map") return node;
  const entries = [...node.entries].map(
    ([key, entry]) => [key, { ...entry, value: put(entry.value, name) }] as const,
  );
  return { ...node, entries: new Map(entries) };
}
