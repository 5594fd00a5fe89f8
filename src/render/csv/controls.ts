import type { ControlStatus } from "../../controls/index.ts";
import type { EvidencePackage, FrameworkResult } from "../../evidence/index.ts";
import { makeRegister, runs, type Register } from "../register.ts";
import { CONTROL_WORDS } from "../words.ts";
import { provenance } from "./provenance.ts";
import { csv, joined, notCollected, type CsvColumn } from "./table.ts";

interface Row {
  readonly framework: FrameworkResult;
  readonly control: ControlStatus;
  readonly register: Register;
}

const COLUMNS: readonly CsvColumn<Row>[] = [
  { name: "framework", cell: ({ framework }) => framework.framework },
  { name: "framework_title", cell: ({ framework }) => framework.title },
  { name: "edition", cell: ({ framework }) => framework.edition },
  { name: "control_id", cell: ({ control }) => control.control_id },
  { name: "title", cell: ({ control }) => control.title },
  { name: "status", cell: ({ control }) => CONTROL_WORDS[control.status].word.toLowerCase() },
  { name: "why", cell: ({ control }) => control.why },
  { name: "population", cell: ({ control }) => control.counts.population },
  { name: "compliant", cell: ({ control }) => control.counts.compliant },
  { name: "deviation", cell: ({ control }) => control.counts.deviation },
  { name: "waived", cell: ({ control }) => control.counts.waived },
  { name: "undetermined", cell: ({ control }) => control.counts.undetermined },
  { name: "not_applicable", cell: ({ control }) => control.counts.not_applicable },
  { name: "policy_errors", cell: ({ control }) => control.counts.error },
  {
    name: "subjects",
    cell: ({ control }) =>
      joined(Object.entries(control.subjects).map(([kind, count]) => `${kind} ${count}`)),
  },
  {
    name: "policies",
    cell: ({ control }) =>
      joined(control.policies.map(({ policy_id, strength }) => `${policy_id} (${strength})`)),
  },
  {
    name: "unanswered",
    cell: ({ control }) => joined(control.unanswered.map(({ title, strength }) => `${title} (${strength})`)),
  },
  { name: "attestation_needed", cell: ({ control }) => (control.attestation_needed ? "yes" : "no") },
  { name: "findings", cell: findings },
  { name: "nature", cell: () => "automated test of configuration, detective; whole population" },
  notCollected("own_control_id"),
  notCollected("owner"),
  notCollected("frequency"),
  { name: "other_edition", cell: ({ control }) => control.other_edition ?? "" },
  { name: "note", cell: ({ control }) => control.note ?? "" },
  {
    name: "id_checked",
    cell: ({ control }) => (control.verify === undefined ? "yes" : "no, from general knowledge"),
  },
  { name: "mapping_sha256", cell: ({ framework }) => framework.mapping_sha256 },
];

function findings({ control, register }: Row): string {
  const numbered = register.byControl.get(`${control.framework} ${control.control_id}`) ?? [];
  return joined(
    runs(numbered).map(({ first, last, count }) =>
      count === 1 ? first.number : `${first.number} to ${last.number}`,
    ),
  );
}

/** Every control of every framework with its status, its counts and the numbers of its findings. */
export function controlsCsv(source: EvidencePackage): string {
  const register = makeRegister(source);
  const rows = source.head.frameworks.flatMap((framework) =>
    framework.controls.map((control) => ({ framework, control, register })),
  );
  return csv([...COLUMNS, ...provenance(source.head)], rows);
}
