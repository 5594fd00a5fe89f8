import { CountersignError, type Location, firstInstant } from "../base/index.ts";
import {
  detections,
  type EventFinding,
  type PrincipalRow,
  type Reference,
  type SeenPrincipal,
} from "../events/index.ts";
import { Type, closed, type Static } from "../facts/index.ts";
import { ParamValue } from "../policy/index.ts";
import { TrinoSettings } from "./trino-settings.ts";
import { ClassificationRules, classifier, type Classifiable } from "../subjects/index.ts";

const Matches = ClassificationRules.properties.break_glass;
type Match = Static<typeof Matches>[number];

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
const Pattern = Type.String({
  minLength: 1,
  description: "text with `*` for any characters and `?` for one",
});

const NOT_BLANK = "\\S";

/** Which findings somebody dealt with. */
const COVERS = {
  detection: Type.String(),
  store: Type.Optional(Type.String({ description: "source in the configuration" })),
  principal: Type.Optional(Pattern),
  secret: Type.Optional(Pattern),
  source: Type.Optional(Pattern),
  reason: Type.String({ pattern: NOT_BLANK, maxLength: 1000 }),
};

const Person = Type.String({ pattern: NOT_BLANK, maxLength: 256, description: "who decided it" });

/** `events` of `countersign.yaml`. */
export const EventSettings = closed({
  engine: Type.Optional(
    Type.Union([Type.Literal("duckdb"), Type.Literal("trino")], {
      description:
        "what questions and detections are asked of: duckdb on this machine, or trino what `events publish` brought to a cluster; default: duckdb",
    }),
  ),
  trino: Type.Optional(TrinoSettings),
  business_hours: Type.Optional(
    closed({
      time_zone: Type.Optional(
        Type.String({ pattern: "^[A-Za-z0-9_+/-]{1,64}$", description: "IANA name; default: UTC" }),
      ),
      rules: Type.Array(
        closed({
          when: Matches.items,
          from: Type.Integer({ minimum: 0, maximum: 23, description: "hour of the day" }),
          to: Type.Integer({
            minimum: 0,
            maximum: 24,
            description: "hour of the day; before `from` over midnight",
          }),
          days: Type.Optional(
            Type.Array(Type.Union(DAYS.map((day) => Type.Literal(day))), {
              minItems: 1,
              uniqueItems: true,
              description: "default: mon to fri",
            }),
          ),
        }),
        { maxItems: 1000, description: "whose hours are declared; the first that fits decides" },
      ),
    }),
  ),
  workloads: Type.Optional(
    Type.Array(Matches.items, { maxItems: 1000, description: "principals that are no people: no off hours" }),
  ),
  detections: Type.Optional(
    Type.Record(Type.String(), Type.Record(Type.String(), ParamValue), {
      description: "detection → parameter → value",
    }),
  ),
  off: Type.Optional(
    Type.Array(Type.String(), {
      uniqueItems: true,
      description: "detections that are not run; each run says so",
    }),
  ),
  suppressions: Type.Optional(
    Type.Array(
      closed({
        ...COVERS,
        by: Type.Optional(Person),
        until: Type.String({
          pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
          description: "last day, in UTC, on which it suppresses",
        }),
      }),
      {
        maxItems: 10_000,
        description: "findings that are known: shown and counted as suppressed, never left out",
      },
    ),
  ),
  acknowledgements: Type.Optional(
    Type.Array(
      closed({
        ...COVERS,
        by: Person,
        on: Type.String({
          maxLength: 64,
          description:
            "when it was reviewed: an instant, or a day, in UTC, for its beginning; what happened then or later is not covered",
        }),
      }),
      {
        maxItems: 10_000,
        description:
          "findings that somebody reviewed; each names a store, principal, secret or source (of break_glass_used not the store alone) by more than `*`; shown and counted, never left out",
      },
    ),
  ),
});

export type EventSettings = Static<typeof EventSettings>;
export type Suppression = NonNullable<EventSettings["suppressions"]>[number];
export type Acknowledgement = NonNullable<EventSettings["acknowledgements"]>[number];

/** What is looked at of a read configuration. */
interface Configured {
  readonly value: { readonly events?: EventSettings };
  readonly rules: ClassificationRules;
  readonly locate: (path: readonly string[]) => Location;
}

