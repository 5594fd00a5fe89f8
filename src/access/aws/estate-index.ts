import { askedOf, pathsAbove } from "./actions.ts";
import { parseArn } from "./arn.ts";
import { ClassSets, coversAll, filledKey } from "./class-sets.ts";
import { RequestContext } from "./context.ts";
import type { PolicyDocument } from "./document.ts";
import { isAwsManaged, keyArn } from "./encryption.ts";
import type { AwsEstate } from "./estate.ts";
import type { SourcedResource } from "./estate-parts.ts";
import { encryptionFacets, facetsOf, hasTagOfThing, type Facets } from "./facets.ts";
import { NamedIndex, namesOf } from "./named-index.ts";
import type { Filled } from "./pattern.ts";
import { permissionSources } from "./permission-sources.ts";
import { principalClasses, type PrincipalClass } from "./principal-classes.ts";
import { documentOf, grantees, unknownGrantees } from "./resource-documents.ts";
import { ResourceClasses, type Classed, type Patterns } from "./resource-classes.ts";
import { isUnreadable } from "./world-schema.ts";
import { WorldJudge } from "./world.ts";

/** Everything that effective access is worked out from, by classes. */
export interface EstateIndex {
  readonly estate: AwsEstate;
  readonly judge: WorldJudge;
  readonly principals: readonly PrincipalClass[];
  /** Shapes of more than one class. */
  readonly sharedShapes: ReadonlySet<number>;
  readonly things: ResourceClasses;
  readonly paths: ResourceClasses;
  readonly thingSets: ClassSets;
  readonly pathSets: ClassSets;
  readonly named: NamedIndex;
  /** By account, classes whose policy could not be read. */
  readonly unreadable: ReadonlyMap<string, readonly number[]>;
  /** Places whose things have a policy or grants of their own, or perhaps have. */
  readonly withPolicy: ReadonlySet<number>;
  /** All that bear on something here. */
  readonly rcps: readonly PolicyDocument[];
  /** A policy of a thing, or an RCP, looks at the tags of what is asked for. */
  readonly tagsMatter: boolean;
  /** Something is in a state in which AWS refuses to use it. */
  readonly statesMatter: boolean;
  /** Class of the key that a class of secrets is encrypted under, where it is a customer's. */
  readonly keyOf: (place: number) => number | undefined;
}

/** Kinds of what permissions are changed by. */
export function kindOf(arn: string): string {
  const { service = "", resource = "" } = parseArn(arn) ?? {};
  return service === "iam" ? resource.slice(0, resource.indexOf("/")) : service;
}

export function indexOf(estate: AwsEstate): EstateIndex {
  const judge = new WorldJudge(estate.world, estate.documents.documents);
  const documents = new Map<SourcedResource, PolicyDocument>();
  for (const one of estate.resources.values()) {
    const document = documentOf(one, estate.documents.documents);
    if (document !== undefined) documents.set(one, document);
  }
  const rcps = rcpsIn(estate);
  const mentioned = namesIn(estate, documents);
  const shared = facetsOf(new Set([...documents.values(), ...rcps]));
  const principals = principalClasses(
    estate,
    judge,
    shared,
    (holder, caller) => mentioned.mentioning(namesOf(holder, caller)).size > 0,
  );
  const identity = new Set(principals.flatMap(({ levels }) => [...levels.identity, ...levels.limits]));
  const facets = facetsOf([...documents.values(), ...rcps, ...identity]);
  const patterns = patternsOf(principals, [...new Set([...documents.values(), ...rcps])], shared);
  const sides = new Sides(estate, facets);
  const paths = new ResourceClasses(pathsOf(estate), patterns);
  const keys = new ResourceClasses(
    estate.targets.filter(({ kind }) => kind === "key").map(({ arn }) => sides.of(arn)),
    patterns,
  );
  const things = new ResourceClasses(
    [...new Set([...estate.targets.map(({ arn }) => arn), ...iamArns(estate)])].map((arn) =>
      sides.of(arn, { paths, keys }),
    ),
    patterns,
  );
  const keyPlaces = things.all.map(({ arn }) => {
    const key = customerKey(estate, arn);
    return key === undefined ? undefined : things.classOf(key);
  });
  const named = new NamedIndex();
  const unreadable = new Map<string, number[]>();
  const withPolicy = new Set<number>();
  for (const [place, { arn, account }] of things.all.entries()) {
    const resource = estate.resources.get(arn);
    if (!isWithoutPolicy(resource)) withPolicy.add(place);
    if (resource === undefined) continue;
    const document = documents.get(resource);
    if (document !== undefined) named.add(place, document);
    for (const entry of grantees(resource.resource)) named.addGrantee(place, entry);
    if (hasGap(resource)) unreadable.set(account, [...(unreadable.get(account) ?? []), place]);
  }
  return {
    estate,
    judge,
    principals,
    sharedShapes: repeated(principals.map(({ shape }) => shape)),
    things,
    paths,
    thingSets: new ClassSets(things),
    pathSets: new ClassSets(paths),
    named,
    unreadable,
    withPolicy,
    rcps: [...new Set(rcps)],
    tagsMatter: shared.tags.length > 0,
    statesMatter: [...estate.resources.values()].some(hasState),
    keyOf: (place) => keyPlaces[place],
  };
}

