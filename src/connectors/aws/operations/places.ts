import { compareStrings, nearest } from "../../../base/index.ts";
import { FACT_KINDS, type Call, type Fact, type FactKind } from "../../../facts/index.ts";
import { Misshapen, nonEmptyText, objects } from "../../shape.ts";
import {
  EVERYTHING,
  fact,
  filled,
  type Answered,
  type Ask,
  type Family,
  type Lost,
  type Omission,
  type Operation,
  type Place,
  type WalkContext,
} from "../operation.ts";
import { sameAsAsked } from "../rows.ts";
import { SERVICE_FAMILIES } from "./services.ts";

/** What a Region of an account never has: servers, seals and logins are AWS's own. */
const ABSENT_FEATURES = ["high_availability", "listener", "login", "raw_storage", "seal_shares"] as const;

/** Statuses of a Region that is on. Source: DescribeRegions, "Region", `OptInStatus`. */
const ENABLED = new Set(["opt-in-not-required", "opted-in"]);

const OPT_IN_STATUSES = new Set([...ENABLED, "not-opted-in"]);

const told = new Set<FactKind>([
  "account",
  "audit_log_coverage",
  "store",
  ...SERVICE_FAMILIES.flatMap(({ operations }) => operations.flatMap(({ hides }) => hides)),
]);

/** Every kind that the table tells. */
export const TOLD: readonly FactKind[] = FACT_KINDS.filter((kind) => told.has(kind));

type Probe = "always" | "once_in_place" | undefined;

type Root = { readonly family: Family; readonly operation: Operation };

const ROOTS: readonly Root[] = SERVICE_FAMILIES.flatMap((family) =>
  family.operations.filter(({ id }) => family.roots.includes(id)).map((operation) => ({ family, operation })),
);

const ofScope = (scope: Operation["scope"]): readonly Root[] =>
  ROOTS.filter(({ operation }) => operation.scope === scope);

const EXCLUDED: Lost = { reason: "excluded", detail: "excluded by configuration (exclude)" };

/** The first questions about a place, and a gap for each service that the settings leave out. */
function rootsIn(
  roots: readonly Root[],
  place: Place,
  partition: string,
  { asks }: WalkContext,
): (Ask | Omission)[] {
  return roots.map(({ family, operation }) =>
    asks(family.id)
      ? { operation: operation.id, params: { partition }, ...place }
      : hiddenRoot(operation, place, partition, EXCLUDED),
  );
}

/** What stays hidden where a service is not asked. */
function hiddenRoot(
  { id, hides, resource }: Operation,
  place: Place,
  partition: string,
  why: Lost,
): Omission {
  return { resource: filled(resource, place, { partition }), operation: id, hides, ...why, ...place };
}

/** All of one Region of an account. */
function hiddenRegion(account: string, region: string, partition: string, why: Lost): Omission[] {
  return ofScope("regional").map(({ operation }) =>
    hiddenRoot(operation, { account, region }, partition, why),
  );
}

/** All Regions of an account that may be there: each by itself, or where nobody told their names all of the partition's. */
function hiddenRegions(account: string, partition: string, context: WalkContext, why: Lost): Omission[] {
  const { regions: wanted } = context;
  const seen = context.regionsSeen();
  const names = wanted ?? seen;
  if (names.length > 0) {
    const rest = seen.filter((name) => !names.includes(name)).map((name) => leftOut(account, name));
    const unnamed = seen.length === 0 ? [unnamedRegions(account, why)] : [];
    return [...names.flatMap((region) => hiddenRegion(account, region, partition, why)), ...rest, ...unnamed];
  }
  return ofScope("regional").map(({ operation }) => ({
    ...hiddenRoot(operation, { account }, partition, why),
    // Up to where the Region would stand.
    resource: filled(operation.resource.split("{region}")[0] ?? "", { account }, { partition }),
  }));
}

/** Kinds of what is in a Region. */
const REGIONAL: readonly FactKind[] = [
  ...new Set(ofScope("regional").flatMap(({ operation }) => operation.hides)),
].sort();

const WITH_STORE: readonly FactKind[] = [...REGIONAL, "store" as const].sort();

