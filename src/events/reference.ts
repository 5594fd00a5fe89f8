import { CountersignError, invariant, sortedBy } from "../base/index.ts";
import { literal, type QueryEngine } from "../tables/index.ts";

/** A column of a table beside the events: its SQL type in DuckDB and Trino alike, and what it holds. */
interface ReferenceColumn {
  readonly name: string;
  readonly type: "BOOLEAN" | "INTEGER" | "VARCHAR";
  readonly about: string;
}

/** What is known of principals from elsewhere; detections join it by what the log calls them. */
export const REFERENCE_TABLES = {
  principals: [
    { name: "store_id", type: "VARCHAR", about: "Source in the configuration." },
    { name: "principal_key", type: "VARCHAR", about: "As in the table of events; once for each store." },
    { name: "principal_id", type: "VARCHAR", about: "Id in the inventory." },
    { name: "name", type: "VARCHAR", about: "What people call it." },
    { name: "is_break_glass", type: "BOOLEAN", about: "For emergencies; NULL where that is not decided." },
    { name: "is_workload", type: "BOOLEAN", about: "No person: it has no off hours; NULL where unknown." },
    {
      name: "from_hour",
      type: "INTEGER",
      about: "Hour of the day, 0 to 23, from which it works, in the time zone of the business hours.",
    },
    {
      name: "to_hour",
      type: "INTEGER",
      about:
        "Hour of the day, 0 to 24, at which it stops; at or before `from_hour` where it works over midnight.",
    },
    { name: "days", type: "VARCHAR", about: "Seven digits, Monday first: 1 for a day on which it works." },
  ],
} as const satisfies Readonly<Record<string, readonly ReferenceColumn[]>>;

/** What is not known is absent. */
export interface PrincipalRow {
  readonly store_id: string;
  readonly principal_key: string;
  readonly principal_id?: string;
  readonly name?: string;
  readonly is_break_glass?: boolean;
  readonly is_workload?: boolean;
  readonly from_hour?: number;
  readonly to_hour?: number;
  readonly days?: string;
}

export interface Reference {
  readonly principals: readonly PrincipalRow[];
}

/** Rows of one table at most: they stand in the text of a query. */
const MAX_ROWS = 200_000;

/**
 * Makes `principals` a name of `engine` for these rows; empty where nothing is known. A principal that is named twice would double
 * what is joined to it: that is refused as our bug. E_LIMIT.
 */
export async function attachReference(engine: QueryEngine, { principals }: Reference): Promise<void> {
  await engine.define("principals", rowsOf(principals));
}

function rowsOf(rows: readonly PrincipalRow[]): string {
  const columns: readonly ReferenceColumn[] = REFERENCE_TABLES.principals;
  const keyOf = (row: PrincipalRow): string => `${row.store_id}\n${row.principal_key}`;
  if (rows.length > MAX_ROWS) {
    throw new CountersignError("E_LIMIT", `expected at most ${MAX_ROWS} principals, got ${rows.length}`, {
      fix: "Let the rules under `break_glass` and `events` fit fewer.",
    });
  }
  invariant(new Set(rows.map(keyOf)).size === rows.length, "each of the principals once");
  const names = columns.map(({ name }) => name).join(", ");
  const typed = columns.map(({ name, type }) => `CAST(${name} AS ${type}) AS ${name}`).join(", ");
  const nothing = `(${columns.map(() => "NULL").join(", ")})`;
  const values = sortedBy(rows, keyOf).map((row) => {
    const cells = new Map<string, boolean | number | string>(Object.entries(row));
    return `(${columns.map(({ name }) => cellLiteral(cells.get(name))).join(", ")})`;
  });
  // The row of NULLs gives the columns where there is no other; nothing is equal to it.
  return `SELECT ${typed} FROM (VALUES ${[nothing, ...values].join(", ")}) AS known (${names}) WHERE store_id IS NOT NULL`;
}

function cellLiteral(cell: boolean | number | string | undefined): string {
  return cell === undefined ? "NULL" : literal(cell);
}
