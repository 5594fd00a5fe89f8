import type { FactKind } from "../../../facts/index.ts";
import type { DerivedKind } from "../../../policy/index.ts";
import type { FormatId } from "../../declared.ts";
import { textOf } from "../../text/node.ts";
import type { CloudTerms } from "../cloud-terms.ts";
import { DeploymentDraft } from "../setup.ts";
import { iamPolicies } from "./iam.ts";
import { cryptoKey } from "./keys.ts";
import { managedSecret } from "./secrets.ts";
import type { GoogleThing } from "./thing.ts";

export { reachesSecrets } from "./iam.ts";
export { googleNative, type GoogleKind, type GoogleThing } from "./thing.ts";

/**
 * What Google's resources tell whole of what they declare. Google has neither other names of keys nor grants beside policies. Policies of a
 * thing are not among these: it takes over those of its project and above, which are declared elsewhere.
 */
export const GOOGLE_TOLD: readonly (DerivedKind | FactKind)[] = [
  "cloud_metadata",
  "key",
  "key_alias",
  "key_grant",
  "key_rotation",
  "resource_labels",
  "secret",
  "secret_metadata",
  "secret_rotation",
  "store",
];

/** Tells the facts of all that an input declares of Google's Secret Manager and Cloud KMS, and what is not known of it. */
export function tellGoogle(all: readonly GoogleThing[], terms: CloudTerms, format: FormatId): void {
  if (all.length === 0) return;
  terms.store("google-cloud");
  for (const thing of all) {
    if (thing.kind === "secret") managedSecret(thing, terms);
    else if (thing.kind === "key") cryptoKey(thing, terms);
    else if (thing.kind === "secret_version") {
      terms.written(thing, "secret_data");
      terms.written(thing, "secret_data_wo");
    } else if (thing.kind === "ciphertext") terms.written(thing, "plaintext");
    else if (thing.kind === "service_account_key") identityKey(thing, terms, format);
  }
  iamPolicies(all, terms, format);
}

/** A key of a service account has no end. Source: Google Cloud IAM, "Best practices for managing service account keys". */
function identityKey(thing: GoogleThing, { register }: CloudTerms, format: FormatId): void {
  const { address, attributes, spot } = thing;
  const account = textOf(attributes["service_account_id"])?.replace(/^.*serviceAccounts\//, "");
  const draft = new DeploymentDraft({
    format,
    type: "identity_key",
    address,
    name: account ?? address,
    spot,
  });
  register.changes.push(draft.change());
}
