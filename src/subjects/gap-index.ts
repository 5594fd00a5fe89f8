import { GRANT_DERIVED_FROM, OF_ONE_THING, hidesGrants } from "../access/index.ts";
import { compareStrings } from "../base/index.ts";
import { EVENT_KINDS, PEOPLE_KINDS, gapDigest, type FactKind, type Gap } from "../facts/index.ts";
import type { DerivedKind } from "../policy/index.ts";
import type { Subject } from "./schema.ts";

/**
 * Kinds of which one thing that could not be read says nothing about what others can reach. A token gives its holder
 * no more than the logins and roles that it came from, which are principals themselves. All else may be a part of
 * somebody's access: a policy through a group, a role through an alias, another's credential to hand out.
 */
const OWN_ACCESS: readonly FactKind[] = ["token"];

/** Kinds that speak of a whole secrets engine: what is hidden of one is hidden for everything in the engine. */
const ENGINE_WIDE: readonly FactKind[] = [
  "authority_address",
  "certificate_issuer",
  "revocation_list",
  "secret_engine_config",
];

/**
 * Kinds of numbers, instants, states and addresses alone, none a text of people's, and those that no answer of a store tells: no
 * credential can have been pasted into what one of them hides.
 */
const WITHOUT_TEXTS: readonly FactKind[] = [
  "account_public_access",
  "detection",
  "detection_run",
  "endpoint",
  "health",
  "key_rotation",
  "key_rotation_history",
  "lease_count",
  "log_actor",
  "log_span",
  "node_config",
  "revocation_list",
  "secret_version",
  "service_use",
  "store_config",
  "token_count",
  "usage",
];

/** Rules of detections that policies judge: what is hidden of others hides nothing of any subject. */
export const JUDGED_RULES: readonly string[] = [
  "break_glass_used",
  "denied_burst",
  "denied_then_allowed",
  "new_network",
  "off_hours",
  "silent_log",
];

/** Without what it hides of a rule that no policy judges. */
function judgedPart(gap: Gap): Gap {
  const [, rule] = /^[^:]*:detection\/([a-z_]+)\//.exec(gap.resource ?? "") ?? [];
  if (rule === undefined || JUDGED_RULES.includes(rule)) return gap;
  return { ...gap, hides: gap.hides.filter((kind) => kind !== "detection") };
}

/** Things with more gaps of their own are looked at singly; so many answers are kept for things with fewer. */
const MAX_REMEMBERED_GAPS = 64;
const MAX_REMEMBERED = 1024;

/** What decides over what is hidden of a thing: `about` is whatever is no gap. */
interface Alike {
  readonly about: string;
  /** Hides access to or of everything alike; the same object for the same gaps. */
  readonly shared: Tally;
  readonly parts: readonly (readonly NamedGap[])[];
}

interface NamedGap {
  readonly gap: Gap;
  readonly digest: string;
  /**
   * Of what access comes from it hides nothing but things, all of them in the engine of this id, or in the Region of an account
   * that is this scope. Those change nothing for who can reach another thing, nor for a principal that reaches nothing there.
   */
  readonly within?: string;
}

type Hidden = Subject["gaps"];

/** Digests of gaps and their reasons. */
type Tally = ReadonlyMap<string, string>;

/** What bears on a principal and is hidden elsewhere in its store. */
export interface Elsewhere {
  /** Fact ids of settings that hold for its logins: what is hidden of them is hidden of its access. */
  readonly settings?: readonly string[];
  /** Kinds that may limit its tokens: `auth_config` by these settings, the others wherever they are hidden. */
  readonly limitedBy?: readonly FactKind[];
  /** Whether it may hold tokens: one that could not be looked up may be anyone's. */
  readonly holdsTokens?: boolean;
  /** Whether it may have access to what was not seen in the engine of this id; absent: to anything. */
  readonly mayReach?: (engine: string) => boolean;
}

