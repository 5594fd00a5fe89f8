import { digestOf, invariant } from "../base/index.ts";
import { hidesMembers } from "../controls/index.ts";
import {
  Digest,
  InstantText,
  Text,
  Texts,
  Type,
  closed,
  type FactSet,
  type Gap,
  type SnapshotManifest,
  type Static,
} from "../facts/index.ts";
import {
  SUBJECT_KINDS,
  parseOutcomes,
  type Catalogue,
  type Evaluated,
  type Outcome,
  type OutcomeName,
  type SubjectKind,
} from "../policy/index.ts";
import { documentOf, type Subject } from "../subjects/index.ts";
import { unlisted } from "./unlisted.ts";

/** Bump when the same rules would judge the same snapshot otherwise, so that kept judgements are made again. */
const JUDGEMENT_REVISION = 2;

/** What a snapshot is judged with, by digest. The mappings change no outcome, but what an outcome speaks for. */
export const Rules = closed({
  product_version: Type.String(),
  policy_bundle: Digest,
  /** Of the organisation's own bundles; absent where it has none. */
  own_policies: Type.Optional(Digest),
  parameters: Digest,
  /** Of the rules that give tiers, owners and environments, and name what is for emergencies. */
  classification: Digest,
  mappings: Digest,
});

export type Rules = Static<typeof Rules>;

/** Equal digests give equal outcomes for the same snapshot. */
export function rulesDigest(rules: Rules): string {
  const { product_version, policy_bundle, parameters, classification, own_policies } = rules;
  const own = own_policies === undefined ? [] : [own_policies];
  return digestOf([JUDGEMENT_REVISION, product_version, policy_bundle, parameters, classification, ...own]);
}

/** One subject of a snapshot: `outcomes` has a letter for each policy of its kind, in order of their ids. */
export const JudgedSubject = closed({
  store_id: Type.String(),
  kind: Type.Union(SUBJECT_KINDS.map((kind) => Type.Literal(kind))),
  id: Text,
  name: Text,
  outcomes: Type.String({ pattern: "^[cenuv-]*$" }),
});

export type JudgedSubject = Static<typeof JudgedSubject>;

const LETTERS: Readonly<Record<OutcomeName, string>> = {
  compliant: "c",
  error: "e",
  not_applicable: "n",
  undetermined: "u",
  violation: "v",
};

/** What a source's name stood for in a snapshot: which store, and which part of it. */
const LookedAt = closed({
  store_id: Type.String(),
  connector: Type.String(),
  address: Type.String(),
  /** Of the settings that decide which questions are put. */
  selection: Digest,
});

export type LookedAt = Static<typeof LookedAt>;

export const JudgementHead = closed({
  snapshot_id: Type.String(),
  manifest_sha256: Digest,
  taken_at: InstantText,
  /** What it was judged with. */
  rules_sha256: Digest,
  /** With what it was judged the first time: later changes of rules show in the difference. */
  first_rules: Rules,
  /** Policies of each kind of subject, in order of their ids. */
  policies: Type.Record(Type.String(), Texts),
  /** `<store> <kind>` where no gap may hide members: what is not in the list was not there. */
  whole: Texts,
  stores: Type.Array(LookedAt),
  /** Stores of which something could not be listed, in order; absent in a judgement of before this was kept. */
  unlisted: Type.Optional(Texts),
});

export type JudgementHead = Static<typeof JudgementHead>;

/** What the assessment of a snapshot came to, without reasons: enough to see what changed between two of them. */
export interface Judgement {
  readonly head: JudgementHead;
  readonly subjects: readonly JudgedSubject[];
}

/** The ids of the policies about each kind of subject, in order. */
export function policiesByKind({ policies }: Catalogue): Record<string, string[]> {
  const kinds = SUBJECT_KINDS.map((kind) => {
    const ids = policies.filter(({ subject }) => subject === kind).map(({ policy_id }) => policy_id);
    return [kind, ids.sort()] as const;
  });
  return Object.fromEntries(kinds.filter(([, ids]) => ids.length > 0));
}

export function judgedSubject(
  policies: Readonly<Record<string, readonly string[]>>,
  { store_id, kind, id, name }: Subject,
  outcomes: readonly Pick<Outcome, "policy_id" | "outcome">[],
): JudgedSubject {
  const letters = new Map(outcomes.map(({ policy_id, outcome }) => [policy_id, LETTERS[outcome]]));
  const line = (policies[kind] ?? []).map((policyId) => letters.get(policyId) ?? "-").join("");
  return { store_id, kind, id, name, outcomes: line };
}

