import type { EvidencePackage, PastFinding } from "../../evidence/index.ts";
import { PAST_WORDS } from "../words.ts";
import { provenance } from "./provenance.ts";
import { csv, type CsvColumn } from "./table.ts";

const COLUMNS: readonly CsvColumn<PastFinding>[] = [
  { name: "finding_id", cell: (past) => past.finding_id },
  { name: "now", cell: (past) => PAST_WORDS[past.now].word.toLowerCase() },
  { name: "severity", cell: (past) => past.severity },
  { name: "policy_id", cell: (past) => past.policy_id },
  { name: "title", cell: (past) => past.title },
  { name: "subject_kind", cell: (past) => past.subject_kind },
  { name: "subject_id", cell: (past) => past.subject_id },
  { name: "subject_name", cell: (past) => past.subject_name },
  { name: "store_id", cell: (past) => past.store_id },
  { name: "last_seen_good_at", cell: (past) => past.last_seen_good_at ?? "not in the snapshots looked at" },
  { name: "first_seen_bad_at", cell: (past) => past.first_seen_bad_at },
  { name: "last_seen_bad_at", cell: (past) => past.last_seen_bad_at },
  { name: "fixed_at", cell: (past) => past.fixed_at ?? "not seen fixed" },
  { name: "ended_at", cell: (past) => past.ended_at ?? "" },
  { name: "unjudged_count", cell: (past) => past.unjudged_count },
  { name: "auditor_tick_mark", cell: () => "" },
  { name: "auditor_remarks", cell: () => "" },
];

/** What failed in an earlier snapshot and is no finding now. */
export function pastFindingsCsv(source: EvidencePackage): string {
  return csv([...COLUMNS, ...provenance(source.head)], source.past);
}
