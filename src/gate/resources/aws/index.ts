import { namedElsewhere } from "./elsewhere.ts";
import { identities } from "./identities.ts";
import { keys } from "./keys.ts";
import { ofOthers } from "./of-others.ts";
import { secrets } from "./secrets.ts";
import { surroundings } from "./surroundings.ts";
import { mountOf, regionalStore, type AwsTerms, type AwsThing } from "./thing.ts";
import { Things } from "./things.ts";

export { identityOf, type Identity } from "./ids.ts";
export { isWrittenSecret } from "./secrets.ts";
export {
  placeIn,
  type Attributes,
  type AwsKind,
  type AwsPlace,
  type AwsTerms,
  type AwsThing,
} from "./thing.ts";
export { documentOf, policyText } from "./policy-text.ts";
export { awsManagedPolicy } from "./managed.ts";
export { textsOf, widestStatement } from "./widest.ts";
export { AWS_TOLD } from "./told.ts";

/**
 * Tells the facts of all that an input declares of AWS, what is not known of it, and where it stands: the same facts that the connector
 * tells of the same things once they are there. All things of an input at once, since one resource sets what another is.
 */
export function tellAws(declared: readonly AwsThing[], terms: AwsTerms): void {
  const { place } = terms;
  if (declared.length === 0) return;
  const all = [...declared, ...namedElsewhere(declared, place)];
  regionalStore(terms);
  const things = new Things(all, place);
  const holders = IDENTITIES.flatMap((kind) => things.of(kind));
  if (holders.length > 0 && SECRETS.every((kind) => things.of(kind).length === 0)) someSecret(terms);
  secrets(things, terms);
  keys(things, terms);
  identities(things, terms);
  surroundings(things, terms);
  ofOthers(things, terms);
}

const IDENTITIES = ["group", "role", "user"] as const;
const SECRETS = ["parameter", "secret"] as const;

/**
 * What an identity may is seen by what it may do to secrets: where none is declared, one stands for those that there are beside, which only
 * patterns match that take in all. It is judged by nothing itself.
 */
function someSecret({ drafting, place }: AwsTerms): void {
  const { partition, region, account } = place;
  const id = drafting.id(`arn:${partition}:secretsmanager:${region}:${account}:secret:some-secret-??????`);
  const own = {
    id,
    scope: `${drafting.source}/${mountOf(place)}`,
    mount: mountOf(place),
    name: "some-secret",
  };
  drafting.standIn("secret", { ...own, secret_type: "aws_secret" });
  drafting.standIn("secret_metadata", { ...own, encrypted: true, labels: {} });
  drafting.standIn("resource_policy", { id: `${id}#policy`, scope: own.scope, resource: id });
}
