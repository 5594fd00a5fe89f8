import type { Fact, FactOf, FactSet } from "../../facts/index.ts";
import type { Declared, Provider, Side, Written } from "../declared.ts";
import { MADE_UP_ROLE_ID } from "../resources/vault/roles.ts";
import { UNKNOWN_SURROUNDINGS } from "../formats/format.ts";
import { NOTHING, formerOf, sideOf } from "./pairs.ts";
import type { Pair } from "./pair.ts";
import { renamed, renamedPlaces } from "./renaming.ts";
import { keyOf } from "./worlds.ts";

/** What was collected of stores, against which a change is held. */
export interface Collected {
  readonly name: string;
  readonly facts: FactSet;
  /** When: what decides rules that end. */
  readonly takenAt: string;
}

/** What a snapshot is called where something is held against it. */
export function snapshotName(collected: Pick<Collected, "name"> | undefined): string {
  return `snapshot ${collected?.name ?? ""}`;
}

/** Why an input cannot be held against a snapshot. */
export interface NoPair {
  readonly detail: string;
}

/**
 * A snapshot's facts with what a change makes of them. What the input calls by a name that is made up, the source, an account, the end of a secret's
 * ARN, is what the snapshot calls it, where one alone fits. Lists that are in part declared elsewhere are merged in three ways: what the change takes
 * out goes, what it adds comes, and the rest stays. What it deletes goes. Pure.
 */
export function pairAgainst(declared: Declared, collected: Collected): Pair | NoPair {
  const { provider, format, path } = declared;
  const place = placeOf(provider, collected.facts);
  if ("detail" in place) return place;
  const open = accountsOpen(declared, place, collected);
  if ("detail" in open) return open;
  const naming = new Naming(declared.source, place, collected.facts);
  const was = naming.side(formerOf(declared.before ?? NOTHING));
  const is = naming.side(sideOf(declared));
  const text = JSON.stringify([was.facts, is.facts]);
  if (text.includes(UNKNOWN_SURROUNDINGS.account))
    return { detail: "the account is not stated, and the snapshot has several" };
  const known = new Map([...collected.facts.all()].map((fact) => [keyOf(fact), fact]));
  const first = new Map(known);
  for (const fact of was.facts) if (!first.has(keyOf(fact))) first.set(keyOf(fact), fact);
  const then = new Map(first);
  const old = new Map(was.facts.map((fact) => [keyOf(fact), fact]));
  const now = new Map(is.facts.map((fact) => [keyOf(fact), fact]));
  for (const key of old.keys()) if (!now.has(key)) then.delete(key);
  for (const [key, fact] of now) then.set(key, merged(known.get(key), old.get(key), fact));
  const strangers = mergeElsewhere([was.elsewhere, is.elsewhere], then, known);
  const gaps = collected.facts.gaps;
  return {
    format,
    path,
    provider,
    against: snapshotName(collected),
    before: { ...was.written, facts: [...first.values()], gaps, unplaced: [] },
    after: {
      ...is.written,
      facts: [...then.values()],
      gaps: [...gaps, ...is.gaps],
      unplaced: [...is.unplaced, ...strangers, ...open.unplaced],
    },
  };
}

interface RealSide {
  readonly facts: readonly Fact[];
  readonly elsewhere: readonly Fact[];
  readonly gaps: Side["gaps"];
  readonly unplaced: readonly string[];
  readonly written: Written;
}

interface StorePlace {
  readonly store: string;
  readonly account?: string;
  readonly region?: string;
}

const PRODUCTS: Readonly<Partial<Record<Provider, readonly string[]>>> = {
  aws: ["aws"],
  hashicorp: ["openbao", "vault"],
  kubernetes: ["kubernetes"],
};

