import { isMasked, type Fact, type FactOf } from "../../../facts/index.ts";
import { Misshapen, flag, nonEmptyText, objects, text, texts, type Json } from "../../shape.ts";
import { ext, fact, type Answered, type Ask, type Operation } from "../operation.ts";
import {
  asksOf,
  instant,
  listOrNone,
  objectOrNone,
  optionalInstant,
  optionalText,
  rowsOf,
  tags,
} from "../rows.ts";

const row = rowsOf("iam", "global", "arn:{partition}:iam::{account}:");

/**
 * A document as IAM sends it: percent-encoded JSON (RFC 3986), of which a brace is never the first character. One out of which
 * something was taken may be no percent-encoded text any more: it is left as it is, and not told (`redacted.ts`).
 */
function document(written: string, key: string): string {
  if (written.startsWith("{") || isMasked(written)) return written;
  try {
    return decodeURIComponent(written);
  } catch {
    throw new Misshapen(key, "percent-encoded text", written);
  }
}

function documentFact(
  answered: Answered,
  local: string,
  { name, policy_type }: Pick<FactOf<"policy_document">, "name" | "policy_type">,
  [json, key]: readonly [Json, string],
): Fact {
  const text = document(nonEmptyText(json, key), key);
  return fact(answered, "policy_document", local, { name, policy_type, text });
}

const idOf = ({ record }: Answered, local: string): string => `${record.store_id}:${local}`;

/** What users, roles and groups have alike: their own policies, by the lists that hold them. */
function ownPolicies(
  answered: Answered,
  of: Json,
  inlineList: string,
): { readonly ids: string[]; readonly facts: Fact[] } {
  const arn = nonEmptyText(of, "Arn");
  // IAM leaves an empty list out of what has no such policies.
  const inline = listOrNone(of, inlineList).map((policy) => {
    const name = nonEmptyText(policy, "PolicyName");
    const local = `${arn}#inline/${name}`;
    const told = { name, policy_type: "iam_inline" };
    return {
      id: idOf(answered, local),
      fact: documentFact(answered, local, told, [policy, "PolicyDocument"]),
    };
  });
  const attached = listOrNone(of, "AttachedManagedPolicies").map((policy) =>
    idOf(answered, nonEmptyText(policy, "PolicyArn")),
  );
  return {
    ids: [...inline.map(({ id }) => id), ...attached].sort(),
    facts: inline.map((one) => one.fact),
  };
}

function boundaryOf(answered: Answered, of: Json): string | undefined {
  const arn = optionalText(objectOrNone(of, "PermissionsBoundary"), "PermissionsBoundaryArn");
  return arn === undefined ? undefined : idOf(answered, arn);
}

function user(answered: Answered, of: Json): Fact[] {
  const arn = nonEmptyText(of, "Arn");
  const { ids, facts } = ownPolicies(answered, of, "UserPolicyList");
  return [
    fact(answered, "principal", arn, {
      name: nonEmptyText(of, "UserName"),
      principal_type: "iam_user",
      native_id: arn,
      policies: ids,
      disabled: false,
      created_at: instant(of, "CreateDate"),
      labels: tags(of),
      aliases: [],
      direct_group_ids: groupNames(of)
        .map((name) => groupId(answered, name))
        .sort(),
      inherited_group_ids: [],
      ext: ext({
        unique_id: nonEmptyText(of, "UserId"),
        path: nonEmptyText(of, "Path"),
        boundary: boundaryOf(answered, of),
      }),
    }),
    ...facts,
  ];
}

function groupNames(of: Json): string[] {
  return of["GroupList"] === undefined ? [] : texts(of, "GroupList");
}

/**
 * Of its groups a user's entry tells the names alone, which are unique in an account whatever their paths: so a group's id is
 * its ARN without the path.
 */
function groupId(answered: Answered, name: string): string {
  return idOf(answered, groupArn(answered, name));
}

function groupArn({ account, params }: Answered, name: string): string {
  return `arn:${params["partition"] ?? ""}:iam::${account}:group/${name}`;
}

