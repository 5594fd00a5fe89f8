import { createRequire } from "node:module";
import { printable } from "./printable.ts";

/** The writer, when something is written. */
const stringify: (typeof import("csv-stringify/sync"))["stringify"] = (rows, options) => {
  const writer = createRequire(import.meta.url)("csv-stringify/sync") as typeof import("csv-stringify/sync");
  return writer.stringify(rows, options);
};

/** A cell: numbers stay numbers; an empty cell means that the column does not speak of this row. */
export type CsvCell = string | number;

export interface CsvColumn<T> {
  readonly name: string;
  readonly cell: (row: T) => CsvCell;
}

/**
 * RFC 4180: CRLF between rows, quotes where they are needed, also around a lone line feed, which the writer would leave
 * bare and readers take for the next row. UTF-8 with a byte order mark, without which Excel reads another encoding.
 */
const FORMAT = { record_delimiter: "\r\n", quoted_match: /\n/ } as const;

/** What a spreadsheet takes for a formula, full-width signs included, also behind blanks and quotes that it may strip. */
const FORMULA = /^(?:\t|[\s"'`]*[=+\-@\uff1d\uff0b\uff0d\uff20])/;

/** A number below zero begins with what a formula may begin with, and is none. */
const NUMBER = /^-\d+(?:\.\d+)?$/;

/** Whether a spreadsheet may run it. */
export function isFormula(text: string): boolean {
  return FORMULA.test(text) && !NUMBER.test(text);
}

/**
 * A cell that is only read: an apostrophe stands before what would be run, and what a terminal, an editor or a
 * spreadsheet would obey instead of showing is an escape. A line feed stays one, in quotes; a carriage return is none.
 */
function shown(cell: CsvCell): CsvCell {
  if (typeof cell === "number") return cell;
  const text = printable(cell);
  return isFormula(text) ? `'${text}` : text;
}

/** A text as it was before the writer put an apostrophe before it. */
export function withoutApostrophe(cell: string): string {
  const rest = cell.slice(1);
  return cell.startsWith("'") && isFormula(rest) ? rest : cell;
}

export function csv<T>(columns: readonly CsvColumn<T>[], rows: Iterable<T>): string {
  return [...csvChunks(columns, rows)].join("");
}

/** How many rows are written at once. */
const CHUNK_ROWS = 1000;

/** The same, piece by piece: for lists that may not fit into memory. */
export function* csvChunks<T>(columns: readonly CsvColumn<T>[], rows: Iterable<T>): Generator<string> {
  yield head(columns);
  let chunk: CsvCell[][] = [];
  for (const row of rows) {
    chunk.push(cells(columns, row));
    if (chunk.length < CHUNK_ROWS) continue;
    yield stringify(chunk, FORMAT);
    chunk = [];
  }
  if (chunk.length > 0) yield stringify(chunk, FORMAT);
}

/** The same of rows that come from a database. */
export async function* csvStream<T>(
  columns: readonly CsvColumn<T>[],
  rows: AsyncIterable<T> | Iterable<T>,
): AsyncGenerator<string> {
  yield head(columns);
  let chunk: CsvCell[][] = [];
  for await (const row of rows) {
    chunk.push(cells(columns, row));
    if (chunk.length < CHUNK_ROWS) continue;
    yield stringify(chunk, FORMAT);
    chunk = [];
  }
  if (chunk.length > 0) yield stringify(chunk, FORMAT);
}

function head<T>(columns: readonly CsvColumn<T>[]): string {
  return stringify([columns.map(({ name }) => name)], { ...FORMAT, bom: true });
}

function cells<T>(columns: readonly CsvColumn<T>[], row: T): CsvCell[] {
  return columns.map(({ cell }) => shown(cell(row)));
}
