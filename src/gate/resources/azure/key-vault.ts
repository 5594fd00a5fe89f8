import { boundByNetworks } from "../../../base/index.ts";
import type { FormatId } from "../../declared.ts";
import { at, textOf, unknownIn } from "../../text/node.ts";
import { blockOf, type CloudTerms } from "../cloud-terms.ts";
import { DeploymentDraft } from "../setup.ts";
import { countOf, notKnown, switchOf, textsIn, unknownAmong } from "../values.ts";
import { vaultOf, type AzureThing } from "./thing.ts";

/** Days for which what is deleted can be brought back, where none are set. Source: Azure Key Vault, "Soft-delete overview". */
const SOFT_DELETE_DAYS = 90;

/**
 * How a vault is set up. It keeps what is deleted always; without purge protection whoever may purge ends that at once. It answers every
 * network unless public access is off, or what is in no rule of its network is denied and its rules let not nearly everyone in. Source: Microsoft.KeyVault/vaults, 2024-11-01.
 * `rules`: resources of their own that set the rules of a vault, and that are not read: which networks it answers is not known then.
 */
export function keyVault(
  thing: AzureThing,
  { register }: CloudTerms,
  { format, rules }: { readonly format: FormatId; readonly rules: readonly AzureThing[] },
): void {
  const { address, attributes, spot } = thing;
  const name = textOf(attributes["name"]) ?? address;
  const draft = new DeploymentDraft({ format, type: "key_vault", address, name, spot });
  const purge = attributes["purge_protection_enabled"];
  draft.part("deployment_deletion", purge);
  if (unknownIn(purge) !== undefined)
    draft.hide("deployment_deletion", notKnown(thing, "purge_protection_enabled", purge));
  else draft.set({ purge_protected: switchOf(purge) === true });
  const days =
    attributes["soft_delete_retention_days"] === undefined
      ? SOFT_DELETE_DAYS
      : countOf(attributes["soft_delete_retention_days"]);
  if (days !== undefined) draft.set({ soft_delete_days: days });
  network(
    thing,
    draft,
    rules.find((one) => isOf(one, thing)),
  );
  access(thing, draft);
  register.changes.push(draft.change());
}

/** Whether a vault goes by roles; undefined where that is not known. By its access policies unless it is set. */
export function goesByRoles({ attributes }: AzureThing): boolean | undefined {
  const roles = attributes["rbac_authorization_enabled"] ?? attributes["enable_rbac_authorization"];
  return roles === undefined ? false : switchOf(roles);
}

function access(thing: AzureThing, draft: DeploymentDraft): void {
  const { attributes } = thing;
  const name =
    attributes["enable_rbac_authorization"] === undefined
      ? "rbac_authorization_enabled"
      : "enable_rbac_authorization";
  const byRoles = goesByRoles(thing);
  draft.part("deployment_access", attributes[name]);
  if (byRoles === undefined) draft.hide("deployment_access", notKnown(thing, name, attributes[name]));
  else draft.set({ access_model: byRoles ? "roles" : "access_policies" });
}

/** Whether rules may be those of a vault: that of which it is not known whose they are may be. */
function isOf({ attributes }: AzureThing, vault: AzureThing): boolean {
  const named = vaultOf(attributes["key_vault_id"] ?? attributes["resource_id"]);
  const name = textOf(vault.attributes["name"]) ?? vault.address.replace(/[^\w.-]/g, "_");
  return named === "known-when-applied" || named.toLowerCase() === name.toLowerCase();
}

function network(thing: AzureThing, draft: DeploymentDraft, apart: AzureThing | undefined): void {
  const { attributes } = thing;
  const access = attributes["public_network_access_enabled"];
  const rules = attributes["network_acls"];
  draft.part("deployment_network", rules ?? access);
  if (switchOf(access) === false) {
    draft.set({ any_network: false });
    return;
  }
  if (apart !== undefined) {
    draft.hide("deployment_network", `its rules are set by ${apart.address}, which is not read`);
    return;
  }
  const block = blockOf(rules);
  const otherwise = at(block, "default_action");
  const { texts, whole } = textsIn(at(block, "ip_rules"));
  const isDenied = textOf(otherwise)?.toLowerCase() === "deny";
  if (isDenied && whole && (texts.length === 0 || boundByNetworks(texts))) {
    draft.set({ any_network: false });
    return;
  }
  const open = unknownAmong(thing, ["public_network_access_enabled", "network_acls"]);
  if (open !== undefined) draft.hide("deployment_network", notKnown(thing, open, attributes[open]));
  else draft.set({ any_network: true });
}
