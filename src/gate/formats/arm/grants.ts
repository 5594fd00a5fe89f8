import type { AzureThing, GrantKind } from "../../resources/azure/index.ts";
import type { Attributes } from "../../resources/values.ts";
import { itemsOf, textOf, type Node, type Spot } from "../../text/node.ts";
import { isSymbolic, unknown } from "../terraform/values.ts";
import { evaluate, whyOf } from "./evaluate.ts";
import type { ArmResource } from "./resources.ts";
import { policies, propertiesOf, renamed, segments, textAt, type Property } from "./things.ts";
import { field, settled, type ArmValue } from "./values.ts";

/** Source: "Bicep, ARM template & Terraform AzAPI reference", Microsoft.Authorization, 2022-04-01; Microsoft.KeyVault, 2024-11-01. */
const KINDS: Readonly<Record<string, "diagnostic_setting" | GrantKind>> = {
  "microsoft.insights/diagnosticsettings": "diagnostic_setting",
  "microsoft.keyvault/managedhsms/providers/diagnosticsettings": "diagnostic_setting",
  "microsoft.keyvault/vaults/providers/diagnosticsettings": "diagnostic_setting",
  "microsoft.authorization/roleassignments": "role_assignment",
  "microsoft.authorization/roledefinitions": "role_definition",
  "microsoft.keyvault/vaults/accesspolicies": "access_policy",
};

/** An assignment that is written as what belongs to a resource. */
const OF_RESOURCE = "/providers/roleassignments";

function kindOf(key: string): (typeof KINDS)[string] | undefined {
  if (key.endsWith(OF_RESOURCE)) return "role_assignment";
  return Object.hasOwn(KINDS, key) ? KINDS[key] : undefined;
}

/** Whether a type gives access. */
export function givesAccess(key: string): boolean {
  return kindOf(key) !== undefined;
}

/** What gives access, as Azure's things. */
export function grantsOf(resources: readonly ArmResource[]): AzureThing[] {
  return resources.flatMap((resource): AzureThing[] => {
    const kind = kindOf(resource.key);
    const property = propertiesOf(resource);
    if (kind === "role_assignment") return [assignment(resource, property)];
    if (kind === "role_definition") return [definition(resource, property)];
    if (kind === "diagnostic_setting") return [diagnostics(resource, property)];
    return kind === "access_policy" ? policiesApart(resource, property) : [];
  });
}

function assignment(resource: ArmResource, property: Property): AzureThing {
  const { address, node, env } = resource;
  const raw = (name: string): ArmValue | undefined => {
    const written = field(node, "properties", name);
    return written === undefined ? undefined : evaluate(written, env);
  };
  const attributes: Attributes = {
    scope: scope(resource),
    role_definition_id: idOf(raw("roleDefinitionId")) ?? property("roleDefinitionId"),
    principal_id: principal(raw("principalId")) ?? property("principalId"),
    principal_type: property("principalType"),
    condition: property("condition"),
  };
  return { kind: "role_assignment", address, spot: node, attributes };
}

/** At what it is assigned: what it says or belongs to, or else what its template is deployed to. */
function scope({ key, type, name, node, env, of }: ArmResource): Node {
  if (key.endsWith(OF_RESOURCE)) return textAt(node, ofResource(type, name));
  const written = field(node, "scope");
  const { source, start, end } = written ?? node;
  if (written !== undefined) {
    const made = evaluate(written, env);
    return idOf(made) ?? settled(made);
  }
  const schema = textOf(field(of.root, "$schema")) ?? "";
  const level = /\/(\w*)deploymentTemplate\.json/i.exec(schema)?.[1]?.toLowerCase();
  const id = level === undefined ? undefined : DEPLOYED_TO[level];
  return id === undefined
    ? unknown(node, "to what its template is deployed is not told")
    : { source, start, end, kind: "text", text: id };
}

const GROUP = "/subscriptions/{}/resourceGroups/{}";
const SUBSCRIPTION = "/subscriptions/{}";
const MANAGEMENT_GROUP = "/providers/Microsoft.Management/managementGroups/{}";

/** By the beginning of a schema's name. */
const DEPLOYED_TO: Readonly<Record<string, string>> = {
  "": GROUP,
  subscription: SUBSCRIPTION,
  managementgroup: MANAGEMENT_GROUP,
  tenant: "/",
};

