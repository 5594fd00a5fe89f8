import { at, textOf, type Node } from "../../text/node.ts";
import { blockOf, type CloudTerms } from "../cloud-terms.ts";
import { countOf, notKnown, switchOf } from "../values.ts";
import { nativeIn, vaultOf, type AzureThing } from "./thing.ts";

const DAY_S = 86_400;

/** Days of the units of an ISO 8601 duration; months and years as they are on average, to whole days. */
const DAYS = { Y: 365, M: 30, W: 7, D: 1 } as const;

/**
 * A key of a vault. The vault rotates it where its rotation policy says so, and a new version is made by hand else. Whether a key can be
 * purged is its vault's to say. Source: Azure Key Vault, "Configure cryptographic key auto-rotation".
 */
export function vaultKey(thing: AzureThing, terms: CloudTerms): void {
  const { drafting } = terms;
  const { attributes } = thing;
  const mount = vaultOf(attributes["key_vault_id"]);
  const own = terms.located(thing, nativeIn(mount, thing), mount, attributes["name"]);
  const labels = terms.labels(thing, "tags", own.id);
  drafting.add("resource_labels", { id: `${own.id}#labels`, resource: own.id, labels });
  if (!terms.hidUnknown(thing, ["exportable"], own.id, ["key"]))
    drafting.add("key", {
      ...own,
      key_type: typeOf(thing),
      exportable: switchOf(attributes["exportable"]) === true,
      // A backup is encrypted, and restored into a vault of the same subscription alone.
      plaintext_backup_allowed: false,
    });
  const policy = attributes["rotation_policy"];
  terms.part(own.id, "key_rotation", policy);
  if (terms.hidUnknown(thing, ["rotation_policy"], own.id, ["key_rotation"])) return;
  const rotation = rotationOf(blockOf(policy));
  if (rotation === undefined)
    drafting.hide({
      resource: own.id,
      kinds: ["key_rotation"],
      detail: notKnown(thing, "rotation_policy", policy),
      reason: "unsupported",
    });
  else drafting.add("key_rotation", { ...own, ...rotation });
}

function typeOf({ attributes }: AzureThing): string {
  const type = textOf(attributes["key_type"]) ?? "not known";
  const size = countOf(attributes["key_size"]);
  const curve = textOf(attributes["curve"]);
  const detail = size ?? curve;
  return detail === undefined ? type : `${type} ${detail}`;
}

/** Undefined of a policy whose durations are not understood. */
function rotationOf(policy: Node | undefined): { enabled: boolean; period_s?: number } | undefined {
  const automatic = blockOf(at(policy, "automatic"));
  const after = at(automatic, "time_after_creation");
  const before = at(automatic, "time_before_expiry");
  if (after === undefined && before === undefined) return { enabled: false };
  const end = daysOf(at(policy, "expire_after"));
  const early = daysOf(before);
  const days = after === undefined ? (end ?? Number.NaN) - (early ?? Number.NaN) : daysOf(after);
  return days === undefined || !(days > 0) ? undefined : { enabled: true, period_s: days * DAY_S };
}

/** Days of a duration such as `P90D`, `P1Y6M`. */
function daysOf(node: Node | undefined): number | undefined {
  const text = textOf(node) ?? "";
  if (!/^P(?:\d{1,5}Y)?(?:\d{1,5}M)?(?:\d{1,5}W)?(?:\d{1,5}D)?$/.test(text) || text === "P") return undefined;
  let days = 0;
  for (const [, number = "", unit = "D"] of text.matchAll(/(\d+)([YMWD])/g))
    days += Number(number) * DAYS[unit as keyof typeof DAYS];
  return days;
}
