import type { FormatId } from "../../declared.ts";
import { at, itemsOf, textOf, unknownIn, type Node } from "../../text/node.ts";
import type { CloudTerms } from "../cloud-terms.ts";
import { DeploymentDraft } from "../setup.ts";
import { notKnown, switchOf } from "../values.ts";
import { scopeOf } from "./scope.ts";
import type { AzureThing } from "./thing.ts";

/** What calls of secrets, keys and certificates are logged under. Source: Azure Key Vault, "Azure Key Vault logging". */
const AUDIT = /^(?:alllogs|audit|auditevent)$/i;

/** Lists of what is logged: that of today, and the one in which each says whether it is on. */
const LISTS = ["enabled_log", "log"] as const;

/**
 * Settings by which the logs of vaults go somewhere. One of anything else is left out, and so is one of which it is not known what it is of. A vault
 * that another setting logs may have one that does not.
 */
export function vaultLogs(all: readonly AzureThing[], { register }: CloudTerms, format: FormatId): void {
  const settings = all.filter(
    (thing) => thing.kind === "diagnostic_setting" && scopeOf(targetOf(thing)) === "vault",
  );
  const audited = new Set(settings.filter((thing) => logsOf(thing).some(isAudit)).map(vaultIn));
  for (const thing of settings) {
    const { address, attributes, spot } = thing;
    const draft = new DeploymentDraft({ format, type: "vault_log", address, name: address, spot });
    const set = LISTS.filter((name) => attributes[name] !== undefined);
    draft.part("deployment_log", attributes[set[0] ?? ""]);
    const open = set.find((name) => unknownIn(attributes[name]) !== undefined);
    if (audited.has(vaultIn(thing))) draft.set({ audit_logged: true });
    else if (open !== undefined) draft.hide("deployment_log", notKnown(thing, open, attributes[open]));
    else draft.set({ audit_logged: false });
    register.changes.push(draft.change());
  }
}

function targetOf({ attributes }: AzureThing): string {
  return (textOf(attributes["target_resource_id"]) ?? "").toLowerCase().replace(/\/+$/, "");
}

/** Of a vault, whichever way its id is written. */
function vaultIn(thing: AzureThing): string {
  return /[^/]+\/[^/]+$/.exec(targetOf(thing))?.[0] ?? "";
}

function logsOf({ attributes }: AzureThing): Node[] {
  return LISTS.flatMap((name) => {
    const node = attributes[name];
    return node?.kind === "map" ? [node] : itemsOf(node);
  });
}

function isAudit(log: Node): boolean {
  const enabled = at(log, "enabled");
  const isOn = enabled === undefined || enabled.kind === "null" || switchOf(enabled) === true;
  return isOn && ["category", "category_group"].some((name) => AUDIT.test(textOf(at(log, name)) ?? ""));
}
