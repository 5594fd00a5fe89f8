import type { AccessRow, EvidencePackage } from "../../evidence/index.ts";
import { assigned } from "../words.ts";
import { grantReference } from "./grants.ts";
import { csvChunks, joined, notCollected, type CsvColumn } from "./table.ts";

/** Of the most certain path; the columns beside it say which actions rest on what. */
function certaintyOf({ certain, conditional }: AccessRow): string {
  if (certain.length > 0) return "certain";
  return conditional.length > 0 ? "conditional" : "possible";
}

const COLUMNS: readonly CsvColumn<AccessRow>[] = [
  { name: "principal_id", cell: (row) => row.principal_id },
  { name: "principal_name", cell: (row) => row.principal_name },
  { name: "principal_type", cell: (row) => row.principal_type },
  { name: "principal_owner", cell: (row) => assigned(row.principal, "owner") },
  notCollected("person"),
  notCollected("employment_status"),
  notCollected("title"),
  notCollected("manager"),
  notCollected("third_party"),
  { name: "secret_id", cell: (row) => row.secret_id },
  { name: "store_id", cell: (row) => row.store_id },
  notCollected("account"),
  { name: "environment", cell: (row) => assigned(row.secret, "environment") },
  { name: "tier", cell: (row) => assigned(row.secret, "tier") },
  { name: "secret_owner", cell: (row) => assigned(row.secret, "owner") },
  { name: "certain_actions", cell: (row) => joined(row.certain) },
  { name: "conditional_actions", cell: (row) => joined(row.conditional) },
  { name: "possible_actions", cell: (row) => joined(row.possible) },
  { name: "certainty", cell: certaintyOf },
  { name: "path_count", cell: (row) => row.path_count },
  { name: "first_path", cell: (row) => row.path },
  {
    name: "first_conditions",
    cell: (row) => (row.conditions.length === 0 ? "none" : joined(row.conditions)),
  },
  notCollected("granted_at"),
  notCollected("last_used_at"),
  notCollected("observed_from"),
  notCollected("request"),
  notCollected("approver"),
  notCollected("ends_at"),
  { name: "grants", cell: (row) => joined(row.grant_ids.map(grantReference)) },
];

/**
 * The access list: one row for each principal and secret. In pieces, since it may be larger than memory, and with nothing
 * twice: paths, conditions and records stand in `grants.csv`, under the references of the column `grants`; the package, by
 * its id, says as of when and from which snapshot.
 */
export function accessCsv(source: EvidencePackage): Generator<string> {
  return csvChunks([...COLUMNS, { name: "package_id", cell: () => source.head.package_id }], source.access());
}
