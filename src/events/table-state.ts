import { Count, Digest, Type, closed, compileSchema, literals, type Static } from "../schema/index.ts";

/** Tables: the events themselves, the files that they were read from, and what could not be read of those. */
export const TABLES = ["events", "inputs", "aside"] as const;

export type TableName = (typeof TABLES)[number];

const Text = Type.String({ minLength: 1, maxLength: 256 });

/** A Parquet file of a table. */
export const Part = closed({
  table: literals(TABLES),
  store_id: Text,
  /** Of events alone: `YYYY-MM-DD` in UTC, or `unanswered` for requests without a response so far. */
  day: Type.Optional(Type.String({ pattern: "^([0-9]{4}-[0-9]{2}-[0-9]{2}|unanswered)$" })),
  /** Within the directory that table, store and day make. */
  name: Type.String({ pattern: "^[0-9a-z-]{1,64}\\.parquet$" }),
  rows: Count,
  bytes: Count,
  sha256: Digest,
});

export type Part = Static<typeof Part>;

/** Most files of one table: a hundred stores for ten years, a file a day. */
export const MAX_PARTS = 400_000;

/** What one commit makes of the table. */
export const TableState = closed({
  format: Type.Literal("countersign-event-table/1"),
  /** SHA-256 of the commit before; absent in the first. */
  previous_sha256: Type.Optional(Digest),
  parts: Type.Array(Part, { maxItems: MAX_PARTS }),
});

export type TableState = Static<typeof TableState>;

export const tableStateSchema = compileSchema(TableState);

/** Path below the table's directory, in the form that Hive, Trino, Athena and DuckDB read partitions from. */
export function partPath({
  table,
  store_id,
  day,
  name,
}: Pick<Part, "day" | "name" | "store_id" | "table">): string {
  return [table, `store_id=${store_id}`, ...(day === undefined ? [] : [`day=${day}`]), name].join("/");
}