/** E_CONFIG where `events` names a detection or a day that is none. */
export function refuseUnknown({ value, locate }: Pick<Configured, "locate" | "value">): void {
  const { events = {} } = value;
  const known = new Set(detections().map(({ id }) => id));
  const named = [
    ...Object.keys(events.detections ?? {}).map((id) => ({ id, path: ["events", "detections", id] })),
    ...(events.off ?? []).map((id, index) => ({ id, path: ["events", "off", String(index)] })),
    ...(["suppressions", "acknowledgements"] as const).flatMap((list) =>
      (events[list] ?? []).map(({ detection }, index) => ({
        id: detection,
        path: ["events", list, String(index), "detection"],
      })),
    ),
  ];
  for (const { id, path } of named) {
    if (known.has(id)) continue;
    throw new CountersignError("E_CONFIG", `expected a detection, got ${JSON.stringify(id)}`, {
      location: locate(path),
      fix: `There are: ${[...known].join(", ")}.`,
    });
  }
  for (const [index, { until }] of (events.suppressions ?? []).entries()) {
    if (isDay(until)) continue;
    throw new CountersignError("E_CONFIG", `expected a day of the calendar, got ${JSON.stringify(until)}`, {
      location: locate(["events", "suppressions", String(index), "until"]),
    });
  }
  for (const [index, acknowledgement] of (events.acknowledgements ?? []).entries())
    refuseLoose(acknowledgement, (key) => locate(["events", "acknowledgements", String(index), ...key]));
}

/** Each use of an identity for emergencies is reviewed by itself, or with that of the same one: not with all of its store. */
const NAMED_BY_MORE_THAN_STORE: readonly string[] = ["break_glass_used"];

/** One that names nothing, or anything, would cover every finding of its detection; a review has a day. */
function refuseLoose(
  { detection, store, principal, secret, source, on }: Acknowledgement,
  located: (key: readonly string[]) => Location,
): void {
  const isStoreEnough = !NAMED_BY_MORE_THAN_STORE.includes(detection);
  const named = [principal, secret, source].filter((pattern) => pattern !== undefined && !fitsAll(pattern));
  if (named.length === 0 && !(isStoreEnough && store !== undefined)) {
    const keys = isStoreEnough ? "store, principal, secret or source" : "principal, secret or source";
    const isAny = [principal, secret, source].some((pattern) => pattern !== undefined);
    throw new CountersignError(
      "E_CONFIG",
      `expected ${keys} of an acknowledgement of ${detection}, got ${isAny ? "one that fits all" : "none"}`,
      { location: located([]) },
    );
  }
  if (reviewedAt(on) !== undefined) return;
  throw new CountersignError("E_CONFIG", `expected a day or an instant, got ${JSON.stringify(on)}`, {
    location: located(["on"]),
    fix: "Write a day or an instant of RFC 3339, such as 2026-10-01 or 2026-10-01T08:00:00Z.",
  });
}

/** Whether it is made of `*` and `?` alone. */
function fitsAll(pattern: string): boolean {
  return /^[*?]*$/.test(pattern);
}

/**
 * The instant of a review, which covers what happened before it: of a day its beginning, since nobody says at what time of it somebody looked.
 * Undefined of anything else.
 */
function reviewedAt(on: string): string | undefined {
  return on.length < "2026-10-01".length ? undefined : firstInstant(on);
}

/** Some days that are none, e.g. 30 February, parse as a later one. */
function isDay(text: string): boolean {
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}

/** Whether any of the rules fits; undefined where one may fit, but asks for what is not known. */
type Fits = (subject: Classifiable) => boolean | undefined;

const NO_RULES: ClassificationRules = {
  labels: { owner: [], tier: [], environment: [], expires_at: [], rotation_period_days: [] },
  tiers: [],
  owners: [],
  environments: [],
  break_glass: [],
};

function fitting(matches: readonly Match[]): Fits {
  const classify = classifier({ ...NO_RULES, break_glass: [...matches] });
  return (subject) => {
    const { break_glass, undecided } = classify(subject);
    return break_glass ? true : undecided.length > 0 ? undefined : false;
  };
}

/** Root users and root tokens are for emergencies, whatever the configuration says. */
function isRoot({ principal_key, type }: SeenPrincipal): boolean {
  return (
    type.toLowerCase() === "root" ||
    principal_key === "name:root" ||
    /^arn:[^:]+:iam::\d+:root$/.test(principal_key)
  );
}

/** What the detections take a principal for; undefined where a rule asks for what the log does not say. */
export interface TakenFor {
  readonly break_glass: boolean | undefined;
  readonly workload: boolean | undefined;
  readonly hours_declared: boolean;
}

/**
 * What the configuration says of the principals that the log names, and of how many it could not decide it. `taken`: of each, by
 * `<store>\n<principal_key>`.
 */
