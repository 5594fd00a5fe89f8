import type { ControlStatusName, OutcomeCounts, PolicyStatus, UnansweredPart } from "./status.ts";

/** Most policies or parts that a sentence names; the tables beside it have all of them. */
const MAX_NAMED = 3;

/** What a control's status rests on, and what was not seen, in a few sentences. */
export function explain(
  status: ControlStatusName,
  policies: readonly PolicyStatus[],
  unanswered: readonly UnansweredPart[],
): string {
  if (policies.length === 0) return "No policy answers this yet.";
  return [
    failed(policies),
    unseen(policies),
    incomplete(policies),
    held(status, policies),
    empty(policies),
    unansweredParts(status, unanswered),
  ]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function failed(policies: readonly PolicyStatus[]): string {
  const count = total(policies, "deviation") + total(policies, "waived");
  if (count === 0) return "";
  const names = perPolicy(policies, ({ deviation, waived }) => deviation + waived);
  return `Deviations in ${count} of ${judged(policies)} results: ${names}.`;
}

function unseen(policies: readonly PolicyStatus[]): string {
  const count = total(policies, "undetermined");
  if (count === 0) return "";
  const errors = total(policies, "error");
  const faults = errors === 0 ? "" : ` (the policy itself failed: ${errors})`;
  const names = perPolicy(policies, ({ undetermined }) => undetermined);
  return `Undetermined in ${count} of ${judged(policies)} results${faults}: ${names}.`;
}

function incomplete(policies: readonly PolicyStatus[]): string {
  const byKind = new Map(policies.map((part) => [part.subject_kind, part.population_gap_count]));
  const hidden = [...byKind]
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${kind} (gaps: ${count})`);
  return hidden.length === 0
    ? ""
    : `Not everything could be listed, so more may exist: ${hidden.join(", ")}.`;
}

function held(status: ControlStatusName, policies: readonly PolicyStatus[]): string {
  const compliant = total(policies, "compliant");
  if (status === "deviation") return "";
  if (status === "not_applicable")
    return `Nothing that was found is what this control speaks of (results: ${judged(policies)}).`;
  if (policies.every(({ strength }) => strength === "supporting")) {
    return `Only supporting policies speak for it (results that hold: ${compliant}); they do not answer it by themselves.`;
  }
  if (status === "satisfied") return `All applicable results hold (${compliant}).`;
  return compliant === 0 ? "" : `Results that hold: ${compliant}.`;
}

function empty(policies: readonly PolicyStatus[]): string {
  const none = policies.filter(({ counts }) => counts.population === 0);
  const kinds = (found: readonly PolicyStatus[]): string =>
    [...new Set(found.map(({ subject_kind }) => subject_kind))].join(", ");
  const hidden = none.filter(({ population_gap_count }) => population_gap_count > 0);
  const seen = none.filter(({ population_gap_count }) => population_gap_count === 0);
  return [
    ...(hidden.length === 0 ? [] : [`Could not be tested, as none could be read: ${kinds(hidden)}.`]),
    ...(seen.length === 0 ? [] : [`There was nothing to test of kind ${kinds(seen)}.`]),
  ].join(" ");
}

function unansweredParts(status: ControlStatusName, unanswered: readonly UnansweredPart[]): string {
  const direct = unanswered.filter(({ strength }) => strength === "direct").map(({ title }) => title);
  if (direct.length === 0) return "";
  const open = status === "undetermined" ? ", so it stays open as a whole" : "";
  return `No policy answers this part of it${open}: ${named(direct, "; ")}.`;
}

function total(policies: readonly PolicyStatus[], name: keyof OutcomeCounts): number {
  return policies.reduce((sum, { counts }) => sum + counts[name], 0);
}

function judged(policies: readonly PolicyStatus[]): number {
  return total(policies, "population");
}

/** `rotation_overdue 12, public_access 1`, the most numerous first. */
function perPolicy(policies: readonly PolicyStatus[], countOf: (counts: OutcomeCounts) => number): string {
  const counted = policies
    .map(({ policy_id, counts }) => ({ policy_id, count: countOf(counts) }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count)
    .map(({ policy_id, count }) => `${policy_id} ${count}`);
  return named(counted, ", ");
}

function named(names: readonly string[], separator: string): string {
  const more = names.length - MAX_NAMED;
  const shown = names.slice(0, MAX_NAMED).join(separator);
  return more > 0 ? `${shown} and ${more} more` : shown;
}
