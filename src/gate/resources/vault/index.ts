import type { FactKind } from "../../../facts/index.ts";
import type { Drafting, Register } from "../../drafting.ts";
import type { Resource } from "../../formats/terraform/resource.ts";

export const VAULT_JOINED: readonly FactKind[] = ["policy_document"];
export const VAULT_TOLD: readonly FactKind[] = [];
export function tellVault(_resources: readonly Resource[], _drafting: Drafting, _register: Register): void {
  return;
}
