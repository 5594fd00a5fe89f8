import { vaultNative } from "../../resources/azure/index.ts";
import { at, textOf, type Reference } from "../../text/node.ts";
import type { Resource } from "./resource.ts";

/** An address as a part of an id. */
export function plainly(address: string): string {
  return address.replace(/[^\w.-]/g, "_");
}

/** Attributes by which others name somebody, of identities and of users, groups and applications. */
const PRINCIPALS = new Set(["object_id", "principal_id"]);

/** Attributes that are an id of Azure Resource Manager, of whatever has one. */
const IDS = new Set(["id", "resource_id", "resource_versionless_id"]);

/**
 * What will stand for an id that another resource has when it is there: where it lies, with names that are made up. A plan alone does not tell
 * `"${x.id}/y"` from `x.id`: what may lie within is said of what goes no wider, and of groups of resources only where it is whole.
 */
export class AzureIds {
  readonly #vaults: ReadonlyMap<string, string>;
  /** Roles that are looked up, by address. */
  readonly #roles = new Map<string, string>();

  /** `vaults`: what vaults that are made are called, by address. */
  constructor(resources: readonly Resource[], vaults: ReadonlyMap<string, string>) {
    this.#vaults = vaults;
    for (const { type, address, mode, attributes } of resources) {
      if (type !== "azurerm_role_definition" || mode !== "data") continue;
      const called = textOf(at(attributes, "role_definition_id")) ?? textOf(at(attributes, "name"));
      if (called !== undefined) this.#roles.set(address, called);
    }
  }

  of({ address, attribute, isWhole }: Reference): string | undefined {
    if (PRINCIPALS.has(attribute)) return address;
    const type = /(?:^|\.)(azurerm_\w+)\.[\w-]+(?:\[[^]*\])?$/.exec(address)?.[1];
    const name = plainly(address);
    if (type === "azurerm_role_definition") return this.#role(address, attribute);
    if (type === undefined || !IDS.has(attribute)) return undefined;
    const path = LYING[type];
    if (path === undefined)
      return attribute === "id" && !AROUND.test(type) ? `/providers/${type}/resources/${name}` : undefined;
    const vault = this.#vaults.get(address);
    if (vault !== undefined) return `${PROVIDER}/${vault}`;
    return isWhole || OF_VAULTS.has(type) ? path(name) : undefined;
  }

  #role(address: string, attribute: string): string | undefined {
    const isId = attribute === "id" || /^role_definition_(?:resource_)?id$/.test(attribute);
    if (!isId && attribute !== "name") return undefined;
    return `/roleDefinitions/${this.#roles.get(address) ?? plainly(address)}`;
  }
}

/** Types that may be in a vault or around one, and whose ids are not read unless they are in `LYING`. */
const AROUND = /^azurerm_(?:client_config|key_vault|management|resource|subscription)/;

/** What goes no wider than one vault, whatever is added to its id. */
const OF_VAULTS: ReadonlySet<string> = new Set([
  "azurerm_key_vault",
  "azurerm_key_vault_key",
  "azurerm_key_vault_managed_hardware_security_module",
  "azurerm_key_vault_secret",
]);

const PROVIDER = "/providers/Microsoft.KeyVault";

const UNKNOWN_VAULT = `${PROVIDER}/${vaultNative("known-when-applied")}`;

/** Where vaults lie and what lies in them; everything else is a resource by itself. Source: the azurerm provider's documentation, version 4. */
const LYING: Readonly<Record<string, (name: string) => string>> = {
  azurerm_key_vault: (name) => `${PROVIDER}/${vaultNative(name)}`,
  azurerm_key_vault_key: (name) => `${UNKNOWN_VAULT}/keys/${name}`,
  azurerm_key_vault_managed_hardware_security_module: (name) => `${PROVIDER}/managedHSMs/${name}`,
  azurerm_key_vault_secret: (name) => `${UNKNOWN_VAULT}/secrets/${name}`,
  azurerm_management_group: (name) => `/providers/Microsoft.Management/managementGroups/${name}`,
  azurerm_resource_group: (name) => `/subscriptions/known-when-applied/resourceGroups/${name}`,
  azurerm_subscription: () => "/subscriptions/known-when-applied",
};
