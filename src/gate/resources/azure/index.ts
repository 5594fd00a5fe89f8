import type { FactKind } from "../../../facts/index.ts";
import type { DerivedKind } from "../../../policy/index.ts";
import type { FormatId } from "../../declared.ts";
import type { CloudTerms } from "../cloud-terms.ts";
import { tellGrants } from "./grants.ts";
import { keyVault } from "./key-vault.ts";
import { vaultKey } from "./keys.ts";
import { vaultLogs } from "./logs.ts";
import { vaultSecret } from "./secrets.ts";
import type { AzureThing } from "./thing.ts";

export type { AzureKind, AzureThing, GrantKind } from "./thing.ts";
export { vaultNative } from "./thing.ts";

/**
 * What Azure's resources tell whole of what they declare. Who may use a thing is told by none of them here: roles and access policies are judged
 * for what they give, and there may be others. A secret's rotation is nobody's but its user's: the store has none.
 */
export const AZURE_TOLD: readonly (DerivedKind | FactKind)[] = [
  "key",
  "key_rotation",
  "resource_labels",
  "secret",
  "secret_metadata",
  "secret_rotation",
  "store",
];

/** Tells the facts of all that an input declares of Azure's Key Vault, what is not known of it, how its vaults are set up and logged, and who is let in. */
export function tellAzure(all: readonly AzureThing[], terms: CloudTerms, format: FormatId): void {
  if (all.length === 0) return;
  terms.store("azure-key-vault");
  const rules = all.filter(({ kind }) => kind === "network_rules");
  for (const thing of all) {
    if (thing.kind === "vault") keyVault(thing, terms, { format, rules });
    else if (thing.kind === "secret") vaultSecret(thing, terms);
    else if (thing.kind === "key") vaultKey(thing, terms);
  }
  tellGrants(all, terms, format);
  vaultLogs(all, terms, format);
}
