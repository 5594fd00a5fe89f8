import { textOf, type Node } from "../../text/node.ts";
import type { Thing } from "../values.ts";

/** Kinds of Azure's resources of which something is told. */
export type AzureKind = GrantKind | "diagnostic_setting" | "key" | "network_rules" | "secret" | "vault";

/** Kinds by which access is given. */
export type GrantKind = "access_policy" | "role_assignment" | "role_definition";

/** A resource of Azure. Its attributes are called as Terraform's provider calls them. */
export interface AzureThing extends Thing {
  readonly kind: AzureKind;
  /** What it is called in ids, where its vault and name alone do not tell it from others; of a role what assignments call it. */
  readonly native?: string;
}

/** What a vault is called in ids: by its name, which is unique in the world. */
export function vaultNative(name: string): string {
  return `vaults/${name}`;
}

/** The name of the vault that an id names, else a name of its own that no vault has. */
export function vaultOf(node: Node | undefined): string {
  return /(?:^|\/)vaults\/([^/]+)$/i.exec(textOf(node) ?? "")?.[1] ?? "known-when-applied";
}

/** Where a secret or key is: by its name, or where that is not known by what its file calls it. */
export function nativeIn(vault: string, { address, attributes, kind, native }: AzureThing): string {
  if (native !== undefined) return native;
  const name = textOf(attributes["name"]) ?? address.replace(/[^\w.-]/g, "_");
  return `${vaultNative(vault)}/${kind}s/${name}`;
}
