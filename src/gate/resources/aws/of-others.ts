import { textOf } from "../../text/node.ts";
import type { Identity } from "./ids.ts";
import { keyGrant } from "./keys.ts";
import { resourcePolicy } from "./resource-policy.ts";
import { NOT_KNOWN } from "../values.ts";
import { mountOf, notKnown, regionalScope, regionalStore, type AwsTerms, type AwsThing } from "./thing.ts";
import type { Things } from "./things.ts";

/**
 * What an input says of secrets and keys that it does not declare: their policies, which are judged by themselves, and grants on keys. Told apart,
 * since nothing else of these is known.
 */
export function ofOthers(things: Things, terms: AwsTerms): void {
  const apart: AwsTerms = { ...terms, drafting: terms.drafting.apart() };
  for (const kind of ["secret", "key"] as const)
    for (const thing of things.of(`${kind}_policy`)) policyAlone(kind, thing, things, terms);
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

/** Of what a policy is, and what names that. */
const NAMING = {
  secret: { attribute: "secret_arn", service: "secretsmanager", resource: "secret" },
  key: { attribute: "key_id", service: "kms", resource: "key" },
} as const;

/**
 * Judges the policy of what is declared elsewhere, or of which it is not known what it is: whom it lets in does not hang on that. The thing is called
 * as the policy is, since two may be of one.
 */
function policyAlone(kind: "key" | "secret", policy: AwsThing, things: Things, terms: AwsTerms): void {
  const { attribute, service, resource } = NAMING[kind];
  const target = things.target(kind, policy.attributes[attribute]);
  if (target !== undefined && "of" in target) return;
  const { partition, region, account } = terms.place;
  const name = policy.address.replaceAll(/[^\w.-]/g, "-");
  const arn = `arn:${partition}:${service}:${region}:${account}:${resource}${kind === "key" ? "/" : ":"}${name}-??????`;
  const bare: AwsTerms = { ...terms, drafting: terms.drafting.bare() };
  const common = { ...own(arn, bare), name: NOT_KNOWN };
  terms.register.declare(common.id, policy.address, policy.spot);
  regionalStore(bare);
  if (kind === "secret") {
    bare.drafting.add("secret", { ...common, secret_type: "aws_secret" });
    bare.drafting.add("secret_metadata", {
      ...common,
      encrypted: true,
      encryption_key: NOT_KNOWN,
      labels: {},
    });
  } else bare.drafting.add("key", { ...common, ...CUSTOMERS });
  resourcePolicy({ identity: identityOfArn(arn) }, bare, { others: [policy], perhaps: [] });
}

/** What a key that somebody gives a policy is at least. */
const CUSTOMERS = { key_type: "SYMMETRIC_DEFAULT", exportable: false, managed_by: "customer" } as const;

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
    encryption_key: NOT_KNOWN,
    labels: {},
  });
  // AWS's own key would keep everyone of another account from reading.
  const detail = `under which key ${common.name} is encrypted is not known here`;
  terms.drafting.hide({ scope: common.scope, resource: common.id, kinds: ["key", "key_alias"], detail });
  resourcePolicy({ identity: identityOfArn(arn) }, terms, { others: [policy], perhaps: [] });
}

function keyElsewhere(arn: string, saying: AwsThing, terms: AwsTerms): void {
  terms.drafting.add("key", { ...own(arn, terms), ...CUSTOMERS });
  const of = { identity: identityOfArn(arn) };
  if (saying.kind === "key_grant") keyGrant(saying, of, terms);
  else resourcePolicy(of, terms, { others: [saying], perhaps: [] });
}
