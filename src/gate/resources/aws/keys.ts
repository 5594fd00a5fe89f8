import { entriesOf, itemsOf, textOf, unknownIn, type Node } from "../../text/node.ts";
import { resourcePolicy } from "./resource-policy.ts";
import {
  countOf,
  hidUnknown,
  mountOf,
  notKnown,
  regionalScope,
  switchOf,
  tagsOf,
  type AwsTerms,
  type AwsThing,
} from "./thing.ts";
import type { Named, Things } from "./things.ts";

const DAY_S = 86_400;

/** Days between rotations where none are set. Source: EnableKeyRotation, `RotationPeriodInDays`. */
const ROTATION_DAYS = 365;

/** Keys of KMS, with their policies, other names and grants. */
export function keys(things: Things, terms: AwsTerms): void {
  const policies = things.about("key", "key_policy", "key_id");
  const grants = things.about("key", "key_grant", "key_id");
  for (const named of things.named("key")) {
    const { address } = named.thing;
    key(named, terms);
    resourcePolicy(named, terms, {
      own: named.thing,
      others: policies.of(address),
      perhaps: policies.unknown.map((thing) => notKnown(thing, "key_id", thing.attributes["key_id"])),
      otherwise: defaultPolicy(terms),
    });
    for (const grant of grants.of(address)) keyGrant(grant, named, terms);
    for (const grant of grants.unknown)
      hideGrants(named, terms, notKnown(grant, "key_id", grant.attributes["key_id"]));
  }
  for (const named of things.named("key_alias")) alias(named, things, terms);
}

/** Everything for everyone whom the account's own policies let. Source: "Default key policy", AWS KMS Developer Guide. */
function defaultPolicy({ place }: AwsTerms): string {
  const Principal = { AWS: `arn:${place.partition}:iam::${place.account}:root` };
  const Statement = [
    { Sid: "Enable IAM User Permissions", Effect: "Allow", Principal, Action: "kms:*", Resource: "*" },
  ];
  return JSON.stringify({ Version: "2012-10-17", Id: "key-default-1", Statement });
}

function key({ thing, identity }: Named, terms: AwsTerms): void {
  const { drafting, register, place } = terms;
  const { attributes } = thing;
  const id = drafting.id(identity.arn);
  const own = { id, scope: regionalScope(terms), mount: mountOf(place), name: identity.name };
  const hidden = { scope: own.scope, resource: id };
  register.declare(id, thing.address, thing.spot);
  hidUnknown(terms, thing, { ...hidden, names: ["tags"], kinds: ["resource_labels"] });
  drafting.add("resource_labels", {
    id: `${id}#labels`,
    scope: own.scope,
    resource: id,
    labels: tagsOf(attributes["tags"]),
  });
  const states = ["key_spec", "key_usage", "origin", "is_enabled", "multi_region"];
  if (hidUnknown(terms, thing, { ...hidden, names: states, kinds: ["key", "key_rotation"] })) return;
  const spec = textOf(attributes["key_spec"]) ?? "SYMMETRIC_DEFAULT";
  const origin = textOf(attributes["origin"]) ?? "AWS_KMS";
  drafting.add("key", {
    ...own,
    key_type: spec,
    exportable: false,
    imported: origin === "EXTERNAL",
    managed_by: "customer",
    state: switchOf(attributes["is_enabled"]) === false ? "Disabled" : "Enabled",
    usage: textOf(attributes["key_usage"]) ?? "ENCRYPT_DECRYPT",
    origin,
    multi_region: switchOf(attributes["multi_region"]) === true,
  });
  const rotates = spec === "SYMMETRIC_DEFAULT" && origin === "AWS_KMS";
  const names = ["enable_key_rotation", "rotation_period_in_days"];
  if (rotates && hidUnknown(terms, thing, { ...hidden, names, kinds: ["key_rotation"] })) return;
  const enabled = rotates && switchOf(attributes["enable_key_rotation"]) === true;
  const days = countOf(attributes["rotation_period_in_days"]) ?? ROTATION_DAYS;
  drafting.add("key_rotation", { ...own, enabled, ...(enabled ? { period_s: days * DAY_S } : {}) });
  const period = enabled ? attributes["rotation_period_in_days"] : undefined;
  const stated = period ?? attributes["enable_key_rotation"];
  if (stated !== undefined) register.part(id, "key_rotation", stated);
}

function alias({ thing, identity }: Named, things: Things, terms: AwsTerms): void {
  const { drafting, place } = terms;
  const id = drafting.id(identity.arn);
  const scope = regionalScope(terms);
  const target = things.target("key", thing.attributes["target_key_id"]);
  if (target === undefined || "unknown" in target) {
    const node = thing.attributes["target_key_id"];
    drafting.hide({
      scope,
      resource: id,
      kinds: ["key_alias"],
      detail: notKnown(thing, "target_key_id", node),
    });
    return;
  }
  const base = `arn:${place.partition}:kms:${place.region}:${place.account}:key/`;
  const named = "of" in target ? target.of.identity.arn : target.elsewhere;
  const key = named.startsWith("arn:") ? named : `${base}${named}`;
  drafting.add("key_alias", { id, scope, mount: mountOf(place), name: identity.name, key: drafting.id(key) });
}

function hideGrants({ identity }: Pick<Named, "identity">, terms: AwsTerms, detail: string): void {
  const { drafting } = terms;
  const resource = `${drafting.id(identity.arn)}#grant/`;
  drafting.hide({ scope: regionalScope(terms), resource, kinds: ["key_grant"], detail });
}

export function keyGrant(thing: AwsThing, of: Pick<Named, "identity">, terms: AwsTerms): void {
  const { drafting } = terms;
  const { attributes } = thing;
  const grantee = textOf(attributes["grantee_principal"]);
  const names = ["grantee_principal", "operations", "constraints"];
  const unknown = names.find((name) => unknownIn(attributes[name]) !== undefined);
  if (grantee === undefined || unknown !== undefined) {
    const name = unknown ?? "grantee_principal";
    hideGrants(of, terms, notKnown(thing, name, attributes[name]));
    return;
  }
  const key = drafting.id(of.identity.arn);
  const retiring = textOf(attributes["retiring_principal"]);
  const written = attributes["constraints"];
  const constraints = written?.kind === "list" ? itemsOf(written)[0] : written;
  drafting.add("key_grant", {
    id: `${key}#grant/${thing.address}`,
    scope: regionalScope(terms),
    key,
    grant_id: thing.address,
    grantee,
    operations: itemsOf(attributes["operations"])
      .flatMap((one) => textOf(one) ?? [])
      .sort(),
    ...(retiring === undefined ? {} : { retiring_principal: retiring }),
    ...context(constraints, "encryption_context_equals"),
    ...context(constraints, "encryption_context_subset"),
  });
}

function context(constraints: Node | undefined, name: string): Record<string, Record<string, string>> {
  const found = entriesOf(constraints).find(([key]) => key === name)?.[1].value;
  return found === undefined ? {} : { [name]: tagsOf(found) };
}