export function referenceOf(
  config: Pick<Configured, "rules" | "value"> | undefined,
  seen: readonly SeenPrincipal[],
): Reference & { readonly undecided: number; readonly taken: ReadonlyMap<string, TakenFor> } {
  const { business_hours, workloads = [] } = config?.value.events ?? {};
  const emergency = fitting(config?.rules.break_glass ?? []);
  const workload = fitting(workloads);
  const hours = (business_hours?.rules ?? []).map((rule) => ({ rule, fits: fitting([rule.when]) }));
  let undecided = 0;
  const taken = new Map<string, TakenFor>();
  const principals = seen.flatMap((principal): PrincipalRow[] => {
    const subject = classifiable(principal);
    const marked = isRoot(principal) || emergency(subject);
    const works = workload(subject);
    const fits = hours.map((one) => one.fits(subject));
    const first = fits.findIndex((fit) => fit !== false);
    const declared = fits[first] === true ? hours[first]?.rule : undefined;
    if (marked === undefined || works === undefined || (fits[first] === undefined && first >= 0))
      undecided += 1;
    taken.set(`${principal.store_id}\n${principal.principal_key}`, {
      break_glass: marked,
      workload: works,
      hours_declared: declared !== undefined,
    });
    if (marked !== true && works !== true && declared === undefined) return [];
    const { store_id, principal_key, name } = principal;
    return [
      {
        store_id,
        principal_key,
        ...(name === "" ? {} : { name }),
        ...(marked === undefined ? {} : { is_break_glass: marked }),
        ...(works === undefined ? {} : { is_workload: works }),
        ...(declared === undefined
          ? {}
          : { from_hour: declared.from, to_hour: declared.to, days: daysOf(declared.days) }),
      },
    ];
  });
  return { principals, undecided, taken };
}

/** The log has no labels: a rule that asks for one may fit. */
function classifiable({ store_id, principal_key, name }: SeenPrincipal): Classifiable {
  return {
    kind: "principal",
    store_id,
    path: principal_key,
    name,
    labels: {},
    unread: name === "" ? ["labels", "name"] : ["labels"],
  };
}

function daysOf(days: readonly (typeof DAYS)[number][] = DAYS.slice(0, 5)): string {
  return DAYS.map((day) => (days.includes(day) ? "1" : "0")).join("");
}

/** How a finding was dealt with. One concept for `events detect` and for what is kept as evidence. */
export type Review =
  | {
      readonly how: "acknowledged";
      readonly by: string;
      readonly reason: string;
      readonly reviewed_at: string;
    }
  | { readonly how: "suppressed"; readonly by?: string; readonly reason: string; readonly until: string };

interface Reviewing {
  /** Undefined: nobody dealt with it. An acknowledgement goes before a suppression. */
  readonly of: (finding: EventFinding) => Review | undefined;
  /** Suppressions that hold no longer: they cover nothing. */
  readonly ended: readonly Suppression[];
}

/**
 * Detections whose one finding goes on with every further event of what it told once: a review of its first event covers it. Of all
 * others each event must be before the review.
 */
const GOES_ON: readonly string[] = ["new_network", "new_reader"];

/** Acknowledgements, and the suppressions that hold at `now`, as something that finds the one that a finding falls under. */
export function reviewing(settings: EventSettings | undefined, now: Date): Reviewing {
  const { suppressions = [], acknowledgements = [] } = settings ?? {};
  const today = now.toISOString().slice(0, "2026-10-01".length);
  const acknowledged = acknowledgements.flatMap((one) => {
    const reviewed_at = reviewedAt(one.on);
    // A review that is still to come has looked at nothing.
    if (reviewed_at === undefined || reviewed_at > now.toISOString()) return [];
    const review: Review = { how: "acknowledged", by: one.by, reason: one.reason, reviewed_at };
    const covers = covering(one);
    return [{ review, covers: (found: EventFinding) => covers(found) && lastOf(found) < reviewed_at }];
  });
  const suppressed = suppressions
    .filter(({ until }) => until >= today)
    .map((one) => {
      const by = one.by === undefined ? {} : { by: one.by };
      const review: Review = { how: "suppressed", ...by, reason: one.reason, until: one.until };
      return { review, covers: covering(one) };
    });
  const tests = [...acknowledged, ...suppressed];
  return {
    of: (finding) => tests.find(({ covers }) => covers(finding))?.review,
    ended: suppressions.filter(({ until }) => until < today),
  };
}

function lastOf({ detection, detected_at, last_at }: EventFinding): string {
  return GOES_ON.includes(detection) ? detected_at : last_at;
}

function covering({
  detection,
  store,
  principal,
  secret,
  source,
}: Omit<Suppression, "reason" | "until">): (finding: EventFinding) => boolean {
  const tests = [
    [principal, "principal_key"],
    [secret, "secret_key"],
    [source, "source_ip"],
  ] as const;
  const asked = tests.flatMap(([pattern, name]) =>
    pattern === undefined ? [] : [{ name, fits: fitting([{ path: pattern }]) }],
  );
  return (finding) =>
    finding.detection === detection &&
    (store === undefined || store === finding.store_id) &&
    asked.every(({ name, fits }) => {
      const path = finding[name];
      return (
        path !== undefined && fits({ kind: "principal", store_id: "", path, name: "", labels: {} }) === true
      );
    });
}
