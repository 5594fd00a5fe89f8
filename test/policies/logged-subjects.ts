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

const LOG = { ...OBSERVED, event_count: 900, read_count: 9, hole_count: 0, holes: [] };

/** The same subjects, of a store whose whole audit log was ingested, by which everything is used. */
export function withWholeLog(subjects: readonly AnySubject[]): AnySubject[] {
  return subjects.map((subject): AnySubject => {
    if (subject.kind === "store") {
      return subject.secret_count === 0 || subject.own_records.includes("access_log")
        ? subject
        : { ...subject, ingested_log: LOG };
    }
    if (subject.kind === "principal" && !subject.break_glass && !subject.collector)
      return { ...subject, traits: [...subject.traits, "reads_logged"], usage: GRANTS };
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
      return [{ ...subject, secret_count: 3, ingested_log: { ...LOG, log_end_age_days: 9, hole_count: 1, holes } }];
    }
    if (subject.kind === "principal" && subject.principal_type === "entity") {
      const idle = IDLE.map((days) => ({ days, secret_count: 3 }));
      const usage = { ...GRANTS, idle, idle_secrets: ["prod:kv/a", "prod:kv/b", "prod:kv/c"] };
      return [{ ...subject, traits: ["reads_logged"], usage }];
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
