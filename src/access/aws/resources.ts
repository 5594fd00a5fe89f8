import type { FactOf } from "../../facts/index.ts";
import { parseArn } from "./arn.ts";
import { arnOf, recordsOf, type EstateSetting, type SourcedResource } from "./estate-parts.ts";
import type { Sourced } from "./fact-documents.ts";
import { keyStateOf } from "./thing-state.ts";
import type { AwsResource, Unreadable } from "./world-schema.ts";

type Setting = Pick<EstateSetting, "storeId" | "gaps" | "documents">;

/** Keys and their second names, by fact id. */
export interface KeyFacts {
  readonly aliases: ReadonlyMap<string, FactOf<"key_alias">>;
  readonly keys: ReadonlyMap<string, FactOf<"key">>;
}

interface Known {
  readonly labels: FactOf<"resource_labels"> | undefined;
  readonly metadata: FactOf<"secret_metadata"> | undefined;
}

/** A secret or parameter. What nobody looked at is not known, but for a parameter's policy, which most cannot have. */
export function secretResource(
  fact: FactOf<"secret">,
  arn: string,
  { labels, metadata, keys }: Known & { readonly keys: KeyFacts },
  setting: Setting,
): SourcedResource {
  const { gaps, documents } = setting;
  const { id, name, scope } = fact;
  const isParameter = fact.secret_type === "aws_parameter";
  const read = documents.ofResource(id, name, scope);
  const policy = read ?? (isParameter ? undefined : notRead(`${id}#policy`, `policy of ${name}`));
  const hidden = (what: string) => gaps.why(`${what} of ${name}`, "secret_metadata", id, scope);
  const kms_key =
    metadata === undefined
      ? { unreadable: hidden("the key") }
      : keyOf(metadata, arn, { keys, isParameter, setting, scope });
  const resource: AwsResource = {
    ...(policy === undefined ? {} : { policy: policy.given }),
    tags: labels?.labels ?? metadata?.labels ?? { unreadable: hidden("tags") },
    ...(kms_key === undefined ? {} : { kms_key }),
    ...(metadata?.deletes_at === undefined ? {} : { state: "scheduled_for_deletion" }),
  };
  return {
    resource,
    ...(policy === undefined ? {} : { policy }),
    records: [...recordsOf(policy), ...[fact, labels, metadata].flatMap((one) => one?.record ?? [])],
  };
}

function notRead(id: string, name: string): Sourced {
  return { id, name, given: { unreadable: `${name}: not in the snapshot` } };
}

interface KeyQuestion {
  readonly keys: KeyFacts;
  readonly isParameter: boolean;
  readonly setting: Setting;
  readonly scope: string;
}

/** The key as worlds name it: AWS's own by its alias, any other by its ARN. */
function keyOf(
  { encrypted, encryption_key }: FactOf<"secret_metadata">,
  arn: string,
  { keys, isParameter, setting: { storeId, gaps }, scope }: KeyQuestion,
): string | Unreadable | undefined {
  if (encrypted === false) return undefined;
  const own = isParameter ? "alias/aws/ssm" : "alias/aws/secretsmanager";
  if (encryption_key === undefined) return own;
  const { partition = "aws", region = "", account = "" } = parseArn(arn) ?? {};
  const bare = encryption_key.startsWith(`${storeId}:`)
    ? encryption_key.slice(storeId.length + 1)
    : encryption_key;
  if (/(?:^|:)alias\/aws\//.test(bare)) return bare.slice(bare.indexOf("alias/"));
  const base = `arn:${partition}:kms:${region}:${account}:`;
  const isAlias = /(?:^|:)alias\//.test(bare);
  const full = bare.startsWith("arn:")
    ? bare
    : `${base}${isAlias ? bare : `key/${bare.replace(/^key\//, "")}`}`;
  if (!isAlias) return keys.keys.get(`${storeId}:${full}`)?.managed_by === "provider" ? own : full;
  const behind = keys.aliases.get(`${storeId}:${full}`)?.key;
  if (behind === undefined)
    return { unreadable: gaps.why(`the key behind ${full}`, "key_alias", `${storeId}:${full}`, scope) };
  const key = arnOf(storeId, behind) ?? `${base}key/${behind}`;
  return keys.keys.get(`${storeId}:${key}`)?.managed_by === "provider" ? own : key;
}

/** A customer's key. */
export function keyResource(
  fact: FactOf<"key">,
  { labels, grants }: Known & { readonly grants: readonly FactOf<"key_grant">[] },
  { gaps, documents }: Setting,
): SourcedResource {
  const { id, name, scope } = fact;
  const policy =
    documents.ofResource(id, `key ${name}`, scope) ?? notRead(`${id}#policy`, `policy of key ${name}`);
  const hidden = gaps.hiding("key_grant", `${id}#grant/`, scope);
  const state = keyStateOf(fact.state);
  const unread = hidden === undefined ? [] : [{ unreadable: `grants of key ${name}: ${hidden.detail}` }];
  return {
    resource: {
      policy: policy.given,
      tags: labels?.labels ?? { unreadable: gaps.why(`tags of key ${name}`, "resource_labels", id, scope) },
      grants: [...grants.map(grantOf), ...unread],
      ...(state === undefined ? {} : { state }),
    },
    policy,
    grants: grants.map(({ id: grantId, grant_id, record }) => ({
      id: grantId,
      name: `grant ${grant_id}`,
      records: [record],
      given: {},
    })),
    records: [...recordsOf(policy), fact.record, ...(labels === undefined ? [] : [labels.record])],
  };
}

function grantOf(fact: FactOf<"key_grant">) {
  const { encryption_context_equals: equals, encryption_context_subset: subset } = fact;
  const constraints = {
    ...(subset === undefined ? {} : { EncryptionContextSubset: subset }),
    ...(equals === undefined ? {} : { EncryptionContextEquals: equals }),
  };
  return {
    GranteePrincipal: fact.grantee,
    Operations: [...fact.operations],
    GrantId: fact.grant_id,
    ...(Object.keys(constraints).length === 0 ? {} : { Constraints: constraints }),
  };
}
