import { wildGlob } from "../../access/index.ts";
import type { Fact, FactKind, FactOf } from "../../facts/index.ts";
import { isGain } from "../access-diff.ts";
import type { ComparedSide, Pair } from "./pair.ts";
import { policies, resourcesOf } from "./named-secrets.ts";
import { allFacts } from "./worlds.ts";

/** Most keys that stand for those that policies name. */
const MAX_NAMED = 200;

const NAMING = /^arn:([^:]*):kms:([^:]*):([^:]*):key\/(.+)$/;

/** An action of a service that keeps secrets or keys, or of any. */
const OF_SECRETS = /"(?:(?:kms|secretsmanager|ssm):[^"]*|[^":]*\*[^":]*(?::[^"]*)?)"|"NotAction"/i;

/** Kinds of things that are declared: of these the comparison itself tells. */
const DECLARED: ReadonlySet<FactKind> = new Set<FactKind>([
  "key",
  "key_alias",
  "key_grant",
  "key_rotation",
  "resource_labels",
  "resource_policy",
  "secret",
  "secret_metadata",
  "secret_rotation",
]);

/** Two sides on which alone what nobody declares is there, and what of that policies name and what stands for all the rest. */
export interface UndeclaredPair {
  readonly pair: Pair;
  /** By id: keys that policies name by ARN or pattern. */
  readonly named: ReadonlySet<string>;
  /** By id: what stands for all the rest. */
  readonly rest: ReadonlySet<string>;
}

/**
 * The same holders and policies before keys that AWS policies name and nobody declares, and before one secret, parameter and key that
 * only patterns match that take in all. What these let in of themselves is what AWS makes of them; it is not known. Undefined where no policy
 * gives anything of the kind, or where the account is not told. At most {@link MAX_NAMED} keys.
 */
export function undeclaredPair(pair: Pair): UndeclaredPair | undefined {
  if (pair.provider !== "aws") return undefined;
  const facts = [...allFacts(pair.before), ...allFacts(pair.after)];
  const store = facts.find((fact) => fact.kind === "store" && fact.account !== undefined);
  if (store?.kind !== "store" || store.account === undefined) return undefined;
  const documents = [...policies(facts)].filter(({ text }) => OF_SECRETS.test(text));
  if (documents.length === 0) return undefined;
  const written = new Set(documents.flatMap(({ text }) => resourcesOf(text)));
  const accounts = new Set(facts.flatMap((fact) => (fact.kind === "store" ? (fact.account ?? []) : [])));
  const keys = facts.flatMap((fact) => (fact.kind === "key" ? arnOf(fact) : []));
  const named = [...written]
    .filter((one) => NAMING.test(one) && isOwn(one, accounts))
    .filter((one) => !keys.some((arn) => wildGlob(one).matches(arn)))
    .slice(0, MAX_NAMED)
    .map((one) => keyNamed(one, store));
  const rest = someOf(store);
  const things = [...rest, ...named.flat()];
  const bare = (side: ComparedSide): ComparedSide => withThings(side, things);
  return {
    pair: { ...pair, before: bare(pair.before), after: bare(pair.after) },
    named: new Set(named.flatMap(([key]) => key?.id ?? [])),
    rest: new Set(rest.map(({ id }) => id)),
  };
}

interface Told {
  readonly direction: Parameters<typeof isGain>[0];
  readonly principal: { readonly id: string };
  readonly target: { readonly id: string };
  readonly statements: readonly {
    readonly policy_id?: string;
    readonly policy: string;
    readonly rule?: string;
  }[];
}

/**
 * Of what is gained or lost of things that nobody declares, what has to be told: all of a key that a policy names, and of what stands for the rest what
 * no other difference tells of the same principal by the same statement.
 */
export function untold<T extends Told>(
  undeclared: readonly T[],
  declared: readonly Told[],
  { named, rest }: Pick<UndeclaredPair, "named" | "rest">,
): T[] {
  const isNamed = ({ target }: Told): boolean => named.has(target.id);
  const toldBy = new Set([...declared, ...undeclared.filter(isNamed)].flatMap(namesOf));
  return undeclared.filter(
    (one) => isNamed(one) || (rest.has(one.target.id) && namesOf(one).some((name) => !toldBy.has(name))),
  );
}

/** What a thing of its own account lets anyone do is on every thing alike, declared or not. */
function namesOf({ direction, principal, target, statements }: Told): string[] {
  const own = `${target.id}#policy`;
  return statements
    .filter(({ policy, policy_id }) => policy_id !== own && !policy.startsWith("alias/aws/"))
    .map(({ policy, policy_id = "", rule = "" }) =>
      JSON.stringify([isGain(direction), principal.id, policy_id, policy, rule]),
    );
}

function withThings({ elsewhere, ...side }: ComparedSide, things: readonly Fact[]): ComparedSide {
  const kept = (all: readonly Fact[]): Fact[] => all.filter(({ kind }) => !DECLARED.has(kind));
  return {
    ...side,
    facts: [...kept(side.facts), ...things],
    ...(elsewhere === undefined ? {} : { elsewhere: { ...elsewhere, facts: kept(elsewhere.facts) } }),
  };
}

function isOwn(written: string, accounts: ReadonlySet<string>): boolean {
  const account = NAMING.exec(written)?.[3] ?? "";
  return !/^\d{12}$/.test(account) || accounts.has(account);
}

function arnOf({ id, store_id }: FactOf<"key">): string {
  return id.slice(store_id.length + 1);
}

function keyNamed(written: string, store: FactOf<"store">): Fact[] {
  const [, partition = "aws", where = "", whose = "", name = ""] = NAMING.exec(written) ?? [];
  const settled = (part: string, otherwise = ""): string => (/[*?]|^$/.test(part) ? otherwise : part);
  const [region, account] = [settled(where, store.region), settled(whose, store.account)];
  return key(store, { partition, region, account, name: name.replaceAll("*", "some"), called: name });
}

interface Named {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
  readonly name: string;
  readonly called: string;
}

/** A key with the policy that AWS gives one for which none is set. Source: "Default key policy", AWS KMS Developer Guide. */
function key({ store_id, record }: FactOf<"store">, named: Named): Fact[] {
  const { partition, region, account, name, called } = named;
  const mount = `${account}/${region}`;
  const id = `${store_id}:arn:${partition}:kms:${region}:${account}:key/${name}`;
  const own = { store_id, record, scope: `${store_id}/${mount}` };
  const Principal = { AWS: `arn:${partition}:iam::${account}:root` };
  const text = JSON.stringify({
    Statement: [{ Effect: "Allow", Principal, Action: "kms:*", Resource: "*" }],
  });
  return [
    {
      ...own,
      id,
      kind: "key",
      mount,
      name: called,
      key_type: "SYMMETRIC_DEFAULT",
      exportable: false,
      managed_by: "customer",
      state: "Enabled",
    },
    { ...own, id: `${id}#labels`, kind: "resource_labels", resource: id, labels: {} },
    { ...own, id: `${id}#policy`, kind: "resource_policy", resource: id, text },
  ];
}

/** One of each kind, under names that only a pattern for all matches. */
function someOf(store: FactOf<"store">): Fact[] {
  const { store_id, record, account = "", region = "" } = store;
  const mount = `${account}/${region}`;
  const own = { store_id, record, scope: `${store_id}/${mount}` };
  const base = (service: string): string => `${store_id}:arn:aws:${service}:${region}:${account}`;
  const secrets = [
    {
      id: `${base("secretsmanager")}:secret:some-secret-??????`,
      name: "some-secret",
      secret_type: "aws_secret",
    },
    {
      id: `${base("ssm")}:parameter/some-parameter`,
      name: "/some-parameter",
      secret_type: "aws_parameter",
    },
  ];
  return [
    ...secrets.flatMap(({ id, name, secret_type }): Fact[] => [
      { ...own, id, kind: "secret", mount, name, secret_type },
      { ...own, id, kind: "secret_metadata", mount, name, encrypted: true, labels: {} },
      { ...own, id: `${id}#policy`, kind: "resource_policy", resource: id },
    ]),
    ...key(store, { partition: "aws", region, account, name: "some-key", called: "some-key" }),
  ];
}
