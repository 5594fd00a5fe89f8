import { identities } from "./identities.ts";
import { keys } from "./keys.ts";
import { secrets } from "./secrets.ts";
import { surroundings } from "./surroundings.ts";
import { mountOf, regionalScope, type AwsTerms, type AwsThing } from "./thing.ts";
import { Things } from "./things.ts";

export { identityOf, type Identity } from "./ids.ts";
export { policyText, type PolicyText } from "./policy-text.ts";
export { isWrittenSecret } from "./secrets.ts";
export {
  placeIn,
  type Attributes,
  type AwsKind,
  type AwsPlace,
  type AwsTerms,
  type AwsThing,
} from "./thing.ts";
export { AWS_TOLD } from "./told.ts";

/**
 * Tells the facts of all that an input declares of AWS, what is not known of it, and where it stands: the same facts that the connector
 * tells of the same things once they are there. All things of an input at once, since one resource sets what another is.
 */
export function tellAws(all: readonly AwsThing[], terms: AwsTerms): void {
  const { drafting, place } = terms;
  if (all.length === 0) return;
  const mount = mountOf(place);
  drafting.add("store", {
    id: drafting.id(mount),
    scope: regionalScope(terms),
    product: "aws",
    account: place.account,
    region: place.region,
    absent_features: ["high_availability", "listener", "login", "raw_storage", "seal_shares"],
  });
  const things = new Things(all, place);
  secrets(things, terms);
  keys(things, terms);
  identities(things, terms);
  surroundings(things, terms);
}
