import { counted } from "../../../base/index.ts";
import type { ControlStatus } from "../../../controls/index.ts";
import type { EvidenceHead, FrameworkResult } from "../../../evidence/index.ts";
import { statedControls } from "../../own-controls.ts";
import { howMade } from "../../populations.ts";
import { runs, type Numbered } from "../../register.ts";
import { inWords, provenance, thresholds } from "../../thresholds.ts";
import { CONTROL_ORDER, CONTROL_WORDS, FINDING_WORDS, sentence, words } from "../../words.ts";
import { fine, linkTo, mono, para, strong, type Cell } from "../blocks.ts";
import type { Document } from "../document.ts";
import {
  TONES,
  controlAnchor,
  count,
  digest,
  findingAnchor,
  frameworkAnchor,
  policyLink,
  reference,
  stated,
  statusText,
  type Report,
  type Section,
} from "../report.ts";
import { facts, table } from "../table.ts";
import { appliesToNothing, idlePolicies, idleTable } from "./not-applying.ts";
import type { Inline } from "../text.ts";
import { STYLES } from "../theme.ts";

/** Each framework: its controls with their status, then every control by itself. */
export const frameworks: Section = (document, report) => {
  for (const [index, framework] of report.head.frameworks.entries()) {
    if (index > 0) document.startSection();
    document.heading(1, `Results: ${framework.title}`, { anchor: frameworkAnchor(framework) });
    overview(document, report.head, framework);
    idle(document, report, framework);
    for (const control of framework.controls) oneControl(document, report, control);
  }
};

const OF_EACH_CONTROL =
  "Automated, detective, of configuration; over the whole population, without a sample. The heading of a control is its " +
  "criterion in our words. Where no control of the entity is named beside it, its id, wording, owner, frequency and nature " +
  "were not stated by the entity. Thresholds and sources stand with the policies.";

function overview(document: Document, head: EvidenceHead, framework: FrameworkResult): void {
  facts(document, [
    ["Edition", framework.edition],
    ["Published by", framework.publisher],
    ["Mapping made from", framework.source],
    ["Ids compared with", stated(framework.checked)],
    ["Mapping", digest(framework.mapping_sha256)],
    ["Tests", OF_EACH_CONTROL],
    ["Repeated by", mono(head.reproduce)],
    ["Populations", populations(head, framework)],
    [
      "Controls",
      CONTROL_ORDER.flatMap((status): Inline[] => {
        const value = framework.status_counts[status] ?? 0;
        return value === 0 ? [] : [statusText(CONTROL_WORDS[status]), ` ${value}   `];
      }),
    ],
  ]);
  table(document, {
    columns: [
      { title: "Control", share: 0.2, names: true },
      { title: "In our words", share: 0.36 },
      { title: "Status", share: 0.16 },
      { title: "Deviations", share: 0.1, align: "right" },
      { title: "Waived", share: 0.08, align: "right" },
      { title: "Undeter-mined", share: 0.1, align: "right" },
    ],
    rows: framework.controls.map((control) => [
      linkTo(control.control_id, controlAnchor(framework.framework, control.control_id)),
      sentence(control.title),
      [statusText(CONTROL_WORDS[control.status]), ...unseenReason(control).map((reason) => fine(reason))],
      count(control.counts.deviation, "bad"),
      count(control.counts.waived, "unknown"),
      count(control.counts.undetermined, "unknown"),
    ]),
  });
}

/** Why a control is undetermined of which no result is: the numbers beside it do not say so. Empty where they do. */
export function unseenReason({ status, counts, policies, unanswered }: ControlStatus): string[] {
  if (status !== "undetermined" || counts.undetermined > 0) return [];
  const gaps = policies.some(({ population_gap_count }) => population_gap_count > 0);
  const open = unanswered.some(({ strength }) => strength === "direct");
  return [
    ...(gaps ? ["gaps may hide more to test"] : []),
    ...(open ? ["no policy answers a part of it"] : []),
  ];
}

const idleAnchor = (framework: string): string => `applies-to-nothing-${framework}`;