/** The name of one population in `whole`. */
export const populationName = (storeId: string, kind: SubjectKind): string => `${storeId} ${kind}`;

/** The populations of which no gap may hide a member. The estate is always one, whatever is seen of it. */
export function wholePopulations(
  storeIds: readonly string[],
  gaps: readonly Pick<Gap, "hides" | "store_id">[],
): string[] {
  return storeIds.flatMap((storeId) => {
    const own = gaps.filter(({ store_id }) => store_id === storeId);
    return SUBJECT_KINDS.filter((kind) => !own.some((gap) => hidesMembers(gap, kind))).map((kind) =>
      populationName(storeId, kind),
    );
  });
}

function lookedAt({ sources }: SnapshotManifest): LookedAt[] {
  return sources.map(({ store_id, connector, address, selection = {} }) => ({
    store_id,
    connector,
    address,
    selection: digestOf(selection),
  }));
}

/**
 * What was looked at for a subject, by digest: its store, or all of them for the estate; undefined where its store was not
 * among them. Two snapshots with the same extent are comparable: what one of them shows and the other lacks was there to see.
 */
export function extents({
  stores,
}: Pick<JudgementHead, "stores">): (subject: Pick<JudgedSubject, "kind" | "store_id">) => string | undefined {
  const byStore = new Map(stores.map((store) => [store.store_id, digestOf(store)]));
  const all = digestOf(stores);
  return ({ kind, store_id }) => (kind === "estate" ? all : byStore.get(store_id));
}

/** A snapshot, and what it is judged with. */
export interface JudgeRequest {
  readonly manifest: SnapshotManifest;
  readonly manifestSha256: string;
  readonly facts: FactSet;
  readonly subjects: () => Iterable<Subject>;
  /** Evaluates documents of subjects, in order. */
  readonly judge: (documents: Iterable<Uint8Array>) => AsyncIterable<Evaluated>;
  readonly catalogue: Catalogue;
  readonly rules: Rules;
  /** With what this snapshot was judged the first time; absent: now. */
  readonly firstRules?: Rules;
}

export function judgementHead(
  { manifest, manifestSha256, facts, rules, firstRules = rules }: JudgeRequest,
  policies: JudgementHead["policies"],
): JudgementHead {
  return {
    snapshot_id: manifest.snapshot_id,
    manifest_sha256: manifestSha256,
    taken_at: manifest.taken_at,
    rules_sha256: rulesDigest(rules),
    first_rules: firstRules,
    policies,
    whole: wholePopulations(
      manifest.sources.map(({ store_id }) => store_id),
      facts.gaps,
    ),
    stores: lookedAt(manifest),
    unlisted: [...new Set(unlisted(facts.gaps).map(({ store_id }) => store_id))].sort(),
  };
}

/** One subject with what the policies say of it. */
interface JudgedOne {
  readonly subject: Subject;
  readonly outcomes: readonly Outcome[];
  /** As they are written. */
  readonly line: Uint8Array;
}

/** Judges the subjects in their order; only a few of them wait in memory. */
export async function* judgeEach({
  subjects,
  judge,
}: Pick<JudgeRequest, "subjects" | "judge">): AsyncGenerator<JudgedOne> {
  const waiting: Subject[] = [];
  const asked = function* (): Generator<Uint8Array> {
    for (const subject of subjects()) {
      waiting.push(subject);
      yield documentOf(subject);
    }
  };
  for await (const answer of judge(asked())) {
    const subject = waiting.shift();
    invariant(subject !== undefined, "expected an answer for each subject, got one more");
    yield { subject, outcomes: parseOutcomes(answer).outcomes, line: answer.line };
  }
}

/** Judges a snapshot for its outcomes alone: no package, nothing written. */
export async function judgeOnly(request: JudgeRequest): Promise<Judgement> {
  const policies = policiesByKind(request.catalogue);
  const subjects: JudgedSubject[] = [];
  for await (const { subject, outcomes } of judgeEach(request)) {
    subjects.push(judgedSubject(policies, subject, outcomes));
  }
  return { head: judgementHead(request, policies), subjects };
}
