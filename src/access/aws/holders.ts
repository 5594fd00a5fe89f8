import type { FactOf } from "../../facts/index.ts";
import type { GrantPrincipal, Through } from "../grant.ts";
import { parseArn } from "./arn.ts";
import type { AwsGroup, EstateSetting } from "./estate-parts.ts";
import type { Sourced } from "./fact-documents.ts";
import { speaksOf } from "./statement-index.ts";
import { isUnreadable, type AwsPrincipal, type AwsQuestion, type AwsWorld } from "./world-schema.ts";

/** A policy of an identity and the way to it. */
export interface HeldPolicy {
  readonly source: Sourced;
  readonly through: readonly Through[];
}

/** Whoever may hold access, and how it asks. */
export interface Holder {
  readonly principal: GrantPrincipal;
  readonly asks: AwsQuestion["principal"];
  /** Absent for services, providers and everyone. */
  readonly account?: string;
  /** In the order of the world's `identity_policies`. */
  readonly policies: readonly HeldPolicy[];
  readonly boundary?: Sourced;
  /** Users: ids of groups. */
  readonly groups: readonly string[];
  /** Holds for whatever it can do: somebody else decides. */
  readonly standing?: string;
  /** Why it is not known whether there is such a one, or whether it is a stranger. */
  readonly doubt?: string;
  /** Nobody names it: it is there for what it may come to, and without that it is not. */
  readonly supposed?: true;
  readonly records: readonly string[];
}

type Principals = NonNullable<AwsWorld["principals"]>;

/** A user, or a role with its trust policy, as what is acted on. */
interface IdentityResource {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly trust?: Sourced;
}

interface Own {
  readonly holders: readonly Holder[];
  readonly principals: Principals;
  readonly identities: readonly IdentityResource[];
  readonly groups: readonly AwsGroup[];
}

/** Users, roles and account roots as they were read, and the root of every account. */
export function holdersIn(
  facts: readonly FactOf<"principal">[],
  groups: readonly FactOf<"group">[],
  setting: EstateSetting,
): Own {
  const byId = new Map(groups.map((group) => [group.id, group]));
  const principals: Principals = {};
  const holders: Holder[] = [];
  const identities: IdentityResource[] = [];
  const rootFacts = new Map<string, FactOf<"principal">>();
  for (const fact of facts) {
    const arn = fact.native_id;
    const parsed = parseArn(arn);
    if (parsed === undefined) continue;
    if (fact.principal_type === "aws_root") {
      rootFacts.set(parsed.account, fact);
      continue;
    }
    const holder = identity(fact, parsed.account, byId, setting);
    holders.push(holder);
    const isRole = parsed.resource.startsWith("role/");
    const trust =
      isRole && setting.documents.policy(`${fact.id}#trust`, "resource", "trust policy of", fact.scope);
    const isTagged = trust !== false && letsTag(trust, setting);
    principals[arn] = { ...worldPrincipal(fact, holder), ...(isTagged ? { session_tags: true } : {}) };
    identities.push({ arn, tags: fact.labels, ...(trust === false ? {} : { trust }) });
  }
  for (const account of setting.accounts.keys()) holders.push(root(account, rootFacts.get(account), setting));
  return {
    holders,
    principals,
    identities,
    groups: groups.map(({ id, native_id, policies, scope }) => ({
      id,
      arn: native_id,
      account: parseArn(native_id)?.account ?? "",
      policies: policies.map((policy) => setting.documents.policy(policy, "identity", "policy", scope)),
    })),
  };
}

function identity(
  fact: FactOf<"principal">,
  account: string,
  groups: ReadonlyMap<string, FactOf<"group">>,
  { documents, gaps }: EstateSetting,
): Holder {
  const { id, scope } = fact;
  const read = (policy: string) => documents.policy(policy, "identity", "policy", scope);
  const own = fact.policies.map((policy): HeldPolicy => ({ source: read(policy), through: [] }));
  const inherited = fact.direct_group_ids.flatMap((groupId): HeldPolicy[] => {
    const group = groups.get(groupId);
    const name = group?.name ?? groupId;
    const through = [{ kind: "group" as const, id: groupId, name }];
    if (group !== undefined) return group.policies.map((policy) => ({ source: read(policy), through }));
    const unreadable = gaps.why(`group ${name}`, "group", groupId, scope);
    return [{ source: { given: { unreadable }, id: groupId, name }, through }];
  });
  const boundary = extText(fact, "boundary");
  return {
    principal: {
      id,
      store_id: fact.store_id,
      principal_type: fact.native_id.includes(":user/") ? "iam_user" : "iam_role",
      name: fact.name,
      public: false,
      external: false,
      disabled: fact.disabled,
      collector: false,
    },
    asks: fact.native_id,
    account,
    policies: [...own, ...inherited],
    ...(boundary === undefined
      ? {}
      : { boundary: documents.policy(boundary, "identity", "boundary", scope) }),
    groups: fact.direct_group_ids,
    records: [fact.record, ...fact.direct_group_ids.flatMap((group) => groups.get(group)?.record ?? [])],
  };
}

function worldPrincipal(fact: FactOf<"principal">, { policies, boundary }: Holder): AwsPrincipal {
  const unique = extText(fact, "unique_id");
  return {
    identity_policies: policies.map(({ source }) => source.given),
    ...(boundary === undefined ? {} : { permission_boundaries: [boundary.given] }),
    tags: fact.labels,
    ...(unique === undefined ? {} : { unique_id: unique }),
  };
}

/** Whether a trust policy lets somebody choose tags of the role's session (IAM User Guide, "Pass session tags in AWS STS"). */
function letsTag({ given }: Sourced, { documents }: EstateSetting): boolean {
  if (isUnreadable(given)) return false;
  return documents.documents
    .parsed(given, "resource")
    .statements.some((one) => one.effect === "Allow" && speaksOf(one, "sts:TagSession"));
}

function extText(fact: FactOf<"principal">, key: string): string | undefined {
  const own = fact.ext?.["aws"];
  const value = typeof own === "object" && own !== null ? (own as Record<string, unknown>)[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Every account has one, whether the credential report could be read or not. */
function root(
  account: string,
  fact: FactOf<"principal"> | undefined,
  { storeId, partitionOf }: EstateSetting,
): Holder {
  const arn = `arn:${partitionOf(account)}:iam::${account}:root`;
  return {
    principal: {
      id: fact?.id ?? `${storeId}:${arn}`,
      store_id: storeId,
      principal_type: "aws_root",
      name: fact?.name ?? `root of ${account}`,
      public: false,
      external: false,
      disabled: false,
      collector: false,
    },
    asks: arn,
    account,
    policies: [],
    groups: [],
    records: fact === undefined ? [] : [fact.record],
  };
}