/** What was asked and applies to nothing, once for all controls: in each of them it would hide what does apply. */
function idle(document: Document, report: Report, { framework, controls }: FrameworkResult): void {
  const policies = idlePolicies(controls);
  if (policies.length === 0) return;
  document.heading(2, "Asked, applies to nothing here", { anchor: idleAnchor(framework), listed: false });
  document.paragraph(
    "body",
    `${counted(policies.length, "policy was", "policies were")} put to every subject that they are about, and applied to none of them; no gap may hide one. `,
    "The tables of the controls leave them out and count them.",
  );
  idleTable(document, policies, { nameOf: (id) => policyLink(report, id) });
}

/** Every kind that was tested for the framework, and how its population came together. */
function populations(head: EvidenceHead, { controls }: FrameworkResult): Cell {
  const kinds = controls.flatMap(({ policies }) => policies.map(({ subject_kind }) => subject_kind));
  return [...new Set(kinds)].sort().map((kind) => fine(`${sentence(kind)}: ${howMade(head, kind)}`));
}

/** Points in which a control's result, its population and the first of its procedures stand. */
const CONTROL_BEGINNING = 120;

/** Policies are called by what fails, so one that holds is told as what it did not find. */
const PROCEDURE_WORDS: typeof CONTROL_WORDS = {
  ...CONTROL_WORDS,
  satisfied: { ...CONTROL_WORDS.satisfied, word: "None found" },
};

function oneControl(document: Document, report: Report, control: ControlStatus): void {
  document.heading(2, `${control.control_id}  ${sentence(control.title)}`, {
    anchor: controlAnchor(control.framework, control.control_id),
    listed: false,
    ...(control.policies.length > 0 ? { keep: CONTROL_BEGINNING } : {}),
  });
  const word = CONTROL_WORDS[control.status];
  const tone = TONES[word.tone];
  document.callout({ tint: tone.tint, bar: tone.ink }, statusText(word), `   ${control.why}`);
  about(document, control);
  ownControls(document, report, control);
  if (control.policies.length > 0) procedures(document, report, control);
  if (control.unanswered.length > 0) unanswered(document, control);
  findings(document, report, control);
}

/** What is to be known of one control beside its results; a line each where there is something to say. */
function about(document: Document, control: ControlStatus): void {
  const subjects = Object.entries(control.subjects).map(([kind, value]) => counted(value, words(kind)));
  const edition = control.other_edition === undefined ? "" : ` In another edition: ${control.other_edition}.`;
  const note = control.note === undefined ? "" : ` ${sentence(control.note)}`;
  // Where no policy answers, there is no population to speak of: the result above says so.
  if (control.policies.length > 0 || `${edition}${note}` !== "")
    document.paragraph(
      "small",
      control.policies.length === 0
        ? ""
        : subjects.length === 0
          ? strong(
              control.policies.some(({ population_gap_count }) => population_gap_count > 0)
                ? "▲ Could not be tested: gaps may hide the whole population."
                : "▲ Population empty: there was nothing to test.",
            )
          : `Population: ${subjects.join(", ")}.`,
      edition,
      note,
    );
  const warnings = [
    ...(control.verify === undefined
      ? []
      : ["▲ Control id from general knowledge; compare it with the framework’s text before relying on it."]),
    ...(control.attestation_needed
      ? ["▲ Part of this control is answered only by a person’s attestation."]
      : []),
  ];
  if (warnings.length > 0) document.paragraph("small", { text: warnings.join(" "), colour: "unknown" });
}

/** The control as the entity words it, beside what the framework asks for. */
function ownControls(document: Document, { head }: Report, control: ControlStatus): void {
  for (const { id, title, wording, owner, frequency, nature } of statedControls(head, control)) {
    document.heading(3, `The entity’s control ${id}`, { keep: 60 });
    facts(document, [
      ["Title", title],
      ["Wording", wording],
      ["Owner", owner],
      ["Frequency", frequency],
      ["Nature", nature],
    ]);
  }
}

