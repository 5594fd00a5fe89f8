import { invariant } from "../base/index.ts";

/** A value that a parameter of a query can have. */
export type Parameter = boolean | number | string | readonly string[];

/** Text as an SQL literal, the same for DuckDB and Trino: quotes doubled, nothing else has a meaning. */
export function textLiteral(text: string): string {
  invariant(!text.includes("\0"), "a literal without a zero byte");
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name of a table or column, quoted. */
export function nameLiteral(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A parameter as an SQL literal. A list becomes what stands in `IN (…)`; an empty one is a list that nothing is in. */
export function literal(value: Parameter): string {
  if (typeof value === "boolean") return value ? "TRUE" : "FALSE";
  if (typeof value === "string") return textLiteral(value);
  if (typeof value === "number") {
    invariant(Number.isFinite(value), "a finite number");
    return String(value);
  }
  return value.length === 0 ? "NULL" : value.map(textLiteral).join(", ");
}
