import type { EvidenceHead } from "../../evidence/index.ts";
import type { CsvColumn } from "./table.ts";

/** Columns at the end of every list: of which evidence the row is a part, wherever it is copied to. */
export function provenance({ entity, package_id, snapshot, as_of }: EvidenceHead): CsvColumn<unknown>[] {
  return [
    { name: "entity", cell: () => entity.name },
    { name: "request_id", cell: () => entity.request_id ?? "not stated" },
    { name: "as_of", cell: () => as_of },
    { name: "snapshot_id", cell: () => snapshot.snapshot_id },
    { name: "package_id", cell: () => package_id },
  ];
}