function placeOf(provider: Provider, facts: FactSet): NoPair | StorePlace {
  const stores = facts.of("store").filter(({ product }) => PRODUCTS[provider]?.includes(product));
  const [store, ...others] = new Set(stores.map(({ store_id }) => store_id));
  if (store === undefined) return { detail: `the snapshot has no source of the kind ${provider}` };
  if (others.length > 0)
    return {
      detail: `the snapshot has several sources of the kind ${provider}: which is meant is not known`,
    };
  const [account, ...accounts] = new Set(stores.flatMap((one) => one.account ?? []));
  const [region, ...regions] = new Set(stores.flatMap((one) => one.region ?? []));
  return {
    store,
    ...(account === undefined || accounts.length > 0 ? {} : { account }),
    ...(region === undefined || regions.length > 0 ? {} : { region }),
  };
}

/**
 * What is not known of whether a change is of the snapshot's account: one that states none is taken to be, which is told. One that states others alone is
 * not held against it.
 */
function accountsOpen(
  { before, after }: Declared,
  { account }: StorePlace,
  collected: Collected,
): NoPair | { readonly unplaced: readonly string[] } {
  const accounts = (facts: Iterable<Fact>): Set<string> =>
    new Set([...facts].flatMap((fact) => (fact.kind === "store" ? (fact.account ?? []) : [])));
  const stated = accounts([...(before?.facts ?? []), ...after.facts]);
  const isUnstated = stated.delete(UNKNOWN_SURROUNDINGS.account);
  const there = accounts(collected.facts.of("store"));
  const others = [...stated.difference(there)].sort();
  if (others.length > 0 && others.length === stated.size && !isUnstated)
    return { detail: `the change is of account ${others.join(", ")}, and the snapshot is not` };
  const unplaced = others.map((one) => `what account ${one} has, of which the snapshot has nothing`);
  if (isUnstated && account !== undefined)
    unplaced.push(
      `whether the change is of account ${account}, as the snapshot is: it does not state its account`,
    );
  return { unplaced };
}

/** What the snapshot calls what an input declares. */
class Naming {
  readonly #source: string;
  readonly #place: StorePlace;
  readonly #secrets: ReadonlyMap<string, readonly string[]>;
  readonly #identities: ReadonlyMap<string, readonly string[]>;
  readonly #known: ReadonlySet<string>;

