import { sortedBy } from "../base/index.ts";
import {
  MAX_USAGE_PAGES,
  USAGE_PAGE,
  type ActorTold,
  type DetectionTold,
  type RunTold,
} from "../connectors/index.ts";
import {
  boundDetection,
  detections,
  logActors,
  secretsRead,
  type EventFinding,
  type Period,
  type SecretsRead,
} from "../events/index.ts";
import {
  CallFailure,
  DETECTION_DAYS,
  MAX_DETECTIONS,
  MAX_DETECTION_SECRETS,
  usualReviewDays,
} from "../facts/index.ts";
import type { QueryEngine } from "../tables/index.ts";
import type { LoadedConfig } from "./config.ts";
import { configuredParameters, examine } from "./event-examination.ts";
import { refuseUnknown, reviewing, type TakenFor } from "./event-settings.ts";

const DAY_MS = 86_400_000;

/** Days before the period as far back as the hours of a principal are learnt (`off_hours`), unless the configuration says otherwise. */
const LEARNT_DAYS = 60;

/** Rules about when, or from where, somebody read: what was read is looked up. */
const ABOUT_READS: readonly string[] = ["new_network", "off_hours"];

/** What is odd in the log of one source, and at whom it was looked. */
export interface Searched {
  readonly run: RunTold;
  readonly detections: readonly DetectionTold[];
  readonly actors: readonly ActorTold[];
}

/** Looks through the events of `engine`, the table in the state that `version` names, for what is odd in a source's log. */
export type Search = (engine: QueryEngine, version: string, source: string) => Promise<Searched>;

/**
 * A search for what is odd in the days before `now`, by all detections that are not off. They look at all sources' events, so that they run
 * once for a state of the table, whoever asks. E_CONFIG, E_USAGE, before anything is asked, for a slip under `events`.
 */
export function searching(config: LoadedConfig, now: Date): Search {
  refuseUnknown(config);
  const off = config.value.events?.off ?? [];
  const wanted = detections().filter(({ id }) => !off.includes(id));
  const given = configuredParameters(wanted, config);
  const period: Period = { since: new Date(now.getTime() - DETECTION_DAYS * DAY_MS), now };
  for (const detection of wanted) boundDetection(detection, period, given.get(detection.id));
  const reviews = reviewing(config.value.events, now);
  const rules = wanted.map(({ id }) => id);
  const examined = new Map<string, ReturnType<typeof examine>>();
  return async (engine, version, source) => {
    const running = examined.get(version) ?? examine(engine, wanted, { config, period, given });
    examined.set(version, running);
    const { found, reference } = await running.catch((thrown: unknown) => {
      examined.delete(version);
      throw thrown;
    });
    const own = found.filter(({ store_id }) => store_id === source);
    const told = rules.flatMap((rule) =>
      mostUrgent(
        own.filter(({ detection }) => detection === rule),
        { now, isReviewed: (finding) => reviews.of(finding)?.by !== undefined },
      ),
    );
    const read = await secretsRead(
      engine,
      told.filter(({ detection }) => ABOUT_READS.includes(detection)),
      MAX_DETECTION_SECRETS,
    );
    return {
      run: {
        since_at: period.since.toISOString(),
        until_at: now.toISOString(),
        rules: rules.map((rule) => ({
          rule,
          found_count: own.filter(({ detection }) => detection === rule).length,
        })),
      },
      detections: told.map((finding) => {
        const review = reviews.of(finding);
        return {
          ...detectionTold(finding, read.get(finding.finding_id)),
          ...(review === undefined ? {} : { review }),
        };
      }),
      actors: await actorsOf(engine, source, { period, taken: reference.taken }),
    };
  };
}

/**
 * What is told of the findings of one rule where there are more than {@link MAX_DETECTIONS}, in order of time: what nobody reviewed in time before what
 * may still wait, for a flood of it would hide it, then what was reviewed; of each the latest.
 */
export function mostUrgent(
  findings: readonly EventFinding[],
  { now, isReviewed }: { readonly now: Date; readonly isReviewed: (finding: EventFinding) => boolean },
): EventFinding[] {
  const urgency = (finding: EventFinding): number => {
    if (isReviewed(finding)) return 0;
    const dueMs = Date.parse(finding.detected_at) + usualReviewDays(finding.detection) * DAY_MS;
    return dueMs < now.getTime() ? 2 : 1;
  };
  const inTime = sortedBy(findings, ({ detected_at, finding_id }) => `${detected_at} ${finding_id}`);
  const kept = new Set(sortedBy(inTime, (one) => String(urgency(one))).slice(-MAX_DETECTIONS));
  return inTime.filter((one) => kept.has(one));
}

function detectionTold(finding: EventFinding, read: SecretsRead | undefined): DetectionTold {
  const { detection, severity, detected_at, first_at, last_at, event_count, event_id, detail } = finding;
  const { principal_key, secret_key, source_ip } = finding;
  return {
    rule: detection,
    severity,
    detected_at,
    first_at,
    last_at,
    event_count,
    ...(principal_key === undefined ? {} : { principal_key }),
    ...(secret_key === undefined ? {} : { secret_key }),
    ...(source_ip === undefined ? {} : { source_ip }),
    event_ids: event_id === undefined ? [] : [event_id],
    ...(ABOUT_READS.includes(detection)
      ? { secret_keys: [], secret_count: 0, unnamed_read_count: 0, ...withKeys(read) }
      : {}),
    detail,
  };
}

function withKeys(read: SecretsRead | undefined) {
  return read === undefined ? {} : { ...read, secret_keys: [...read.secret_keys] };
}

/** CallFailure `limit`. */
async function actorsOf(
  engine: QueryEngine,
  source: string,
  { period, taken }: { readonly period: Period; readonly taken: ReadonlyMap<string, TakenFor> },
): Promise<ActorTold[]> {
  const most = MAX_USAGE_PAGES * USAGE_PAGE;
  const readsSince = new Date(period.since.getTime() - LEARNT_DAYS * DAY_MS);
  const actors = await logActors(engine, source, { readsSince, most: most + 1 });
  if (actors.length > most) {
    throw new CallFailure("limit", `expected at most ${most} principals in the log of ${source}, got more`);
  }
  return actors.map((actor) => {
    const {
      break_glass,
      workload,
      hours_declared = false,
    } = taken.get(`${source}\n${actor.principal_key}`) ?? {};
    return {
      ...actor,
      ...(break_glass === undefined ? {} : { break_glass }),
      ...(workload === undefined ? {} : { workload }),
      hours_declared,
    };
  });
}
