import { textOf } from "../../text/node.ts";
import type { AwsKind, AwsPlace, AwsThing } from "./thing.ts";

/** What a declared thing will be called. */
export interface Identity {
  readonly arn: string;
  readonly name: string;
  /** What other resources may name it by, beside its ARN and name: a key's id, an alias's name. */
  readonly id: string;
  /** Whether its name is known, but for what the provider makes up. */
  readonly named: boolean;
}

/** What AWS makes up at the end of a secret's ARN: six characters, which `??????` and `*` in policies match. */
const SECRET_END = "-??????";

/** How AWS's own aliases begin. */
const ALIAS = "alias/";

/** The name that a thing will have, and whether that is known. */
function nameOf({ address, attributes, generated }: AwsThing): { name: string; named: boolean } {
  const { name, name_prefix: prefix } = attributes;
  const written = textOf(name);
  if (written !== undefined && written !== "") return { name: written, named: true };
  const symbol = address.replace(/[^\w+=,.@/-]/g, "_");
  if (name !== undefined) return { name: symbol, named: false };
  const begun = textOf(prefix);
  if (begun !== undefined) return { name: `${begun}made-by-provider`, named: true };
  if (prefix !== undefined || generated === undefined) return { name: symbol, named: false };
  return { name: generated, named: true };
}

/** A path of IAM, `/` where none is set. */
export function iamPath({ attributes }: AwsThing): string {
  const path = textOf(attributes["path"]) ?? "/";
  return path.startsWith("/") && path.endsWith("/") ? path : "/";
}

type Form = (thing: AwsThing, place: AwsPlace) => Identity;

function regional(service: string, resource: (name: string) => string): Form {
  return (thing, { partition, region, account }) => {
    const { name, named } = nameOf(thing);
    const own = resource(name);
    return { arn: `arn:${partition}:${service}:${region}:${account}:${own}`, name, named, id: own };
  };
}

function ofIam(type: string): Form {
  return (thing, { partition, account }) => {
    const { name, named } = nameOf(thing);
    return {
      arn: `arn:${partition}:iam::${account}:${type}${iamPath(thing)}${name}`,
      name,
      named,
      id: name,
    };
  };
}

const aliasName = (name: string): string => (name.startsWith(ALIAS) ? name : `${ALIAS}${name}`);

const key: Form = ({ address }, { partition, region, account }) => {
  const id = address.replace(/[^\w.-]/g, "_");
  return { arn: `arn:${partition}:kms:${region}:${account}:key/${id}`, name: id, id, named: true };
};

const alias: Form = (thing, place) => {
  const { name, named } = nameOf(thing);
  const own = aliasName(name);
  const arn = `arn:${place.partition}:kms:${place.region}:${place.account}:${own}`;
  return { arn, name: own, id: own, named };
};

const issuer: Form = ({ address, attributes }, { partition, account }) => {
  const url = textOf(attributes["url"]);
  const name = (url ?? address).replace(/^https:\/\//, "");
  const arn = `arn:${partition}:iam::${account}:oidc-provider/${name}`;
  return { arn, name, id: arn, named: url !== undefined };
};

const bucket: Form = (thing, { partition }) => {
  const { name, named } = nameOf(thing);
  return { arn: `arn:${partition}:s3:::${name}`, name, id: name, named };
};

const FORMS: Readonly<Partial<Record<AwsKind, Form>>> = {
  bucket,
  group: ofIam("group"),
  key,
  key_alias: alias,
  managed_policy: ofIam("policy"),
  oidc_provider: issuer,
  parameter: regional("ssm", (name) => `parameter/${name.replace(/^\//, "")}`),
  role: ofIam("role"),
  saml_provider: ofIam("saml-provider"),
  secret: regional("secretsmanager", (name) => `secret:${name}${SECRET_END}`),
  trail: regional("cloudtrail", (name) => `trail/${name}`),
  user: ofIam("user"),
  vpc_endpoint: (thing, { partition, region, account }) => {
    const id = thing.address.replace(/[^\w.-]/g, "_");
    return { arn: `arn:${partition}:ec2:${region}:${account}:vpc-endpoint/${id}`, name: id, id, named: true };
  },
};

/**
 * What a declared thing will be called, where AWS names it by what is declared; else by its address, so that others can refer to it.
 * Undefined of what has no name of its own, such as an attachment.
 */
export function identityOf(thing: AwsThing, place: AwsPlace): Identity | undefined {
  const made = FORMS[thing.kind]?.(thing, place);
  return made === undefined ? undefined : { ...made, ...thing.existing };
}

/** As `identityOf`, of a kind that has one. */
export function identified(thing: AwsThing, place: AwsPlace): Identity {
  const found = identityOf(thing, place);
  if (found === undefined) throw new TypeError(`expected a kind with an ARN, got ${thing.kind}`);
  return found;
}