function rcpsIn({ accounts, documents }: AwsEstate): PolicyDocument[] {
  return [...accounts.values()].flatMap(({ sources }) =>
    sources.rcps
      .flat()
      .flatMap(({ given }) => (isUnreadable(given) ? [] : [documents.documents.parsed(given, "resource")])),
  );
}

function repeated(numbers: readonly number[]): ReadonlySet<number> {
  const seen = new Set<number>();
  return new Set(numbers.filter((one) => seen.size === seen.add(one).size));
}

/** Known to be so. */
function isWithoutPolicy(given: SourcedResource | undefined): boolean {
  if (given === undefined || hasGap(given) || isUnreadable(given.resource)) return false;
  const { policy, grants } = given.resource;
  return Object.keys(policy ?? {}).length === 0 && grants === undefined;
}

function hasState({ resource }: SourcedResource): boolean {
  return !isUnreadable(resource) && resource.state !== undefined;
}

function hasGap({ resource, policy }: SourcedResource): boolean {
  if (isUnreadable(resource) || (policy !== undefined && isUnreadable(policy.given))) return true;
  const { grants } = resource;
  if (grants === undefined) return false;
  return isUnreadable(grants) || grants.some(isUnreadable) || unknownGrantees({ resource }).length > 0;
}

function namesIn(estate: AwsEstate, documents: ReadonlyMap<SourcedResource, PolicyDocument>): NamedIndex {
  const mentioned = new NamedIndex();
  for (const document of documents.values()) mentioned.add(0, document);
  for (const { resource } of estate.resources.values())
    for (const entry of grantees(resource)) mentioned.addGrantee(0, entry);
  return mentioned;
}

/** Every pattern that tells resources apart, filled in for whoever has it, those of things and RCPs for whoever asks. */
function patternsOf(
  principals: readonly PrincipalClass[],
  shared: readonly PolicyDocument[],
  { variables }: Facets,
): Patterns {
  const plain = new Map<string, Filled>();
  const ofThings = new Map<string, Filled>();
  const done = new Set<PolicyDocument>();
  const add = (document: PolicyDocument, context: RequestContext): void => {
    if (done.has(document)) return;
    let fixed = true;
    for (const statement of document.statements) {
      if (statement.resources === undefined || coversAll(statement)) continue;
      for (const { written, pattern } of statement.resources.of) {
        fixed &&= !written.includes("${");
        const filled = pattern.fill(context.resolve);
        if (filled !== "missing") (hasTagOfThing(written) ? ofThings : plain).set(filledKey(filled), filled);
      }
    }
    if (fixed) done.add(document);
  };
  const asked = new Set<string>();
  for (const { levels, context, first } of principals) {
    for (const document of [...levels.identity, ...levels.limits]) add(document, context);
    const values = JSON.stringify([first.account, variables.map((variable) => context.get(variable))]);
    if (asked.size < asked.add(values).size) for (const document of shared) add(document, context);
  }
  const nobody = new RequestContext().setRestUnknown(/^$/, { certainty: "conditional", why: "" });
  for (const document of shared) add(document, nobody);
  return { plain: [...plain.values()], ofThings: [...ofThings.values()] };
}

/** Folders of parameters: what GetParametersByPath is asked for. */
function pathsOf(estate: AwsEstate): Classed[] {
  const found = new Map<string, Classed>();
  for (const { arn, account } of estate.targets) {
    for (const { path } of pathsAbove(arn))
      found.set(path, { arn: path, kind: "path", account, side: parseArn(arn)?.region ?? "" });
  }
  return [...found.values()];
}

