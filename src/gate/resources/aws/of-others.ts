import { textOf } from "../../text/node.ts";
import type { Identity } from "./ids.ts";
import { keyGrant } from "./keys.ts";
import { resourcePolicy } from "./resource-policy.ts";
import { mountOf, notKnown, regionalScope, type AwsTerms, type AwsThing } from "./thing.ts";
import type { Things } from "./things.ts";

/**
 * What an input says of secrets and keys that it does not declare: their policies, and grants on keys. Told apart, since nothing else of these is
 * known.
 */
export function ofOthers(things: Things, terms: AwsTerms): void {
  const apart: AwsTerms = { ...terms, drafting: terms.drafting.apart() };
  for (const thing of things.of("secret_policy")) {
    const arn = targetElsewhere(thing, "secret_arn", { kind: "secret", things, terms });
    if (arn !== undefined) secretElsewhere(arn, thing, apart);
  }
  for (const [kind, attribute] of [
    ["key_policy", "key_id"],
    ["key_grant", "key_id"],
  ] as const)
    for (const thing of things.of(kind)) {
      const arn = targetElsewhere(thing, attribute, { kind: "key", things, terms });
      if (arn !== undefined) keyElsewhere(arn, thing, apart);
    }
}

interface Of {
  readonly kind: "key" | "secret";
  readonly things: Things;
  readonly terms: AwsTerms;
}

/** The ARN of what a policy or grant is about, where that is not declared here; what else it may be about is told. */
function targetElsewhere(
  thing: AwsThing,
  attribute: string,
  { kind, things, terms }: Of,
): string | undefined {
  const node = thing.attributes[attribute];
  const target = things.target(kind, node);
  if (target === undefined || "of" in target) return undefined;
  const { drafting, place } = terms;
  if ("unknown" in target) {
    drafting.unplaced(notKnown(thing, attribute, node));
    return undefined;
  }
  const text = textOf(node) ?? target.elsewhere;
  if (text.startsWith("arn:")) return text;
  if (kind === "key" && !text.startsWith("alias/"))
    return `arn:${place.partition}:kms:${place.region}:${place.account}:key/${text}`;
  drafting.unplaced(`${attribute} of ${thing.address} is ${text}, which is not declared here`);
  return undefined;
}

function own(arn: string, terms: AwsTerms) {
  const id = terms.drafting.id(arn);
  const resource = arn.split(":").slice(5).join(":");
  const name = resource.replace(/^(?:secret:|key\/)/, "");
  return { id, scope: regionalScope(terms), mount: mountOf(terms.place), name };
}

function identityOfArn(arn: string): Identity {
  return { arn, name: arn, id: arn, named: true };
}

function secretElsewhere(arn: string, policy: AwsThing, terms: AwsTerms): void {
  const common = own(arn, terms);
  terms.drafting.add("secret", { ...common, secret_type: "aws_secret" });
  terms.drafting.add("secret_metadata", {
    ...common,
    encrypted: true,
    labels: {},
  });
  resourcePolicy({ identity: identityOfArn(arn) }, terms, { others: [policy], perhaps: [] });
}

function keyElsewhere(arn: string, saying: AwsThing, terms: AwsTerms): void {
  terms.drafting.add("key", {
    ...own(arn, terms),
    key_type: "SYMMETRIC_DEFAULT",
    exportable: false,
    managed_by: "customer",
  });
  const of = { identity: identityOfArn(arn) };
  if (saying.kind === "key_grant") keyGrant(saying, of, terms);
  else resourcePolicy(of, terms, { others: [saying], perhaps: [] });
}
