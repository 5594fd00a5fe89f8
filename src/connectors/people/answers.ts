import type { TSchema } from "@sinclair/typebox";
import { ROSTER_KINDS, type FactKind } from "../../facts/index.ts";
import { Count, InstantText, Type, closed, literals, type Static } from "../../schema/index.ts";

const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);

/** Most people, or requests, that one file may hold. */
export const MAX_ROWS = 100_000;

/** Largest file. */
export const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** Longest value; a longer one makes its row unreadable. */
export const MAX_CELL_CHARS = 1024;

/** Most values of a field that holds several. */
export const MAX_VALUES = 64;

/** Rows and bytes after which a page ends: well below the bytes that one answer may have. */
export const PAGE_ROWS = 5000;
export const PAGE_BYTES = 2 * 1024 * 1024;

const Value = Type.String({ maxLength: MAX_CELL_CHARS });

/** One person or request as the file has it. */
const Row = closed({
  /** Line of a CSV file that it begins at; of JSON the number of the entry, from 1. */
  at: Type.Integer({ minimum: 1 }),
  /** Why nothing of it can be used, where that shows before it is looked at. */
  fault: optional(Type.String({ maxLength: 256 })),
  values: Type.Record(Type.String(), Type.Union([Value, Type.Array(Value, { maxItems: MAX_VALUES })])),
});

export type Row = Static<typeof Row>;

/** What is kept of a file: the fields that are judged, and nothing else that it says of people. */
export const PageAnswer = closed({
  about: literals(["requests", "roster"]),
  file: Type.String({ maxLength: 1024 }),
  file_sha256: Type.String(),
  /** Of rosters. */
  roster_kind: optional(literals(ROSTER_KINDS)),
  as_of: InstantText,
  /** What a row is called: `line` or `entry`. */
  unit: literals(["entry", "line"]),
  page: Type.Integer({ minimum: 1 }),
  pages: Type.Integer({ minimum: 1 }),
  /** Different rows of the whole file. */
  row_count: Count,
  /** Entries that the file says there are and does not hold. */
  missing_count: Count,
  columns: Type.Array(Type.String()),
  rows: Type.Array(Row, { maxItems: PAGE_ROWS }),
});

export type PageAnswer = Static<typeof PageAnswer>;

/** What each list would tell, and so what its failure hides. */
export const HIDES = {
  roster: ["person", "roster"],
  requests: ["access_request"],
} as const satisfies Record<PageAnswer["about"], readonly FactKind[]>;