/** What surrounds a deployment, by the function that tells it. */
const SURROUNDINGS: readonly (readonly [RegExp, string])[] = [
  [/^resourcegroup\([^()]*\)\.'id'$/, GROUP],
  [/^subscription\([^()]*\)\.'id'$/, SUBSCRIPTION],
  [/^managementgroup\([^()]*\)\.'id'$/, MANAGEMENT_GROUP],
];

/** `<provider>/<type>/<name>/<type>/<name>` of the resource that an assignment is written as a part of. */
function ofResource(type: string, name: ArmValue): string {
  const [provider = "", ...types] = type.slice(0, -OF_RESOURCE.length).split("/");
  const names = segments(name).map(({ word }) => word);
  return `/providers/${provider}${types.map((one, nth) => `/${one}/${names[nth] ?? "{}"}`).join("")}`;
}

/** An id that names by symbols what is known only later: where it lies is seen all the same. Undefined where it is not known. */
function idOf(value: ArmValue | undefined): Node | undefined {
  if (value === undefined) return undefined;
  if (value.kind === "text") return textAt(value, value.text);
  const { symbol } = value;
  const found = SURROUNDINGS.find(([told]) => symbol !== undefined && told.test(symbol));
  return found === undefined ? undefined : textAt(value, found[1]);
}

/** Whoever it will be where that is an identity that the template looks up, or whoever deploys it. */
function principal(value: ArmValue | undefined): Node | undefined {
  if (value?.kind === "text")
    return isSymbolic(value) ? unknown(value, whyOf(value)) : textAt(value, value.text);
  if (value?.kind !== "unknown" || value.symbol === undefined) return undefined;
  if (value.symbol.startsWith("deployer(")) return textAt(value, "whoever deploys it");
  return value.symbol.startsWith("reference(") ? textAt(value, "an identity of what is deployed") : undefined;
}

/** A setting by which logs of a resource go somewhere, also one that is written as what belongs to that. */
function diagnostics(resource: ArmResource, property: Property): AzureThing {
  const { address, key, node } = resource;
  const isWithin = key.endsWith("/providers/diagnosticsettings");
  const [vault] = segments(resource.name);
  const within = `/providers/Microsoft.KeyVault/vaults/${vault?.word ?? "{}"}`;
  const target = isWithin ? textAt(node, within) : scope(resource);
  const written = property("logs");
  const log: Node | undefined =
    written?.kind === "list"
      ? {
          ...written,
          items: written.items.map((one) => renamed(one, { categoryGroup: "category_group" }) ?? one),
        }
      : written;
  return { kind: "diagnostic_setting", address, spot: node, attributes: { target_resource_id: target, log } };
}

function definition(resource: ArmResource, property: Property): AzureThing {
  const { address, node, name } = resource;
  const written = property("permissions");
  const lists = {
    notActions: "not_actions",
    dataActions: "data_actions",
    notDataActions: "not_data_actions",
  };
  const permissions: Node | undefined =
    written?.kind === "list"
      ? { ...written, items: written.items.map((one) => renamed(one, lists) ?? one) }
      : written;
  const attributes = { name: property("roleName"), permissions };
  const native = segments(name).at(-1)?.word ?? address;
  return { kind: "role_definition", address, spot: node, attributes, native };
}

/** Policies of a vault that stand apart from it. Those that are taken away give nobody anything. */
function policiesApart(resource: ArmResource, property: Property): AzureThing[] {
  const { address, node, name } = resource;
  const names = segments(name);
  if (names.at(-1)?.word.toLowerCase() === "remove") return [];
  const [vault] = names;
  const written = policies(property("accessPolicies"));
  const key = textAt(node, `/providers/Microsoft.KeyVault/vaults/${vault?.word ?? "{}"}`);
  const thing = (one: Node, spot: Spot, called: string): AzureThing => {
    const entries = one.kind === "map" ? [...one.entries].map(([of, { value }]) => [of, value] as const) : [];
    const open = one.kind === "unknown" ? { secret_permissions: one } : {};
    const attributes = { ...Object.fromEntries(entries), ...open, key_vault_id: key };
    return { kind: "access_policy", address: called, spot, attributes };
  };
  if (written?.kind === "unknown") return [thing(written, node, address)];
  return itemsOf(written).map((one, nth) => thing(one, one, `${address} policy ${nth + 1}`));
}
