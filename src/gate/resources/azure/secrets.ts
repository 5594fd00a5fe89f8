import { type Node } from "../../text/node.ts";
import { instantOf, type CloudTerms } from "../cloud-terms.ts";
import { nativeIn, vaultOf, type AzureThing } from "./thing.ts";

/**
 * A secret of a vault. Its end (`exp`) is told to whoever reads it, and the vault gives the value out all the same; nothing rotates it but
 * what is told of the end. Source: Azure Key Vault, "About secrets", "Date-time controlled operations".
 */
export function vaultSecret(thing: AzureThing, terms: CloudTerms): void {
  const { drafting } = terms;
  const { attributes } = thing;
  const mount = vaultOf(attributes["key_vault_id"]);
  const own = terms.located(thing, nativeIn(mount, thing), mount, attributes["name"]);
  drafting.add("secret", { ...own, secret_type: "azure_secret" });
  terms.hidUnknown(thing, ["expiration_date"], own.id, ["secret_metadata"]);
  const end = endOf(attributes["expiration_date"]);
  drafting.add("secret_metadata", {
    ...own,
    encrypted: true,
    labels: terms.labels(thing, "tags", own.id),
    ...(end === undefined ? {} : { value_ends_at: end }),
  });
  terms.part(own.id, "secret_metadata", attributes["expiration_date"]);
  terms.part(own.id, "resource_labels", attributes["tags"] ?? thing.spot);
  terms.written(thing, "value");
  terms.written(thing, "value_wo");
}

/** The last instant that ECMAScript knows, in seconds. */
const MAX_INSTANT_S = 8.64e12;

/** An end as Terraform writes it, or in seconds as the API has it. */
function endOf(node: Node | undefined): string | undefined {
  if (node?.kind !== "number") return instantOf(node);
  return Math.abs(node.number) > MAX_INSTANT_S ? undefined : new Date(node.number * 1000).toISOString();
}
