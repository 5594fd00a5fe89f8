import { Count, Text, Type, closed, type Static } from "../facts/index.ts";
import { PolicyId, SEVERITIES, SUBJECT_KINDS } from "../policy/index.ts";

const literals = <const T extends readonly string[]>(values: T) =>
  Type.Union(values.map((value) => Type.Literal(value as T[number])));

/** How strongly a check speaks for a control: it answers it, or it only adds to the picture. */
export const STRENGTHS = ["direct", "supporting"] as const;

export const Strength = literals(STRENGTHS);

export type Strength = Static<typeof Strength>;

/**
 * Best first. `satisfied`: every direct part of the control was tested on a population that is complete, and held.
 * `not_applicable`: there was something to test, and none of it is what the control speaks about. `not_tested`: no
 * test that could answer it. `undetermined`: something could not be seen. `deviation`: something was seen to fail.
 */
export const CONTROL_STATUSES = [
  "satisfied",
  "not_applicable",
  "not_tested",
  "undetermined",
  "deviation",
] as const;

export const ControlStatusName = literals(CONTROL_STATUSES);

export type ControlStatusName = Static<typeof ControlStatusName>;

/** Outcomes, one for each subject and policy. The five after `population` add up to it. */
export const OutcomeCounts = closed({
  population: Count,
  compliant: Count,
  /** Violations. */
  deviation: Count,
  /** Violations under an approved departure. They count here and nowhere else, and are never compliant. */
  waived: Count,
  /** Could not be judged; the failures of a policy itself are among them. */
  undetermined: Count,
  not_applicable: Count,
  /** Of the undetermined: the policy itself failed. */
  error: Count,
});

export type OutcomeCounts = Static<typeof OutcomeCounts>;

/** One policy's part in a control. */
export const PolicyStatus = closed({
  policy_id: PolicyId,
  title: Text,
  subject_kind: literals(SUBJECT_KINDS),
  severity: literals(SEVERITIES),
  strength: Strength,
  status: ControlStatusName,
  /** Of this policy alone, so that `population` is a number of subjects. */
  counts: OutcomeCounts,
  /** Gaps that hide members of the population itself: subjects that may exist and were not listed. */
  population_gap_count: Count,
  /** This pairing is from general knowledge and has not been checked against the framework's text. */
  verify: Type.Optional(Type.Literal(true)),
});

export type PolicyStatus = Static<typeof PolicyStatus>;

/** A part of the control that no policy answers: a check family of `mappings/families.yaml`. */
export const UnansweredPart = closed({
  family: Text,
  title: Text,
  strength: Strength,
  verify: Type.Optional(Type.Literal(true)),
});

export type UnansweredPart = Static<typeof UnansweredPart>;

/** Where one control of one framework stands. */
export const ControlStatus = closed({
  framework: Text,
  control_id: Text,
  /** In our words, never the standard's. */
  title: Text,
  status: ControlStatusName,
  /** What the status rests on, and what was not seen, in a few sentences. */
  why: Text,
  /** Sums over the policies: a subject counts once for each policy that judged it. */
  counts: OutcomeCounts,
  /** Subjects that were judged, by kind. */
  subjects: Type.Record(Type.String(), Count),
  /** Direct ones first, then by id. */
  policies: Type.Array(PolicyStatus),
  unanswered: Type.Array(UnansweredPart),
  /** The unanswered parts include one that only a person can attest. */
  attestation_needed: Type.Boolean(),
  /** The same control in another edition of the framework. */
  other_edition: Type.Optional(Text),
  note: Type.Optional(Text),
  /** The id is from general knowledge and has not been checked against the framework's text. */
  verify: Type.Optional(Type.Literal(true)),
});

export type ControlStatus = Static<typeof ControlStatus>;
