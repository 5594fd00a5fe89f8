import { at, itemsOf, textOf, unknownIn, type Node } from "../../text/node.ts";
import { blockOf, instantOf, type CloudTerms } from "../cloud-terms.ts";
import { notKnown } from "../values.ts";
import { secretNative, type GoogleThing } from "./thing.ts";

/** Stands for a key that is not known. */
const NOT_KNOWN = "known-when-applied";

/**
 * A secret of Secret Manager. Its rotation is a period by which a message is sent: somebody else makes the new value. Source: Secret Manager,
 * "Create rotation schedules", "Expiring secrets".
 */
export function managedSecret(thing: GoogleThing, terms: CloudTerms): void {
  const { drafting } = terms;
  const { attributes } = thing;
  const native = secretNative(thing);
  const mount = native.split("/").slice(0, 2).join("/");
  const own = terms.located(thing, native, mount, attributes["secret_id"]);
  drafting.add("secret", { ...own, secret_type: "gcp_secret" });
  const ends = attributes["ttl"] === undefined ? "expire_time" : "ttl";
  terms.hidUnknown(thing, [ends], own.id, ["secret_metadata"]);
  const end = instantOf(attributes["expire_time"]);
  const after = secondsOf(attributes["ttl"]);
  drafting.add("secret_metadata", {
    ...own,
    ...encryption(thing, own.id, terms),
    encrypted: true,
    labels: terms.labels(thing, "labels", own.id),
    ...(end === undefined ? {} : { value_deletes_at: end }),
    ...(end !== undefined || after === undefined ? {} : { deletes_after_s: after }),
  });
  rotation(thing, own, terms);
}

/** A duration as Google's APIs write it: `7776000s`, with up to nine places. */
export function secondsOf(node: Node | undefined): number | undefined {
  const [, seconds] = /^(\d{1,12})(?:\.\d{1,9})?s$/.exec(textOf(node) ?? "") ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

function rotation(
  thing: GoogleThing,
  own: { readonly id: string; readonly mount: string; readonly name: string },
  terms: CloudTerms,
): void {
  const block = thing.attributes["rotation"];
  const rules = blockOf(block);
  terms.part(own.id, "secret_rotation", block);
  const period = at(rules, "rotation_period");
  if (block?.kind === "unknown" || unknownIn(period) !== undefined) {
    terms.hidUnknown(thing, ["rotation"], own.id, ["secret_rotation"]);
    return;
  }
  const period_s = secondsOf(period);
  // Without a period there is one message, at the time that is set.
  if (period_s !== undefined)
    terms.drafting.add("secret_rotation", { ...own, enabled: true, declared: true, period_s });
}

/** A key that a secret names is the customer's: Google's own are not named there. */
function encryption(thing: GoogleThing, id: string, { drafting }: CloudTerms): { encryption_key?: string } {
  const found = keysOf(thing);
  const hidden = found.map((one) => unknownIn(one)).find((one) => one !== undefined);
  if (hidden !== undefined) {
    const node = thing.attributes["replication"] ?? thing.attributes["customer_managed_encryption"];
    drafting.hide({ resource: id, kinds: ["key"], detail: notKnown(thing, "kms_key_name", node ?? hidden) });
    return { encryption_key: NOT_KNOWN };
  }
  const names = found.map((one) => textOf(one));
  const [name] = names;
  if (name === undefined || names.includes(undefined)) return {};
  drafting.add("key", {
    id: drafting.id(name),
    mount: name.split("/cryptoKeys/", 1)[0] ?? name,
    name,
    key_type: "not known",
    exportable: false,
    managed_by: "customer",
  });
  return { encryption_key: name };
}

/** The key of each replica; undefined of one that is under none of the customer's. */
function keysOf({ attributes }: GoogleThing): (Node | undefined)[] {
  const replication = attributes["replication"];
  if (replication?.kind === "unknown") return [replication];
  const key = (node: Node | undefined): Node | undefined => {
    const block = at(node, "customer_managed_encryption");
    return block?.kind === "unknown" ? block : at(blockOf(block), "kms_key_name");
  };
  // A regional secret says so of itself.
  const own = attributes["customer_managed_encryption"];
  if (own !== undefined) return [own.kind === "unknown" ? own : at(blockOf(own), "kms_key_name")];
  const block = blockOf(replication);
  const replicas = itemsOf(at(blockOf(at(block, "user_managed")), "replicas"));
  return replicas.length > 0 ? replicas.map(key) : [key(blockOf(at(block, "auto")))];
}
