import type { FactOf } from "../../facts/index.ts";
import type { GrantPrincipal } from "../grant.ts";
import { parseArn } from "./arn.ts";
import type { PolicyDocument } from "./document.ts";
import type { EstateSetting, SourcedResource } from "./estate-parts.ts";
import { entriesIn, resourceDocuments } from "./resource-documents.ts";
import type { Holder } from "./holders.ts";
import { NO_ACCOUNT } from "./outside.ts";
import type { PrincipalEntry } from "./principal-entry.ts";
import { clientsOf, hasCallers, hasGuests, issuerOf, mayNameWorkflow, type Vouched } from "./web-identity.ts";
import { isUnreadable, type AwsWorld, type Outside } from "./world-schema.ts";

const EVERYTHING = { Version: "2012-10-17", Statement: { Effect: "Allow", Action: "*", Resource: "*" } };

type Principals = NonNullable<AwsWorld["principals"]>;

interface Strangers {
  readonly holders: readonly Holder[];
  readonly principals: Principals;
}

interface Setting extends EstateSetting {
  readonly organization: FactOf<"organization"> | undefined;
}

interface Found extends Setting {
  /** Whether some condition names a workflow, so that it matters who may call it. */
  readonly workflowNamed: boolean;
}

/** Somebody who is named, or an organisation of which a condition speaks. */
type Named = PrincipalEntry | { readonly kind: "organization"; readonly organization: string };

/** Whoever resource policies, trust policies and key grants name, or may let in, that was not read as a user or role. */
export function strangersIn(
  own: readonly Holder[],
  resources: ReadonlyMap<string, SourcedResource>,
  setting: Setting,
): Strangers {
  const known = new Set(own.map(({ asks }) => asks));
  const names = new Set(own.map(({ asks }) => (typeof asks === "string" ? nameOf(asks) : "")));
  const holders = new Map<string, Holder>();
  const principals: Principals = {};
  const add = (one: Stranger): void => {
    const { holder, outside } = one;
    const { asks, principal } = holder;
    // A session of a role that was read is that role's.
    if (known.has(asks) || (typeof asks === "string" && names.has(nameOf(asks)))) return;
    if (holders.has(principal.id)) return;
    holders.set(principal.id, holder);
    const arn = typeof asks === "string" ? roleOf(asks) : undefined;
    if (arn !== undefined && !known.has(arn)) principals[arn] = policiesOf(arn, outside, setting);
  };
  const found = resourceDocuments(resources, setting.documents.documents);
  const entries = entriesIn(found, resources);
  const given = { ...setting, workflowNamed: found.some(asksForWorkflow) };
  for (const entry of entries) for (const one of strangers(entry, given)) add(one);
  // What could not be read may let in everyone.
  if (!entries.some(({ kind }) => kind === "everyone") && ![...resources.values()].some(isHidden))
    return { holders: [...holders.values()], principals };
  for (const one of strangers({ kind: "everyone", bare: true }, given)) add(one);
  for (const entry of namedInConditions([...found, ...rcpsOf(setting)], setting)) {
    for (const { holder, outside } of strangers(entry, given))
      add({ holder: { ...holder, supposed: true }, outside });
  }
  return { holders: [...holders.values()], principals };
}

function isHidden({ resource, policy }: SourcedResource): boolean {
  return isUnreadable(resource) || (policy !== undefined && isUnreadable(policy.given));
}

function asksForWorkflow({ statements }: PolicyDocument): boolean {
  return statements.some(({ conditions }) =>
    conditions.some(({ key, values }) => values.some((value) => mayNameWorkflow(key, value))),
  );
}

function rcpsOf({ accounts, documents }: Setting): PolicyDocument[] {
  const given = [...accounts.values()].flatMap(({ sources }) => sources.rcps.flat());
  return [...new Set(given.map((source) => source.given))].flatMap((one) =>
    isUnreadable(one) ? [] : [documents.documents.parsed(one, "resource")],
  );
}

/** Accounts, identities and organisations outside of which conditions speak: of everyone, these alone may meet them. */
function namedInConditions(
  documents: readonly PolicyDocument[],
  { accounts, organization }: Setting,
): Named[] {
  const found = new Map<string, Named>();
  const add = (named: Named): void => void found.set(JSON.stringify(named), named);
  const account = (id: string): void => {
    if (/^\d{12}$/.test(id) && !accounts.has(id)) add({ kind: "account", account: id });
  };
  const conditions = documents.flatMap(({ statements }) => statements.flatMap((one) => one.conditions));
  for (const { key, values } of conditions) {
    for (const value of values) {
      switch (key.toLowerCase()) {
        case "aws:principalaccount":
        case "kms:calleraccount":
          account(value);
          break;
        case "aws:principalarn":
          if (IDENTITY.test(value) && !accounts.has(parseArn(value)?.account ?? ""))
            add({ kind: "arn", arn: value });
          else account(value.split(":")[4] ?? "");
          break;
        case "aws:principalorgid":
        case "aws:principalorgpaths": {
          const [id = ""] = value.split("/");
          if (/^o-[a-z0-9]+$/.test(id) && id !== organization?.organization_id)
            add({ kind: "organization", organization: id });
        }
      }
    }
  }
  return [...found.values()];
}

const IDENTITY = /^arn:aws[a-z-]*:iam::\d{12}:(?:user|role)\/[^*?$]+$/;

