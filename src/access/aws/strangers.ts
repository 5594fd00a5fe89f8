import type { FactOf } from "../../facts/index.ts";
import type { GrantPrincipal } from "../grant.ts";
import { parseArn } from "./arn.ts";
import type { Condition, PolicyDocument } from "./document.ts";
import type { EstateSetting, SourcedResource } from "./estate-parts.ts";
import { entriesIn, resourceDocuments } from "./resource-documents.ts";
import type { Holder } from "./holders.ts";
import type { PrincipalEntry } from "./principal-entry.ts";
import type { AwsWorld } from "./world-schema.ts";

const NO_ACCOUNT = "000000000000";
const OUTSIDER = `arn:aws:iam::${NO_ACCOUNT}:role/any`;

const EVERYTHING = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };

type Principals = NonNullable<AwsWorld["principals"]>;

interface Strangers {
  readonly holders: readonly Holder[];
  readonly principals: Principals;
}

interface Setting extends EstateSetting {
  readonly organization: FactOf<"organization"> | undefined;
}

/** Whoever resource policies, trust policies and key grants name that was not read as a user or role. */
export function strangersIn(
  own: readonly Holder[],
  resources: ReadonlyMap<string, SourcedResource>,
  setting: Setting,
): Strangers {
  const known = new Set(own.map(({ asks }) => asks));
  const names = new Set(own.map(({ asks }) => (typeof asks === "string" ? nameOf(asks) : "")));
  const holders = new Map<string, Holder>();
  const principals: Principals = {};
  const found = resourceDocuments(resources, setting.documents.documents);
  for (const entry of entriesIn(found, resources)) {
    for (const holder of strangers(entry, setting, found)) {
      // A session of a role that was read is that role's.
      if (known.has(holder.asks) || (typeof holder.asks === "string" && names.has(nameOf(holder.asks))))
        continue;
      holders.set(holder.principal.id, holder);
      const arn = typeof holder.asks === "string" ? roleOf(holder.asks) : undefined;
      if (arn !== undefined && !known.has(arn)) principals[arn] = policiesOf(arn, setting);
    }
  }
  return { holders: [...holders.values()], principals };
}

/** Another account's identities have what it gives them; of one inside that was not read nothing is known. */
function policiesOf(arn: string, { accounts, gaps, storeId }: Setting): Principals[string] {
  const account = parseArn(arn)?.account ?? "";
  if (!accounts.has(account)) return { identity_policies: [EVERYTHING] };
  const why = gaps.why(`permissions of ${arn}`, "principal", `${storeId}:${arn}`, `${storeId}/${account}`);
  return { unreadable: why };
}

/** The user or role behind an ARN; undefined for roots and whatever else has no policies. */
function roleOf(arn: string): string | undefined {
  const { partition = "aws", service, account = "", resource = "" } = parseArn(arn) ?? {};
  if (service === "iam") return resource === "root" ? undefined : arn;
  if (service !== "sts") return undefined;
  const [kind, name] = resource.split("/");
  return `arn:${partition}:iam::${account}:${kind === "assumed-role" ? "role" : "user"}/${name ?? ""}`;
}

/** Sessions have the name of their role without its path. */
function nameOf(arn: string): string {
  const { account = "", resource = "" } = parseArn(arn) ?? {};
  const [kind = "", name = ""] = resource.split("/");
  if (kind === "assumed-role") return `${account} role ${name}`;
  if (kind === "federated-user") return `${account} user ${name}`;
  return `${account} ${kind} ${resource.slice(resource.lastIndexOf("/") + 1)}`;
}

function strangers(entry: PrincipalEntry, setting: Setting, documents: readonly PolicyDocument[]): Holder[] {
  const { storeId, accounts, partitionOf } = setting;
  const made = (
    asks: Holder["asks"],
    name: string,
    own: Pick<GrantPrincipal, "principal_type"> & Partial<GrantPrincipal>,
    more: Partial<Holder> = {},
  ): Holder => ({
    principal: {
      id: `${storeId}:${name}`,
      store_id: storeId,
      name,
      public: false,
      external: false,
      disabled: false,
      collector: false,
      ...own,
    },
    asks,
    policies: [],
    groups: [],
    records: [],
    ...more,
  });
  switch (entry.kind) {
    case "everyone":
      return [
        made("anonymous", "*", { principal_type: "anyone", public: true, name: "everyone" }),
        made(
          OUTSIDER,
          "other-accounts",
          { principal_type: "aws_account", external: true, name: "identities of other accounts" },
          { account: NO_ACCOUNT, ...outsider(setting, documents) },
        ),
      ];
    case "account": {
      const arn = `arn:${partitionOf(entry.account)}:iam::${entry.account}:root`;
      if (accounts.has(entry.account)) return [];
      return [made(arn, arn, { principal_type: "aws_account", external: true }, { account: entry.account })];
    }
    case "arn": {
      const { account = "", resource = "" } = parseArn(entry.arn) ?? {};
      const external = !accounts.has(account);
      const type = /^(?:role|assumed-role)\//.test(resource) ? "iam_role" : "iam_user";
      const standing = external ? { standing: `account ${account} allows it by its own policies` } : {};
      return [made(entry.arn, entry.arn, { principal_type: type, external }, { account, ...standing })];
    }
    case "service":
      return [made(entry.service, entry.service, { principal_type: "service" })];
    case "federated":
      return [made({ federated: entry.provider }, entry.provider, { principal_type: "federated" })];
    case "unique_id":
    case "canonical_user":
      return [];
  }
}

/** What is known of any identity of another account: what is asked of names inside, it is not. */
function outsider({ accounts, organization }: Setting, documents: readonly PolicyDocument[]) {
  const inside = (values: readonly string[], is: (value: string) => boolean) => values.every(is);
  const account = (arn: string) => accounts.has(parseArn(arn)?.account ?? "");
  const keys: readonly (readonly [string, string, (value: string) => boolean])[] = [
    ["aws:PrincipalArn", OUTSIDER, account],
    ["aws:PrincipalAccount", NO_ACCOUNT, (value) => accounts.has(value)],
    ["kms:CallerAccount", NO_ACCOUNT, (value) => accounts.has(value)],
    ["aws:PrincipalOrgID", "another", (value) => value === organization?.organization_id],
  ];
  const asked = documents.flatMap((document) => document.statements.flatMap(({ conditions }) => conditions));
  const context: Record<string, string> = {};
  const unknown = ["aws:PrincipalTag/*", "aws:PrincipalType", "aws:username"];
  for (const [key, value, is] of keys) {
    if (inside(valuesOf(asked, key), is)) context[key] = value;
    else unknown.push(key);
  }
  return { context, unknown };
}

function valuesOf(conditions: readonly Condition[], key: string): string[] {
  const wanted = key.toLowerCase();
  return conditions.filter((one) => one.key.toLowerCase() === wanted).flatMap(({ values }) => values);
}
