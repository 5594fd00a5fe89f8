/** A value of a result: instants are RFC 3339 text with milliseconds, whole numbers beyond 2^53 are decimal text. */
export type Cell = boolean | number | string | null | readonly Cell[];

/** What a query found. */
export interface Result {
  /** Names of the columns, in order. */
  readonly columns: readonly string[];
  /** As many cells as there are columns. */
  readonly rows: readonly (readonly Cell[])[];
}

/**
 * Where SQL is asked. Throws `CountersignError`: E_SQL for a text that the engine refuses, E_LIMIT for one that takes more
 * memory or rows than are allowed, E_INPUT for a file that is not what its reader expects, E_DISK for one that cannot be read.
 */
export interface QueryEngine {
  query(sql: string): Promise<Result>;
}

/** Most rows that one query hands out: who needs more asks for less, or writes a file. */
export const MAX_RESULT_ROWS = 1_000_000;
