import { LogKeys, accountAlone, accountOfIdentity, isNamedByLogs } from "../access/index.ts";
import { sortedBy } from "../base/index.ts";
import { MAX_DETECTIONS, usualReviewDays, type FactOf } from "../facts/index.ts";
import { CloudSecrets } from "./cloud-secret.ts";
import { byId, present, type StoreIndex, type SubjectContext } from "./context.ts";
import { MAX_LISTED_DETECTIONS } from "./detection-schema.ts";
import { JUDGED_RULES } from "./gap-index.ts";
import type { PeopleView } from "./people.ts";
import type { ReviewView } from "./review.ts";
import type { SubjectOf } from "./schema.ts";
import { describedSecret } from "./secret.ts";
import { strangeLogs } from "./strange-logs.ts";
import { observedBy } from "./usage.ts";

type PrincipalDetections = NonNullable<SubjectOf<"principal">["detections"]>;
type StoreDetections = NonNullable<SubjectOf<"store">["detections"]>;
type Found = PrincipalDetections["found"][number];
type Detection = FactOf<"detection">;

const GRAVEST_FIRST: readonly Found["severity"][] = ["critical", "high", "medium", "low"];

/** A principal as it is asked about. */
interface Who {
  readonly id: string;
  readonly store_id: string;
  readonly scope?: string;
  readonly principal_type?: string;
}

/** What the detections over ingested audit logs tell, brought to whom or what it is about. Indexed when it is first asked. */
export class DetectionView {
  readonly #context: SubjectContext;
  #known: Index | undefined;
  #tiers: ((storeId: string, key: string) => ReadonlySet<string> | undefined) | undefined;

  constructor(context: SubjectContext) {
    this.#context = context;
  }