function procedures(document: Document, report: Report, control: ControlStatus): void {
  const results = new Map(report.head.policies.map((result) => [result.policy.policy_id, result]));
  const idleCount = control.policies.filter(appliesToNothing).length;
  const told = control.policies.filter((policy) => !appliesToNothing(policy));
  const rows = told.map((policy): Cell[] => {
    const result = results.get(policy.policy_id);
    const limits = result === undefined ? [] : thresholds(result).map(inWords);
    return [
      [
        para("dense", policy.title),
        para(
          "fine",
          policyLink(report, policy.policy_id),
          `, ${policy.severity}, ${policy.strength}`,
          ...(result === undefined || limits.length === 0
            ? []
            : [`; ${limits.join("; ")}. Thresholds: ${provenance(result)}.`]),
        ),
        ...(policy.verify === undefined
          ? []
          : [fine("▲ This pairing has not been compared with the framework’s text.", "unknown")]),
        ...(policy.population_gap_count === 0
          ? []
          : [
              fine(
                `▲ ${counted(policy.population_gap_count, "gap")} may hide members of the population.`,
                "unknown",
              ),
            ]),
      ],
      statusText(PROCEDURE_WORDS[policy.status]),
      ...numbers(policy.counts),
    ];
  });
  if (idleCount > 0)
    document.paragraph(
      "small",
      `${counted(idleCount, "policy", "policies")} of ${control.policies.length} `,
      linkTo("asked, applies to nothing here", idleAnchor(control.framework)),
      ".",
    );
  if (rows.length === 0) return;
  table(document, {
    dense: true,
    columns: [
      { title: "Failure looked for", share: 0.4, names: true },
      { title: "Status", share: 0.16 },
      { title: "Popu-lation", share: 0.08, align: "right" },
      { title: "Com-pliant", share: 0.08, align: "right" },
      { title: "Devi-ation", share: 0.08, align: "right" },
      { title: "Waived", share: 0.08, align: "right" },
      { title: "Undeter-mined", share: 0.09, align: "right" },
      { title: "Not appl.", share: 0.07, align: "right" },
    ],
    rows: [
      ...rows,
      // The one policy's row says it already.
      ...(rows.length === 1 && idleCount === 0 ? [] : [allOf(control)]),
    ],
  });
}

/** The row that sums the procedures of a control up. */
function allOf(control: ControlStatus): Cell[] {
  return [
    [
      strong("All"),
      { text: ", one result for each subject and policy", colour: "quiet", size: STYLES.small.size },
    ],
    statusText(CONTROL_WORDS[control.status]),
    ...numbers(control.counts),
  ];
}

function numbers(counts: ControlStatus["counts"]): Cell[] {
  return [
    counts.population === 0 ? { text: "0", face: "strong", colour: "unknown" } : count(counts.population),
    count(counts.compliant),
    count(counts.deviation, "bad"),
    count(counts.waived, "unknown"),
    count(counts.undetermined, "unknown"),
    count(counts.not_applicable),
  ];
}

function unanswered(document: Document, control: ControlStatus): void {
  document.paragraph(
    "small",
    strong("Not answered by any policy: "),
    control.unanswered.map(({ title, strength }) => `${title} (${strength})`).join("; "),
    ".",
  );
}

function findings(document: Document, report: Report, control: ControlStatus): void {
  const all = report.register.byControl.get(`${control.framework} ${control.control_id}`) ?? [];
  if (all.length === 0) return;
  const shown = all.slice(0, report.definition.findings_per_control);
  document.paragraph(
    "small",
    strong(`${counted(all.length, "finding")}: `),
    ...runs(all).flatMap((run, index): Inline[] => [
      index === 0 ? "" : ", ",
      findingLink(report, run.first),
      ...(run.count === 1 ? [] : [" to ", findingLink(report, run.last)]),
    ]),
    shown.length > 0 && shown.length < all.length ? `. The first ${shown.length}:` : ".",
  );
  if (shown.length === 0) return;
  table(document, {
    dense: true,
    columns: [
      { title: "No.", share: 0.11, names: true },
      { title: "Result", share: 0.17 },
      { title: "Subject", share: 0.3 },
      { title: "Policy", share: 0.42 },
    ],
    rows: shown.map((numbered) => [
      findingLink(report, numbered),
      statusText(FINDING_WORDS[numbered.finding.status]),
      numbered.finding.subject_name,
      numbered.finding.title,
    ]),
  });
}

function findingLink(report: Report, { number, finding }: Numbered): Inline {
  const section = finding.status === "undetermined" ? "unknowns" : "deviations";
  return reference(report, section, number, findingAnchor(number));
}
