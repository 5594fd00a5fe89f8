import { Digest, Type, closed, type FactKind, type Static } from "../facts/index.ts";
import { ParamValue, PolicyId, SEVERITIES, SUBJECT_KINDS, type CatalogueEntry } from "./catalogue.ts";

/** Longest texts that a policy may answer with; more is an error of the policy. */
const MAX_MESSAGE_CHARS = 2048;

/** Most violations that one policy may find in one subject. */
export const MAX_VIOLATIONS = 1000;

export const Violation = closed({
  actual: Type.Unknown(),
  expected: Type.Unknown(),
  message: Type.String({ minLength: 1, maxLength: MAX_MESSAGE_CHARS }),
  /** Id of the thing that it was found in, where that is not the subject but one in it or around it, such as a store's policy. */
  thing: Type.Optional(Type.String({ minLength: 1, maxLength: MAX_MESSAGE_CHARS })),
});

/** What was found, what was asked for, and both in a sentence. */
export type Violation = Static<typeof Violation>;

export const OUTCOMES = ["compliant", "error", "not_applicable", "undetermined", "violation"] as const;

/** `error` is a fault of the policy itself: exit 2, never a pass. */
export type OutcomeName = (typeof OUTCOMES)[number];

/**
 * The answer of one policy about one subject. `hidden` are the fact kinds that the policy needs and that a gap of the subject
 * hides, in order; `violations` are in order of their canonical JSON.
 */
export const Outcome = closed({
  policy_id: PolicyId,
  outcome: Type.Union(OUTCOMES.map((name) => Type.Literal(name))),
  severity: Type.Union(SEVERITIES.map((severity) => Type.Literal(severity))),
  violations: Type.Array(Violation, { maxItems: MAX_VIOLATIONS }),
  hidden: Type.Array(Type.String()),
  /** The values that were in force for this subject. */
  params: Type.Record(PolicyId, ParamValue),
  /**
   * The subject has no tier, or none that could be decided, and a parameter depends on it: the strictest value was taken.
   * Where it could not be decided a violation is one by the values of every tier.
   */
  tier_assumed: Type.Optional(Type.Literal("strictest")),
  /** Only with `error`. */
  error: Type.Optional(closed({ code: Type.Literal("E_POLICY"), message: Type.String() })),
});

export type Outcome = Static<typeof Outcome>;

/**
 * The answers of all policies about a subject of its kind, in order of their ids: the contract of this layer. They rest on
 * the subject's document, the policies and their parameters alone.
 */
export const SubjectOutcomes = closed({
  /** SHA-256 of the document. */
  input_digest: Digest,
  outcomes: Type.Array(Outcome),
  subject_id: Type.String(),
  subject_kind: Type.Union(SUBJECT_KINDS.map((kind) => Type.Literal(kind))),
});

export type SubjectOutcomes = Static<typeof SubjectOutcomes>;

/** What a policy said about a subject, its shapes checked. */
export interface Verdict {
  readonly applicable: boolean;
  readonly compliant: boolean;
  readonly violations: readonly Violation[];
  /** There would be violations in one tier and not in another, and the subject's could not be decided. */
  readonly unlessTier?: true;
}

/** Kinds whose labels decide the tier of their subject. */
export const CLASSIFIED_BY: readonly FactKind[] = [
  "group",
  "principal",
  "resource_labels",
  "secret_metadata",
  "token",
];

/** A policy that contradicts itself or answers with a wrong shape. */
export interface PolicyFault {
  readonly fault: string;
}

/**
 * Kinds of facts that bear on an outcome about each kind of subject where a gap hides them: what its policies need, and what decides a tier.
 * Policies that look at gaps themselves look for these alone.
 */
export function bearingKinds(policies: readonly CatalogueEntry[]): ReadonlyMap<string, ReadonlySet<string>> {
  const bySubject = Map.groupBy(policies, ({ subject }) => subject);
  return new Map(
    [...bySubject].map(([subject, entries]) => [
      subject,
      new Set([...CLASSIFIED_BY, ...entries.flatMap(({ needs }) => needs)]),
    ]),
  );
}

/**
 * The outcome, a total function of what the policy said and of whether a gap hides what it needs (`README.md` has the
 * table). A gap never leads to `compliant` or `not_applicable`; `hidden` is false
 * where none could make the policy apply.
 */
export function decide(
  said: Verdict | PolicyFault,
  { restsOnAbsence, hidden }: { readonly restsOnAbsence: boolean; readonly hidden: boolean },
): OutcomeName {
  if ("fault" in said) return "error";
  const violated = said.violations.length > 0;
  if (said.compliant && violated) return "error";
  if (!said.applicable) return hidden ? "undetermined" : "not_applicable";
  if (violated) return restsOnAbsence && hidden ? "undetermined" : "violation";
  if (said.compliant && !hidden) return "compliant";
  return "undetermined";
}

/** Those of the needed kinds that a gap of the subject hides, in order, each once. */
export function hiddenOf(
  needs: readonly string[],
  gaps: readonly { readonly fact_kind: string }[],
): string[] {
  const found = gaps.map(({ fact_kind }) => fact_kind).filter((kind) => needs.includes(kind));
  return [...new Set(found)].sort();
}
