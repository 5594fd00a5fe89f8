import { compareStrings, invariant } from "../base/index.ts";
import type { FactKind, Gap } from "../facts/index.ts";
import { SUBJECT_KINDS, type CatalogueEntry, type SubjectKind } from "../policy/index.ts";
import type { MappedControl, Mapping } from "./mapping.ts";
import {
  STRENGTHS,
  type ControlStatus,
  type ControlStatusName,
  type OutcomeCounts,
  type PolicyStatus,
  type UnansweredPart,
} from "./status.ts";
import { sumOf, type OutcomeTally } from "./tally.ts";
import { explain } from "./why.ts";

/** The family whose parts only a person can attest. */
const ATTESTED = "manual";

/** Fact kinds without which members of a population may be missing. */
const LISTED_BY: Record<SubjectKind, readonly FactKind[]> = {
  certificate: ["certificate", "mount", "namespace"],
  certificate_role: ["certificate_role", "mount", "namespace"],
  change: [],
  deployment: [],
  dynamic_role: ["dynamic_role", "mount", "namespace"],
  estate: [],
  grant: [],
  key: ["key", "mount", "namespace"],
  pipeline: [],
  principal: ["auth_method", "auth_role", "group", "namespace", "principal", "token"],
  review: ["review_campaign"],
  secret: ["mount", "namespace", "secret"],
  sink: ["sink"],
  // Sources come from the configuration. Of one that reads many stores, some may be left out, or not be told of.
  store: ["store"],
  workload: [],
};

export interface FoldInput {
  readonly catalogue: readonly CatalogueEntry[];
  readonly tally: OutcomeTally;
  /** All gaps of the snapshot: what could not be listed is missing from a population without an outcome to show it. */
  readonly gaps: readonly Pick<Gap, "hides">[];
}

/**
 * Where each control of a framework stands, in the mapping's order, by the rules in `README.md`. The catalogue is the one
 * that the mapping was loaded with.
 */
export function foldControls(mapping: Mapping, { catalogue, tally, gaps }: FoldInput): ControlStatus[] {
  const entries = new Map(catalogue.map((entry) => [entry.policy_id, entry]));
  const gapCounts = populationGaps(gaps);
  return [...mapping.controls].map(([controlId, control]) => {
    const policies = control.policies.map((mapped) => {
      const entry = entries.get(mapped.id);
      invariant(entry !== undefined, `expected the mapped policy ${mapped.id} to be in the catalogue`);
      const gapCount = gapCounts.get(entry.subject) ?? 0;
      return policyPart(mapped, entry, { counts: tally.of(mapped.id), gapCount });
    });
    return controlStatus(mapping, { controlId, control, policies: policies.sort(byStrengthThenId) });
  });
}

/** The gap may hide members of a population: subjects of this kind that were not listed. */
export function hidesMembers(gap: Pick<Gap, "hides">, subject: SubjectKind): boolean {
  return gap.hides.some((kind) => LISTED_BY[subject].includes(kind));
}

/** How many gaps hide members of each kind of subject. */
function populationGaps(gaps: FoldInput["gaps"]): Map<SubjectKind, number> {
  return new Map(
    SUBJECT_KINDS.map((subject) => [subject, gaps.filter((gap) => hidesMembers(gap, subject)).length]),
  );
}

function byStrengthThenId(a: PolicyStatus, b: PolicyStatus): number {
  return (
    STRENGTHS.indexOf(a.strength) - STRENGTHS.indexOf(b.strength) || compareStrings(a.policy_id, b.policy_id)
  );
}

function policyPart(
  { strength, verify }: MappedControl["policies"][number],
  { policy_id, title, subject, severity }: CatalogueEntry,
  { counts, gapCount }: { counts: OutcomeCounts; gapCount: number },
): PolicyStatus {
  return {
    policy_id,
    title,
    subject_kind: subject,
    severity,
    strength,
    status: policyStatus(counts, gapCount),
    counts: { ...counts },
    population_gap_count: gapCount,
    ...(verify === undefined ? {} : { verify }),
  };
}

function policyStatus(counts: OutcomeCounts, gapCount: number): ControlStatusName {
  if (counts.deviation + counts.waived > 0) return "deviation";
  if (counts.undetermined > 0 || gapCount > 0) return "undetermined";
  if (counts.population === 0) return "not_tested";
  return counts.compliant > 0 ? "satisfied" : "not_applicable";
}

interface Parts {
  readonly controlId: string;
  readonly control: MappedControl;
  readonly policies: PolicyStatus[];
}

function controlStatus(
  { framework, families }: Mapping,
  { controlId, control, policies }: Parts,
): ControlStatus {
  const { title, other_edition, note, verify } = control;
  const unanswered = control.unanswered.map((part) => ({
    ...part,
    title: families.get(part.family) ?? part.family,
  }));
  const status = statusOf(policies, unanswered);
  return {
    framework: framework.id,
    control_id: controlId,
    title,
    status,
    why: explain(status, policies, unanswered),
    counts: sumOf(policies.map(({ counts }) => counts)),
    subjects: populations(policies),
    policies,
    unanswered,
    attestation_needed: unanswered.some(({ family }) => family === ATTESTED),
    ...(other_edition === undefined ? {} : { other_edition }),
    ...(note === undefined ? {} : { note }),
    ...(verify === undefined ? {} : { verify }),
  };
}

/** The first line that fits counts: what was seen to fail, what could not be seen, what was not tested, what held. */
function statusOf(
  policies: readonly PolicyStatus[],
  unanswered: readonly UnansweredPart[],
): ControlStatusName {
  const direct = policies.filter(({ strength }) => strength === "direct").map(({ status }) => status);
  const open = unanswered.some(({ strength }) => strength === "direct");
  if (policies.some(({ status }) => status === "deviation")) return "deviation";
  if (policies.some(({ status }) => status === "undetermined")) return "undetermined";
  if (direct.includes("satisfied")) return open ? "undetermined" : "satisfied";
  if (open || direct.length === 0 || direct.includes("not_tested")) return "not_tested";
  return "not_applicable";
}

/** Every policy about a kind of subject judges all subjects of the kind, so the largest population is the kind's. */
function populations(policies: readonly PolicyStatus[]): Record<string, number> {
  const byKind = new Map<string, number>();
  for (const { subject_kind, counts } of policies) {
    byKind.set(subject_kind, Math.max(byKind.get(subject_kind) ?? 0, counts.population));
  }
  return Object.fromEntries(
    [...byKind].filter(([, count]) => count > 0).sort(([a], [b]) => compareStrings(a, b)),
  );
}
