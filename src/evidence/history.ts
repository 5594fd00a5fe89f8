import { digestOf, invariant, sortedBy } from "../base/index.ts";
import type { CatalogueEntry } from "../policy/index.ts";
import {
  extents,
  populationName,
  type JudgedSubject,
  type Judgement,
  type JudgementHead,
  type LookedAt,
  type Rules,
} from "./judgement.ts";
import type { EvidenceHead, Finding, PastFinding } from "./schema.ts";
import type { Incomplete } from "./unlisted.ts";

/** An earlier snapshot that could not be read, or that was judged once and is gone, and why. */
export interface NotRead {
  readonly snapshot_id: string;
  readonly reason: string;
}

/** The earlier snapshots beside the present one, oldest first, all judged with the rules of the present assessment. */
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
  /** What was looked at when it last failed, and when it was last seen at all. */
  badIn?: string | undefined;
  seenIn?: string | undefined;
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

/** What one snapshot says of a track. */
interface Sight {
  readonly subject: JudgedSubject;
  readonly letter: string;
  readonly at: string;
  readonly extent: string | undefined;
}

/**
 * Follows violations through snapshots, oldest first. A snapshot in which something could not be judged, or that looked at
 * something else, ends no run of violations and fixes nothing: it is counted. Only what once failed is followed, and what was asked for.
 */
export class Trail {
  readonly #bySubject = new Map<string, Map<string, Track>>();
  readonly #wanted = new Map<string, Set<string>>();
  #extent: ReturnType<typeof extents> = () => undefined;

  /** Follow this one even while it does not fail. */
  want(kind: string, subjectId: string, policyId: string): void {
    const key = subjectKey(kind, subjectId);
    const policies = this.#wanted.get(key);
    if (policies === undefined) this.#wanted.set(key, new Set([policyId]));
    else policies.add(policyId);
  }

