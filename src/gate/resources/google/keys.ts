import { at, textOf } from "../../text/node.ts";
import { blockOf, type CloudTerms } from "../cloud-terms.ts";
import { googleNative, ringOf, type GoogleThing } from "./thing.ts";
import { secondsOf } from "./secrets.ts";

const SYMMETRIC = "ENCRYPT_DECRYPT";

/**
 * A key of Cloud KMS. Only those that encrypt symmetrically rotate by themselves; of others nothing is told of it. Source: Cloud KMS, "Key
 * rotation".
 */
export function cryptoKey(thing: GoogleThing, terms: CloudTerms): void {
  const { drafting } = terms;
  const { attributes } = thing;
  const native = googleNative(thing) ?? thing.address;
  const own = terms.located(thing, native, ringOf(attributes["key_ring"]), attributes["name"]);
  const labels = terms.labels(thing, "labels", own.id);
  drafting.add("resource_labels", { id: `${own.id}#labels`, resource: own.id, labels });
  if (terms.hidUnknown(thing, ["purpose", "import_only"], own.id, ["key", "key_rotation"])) return;
  const purpose = textOf(attributes["purpose"]) ?? SYMMETRIC;
  drafting.add("key", {
    ...own,
    key_type: textOf(at(blockOf(attributes["version_template"]), "algorithm")) ?? purpose,
    exportable: false,
    managed_by: "customer",
    usage: purpose,
  });
  const period = attributes["rotation_period"];
  terms.part(own.id, "key_rotation", period);
  if (purpose !== SYMMETRIC || terms.hidUnknown(thing, ["rotation_period"], own.id, ["key_rotation"])) return;
  const period_s = secondsOf(period);
  drafting.add("key_rotation", {
    ...own,
    enabled: period !== undefined,
    ...(period_s === undefined ? {} : { period_s }),
  });
}
