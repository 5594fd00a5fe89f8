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
  /** Makes a name (lower case) that later statements of this engine know, for what a query finds; again, it means the new one. */
  define(name: string, select: string): Promise<void>;
}

/** `2026-10-01 08:15:00.5`, as both engines write instants, as `2026-10-01T08:15:00.500Z`. */
export function instantOf(text: string): string {
  const [date = "", time = "00:00:00"] = text.split(" ");
  const [seconds = "", fraction = ""] = time.split(".");
  return `${date}T${seconds}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
}

/** Most rows that one query hands out: who needs more asks for less, or writes a file. */
export const MAX_RESULT_ROWS = 1_000_000;
