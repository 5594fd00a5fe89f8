import type { AwsPlace } from "../../resources/aws/index.ts";
import { at, entriesOf, itemsOf, textOf, type Node } from "../../text/node.ts";
import type { Surroundings } from "../format.ts";
import { loginOf as loginOfSettings } from "../terraform/providers.ts";
import type { Resource } from "../terraform/resource.ts";

const ARN = /^arn:(aws[a-z-]*):[a-z0-9-]*:([a-z0-9-]*):(\d{12}):/;

/**
 * Where what each provider's configuration makes will be. Region: the resource's own, else the one that the configuration of its provider
 * states, else that of what is there already. Account: the one that the provider is bound to, else that of what is there.
 */
export function places(
  root: Node,
  resources: readonly Resource[],
  surroundings: Surroundings,
): (resource: Resource) => AwsPlace {
  const seen = seenIn(resources);
  const settings = new Map<string, Partial<AwsPlace>>();
  const logins = new Map<string, string>();
  for (const [name, { value }] of entriesOf(at(root, "configuration", "provider_config"))) {
    settings.set(name, settingsOf(root, at(value, "expressions")));
    logins.set(name, loginOf(name, at(value, "expressions")));
  }
  const whole = only(seen) ?? {};
  const alike = ofLogins(logins, (name) => settings.get(name)?.account ?? seen.get(name)?.account);
  return ({ provider, attributes }) => {
    const region = textOf(at(attributes, "region"));
    const stated = settings.get(provider) ?? settings.get(provider.split(":").at(-1) ?? provider) ?? {};
    const found = { ...whole, ...seen.get(provider), ...stated };
    const where = region ?? found.region ?? surroundings.region;
    return {
      account: found.account ?? alike.get(logins.get(provider) ?? "") ?? surroundings.account,
      partition: found.partition ?? partitionOf(where) ?? surroundings.partition,
      region: where,
    };
  };
}

/** By what a provider logs in, in words that are equal where that is the same. What an expression refers to may be in it in several ways. */
function loginOf(name: string, expressions: Node | undefined): string {
  const [, module = "", product = name] = /^(?:(.*):)?([^.:]*)/.exec(name) ?? [];
  const own = loginOfSettings(expressions);
  return JSON.stringify([module, product, own ?? "", own?.includes('"references"') === false ? "" : name]);
}

/** The account of each login, where one of its providers tells it, and none another. */
function ofLogins(
  logins: ReadonlyMap<string, string>,
  accountOf: (provider: string) => string | undefined,
): ReadonlyMap<string, string> {
  const found = Map.groupBy(logins, ([, login]) => login);
  const known = [...found].map(([login, all]) => {
    return [login, new Set(all.flatMap(([name]) => accountOf(name) ?? []))] as const;
  });
  return new Map(
    known.flatMap(([login, [account, ...others]]) =>
      account === undefined || others.length > 0 ? [] : [[login, account]],
    ),
  );
}

function partitionOf(region: string): string | undefined {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : undefined;
}

/** Data sources that find things of the provider's own account alone: IAM and lists of aliases answer for no other. */
const OF_OWN_ACCOUNT: ReadonlySet<string> = new Set([
  "aws_iam_group",
  "aws_iam_openid_connect_provider",
  "aws_iam_role",
  "aws_iam_saml_provider",
  "aws_iam_user",
  "aws_kms_alias",
]);

/** Where a provider's resources are that are there already, where all are in one place. */
function seenIn(resources: readonly Resource[]): Map<string, Partial<AwsPlace>> {
  const found = new Map<string, { account: Set<string>; partition: Set<string>; region: Set<string> }>();
  for (const { provider, attributes, type, mode } of resources) {
    const isCaller = type === "aws_caller_identity";
    // Other data sources may be another account's.
    if (mode === "data" && !isCaller && !OF_OWN_ACCOUNT.has(type)) continue;
    const [, partition, region, account] = ARN.exec(textOf(at(attributes, "arn")) ?? "") ?? [];
    const known = found.get(provider) ?? { account: new Set(), partition: new Set(), region: new Set() };
    found.set(provider, known);
    const own = isCaller ? textOf(at(attributes, "account_id")) : account;
    if (own !== undefined && /^\d{12}$/.test(own)) known.account.add(own);
    if (partition !== undefined) known.partition.add(partition);
    if (region !== undefined && region !== "") known.region.add(region);
  }
  return new Map(
    [...found].map(([provider, { account, partition, region }]) => [
      provider,
      {
        ...one("account", account),
        ...one("partition", partition),
        ...one("region", region),
      },
    ]),
  );
}

function one(name: keyof AwsPlace, values: ReadonlySet<string>): Partial<AwsPlace> {
  const [value] = values;
  return values.size === 1 && value !== undefined ? { [name]: value } : {};
}

/** What holds for all providers where there is one alone. */
function only(seen: ReadonlyMap<string, Partial<AwsPlace>>): Partial<AwsPlace> | undefined {
  const aws = [...seen].filter(([provider]) => /(?:^|[.:])aws(?:\.|$)/.test(provider));
  return aws.length === 1 ? aws[0]?.[1] : undefined;
}

function settingsOf(root: Node, expressions: Node | undefined): Partial<AwsPlace> {
  const region = stated(root, at(expressions, "region"));
  const [allowed, ...others] = itemsOf(at(expressions, "allowed_account_ids", "constant_value"));
  const assumed = itemsOf(at(expressions, "assume_role")).map((block) => stated(root, at(block, "role_arn")));
  const account = others.length === 0 && allowed !== undefined ? textOf(allowed) : undefined;
  const ofRole = assumed.map((arn) => /^arn:(aws[a-z-]*):iam::(\d{12}):/.exec(arn ?? "")?.[2]).at(-1);
  const found = account ?? ofRole;
  return {
    ...(region === undefined ? {} : { region }),
    ...(found === undefined ? {} : { account: found }),
  };
}

/** What an expression states, itself or by a variable of the root module. */
function stated(root: Node, expression: Node | undefined): string | undefined {
  const constant = textOf(at(expression, "constant_value"));
  if (constant !== undefined) return constant;
  const [name, ...others] = itemsOf(at(expression, "references")).flatMap((item) => textOf(item) ?? []);
  if (name === undefined || others.length > 0 || !name.startsWith("var.")) return undefined;
  return textOf(at(root, "variables", name.slice(4), "value"));
}
