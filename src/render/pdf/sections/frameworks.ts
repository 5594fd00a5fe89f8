import type { ControlStatus } from "../../../controls/index.ts";
import type { EvidenceHead, FrameworkResult } from "../../../evidence/index.ts";
import { NOT_STATED_BY_ENTITY, statedControls } from "../../own-controls.ts";
import { howMade } from "../../populations.ts";
import { runs, type Numbered } from "../../register.ts";
import { inWords, provenance, thresholds } from "../../thresholds.ts";
import { CONTROL_ORDER, CONTROL_WORDS, FINDING_WORDS, counted, sentence } from "../../words.ts";
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
import type { Inline } from "../text.ts";

/** Each framework: its controls with their status, then every control by itself. */
export const frameworks: Section = (document, report) => {
  for (const [index, framework] of report.head.frameworks.entries()) {
    if (index > 0) document.startSection();
    document.heading(1, `Results: ${framework.title}`, { anchor: frameworkAnchor(framework) });
    overview(document, framework);
    for (const control of framework.controls) oneControl(document, report, control);
  }
};

function overview(document: Document, framework: FrameworkResult): void {
  facts(document, [
    ["Edition", framework.edition],
    ["Published by", framework.publisher],
    ["Mapping made from", framework.source],
    ["Ids compared with", stated(framework.checked)],
    ["Mapping", digest(framework.mapping_sha256)],
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
      statusText(CONTROL_WORDS[control.status]),
      count(control.counts.deviation, "bad"),
      count(control.counts.waived, "unknown"),
      count(control.counts.undetermined, "unknown"),
    ]),
  });
}

function oneControl(document: Document, report: Report, control: ControlStatus): void {
  document.heading(2, `${control.control_id}  ${sentence(control.title)}`, {
    anchor: controlAnchor(control.framework, control.control_id),
    listed: false,
  });
  const word = CONTROL_WORDS[control.status];
  const tone = TONES[word.tone];
  document.callout({ tint: tone.tint, bar: tone.ink }, statusText(word), `   ${control.why}`);
  facts(document, about(report, control));
  ownControls(document, report, control);
  if (control.policies.length > 0) procedures(document, report, control);
  if (control.unanswered.length > 0) unanswered(document, control);
  findings(document, report, control);
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

function about({ head }: Report, control: ControlStatus): [string, Cell][] {
  const own = statedControls(head, control).map(({ id }) => id);
  return [
    ["Criterion (paraphrased)", sentence(control.title)],
    [
      "Entity’s own control",
      own.length === 0
        ? {
            text: `Id, wording, owner, frequency and nature: ${NOT_STATED_BY_ENTITY}`,
            colour: "quiet",
          }
        : own.join(", "),
    ],
    ...(control.policies.length === 0
      ? []
      : ([
          ["Nature of the test", "Automated, of configuration, detective; the whole population, no sample"],
          ["Population", population(head, control)],
          ["Repeated by", mono(head.reproduce)],
        ] satisfies [string, Cell][])),
    ...(control.other_edition === undefined
      ? []
      : [["In another edition", control.other_edition] satisfies [string, Cell]]),
    ...(control.note === undefined ? [] : [["Note", control.note] satisfies [string, Cell]]),
    ...(control.verify === undefined
      ? []
      : [
          [
            "Control id",
            "▲ From general knowledge; compare it with the framework’s text before relying on it",
          ] satisfies [string, Cell],
        ]),
    ...(control.attestation_needed
      ? [
          ["Attestation", "▲ Part of this control is answered only by a person’s attestation"] satisfies [
            string,
            Cell,
          ],
        ]
      : []),
  ];
}

/** Every kind that was tested, how many, and how they came together. */
function population(head: EvidenceHead, control: ControlStatus): Cell {
  const kinds = [...new Set(control.policies.map(({ subject_kind }) => subject_kind))].sort();
  return kinds.flatMap((kind) => {
    const size = control.subjects[kind] ?? 0;
    return [
      para("cell", size === 0 ? strong(`▲ ${sentence(kind)}: empty, nothing to test`) : counted(size, kind)),
      fine(sentence(howMade(head, kind))),
    ];
  });
}

function procedures(document: Document, report: Report, control: ControlStatus): void {
  document.heading(3, "Procedures and results", { keep: 80 });
  const results = new Map(report.head.policies.map((result) => [result.policy.policy_id, result]));
  const rows = control.policies.map((policy): Cell[] => {
    const result = results.get(policy.policy_id);
    const limits =
      result === undefined ? [] : thresholds(result).map((threshold) => fine(inWords(threshold)));
    return [
      [
        para("cell", policy.title),
        para("small", policyLink(report, policy.policy_id), `, ${policy.severity}, ${policy.strength}`),
        ...limits,
        ...(result === undefined || limits.length === 0 ? [] : [fine(`Thresholds: ${provenance(result)}.`)]),
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
      statusText(CONTROL_WORDS[policy.status]),
      ...numbers(policy.counts),
    ];
  });
  table(document, {
    columns: [
      { title: "Procedure", share: 0.4, names: true },
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
      [
        [strong("All"), para("small", "one result for each subject and policy")],
        statusText(CONTROL_WORDS[control.status]),
        ...numbers(control.counts),
      ],
    ],
  });
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
  document.heading(3, "Not answered by any policy");
  document.bullets(control.unanswered.map(({ title, strength }) => `${sentence(title)} (${strength})`));
}

function findings(document: Document, report: Report, control: ControlStatus): void {
  const all = report.register.byControl.get(`${control.framework} ${control.control_id}`) ?? [];
  if (all.length === 0) return;
  const shown = all.slice(0, report.definition.findings_per_control);
  document.heading(3, "Findings");
  document.paragraph(
    "body",
    `${counted(all.length, "finding")}: `,
    ...runs(all).flatMap((run, index): Inline[] => [
      index === 0 ? "" : ", ",
      findingLink(report, run.first),
      ...(run.count === 1 ? [] : [" to ", findingLink(report, run.last)]),
    ]),
    shown.length < all.length ? `. The first ${shown.length}:` : ".",
  );
  if (shown.length === 0) return;
  table(document, {
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
