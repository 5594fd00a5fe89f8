import type { AnySubject } from "./subjects.ts";

const ADA = {
  person_id: "E-1",
  email: "ada.lindqvist@example.com",
  status: "active" as const,
  status_from: "hr" as const,
  status_certain: true,
  third_party: false,
  contradictions: [],
  moves_told: true,
  reviews_told: true,
  roster_age_days: 1,
  rule: "email",
};

const REQUESTS = {
  request_count: 1,
  granted_count: 3,
  unrequested_count: 0,
  unrequested_sample: [],
  past_end_count: 0,
  past_end_sample: [],
  uncertain_count: 0,
  matched_certain: true,
};

const TRAITS = ["people_rostered", "person_expected", "requests_registered"] as const;

const LEFT = {
  ...ADA,
  status: "terminated" as const,
  terminated_hours: 300,
  moved_age_days: 40,
};

const UNREQUESTED = {
  ...REQUESTS,
  unrequested_count: 2,
  unrequested_sample: ["prod:kv/a", "prod:kv/b"],
  past_end_count: 1,
  past_end_sample: ["prod:kv/c"],
};

/** The principals with somebody behind them who works here and asked for their access, as their own. */
export function withPeople(subjects: readonly AnySubject[]): AnySubject[] {
  return subjects.flatMap((subject) =>
    subject.kind === "principal" && subject.access !== undefined
      ? [{ ...subject, traits: [...subject.traits, ...TRAITS].sort(), person: ADA, requests: REQUESTS }]
      : [],
  );
}

/** The same with somebody who left and moved, with nobody, and with access that nobody asked for. */
export function withLeavers(subjects: readonly AnySubject[]): AnySubject[] {
  return subjects.flatMap((subject) => {
    if (subject.kind !== "principal") return [];
    const traits = [...subject.traits, ...TRAITS].sort();
    return [
      { ...subject, traits, person: LEFT, requests: UNREQUESTED },
      { ...subject, traits },
    ];
  });
}
