import type { AccessReport, ToldDifference } from "../compare/report.ts";
import { accessLine, accessNotes, byWhat, requestedWord } from "./access-words.ts";
import { MAX_COMMENT_CHARS, code, section } from "./markdown.ts";

/** By this a comment is found again, and written anew in its place. */
export const ACCESS_MARKER = "<!-- countersign-access-diff -->";

const COLUMNS = ["", "principal", "secret", "actions"];

/** A comment for a merge request: the sums, the differences as a table, what was not compared. Bounded as comments are; what is left out is counted. */
export function accessMarkdown(report: AccessReport, max = MAX_COMMENT_CHARS): string {
  const head = `${ACCESS_MARKER}\n### countersign access diff\n\n**${accessLine(report)}**\n\n`;
  const notes = section(
    accessNotes(report).map((line) => `- ${code(line)}\n`),
    "",
    "note",
  );
  const isAsked = report.differences.some(({ requested }) => requested !== undefined);
  const columns = [...COLUMNS, ...(isAsked ? ["requested"] : []), "by"];
  const heading = `${line(columns)}${line(columns.map(() => "---"))}`;
  const rows = section(
    report.differences.map((one) => row(one, isAsked)),
    heading,
    "difference",
  );
  const sizeOf = (text: string): number => text.length;
  const left = max - head.length - 2;
  const told = notes(Math.floor(left / 4), sizeOf);
  return `${head}${rows(left - told.length, sizeOf)}\n${told}`;
}

/** A row of a table, of cells that are Markdown. */
function line(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |\n`.replace("|  |", "| |");
}

function row(one: ToldDifference, isAsked: boolean): string {
  const { direction, certainty, principal, target, actions, detour } = one;
  const said = certainty === "certain" ? direction : `${direction}, ${certainty}`;
  const tier = target.tier === undefined ? "" : ` ${target.tier}`;
  return line([
    `${said}${detour ? ", indirectly" : ""}`,
    code(whoIs(principal)),
    `${code(target.name)}${tier}`,
    actions.join(", "),
    ...(isAsked ? [requestedWord(one)] : []),
    code(byWhat(one)),
  ]);
}

function whoIs({ name, public: isPublic, external }: ToldDifference["principal"]): string {
  if (isPublic) return `${name} (anyone)`;
  if (external === undefined) return `${name} (perhaps outside)`;
  return external ? `${name} (outside)` : name;
}
