import { isPlaceholder, isStandIn } from "../../../secret-scan/index.ts";
import type { FactKind } from "../../../facts/index.ts";
import type { FactDraft } from "../../drafting.ts";
import { at, itemsOf, textOf, type Node } from "../../text/node.ts";
import { NOT_KNOWN } from "../values.ts";
import type { Identity } from "./ids.ts";
import { resourcePolicy } from "./resource-policy.ts";
import {
  countOf,
  hidUnknown,
  mountOf,
  notKnown,
  regionalScope,
  tagsOf,
  unknownAmong,
  type AwsTerms,
  type AwsThing,
} from "./thing.ts";
import type { Named, Things } from "./things.ts";

const DAY_S = 86_400;

/** Secrets of Secrets Manager, with their rotation, policy and values; and parameters. */
export function secrets(things: Things, terms: AwsTerms): void {
  const rotations = things.about("secret", "secret_rotation", "secret_id");
  const policies = things.about("secret", "secret_policy", "secret_arn");
  for (const named of things.named("secret")) {
    const { address } = named.thing;
    secret(named, things, terms);
    rotation(named, terms, { of: rotations.of(address), perhaps: rotations.unknown });
    resourcePolicy(named, terms, {
      own: named.thing,
      others: policies.of(address),
      perhaps: policies.unknown.map((thing) => notKnown(thing, "secret_arn", thing.attributes["secret_arn"])),
    });
  }
  for (const thing of things.of("secret_value"))
    writtenValue(thing, terms, ["secret_string", "secret_string_wo", "secret_binary"]);
  for (const named of things.named("parameter")) parameter(named, things, terms);
}

function located({ identity }: Named, terms: AwsTerms) {
  return {
    id: terms.drafting.id(identity.arn),
    scope: regionalScope(terms),
    mount: mountOf(terms.place),
    // Of a name that stands for one that is not known no rule may think anything.
    name: identity.named ? identity.name : NOT_KNOWN,
  };
}

function secret(named: Named, things: Things, terms: AwsTerms): void {
  const { thing, identity } = named;
  const { drafting, register } = terms;
  const own = located(named, terms);
  register.declare(own.id, thing.address, thing.spot);
  drafting.add("secret", { ...own, secret_type: "aws_secret" });
  // It is encrypted whatever it is called.
  if (!identity.named) drafting.hideName(nameOf(named, terms));
  drafting.add("secret_metadata", {
    ...own,
    ...encryption(thing, { things, terms, of: identity }),
    encrypted: true,
    labels: labels(thing, own.id, terms),
  });
  writtenValue(thing, terms, ["secret_string"]);
}

