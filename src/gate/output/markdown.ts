import { counted, oneLine, printable } from "../../base/index.ts";
import type { GateFinding, Verdict } from "../verdict.ts";
import {
  bounded,
  byWeight,
  fixOf,
  messageOf,
  noticesOf,
  saidOf,
  summaryLines,
  unreadPlace,
  verdictLine,
} from "./words.ts";

/** By this a comment is found again, and written anew in its place. */
export const COMMENT_MARKER = "<!-- countersign-gate -->";

/** Most characters of a comment that GitHub takes. */
export const MAX_COMMENT_CHARS = 65_536;

/** More rows than these are folded in. */
const MAX_OPEN_ROWS = 20;

const MAX_CELL_CHARS = 500;

/** How long a text may be, by what it is counted. */
export interface MarkdownTerms {
  readonly max: number;
  readonly sizeOf: (text: string) => number;
}

/** A comment for a merge request: the verdict, its findings as a table, those first that decide. Bounded; what is left out is counted. */
export function verdictMarkdown(
  verdict: Verdict,
  { max, sizeOf }: MarkdownTerms = { max: MAX_COMMENT_CHARS, sizeOf: (text) => text.length },
): string {
  const head = `${COMMENT_MARKER}\n### countersign gate\n\n**${verdictLine(verdict)}**\n\n`;
  const foot = `\n${summaryLines(verdict, code).map(summaryItem).join("\n")}\n`;
  const all = byWeight(verdict);
  const findings = section(all.filter(isFresh).map(row), TABLE, "finding");
  const past = all.filter((one) => !isFresh(one)).map(row);
  const known = section(
    past,
    TABLE,
    "finding",
    `${counted(past.length, "finding")} known, waived or excepted`,
  );
  const others = section(
    [
      ...verdict.unread.map(
        (part) => `- not read (${part.reason}): ${code(unreadPlace(part))}: ${code(part.detail)}\n`,
      ),
      ...noticesOf(verdict).map((notice) => `- ${code(notice)}\n`),
    ],
    "",
    "note",
  );
  const fixes = section(fixesOf(verdict), "", "repair", "How to fix it");
  const left = max - sizeOf(head) - sizeOf(foot);
  // What could not be read comes last and is bounded first: it is short, and without it the table looks whole.
  const notes = others(Math.floor(left / 4), sizeOf);
  const old = known(Math.floor(left / 8), sizeOf);
  const room = left - sizeOf(notes) - sizeOf(old) - MAX_JOINTS;
  // Fixes have a third of the room, and what the table leaves.
  const table = findings(room - sizeOf(fixes(Math.floor(room / 3), sizeOf)), sizeOf);
  const parts = [table, fixes(room - sizeOf(table), sizeOf), old, notes].filter((part) => part !== "");
  return `${head}${parts.join("\n")}${foot}`;
}

/** Bytes between the parts. */
const MAX_JOINTS = 3;

const TABLE = "| | where | what | about |\n| --- | --- | --- | --- |\n";

/** Whether a finding is of this change, and neither known nor let be: others are folded away below. */
function isFresh({ state }: GateFinding): boolean {
  return state === "new" || state === "warning";
}

/** What to do about each finding that is new, those first that decide; the same once. */
function fixesOf(verdict: Verdict): string[] {
  const fresh = byWeight(verdict).filter(isFresh);
  return [...new Set(fresh.map(fixItem))];
}

function fixItem(finding: GateFinding): string {
  const { place, policy_id, subject } = finding;
  const { text, example } = fixOf(finding);
  const where = `${code(subject.address)}, ${code(`${place.file}:${place.line}`)}`;
  return `- **${policyName(policy_id)}** ${where}: ${prose(text)}\n${example === undefined ? "" : fenced(example)}`;
}

/** Text that is Markdown where it is no more than words and code; else it is code as a whole. */
function prose(text: string): string {
  const line = oneLine(bounded(text));
  const words = line.replaceAll(/`[^`]*`/g, "");
  const isPlain = /^[\p{L}\p{N} .,:;()'…/%=-]*$/u.test(words) && !/:\/\/|www\./i.test(words);
  return isPlain ? line : code(line);
}

/** A block of code within an item of a list, whatever is in it. */
function fenced(lines: string): string {
  const shown = lines.toWellFormed().split("\n").map(printable);
  const longest = Math.max(2, ...(lines.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  return `\n${[fence, ...shown, fence].map((line) => `  ${line}\n`).join("")}\n`;
}

export type Section = (max: number, sizeOf: MarkdownTerms["sizeOf"]) => string;

/** Rows under a heading, as many as there is room for; folded in where there are many, and where `folded` says below what. */
export function section(rows: readonly string[], heading: string, one: string, folded?: string): Section {
  return (max, sizeOf) => {
    if (rows.length === 0) return "";
    const [open, close] =
      folded !== undefined || rows.length > MAX_OPEN_ROWS
        ? [`<details><summary>${folded ?? counted(rows.length, one)}</summary>\n\n`, "\n</details>\n"]
        : ["", ""];
    const more = (count: number): string => `\n${counted(count, `more ${one}`)} left out.\n`;
    let left = max - sizeOf(open) - sizeOf(heading) - sizeOf(close) - sizeOf(more(rows.length));
    let shown = 0;
    for (const text of rows) {
      left -= sizeOf(text);
      if (left < 0) break;
      shown += 1;
    }
    const cut = rows.length - shown;
    return `${open}${heading}${rows.slice(0, shown).join("")}${cut === 0 ? "" : more(cut)}${close}`;
  };
}

function row(finding: GateFinding): string {
  const { place, policy_id, subject } = finding;
  const said = finding.state === "new" ? saidOf(finding) : `${saidOf(finding)}, ${finding.state}`;
  return `| ${said} | ${code(`${place.file}:${place.line}`)} | **${policyName(policy_id)}** ${code(messageOf(finding))} | ${code(subject.address)} |\n`;
}

/** Own Rego names its policies as it likes. */
function policyName(id: string): string {
  return /^\w+(?:\/\w+)?$/.test(id) ? id : code(id);
}

const summaryItem = (line: string): string => (line.startsWith("  ") ? `  - ${line.trim()}` : `- ${line}`);

/**
 * Text of the change as code: nothing in it is a link, a mention or a picture, and nothing ends the cell. A longer fence than any run of
 * backticks within it.
 */
export function code(text: string): string {
  const line = oneLine(text.toWellFormed()).trim();
  const cut = line.length > MAX_CELL_CHARS ? `${line.slice(0, MAX_CELL_CHARS).toWellFormed()}…` : line;
  if (cut === "") return "";
  const longest = Math.max(0, ...(cut.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest === 0 ? "" : " ";
  return `${fence}${pad}${cut.replaceAll(/(\\*)\|/g, escapedBar)}${pad}${fence}`;
}

/** Readers of tables differ in whether a backslash before an escaped bar takes its escape away. */
const escapedBar = (_: string, slashes: string): string => (slashes === "" ? "\\|" : `${slashes}\\u{7c}`);
