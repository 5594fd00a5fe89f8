import type { EvidencePackage } from "../../evidence/index.ts";
import { gapFix } from "../../facts/index.ts";
import { makeRegister, type NumberedGap } from "../register.ts";
import { REASON_WORDS } from "../words.ts";
import { provenance } from "./provenance.ts";
import { csv, joined, type CsvColumn } from "./table.ts";

const COLUMNS: readonly CsvColumn<NumberedGap>[] = [
  { name: "number", cell: ({ number }) => number },
  { name: "gap", cell: ({ gap }) => gap.gap },
  { name: "store_id", cell: ({ gap }) => gap.store_id },
  { name: "scope", cell: ({ gap }) => gap.scope },
  { name: "resource", cell: ({ gap }) => gap.resource ?? "the whole scope" },
  { name: "operation", cell: ({ gap }) => gap.operation },
  { name: "reason", cell: ({ gap }) => gap.reason },
  { name: "reason_in_words", cell: ({ gap }) => REASON_WORDS[gap.reason] },
  { name: "detail", cell: ({ gap }) => gap.detail },
  { name: "hides", cell: ({ gap }) => joined(gap.hides) },
  { name: "fix", cell: ({ gap }) => gapFix(gap) },
  { name: "record", cell: ({ gap }) => gap.record ?? "none: no answer was kept" },
  { name: "from_at", cell: ({ gap }) => gap.from_at ?? "" },
  { name: "to_at", cell: ({ gap }) => gap.to_at ?? "" },
];

/** Everything that could not be read. */
export function gapsCsv(source: EvidencePackage): string {
  return csv([...COLUMNS, ...provenance(source.head)], makeRegister(source).gaps);
}