/** What a value is encrypted under, by the attribute `attribute`. Not set: a key of AWS's, which has no name there. */
function encryption(
  thing: AwsThing,
  {
    things,
    terms,
    of,
    attribute = "kms_key_id",
  }: { things: Things; terms: AwsTerms; of: Identity; attribute?: string },
): { encryption_key?: string } {
  const { drafting } = terms;
  const target = things.target("key", thing.attributes[attribute]);
  if (target === undefined) return {};
  if ("of" in target) return { encryption_key: target.of.identity.arn };
  const hide = (detail: string): void => {
    drafting.hide({
      scope: regionalScope(terms),
      resource: drafting.id(of.arn),
      kinds: ["key", "key_alias"],
      detail,
    });
  };
  if ("unknown" in target) {
    hide(notKnown(thing, attribute, target.unknown));
    return { encryption_key: NOT_KNOWN };
  }
  const { elsewhere } = target;
  const alias = things.target("key_alias", thing.attributes[attribute]);
  if (alias !== undefined && "of" in alias) return { encryption_key: alias.of.identity.arn };
  if (/(?:^|:)alias\/aws\//.test(elsewhere)) return { encryption_key: elsewhere };
  if (/(?:^|:)alias\//.test(elsewhere)) customersAlias(elsewhere, terms);
  else hide(`${attribute} of ${thing.address} names a key that is not declared here, and may be AWS's own`);
  return { encryption_key: elsewhere };
}

/** Only AWS's aliases begin with `alias/aws/`: behind every other one is a key of the customer's. Source: CreateAlias, "AliasName". */
function customersAlias(written: string, terms: AwsTerms): void {
  const { drafting, place } = terms;
  const base = `arn:${place.partition}:kms:${place.region}:${place.account}:`;
  const arn = written.startsWith("arn:") ? written : `${base}${written}`;
  const name = arn.slice(arn.indexOf("alias/"));
  const scope = regionalScope(terms);
  const mount = mountOf(place);
  const keyArn = `${base}key/behind-${name.replaceAll(/[^\w.-]/g, "-")}`;
  const key = drafting.id(keyArn);
  drafting.add("key_alias", { id: drafting.id(arn), scope, mount, name, key });
  drafting.add("key", {
    id: key,
    scope,
    mount,
    name,
    key_type: "SYMMETRIC_DEFAULT",
    exportable: false,
    managed_by: "customer",
  });
  drafting.hide({
    scope,
    resource: key,
    kinds: ["key_grant", "key_rotation", "resource_labels", "resource_policy"],
    detail: `the key behind ${name} is not declared here`,
  });
}

/** A name that is not known: of a parameter it tells whether it is a secret, and for any it may be one that rules speak of. */
function nameOf({ thing, identity }: Named, terms: AwsTerms) {
  const name = thing.attributes["name"] ?? thing.attributes["name_prefix"];
  return {
    scope: regionalScope(terms),
    resource: terms.drafting.id(identity.arn),
    detail: notKnown(thing, "name", name),
  };
}

function labels(thing: AwsThing, id: string, terms: AwsTerms): Record<string, string> {
  const scope = regionalScope(terms);
  hidUnknown(terms, thing, { names: ["tags"], scope, resource: id, kinds: ["resource_labels"] });
  return tagsOf(thing.attributes["tags"]);
}

interface Rotations {
  readonly of: readonly AwsThing[];
  readonly perhaps: readonly AwsThing[];
}

/** A secret for which nothing declares a rotation is not rotated, unless what rotates one whose name is not known rotates this. */
function rotation(named: Named, terms: AwsTerms, { of, perhaps }: Rotations): void {
  const { drafting, register } = terms;
  const own = located(named, terms);
  const [declared] = of;
  const kinds: readonly FactKind[] = ["secret_rotation"];
  if (declared === undefined) {
    const [other] = perhaps;
    if (other === undefined) drafting.add("secret_rotation", { ...own, enabled: false });
    else
      drafting.hide({
        scope: own.scope,
        resource: own.id,
        kinds,
        detail: notKnown(other, "secret_id", other.attributes["secret_id"]),
      });
    return;
  }
  register.part(own.id, "secret_rotation", declared.spot);
  const unknown = {
    names: ["rotation_rules", "rotation_lambda_arn"],
    scope: own.scope,
    resource: own.id,
    kinds,
  };
  // Which function rotates is not judged; whether one does is known.
  const rulesUnknown = unknownAmong(declared, ["rotation_rules"]) !== undefined;
  if (rulesUnknown) {
    hidUnknown(terms, declared, { ...unknown, names: ["rotation_rules"] });
    return;
  }
  drafting.add("secret_rotation", { ...own, enabled: true, ...rules(declared) });
}

type RotationRules = Pick<FactDraft<"secret_rotation">, "period_s" | "rotator" | "schedule" | "window_s">;

function rules({ attributes }: AwsThing): RotationRules {
  const written = attributes["rotation_rules"];
  const block = written?.kind === "list" ? itemsOf(written)[0] : written;
  const days = countOf(at(block, "automatically_after_days"));
  const schedule = textOf(at(block, "schedule_expression"));
  const period = days === undefined ? rateSeconds(schedule) : days * DAY_S;
  const hours = /^(\d{1,4})h$/.exec(textOf(at(block, "duration")) ?? "")?.[1];
  const rotator = textOf(attributes["rotation_lambda_arn"]);
  return {
    ...(period === undefined ? {} : { period_s: period }),
    ...(schedule === undefined ? {} : { schedule }),
    ...(hours === undefined ? {} : { window_s: Number(hours) * 3600 }),
    ...(rotator === undefined ? {} : { rotator }),
  };
}

const UNITS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: DAY_S };

/** The period of `rate(10 days)`; a cron expression has none that is fixed. */
function rateSeconds(schedule: string | undefined): number | undefined {
  const [, number, unit = ""] = /^rate\((\d{1,9}) (minute|hour|day)s?\)$/.exec(schedule ?? "") ?? [];
  return number === undefined ? undefined : Number(number) * (UNITS[unit] ?? 0);
}

/** A value that is written in the file; one that a reference to another store stands for is none. */
function writtenValue(thing: AwsThing, { register }: AwsTerms, names: readonly string[]): void {
  for (const name of names) {
    const node = thing.attributes[name];
    if (isWrittenSecret(node) && !isPlaceholder(textOf(node) ?? ""))
      register.credential("secret-value", node, `${thing.address}.${name}`);
  }
}

/** A text that is a value by itself: neither empty, nor what stands for one, nor a dynamic reference of CloudFormation. */
export function isWrittenSecret(node: Node | undefined): node is Node {
  const text = textOf(node);
  return text !== undefined && !isStandIn(text) && !text.includes("{{resolve:");
}

const PLAIN_TYPES = new Set(["String", "StringList"]);

function parameter(named: Named, things: Things, terms: AwsTerms): void {
  const { thing, identity } = named;
  const { drafting, register } = terms;
  const { attributes, address } = thing;
  const own = located(named, terms);
  register.declare(own.id, address, thing.spot);
  drafting.add("secret", { ...own, secret_type: "aws_parameter" });
  // Whether a value in the clear is a secret is told by its name and labels: what either hides is not decided by the other.
  const known = labels(thing, own.id, terms);
  if (identity.named)
    drafting.add("resource_labels", {
      id: `${own.id}#labels`,
      scope: own.scope,
      resource: own.id,
      labels: known,
    });
  // Only parameters of the advanced tier can be shared; without a tier it is the standard one (PutParameter, "Tier").
  const tier = attributes["tier"] === undefined ? "Standard" : textOf(attributes["tier"]);
  if (tier === "Standard")
    drafting.add("resource_policy", { id: `${own.id}#policy`, scope: own.scope, resource: own.id });
  const type = attributes["type"] === undefined ? "String" : textOf(attributes["type"]);
  if (attributes["type"] !== undefined) register.part(own.id, "secret_metadata", attributes["type"]);
  register.part(own.id, "resource_labels", attributes["tags"] ?? thing.spot);
  const plain = type !== undefined && PLAIN_TYPES.has(type);
  const metadata = { scope: own.scope, resource: own.id, kinds: ["secret_metadata"] as const };
  if (type !== "SecureString" && !plain) {
    drafting.hide({ ...metadata, detail: notKnown(thing, "type", attributes["type"]) });
    return;
  }
  // What is no secret need not be rotated.
  const kinds: readonly FactKind[] = plain ? ["resource_labels", "secret_rotation"] : ["resource_labels"];
  if (!identity.named) drafting.hide({ ...nameOf(named, terms), kinds });
  drafting.add("secret_metadata", {
    ...own,
    ...(plain ? {} : encryption(thing, { things, terms, of: identity, attribute: "key_id" })),
    encrypted: !plain,
    labels: {},
    ext: { aws: { type, ...(tier === undefined ? {} : { tier }) } },
  });
  if (!plain) writtenValue(thing, terms, ["value", "value_wo", "insecure_value"]);
}
