import {
  ERRORS,
  EXIT,
  CountersignError,
  messageOf,
  printable,
  worstExit,
  type ExitCode,
  type Location,
} from "../base/index.ts";

/** Where a command speaks: results on `out`, everything else on `err`. */
export interface Terminal {
  /** Bytes where they need not be text. */
  readonly out: (what: Uint8Array | string) => void;
  readonly err: (text: string) => void;
  /** Colour and progress bars are for people at a terminal. */
  readonly interactive: boolean;
  /** Characters in a line of the terminal that `out` goes to; absent where it goes into a file or a pipe. */
  readonly columns?: number;
}

/** Text of an error for a person: what was expected, where, what to do. */
export function errorText(error: CountersignError): string {
  const place = error.location === undefined ? "" : `${placeText(error.location)}: `;
  const lines = [`countersign: ${error.code}: ${place}${printable(error.message)}`];
  if (error.fix !== undefined) lines.push(`  fix: ${printable(error.fix)}`);
  return `${lines.join("\n")}\n`;
}

/** `file:line:column`, as far as they are known. */
export function placeText({ file, line, column }: Location): string {
  return [printable(file), line, column].filter((part) => part !== undefined).join(":");
}

/** The same error for programs. */
export function errorJson(error: CountersignError): Record<string, unknown> {
  const { code, message, location, fix, exit } = error;
  return {
    error: code,
    message,
    exit,
    ...(location === undefined ? {} : { location }),
    ...(fix === undefined ? {} : { fix }),
  };
}

/** Anything thrown as one of our errors; what is not ours is our bug. */
export function asCountersignError(thrown: unknown): CountersignError {
  if (thrown instanceof CountersignError) return thrown;
  return new CountersignError("E_INTERNAL", `expected no error here, got: ${messageOf(thrown)}`, {
    cause: thrown,
    fix: "Please report this with the command you ran.",
  });
}

/** The verdict line of a command: which exit codes apply, and which the process takes. */
export function exitSummary(codes: readonly ExitCode[]): { exit: ExitCode; exits: readonly ExitCode[] } {
  const applying = [...new Set(codes)].filter((code) => code !== EXIT.pass).sort((a, b) => a - b);
  return { exit: worstExit(applying), exits: applying.length === 0 ? [EXIT.pass] : applying };
}

/** Rows as an aligned table; the first row is the heading. Cells are made printable. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => printable(cell).replaceAll("\n", " ")));
  const widths = (cells[0] ?? []).map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

/** Text broken at spaces into lines of at most `width` characters, the first after `indent`, the others two further in. A longer word stays whole. */
export function wrapped(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  for (const word of printable(text).split(/\s+/)) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${indent}  `;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line].map((one) => `${one}\n`).join("");
}

/** Markdown of the error table: `docs/errors.md`. */
export function errorTable(): string {
  const rows = Object.entries(ERRORS).map(
    ([code, { exit, summary }]) => `| \`${code}\` | ${exit} | ${summary} |`,
  );
  return ["| code | exit | meaning |", "| --- | --- | --- |", ...rows, ""].join("\n");
}
