import { LogKeys, accountAlone, accountOfIdentity, isNamedByLogs, isReadLogged } from "../access/index.ts";
import { compareStrings, sortedBy } from "../base/index.ts";
import type { FactOf, FactSet } from "../facts/index.ts";
import type { EffectiveAccess } from "./access-view.ts";
import type { SubjectOf } from "./schema.ts";
import { strangeLogs } from "./strange-logs.ts";
import { IDLE_STEPS } from "./usage-schema.ts";

type SecretUsage = NonNullable<SubjectOf<"secret">["usage"]>;
type PrincipalUsage = NonNullable<SubjectOf<"principal">["usage"]>;
type IngestedLog = NonNullable<SubjectOf<"store">["ingested_log"]>;

/** Most holes of a log, old versions and idle secrets that a document names. */
const MAX_HOLES = 16;
const MAX_VERSIONS = 16;
const MAX_IDLE_NAMES = 8;

/** Most pairs of a principal and a secret that it may read which are looked at in one assessment. */
const MAX_GRANTED_PAIRS = 5_000_000;

/** Stages of AWS: of the version that readers get, of the one before, of one that is being made. */
const CURRENT = ["AWSCURRENT", "AWSPENDING"] as const;
const PREVIOUS = "AWSPREVIOUS";

interface Terms {
  readonly facts: FactSet;
  readonly access: EffectiveAccess;
  readonly ageDays: (instant: string | undefined) => number | undefined;
  readonly placeOf: (fact: { readonly store_id: string; readonly scope: string }) => string;
}

/** A principal, with its age and kind where it is an identity. */
interface Reader {
  readonly id: string;
  readonly created_at?: string | undefined;
  readonly principal_type?: string;
}

/** The reads of one secret. */
interface Reads {
  readonly usages: FactOf<"usage">[];
  /** Whether reads by a key that means several secrets may have been of it. */
  perhapsMore: boolean;
}

/** Everything that ingested audit logs tell, joined to the facts that it is about. Nothing is made where no log was read. */
export class UsageView {
  readonly #terms: Terms;
  readonly #spans: ReadonlyMap<string, FactOf<"log_span">>;
  readonly #logged: ReadonlySet<string>;
  #index: Index | undefined;
  #pairsLeft = MAX_GRANTED_PAIRS;

  constructor(terms: Terms) {
    this.#terms = terms;
    const spans = terms.facts.of("log_span");
    this.#spans = new Map(spans.map((span) => [terms.placeOf(span), span]));
    this.#logged = new Set(spans.map(({ store_id }) => store_id));
  }

  /** Whether a log of the source was read. */
  hasLog(storeId: string): boolean {
    return this.#logged.has(storeId);
  }

  /** Whether reads of the secret show in a log of its source that was read, if not of its own Region. */
  logs(secret: FactOf<"secret">): boolean {
    return this.#logged.has(secret.store_id) && isReadLogged(secret);
  }

  ofSecret(
    secret: FactOf<"secret">,
    value: { readonly metadata: FactOf<"secret_metadata"> | undefined; readonly setAt: string | undefined },
  ): SecretUsage | undefined {
    const span = this.#spans.get(this.#terms.placeOf(secret));
    if (span === undefined || !this.logs(secret)) return undefined;
    const index = this.#indexed();
    const { usages, perhapsMore } = index.reads.get(secret.id) ?? { usages: [], perhapsMore: false };
    const { ageDays } = this.#terms;
    const instants = usages.flatMap(({ first_read_at, last_read_at }) => [first_read_at, last_read_at]);
    const known = instants.filter((at) => at !== undefined).sort(compareStrings);
    const below = index.below.some((prefix) => secret.id.startsWith(prefix));
    return {
      ...this.#observed([span]),
      complete:
        !perhapsMore && !below && span.unnamed_read_count === 0 && !index.strange.has(secret.store_id),
      read_count: sum(usages, ({ read_count }) => read_count),
      denied_count: sum(usages, ({ denied_count }) => denied_count),
      reader_count: usages.filter(({ read_count }) => read_count > 0).length,
      ...age("first_read_age_days", ageDays(known[0])),
      ...age("last_read_age_days", ageDays(known.at(-1))),
      ...this.#versionsOf(secret, usages, value, index),
    };
  }

