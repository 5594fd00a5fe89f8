import type { Cell, Result } from "../tables/index.ts";

/** A row of an answer by the names of its columns. */
export type Row = Readonly<Record<string, Cell>>;

export function rowsOf({ columns, rows }: Result): Row[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, index) => [name, row[index] ?? null])));
}
