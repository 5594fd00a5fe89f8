import { compareStrings, counted, number, sortedBy } from "../../../base/index.ts";
import type { Finding } from "../../../evidence/index.ts";
import { gapPlaces, namedText } from "../../../facts/index.ts";
import {
  causeCount,
  causesOf,
  saidAlike,
  type FindingGroup,
  type Numbered,
  type NumberedGap,
  type NumberedGaps,
} from "../../register.ts";
import { words } from "../../words.ts";
import { code, fine, para, prose, strong, type Cell, type Paragraph } from "../blocks.ts";
import type { Document } from "../document.ts";
import { findingAnchor, gapAnchor, policyLink, reference, type Report, type Section } from "../report.ts";
import { table, type Column } from "../table.ts";
import type { Inline } from "../text.ts";
import { STYLES } from "../theme.ts";

/** Records that are named with one finding; the list has them all. */
const MAX_RECORDS = 9;

/** Gaps that are named with one finding. */
const MAX_GAPS = 6;

/** Places that are named with the gaps of several findings. */
const MAX_PLACES = 40;

/** Findings that share what was expected stand together, unless that would make tables of fewer rows than this. */
const LEAST_SHARED = 3;

const NUMBER: Column = { title: "No. and id", share: 0.135, names: true };
const SUBJECT: Column = { title: "Subject", share: 0.28 };
const ABOUT: Column = { title: "Tier; owner; environment", share: 0.21 };
const EXPECTED: Column = { title: "Expected", share: 0.11 };
const EVIDENCE: Column = { title: "Records", share: 0.255 };
const PEN: readonly Column[] = [
  { title: "Tick-mark", share: 0.055, blank: true },
  { title: "Auditor’s remarks", share: 0.09, blank: true },
];

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
      howToRead(report.register.recordDigits),
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

const howToRead = (digits: number): string =>
  "Ids of subjects begin with their store, which stands above each table. The number holds in this report only; the 16 digits beside it begin the finding’s id, which stays the same from report " +
  `to report. “Records” names the answers of the store that a finding rests on by the first ${digits} digits of their ` +
  "digests, which no two in this report share; findings.csv has all 64. The last two columns are the auditor’s.";

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
  document.paragraph("body", howToRead(report.register.recordDigits));
  for (const group of groups) printGroup(document, report, group, true);
};

function size(groups: readonly FindingGroup[]): number {
  return groups.reduce((sum, { findings }) => sum + findings.length, 0);
}

function printGroup(document: Document, report: Report, group: FindingGroup, unknown = false): void {
  const causes = causeCount(report.register, group.findings);
  const alike = causes < group.findings.length ? ` of ${counted(causes, "cause")}` : "";
  document.heading(2, `${group.title} (${group.findings.length}${alike})`, { listed: false, keep: 90 });
  const kind = group.findings[0]?.finding.subject_kind;
  document.paragraph(
    "small",
    "Policy ",
    policyLink(report, group.policy_id),
    `${kind === undefined ? "" : ` about each ${words(kind)}`}, severity ${group.severity}. Speaks for: ${controls(group)}.`,
    ...remediation(group),
  );
  for (const shared of sharing(report, group, unknown)) printShared(document, report, shared, unknown);
}

/** Findings of one policy with what is the same for all of them. */
interface Shared {
  readonly store: string;
  /** What was expected, where it is the same. */
  readonly expected: string | undefined;
  /** What was found, where it is the same, or why it is not known. */
  readonly found: Finding | undefined;
  readonly findings: readonly Numbered[];
}

function sharing(report: Report, { findings }: FindingGroup, unknown: boolean): Shared[] {
  const said = saidAlike(findings.map(({ finding }) => finding));
  const byStore = Map.groupBy(findings, ({ finding }) => finding.store_id);
  return [...byStore].flatMap(([store, inStore]): Shared[] => {
    const same = Map.groupBy(inStore, ({ finding }) =>
      unknown ? reasonOf(report, finding) : JSON.stringify([finding.expected, said(finding)]),
    );
    if (same.size > 1 && inStore.length < LEAST_SHARED * same.size)
      return [{ store, expected: undefined, found: undefined, findings: inStore }];
    return [...same.values()].map((members): Shared => {
      const first = members[0]?.finding;
      const alike = members.every(({ finding }) => foundText(report, finding) === foundText(report, first));
      return { store, expected: first?.expected, found: alike ? first : undefined, findings: members };
    });
  });
}

