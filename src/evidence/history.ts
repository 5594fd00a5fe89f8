import { digestOf, invariant, sortedBy } from "../base/index.ts";
import type { CatalogueEntry } from "../policy/index.ts";
import { populationName, type JudgedSubject, type Judgement, type Rules } from "./judgement.ts";
import type { EvidenceHead, Finding, PastFinding } from "./schema.ts";

/** An earlier snapshot that could not be read, or that was judged once and is gone, and why. */
export interface NotRead {
  readonly snapshot_id: string;
  readonly reason: string;
}

/** The earlier snapshots of the same stores, oldest first, all judged with the rules of the present assessment. */
export interface Earlier {
  readonly judgements: AsyncIterable<Judgement | NotRead>;
  /** Still older ones that were not looked at. */
  readonly olderCount: number;
}

type Ended = "fixed" | "no_longer_applicable" | "no_longer_there";

/** What is known of one policy and one subject, up to the snapshot that was followed last. */
interface Track {
  readonly policyId: string;
  subject: JudgedSubject;
  goodAt?: string;
  /** Beginning of the last run of violations; nothing but unknowns lies between its members. */
  badFrom?: string;
  badAt?: string;
  /** How that run ended. Absent while it lasts. */
  end?: { readonly how: Ended; readonly at: string };
  /** Snapshots since it was last seen good, or seen at all, in which it could not be judged. */
  unjudged: number;
  /** The letter of the last snapshot; absent: the subject was not in it. */
  last?: string;
}

type FindingDates = Pick<
  Finding,
  "first_seen_bad_at" | "last_seen_good_at" | "last_seen_bad_at" | "unjudged_count"
>;

/**
 * Follows violations through snapshots, oldest first. A snapshot in which something could not be judged ends no run of
 * violations and fixes nothing: it is counted. Only what once failed is followed, and what was asked for.
 */
export class Trail {
  readonly #bySubject = new Map<string, Map<string, Track>>();
  readonly #wanted = new Map<string, Set<string>>();

  /** Follow this one even while it does not fail. */
  want(kind: string, subjectId: string, policyId: string): void {
    const key = subjectKey(kind, subjectId);
    const policies = this.#wanted.get(key);
    if (policies === undefined) this.#wanted.set(key, new Set([policyId]));
    else policies.add(policyId);
  }

  follow({ head, subjects }: Judgement): void {
    const seen = new Set<string>();
    for (const subject of subjects) {
      const key = subjectKey(subject.kind, subject.id);
      const wanted = this.#wanted.get(key);
      const tracks = this.#bySubject.get(key);
      if (wanted === undefined && tracks === undefined && !subject.outcomes.includes("v")) continue;
      seen.add(key);
      const policies = head.policies[subject.kind] ?? [];
      for (const [index, policyId] of policies.entries()) {
        const letter = subject.outcomes[index] ?? "-";
        const known = this.#bySubject.get(key)?.get(policyId);
        if (known === undefined && letter !== "v" && wanted?.has(policyId) !== true) continue;
        advance(known ?? this.#begin(key, policyId, subject), { subject, letter, at: head.taken_at });
      }
    }
    this.#missing(head, seen);
  }

  #begin(key: string, policyId: string, subject: JudgedSubject): Track {
    const track: Track = { policyId, subject, unjudged: 0 };
    const tracks = this.#bySubject.get(key);
    if (tracks === undefined) this.#bySubject.set(key, new Map([[policyId, track]]));
    else tracks.set(policyId, track);
    return track;
  }

  /** Subjects that are followed and not in this snapshot: gone where their population is whole, else not seen. */
  #missing({ whole, taken_at }: Judgement["head"], seen: ReadonlySet<string>): void {
    const complete = new Set(whole);
    for (const [key, tracks] of this.#bySubject) {
      if (seen.has(key)) continue;
      for (const track of tracks.values()) {
        const { store_id, kind } = track.subject;
        delete track.last;
        if (complete.has(populationName(store_id, kind))) ended(track, "no_longer_there", taken_at);
        else track.unjudged += 1;
      }
    }
  }

  /** What the snapshots say of a finding of the last one. */
  datesOf({ status, subject_kind, subject_id, policy_id }: Finding): FindingDates {
    const track = this.#bySubject.get(subjectKey(subject_kind, subject_id))?.get(policy_id);
    if (track === undefined) return {};
    const { badFrom, badAt, goodAt, unjudged } = track;
    return {
      ...(status !== "violation" || badFrom === undefined ? {} : { first_seen_bad_at: badFrom }),
      ...(status === "violation" || badAt === undefined ? {} : { last_seen_bad_at: badAt }),
      ...(goodAt === undefined ? {} : { last_seen_good_at: goodAt }),
      unjudged_count: unjudged,
    };
  }

  /** What failed before and is no finding of the last snapshot. `stores`: those that it is about. */
  past(policies: ReadonlyMap<string, CatalogueEntry>, stores: ReadonlySet<string>): PastFinding[] {
    const found = [...this.#bySubject.values()].flatMap((tracks) => [...tracks.values()]);
    const gone = found
      .filter(({ subject }) => stores.has(subject.store_id))
      .flatMap((track) => pastFinding(track, policies.get(track.policyId)));
    return sortedBy(gone, ({ policy_id, subject_id }) => `${policy_id}\n${subject_id}`);
  }
}

