import { daysBetween, type Instant } from "../base/index.ts";
import { loginsOfIdentities } from "../access/index.ts";
import type { Fact, FactKind, FactOf, FactSet } from "../facts/index.ts";
import { completeSinks } from "./audit-device.ts";
import { AccessView, type EffectiveAccess } from "./access-view.ts";
import { classifier, type Classification, type ClassificationRules, type Unread } from "./classification.ts";
import { GapIndex } from "./gap-index.ts";
import { storePlaces, type StorePlace } from "./places.ts";
import { CLASSIFICATIONS, OWN_RECORDS, type Trait } from "./schema-parts.ts";
import type { Subject, SubjectKind, SubjectOf } from "./schema.ts";
import { UsageView } from "./usage.ts";

/** Most records that a subject names; the rest stand behind its facts in the snapshot. */
const MAX_RECORDS = 64;

/** Longest label that a subject carries; the record has the whole. */
const MAX_LABEL_CHARS = 256;
const MAX_LABELS = 24;

/** What every builder of subjects works with: the facts, indexed once. */
export interface SubjectContext {
  readonly facts: FactSet;
  readonly access: AccessView;
  readonly usage: UsageView;
  readonly gaps: GapIndex;
  readonly rules: ClassificationRules;
  readonly takenAt: Instant;
  /**
   * Whole days from `instant` to the snapshot; -1 of what came within a day after it, while the collection ran. Undefined of no
   * instant, and of a later one, which says that a clock is wrong: such an age would be taken for a small one.
   */
  readonly ageDays: (instant: Instant | undefined) => number | undefined;
  /** Whole days from the snapshot to `instant`, rounded down: what ended an hour ago has -1. */
  readonly daysLeft: (instant: Instant) => number;
  readonly classify: (of: CommonOf) => Classification;
  /** By id, in order. */
  readonly stores: ReadonlyMap<string, StoreIndex>;
  /** The store that a thing is in. Of what belongs to many, such as an account's users, one that says what they have. */
  readonly storeOf: (fact: Placed) => StoreIndex | undefined;
  /** Where a thing is, as gaps know places. */
  readonly placeOf: (fact: Placed) => string;
  /** Facts of a kind in a place, without those of places within it. In id order. */
  readonly inPlace: <K extends FactKind>(kind: K, place: string) => readonly FactOf<K>[];
}

interface Placed {
  readonly store_id: string;
  /** Absent of what no fact describes. */
  readonly scope?: string;
}

type StoreProjection = SubjectOf<"secret">["store"];

/** Of a store of which nothing is known: whatever is asked of it applies. */
export const UNKNOWN_STORE: StoreProjection = { absent_features: [], own_records: [] };

/** What the subjects of one store share. */
export interface StoreIndex extends StorePlace {
  /** Whether a cloud's provider runs it. False also where that is not known. */
  readonly cloud: boolean;
  /** Its own place, and those around it for which no store before it speaks. */
  readonly speaksFor: readonly string[];
  readonly projection: StoreProjection;
  readonly defaultTtlS: number | undefined;
  readonly maxTtlS: number | undefined;
  readonly authMethods: ReadonlyMap<string, FactOf<"auth_method">>;
  readonly mounts: ReadonlyMap<string, FactOf<"mount">>;
}

interface CommonOf {
  readonly kind: SubjectKind;
  readonly store_id: string;
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly unread?: readonly Unread[];
}

/** Vault's own limit where neither server, mount nor role states one: 32 days. Documentation: "max_lease_ttl". */
const PRODUCT_MAX_TTL_S = 2_764_800;