/** What is acted on in IAM: users and roles, and what their permissions come from. */
function iamArns(estate: AwsEstate): string[] {
  const identities = estate.holders.flatMap(({ asks, principal }) =>
    typeof asks === "string" && /^arn:[^:]+:iam::/.test(asks) && principal.principal_type.startsWith("iam_")
      ? [asks]
      : [],
  );
  return [
    ...identities,
    ...estate.holders.flatMap(permissionSources),
    ...estate.groups.map(({ arn }) => arn),
  ];
}

/** ARN of the customer's key of a secret or parameter. */
export function customerKey(estate: AwsEstate, arn: string): string | undefined {
  const resource = estate.resources.get(arn)?.resource;
  if (resource === undefined || isUnreadable(resource)) return undefined;
  const { kms_key: key } = resource;
  return key === undefined || isUnreadable(key) || isAwsManaged(key) ? undefined : keyArn(key, arn);
}

/** What things bring to a decision besides their ARN, as texts. */
class Sides {
  readonly #estate: AwsEstate;
  readonly #facets: Facets;
  readonly #tags: ReadonlySet<string>;
  /** ARNs that a grant's constraints name. */
  readonly #constrained: ReadonlySet<string>;

  constructor(estate: AwsEstate, facets: Facets) {
    this.#estate = estate;
    this.#facets = facets;
    this.#tags = new Set(facets.tags);
    this.#constrained = new Set(
      [...estate.resources.values()].flatMap(({ resource }) => constrained(resource)),
    );
  }

  of(arn: string, below?: { readonly paths: ResourceClasses; readonly keys: ResourceClasses }): Classed {
    const { account = "", region = "" } = parseArn(arn) ?? {};
    const kind = kindOf(arn);
    const base = { arn, kind, account };
    const given = this.#estate.resources.get(arn)?.resource;
    if (given === undefined || isUnreadable(given))
      return { ...base, side: JSON.stringify([region, given ?? ""]) };
    const key = isUnreadable(given.kms_key) ? given.kms_key : given.kms_key;
    const keyClass = this.#keyClass(arn, below?.keys);
    const tags = isUnreadable(given.tags) ? given.tags : this.#relevant(given.tags ?? {});
    const untagged = [
      region,
      policyText(given.policy ?? "", arn),
      this.#isNarrow(arn) ? arn : "",
      given.state ?? "",
      keyClass ?? key,
      given.grants,
      askedOf(kind).length > 0 && kind !== "kms"
        ? [encryptionFacets(this.#facets, arn, new RequestContext()), this.#constrained.has(arn) ? arn : ""]
        : "",
      kind === "ssm" && below !== undefined
        ? pathsAbove(arn).map(({ path, recursive }) => [below.paths.classOf(path), recursive])
        : "",
    ];
    return { ...base, side: JSON.stringify([tags, ...untagged]), untagged: JSON.stringify(untagged) };
  }

  /** Whether a thing's own policy speaks of some resources: the same text may speak of this one and not of another. */
  #isNarrow(arn: string): boolean {
    const resource = this.#estate.resources.get(arn);
    const document =
      resource === undefined ? undefined : documentOf(resource, this.#estate.documents.documents);
    return (document?.statements ?? []).some(
      (statement) =>
        statement.resources !== undefined &&
        !coversAll(statement) &&
        !statement.resources.of.every(({ written }) => written === arn),
    );
  }

  #keyClass(arn: string, keys: ResourceClasses | undefined): number | undefined {
    const key = customerKey(this.#estate, arn);
    return key === undefined ? undefined : keys?.classOf(key);
  }

  #relevant(tags: Readonly<Record<string, string>>): unknown {
    if (this.#tags.size === 0) return "";
    return Object.entries(tags)
      .filter(([name]) => this.#tags.has(name.toLowerCase()))
      .sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/**
 * A thing's own policy, in which nothing but what it covers may stand for the thing itself: whoever is named beside, by a text that
 * begins like the thing's own ARN or is it, is the same for no other thing.
 */
function policyText(policy: unknown, arn: string): string {
  const own = (key: string, value: unknown): unknown => {
    if (key !== "Resource") return value;
    return Array.isArray(value)
      ? value.map((one: unknown) => (one === arn ? ITSELF : one))
      : value === arn
        ? ITSELF
        : value;
  };
  return JSON.stringify(policy, own);
}

const ITSELF = "{}";

function constrained(resource: SourcedResource["resource"]): string[] {
  if (isUnreadable(resource) || resource.grants === undefined || isUnreadable(resource.grants)) return [];
  return resource.grants.flatMap((grant) =>
    isUnreadable(grant)
      ? []
      : Object.values(grant.Constraints ?? {}).flatMap((pairs) => Object.values(pairs)),
  );
}