const subjectKey = (kind: string, id: string): string => `${kind}\n${id}`;

function advance(
  track: Track,
  { subject, letter, at }: { subject: JudgedSubject; letter: string; at: string },
): void {
  track.subject = subject;
  track.last = letter;
  if (letter === "v") {
    if (track.badFrom === undefined || track.end !== undefined) track.badFrom = at;
    delete track.end;
    track.badAt = at;
  } else if (letter === "c") {
    ended(track, "fixed", at);
    track.goodAt = at;
  } else if (letter === "n") ended(track, "no_longer_applicable", at);
  else track.unjudged += 1;
}

/** The run of violations is over, if there was one. What was away and comes back compliant is fixed then. */
function ended(track: Track, how: Ended, at: string): void {
  track.unjudged = 0;
  if (track.badFrom === undefined) return;
  if (track.end === undefined || (how === "fixed" && track.end.how !== "fixed")) track.end = { how, at };
}

function pastFinding(track: Track, policy: CatalogueEntry | undefined): PastFinding[] {
  const { subject, policyId, badFrom, badAt, goodAt, end, last, unjudged } = track;
  const present = last === "v" || last === "u" || last === "e";
  if (present || policy === undefined || badFrom === undefined || badAt === undefined) return [];
  return [
    {
      finding_id: digestOf([policyId, subject.id, 0]),
      now: end?.how ?? "not_seen",
      policy_id: policyId,
      title: policy.title,
      severity: policy.severity,
      subject_kind: subject.kind,
      subject_id: subject.id,
      subject_name: subject.name,
      store_id: subject.store_id,
      first_seen_bad_at: badFrom,
      last_seen_bad_at: badAt,
      ...(end === undefined ? {} : { [end.how === "fixed" ? "fixed_at" : "ended_at"]: end.at }),
      ...(goodAt === undefined ? {} : { last_seen_good_at: goodAt }),
      unjudged_count: unjudged,
    },
  ];
}

/** The head's account of the history: which snapshots, what could not be read, when rules changed. */
export interface HistoryRead {
  readonly history: NonNullable<EvidenceHead["history"]>;
  readonly trail: Trail;
}

/** Follows the earlier snapshots and then the present one. Undefined where there is no earlier one. */
export async function readHistory(
  { judgements, olderCount }: Earlier,
  present: Judgement,
  { findings, rules }: { readonly findings: readonly Finding[]; readonly rules: Rules },
): Promise<HistoryRead | undefined> {
  const trail = new Trail();
  for (const { subject_kind, subject_id, policy_id } of findings)
    trail.want(subject_kind, subject_id, policy_id);
  const heads: Judgement["head"][] = [];
  const notRead: NotRead[] = [];
  for await (const earlier of judgements) {
    if (!("head" in earlier)) {
      notRead.push(earlier);
      continue;
    }
    invariant(
      earlier.head.rules_sha256 === present.head.rules_sha256,
      "expected earlier snapshots judged with the present rules",
    );
    heads.push(earlier.head);
    trail.follow(earlier);
  }
  if (heads.length + notRead.length === 0) return undefined;
  trail.follow(present);
  return {
    trail,
    history: {
      rules_sha256: present.head.rules_sha256,
      snapshots: heads.map(({ snapshot_id, taken_at, manifest_sha256 }) => ({
        snapshot_id,
        taken_at,
        manifest_sha256,
      })),
      not_read: notRead.map(({ snapshot_id, reason }) => ({ snapshot_id, reason })),
      older_count: olderCount,
      rule_changes: ruleChanges([...heads, present.head, { ...present.head, first_rules: rules }]),
    },
  };
}

/** Where the rules of a first assessment differ from those of the one before, and the present from the last. */
function ruleChanges(
  heads: readonly Judgement["head"][],
): NonNullable<EvidenceHead["history"]>["rule_changes"] {
  return heads.slice(1).flatMap(({ snapshot_id, taken_at, first_rules }, index) => {
    const before = heads[index]?.first_rules;
    const names = [...new Set(Object.keys({ ...before, ...first_rules }))].sort() as (keyof Rules)[];
    const changed = names.filter((name) => before?.[name] !== first_rules[name]);
    return changed.length === 0 ? [] : [{ snapshot_id, taken_at, changed }];
  });
}