function role(answered: Answered, of: Json): Fact[] {
  const arn = nonEmptyText(of, "Arn");
  const name = nonEmptyText(of, "RoleName");
  const path = nonEmptyText(of, "Path");
  const { ids, facts } = ownPolicies(answered, of, "RolePolicyList");
  const used = objectOrNone(of, "RoleLastUsed");
  return [
    fact(answered, "principal", arn, {
      name,
      principal_type: "iam_role",
      native_id: arn,
      policies: ids,
      disabled: false,
      created_at: instant(of, "CreateDate"),
      labels: tags(of),
      aliases: [],
      direct_group_ids: [],
      inherited_group_ids: [],
      ext: ext({
        unique_id: nonEmptyText(of, "RoleId"),
        path,
        boundary: boundaryOf(answered, of),
        last_used_at: optionalInstant(used, "LastUsedDate"),
        last_used_region: optionalText(used, "Region"),
        service_linked: path.startsWith("/aws-service-role/"),
        instance_profiles: listOrNone(of, "InstanceProfileList")
          .map((profile) => nonEmptyText(profile, "Arn"))
          .sort(),
      }),
    }),
    documentFact(answered, `${arn}#trust`, { name, policy_type: "iam_trust" }, [
      of,
      "AssumeRolePolicyDocument",
    ]),
    ...facts,
  ];
}

function group(answered: Answered, of: Json): Fact[] {
  const name = nonEmptyText(of, "GroupName");
  const { ids, facts } = ownPolicies(answered, of, "GroupPolicyList");
  return [
    fact(answered, "group", groupArn(answered, name), {
      name,
      native_id: nonEmptyText(of, "Arn"),
      group_type: "iam",
      policies: ids,
      member_entity_ids: [],
      member_group_ids: [],
      parent_group_ids: [],
      labels: {},
      created_at: instant(of, "CreateDate"),
      ext: ext({ unique_id: nonEmptyText(of, "GroupId"), path: nonEmptyText(of, "Path") }),
    }),
    ...facts,
  ];
}

/** The default version alone: the others bind nobody. */
function managed(answered: Answered, of: Json): Fact {
  const arn = nonEmptyText(of, "Arn");
  const defaults = objects(of, "PolicyVersionList").filter((version) => flag(version, "IsDefaultVersion"));
  const [version] = defaults;
  if (version === undefined || defaults.length > 1) {
    throw new Misshapen("PolicyVersionList", "versions of which one is the default", defaults);
  }
  const told = { name: arn.slice(arn.lastIndexOf("/") + 1), policy_type: "iam_managed" };
  const made = documentFact(answered, arn, told, [version, "Document"]);
  // AWS's own policies are the same for every account, which each tells.
  return arn.includes(":iam::aws:") ? { ...made, scope: answered.record.store_id } : made;
}

const LISTS = ["UserDetailList", "RoleDetailList", "GroupDetailList", "Policies"] as const;

/** A page may be of one sort alone: AWS fills pages in any order, but always has the four lists. */
function details(answered: Answered): Record<(typeof LISTS)[number], Json[]> {
  const [users, roles, groups, policies] = LISTS.map((list) => objects(answered.body, list));
  return {
    UserDetailList: users ?? [],
    RoleDetailList: roles ?? [],
    GroupDetailList: groups ?? [],
    Policies: policies ?? [],
  };
}

function furtherAsks(answered: Answered): Ask[] {
  const { UserDetailList, RoleDetailList } = details(answered);
  const users = UserDetailList.map((of) => ({
    arn: nonEmptyText(of, "Arn"),
    name: nonEmptyText(of, "UserName"),
  }));
  const roles = RoleDetailList.filter((of) => !text(of, "Path").startsWith("/aws-service-role/")).map(
    (of) => ({
      arn: nonEmptyText(of, "Arn"),
    }),
  );
  return [
    ...users.flatMap(({ arn, name }) => asksOf(answered, ["iam.access_keys"], { arn, name })),
    ...[...users, ...roles]
      .filter(({ arn }) => !isMasked(arn))
      .flatMap(({ arn }) => asksOf(answered, ["iam.use_job"], { arn })),
  ];
}

export const authorizationRows: readonly Operation[] = [
  {
    ...row(
      "authorization",
      "Users, roles, groups and policies, with what each holds",
      "GetAccountAuthorizationDetails",
    ),
    hides: ["access_key", "access_key_use", "group", "policy_document", "principal", "service_use"],
    input: () => ({
      Filter: ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"],
      MaxItems: 200,
    }),
    pages: { token: "Marker", input: "Marker", more: "IsTruncated" },
    unread: ["/Policies/*/Description"],
    entries: LISTS.map((list) => ({
      list,
      id: (of, answered) =>
        list === "GroupDetailList"
          ? groupArn(answered, optionalText(of, "GroupName") ?? "")
          : (optionalText(of, "Arn") ?? ""),
    })),
    facts: (answered) => {
      const { UserDetailList, RoleDetailList, GroupDetailList, Policies } = details(answered);
      return [
        ...UserDetailList.flatMap((of) => user(answered, of)),
        ...RoleDetailList.flatMap((of) => role(answered, of)),
        ...GroupDetailList.flatMap((of) => group(answered, of)),
        ...Policies.map((of) => managed(answered, of)),
      ];
    },
    next: furtherAsks,
  },
];
