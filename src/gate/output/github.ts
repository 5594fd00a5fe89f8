import { counted, printable } from "../../base/index.ts";
import { decides, type GateFinding, type Verdict } from "../verdict.ts";
import { verdictMarkdown } from "./markdown.ts";
import {
  bounded,
  byWeight,
  fixLines,
  levelOf,
  messageOf,
  saidOf,
  unreadPlace,
  verdictLine,
} from "./words.ts";

/** Most annotations of each level that GitHub shows of a step; more it drops without a word. */
export const MAX_ANNOTATIONS = 10;

/** Longest title of an annotation that GitHub takes. */
const MAX_TITLE_CHARS = 255;

/** Most bytes of a job summary; GitHub drops one above 1,024 KiB whole. */
export const MAX_SUMMARY_BYTES = 1_000_000;

type Command = "error" | "notice" | "warning";

interface Annotation {
  readonly command: Command;
  readonly file: string;
  readonly line?: number;
  readonly end_line?: number;
  readonly column?: number;
  readonly end_column?: number;
  readonly title: string;
  readonly message: string;
}

/** What GitHub's runner reads from standard output, and Markdown for the summary of the job, in which the rest is. */
export interface GithubOutput {
  readonly commands: string;
  readonly summary: string;
}

/**
 * Workflow commands, ten of each level, those first that decide. Nothing of the change ends a command or begins one. `summaryBytes`: room
 * in the job's summary; undefined where there is none.
 */
export function verdictGithub(verdict: Verdict, summaryBytes?: number): GithubOutput {
  const counts = new Map<Command, number>();
  const all = [...unreadOnes(verdict), ...byWeight(verdict).flatMap((one) => annotation(one, verdict))];
  const shown = all.filter(({ command }) => {
    const before = counts.get(command) ?? 0;
    counts.set(command, before + 1);
    return before < MAX_ANNOTATIONS;
  });
  const left = all.length - shown.length;
  const lines = [
    ...shown.map(commandLine),
    ...(left === 0
      ? []
      : [
          `countersign gate: ${counted(left, "more annotation")} ${summaryBytes === undefined ? "left out" : "in the summary of the job"}.`,
        ]),
    `countersign gate: ${verdictLine(verdict)}`,
  ];
  const summary = verdictMarkdown(verdict, {
    max: Math.min(MAX_SUMMARY_BYTES, summaryBytes ?? MAX_SUMMARY_BYTES),
    sizeOf: (text) => Buffer.byteLength(text),
  });
  return { commands: lines.map((line) => `${line}\n`).join(""), summary };
}

/** A waived or known finding is in the summary alone. */
function annotation(finding: GateFinding, verdict: Verdict): Annotation[] {
  const { place, policy_id, subject, state } = finding;
  if (state !== "new" && state !== "warning") return [];
  const level = levelOf(finding);
  const quiet = level === "note" ? "notice" : level === "error" ? "warning" : level;
  return [
    {
      ...place,
      command: decides(finding, verdict) ? "error" : quiet,
      title: `${policy_id} (${saidOf(finding)})`,
      message: `${subject.address}: ${messageOf(finding)}\nfix: ${fixLines(finding).join("\n")}`,
    },
  ];
}

function unreadOnes({ unread }: Verdict): Annotation[] {
  return unread.map((part) => ({
    command: "error",
    file: part.path,
    ...(part.line === undefined ? {} : { line: part.line }),
    title: "not read",
    message: `${unreadPlace(part)}: not read (${part.reason}): ${part.detail}`,
  }));
}

function commandLine({
  command,
  file,
  line,
  end_line: endLine,
  column,
  end_column: endColumn,
  title,
  message,
}: Annotation) {
  // Columns are of one line alone.
  const oneLine = endLine === undefined || endLine === line;
  const properties = {
    file,
    line,
    endLine,
    col: oneLine ? column : undefined,
    endColumn: oneLine ? endColumn : undefined,
    title: bounded(title, MAX_TITLE_CHARS),
  };
  const given = Object.entries(properties).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${property(String(value))}`],
  );
  return `::${command} ${given.join(",")}::${data(bounded(message))}`;
}

function data(text: string): string {
  return printable(text.toWellFormed())
    .replaceAll("%", "%25")
    .replaceAll("\r", "%0D")
    .replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
