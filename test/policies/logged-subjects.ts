import type { AnySubject } from "./subjects.ts";

const OBSERVED = { observed_from_age_days: 200, log_end_age_days: 0, reads_seen: true };
const IDLE = [30, 60, 90, 120, 180, 270, 365];

const USAGE = {
  ...OBSERVED,
  complete: true,
  read_count: 9,
  denied_count: 0,
  reader_count: 1,
  versions_known: true,
  old_versions: [],
  old_version_count: 0,
};

const GRANTS = {
  ...OBSERVED,
  complete: true,
  granted_secret_count: 4,
  read_secret_count: 4,
  idle: IDLE.map((days) => ({ days, secret_count: 0 })),
  unknown_age_count: 0,
  idle_secrets: [],
};

const RULES = ["break_glass_used", "denied_burst", "denied_then_allowed", "new_network", "off_hours", "silent_log"];

/** A log that was looked through, in which nothing is odd. */
const SEARCHED = {
  observed_from_age_days: 200,
  log_end_age_days: 0,
  searched_from_age_days: 92,
  rules: RULES,
  found: [],
  found_count: 0,
};

const WATCHED = {
  ...SEARCHED,
  complete: true,
  seen: true,
  taken_for_break_glass: true,
  taken_for_workload: false,
  hours_declared: false,
  read_day_count: 40,
};

/** Each rule found something that nobody reviewed. */
const ODD = {
  found: RULES.map((rule) => ({
    rule,
    severity: "high" as const,
    detected_age_days: 12,
    event_count: 20,
    reviewed: false,
    tiers: ["critical"],
    tiers_known: true,
    detail: `by the rule ${rule}`,
  })),
  found_count: RULES.length,
};

const LOG = { ...OBSERVED, event_count: 900, read_count: 9, hole_count: 0, holes: [] };

/** The same subjects, of a store whose whole audit log was ingested, by which everything is used. */
export function withWholeLog(subjects: readonly AnySubject[]): AnySubject[] {
  return subjects.map((subject): AnySubject => {
    if (subject.kind === "store") {
      if (subject.secret_count === 0 || subject.own_records.includes("access_log")) return subject;
      return { ...subject, traits: [...subject.traits, "events_logged"], ingested_log: LOG, detections: SEARCHED };
    }
    if (subject.kind === "principal") {
      const watched = { ...subject, traits: [...subject.traits, "events_logged" as const], detections: WATCHED };
      if (subject.break_glass || subject.collector) return watched;
      return { ...watched, traits: [...watched.traits, "reads_logged"], usage: GRANTS };
    }
    if (subject.kind !== "secret" || subject.secret_type !== "kv" || subject.value_removed) return subject;
    return {
      ...subject,
      traits: ["reads_logged", "versions_logged"],
      usage: { ...USAGE, first_read_age_days: 90, last_read_age_days: 1 },
    };
  });
}

/** The same subjects, of a store whose log has holes, and shows who does not use what there is, or uses what is old. */
export function withFaultyLog(subjects: readonly AnySubject[]): AnySubject[] {
  return subjects.flatMap((subject): AnySubject[] => {
    if (subject.kind === "store") {
      const holes = [{ from_age_days: 30, to_age_days: 20, reason: "silent" as const }];
      const ingested_log = { ...LOG, log_end_age_days: 9, hole_count: 1, holes };
      const odd = { traits: ["events_logged" as const], detections: { ...SEARCHED, ...ODD } };
      return [{ ...subject, ...odd, secret_count: 3, ingested_log }];
    }
    if (subject.kind === "principal" && subject.principal_type === "entity") {
      const idle = IDLE.map((days) => ({ days, secret_count: 3 }));
      const usage = { ...GRANTS, idle, idle_secrets: ["prod:kv/a", "prod:kv/b", "prod:kv/c"] };
      const traits = ["events_logged" as const, "reads_logged" as const];
      return [{ ...subject, traits, usage, break_glass: true, detections: { ...WATCHED, ...ODD } }, { ...subject, traits, usage }];
    }
    if (subject.kind !== "secret" || subject.secret_type !== "kv" || subject.value_removed) return [];
    const traits = ["reads_logged" as const, "versions_logged" as const];
    const old = { version: "2", read_count: 3, last_read_age_days: 4, superseded_age_days: 40 };
    const old_versions = [{ ...old, asked_as_previous: false, last_reader: "entity:e1" }];
    return [
      { ...subject, traits, created_age_days: 900, usage: { ...USAGE, read_count: 0, reader_count: 0 } },
      { ...subject, traits, usage: { ...USAGE, last_read_age_days: 4, old_versions, old_version_count: 1 } },
    ];
  });
}
