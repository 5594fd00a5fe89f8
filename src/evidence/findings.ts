import { digestOf, type Instant } from "../base/index.ts";
import type { CatalogueEntry, Outcome, Violation } from "../policy/index.ts";
import { gapFix, type Gap } from "../facts/index.ts";
import type { Subject } from "../subjects/index.ts";
import type { Finding } from "./schema.ts";

/** What turns an outcome into lines that a person can act on. */
export interface FindingContext {
  readonly asOf: Instant;
  readonly policies: ReadonlyMap<string, CatalogueEntry>;
  /** Policy id → `<framework> <control_id>`, in order. */
  readonly controls: ReadonlyMap<string, readonly string[]>;
  /** Gap digest → gap. */
  readonly gaps: ReadonlyMap<string, Gap>;
  /** Store id → provider, whose remediation text is shown. */
  readonly providers: ReadonlyMap<string, string>;
}

/** Longest value that is shown of what was found or expected; the subject has the whole. */
const MAX_VALUE_CHARS = 500;

/** Most gaps that a sentence names. */
const MAX_NAMED_GAPS = 5;

/** Most gaps whose detail a sentence tells. */
const MAX_TOLD_GAPS = 2;

/**
 * The lines of one outcome: one a violation, or one for what could not be judged. Nothing for what is compliant or does not apply.
 */
export function findingsOf(context: FindingContext, subject: Subject, outcome: Outcome): Finding[] {
  const { outcome: name, policy_id } = outcome;
  if (name === "compliant" || name === "not_applicable") return [];
  const told = { ...outcome, gaps: gapsBehind(outcome, subject) };
  const policy = context.policies.get(policy_id);
  if (name === "violation") {
    return outcome.violations.map((violation, index) => ({
      ...about(context, subject, told, policy, index),
      status: name,
      ...(violation.thing === undefined ? {} : { found_in: violation.thing }),
      ...shown(violation),
    }));
  }
  return [
    {
      ...about(context, subject, told, policy, 0),
      status: name,
      ...shown(outcome.violations[0]),
      message: outcome.error?.message ?? unknownText(context, policy, told),
      ...(name === "undetermined" ? { unknown_because: because(context, told) } : {}),
    },
  ];
}

/** An outcome with the digests of the gaps behind it. */
interface Told extends Outcome {
  readonly gaps: readonly string[];
}

/** The digests of the subject's gaps that hide what the policy needs, in order, each once. */
function gapsBehind({ hidden }: Outcome, { gaps }: Subject): string[] {
  const found = gaps.filter(({ fact_kind }) => hidden.includes(fact_kind)).map(({ gap }) => gap);
  return [...new Set(found)].sort();
}

function about(
  context: FindingContext,
  subject: Subject,
  outcome: Told,
  policy: CatalogueEntry | undefined,
  index: number,
) {
  const { outcome: name, policy_id, severity, gaps, tier_assumed } = outcome;
  const provider = context.providers.get(subject.store_id) ?? "any";
  const remediation = policy?.remediation as Readonly<Record<string, string>> | undefined;
  const fix =
    name === "undetermined" && gaps.length > 0
      ? seeing(context, gaps)
      : (remediation?.[provider] ?? remediation?.["any"]);
  const gapRecords = gaps.flatMap((digest) => context.gaps.get(digest)?.record ?? []);
  const { owner, environment, undecided } = subject;
  const tier = undecided?.includes("tier") === true ? undefined : subject.tier;
  return {
    finding_id: digestOf([policy_id, subject.id, index]),
    severity,
    policy_id,
    title: policy?.title ?? policy_id,
    subject_kind: subject.kind,
    subject_id: subject.id,
    subject_name: subject.name,
    store_id: subject.store_id,
    ...(tier === undefined ? {} : { tier }),
    ...(tier_assumed === undefined ? {} : { tier_assumed }),
    ...(owner === undefined ? {} : { owner }),
    ...(environment === undefined ? {} : { environment }),
    ...(undecided === undefined ? {} : { undecided }),
    ...(fix === undefined ? {} : { remediation: fix }),
    controls: [...(context.controls.get(policy_id) ?? [])],
    records: [...new Set([...subject.records, ...gapRecords])].sort(),
    gaps: [...gaps],
    as_of: context.asOf,
  };
}

function shown(violation: Violation | undefined): Pick<Finding, "actual" | "expected" | "message"> {
  if (violation === undefined) return { actual: "", expected: "", message: "" };
  return {
    actual: asText(violation.actual),
    expected: asText(violation.expected),
    message: violation.message,
  };
}

function asText(value: unknown): string {
  return shortened(typeof value === "string" ? value : JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length <= MAX_VALUE_CHARS
    ? text
    : `${text.slice(0, MAX_VALUE_CHARS)}… (${text.length} characters)`;
}

function unknownText(
  context: FindingContext,
  policy: CatalogueEntry | undefined,
  { gaps, violations }: Told,
): string {
  const [first] = violations;
  if (gaps.length === 0 && first === undefined)
    return policy?.unstated ?? "The store does not state what this policy needs.";
  const details = [...new Set(gaps.map((digest) => context.gaps.get(digest)?.detail ?? digest))].sort();
  const unread = firstOf(details, MAX_TOLD_GAPS);
  if (first === undefined) return shortened(`What this policy needs could not be read: ${unread}`);
  const why = unread === "" ? "" : ` (${unread})`;
  return shortened(`Not seen, but not everything could be read${why}: ${first.message}`);
}

/** How to see what is hidden: the failure that the policy looks for is not known to be one, so how to end it is no answer. */
function seeing(context: FindingContext, gaps: readonly string[]): string | undefined {
  const fixes = gaps.flatMap((digest) => {
    const gap = context.gaps.get(digest);
    return gap === undefined ? [] : [gapFix(gap)];
  });
  const distinct = [...new Set(fixes)].sort();
  return distinct.length === 0 ? undefined : shortened(distinct.slice(0, MAX_TOLD_GAPS).join(" "));
}

/** `denied: kv2.list of vault:legacy/` — each reason with the operation that failed, and what it asked about. */
function because(context: FindingContext, { gaps }: Told): string {
  const reasons = gaps.map((digest) => {
    const gap = context.gaps.get(digest);
    if (gap === undefined) return digest;
    const { reason, operation, resource } = gap;
    return `${reason}: ${operation}${resource === undefined ? "" : ` of ${resource}`}`;
  });
  const distinct = [...new Set(reasons)].sort();
  return distinct.length === 0 ? "not stated by the store" : firstOf(distinct, MAX_NAMED_GAPS);
}

function firstOf(texts: readonly string[], most: number): string {
  const named = texts.slice(0, most).join("; ");
  return texts.length > most ? `${named}; and ${texts.length - most} more` : named;
}
