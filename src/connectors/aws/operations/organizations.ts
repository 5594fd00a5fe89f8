import type { Fact } from "../../../facts/index.ts";
import { nonEmptyText, objectAt, objects, text, type Json } from "../../shape.ts";
import {
  EVERYTHING,
  fact,
  type Answered,
  type Ask,
  type Family,
  type Lost,
  type Omission,
  type WalkContext,
} from "../operation.ts";
import { asksOf, listOrNone, optionalText, rowsOf, sameAsAsked } from "../rows.ts";

/** Types of policies that bind what accounts may do, and what facts call them. */
const POLICY_TYPES = { scp: "SERVICE_CONTROL_POLICY", rcp: "RESOURCE_CONTROL_POLICY" } as const;

type PolicyType = keyof typeof POLICY_TYPES;

const TYPE_NAMES = Object.keys(POLICY_TYPES) as PolicyType[];

const filterOf = (type: string | undefined): string => POLICY_TYPES[type as PolicyType];

function organization(answered: Answered): { id: string; own: Json } {
  const own = objectAt(answered.body, "Organization");
  return { id: nonEmptyText(own, "Id"), own };
}

/** Policies that hang on a root, a unit or an account, one question for each type. */
function attachmentAsks(answered: Answered, target: string): Ask[] {
  return TYPE_NAMES.flatMap((type) => asksOf(answered, ["organizations.attachments"], { target, type }));
}

/** The roles of other accounts are in it. */
function inPartition({ params }: Answered): { partition: string } {
  return { partition: params["partition"] ?? "" };
}

/** What a root or a unit leads to. */
function insideAsks(answered: Answered, unit: string): Ask[] {
  return [
    ...asksOf(answered, ["organizations.units", "organizations.accounts"], {
      ...inPartition(answered),
      unit,
    }),
    ...attachmentAsks(answered, unit),
  ];
}

function unitFact(answered: Answered, unit: Json, own: { type: "root" | "unit"; parent?: string }): Fact {
  const id = nonEmptyText(unit, "Id");
  return fact(answered, "organization_unit", id, {
    unit_id: id,
    unit_type: own.type,
    name: nonEmptyText(unit, "Name"),
    parent_id: own.parent,
    enabled_policy_types:
      own.type === "unit"
        ? undefined
        : listOrNone(unit, "PolicyTypes")
            .filter((type) => text(type, "Status") === "ENABLED")
            .map((type) => nonEmptyText(type, "Type"))
            .sort(),
  });
}

function accounts(answered: Answered): { id: string; name: string | undefined; status: string }[] {
  return objects(answered.body, "Accounts").map((account) => ({
    id: nonEmptyText(account, "Id"),
    name: optionalText(account, "Name"),
    // `State` takes the place of `Status`, which AWS has announced to end.
    status: optionalText(account, "State") ?? nonEmptyText(account, "Status"),
  }));
}

/** Accounts that the organisation would have named may hold anything. */
function lostAccounts({ operation, account }: Ask, { manyAccounts }: WalkContext, why: Lost): Omission[] {
  const place = account === undefined ? {} : { account };
  return manyAccounts ? [{ ...place, resource: EVERYTHING, operation, hides: [], ...why }] : [];
}

const row = rowsOf("organizations", "global", "organization/");

const PAGED = { pages: { token: "NextToken", input: "NextToken" } } as const;

/** The organisation has no policies of this type: billing alone, or a type that is not offered in this partition. */
const NO_SUCH_POLICIES = ["PolicyTypeNotAvailableForOrganizationException"];

const TREE = ["account", "organization_unit", "policy_attachment"] as const;

