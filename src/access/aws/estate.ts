import { sortedBy } from "../../base/index.ts";
import type { FactOf, FactSet } from "../../facts/index.ts";
import type { GrantTarget } from "../grant.ts";
import { parseArn } from "./arn.ts";
import { arnOf, recordsOf, type AwsGroup, type SourcedResource } from "./estate-parts.ts";
import { FactDocuments } from "./fact-documents.ts";
import { GapIndex } from "./gap-index.ts";
import { holdersIn, type Holder } from "./holders.ts";
import { Organization, type InsideAccount } from "./organization.ts";
import { keyResource, secretResource, type KeyFacts } from "./resources.ts";
import { strangersIn } from "./strangers.ts";
import { unknownGranteesIn } from "./unknown-grantees.ts";
import type { AwsWorld } from "./world-schema.ts";

export interface AwsTarget extends GrantTarget {
  readonly arn: string;
  readonly account: string;
}

/** One source's facts as a world: who asks, for what, and what decides. */
export interface AwsEstate {
  readonly storeId: string;
  readonly gaps: GapIndex;
  readonly world: AwsWorld;
  readonly documents: FactDocuments;
  readonly accounts: ReadonlyMap<string, InsideAccount>;
  /** By account, Regions that are read or hold something. */
  readonly regions: ReadonlyMap<string, ReadonlySet<string>>;
  /** In id order. */
  readonly holders: readonly Holder[];
  /** In id order. */
  readonly targets: readonly AwsTarget[];
  readonly resources: ReadonlyMap<string, SourcedResource>;
  readonly groups: readonly AwsGroup[];
}

export function estateOf(storeId: string, all: FactSet): AwsEstate {
  const gaps = new GapIndex(storeId, all);
  const documents = new FactDocuments(storeId, all, gaps);
  const organization = new Organization(storeId, all, gaps, documents);
  const here = <T extends { readonly store_id: string }>(facts: readonly T[]): T[] =>
    facts.filter((fact) => fact.store_id === storeId);
  const targets = targetsOf(storeId, here(all.of("secret")), here(all.of("key")));
  const resources = resourcesOf(storeId, all, { gaps, documents, targets });
  // Of a thing in an account of which nothing else is there, such as one that a change names, nothing says that the account is one of its own.
  const read = here(all.of("store")).flatMap(({ account }) => account ?? []);
  const held = read.length > 0 ? read : targets.map(({ account }) => account);
  const accountIds = new Set([...organization.accountIds(), ...held]);
  const accounts = new Map([...accountIds].map((id) => [id, organization.account(id)]));
  const setting = { storeId, gaps, documents, accounts, partitionOf: partitions(organization, targets) };
  const own = holdersIn(here(all.of("principal")), here(all.of("group")), setting);
  for (const { arn, tags, trust } of own.identities) {
    const policy = trust === undefined ? {} : { policy: trust };
    const resource = { tags: { ...tags }, ...(trust === undefined ? {} : { policy: trust.given }) };
    resources.set(arn, { resource, ...policy, records: recordsOf(trust) });
  }
  const strangers = strangersIn(own.holders, resources, {
    ...setting,
    organization: organization.organization,
  });
  const grantees = unknownGranteesIn(resources, setting);
  return {
    storeId,
    gaps,
    documents,
    accounts,
    regions: regionsOf(here(all.of("store")), targets),
    targets,
    resources,
    holders: sortedBy(
      [...own.holders, ...strangers.holders, ...grantees.holders],
      ({ principal }) => principal.id,
    ),
    groups: own.groups,
    world: {
      format: "countersign-world/1",
      provider: "aws",
      accounts: Object.fromEntries([...accounts].map(([id, { world }]) => [id, world])),
      principals: { ...own.principals, ...strangers.principals, ...grantees.principals },
      resources: Object.fromEntries([...resources].map(([arn, { resource }]) => [arn, resource])),
      questions: [],
    },
  };
}

function regionsOf(
  stores: readonly FactOf<"store">[],
  targets: readonly AwsTarget[],
): Map<string, Set<string>> {
  const places = [
    ...stores.map(({ account = "", region = "" }) => ({ account, region })),
    ...targets.map(({ account, arn }) => ({ account, region: parseArn(arn)?.region ?? "" })),
  ];
  const byAccount = Map.groupBy(places, ({ account }) => account);
  return new Map(
    [...byAccount].map(([account, of]) => [account, new Set(of.map(({ region }) => region))] as const),
  );
}

function partitions(organization: Organization, targets: readonly AwsTarget[]): (account: string) => string {
  const first = targets[0] === undefined ? undefined : parseArn(targets[0].arn)?.partition;
  return (account) => organization.partitionOf(account) ?? first ?? "aws";
}

function targetsOf(
  storeId: string,
  secrets: readonly FactOf<"secret">[],
  keys: readonly FactOf<"key">[],
): AwsTarget[] {
  const target = (fact: FactOf<"secret"> | FactOf<"key">): AwsTarget[] => {
    const { id, store_id, kind, mount, name } = fact;
    const arn = arnOf(storeId, id);
    const account = arn === undefined ? undefined : parseArn(arn)?.account;
    return arn === undefined || account === undefined
      ? []
      : [{ id, store_id, kind, mount, name, arn, account }];
  };
  // Nobody but AWS can change its own keys, and they open nothing by themselves.
  const customers = keys.filter(({ managed_by }) => managed_by !== "provider");
  return sortedBy([...secrets, ...customers].flatMap(target), ({ id }) => id);
}

function resourcesOf(
  storeId: string,
  all: FactSet,
  { gaps, documents, targets }: Pick<AwsEstate, "gaps" | "documents" | "targets">,
): Map<string, SourcedResource> {
  const here = <T extends { readonly store_id: string }>(facts: readonly T[]): T[] =>
    facts.filter((fact) => fact.store_id === storeId);
  const keys: KeyFacts = {
    aliases: new Map(here(all.of("key_alias")).map((alias) => [alias.id, alias])),
    keys: new Map(here(all.of("key")).map((key) => [key.id, key])),
  };
  const metadata = new Map(here(all.of("secret_metadata")).map((fact) => [fact.id, fact]));
  const labels = new Map(here(all.of("resource_labels")).map((fact) => [fact.resource, fact]));
  const grants = Map.groupBy(here(all.of("key_grant")), ({ key }) => key);
  const setting = { storeId, gaps, documents };
  const things = new Map(
    [...here(all.of("secret")), ...here(all.of("key"))].map((fact) => [fact.id, fact] as const),
  );
  return new Map(
    targets.flatMap(({ id, arn }): [string, SourcedResource][] => {
      const fact = things.get(id);
      if (fact === undefined) return [];
      const known = { labels: labels.get(id), metadata: metadata.get(id), grants: grants.get(id) ?? [] };
      return [
        [
          arn,
          fact.kind === "key"
            ? keyResource(fact, known, setting)
            : secretResource(fact, arn, { ...known, keys }, setting),
        ],
      ];
    }),
  );
}