/** One Region that the settings leave out, as one gap: that it is there is known, and nothing of what is in it. */
function leftOut(account: string, region: string): Omission {
  return { operation: "ec2.regions", hides: WITH_STORE, account, region, ...NOT_SELECTED };
}

/** Regions beside those of the settings, where nobody told which there are: there may be anything in them. */
function unnamedRegions(account: string, why: Lost): Omission {
  return { resource: `${account}/`, operation: "ec2.regions", hides: REGIONAL, account, ...why };
}

function caller(answered: Answered): { account: string; partition: string } {
  const { body } = answered;
  const account = nonEmptyText(body, "Account");
  const arn = nonEmptyText(body, "Arn");
  const [, partition, , , owner] = arn.split(":");
  if (!/^\d{12}$/.test(account)) throw new Misshapen("Account", "the twelve digits of an account", account);
  if (partition === undefined || owner !== account) throw new Misshapen("Arn", "an ARN of the account", arn);
  return { account, partition };
}

/** Who the collector is, in its own account and in each other one. */
const callers: readonly Operation[] = [
  {
    id: "sts.caller",
    title: "Who the collector is",
    service: "sts",
    action: "GetCallerIdentity",
    needs: [],
    scope: "global",
    hides: TOLD,
    resource: EVERYTHING,
    fresh: true,
    identifiers: ["/UserId"],
    facts: accountOfCaller,
    next: (answered, context) => {
      const { account, partition } = caller(answered);
      return accountAsks(account, partition, context, "own");
    },
  },
  {
    id: "sts.member",
    title: "Who the collector is in another account",
    service: "sts",
    action: "GetCallerIdentity",
    needs: ["sts:AssumeRole"],
    scope: "global",
    hides: ["account"],
    resource: "{account}#caller",
    identifiers: ["/UserId"],
    facts: (answered) => {
      sameAsAsked(caller(answered).account, { params: { account: answered.account } }, "account", "Account");
      return accountOfCaller(answered);
    },
    next: (answered, context) => {
      const { account, partition } = caller(answered);
      sameAsAsked(account, { params: { account: answered.account } }, "account", "Account");
      return accountAsks(account, partition, context, "member");
    },
    instead: ({ account = "", params }, context) => {
      const { partition = "", status } = params;
      const why = context.reads(account) ? (status === undefined ? undefined : NOT_ACTIVE) : ACCOUNT_EXCLUDED;
      return why === undefined ? undefined : hiddenAccount(account, partition, context, why);
    },
    lost: ({ account = "", params }, context, why) =>
      hiddenAccount(account, params["partition"] ?? "", context, why),
  },
];

/** All of an account that is not read. */
function hiddenAccount(account: string, partition: string, context: WalkContext, why: Lost): Omission[] {
  return [
    { resource: `${account}/`, operation: "ec2.regions", hides: ["store"], account, ...why },
    ...ofScope("global")
      .filter(({ family }) => family.ownAccountOnly !== true)
      .map(({ operation }) => hiddenRoot(operation, { account }, partition, why)),
    ...hiddenRegions(account, partition, context, why),
  ];
}

function accountOfCaller(answered: Answered): Fact[] {
  const { account, partition } = caller(answered);
  return [
    fact(answered, "account", `${account}#caller`, { account_id: account, partition, collector: true }),
  ];
}

function accountAsks(
  account: string,
  partition: string,
  context: WalkContext,
  which: "member" | "own",
): (Ask | Omission)[] {
  const global = ofScope("global").filter(({ family }) => which === "own" || family.ownAccountOnly !== true);
  return [
    { operation: "ec2.regions", params: { partition }, account },
    ...rootsIn(global, { account }, partition, context),
  ];
}

/** Every Region that AWS names, and whether the account has it on. */
function regionsOf({ body }: Answered): { name: string; enabled: boolean; status: string }[] {
  const found = objects(body, "Regions").map((region) => {
    const status = nonEmptyText(region, "OptInStatus");
    if (!OPT_IN_STATUSES.has(status)) throw new Misshapen("OptInStatus", "a status of a Region", status);
    return { name: nonEmptyText(region, "RegionName"), enabled: ENABLED.has(status), status };
  });
  // The Region that answers is always there.
  if (!found.some(({ enabled }) => enabled))
    throw new Misshapen("Regions", "a list with an enabled Region", []);
  return found;
}

