import type { CsvColumn } from "../../base/index.ts";

export { csv, csvChunks, type CsvCell, type CsvColumn } from "../../base/index.ts";

/** A column that the product does not fill yet, said in each cell so that nobody takes it for empty. */
export function notCollected(name: string): CsvColumn<unknown> {
  return { name, cell: () => "not collected" };
}

/** Several values in one cell. */
export function joined(values: readonly string[]): string {
  return values.join("; ");
}
