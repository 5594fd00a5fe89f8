import { counted, number } from "../../base/index.ts";
import type { Severity } from "../../policy/index.ts";
import type { GateFinding, Notice, Verdict } from "../verdict.ts";
import {
  fixLines,
  messageOf,
  saidOf,
  summaryLines,
  unreadPlace,
  verdictLine,
  shown,
  shownCode,
} from "./words.ts";

/** How a person's terminal is. */
export interface TextTerms {
  /** Whether it shows colours. */
  readonly colour?: boolean;
}

type Ink = "bold" | "dim" | "green" | "red" | "yellow";
type Paint = (ink: Ink, text: string) => string;

const CODES: Readonly<Record<Ink, string>> = { bold: "1", dim: "2", green: "32", red: "31", yellow: "33" };

const INKS: Readonly<Record<Severity, Ink>> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "bold",
  info: "dim",
};

/** Most notices of one kind that are told one by one. */
const MAX_NOTICES = 20;

/** What a person reads: new findings by file with their lines, what is waived, what was not read, what was looked at, the verdict. */
export function verdictText(verdict: Verdict, { colour = false }: TextTerms = {}): string {
  const paint: Paint = (ink, text) => (colour ? `\u001b[${CODES[ink]}m${text}\u001b[0m` : text);
  const fresh = verdict.findings.filter(({ state }) => state === "new" || state === "warning");
  const waived = verdict.findings.filter(({ state }) => state === "waived" || state === "excepted");
  const lines = [
    ...[...Map.groupBy(fresh, ({ place }) => place.file)].flatMap(([file, some]) =>
      fileLines(file, some, paint),
    ),
    ...waived.map((one) => `${placeOf(one)}: ${shown(one.policy_id)}: ${shown(messageOf(one))}`),
    ...(waived.length === 0 ? [] : [""]),
    ...verdict.unread.map(
      (part) => `${shown(unreadPlace(part))}: not read (${part.reason}): ${shown(part.detail)}`,
    ),
    ...(verdict.unread.length === 0 ? [] : [""]),
    ...noticeLines(verdict.notices),
    // What is set in is of counts alone.
    ...summaryLines(verdict).map((line) => (line.startsWith("  ") ? line : shown(line))),
    paint(verdict.exit === 0 ? "green" : verdict.exit === 3 ? "yellow" : "red", verdictLine(verdict)),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function fileLines(file: string, findings: readonly GateFinding[], paint: Paint): string[] {
  return [paint("bold", shown(file)), ...findings.flatMap((one) => [...findingLines(one, paint), ""])];
}

function findingLines(finding: GateFinding, paint: Paint): string[] {
  const { place, severity, policy_id, subject, related, source_line: line } = finding;
  const [fix = "", ...example] = fixLines(finding);
  const ink = finding.outcome === "undetermined" ? "yellow" : INKS[severity];
  return [
    `  ${place.line}:${place.column}  ${paint(ink, saidOf(finding))}  ${shown(policy_id)}  ${shown(subject.address)}`,
    `      ${shown(messageOf(finding))}`,
    ...(line === undefined || line.trim() === "" ? [] : sourceLines(line, finding, paint)),
    ...(related === undefined
      ? []
      : [`      ${paint("dim", "in")} ${shown(related.file)}:${related.line}:${related.column}`]),
    `      ${paint("dim", "fix:")} ${shown(fix)}`,
    ...example.map((one) => `        ${shownCode(one)}`),
  ];
}

/** The line without the blanks before it, and marks below what the finding is about. */
function sourceLines(line: string, { place }: GateFinding, paint: Paint): string[] {
  const indent = line.length - line.trimStart().length;
  const text = shown(line.slice(indent));
  const mark = `      ${place.line} | `;
  const from = Math.max(0, place.column - 1 - indent);
  const to = place.end_line === place.line ? place.end_column - 1 - indent : text.length;
  const marks = " ".repeat(mark.length + from) + "^".repeat(Math.max(1, Math.min(to, text.length) - from));
  // Where characters are shown as others the marks would stand elsewhere.
  const fits = text === line.slice(indent) && /^[\u0020-\u007e]*$/.test(text) && from < text.length;
  return [`${paint("dim", mark)}${text}`, ...(fits ? [paint("dim", marks)] : [])];
}

function noticeLines(notices: readonly Notice[]): string[] {
  const lines = [...Map.groupBy(notices, ({ kind }) => kind)].flatMap(([kind, some]) => [
    ...some.slice(0, MAX_NOTICES).map(noticeText),
    ...(some.length > MAX_NOTICES
      ? [`${counted(some.length - MAX_NOTICES, "more notice")} of the kind ${kind}`]
      : []),
  ]);
  return lines.length === 0 ? [] : [...lines, ""];
}

/** A notice in one line, with its place where it has one. */
export function noticeText({ place, message }: Notice): string {
  const where = place === undefined ? "" : `${shown(`${place.file}:${number(place.line)}`)}: `;
  return `${where}${shown(message)}`;
}

function placeOf({ place }: GateFinding): string {
  return shown(`${place.file}:${place.line}:${place.column}`);
}