/** By what unknowns are told apart: what explains their gaps, wherever these are, and where there is none what is said. */
function reasonOf({ register }: Report, finding: Finding): string {
  const { unknown_because: because = "", message, gaps } = finding;
  return [message, gaps.length === 0 ? because : causesOf(finding, register)].join("\n");
}

function foundText(report: Report, finding: Finding | undefined): string {
  if (finding === undefined) return "";
  return finding.status === "undetermined"
    ? reasonOf(report, finding)
    : [finding.actual, finding.message, ...finding.gaps].join("\n");
}

function printShared(
  document: Document,
  report: Report,
  { store, expected, found, findings }: Shared,
  unknown: boolean,
): void {
  const asked = unknown || expected === undefined || expected === "" ? "" : `, expected: ${expected}`;
  document.heading(3, `${store}${asked}`, { keep: 70 });
  if (found !== undefined) {
    const where = findings.length === 1 ? "" : ` in each of the ${findings.length}`;
    document.paragraph(
      "small",
      strong(`${unknown ? "Why it is not known" : "Found"}${where}: `),
      ...inOne(together(report, found, findings)),
    );
    const all = findings.map(({ finding }) => finding);
    for (const { content } of gapLinks(report, all)) document.paragraph("fine", ...content);
  }
  const withExpected = !unknown && expected === undefined;
  table(document, {
    dense: true,
    columns: [
      NUMBER,
      ...(found === undefined ? [SUBJECT] : [SUBJECT, ABOUT]),
      ...(found === undefined ? [{ title: unknown ? "Why it is not known" : "Found", share: 0.185 }] : []),
      ...(withExpected ? [EXPECTED] : []),
      EVIDENCE,
      ...PEN,
    ],
    rows: rows(report, findings, { found: found === undefined, expected: withExpected }),
  });
}

/** What was found of several: where each has a gap of its own, what could not be read of all of them. */
function together(report: Report, found: Finding, findings: readonly Numbered[]): Finding {
  const texts = new Set(findings.map(({ finding }) => finding.unknown_because));
  if (texts.size === 1) return found;
  const all = gapsByGroup(
    report,
    findings.map(({ finding }) => finding),
  );
  const parts = all.slice(0, MAX_GAPS).map(({ gaps }) => {
    const unread = gaps.map(({ gap }) => gap);
    const operations = sortedBy(new Set(unread.map(({ operation }) => operation)), (name) => name);
    const where = gapPlaces(unread, MAX_PLACES);
    return `${unread[0]?.reason ?? ""}: ${namedText(operations, MAX_GAPS)} of ${where}`;
  });
  return { ...found, unknown_because: parts.join("; ") };
}

/** What was found as one line of text. */
function inOne(finding: Finding): Inline[] {
  return foundParts(finding).flatMap(({ content }, index) => (index === 0 ? content : ["; ", ...content]));
}

function controls({ findings }: FindingGroup): string {
  const all = new Set(findings.flatMap(({ finding }) => finding.controls));
  return all.size === 0 ? "no control in scope" : [...all].sort().join("; ");
}

function remediation({ findings }: FindingGroup): Inline[] {
  const texts = new Set(findings.flatMap(({ finding }) => finding.remediation ?? []));
  return [...texts].slice(0, 4).flatMap((text) => [" What to do: ", ...prose(text)]);
}

function* rows(
  report: Report,
  findings: readonly Numbered[],
  shown: { readonly found: boolean; readonly expected: boolean },
) {
  const digits = report.register.recordDigits;
  for (const { number, finding } of findings) {
    yield {
      anchor: findingAnchor(number),
      cells: [
        [strong(number), " ", quiet(finding.finding_id.slice(0, 16))],
        ...(shown.found ? [[...nativeId(finding), about(finding)]] : [nativeId(finding), about(finding)]),
        ...(shown.found ? [[...foundParts(finding), ...gapLinks(report, [finding])]] : []),
        ...(shown.expected ? [para("dense", finding.expected)] : []),
        evidence(finding, digits),
      ] satisfies Cell[],
    };
  }
}

const quiet = (text: string): Inline => ({ text, face: "mono", size: STYLES.fineCode.size, colour: "quiet" });

/** Kinds whose limits depend on a tier. */
const TIERED = ["certificate", "dynamic_role", "key", "secret"];