export function subjectContext(
  facts: FactSet,
  access: EffectiveAccess,
  rules: ClassificationRules,
  takenAt: Instant,
): SubjectContext {
  const classify = classifier(rules);
  const byRules = ({ kind, store_id, id, name, labels, unread = [] }: CommonOf): Classification =>
    classify({ kind, store_id, name, labels, unread, path: id.slice(id.indexOf(":") + 1) });
  const logins = loginsOfIdentities(facts);
  const classifyOf = (of: CommonOf): Classification => {
    const behind = of.kind === "principal" ? (logins.get(of.id) ?? []) : [];
    if (behind === "unknown") return perhapsByLogin(byRules(of), rules);
    const same = behind.map((login) => byRules({ ...login, kind: "principal", labels: {} }));
    return ofOnePerson(byRules(of), same);
  };
  const places = storePlaces(facts);
  const firstOf = new Map(readFirst(places, facts).toReversed().flatMap(enclosedBy));
  const stores = new Map(places.map((place) => [place.id, storeIndex(place, firstOf, facts)]));
  const placed = new Set(
    facts
      .of("store")
      .filter(({ id, store_id }) => id !== store_id)
      .map(sourceName),
  );
  const clouds = new Set([...placed, ...facts.of("account").map(sourceName)]);
  const placeOf = ({ store_id, scope = store_id }: Placed): string =>
    placed.has(store_id) ? scope : store_id;
  return {
    facts,
    access: new AccessView(access, emergencies(facts, access, classifyOf)),
    usage: new UsageView({
      facts,
      access,
      placeOf,
      ageDays: (instant) => believableAge(instant, takenAt),
    }),
    gaps: new GapIndex(
      facts.gaps,
      facts.of("mount").map(({ store_id, scope, path }) => engineId({ store_id, scope, mount: path })),
      placed,
      clouds,
    ),
    rules,
    takenAt,
    ageDays: (instant) => believableAge(instant, takenAt),
    daysLeft: (instant) => daysBetween(takenAt, instant),
    classify: classifyOf,
    stores,
    storeOf: (fact) => stores.get(firstOf.get(placeOf(fact))?.id ?? ""),
    placeOf,
    inPlace: byPlace(facts, placeOf),
  };
}

/**
 * An identity as which nobody comes in but by `logins` is for emergencies where each of them is, and has their one owner
 * where nothing states its own: the server makes such an identity at the first login, of whom the rules speak by the login.
 */
function ofOnePerson(own: Classification, logins: readonly Classification[]): Classification {
  if (logins.length === 0) return own;
  const emergency = own.break_glass || logins.every(({ break_glass }) => break_glass);
  const owners = new Set(logins.map(({ owner }) => owner));
  const [theirs] = owners.size === 1 && !own.undecided.includes("owner") ? owners : [];
  const owner = own.owner ?? theirs;
  const { unusable_labels: unusable, ...rest } = own;
  const { owner: unusableOwner, ...others } = unusable ?? {};
  const left = { ...others, ...present({ owner: owner === undefined ? unusableOwner : undefined }) };
  return {
    ...rest,
    ...present({ owner }),
    break_glass: emergency,
    undecided: own.undecided.filter((name) => !(name === "break_glass" && emergency)),
    ...(Object.keys(left).length === 0 ? {} : { unusable_labels: left }),
  };
}

/** As `ofOnePerson` where the logins are not known: by a rule that names one, the identity may be marked or owned. */
function perhapsByLogin(own: Classification, rules: ClassificationRules): Classification {
  const open = new Set(own.undecided);
  if (!own.break_glass && rules.break_glass.length > 0) open.add("break_glass");
  if (own.owner === undefined && rules.owners.length > 0) open.add("owner");
  return { ...own, undecided: CLASSIFICATIONS.filter((name) => open.has(name)) };
}

/** Days that a thing may be younger than the snapshot: a collection takes its time, and clocks differ by a little. */
const MAX_AHEAD_DAYS = 1;

function believableAge(instant: Instant | undefined, takenAt: Instant): number | undefined {
  if (instant === undefined) return undefined;
  const days = daysBetween(instant, takenAt);
  return days < -MAX_AHEAD_DAYS ? undefined : days;
}

