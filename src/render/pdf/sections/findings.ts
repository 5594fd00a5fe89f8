import type { Finding } from "../../../evidence/index.ts";
import type { FindingGroup, Numbered } from "../../register.ts";
import { FINDING_WORDS, counted } from "../../words.ts";
import { code, fine, para, prose, strong, type Cell, type Paragraph } from "../blocks.ts";
import type { Document } from "../document.ts";
import {
  findingAnchor,
  gapAnchor,
  policyLink,
  reference,
  statusText,
  type Report,
  type Section,
} from "../report.ts";
import { table, type Column } from "../table.ts";
import type { Inline } from "../text.ts";

/** Digests of records that are printed with one finding; the list `findings.csv` has them all. */
const MAX_RECORDS = 2;

/** Gaps that are named with one finding. */
const MAX_GAPS = 6;

const COLUMNS: readonly Column[] = [
  { title: "No. and id", share: 0.1, names: true },
  { title: "Subject", share: 0.25 },
  { title: "Actual", share: 0.16 },
  { title: "Expected", share: 0.12 },
  { title: "Evidence", share: 0.2 },
  { title: "Tick-mark", share: 0.06, blank: true },
  { title: "Auditor’s remarks", share: 0.12, blank: true },
];

/** What is unknown has no actual value, and what would have been expected stands with the policy. */
const UNKNOWN_COLUMNS: readonly Column[] = COLUMNS.flatMap((column): Column[] => {
  if (column.title === "Expected") return [];
  return [column.title === "Actual" ? { title: "Why it is not known", share: 0.28 } : column];
});

/** Every deviation, once, with room for the auditor. */
export const deviations: Section = (document, report) => {
  const { deviations: groups, errors } = report.register;
  document.heading(1, "Register of deviations", { anchor: "deviations" });
  const total = size(groups);
  if (total === 0) {
    document.paragraph(
      "body",
      "No deviation was found in what could be read. What could not be judged stands in the register of unknowns.",
    );
  } else {
    document.paragraph(
      "body",
      `${counted(total, "finding")}, each once, by severity and policy. A policy may find several faults in one subject. `,
      HOW_TO_READ,
    );
  }
  for (const group of groups) printGroup(document, report, group);
  if (errors.length === 0) return;
  document.heading(2, "Errors of policies", { anchor: "policy-errors" });
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    strong("■ These policies failed while they judged. "),
    "Their subjects count as undetermined.",
  );
  for (const group of errors) printGroup(document, report, group);
};

const HOW_TO_READ =
  "The number holds in this report only; the id below it stays the same from report to report. The digest under " +
  "“Evidence” names the answer of the store that the finding rests on. The last two columns are the auditor’s.";

/** Everything that could not be judged, and why. */
export const unknowns: Section = (document, report) => {
  const groups = report.register.unknowns;
  document.heading(1, "Register of unknowns", { anchor: "unknowns" });
  const total = size(groups);
  if (total === 0) {
    document.paragraph("body", "Every policy could be judged for every subject of its population.");
    return;
  }
  document.callout(
    { tint: "unknownTint", bar: "unknown" },
    strong(`▲ ${counted(total, "result")} undetermined. `),
    "For each of these it is not known whether the requirement is met. None of them counts as compliant.",
  );
  for (const group of groups) printGroup(document, report, group, true);
};

function size(groups: readonly FindingGroup[]): number {
  return groups.reduce((sum, { findings }) => sum + findings.length, 0);
}

function printGroup(document: Document, report: Report, group: FindingGroup, unknown = false): void {
  document.heading(2, `${group.title} (${group.findings.length})`, { listed: false, keep: 150 });
  document.paragraph(
    "small",
    "Policy ",
    policyLink(report, group.policy_id),
    `, severity ${group.severity}. Speaks for: ${controls(group)}.`,
    ...remediation(group),
  );
  table(document, {
    columns: unknown ? UNKNOWN_COLUMNS : COLUMNS,
    rows: rows(report, group, unknown),
  });
}