/** Tier, where limits depend on it; owner; environment, where there is one. */
function about(finding: Finding): Paragraph {
  const judged = finding.tier_assumed === undefined ? "" : `, judged as ${finding.tier_assumed}`;
  const parts = [
    ...(TIERED.includes(finding.subject_kind) ? [`${classified(finding, "tier")}${judged}`] : []),
    classified(finding, "owner"),
    ...(finding.environment === undefined ? [] : [finding.environment]),
  ];
  return fine(parts.join("; "));
}

function classified(finding: Finding, name: "tier" | "owner"): string {
  return finding[name] ?? (finding.undecided?.includes(name) === true ? `${name} not known` : `no ${name}`);
}

/** The native id with the name in it set off, or both where the name is no part of the id; the store stands above. */
function nativeId({ subject_id, subject_name, store_id: store, found_in: thing }: Finding): Paragraph[] {
  const bare = (text: string): string => (text.startsWith(`${store}:`) ? text.slice(store.length + 1) : text);
  if (thing !== undefined) return [para("dense", strong(bare(thing))), fine(`told with ${bare(subject_id)}`)];
  const [id, name] = [bare(subject_id), bare(subject_name)];
  if (!id.endsWith(name)) return [para("dense", strong(name)), code(id)];
  const prefix = { text: id.slice(0, id.length - name.length), colour: "quiet", size: 7 } as const;
  return [para("dense", prefix, strong(name))];
}

/** The message says all where it names the value; an unknown says why first. */
function foundParts({ status, actual: found, message, unknown_because: because }: Finding): Paragraph[] {
  const parts: Paragraph[] = [];
  if (status === "undetermined") {
    parts.push(para("dense", { text: because ?? "Not known", colour: "unknown" }));
  } else if (found !== "" && !message.includes(found)) parts.push(para("dense", found));
  if (message === "" || message === because) return parts;
  return [...parts, parts.length === 0 ? para("dense", message) : fine(message)];
}

function evidence(finding: Finding, digits: number): Paragraph[] {
  const seen = [
    ["policy last passed here", finding.last_seen_good_at],
    ["policy first failed here", finding.first_seen_bad_at],
    ["policy last failed here", finding.last_seen_bad_at],
  ].flatMap(([name, instant]) => (instant === undefined ? [] : [`${name} ${instant}`]));
  const unjudged = finding.unjudged_count ?? 0;
  if (unjudged > 0) seen.push(`not judged in ${counted(unjudged, "snapshot")} since`);
  const hidden = finding.records.length - MAX_RECORDS;
  const named = finding.records.slice(0, MAX_RECORDS).map((record) => record.slice(0, digits));
  return [
    ...(named.length === 0 ? [] : [code(named.join(" "))]),
    ...(hidden > 0 ? [fine(`and ${counted(hidden, "record")} more in findings.csv`)] : []),
    ...(seen.length === 0 ? [] : [fine(seen.join("; "))]),
  ];
}

/** Links to the rows of the gaps; several of one row are named by its numbers. */
function gapLinks(report: Report, findings: readonly Finding[]): Paragraph[] {
  const groups = gapsByGroup(report, findings);
  if (groups.length === 0) return [];
  const named = groups
    .slice(0, MAX_GAPS)
    .flatMap(({ group, gaps }, index): Inline[] => [
      index === 0 ? "" : ", ",
      reference(report, "gaps", numbersText(gaps, group), gapAnchor(group)),
    ]);
  const more = groups.length - MAX_GAPS;
  return [para("fine", "Gaps: ", ...named, more > 0 ? ` and ${more} more in findings.csv` : "")];
}

/** The gaps that keep any of the findings from being judged, once each, by what explains them. */
function gapsByGroup({ register }: Report, findings: readonly Finding[]) {
  const digests = new Set(findings.flatMap(({ gaps }) => gaps));
  const places = [...digests].flatMap((gap) => register.gapPlaces.get(gap) ?? []);
  const byGroup = [...Map.groupBy(places, ({ group }) => group)];
  return byGroup
    .map(([group, gaps]) => ({ group, gaps: sortedBy(gaps, ({ number }) => number) }))
    .sort((a, b) => compareStrings(a.group[0].number, b.group[0].number));
}

function numbersText(gaps: readonly NumberedGap[], group: NumberedGaps): string {
  const [only] = gaps;
  if (gaps.length === 1 && only !== undefined) return only.number;
  const range = `${group[0].number} to ${group.at(-1)?.number ?? ""}`;
  return gaps.length === group.length ? range : `${number(gaps.length)} of ${range}`;
}