  follow({ head, subjects }: Judgement): void {
    const seen = new Set<string>();
    this.#extent = extents(head);
    for (const subject of subjects) {
      const key = subjectKey(subject.kind, subject.id);
      const wanted = this.#wanted.get(key);
      const tracks = this.#bySubject.get(key);
      if (wanted === undefined && tracks === undefined && !subject.outcomes.includes("v")) continue;
      seen.add(key);
      const policies = head.policies[subject.kind] ?? [];
      const extent = this.#extent(subject);
      for (const [index, policyId] of policies.entries()) {
        const letter = subject.outcomes[index] ?? "-";
        const known = this.#bySubject.get(key)?.get(policyId);
        if (known === undefined && letter !== "v" && wanted?.has(policyId) !== true) continue;
        advance(known ?? this.#begin(key, policyId, subject), {
          subject,
          letter,
          at: head.taken_at,
          extent,
        });
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

  /**
   * Subjects that are followed and not in this snapshot: gone where their population is whole and one that they were seen
   * in, else not seen.
   */
  #missing({ whole, taken_at }: Judgement["head"], seen: ReadonlySet<string>): void {
    const complete = new Set(whole);
    for (const [key, tracks] of this.#bySubject) {
      if (seen.has(key)) continue;
      for (const track of tracks.values()) {
        const { store_id, kind } = track.subject;
        delete track.last;
        const extent = this.#extent(track.subject);
        const same = extent === track.seenIn || extent === track.badIn;
        if (same && complete.has(populationName(store_id, kind))) ended(track, "no_longer_there", taken_at);
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

  /** What failed before and is no finding of the last snapshot. Of stores that it did not look at, what was open then. */
  past(policies: ReadonlyMap<string, CatalogueEntry>): PastFinding[] {
    const found = [...this.#bySubject.values()].flatMap((tracks) => [...tracks.values()]);
    const gone = found.flatMap((track) => {
      const there = this.#extent(track.subject) !== undefined;
      return there || track.end === undefined
        ? pastFinding(track, policies.get(track.policyId), whatIsKnown(track, there))
        : [];
    });
    return sortedBy(gone, ({ policy_id, subject_id }) => `${policy_id}\n${subject_id}`);
  }
}

const subjectKey = (kind: string, id: string): string => `${kind}\n${id}`;

function advance(track: Track, { subject, letter, at, extent }: Sight): void {
  track.subject = subject;
  track.last = letter;
  track.seenIn = extent;
  if (letter === "v") {
    if (track.badFrom === undefined || track.end !== undefined) track.badFrom = at;
    delete track.end;
    track.badAt = at;
    track.badIn = extent;
  } else if (letter === "c" || letter === "n") passes(track, letter, { at, extent });
  else track.unjudged += 1;
}

/** Compliant, or of no concern: that ends a run of violations where what failed was looked at, and not another part. */
function passes(track: Track, letter: "c" | "n", { at, extent }: Pick<Sight, "at" | "extent">): void {
  const other = track.badFrom !== undefined && track.badIn !== extent;
  if (other && track.end === undefined) {
    track.unjudged += 1;
    return;
  }
  track.unjudged = 0;
  if (!other) ended(track, letter === "c" ? "fixed" : "no_longer_applicable", at);
  if (letter === "c") track.goodAt = at;
}

/** The run of violations is over, if there was one. What was away and comes back compliant is fixed then. */
function ended(track: Track, how: Ended, at: string): void {
  track.unjudged = 0;
  if (track.badFrom === undefined) return;
  if (track.end === undefined || (how === "fixed" && track.end.how !== "fixed")) track.end = { how, at };
}

/** `there`: the last snapshot looked at its store. */
function whatIsKnown({ end, last }: Track, there: boolean): PastFinding["now"] {
  if (!there) return "not_looked_at";
  if (end !== undefined) return end.how;
  return last === "c" || last === "n" ? "not_comparable" : "not_seen";
}

function pastFinding(
  track: Track,
  policy: CatalogueEntry | undefined,
  now: PastFinding["now"],
): PastFinding[] {
  const { subject, policyId, badFrom, badAt, goodAt, end, last, unjudged } = track;
  const present = last === "v" || last === "u" || last === "e";
  if (present || policy === undefined || badFrom === undefined || badAt === undefined) return [];
  return [
    {
      finding_id: digestOf([policyId, subject.id, 0]),
      now,
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

type History = NonNullable<EvidenceHead["history"]>;

/** The head's account of the history, what followed the findings, and what failed before and is no finding now. */
export interface HistoryRead {
  readonly history: History;
  readonly trail: Trail;
  readonly past: readonly PastFinding[];
  /** Only where the present snapshot could not list everything. */
  readonly lastComplete?: LastComplete;
}

/** The last earlier snapshot that listed all of the stores of which the present one could not. */
export type LastComplete = NonNullable<Incomplete["last_complete"]>;

interface Present {
  readonly findings: readonly Finding[];
  readonly rules: Rules;
  readonly policies: ReadonlyMap<string, CatalogueEntry>;
}

/** Follows the earlier snapshots and then the present one. Undefined where there is no earlier one. */
export async function readHistory(
  { judgements, olderCount }: Earlier,
  present: Judgement,
  { findings, rules, policies }: Present,
): Promise<HistoryRead | undefined> {
  const trail = new Trail();
  for (const { subject_kind, subject_id, policy_id } of findings)
    trail.want(subject_kind, subject_id, policy_id);
  const heads: JudgementHead[] = [];
  let complete: Judgement | undefined;
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
    if (listsAllOf(earlier.head, present.head.unlisted ?? [])) complete = earlier;
  }
  if (heads.length + notRead.length === 0) return undefined;
  trail.follow(present);
  const past = trail.past(policies);
  return {
    trail,
    past,
    ...(complete === undefined ? {} : { lastComplete: leftOut(complete, present) }),
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
      source_changes: sourceChanges([...heads, present.head]),
      stores_not_looked_at: storesNotLookedAt(heads, present.head, past),
    },
  };
}

/** Whether a snapshot looked at these stores, of which there is at least one, and listed everything there. */
function listsAllOf({ stores, unlisted }: JudgementHead, wanted: readonly string[]): boolean {
  if (wanted.length === 0 || unlisted === undefined) return false;
  return wanted.every((name) => stores.some(({ store_id }) => store_id === name) && !unlisted.includes(name));
}

/** What a complete snapshot has of the stores that the present one could not list, and the present one has not. */
function leftOut({ head, subjects }: Judgement, present: Judgement): LastComplete {
  const { unlisted = [] } = present.head;
  const now = new Map(present.subjects.map(({ kind, id, outcomes }) => [subjectKey(kind, id), outcomes]));
  let [secrets, findings] = [0, 0];
  for (const { kind, id, store_id, outcomes } of subjects) {
    if (!unlisted.includes(store_id)) continue;
    const seen = now.get(subjectKey(kind, id));
    if (kind === "secret" && seen === undefined) secrets += 1;
    findings += Array.from(outcomes).filter(
      (letter, index) => letter === "v" && isUnknown(seen?.[index]),
    ).length;
  }
  const { snapshot_id, taken_at } = head;
  return { snapshot_id, taken_at, secret_count: secrets, finding_count: findings };
}

/** Whether nothing, or nothing but that it could not be judged, is known. Policies of a kind are in the same order under the same rules. */
function isUnknown(letter: string | undefined): boolean {
  return letter === undefined || letter === "u" || letter === "e";
}

/** Where the rules of a first assessment differ from those of the one before, and the present from the last. */
function ruleChanges(heads: readonly JudgementHead[]): History["rule_changes"] {
  return heads.slice(1).flatMap(({ snapshot_id, taken_at, first_rules }, index) => {
    const changed = differences(heads[index]?.first_rules, first_rules);
    return changed.length === 0 ? [] : [{ snapshot_id, taken_at, changed }];
  });
}

/** Where the name of a source stands for something else than in the last snapshot that had it. */
function sourceChanges(heads: readonly JudgementHead[]): History["source_changes"] {
  const known = new Map<string, LookedAt>();
  return heads.flatMap(({ snapshot_id, taken_at, stores }) =>
    stores.flatMap((store) => {
      const { store_id } = store;
      const before = known.get(store_id) ?? store;
      known.set(store_id, store);
      const changed = differences(before, store);
      return changed.length === 0 ? [] : [{ snapshot_id, taken_at, store_id, changed }];
    }),
  );
}

/** The keys whose values differ, in order. */
function differences<T extends object>(before: T | undefined, after: T): string[] {
  const names = [...new Set(Object.keys({ ...before, ...after }))].sort() as (keyof T & string)[];
  return names.filter((name) => before?.[name] !== after[name]);
}

/** The stores that earlier snapshots looked at and the present one does not, each as it was seen last. */
function storesNotLookedAt(
  heads: readonly JudgementHead[],
  present: JudgementHead,
  past: readonly PastFinding[],
): History["stores_not_looked_at"] {
  const last = new Map<string, Omit<History["stores_not_looked_at"][number], "open_finding_count">>();
  for (const { snapshot_id, taken_at, stores } of heads) {
    for (const { store_id, connector, address } of stores)
      last.set(store_id, { store_id, connector, address, snapshot_id, last_looked_at: taken_at });
  }
  for (const { store_id } of present.stores) last.delete(store_id);
  return sortedBy(last.values(), ({ store_id }) => store_id).map((store) => ({
    ...store,
    open_finding_count: past.filter(({ store_id }) => store_id === store.store_id).length,
  }));
}