function controls({ findings }: FindingGroup): string {
  const all = new Set(findings.flatMap(({ finding }) => finding.controls));
  return all.size === 0 ? "no control in scope" : [...all].sort().join("; ");
}

function remediation({ findings }: FindingGroup): Inline[] {
  const texts = new Set(findings.flatMap(({ finding }) => finding.remediation ?? []));
  return [...texts].slice(0, 4).flatMap((text) => [" What to do: ", ...prose(text)]);
}

function* rows(report: Report, { findings }: FindingGroup, unknown: boolean) {
  for (const numbered of findings) {
    const { number, finding } = numbered;
    yield {
      anchor: findingAnchor(number),
      cells: [
        [
          para("cell", strong(number)),
          para("small", statusText(FINDING_WORDS[finding.status])),
          code(finding.finding_id.slice(0, 16)),
        ],
        subject(finding),
        actual(finding),
        ...(unknown ? [] : [finding.expected === "" ? "" : para("cell", finding.expected)]),
        evidence(report, numbered),
      ] satisfies Cell[],
    };
  }
}

function subject(finding: Finding): Cell {
  const tier =
    finding.tier ?? (finding.tier_assumed === undefined ? "none" : `none, judged as ${finding.tier_assumed}`);
  return [
    ...nativeId(finding),
    fine(
      [
        `${finding.subject_kind} in ${finding.store_id}`,
        `tier ${tier}`,
        `owner ${finding.owner ?? "not assigned"}`,
        finding.environment,
      ]
        .filter((part) => part !== undefined)
        .join("; "),
    ),
  ];
}

/** The native id with the name in it set off, or both where the name is no part of the id. */
function nativeId({ subject_id: id, subject_name: name }: Finding): Paragraph[] {
  if (!id.endsWith(name)) return [para("cell", strong(name)), code(id)];
  const prefix = { text: id.slice(0, id.length - name.length), colour: "quiet", size: 7 } as const;
  return [para("cell", prefix, strong(name))];
}

function actual({ status, actual: found, message, unknown_because: because }: Finding): Cell {
  const parts: Paragraph[] = [];
  if (status === "undetermined") {
    parts.push(para("cell", { text: because ?? "Not known", colour: "unknown" }));
  } else if (found !== "") parts.push(para("cell", found));
  if (message !== "" && message !== found && message !== because) parts.push(fine(message));
  return parts;
}

function evidence(report: Report, { finding }: Numbered): Paragraph[] {
  const seen = [
    ["last good", finding.last_seen_good_at],
    ["first bad", finding.first_seen_bad_at],
    ["last bad", finding.last_seen_bad_at],
  ].flatMap(([name, instant]) => (instant === undefined ? [] : [`${name} ${instant}`]));
  const unjudged = finding.unjudged_count ?? 0;
  if (unjudged > 0) seen.push(`not judged in ${counted(unjudged, "snapshot")} since`);
  const hidden = finding.records.length - MAX_RECORDS;
  return [
    ...finding.records.slice(0, MAX_RECORDS).map((record) => code(record)),
    ...(hidden > 0 ? [fine(`and ${counted(hidden, "record")} more in findings.csv`)] : []),
    ...gapLinks(report, finding),
    ...(seen.length === 0 ? [] : [fine(seen.join("; "))]),
  ];
}

function gapLinks(report: Report, { gaps }: Finding): Paragraph[] {
  if (gaps.length === 0) return [];
  const named = gaps.slice(0, MAX_GAPS).flatMap((gap, index): Inline[] => {
    const number = report.register.gapNumbers.get(gap);
    const before = index === 0 ? "" : ", ";
    return [
      before,
      number === undefined ? gap.slice(0, 16) : reference(report, "gaps", number, gapAnchor(number)),
    ];
  });
  const more = gaps.length - MAX_GAPS;
  return [para("fine", "Gaps: ", ...named, more > 0 ? ` and ${more} more in findings.csv` : "")];
}
