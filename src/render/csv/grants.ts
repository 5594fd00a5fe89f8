import { pathText, policyLine } from "../../access/index.ts";
import type { EvidencePackage, GrantLine } from "../../evidence/index.ts";
import { provenance } from "./provenance.ts";
import { csvChunks, joined, type CsvColumn } from "./table.ts";

/** Hexadecimal digits of a grant's id that name it in a list: 64 bits, so that no two of a package are alike. */
const REFERENCE_DIGITS = 16;

/** How `access.csv` names a grant; `grants.csv` has the whole id beside it. */
export function grantReference(grantId: string): string {
  return grantId.slice(0, REFERENCE_DIGITS);
}

const COLUMNS: readonly CsvColumn<GrantLine>[] = [
  { name: "grant", cell: ({ id }) => grantReference(id) },
  { name: "principal_id", cell: ({ principal_id }) => principal_id },
  { name: "store_id", cell: ({ store_id }) => store_id },
  { name: "actions", cell: ({ actions }) => joined(actions) },
  { name: "certainty", cell: ({ certainty }) => certainty },
  { name: "conditions", cell: ({ conditions }) => (conditions.length === 0 ? "none" : joined(conditions)) },
  { name: "target_count", cell: ({ target_count }) => target_count },
  { name: "path_count", cell: ({ path }) => path.length },
  { name: "path", cell: ({ path }) => pathText(path) },
  { name: "policy_lines", cell: ({ path }) => joined([...new Set(path.map(policyLine))]) },
  { name: "records", cell: ({ records }) => joined(records) },
  { name: "grant_id", cell: ({ id }) => id },
];

/** Every grant once: whose, by which paths and policy lines, on which conditions, to how many secrets. */
export function grantsCsv(source: EvidencePackage): Generator<string> {
  return csvChunks([...COLUMNS, ...provenance(source.head)], source.grants());
}