/** AWS Organizations: the tree of accounts and the policies that bind them. */
export const organizations: Family = {
  id: "organizations",
  ownAccountOnly: true,
  operations: [
    {
      ...row("organization", "The organisation of the account", "DescribeOrganization"),
      hides: ["organization", "policy_document", ...TREE],
      // "Your account isn't a member of an organization."
      none: ["AWSOrganizationsNotInUseException"],
      facts: (answered) => {
        const { id, own } = organization(answered);
        return [
          fact(answered, "organization", id, {
            organization_id: id,
            management_account_id: nonEmptyText(own, "MasterAccountId"),
            feature_set: nonEmptyText(own, "FeatureSet"),
          }),
        ];
      },
      next: (answered, context) => {
        if (answered.none !== undefined) {
          const ask = { operation: "organizations.organization", params: {}, account: answered.account };
          return lostAccounts(ask, context, {
            reason: "unsupported",
            detail: "the account is in no organisation",
          });
        }
        organization(answered);
        return [
          ...asksOf(answered, ["organizations.roots"], inPartition(answered)),
          ...TYPE_NAMES.flatMap((type) => asksOf(answered, ["organizations.policies"], { type })),
        ];
      },
      lost: lostAccounts,
    },
    {
      ...row("roots", "Roots, and the types of policies that are on", "ListRoots"),
      ...PAGED,
      hides: TREE,
      facts: (answered) =>
        objects(answered.body, "Roots").map((root) => unitFact(answered, root, { type: "root" })),
      next: (answered) =>
        objects(answered.body, "Roots").flatMap((root) => insideAsks(answered, nonEmptyText(root, "Id"))),
      lost: lostAccounts,
    },
    {
      ...row("units", "Units in a root or unit", "ListOrganizationalUnitsForParent"),
      ...PAGED,
      hides: TREE,
      input: ({ unit }) => ({ ParentId: unit }),
      gone: ["ParentNotFoundException"],
      facts: (answered) => {
        const { unit = "" } = answered.params;
        const parent = `${answered.record.store_id}:${unit}`;
        return objects(answered.body, "OrganizationalUnits").map((each) =>
          unitFact(answered, each, { type: "unit", parent }),
        );
      },
      next: (answered) =>
        objects(answered.body, "OrganizationalUnits").flatMap((unit) =>
          insideAsks(answered, nonEmptyText(unit, "Id")),
        ),
      lost: lostAccounts,
    },
    {
      ...row("accounts", "Accounts in a root or unit", "ListAccountsForParent"),
      ...PAGED,
      hides: ["account", "policy_attachment"],
      input: ({ unit }) => ({ ParentId: unit }),
      gone: ["ParentNotFoundException"],
      // Of an account neither its mail address nor its time of joining is told.
      unread: ["/Accounts/*/Email"],
      entries: [{ list: "Accounts", id: (entry) => optionalText(entry, "Id") ?? "" }],
      facts: (answered) =>
        accounts(answered).map(({ id, name, status }) =>
          fact(answered, "account", id, {
            account_id: id,
            name,
            status,
            parent_id: `${answered.record.store_id}:${answered.params["unit"] ?? ""}`,
          }),
        ),
      next: (answered, { manyAccounts }) =>
        accounts(answered).flatMap(({ id, status }) => [
          ...attachmentAsks(answered, id),
          ...(manyAccounts && id !== answered.account ? [memberAsk(answered, id, status)] : []),
        ]),
      lost: lostAccounts,
    },
    {
      ...row("policies", "Service and resource control policies", "ListPolicies"),
      ...PAGED,
      hides: ["policy_document"],
      input: ({ type }) => ({ Filter: filterOf(type) }),
      none: NO_SUCH_POLICIES,
      unread: ["/Policies/*/Description"],
      next: (answered) =>
        answered.none !== undefined
          ? []
          : objects(answered.body, "Policies").flatMap((policy) =>
              asksOf(answered, ["organizations.policy"], {
                policy: nonEmptyText(policy, "Id"),
                type: answered.params["type"] ?? "",
              }),
            ),
    },
    {
      ...row("policy", "Text of such a policy", "DescribePolicy"),
      hides: ["policy_document"],
      resource: "{policy}",
      input: ({ policy }) => ({ PolicyId: policy }),
      gone: ["PolicyNotFoundException"],
      unread: ["/Policy/PolicySummary/Description"],
      facts: (answered) => {
        const policy = objectAt(answered.body, "Policy");
        const summary = objectAt(policy, "PolicySummary");
        const id = sameAsAsked(nonEmptyText(summary, "Id"), answered, "policy", "PolicySummary.Id");
        return [
          fact(answered, "policy_document", id, {
            name: nonEmptyText(summary, "Name"),
            policy_type: answered.params["type"] ?? "",
            text: nonEmptyText(policy, "Content"),
          }),
        ];
      },
    },
    {
      ...row("attachments", "Policies of a root, unit or account", "ListPoliciesForTarget"),
      ...PAGED,
      hides: ["policy_attachment"],
      resource: "{target}#{type}",
      input: ({ target, type }) => ({ TargetId: target, Filter: filterOf(type) }),
      none: NO_SUCH_POLICIES,
      gone: ["TargetNotFoundException"],
      unread: ["/Policies/*/Description"],
      facts: (answered) => [
        attachment(
          answered,
          objects(answered.body, "Policies").map((policy) => nonEmptyText(policy, "Id")),
        ),
      ],
      factsOfNone: (answered) => [attachment(answered, [])],
    },
  ],
  roots: ["organizations.organization"],
};

function memberAsk(answered: Answered, account: string, status: string): Ask {
  const off = status === "ACTIVE" ? {} : { status };
  return { operation: "sts.member", params: { ...inPartition(answered), ...off }, account };
}

function attachment(answered: Answered, policies: string[]): Fact {
  const { target = "", type = "", page_number } = answered.params;
  const further = optionalText(answered.body, "NextToken") !== undefined;
  return fact(
    answered,
    "policy_attachment",
    `${target}#${type}${page_number === undefined ? "" : `#${page_number}`}`,
    {
      target,
      policy_type: type,
      policies: policies.sort(),
      further: further ? true : undefined,
    },
  );
}