/** What else bears on who may use a thing. */
export interface Surroundings {
  /** Ids of things whose own access decides with it, such as the key that a secret is encrypted under. */
  readonly under?: readonly string[];
  /** Whether nobody of another account can be let in, whatever is not known of them. */
  readonly closed?: boolean;
  /** Whether a cloud keeps it. */
  readonly cloud?: boolean;
}

/**
 * Kinds of a cloud that bear on access to what is in the same Region of the same account alone: an alias names a key beside it.
 */
const OF_ONE_PLACE: readonly FactKind[] = ["key_alias"];

/**
 * Finds the gaps that hide something of a subject. A gap reaches its resource, or all below it, or its whole place. A place
 * is a store, by its source's name, whatever the scope within it; of a source that reads many stores (`placed`) it is the
 * scope, and what encloses it bears on it.
 */
export class GapIndex {
  readonly #placed: ReadonlySet<string>;
  readonly #clouds: ReadonlySet<string>;
  readonly #byPlace = new Map<string, NamedGap[]>();
  readonly #wholePlace = new Map<string, NamedGap[]>();
  readonly #byResource = new Map<string, NamedGap[]>();
  readonly #grantGaps = new Map<string, NamedGap[]>();
  readonly #ofSome = new Map<string, readonly NamedGap[]>();
  readonly #sharedGrants = new Map<string, Tally>();
  readonly #engineWide: readonly NamedGap[];
  readonly #ofEngine = new Map<string, readonly NamedGap[]>();
  readonly #all: readonly NamedGap[];
  readonly #ofTokens = new Map<string, Hidden>();
  /** By what hides it: most principals of a place have nothing hidden but what all have. */
  readonly #known = new WeakMap<Tally, Map<string, Hidden>>();
  /** Of what ingested logs tell: wherever in a place it is hidden, it may be of anything there. */
  readonly #ofLogs = new Map<string, NamedGap[]>();
  /** Of lists of people and requests, and of reviews: whoever is missing there may be any principal, or behind it. */
  readonly #ofPeople: Hidden;