  constructor(source: string, place: StorePlace, facts: FactSet) {
    this.#source = source;
    this.#place = place;
    const secrets = facts.of("secret").map(({ id }) => id);
    this.#secrets = Map.groupBy(secrets, (id) => id.slice(0, -SUFFIX.length));
    const identities = facts
      .of("principal")
      .filter(({ principal_type }) => principal_type.startsWith("iam_"));
    this.#identities = Map.groupBy(
      identities.map(({ id }) => id),
      withoutPath,
    );
    this.#known = new Set([...secrets, ...identities.map(({ id }) => id)]);
  }

  side({ facts, gaps, standIns, elsewhere, unplaced = [], ...written }: Side & Written): RealSide {
    const own = facts.filter((fact) => standIns?.has(keyOf(fact)) !== true);
    const rename = (text: string): string => this.#text(text);
    return {
      facts: renamed(own, rename),
      elsewhere: renamed(elsewhere?.facts ?? [], rename),
      gaps: renamed([...gaps, ...(elsewhere?.gaps ?? [])], rename),
      unplaced: [...unplaced, ...(elsewhere?.unplaced ?? [])],
      written: renamedPlaces(written, rename),
    };
  }

  #text(text: string): string {
    const { store, account, region } = this.#place;
    let told = text;
    if (account !== undefined) told = told.replaceAll(UNKNOWN_SURROUNDINGS.account, account);
    if (region !== undefined) told = told.replaceAll(UNKNOWN_SURROUNDINGS.region, region);
    if (told !== this.#source && !told.startsWith(`${this.#source}:`) && !told.startsWith(`${this.#source}/`))
      return told;
    const own = `${store}${told.slice(this.#source.length)}`;
    const [id = "", ...rest] = own.split("#");
    return [this.#same(id), ...rest].join("#");
  }

  #same(id: string): string {
    if (this.#known.has(id)) return id;
    const [same, ...others] = id.endsWith(SUFFIX)
      ? (this.#secrets.get(id.slice(0, -SUFFIX.length)) ?? [])
      : (this.#identities.get(withoutPath(id)) ?? []);
    return same === undefined || others.length > 0 ? id : same;
  }
}

/** What AWS makes up at the end of a secret's ARN. */
const SUFFIX = "??????";

/** Names of roles and users are unique in an account, whatever their path. */
function withoutPath(id: string): string {
  return id.replace(/:(role|user)\/(?:.*\/)?([^/]+)$/, ":$1/$2");
}

/** What the snapshot has, with what a change makes of it. */
function merged(known: Fact | undefined, old: Fact | undefined, now: Fact): Fact {
  if (known === undefined) return now;
  const result: Record<string, unknown> = { ...known };
  const former: Record<string, unknown> = { ...old };
  for (const [name, value] of Object.entries(now)) {
    if (FIXED.has(name) || isMadeUp(value)) continue;
    const [was, is] = [former[name], result[name]];
    if (Array.isArray(value) && value.every((one) => typeof one === "string"))
      result[name] = mergedList(texts(is), texts(was), value);
    else if (old === undefined || JSON.stringify(was) !== JSON.stringify(value)) result[name] = value;
  }
  const kept = Object.entries(result).filter(([name]) => name in now || !(name in former));
  return Object.fromEntries(kept) as unknown as Fact;
}

/** What a role has been given already is not made up anew. */
function isMadeUp(value: unknown): boolean {
  return typeof value === "string" && value.startsWith(MADE_UP_ROLE_ID);
}

const FIXED = new Set(["id", "kind", "record", "scope", "store_id"]);

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function mergedList(known: readonly string[], old: readonly string[], now: readonly string[]): string[] {
  const gone = new Set(old).difference(new Set(now));
  return [...new Set([...known.filter((one) => !gone.has(one)), ...now])].sort();
}

/** Somebody of the snapshot with the policies and groups that a change gives them, and without those that it takes. */
function withGiven<T extends FactOf<"group"> | FactOf<"principal">>(
  there: T,
  former: Fact | undefined,
  now: Fact | undefined,
): T {
  const policies = (one: Fact | undefined): readonly string[] =>
    one?.kind === "group" || one?.kind === "principal" ? one.policies : [];
  const groups = (one: Fact | undefined): readonly string[] =>
    one?.kind === "principal" ? one.direct_group_ids : [];
  return {
    ...there,
    policies: mergedList(there.policies, policies(former), policies(now)),
    ...(there.kind === "principal"
      ? { direct_group_ids: mergedList(there.direct_group_ids, groups(former), groups(now)) }
      : {}),
  };
}

/**
 * Puts what an input says of others' things to them, on the later side, and takes out what it said before. Returns what it says of things that the
 * snapshot does not have.
 */
function mergeElsewhere(
  [was, is]: readonly [readonly Fact[], readonly Fact[]],
  then: Map<string, Fact>,
  known: ReadonlyMap<string, Fact>,
): string[] {
  const old = new Map(was.map((fact) => [keyOf(fact), fact]));
  const now = new Map(is.map((fact) => [keyOf(fact), fact]));
  const strangers: string[] = [];
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [former, fact] = [old.get(key), now.get(key)];
    const there = known.get(key);
    const some = fact ?? former;
    if (some === undefined) continue;
    if (some.kind === "principal" || some.kind === "group") {
      if (there === undefined || there.kind !== some.kind) {
        strangers.push(`${some.name}, of whom the change speaks, is not in the snapshot`);
        continue;
      }
      then.set(key, withGiven(there, former, fact));
    } else if (some.kind === "policy_document" && some.id.endsWith("#trust")) continue;
    else if (
      some.kind === "policy_document" ||
      some.kind === "resource_policy" ||
      some.kind === "key_grant"
    ) {
      if (fact === undefined) then.delete(key);
      else then.set(key, fact);
    } else if (there === undefined && some.kind !== "secret_metadata")
      strangers.push(`${some.id}, of which the change speaks, is not in the snapshot`);
  }
  return strangers;
}