/** Each kind is sorted into its places once, when it is first asked for. */
function byPlace(facts: FactSet, placeOf: SubjectContext["placeOf"]): SubjectContext["inPlace"] {
  const known = new Map<FactKind, ReadonlyMap<string, readonly Fact[]>>();
  const find = (kind: FactKind, place: string): readonly Fact[] => {
    const places = known.get(kind) ?? Map.groupBy<string, Fact>(facts.of(kind), placeOf);
    known.set(kind, places);
    return places.get(place) ?? [];
  };
  return find;
}

function sourceName({ store_id }: { readonly store_id: string }): string {
  return store_id;
}

/** A store of which something was read speaks for what is around it before one that the settings leave out, or that gave no answer. */
function readFirst(places: readonly StorePlace[], facts: FactSet): StorePlace[] {
  const read = new Set([...facts.all()].map(({ scope }) => scope));
  const byRead = (seen: boolean): StorePlace[] => places.filter(({ place }) => read.has(place) === seen);
  return [...byRead(true), ...byRead(false)];
}

/** The place of a store and those around it, for each of which the store may speak. */
function enclosedBy(store: StorePlace): [string, StorePlace][] {
  const parts = store.place.split("/");
  return parts.map((_, end) => [parts.slice(0, end + 1).join("/"), store]);
}

/**
 * Who may reach everything by intent: break-glass identities, keys for recovery, and root tokens, each of which is a finding
 * by itself, and the root users of accounts.
 */
function emergencies(
  facts: FactSet,
  { principals }: EffectiveAccess,
  classify: SubjectContext["classify"],
): ReadonlySet<string> {
  const byFact = principalsOf(facts);
  const recovery = facts.of("key_slot").filter(({ purpose }) => purpose === "recovery");
  const known = new Set(byFact.map(({ id }) => id));
  const others = principals.filter(({ id }) => !known.has(id)).map((one) => named(one, one.name, {}));
  const marked = [...byFact, ...others].filter((of) => classify(of).break_glass);
  const root = facts.of("token").filter((token) => token.root);
  const accountRoots = [...principals, ...facts.of("principal")].filter(isAccountRoot);
  return new Set([...marked, ...recovery, ...root, ...accountRoots].map(({ id }) => id));
}

/**
 * An account's root user: nothing in the account limits it, and it is for what no one else can do. Source: IAM User Guide, "Root user
 * best practices for your AWS account".
 */
export function isAccountRoot({ principal_type }: { readonly principal_type: string }): boolean {
  return principal_type === "aws_root";
}

/** Every principal that a fact describes, as rules see it. */
function principalsOf(facts: FactSet): CommonOf[] {
  return [
    ...facts.of("principal").map((fact) => named(fact, fact.name, fact.labels)),
    ...facts.of("auth_role").map((fact) => named(fact, fact.name, {})),
    ...facts.of("group").map((fact) => named(fact, fact.name, fact.labels)),
    ...facts.of("token").map((fact) => named(fact, tokenName(fact), fact.labels)),
  ];
}

function named(
  { id, store_id }: { readonly id: string; readonly store_id: string },
  name: string,
  labels: CommonOf["labels"],
): CommonOf {
  return { kind: "principal", id, store_id, name, labels };
}

export function tokenName({ display_name, accessor }: FactOf<"token">): string {
  return display_name === "" ? accessor : display_name;
}