  /** `engines`: the ids that all in each known secrets engine begins with. `clouds`: sources that read accounts of a cloud. */
  constructor(
    gaps: readonly Gap[],
    engines: readonly string[] = [],
    placed: ReadonlySet<string> = new Set(),
    clouds: ReadonlySet<string> = placed,
  ) {
    this.#placed = placed;
    this.#clouds = clouds;
    this.#all = gaps.map((whole) => {
      const gap = judgedPart(whole);
      const within = placed.has(gap.store_id) ? regionOfThings(gap) : engineOfSecrets(gap, engines);
      return { gap, digest: gapDigest(whole), ...(within === undefined ? {} : { within }) };
    });
    this.#engineWide = this.#all.flatMap(({ gap, digest }) => {
      const hides = gap.hides.filter((kind) => ENGINE_WIDE.includes(kind));
      return hides.length === 0 ? [] : [{ gap: { ...gap, hides }, digest }];
    });
    for (const named of this.#all) {
      const { store_id, scope, resource } = named.gap;
      const place = placed.has(store_id) ? scope : store_id;
      append(this.#byPlace, place, named);
      if (resource === undefined) append(this.#wholePlace, place, named);
      else append(this.#byResource, resource, named);
      if (named.gap.hides.some((kind) => EVENT_KINDS.includes(kind))) append(this.#ofLogs, place, named);
      if (hidesGrants(named.gap, placed.has(store_id))) append(this.#grantGaps, store_id, named);
    }
    const beside: readonly FactKind[] = [...PEOPLE_KINDS, "review_decision"];
    this.#ofPeople = hiddenKinds(beside.flatMap((kind) => only(kind, this.#all)));
  }

  /**
   * What is hidden of the thing called `id`: gaps of the thing itself, of all above it, and of the whole store; of what
   * speaks for its whole secrets engine where `engine`, the id that everything in it begins with, is given.
   */
  of(place: string, id: string, engine?: string): Hidden {
    return hiddenKinds([...this.#reaching(place, id), ...this.#inEngine(engine)]);
  }

  /** As `of`, of several things that together are one; of `everywhere`, kinds of which every fact of the place bears on it, too. */
  ofAll(place: string, ids: readonly string[], everywhere: readonly FactKind[] = []): Hidden {
    const here = around(this.#byPlace, place);
    return hiddenKinds([
      ...ids.flatMap((id) => this.#reaching(place, id)),
      ...everywhere.flatMap((kind) => only(kind, here)),
    ]);
  }

  /**
   * As `of`, and effective access: whoever could not be listed may have access too. Other secrets that could not be listed
   * have none.
   */
  ofSecret(place: string, id: string, engine?: string, around: Surroundings = {}): Hidden {
    const reaching = this.#reaching(place, id);
    const inEngine = this.#inEngine(engine);
    const cloud_metadata = around.cloud === true ? only("secret_metadata", reaching) : [];
    const { grant, shared } = this.#hidingGrants(place, reaching, around);
    const find = (): Hidden => {
      const derived = { cloud_metadata, grant, ...this.#hiddenLogs(place) };
      return hiddenKinds([...reaching, ...inEngine], derived, { grant: shared });
    };
    const about = `secret ${place}`;
    return this.#once({ about, shared, parts: [reaching, inEngine, cloud_metadata, grant] }, find);
  }

  /** What is hidden of things that are alike in all that it follows from: most of a place are, by the same few gaps. */
  #once({ about, shared, parts }: Alike, find: () => Hidden): Hidden {
    if (parts.reduce((total, { length }) => total + length, 0) > MAX_REMEMBERED_GAPS) return find();
    const key = [about, ...parts.map((gaps) => gaps.map(({ digest }) => digest).join(" "))].join("\n");
    const known = this.#known.get(shared) ?? new Map<string, Hidden>();
    this.#known.set(shared, known);
    const found = known.get(key) ?? find();
    if (known.size < MAX_REMEMBERED) known.set(key, found);
    return found;
  }

  /**
   * What may hide somebody's access to a thing, `reaching` being what hides something of the thing itself: `grant` for this thing, and
   * `shared`, which is the same for all things of its place and is found once, since there may be as many gaps as things.
   */
  #hidingGrants(place: string, reaching: readonly NamedGap[], { under = [], closed = false }: Surroundings) {
    const source = sourceOf(place);
    const all = this.#grantGaps.get(source) ?? [];
    if (!this.#placed.has(source)) {
      const shared = this.#shared(source, () => all.filter(({ within }) => within === undefined));
      const isOfSource = ({ gap }: NamedGap): boolean => gap.store_id === source && hidesGrants(gap, false);
      return { grant: reaching.filter(isOfSource), shared };
    }
    const account = place.split("/").slice(0, 2).join("/");
    const places = [place, ...under.map((id) => placeOfArn(source, id))];
    const isNear = ({ gap: { scope } }: NamedGap): boolean =>
      !closed || scope === source || `${scope}/`.startsWith(`${account}/`);
    const ofAll = (): NamedGap[] =>
      all.filter((named) => {
        const reach = reachOf(named);
        if (reach !== "place") return reach === "everything" && isNear(named);
        return places.some((one) => `${one}/`.startsWith(`${named.gap.scope}/`));
      });
    const ofThings = [...reaching, ...under.flatMap((id) => this.#reaching(place, id))];
    const grant = ofThings.filter((named) => {
      const reach = reachOf(named);
      return reach === "thing" || (reach !== "nothing" && isNear(named));
    });
    // What is hidden of a thing itself is judged by the thing, wherever its place is.
    const others = new Set(ofThings.filter((named) => reachOf(named) === "place" && !isNear(named)));
    if (others.size > 0)
      return { grant: [...ofAll().filter((named) => !others.has(named)), ...grant], shared: NONE };
    return { grant, shared: this.#shared([closed, ...places].join(" "), ofAll) };
  }

  #shared(key: string, find: () => readonly NamedGap[]): Tally {
    const known = this.#sharedGrants.get(key);
    if (known !== undefined) return known;
    const tally = new Map(find().map(({ digest, gap }) => [digest, gap.reason]));
    this.#sharedGrants.set(key, tally);
    return tally;
  }

  /**
   * As `of`, and effective access, but for what can be no part of this principal's; and what is derived from things
   * elsewhere in the store, under names of its own, since it hides nothing else of the principal.
   */
  ofPrincipal(place: string, id: string, elsewhere: Elsewhere = {}): Hidden {
    const { settings = [], limitedBy = [], holdsTokens = false } = elsewhere;
    const mayReach = remembered(elsewhere.mayReach ?? (() => true));
    const concerns = ({ gap: { resource }, within }: NamedGap): boolean =>
      within === undefined ? resource === id : mayReach(within);
    const source = sourceOf(place);
    const ofSettings = settings.flatMap((one) => only("auth_config", this.#reaching(place, one)));
    const grant = [...this.#perhapsOfOne(source).filter(concerns), ...ofSettings];
    // There may be as many as principals.
    const shared = this.#shared(`${source} of everyone`, () =>
      (this.#grantGaps.get(source) ?? []).filter(isOfEveryone),
    );
    const token_limit = limitedBy.flatMap((kind) =>
      kind === "auth_config" ? ofSettings : only(kind, around(this.#byPlace, place)),
    );
    const isOfCloud = this.#clouds.has(source) || isArn(id);
    const reaching = this.#reaching(place, id);
    const find = (): Hidden => {
      const hidden = hiddenKinds(
        reaching,
        { cloud_grant: isOfCloud ? grant : [], grant, token_limit, ...this.#hiddenLogs(place) },
        { grant: shared, ...(isOfCloud ? { cloud_grant: shared } : {}) },
      );
      const held = holdsTokens ? this.#hiddenTokens(place) : [];
      return [...hidden, ...held, ...this.#ofPeople].sort((a, b) => compareStrings(a.fact_kind, b.fact_kind));
    };
    const about = ["principal", place, isOfCloud, holdsTokens].join(" ");
    return this.#once({ about, shared, parts: [reaching, grant, token_limit] }, find);
  }

  /** Of what hides access in a source that which bears on some principals alone. */
  #perhapsOfOne(source: string): readonly NamedGap[] {
    const known = this.#ofSome.get(source);
    if (known !== undefined) return known;
    const found = (this.#grantGaps.get(source) ?? []).filter((named) => !isOfEveryone(named));
    this.#ofSome.set(source, found);
    return found;
  }

  /** Once for each store: there may be as many as tokens, and it bears on every identity. */
  #hiddenTokens(place: string): Hidden {
    const known = this.#ofTokens.get(place);
    if (known !== undefined) return known;
    const held_token = only("token", around(this.#byPlace, place));
    const found = hiddenKinds([], { held_token });
    this.#ofTokens.set(place, found);
    return found;
  }

  /**
   * Everything hidden of a store, wherever in it: a store's own counts are lower bounds then. A pasted credential may
   * stand in any text that could not be read. `elsewhere`: ids of what belongs to it and is kept in another place.
   */
  ofStore(place: string, elsewhere: readonly string[] = []): Hidden {
    const gaps = [
      ...around(this.#byPlace, place),
      ...elsewhere.flatMap((id) => this.#byResource.get(id) ?? []),
    ];
    const texts = gaps.filter(({ gap }) => gap.hides.some((kind) => !WITHOUT_TEXTS.includes(kind)));
    const grant = this.#grantGaps.get(sourceOf(place)) ?? [];
    const ofCloud = this.#placed.has(sourceOf(place)) || place !== sourceOf(place);
    const cloud_secret = ofCloud ? only("secret", gaps) : [];
    return hiddenKinds(gaps, { cloud_secret, grant, pasted_credential: texts });
  }

  /** Everything hidden anywhere. */
  ofEstate(): Hidden {
    return hiddenKinds(this.#all, { grant: [...this.#grantGaps.values()].flat() });
  }

  /** Whether anything of these kinds is hidden anywhere in the place. */
  hides(place: string, kinds: readonly FactKind[]): boolean {
    return around(this.#byPlace, place).some(({ gap }) => gap.hides.some((kind) => kinds.includes(kind)));
  }

  /** Of what is in one Region of an account the logs of others tell nothing; of an identity every Region's may. */
  #hiddenLogs(place: string): { readonly [K in FactKind]?: NamedGap[] } {
    if (this.#ofLogs.size === 0) return {};
    const within = [...this.#ofLogs].filter(([at]) => `${at}/`.startsWith(`${place}/`) && at !== place);
    const gaps = [...around(this.#ofLogs, place), ...within.flatMap(([, named]) => named)];
    return Object.fromEntries(EVENT_KINDS.map((kind) => [kind, only(kind, gaps)]));
  }

  #inEngine(engine: string | undefined): readonly NamedGap[] {
    if (engine === undefined || this.#engineWide.length === 0) return [];
    const known = this.#ofEngine.get(engine);
    if (known !== undefined) return known;
    const found = this.#engineWide.filter(({ gap }) => gap.resource?.startsWith(engine) === true);
    this.#ofEngine.set(engine, found);
    return found;
  }

  #reaching(place: string, id: string): NamedGap[] {
    const found = [...around(this.#wholePlace, place), ...(this.#byResource.get(id) ?? [])];
    for (let end = 0; end < id.length; end += 1) {
      if (id[end] !== "/" && id[end] !== ":") continue;
      const prefix = id.slice(0, end + 1);
      if (prefix !== id) found.push(...(this.#byResource.get(prefix) ?? []));
    }
    return found;
  }
}

/** Whether what a gap hides may be a part of any principal's access, wherever it may reach. */
function isOfEveryone({ gap: { resource, hides }, within }: NamedGap): boolean {
  if (within !== undefined) return false;
  if (resource === undefined || isPrefix(resource)) return true;
  return hides.some((kind) => GRANT_DERIVED_FROM.includes(kind) && !OWN_ACCESS.includes(kind));
}

/** The engine that all secrets which a gap hides are in; absent where it hides more of what access comes from, or elsewhere. */
function engineOfSecrets({ resource, hides }: Gap, engines: readonly string[]): string | undefined {
  const derived = hides.filter((kind) => GRANT_DERIVED_FROM.includes(kind));
  if (resource === undefined || derived.some((kind) => kind !== "secret")) return undefined;
  return engines.find((engine) => resource.startsWith(engine));
}

/** The Region of an account that all things are in which a gap of a cloud hides; absent where it hides more, or elsewhere. */
function regionOfThings({ scope, hides }: Gap): string | undefined {
  const derived = hides.filter((kind) => GRANT_DERIVED_FROM.includes(kind));
  const ofThings = derived.length > 0 && derived.every(isOfPlace);
  return ofThings && scope.split("/").length === 3 ? scope : undefined;
}

/** How far what a gap of a cloud hides of access reaches: not at all, to the thing itself, to all in its place, or anywhere. */
function reachOf({ gap: { hides } }: NamedGap): "everything" | "nothing" | "place" | "thing" {
  const decisive = hides.filter((kind) => GRANT_DERIVED_FROM.includes(kind) || OF_ONE_THING.includes(kind));
  if (decisive.length === 0) return "nothing";
  if (decisive.every((kind) => OF_ONE_THING.includes(kind))) return "thing";
  return decisive.every(isOfPlace) ? "place" : "everything";
}

function isOfPlace(kind: FactKind): boolean {
  return OF_ONE_THING.includes(kind) || OF_ONE_PLACE.includes(kind);
}

/** Whether a fact id is of something that AWS names. */
function isArn(id: string): boolean {
  return /^[^:]*:arn:/.test(id);
}

/** `<source>/<account>/<region>` of a fact id with an ARN. */
function placeOfArn(source: string, id: string): string {
  const [, , , , region = "", account = ""] = id.split(":");
  return `${source}/${account}/${region}`;
}

/** Answers each question once. */
function remembered(ask: (engine: string) => boolean): (engine: string) => boolean {
  const known = new Map<string, boolean>();
  return (engine) => {
    const answer = known.get(engine) ?? ask(engine);
    known.set(engine, answer);
    return answer;
  };
}

/** The source that a place is in: its name has no slash. */
function sourceOf(place: string): string {
  const end = place.indexOf("/");
  return end === -1 ? place : place.slice(0, end);
}

/** What is kept for a place and for all that encloses it. */
function around(map: ReadonlyMap<string, NamedGap[]>, place: string): readonly NamedGap[] {
  if (!place.includes("/")) return map.get(place) ?? [];
  const parts = place.split("/");
  return parts.flatMap((_, end) => map.get(parts.slice(0, end + 1).join("/")) ?? []);
}

/** The gaps that hide a kind, as hiding that alone. */
function only(kind: FactKind, gaps: readonly NamedGap[]): NamedGap[] {
  return gaps
    .filter(({ gap }) => gap.hides.includes(kind))
    .map(({ gap, digest }) => ({ gap: { ...gap, hides: [kind] }, digest }));
}

function isPrefix(resource: string): boolean {
  return resource.endsWith("/") || resource.endsWith(":");
}

function append(map: Map<string, NamedGap[]>, key: string, named: NamedGap): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [named]);
  else list.push(named);
}

/** One entry a kind, and those that follow from others; the gap with the smallest digest stands for all of them. */
function hiddenKinds(
  gaps: readonly NamedGap[],
  derived: {
    readonly [K in DerivedKind | FactKind]?: readonly NamedGap[];
  } = {},
  shared: Readonly<Record<string, Tally>> = {},
): Hidden {
  const byKind = new Map<string, Map<string, string>>();
  const add = (kind: string, { digest, gap }: NamedGap): void => {
    const known = byKind.get(kind);
    if (known === undefined) byKind.set(kind, new Map([[digest, gap.reason]]));
    else known.set(digest, gap.reason);
  };
  for (const named of gaps) for (const kind of named.gap.hides) add(kind, named);
  for (const [kind, following] of Object.entries(derived)) for (const named of following) add(kind, named);
  for (const [kind, tally] of Object.entries(shared))
    if (tally.size > 0 && !byKind.has(kind)) byKind.set(kind, new Map());
  return [...byKind]
    .sort(([a], [b]) => compareStrings(a, b))
    .map(([fact_kind, found]) => ({ fact_kind, ...standing(found, shared[fact_kind] ?? NONE) }));
}

const NONE: Tally = new Map();

/** The gap that stands for those of a thing and those that it shares with others, and how many they are. */
function standing(found: Tally, shared: Tally): Pick<Hidden[number], "gap" | "gap_count" | "reason"> {
  const gap = smallest([...found.keys(), ...(shared.size === 0 ? [] : [smallestOf(shared)])]);
  const added = [...found.keys()].filter((digest) => !shared.has(digest)).length;
  return { reason: found.get(gap) ?? shared.get(gap) ?? "", gap, gap_count: shared.size + added };
}

const SMALLEST = new WeakMap<Tally, string>();

/** Found once, since many share it. */
function smallestOf(tally: Tally): string {
  const known = SMALLEST.get(tally);
  if (known !== undefined) return known;
  const found = smallest([...tally.keys()]);
  SMALLEST.set(tally, found);
  return found;
}

function smallest(digests: readonly string[]): string {
  return digests.reduce((least, one) => (one < least ? one : least), digests[0] ?? "");
}
