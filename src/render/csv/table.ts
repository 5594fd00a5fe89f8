import { stringify } from "csv-stringify/sync";

/** A cell: numbers stay numbers; an empty cell means that the column does not speak of this row. */
export type CsvCell = string | number;

export interface CsvColumn<T> {
  readonly name: string;
  readonly cell: (row: T) => CsvCell;
}

/**
 * RFC 4180: CRLF, quotes where they are needed. UTF-8 with a byte order mark, without which Excel reads another
 * encoding. Text that a spreadsheet would run as a formula gets an apostrophe in front.
 */
const FORMAT = { record_delimiter: "\r\n", escape_formulas: true } as const;

export function csv<T>(columns: readonly CsvColumn<T>[], rows: Iterable<T>): string {
  return [...csvChunks(columns, rows)].join("");
}

/** How many rows are written at once. */
const CHUNK_ROWS = 1000;

/** The same, piece by piece: for lists that may not fit into memory. */
export function* csvChunks<T>(columns: readonly CsvColumn<T>[], rows: Iterable<T>): Generator<string> {
  yield stringify([columns.map(({ name }) => name)], { ...FORMAT, bom: true });
  let chunk: CsvCell[][] = [];
  for (const row of rows) {
    chunk.push(columns.map(({ cell }) => cell(row)));
    if (chunk.length < CHUNK_ROWS) continue;
    yield stringify(chunk, FORMAT);
    chunk = [];
  }
  if (chunk.length > 0) yield stringify(chunk, FORMAT);
}

/** A column that the product does not fill yet, said in each cell so that nobody takes it for empty. */
export function notCollected(name: string): CsvColumn<unknown> {
  return { name, cell: () => "not collected" };
}

/** Several values in one cell. */
export function joined(values: readonly string[]): string {
  return values.join("; ");
}