  /**
   * Undefined where no log of its source was ingested, and of whom logs name by no name of its own: what such a caller does leads to no principal,
   * and is told with the store.
   */
  ofPrincipal(who: Who): PrincipalDetections | undefined {
    const { id, store_id, principal_type = "" } = who;
    if (!this.#context.usage.hasLog(store_id)) return undefined;
    const { byPrincipal, actors, accountsAlone, strange } = this.#index();
    const own = byPrincipal.get(id) ?? [];
    const isNamed = isNamedByLogs({ principal_type }) || principal_type === "aws_root";
    if (!isNamed && own.length === 0) return undefined;
    const { spans, all } = this.#spansAround(who);
    const actor = actors.get(id);
    return {
      ...this.#searched(store_id, all ? spans : [], own),
      complete:
        isNamed &&
        !strange.has(store_id) &&
        spans.every((span) => span.unattributed_read_count === 0) &&
        !accountsAlone.has(accountOfIdentity(id) ?? ""),
      seen: actor !== undefined,
      hours_declared: actor?.hours_declared === true,
      read_day_count: actor?.read_day_count ?? 0,
      ...present({ taken_for_break_glass: actor?.break_glass, taken_for_workload: actor?.workload }),
    };
  }

  /** What leads to no principal of the inventory, told with the store whose secret it names, else with the first of its source. */
  ofStore(index: StoreIndex): StoreDetections | undefined {
    const { store_id, place, speaksFor } = index;
    const span = this.#context.facts.of("log_span").filter((one) => this.#context.placeOf(one) === place);
    if (span.length === 0) return undefined;
    const { unattributed } = this.#index();
    const here = (unattributed.get(store_id) ?? []).filter((one) => {
      const named = placeOfKey(store_id, one.secret_key);
      const known =
        named !== undefined && [...this.#context.stores.values()].some((other) => other.place === named);
      return known ? named === place : speaksFor.includes(store_id);
    });
    return this.#searched(store_id, span, here);
  }

  #searched(
    storeId: string,
    spans: readonly FactOf<"log_span">[],
    all: readonly Detection[],
  ): StoreDetections {
    const { ageDays } = this.#context;
    const run = this.#context.facts.of("detection_run").find(({ store_id }) => store_id === storeId);
    const judged = all.filter(({ rule }) => JUDGED_RULES.includes(rule));
    const listed = sortedBy(
      judged.map((one) => ({ one, told: this.#told(one) })),
      ({ one, told }) =>
        `${urgency(told)} ${GRAVEST_FIRST.indexOf(one.severity)} ${String(told.detected_age_days + 1).padStart(6, "0")} ${one.id}`,
    );
    return {
      ...observedBy(spans, ageDays),
      ...present({ searched_from_age_days: ageDays(run?.since_at) }),
      rules: (run?.rules ?? [])
        .filter(({ found_count }) => found_count <= MAX_DETECTIONS)
        .map(({ rule }) => rule),
      found: listed.slice(0, MAX_LISTED_DETECTIONS).map(({ told }) => told),
      found_count: judged.length,
    };
  }

  #told(one: Detection): Found {
    const {
      rule,
      severity,
      detected_at,
      event_count,
      secret_keys = [],
      secret_count = 0,
      review,
      detail,
    } = one;
    const tiers = secret_keys.map((key) => this.#tiersOf(one.store_id, key));
    return {
      rule,
      severity,
      // An instant that cannot be believed counts as one of today: nobody had the time to review it.
      detected_age_days: this.#context.ageDays(detected_at) ?? 0,
      event_count,
      reviewed: review?.by !== undefined,
      tiers: [...new Set(tiers.flatMap((known) => [...(known ?? [])]))].sort(),
      tiers_known:
        (one.unnamed_read_count ?? 0) === 0 &&
        secret_count === secret_keys.length &&
        tiers.every((known) => known !== undefined),
      detail,
    };
  }

  /** Of the account's logs in all Regions, for it may act in each; `all`: whether every store there has one. */
  #spansAround({ store_id, scope = store_id }: Who) {
    const { stores, facts, placeOf } = this.#context;
    const around = placeOf({ store_id, scope });
    const within = (place: string): boolean => `${place}/`.startsWith(`${around}/`);
    const places = [...stores.values()].filter((store) => store.store_id === store_id && within(store.place));
    const spans = facts.of("log_span").filter((span) => span.store_id === store_id && within(placeOf(span)));
    const covered = new Set(spans.map(placeOf));
    return { spans, all: places.length > 0 && places.every(({ place }) => covered.has(place)) };
  }

  #tiersOf(storeId: string, key: string): ReadonlySet<string> | undefined {
    this.#tiers ??= tierTeller(this.#context, this.#index().keys);
    return this.#tiers(storeId, key);
  }

  #index(): Index {
    this.#known ??= indexOf(this.#context);
    return this.#known;
  }
}

/** What principals and stores are built with beside what all subjects are. */
export interface WatchedContext extends SubjectContext {
  readonly detections: DetectionView;
  readonly people: PeopleView;
  readonly reviews: ReviewView;
}

/** A flood of what may still wait for its review, or was reviewed, hides nothing of which nobody took care in time. */
function urgency({ reviewed, rule, detected_age_days }: Found): number {
  if (reviewed) return 2;
  return detected_age_days > usualReviewDays(rule) ? 0 : 1;
}

interface Index {
  readonly keys: LogKeys;
  readonly byPrincipal: ReadonlyMap<string, readonly Detection[]>;
  /** By source. */
  readonly unattributed: ReadonlyMap<string, readonly Detection[]>;
  readonly actors: ReadonlyMap<string, FactOf<"log_actor">>;
  /** Accounts of which a log names somebody by the account alone: each of its identities may have been that. */
  readonly accountsAlone: ReadonlySet<string>;
  /** Sources by whose log nothing is proven: see {@link strangeLogs}. */
  readonly strange: ReadonlySet<string>;
}

function indexOf({ facts }: SubjectContext): Index {
  const keys = new LogKeys(facts);
  const who = ({ store_id, principal_key }: Detection): string =>
    (principal_key === undefined ? undefined : keys.principal(store_id, principal_key)) ?? "";
  const byPrincipal = Map.groupBy(facts.of("detection"), who);
  const actors = new Map(
    facts.of("log_actor").flatMap((actor) => {
      const id = keys.principal(actor.store_id, actor.principal_key);
      return id === undefined ? [] : [[id, actor] as const];
    }),
  );
  return {
    keys,
    byPrincipal,
    unattributed: Map.groupBy(byPrincipal.get("") ?? [], ({ store_id }) => store_id),
    actors,
    strange: strangeLogs(facts, keys),
    accountsAlone: new Set(
      facts.of("usage").flatMap(({ principal_key = "" }) => accountAlone(principal_key) ?? []),
    ),
  };
}

/** `<source>/<account>/<region>` of a secret that the log calls by its ARN. */
function placeOfKey(storeId: string, key: string | undefined): string | undefined {
  const [, region, account] = /^arn:[^:]+:[^:]+:([^:]+):(\d{12}):/.exec(key ?? "") ?? [];
  return region === undefined || account === undefined ? undefined : `${storeId}/${account}/${region}`;
}

/** The tiers of what a key of the log means, `untiered` for none; undefined where it leads to no one secret, or its tier is not decided. */
function tierTeller(context: SubjectContext, keys: LogKeys) {
  const cloud = new CloudSecrets(context);
  const secrets = byId(context.facts.of("secret"));
  const metadata = byId(context.facts.of("secret_metadata"));
  const tierOf = (id: string): string | undefined => {
    const secret = secrets.get(id);
    if (secret === undefined) return undefined;
    const { tier = "untiered", undecided } = context.classify(
      describedSecret(context, cloud, secret, metadata.get(id)).of,
    );
    return undecided.includes("tier") ? undefined : tier;
  };
  return (storeId: string, key: string): ReadonlySet<string> | undefined => {
    const { ids, below } = keys.secret(storeId, key);
    const meant = below === undefined ? ids : [...secrets.keys()].filter((id) => id.startsWith(below));
    const tiers = meant.map(tierOf);
    if (tiers.length === 0 || (below === undefined && tiers.length > 1)) return undefined;
    const known = tiers.filter((tier) => tier !== undefined);
    return known.length < tiers.length ? undefined : new Set(known);
  };
}
