import type { EvidencePackage, Finding } from "../../evidence/index.ts";
import { makeRegister, numberedFindings, type Numbered, type Register } from "../register.ts";
import { FINDING_WORDS, assigned } from "../words.ts";
import { provenance } from "./provenance.ts";
import { csv, joined, notCollected, type CsvCell, type CsvColumn } from "./table.ts";

const columns = ({ causeOf }: Register): readonly CsvColumn<Numbered>[] => [
  { name: "number", cell: ({ number }) => number },
  { name: "finding_id", cell: ({ finding }) => finding.finding_id },
  { name: "status", cell: ({ finding }) => FINDING_WORDS[finding.status].word.toLowerCase() },
  { name: "severity", cell: ({ finding }) => finding.severity },
  { name: "policy_id", cell: ({ finding }) => finding.policy_id },
  { name: "title", cell: ({ finding }) => finding.title },
  { name: "subject_kind", cell: ({ finding }) => finding.subject_kind },
  { name: "subject_id", cell: ({ finding }) => finding.subject_id },
  { name: "subject_name", cell: ({ finding }) => finding.subject_name },
  { name: "found_in", cell: ({ finding }) => finding.found_in ?? finding.subject_id },
  { name: "store_id", cell: ({ finding }) => finding.store_id },
  { name: "environment", cell: ({ finding }) => assigned(finding, "environment") },
  { name: "tier", cell: ({ finding }) => assigned(finding, "tier") },
  { name: "tier_assumed", cell: ({ finding }) => finding.tier_assumed ?? "" },
  { name: "owner", cell: ({ finding }) => assigned(finding, "owner") },
  { name: "actual", cell: ({ finding }) => (finding.actual === "" ? "unknown" : finding.actual) },
  { name: "expected", cell: ({ finding }) => finding.expected },
  { name: "message", cell: ({ finding }) => finding.message },
  // The number of the first of which the same is said: its distinct values are the causes.
  { name: "same_cause_as", cell: ({ number }) => causeOf.get(number) ?? number },
  { name: "unknown_because", cell: ({ finding }) => finding.unknown_because ?? "" },
  { name: "remediation", cell: ({ finding }) => finding.remediation ?? "" },
  { name: "controls", cell: ({ finding }) => joined(finding.controls) },
  { name: "records", cell: ({ finding }) => joined(finding.records) },
  { name: "gaps", cell: ({ finding }) => joined(finding.gaps) },
  { name: "last_seen_good_at", cell: ({ finding }) => seen(finding, finding.last_seen_good_at) },
  // Of all findings of this policy on this subject: which of them there were at which time is not kept.
  { name: "policy_first_failed_at", cell: ({ finding }) => seen(finding, finding.first_seen_bad_at) },
  { name: "last_seen_bad_at", cell: ({ finding }) => lastBad(finding) },
  { name: "unjudged_count", cell: ({ finding }) => seen(finding, finding.unjudged_count) },
  { name: "fixed_at", cell: () => "not fixed" },
  notCollected("ticket"),
  notCollected("waiver"),
  { name: "auditor_tick_mark", cell: () => "" },
  { name: "auditor_remarks", cell: () => "" },
];

/** What earlier snapshots say, or that there were none to look at. */
function seen({ unjudged_count }: Finding, value: CsvCell | undefined): CsvCell {
  return value ?? (unjudged_count === undefined ? "no earlier snapshot" : "not in the snapshots looked at");
}

/** A deviation was last seen bad now; an unknown, where it failed before. */
function lastBad(finding: Finding): CsvCell {
  return finding.status === "violation" ? finding.as_of : seen(finding, finding.last_seen_bad_at);
}

/** Every deviation, unknown and error of a policy, with the numbers of the PDF. */
export function findingsCsv(source: EvidencePackage): string {
  const register = makeRegister(source);
  return csv([...columns(register), ...provenance(source.head)], numberedFindings(register));
}