/** Another account's identities have what it gives them; of one inside that was not read nothing is known. */
function policiesOf(
  arn: string,
  outside: Outside | undefined,
  { accounts, gaps, storeId }: Setting,
): Principals[string] {
  const account = parseArn(arn)?.account ?? "";
  if (outside !== undefined)
    return { identity_policies: [EVERYTHING], unique_id: `${arn} of nobody here`, outside };
  if (!accounts.has(account)) return { identity_policies: [EVERYTHING], outside: { account, arn } };
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

interface Stranger {
  readonly holder: Holder;
  /** Of whoever stands for all of whom no more is known. */
  readonly outside?: Outside | undefined;
}

type Maker = (
  asks: Holder["asks"],
  name: string,
  own: Pick<GrantPrincipal, "principal_type"> & Partial<GrantPrincipal>,
  more?: Partial<Holder>,
) => Holder;

function makerFor(storeId: string): Maker {
  const nobody = { public: false, external: false, disabled: false, collector: false };
  return (asks, name, own, more = {}) => ({
    principal: { id: `${storeId}:${name}`, store_id: storeId, name, ...nobody, ...own },
    asks,
    policies: [],
    groups: [],
    records: [],
    ...more,
  });
}

function strangers(entry: Named, setting: Found): Stranger[] {
  const { storeId, accounts, partitionOf } = setting;
  const made = makerFor(storeId);
  // Whichever of its identities its policies let: the root user assumes no roles.
  const anyOf = (account: string, name = "any") => `arn:${partitionOf(account)}:iam::${account}:role/${name}`;
  switch (entry.kind) {
    case "everyone": {
      const own = { principal_type: "anyone", public: true, name: "everyone" } as const;
      const more = { account: NO_ACCOUNT, supposed: true } as const;
      return [{ holder: made(anyOf(NO_ACCOUNT), "*", own, more), outside: {} }];
    }
    case "organization": {
      const { organization: id } = entry;
      const own = {
        principal_type: "aws_account",
        external: true,
        name: `accounts of organisation ${id}`,
      } as const;
      const more = { account: NO_ACCOUNT, ...doubtOf(id, setting) };
      return [{ holder: made(anyOf(NO_ACCOUNT, id), id, own, more), outside: { organization_id: id } }];
    }
    case "account": {
      const { account } = entry;
      if (accounts.has(account)) return [];
      const root = `arn:${partitionOf(account)}:iam::${account}:root`;
      const holder = made(
        anyOf(account),
        root,
        { principal_type: "aws_account", external: true },
        { account, ...accountDoubt(account, setting) },
      );
      return [{ holder, outside: { account } }];
    }
    case "arn": {
      const { account = "", resource = "" } = parseArn(entry.arn) ?? {};
      const external = !accounts.has(account);
      const principal_type = /^(?:role|assumed-role)\//.test(resource) ? "iam_role" : "iam_user";
      const standing = external ? { standing: `account ${account} allows it by its own policies` } : {};
      const more = { account, ...standing, ...(external ? accountDoubt(account, setting) : {}) };
      return [{ holder: made(entry.arn, entry.arn, { principal_type, external }, more) }];
    }
    case "service":
      return [{ holder: made(entry.service, entry.service, { principal_type: "service" }) }];
    case "federated":
      return federated(entry.provider, made, setting).map((holder) => ({ holder }));
    case "unique_id":
    case "canonical_user":
      return [];
  }
}

/** Where it is not known which accounts are its own, any that is named may be. */
function accountDoubt(account: string, { gaps, storeId }: Setting): Pick<Holder, "doubt"> {
  const hidden = gaps.hiding("account", `${storeId}:${account}`, storeId);
  return hidden === undefined
    ? {}
    : { doubt: `whether account ${account} is one of its own: ${hidden.detail}` };
}

function doubtOf(id: string, { organization, gaps }: Setting): Pick<Holder, "doubt"> {
  const hidden = organization === undefined ? gaps.any("organization") : undefined;
  return hidden === undefined ? {} : { doubt: `whether ${id} is its own organisation: ${hidden.detail}` };
}

/** Whoever a policy names of those whom a provider vouches for, and whoever else may have it vouch for them. */
function federated(provider: string, made: Maker, setting: Found): Holder[] {
  const { accounts, workflowNamed } = setting;
  // Who owns the provider says for whom it vouches.
  const { account } = parseArn(provider) ?? {};
  const external = account !== undefined && !accounts.has(account);
  const doubt = external ? accountDoubt(account, setting) : {};
  const named = made({ federated: provider }, provider, { principal_type: "federated", external }, doubt);
  const issuer = issuerOf(provider);
  const clients = issuer === undefined ? "its_own" : clientsOf(issuer);
  if (issuer === undefined || clients === "its_own") return [named];
  const other = (anyone: Vouched, of: string, name: string, doubt: Pick<Holder, "doubt">): Holder =>
    made(
      { federated: provider, anyone },
      `${provider}#${of}`,
      { principal_type: "federated", public: true, name },
      { supposed: true, ...doubt },
    );
  const unclear = `whether anyone can have ${issuer} vouch for them is not known`;
  return [
    named,
    other(
      true,
      "anyone",
      `anyone for whom ${issuer} vouches`,
      clients === "unknown" ? { doubt: unclear } : {},
    ),
    ...(workflowNamed && hasCallers(issuer)
      ? [
          other("caller", "callers", `callers of a workflow for whom ${issuer} vouches`, {
            doubt: "whether others may call the workflow that is named is not known",
          }),
        ]
      : []),
    ...(hasGuests(issuer)
      ? [
          other("guest", "guests", `guests for whom ${issuer} vouches`, {
            doubt: "whether the identity pool lets guests in is not known",
          }),
        ]
      : []),
  ];
}