function storeIndex(place: StorePlace, firstOf: ReadonlyMap<string, StorePlace>, facts: FactSet): StoreIndex {
  const id = place.store_id;
  const here = <T extends { store_id: string }>(list: readonly T[]): T[] =>
    place.id === id ? list.filter((fact) => fact.store_id === id) : [];
  const store = place.fact;
  const [config] = here(facts.of("store_config"));
  const known = (kind: FactKind): boolean =>
    !facts.gaps.some((gap) => gap.store_id === id && gap.hides.includes(kind));
  const endpoints = here(facts.of("endpoint"));
  const endpointsKnown =
    known("endpoint") && endpoints.length > 0 && endpoints.every(({ tls }) => tls !== undefined);
  return {
    ...place,
    cloud: store?.account !== undefined,
    speaksFor: [...firstOf].filter(([, first]) => first === place).map(([name]) => name),
    projection: {
      absent_features: [...(store?.absent_features ?? [])],
      own_records: OWN_RECORDS.filter((kind) => here<{ store_id: string }>(facts.of(kind)).length > 0),
      ...(store === undefined ? {} : present({ product: store.product, version: store.version })),
      ...(place.id === id && known("sink") ? { sink_count: completeSinks(here(facts.of("sink"))) } : {}),
      ...(endpointsKnown ? { tls_everywhere: endpoints.every(({ tls }) => tls === true) } : {}),
    },
    defaultTtlS: config === undefined ? undefined : config.default_ttl_s || PRODUCT_MAX_TTL_S,
    maxTtlS: config === undefined ? undefined : config.max_ttl_s || PRODUCT_MAX_TTL_S,
    authMethods: new Map(
      here(facts.of("auth_method")).map((fact) => [mountKey(fact.scope, fact.path), fact]),
    ),
    mounts: new Map(here(facts.of("mount")).map((fact) => [mountKey(fact.scope, fact.path), fact])),
  };
}

/** Mounts are named within their scope (namespace); a trailing slash makes no difference. */
export function mountKey(scope: string, path: string): string {
  return `${scope}\n${path.replace(/\/+$/, "")}`;
}

/** What of a secrets engine may live at most by its mount, else by the server. Absent where that could not be read. */
export function engineLimit(
  { stores }: SubjectContext,
  { store_id, scope, mount }: { store_id: string; scope: string; mount: string },
): { readonly seconds: number; readonly source: string } | undefined {
  const store = stores.get(store_id);
  const engine = store?.mounts.get(mountKey(scope, mount));
  if (engine?.max_ttl_s) return { seconds: engine.max_ttl_s, source: "mount" };
  if (engine === undefined || store?.maxTtlS === undefined) return undefined;
  return { seconds: store.maxTtlS, source: "server" };
}

/** The id that everything in a secrets engine begins with. */
export function engineId({
  store_id,
  scope,
  mount,
}: {
  store_id: string;
  scope: string;
  mount: string;
}): string {
  const namespace = scope.slice(store_id.length + 1).replace(/\/+$/, "");
  return `${store_id}:${namespace === "" ? "" : `${namespace}/`}${mount.replace(/\/*$/, "/")}`;
}

/** The fields that subjects of every kind begin with. */
export function common<K extends SubjectKind>(
  context: SubjectContext,
  of: CommonOf & {
    readonly kind: K;
    readonly records: Iterable<string>;
    readonly gaps: Subject["gaps"];
    readonly traits?: readonly Trait[];
    /** The label for its end, where that states none. */
    readonly unusable?: { readonly expires_at?: string };
  },
) {
  const { tier, owner, environment, undecided, unusable_labels } = context.classify(of);
  const unusable = { ...unusable_labels, ...of.unusable };
  return {
    kind: of.kind,
    id: of.id,
    store_id: of.store_id,
    name: of.name,
    ...present({ tier, owner, environment }),
    ...(undecided.length === 0 ? {} : { undecided: [...undecided] }),
    ...(Object.keys(unusable).length === 0 ? {} : { unusable_labels: boundedLabels(unusable) }),
    traits: [...(of.traits ?? [])],
    labels: boundedLabels(of.labels),
    gaps: of.gaps,
    records: [...new Set(of.records)].sort().slice(0, MAX_RECORDS),
  };
}

function boundedLabels(labels: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MAX_LABELS)
      .map(([key, value]) => [labelText(key), labelText(value)]),
  );
}

/** Cut between characters: half of a pair is no text. */
function labelText(text: string): string {
  return text.length <= MAX_LABEL_CHARS ? text : text.slice(0, MAX_LABEL_CHARS).toWellFormed();
}

/** Keeps the keys that have a value: an absent fact field is an absent subject field. */
export function present<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

/** Facts by id. */
export function byId<T extends { id: string }>(facts: readonly T[]): ReadonlyMap<string, T> {
  return new Map(facts.map((fact) => [fact.id, fact]));
}
