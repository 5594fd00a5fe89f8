import type { ControlStatus } from "../../controls/index.ts";
import type { EvidenceHead, EvidencePackage, FrameworkResult } from "../../evidence/index.ts";
import { NOT_STATED_BY_ENTITY, statedControls, type StatedControl } from "../own-controls.ts";
import { howMade } from "../populations.ts";
import { makeRegister, runs, type Register } from "../register.ts";
import { inWords, provenance as provenanceOfLimits, thresholds } from "../thresholds.ts";
import { CONTROL_WORDS } from "../words.ts";
import { provenance } from "./provenance.ts";
import { csv, joined, type CsvColumn } from "./table.ts";

interface Row {
  readonly head: EvidenceHead;
  readonly framework: FrameworkResult;
  readonly control: ControlStatus;
  readonly register: Register;
}

const COLUMNS: readonly CsvColumn<Row>[] = [
  { name: "framework", cell: ({ framework }) => framework.framework },
  { name: "framework_title", cell: ({ framework }) => framework.title },
  { name: "edition", cell: ({ framework }) => framework.edition },
  { name: "control_id", cell: ({ control }) => control.control_id },
  { name: "criterion", cell: ({ control }) => control.title },
  { name: "status", cell: ({ control }) => CONTROL_WORDS[control.status].word.toLowerCase() },
  { name: "why", cell: ({ control }) => control.why },
  { name: "own_control_id", cell: own(({ id }) => id) },
  { name: "own_control_title", cell: own(({ title }) => title) },
  { name: "own_control_wording", cell: own(({ wording }) => wording) },
  { name: "own_control_owner", cell: own(({ owner }) => owner) },
  { name: "own_control_frequency", cell: own(({ frequency }) => frequency) },
  { name: "own_control_nature", cell: own(({ nature }) => nature) },
  {
    name: "procedures",
    cell: ({ control }) =>
      joined(
        control.policies.map(({ policy_id, title, strength }) => `${title} (${policy_id}, ${strength})`),
      ),
  },
  { name: "thresholds", cell: limits },
  {
    name: "subjects",
    cell: ({ control }) =>
      joined(Object.entries(control.subjects).map(([kind, count]) => `${kind} ${count}`)),
  },
  {
    name: "population_made_by",
    cell: ({ control, head }) => joined(kindsOf(control).map((kind) => `${kind}: ${howMade(head, kind)}`)),
  },
  { name: "results", cell: ({ control }) => control.counts.population },
  { name: "compliant", cell: ({ control }) => control.counts.compliant },
  { name: "deviation", cell: ({ control }) => control.counts.deviation },
  { name: "waived", cell: ({ control }) => control.counts.waived },
  { name: "undetermined", cell: ({ control }) => control.counts.undetermined },
  { name: "not_applicable", cell: ({ control }) => control.counts.not_applicable },
  { name: "policy_errors", cell: ({ control }) => control.counts.error },
  {
    name: "unanswered",
    cell: ({ control }) => joined(control.unanswered.map(({ title, strength }) => `${title} (${strength})`)),
  },
  { name: "attestation_needed", cell: ({ control }) => (control.attestation_needed ? "yes" : "no") },
  { name: "findings", cell: findings },
  {
    name: "test_nature",
    cell: whereTested(() => "automated test of configuration, detective; whole population"),
  },
  { name: "reproduce", cell: whereTested(({ head }) => head.reproduce) },
  { name: "other_edition", cell: ({ control }) => control.other_edition ?? "" },
  { name: "note", cell: ({ control }) => control.note ?? "" },
  {
    name: "id_checked",
    cell: ({ control }) => (control.verify === undefined ? "yes" : "no, from general knowledge"),
  },
  { name: "mapping_checked", cell: ({ framework }) => framework.checked ?? "not stated" },
  { name: "mapping_sha256", cell: ({ framework }) => framework.mapping_sha256 },
];

/** A control that no policy answers was not tested, so there is nothing to repeat. */
function whereTested(cell: (row: Row) => string): (row: Row) => string {
  return (row) => (row.control.policies.length === 0 ? "not tested" : cell(row));
}

/** One part of each of the entity's own controls, or that there is none. */
function own(part: (control: StatedControl) => string): (row: Row) => string {
  return ({ head, control }) => {
    const stated = statedControls(head, control);
    return stated.length === 0 ? NOT_STATED_BY_ENTITY : joined(stated.map(part));
  };
}

/** Limits in force, each with whose they are. */
function limits({ head, control }: Row): string {
  const applied = new Set(control.policies.map(({ policy_id }) => policy_id));
  const results = head.policies.filter(({ policy }) => applied.has(policy.policy_id));
  return joined(
    results.flatMap((result) =>
      thresholds(result).map(
        (limit) => `${result.policy.policy_id} ${inWords(limit)} [${provenanceOfLimits(result)}]`,
      ),
    ),
  );
}

/** Kinds of subjects that the control's policies judge, also those of which there were none. */
const kindsOf = ({ policies }: ControlStatus): string[] =>
  [...new Set(policies.map(({ subject_kind }) => subject_kind))].sort();

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
    framework.controls.map((control) => ({ head: source.head, framework, control, register })),
  );
  return csv([...COLUMNS, ...provenance(source.head)], rows);
}
