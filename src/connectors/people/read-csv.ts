import { CsvError, parse } from "csv-parse/sync";
import { CallFailure } from "../../facts/index.ts";
import { MAX_CELL_CHARS, MAX_ROWS, MAX_VALUES, type Row } from "./answers.ts";
import { cellValue, columnsOf, type FIELDS, type Field } from "./columns.ts";

/** A list of people or requests, as its file has it. */
export interface Table {
  readonly unit: "entry" | "line";
  /** In the order of the file. */
  readonly rows: readonly Row[];
  readonly columns: readonly string[];
  readonly missing_count: number;
}

/** Fields without one of which a list says nothing: any of each line will do. */
const NEEDED: Readonly<Record<keyof typeof FIELDS, readonly (readonly Field[])[]>> = {
  person: [["person_id"], ["name", "first_name", "last_name"], ["status", "active"]],
  request: [
    ["request_id"],
    ["principal"],
    ["secrets"],
    ["actions"],
    ["requested_by"],
    ["requested_at"],
    ["state"],
  ],
};

/** What a parsed record is given as, with `info`. */
interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number; readonly empty_lines: number };
}

/**
 * Rows of a CSV file: RFC 4180, with a header, in commas, semicolons or tabs, whichever the header has; with or without a byte order
 * mark, in LF or CRLF. Throws `CallFailure` where the whole file cannot be read as one.
 */
export function readCsv(
  text: string,
  of: keyof typeof FIELDS,
  mapping: Readonly<Record<string, string | undefined>> | undefined,
): Table {
  const [first, ...others] = parsed(text);
  if (first === undefined) throw malformed("expected a line of headers, got an empty file");
  if (others.length > MAX_ROWS) {
    throw new CallFailure("limit", `expected at most ${MAX_ROWS} rows, got ${others.length}`, {
      fix: "Split the file, and name its parts.",
    });
  }
  const header = first.record;
  const { columns, twice, missing } = columnsOf(of, header, mapping);
  if (missing.length > 0)
    throw malformed(`expected the header that columns names for ${missing.join(", ")}, got none`);
  if (twice.length > 0)
    throw malformed(
      `expected one column for each field, got several of the same header for ${twice.join(", ")}`,
    );
  const lacking = NEEDED[of].find((any) => !any.some((field) => columns.has(field)));
  if (lacking !== undefined) throw malformed(`expected a column for ${lacking.join(" or ")}, got none`);
  let before = first.info;
  const rows = others.map(({ record, info }): Row => {
    // The parser counts to where a record ends: it begins behind the one before it, and the empty lines between.
    const at = before.lines + 1 + info.empty_lines - before.empty_lines;
    before = info;
    return { at, ...valuesOf(record, header.length, columns) };
  });
  return { unit: "line", rows, columns: [...columns.keys()].sort(), missing_count: 0 };
}

function parsed(text: string): Parsed[] {
  const head = text.slice(0, 65_536).split(/\r?\n/, 1)[0] ?? "";
  const delimiter = [",", ";", "\t"].find((one) => head.includes(one)) ?? ",";
  try {
    // The parser counts a CRLF within quotes as two lines.
    return parse(text.replaceAll("\r\n", "\n"), {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as Parsed[];
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    // The parser's message quotes the file.
    const line = (thrown as { readonly lines?: unknown }).lines;
    throw malformed(
      `expected CSV, got what is none${typeof line === "number" ? ` at or before line ${line}` : ""} (${thrown.code})`,
    );
  }
}

function valuesOf(
  record: readonly string[],
  width: number,
  columns: ReadonlyMap<Field, number>,
): Pick<Row, "fault" | "values"> {
  if (record.length !== width) {
    return { fault: `expected ${width} cells, got ${record.length}`, values: {} };
  }
  const values: Row["values"] = {};
  for (const [field, index] of columns) {
    const value = cellValue(field, record[index] ?? "");
    if (value === undefined) continue;
    const fault = valueFault(field, value);
    if (fault !== undefined) return { fault, values: {} };
    values[field] = value;
  }
  return { values };
}

/** Why a value cannot be kept. */
export function valueFault(field: string, value: string | readonly string[]): string | undefined {
  const all = typeof value === "string" ? [value] : value;
  if (all.some((one) => one.length > MAX_CELL_CHARS))
    return `expected at most ${MAX_CELL_CHARS} characters in ${field}, got more`;
  // The recorder keeps no page with such a text: it is this row's fault alone.
  if (!all.every((one) => one.isWellFormed())) return `expected text in ${field}, got half a character`;
  return all.length > MAX_VALUES ? `expected at most ${MAX_VALUES} values in ${field}, got more` : undefined;
}

export function malformed(detail: string): CallFailure {
  return new CallFailure("malformed", detail, {
    fix: "Mend the file, or say under `columns` how its columns are headed: docs/people.md lists what is read.",
  });
}
