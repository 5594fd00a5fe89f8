import type { AccessRow, EvidencePackage } from "../../evidence/index.ts";
import { provenance } from "./provenance.ts";
import { csvChunks, joined, notCollected, type CsvColumn } from "./table.ts";

const assigned = (text: string): string => (text === "" ? "not assigned" : text);

const COLUMNS: readonly CsvColumn<AccessRow>[] = [
  { name: "principal_id", cell: (row) => row.principal_id },
  { name: "principal_name", cell: (row) => row.principal_name },
  { name: "principal_type", cell: (row) => row.principal_type },
  { name: "principal_owner", cell: (row) => assigned(row.principal_owner) },
  notCollected("person"),
  notCollected("employment_status"),
  notCollected("title"),
  notCollected("manager"),
  notCollected("third_party"),
  { name: "secret_id", cell: (row) => row.secret_id },
  { name: "secret_name", cell: (row) => row.secret_name },
  { name: "store_id", cell: (row) => row.store_id },
  notCollected("account"),
  { name: "environment", cell: (row) => assigned(row.environment) },
  { name: "tier", cell: (row) => assigned(row.tier) },
  { name: "secret_owner", cell: (row) => assigned(row.secret_owner) },
  { name: "actions", cell: (row) => joined(row.actions) },
  { name: "path", cell: (row) => row.path },
  { name: "conditions", cell: (row) => (row.conditions.length === 0 ? "none" : joined(row.conditions)) },
  { name: "certainty", cell: (row) => row.certainty },
  notCollected("granted_at"),
  notCollected("last_used_at"),
  notCollected("observed_from"),
  notCollected("request"),
  notCollected("approver"),
  notCollected("ends_at"),
  { name: "grant_id", cell: (row) => row.grant_id },
];

/**
 * The access list: one row for each principal, secret and path. In pieces, since it may be larger than memory. The records
 * behind a row stand once, under its `grant_id`, in the package's part `grants`.
 */
export function accessCsv(source: EvidencePackage): Generator<string> {
  return csvChunks([...COLUMNS, ...provenance(source.head)], source.access());
}