/** The names of all Regions that an answer to `ec2.regions` tells. Throws `Misshapen`. */
export function regionNames(answered: Answered): string[] {
  return regionsOf(answered).map(({ name }) => name);
}

const regions: Operation = {
  id: "ec2.regions",
  title: "Regions that the account has enabled",
  service: "ec2",
  action: "DescribeRegions",
  needs: ["ec2:DescribeRegions"],
  scope: "global",
  hides: ["store"],
  resource: "{account}/",
  input: () => ({ AllRegions: true }),
  facts: (answered) =>
    regionsOf(answered)
      .filter(({ enabled }) => enabled)
      .map(({ name, status }) =>
        fact(answered, "store", `${answered.account}/${name}`, {
          product: "aws",
          account: answered.account,
          region: name,
          absent_features: [...ABSENT_FEATURES],
          ext: { aws: { opt_in_status: status } },
        }),
      ),
  next: (answered, context) => {
    const { account, params } = answered;
    const partition = params["partition"] ?? "";
    const found = regionsOf(answered);
    const off = (context.regions ?? []).filter(
      (name) => !found.some((region) => region.enabled && region.name === name),
    );
    return [
      ...found
        .filter(({ enabled }) => enabled)
        .flatMap(({ name }) =>
          context.regions?.includes(name) === false
            ? [leftOut(account, name)]
            : rootsIn(ofScope("regional"), { account, region: name }, partition, context),
        ),
      ...off.flatMap((region) => hiddenRegion(account, region, partition, whyOff(region, found))),
    ];
  },
  lost: ({ account = "", params }, context, why) => {
    const partition = params["partition"] ?? "";
    return context.regions === undefined
      ? hiddenRegions(account, partition, context, why)
      : [
          unnamedRegions(account, why),
          ...context.regions.flatMap((region) =>
            rootsIn(ofScope("regional"), { account, region }, partition, context),
          ),
        ];
  },
};

const ACCOUNT_EXCLUDED: Lost = {
  reason: "excluded",
  detail: "the account is left out by configuration (accounts)",
};

const NOT_ACTIVE: Lost = {
  reason: "unsupported",
  detail: "the organisation says that the account is not active",
};

const NOT_SELECTED: Lost = {
  reason: "excluded",
  detail: "left out by `regions` in countersign.yaml",
  fix: "Where these Regions are to be seen, add them to the source's regions, or take that setting out, and collect again.",
};

const NOT_ENABLED: Lost = {
  reason: "unsupported",
  detail: "the settings name a Region that the account has not enabled",
  fix: "Take the Region out of the source's regions, or enable it in the account.",
};

/** Why a Region of the settings is not read: it is off, or AWS has none of this name. */
function whyOff(region: string, found: readonly { readonly name: string }[]): Lost {
  const names = found.map(({ name }) => name).sort(compareStrings);
  if (names.includes(region)) return NOT_ENABLED;
  const near = nearest(region, names);
  const asked = near === undefined ? "" : `Did you mean ${near}? `;
  return {
    reason: "unsupported",
    detail: `the settings name the Region ${region}, and AWS names none of this name to the account`,
    fix: `${asked}Correct the source's regions; another partition's Regions need a source of their own.`,
  };
}

/** Where there is something to read. */
export const places: Family = { id: "places", operations: [...callers, regions], roots: ["sts.caller"] };

/** What leads to the accounts of an organisation. */
const TO_ACCOUNTS = new Set([
  "organizations.accounts",
  "organizations.organization",
  "organizations.roots",
  "organizations.units",
  "sts.member",
]);

/** The one question that tells who is in an account; where it is refused, all of access is unknown, in every Region. */
const IDENTITIES = "iam.authorization";

/**
 * What is worth asking before a collection: the way to each account, and the first page of its identities, and of one listing in
 * each Region.
 */
export function probes({ operation, params }: Pick<Call, "operation" | "params">): Probe {
  if (TO_ACCOUNTS.has(operation)) return "always";
  if (operation === IDENTITIES) return params["page"] === undefined ? "always" : undefined;
  const isListing = ofScope("regional").some((root) => root.operation.id === operation);
  return isListing && params["page"] === undefined ? "once_in_place" : undefined;
}