  /** Undefined also where more pairs would have to be looked at than are allowed, which leaves the policy undetermined. */
  ofPrincipal({ id, created_at, principal_type = "" }: Reader): PrincipalUsage | undefined {
    if (this.#pairsLeft <= 0) return undefined;
    const index = this.#indexed();
    const granted = this.#readable(id, index.secrets);
    if (granted.length === 0 || this.#pairsLeft <= 0) return undefined;
    const places = new Set(granted.map((secret) => this.#terms.placeOf(secret)));
    const spans = [...places].map((place) => this.#spans.get(place));
    const known = spans.filter((span) => span !== undefined);
    const own = index.byPrincipal.get(id) ?? new Map<string, string>();
    const idle = granted.map((secret) => ({ secret, days: this.#idleDays(secret, own, created_at, index) }));
    const longest = idle.filter(({ days }) => days !== undefined && days >= IDLE_STEPS[0]);
    const observed = spans.length === known.length ? this.#observed(known) : { reads_seen: false };
    const isWhole = known.every(
      ({ unattributed_read_count, unnamed_read_count }) => unattributed_read_count + unnamed_read_count === 0,
    );
    return {
      ...observed,
      complete:
        isNamedByLogs({ principal_type }) &&
        isWhole &&
        granted.every(({ store_id }) => !index.strange.has(store_id)) &&
        index.unclear.get(id) !== true &&
        !perhapsByAccount(id, granted, index),
      granted_secret_count: granted.length,
      read_secret_count: granted.filter((secret) => own.has(secret.id)).length,
      idle: IDLE_STEPS.map((days) => ({
        days,
        secret_count: idle.filter((one) => one.days !== undefined && one.days >= days).length,
      })),
      unknown_age_count: idle.filter(({ days }) => days === undefined).length,
      idle_secrets: sortedBy(longest, ({ secret }) => secret.id)
        .sort((a, b) => (b.days ?? 0) - (a.days ?? 0))
        .slice(0, MAX_IDLE_NAMES)
        .map(({ secret }) => secret.id),
    };
  }

  ofStore(place: string): IngestedLog | undefined {
    const span = this.#spans.get(place);
    if (span === undefined) return undefined;
    const { ageDays } = this.#terms;
    const { event_count, read_count, hole_count } = span;
    const holes = span.holes.slice(-MAX_HOLES).flatMap(({ from_at, to_at, reason }) => {
      const [from_age_days, to_age_days] = [ageDays(from_at), ageDays(to_at)];
      return from_age_days === undefined || to_age_days === undefined
        ? []
        : [{ from_age_days, to_age_days, reason }];
    });
    return { ...this.#observed([span]), event_count, read_count, hole_count, holes: holes.reverse() };
  }

  #observed(spans: readonly FactOf<"log_span">[]) {
    const reads_seen = spans.length > 0 && spans.every((span) => readsSinceHole(span) > 0);
    return { ...observedBy(spans, this.#terms.ageDays), reads_seen };
  }

  #readable(principalId: string, secrets: Index["secrets"]): FactOf<"secret">[] {
    const found = new Map<string, FactOf<"secret">>();
    for (const grant of this.#terms.access.whatCan(principalId)) {
      if (grant.certainty === "possible" || !grant.actions.includes("read")) continue;
      // Who assumes a role is that role in the log.
      if (grant.detour === true) continue;
      for (const id of grant.targets()) {
        this.#pairsLeft -= 1;
        if (this.#pairsLeft <= 0) return [];
        const secret = secrets.get(id);
        if (secret !== undefined && isReadLogged(secret)) found.set(id, secret);
      }
    }
    return [...found.values()];
  }

  /** Days since it read the secret; where it never did, since both are there. */
  #idleDays(
    secret: FactOf<"secret">,
    own: ReadonlyMap<string, string>,
    createdAt: string | undefined,
    { metadata }: Index,
  ): number | undefined {
    const { ageDays } = this.#terms;
    const read = own.get(secret.id);
    if (read !== undefined) return ageDays(read);
    const ages = [ageDays(metadata.get(secret.id)?.created_at), ageDays(createdAt)];
    const known = ages.filter((days) => days !== undefined);
    return known.length < ages.length ? undefined : Math.min(...known);
  }

  #versionsOf(
    secret: FactOf<"secret">,
    usages: readonly FactOf<"usage">[],
    {
      metadata,
      setAt,
    }: { readonly metadata: FactOf<"secret_metadata"> | undefined; readonly setAt: string | undefined },
    index: Index,
  ): Pick<SecretUsage, "old_version_count" | "old_versions" | "versions_known"> {
    const { ageDays } = this.#terms;
    const told = versionTeller(secret, metadata, index.versions.get(secret.id) ?? []);
    const unclear = usages.some(
      (usage) =>
        usage.unlisted_version_count > 0 ||
        (secret.secret_type === "kv" && usage.unversioned_read_count > 0) ||
        usage.versions.some(({ version }) => told(version) === "unknown"),
    );
    const reads = usages.flatMap(({ principal_key, versions }) =>
      versions
        .filter(({ version }) => told(version) === "old")
        .map((one) => ({ ...one, reader: principal_key })),
    );
    const superseded = ageDays(setAt);
    const old = [...Map.groupBy(reads, ({ version }) => version)].flatMap(([version, all]) => {
      const last = sortedBy(all, ({ last_read_at }) => last_read_at).at(-1);
      const last_read_age_days = ageDays(last?.last_read_at);
      if (last_read_age_days === undefined) return [];
      return [
        {
          version,
          read_count: sum(all, ({ read_count }) => read_count),
          last_read_age_days,
          asked_as_previous: version === PREVIOUS,
          ...age("superseded_age_days", version === PREVIOUS ? undefined : superseded),
          ...(last?.reader === undefined ? {} : { last_reader: last.reader }),
        },
      ];
    });
    // Where the newest version is gone, the value's age is that of another one: since when the others are old is not known.
    const isExact = (metadata?.deleted_version_count ?? 0) + (metadata?.destroyed_version_count ?? 0) === 0;
    return {
      versions_known: !unclear && isExact && superseded !== undefined,
      old_versions: isExact
        ? old
            .sort(
              (a, b) => a.last_read_age_days - b.last_read_age_days || compareStrings(a.version, b.version),
            )
            .slice(0, MAX_VERSIONS)
        : [],
      old_version_count: old.length,
    };
  }

  #indexed(): Index {
    this.#index ??= indexOf(this.#terms.facts);
    return this.#index;
  }
}

/** Of what time several logs tell together: since when all of them are whole, and when the first of them ends. */
export function observedBy(spans: readonly FactOf<"log_span">[], ageDays: Terms["ageDays"]) {
  const latest = spans
    .map(({ whole_from_at }) => whole_from_at)
    .sort(compareStrings)
    .at(-1);
  const [end] = spans.map(({ to_at }) => to_at).sort(compareStrings);
  return {
    ...age("observed_from_age_days", ageDays(latest)),
    ...age("log_end_age_days", ageDays(end)),
  };
}

type Standing = "current" | "old" | "unknown";

/** What the name of a version in the log means for a secret. */
function versionTeller(
  { secret_type }: FactOf<"secret">,
  metadata: FactOf<"secret_metadata"> | undefined,
  versions: readonly FactOf<"secret_version">[],
): (version: string) => Standing {
  if (secret_type !== "aws_secret") {
    const current = metadata?.current_version;
    return (version) =>
      current === undefined || !/^[1-9][0-9]*$/.test(version)
        ? "unknown"
        : Number(version) < current
          ? "old"
          : "current";
  }
  return (version) => {
    if (version === PREVIOUS) return "old";
    if (CURRENT.some((stage) => stage === version)) return "current";
    const named = versions.find(({ version_ref }) => version_ref === version);
    if (named?.stages !== undefined)
      return CURRENT.some((stage) => named.stages?.includes(stage)) ? "current" : "old";
    // A label of the owner's own may have been on any version.
    return "unknown";
  };
}

/** Usage by the facts that it is about, made once. */
interface Index {
  readonly secrets: ReadonlyMap<string, FactOf<"secret">>;
  readonly metadata: ReadonlyMap<string, FactOf<"secret_metadata">>;
  readonly versions: ReadonlyMap<string, readonly FactOf<"secret_version">[]>;
  readonly reads: ReadonlyMap<string, Reads>;
  /** What every id begins with that was read with a whole path. */
  readonly below: readonly string[];
  /** By principal: each secret that it read, and when last. */
  readonly byPrincipal: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Principals with a read that leads to no secret for certain. */
  readonly unclear: ReadonlyMap<string, boolean>;
  /** By account: secrets that somebody of it read whom the log does not name, by id; undefined among them where it does not say which. */
  readonly byAccount: ReadonlyMap<string, ReadonlySet<string | undefined>>;
  /** Sources by whose log nothing is proven: see {@link strangeLogs}. */
  readonly strange: ReadonlySet<string>;
}

function indexOf(facts: FactSet): Index {
  const keys = new LogKeys(facts);
  const reads = new Map<string, Reads>();
  const below = new Set<string>();
  const byPrincipal = new Map<string, Map<string, string>>();
  const unclear = new Map<string, boolean>();
  const byAccount = new Map<string, Set<string | undefined>>();
  for (const usage of facts.of("usage")) {
    const { store_id, principal_key = "", secret_key, last_read_at } = usage;
    const meant = keys.secret(store_id, secret_key);
    const reader = keys.principal(store_id, principal_key);
    const [only] = meant.ids;
    const account = last_read_at === undefined ? undefined : accountAlone(principal_key);
    if (account !== undefined && (only !== undefined || meant.below !== undefined)) {
      const read = byAccount.get(account) ?? new Set();
      byAccount.set(account, read.add(meant.ids.length === 1 ? only : undefined));
    }
    if (meant.below !== undefined && last_read_at !== undefined) below.add(meant.below);
    if (meant.ids.length > 1 || meant.below !== undefined) {
      if (reader !== undefined) unclear.set(reader, true);
      for (const id of meant.ids) readsOf(reads, id).perhapsMore = true;
    } else if (only !== undefined) {
      readsOf(reads, only).usages.push(usage);
      if (reader !== undefined && last_read_at !== undefined) {
        const own = byPrincipal.get(reader) ?? new Map<string, string>();
        const before = own.get(only);
        byPrincipal.set(
          reader,
          own.set(only, before !== undefined && before > last_read_at ? before : last_read_at),
        );
      }
    }
  }
  const named = facts.of("secret_version").filter(({ version_ref }) => version_ref !== undefined);
  return {
    secrets: new Map(facts.of("secret").map((secret) => [secret.id, secret])),
    metadata: new Map(facts.of("secret_metadata").map((fact) => [fact.id, fact])),
    versions: Map.groupBy(named, ({ id }) => id.slice(0, Math.max(0, id.lastIndexOf("#")))),
    reads,
    below: [...below],
    byPrincipal,
    unclear,
    byAccount,
    strange: strangeLogs(facts, keys),
  };
}

/** Whether reads of its account alone may be its own. Its own account's log would name it, but that one need not have been read. */
function perhapsByAccount(
  id: string,
  granted: readonly FactOf<"secret">[],
  { byAccount }: Pick<Index, "byAccount">,
): boolean {
  const read = byAccount.get(accountOfIdentity(id) ?? "");
  return read !== undefined && (read.has(undefined) || granted.some((secret) => read.has(secret.id)));
}

function readsOf(reads: Map<string, Reads>, id: string): Reads {
  const known = reads.get(id) ?? { usages: [], perhapsMore: false };
  reads.set(id, known);
  return known;
}

/** Reads of which it is known that they came after the last hole: those before it do not show that reads are logged still. */
function readsSinceHole({ whole_read_count, hole_count, read_count }: FactOf<"log_span">): number {
  return whole_read_count ?? (hole_count === 0 ? read_count : 0);
}

function sum<T>(list: readonly T[], count: (one: T) => number): number {
  return list.reduce((total, one) => total + count(one), 0);
}

function age<K extends string>(name: K, days: number | undefined): { [P in K]?: number } {
  return (days === undefined ? {} : { [name]: days }) as { [P in K]?: number };
}
