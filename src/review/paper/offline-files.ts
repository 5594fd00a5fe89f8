import type { Blob } from "node:buffer";
import type Stream from "node:stream";
import { CsvError, parse } from "csv-parse/sync";
import readXlsx from "read-excel-file/universal";
import writeXlsx, { type Feature, type SheetData } from "write-excel-file/node";
import { CountersignError, csv, printable, utf8Text } from "../../base/index.ts";
import { DECISION_KINDS } from "../model.ts";
import {
  ANSWERS,
  FROZEN_COLUMNS,
  MAX_OFFLINE_ROWS,
  OFFLINE_COLUMNS,
  widthOf,
  type OfflineItem,
  type OfflineRow,
} from "./offline.ts";
import type { ExportFormat } from "../views.ts";
import { WorkbookFault, formulasOf } from "./workbook.ts";

/** Largest file that is read. */
const MAX_FILE_BYTES = 64 * 2 ** 20;

/** Most columns: those of the form, and some of the reviewer's own. */
const MAX_COLUMNS = 128;

const SHEET = "items";

/** A reviewer's items as a file. `help`: lines of a second sheet, of XLSX alone. */
export async function writeOffline(
  format: ExportFormat,
  items: readonly OfflineItem[],
  help: readonly string[],
): Promise<Uint8Array> {
  if (format === "csv") return Buffer.from(csv(OFFLINE_COLUMNS, items), "utf8");
  const answers = new Set<string>(ANSWERS.map(({ name }) => name));
  const head = OFFLINE_COLUMNS.map(({ name }) => ({
    value: name,
    fontWeight: "bold" as const,
    backgroundColor: answers.has(name) ? "#fff3d9" : "#eff2f5",
  }));
  const rows = items.map((item) =>
    OFFLINE_COLUMNS.map(({ name, cell }) => {
      const value = cell(item);
      if (answers.has(name)) return { type: String, backgroundColor: "#fffaee", format: "@" };
      if (typeof value === "number") return { value, type: Number };
      return value === "" ? null : { value: printable(value), type: String, format: "@" };
    }),
  );
  const told: SheetData = [
    [{ value: "How to decide in this workbook", fontWeight: "bold" }],
    ...help.map((line) => [{ value: line, type: String, wrap: true }]),
    ...ANSWERS.map(({ name, allowed }) => [{ value: `${name}: ${allowed}`, type: String, wrap: true }]),
  ];
  return await writeXlsx(
    [
      {
        sheet: SHEET,
        data: [head, ...rows],
        stickyRowsCount: 1,
        stickyColumnsCount: FROZEN_COLUMNS,
        columns: OFFLINE_COLUMNS.map(({ name }) => ({ width: widthOf(name) })),
      },
      { sheet: "how to", data: told, columns: [{ width: 110 }] },
    ],
    { features: [choices(items.length)] },
  ).toBuffer();
}

/** A list to choose decisions from, as ECMA-376 part 1, 18.3.1.33 has it: behind the cells, before everything that follows them. */
function choices(rowCount: number): Feature<Blob | Buffer | Stream> {
  const column = columnName(OFFLINE_COLUMNS.findIndex(({ name }) => name === "decision"));
  const validation =
    `<dataValidations count="1"><dataValidation type="list" allowBlank="1" showErrorMessage="1" ` +
    `errorTitle="Decision" error="${DECISION_KINDS.join(", ")}" sqref="${column}2:${column}${rowCount + 1}">` +
    `<formula1>"${DECISION_KINDS.join(",")}"</formula1></dataValidation></dataValidations>`;
  return {
    files: {
      transform: {
        "xl/worksheets/sheet{id}.xml": {
          transform: (xml, _options, { sheetIndex }) =>
            sheetIndex === 0 && rowCount > 0 ? xml.replace("</sheetData>", `</sheetData>${validation}`) : xml,
        },
      },
    },
  };
}

function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : `${columnName(Math.floor(index / 26) - 1)}${letter}`;
}

/** The lines of a file that a reviewer gives back. E_INPUT where it is none, or too large. */
export async function readOffline(format: ExportFormat, bytes: Uint8Array): Promise<OfflineRow[]> {
  if (bytes.length > MAX_FILE_BYTES)
    throw unreadable(`at most ${MAX_FILE_BYTES / 2 ** 20} MB`, `${Math.ceil(bytes.length / 2 ** 20)} MB`);
  const { table, formulas } = format === "csv" ? readTable(bytes) : await readWorkbook(bytes);
  const [head, ...rows] = table;
  const names = (head ?? []).map((name) => name.trim());
  if (names.length > MAX_COLUMNS) throw unreadable(`at most ${MAX_COLUMNS} columns`, String(names.length));
  const lacking = ["item_id", "version", "seen_sha256", "decision"].find((name) => !names.includes(name));
  if (lacking !== undefined) throw unreadable(`a column ${lacking} in the first line`, "none");
  const twice = names.find((name, index) => name !== "" && names.indexOf(name) < index);
  if (twice !== undefined) throw unreadable(`one column ${twice}`, "several");
  const read = rows.map((cells, index) => ({
    row: index + 2,
    cells: new Map(names.map((name, place) => [name, cells[place] ?? ""])),
    formulas: names.filter((_, place) => formulas.has(`${columnName(place)}${index + 2}`)),
  }));
  const filled = read.filter(({ cells }) => [...cells.values()].some((cell) => cell.trim() !== ""));
  if (filled.length > MAX_OFFLINE_ROWS)
    throw unreadable(`at most ${MAX_OFFLINE_ROWS} rows`, String(filled.length));
  return filled;
}

/** Cells as text, and where formulas stand, e.g. `AB17`. */
interface Table {
  readonly table: readonly (readonly string[])[];
  readonly formulas: ReadonlySet<string>;
}

function readTable(bytes: Uint8Array): Table {
  const text = utf8Text(Buffer.from(bytes), { file: "the list", code: "E_INPUT" });
  const head = text.slice(0, 65_536).split(/\r?\n/, 1)[0] ?? "";
  // Which one a spreadsheet writes depends on its language.
  const delimiter = [",", ";", "\t"].find((one) => head.includes(one)) ?? ",";
  try {
    const table: string[][] = parse(text, {
      bom: true,
      delimiter,
      relax_column_count: true,
      to: MAX_OFFLINE_ROWS + 2,
    });
    return { table, formulas: new Set() };
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    // The parser's own message quotes the file.
    throw unreadable("CSV", `what is none (${thrown.code})`);
  }
}

async function readWorkbook(bytes: Uint8Array): Promise<Table> {
  const formulas = await formulasWithin(bytes);
  const whole = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
  let sheets;
  try {
    sheets = await readXlsx(whole);
  } catch {
    throw unreadable("a workbook", "what cannot be read as one");
  }
  const sheet = sheets.find((one) => one.sheet === SHEET) ?? sheets[0];
  const table = (sheet?.data ?? []).map((row) => row.map(cellText));
  return { table, formulas };
}

async function formulasWithin(bytes: Uint8Array): Promise<ReadonlySet<string>> {
  try {
    return await formulasOf(bytes, { rows: MAX_OFFLINE_ROWS + 1, columns: MAX_COLUMNS });
  } catch (thrown) {
    if (thrown instanceof WorkbookFault) throw unreadable(thrown.expected, thrown.got);
    throw thrown;
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === "string" ? value : JSON.stringify(value);
}

function unreadable(expected: string, got: string): CountersignError {
  return new CountersignError("E_INPUT", `expected ${expected}, got ${got}`, {
    fix: "Export your items again, fill in the columns from decision to hand_on_to, and save it as the same kind of file.",
  });
}
