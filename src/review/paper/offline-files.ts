import type { Blob } from "node:buffer";
import type Stream from "node:stream";
import { inflateRawSync } from "node:zlib";
import { CsvError, parse } from "csv-parse/sync";
import readXlsx from "read-excel-file/universal";
import writeXlsx, { type Feature, type SheetData } from "write-excel-file/node";
import { CountersignError, csv, printable, utf8Text } from "../../base/index.ts";
import { DECISION_KINDS } from "../model.ts";
import { ANSWERS, MAX_OFFLINE_ROWS, OFFLINE_COLUMNS, type OfflineItem, type OfflineRow } from "./offline.ts";
import type { ExportFormat } from "../views.ts";

/** Largest file that is read, and what a workbook may come to when it is unpacked. */
const MAX_FILE_BYTES = 64 * 2 ** 20;
const MAX_UNPACKED_BYTES = 256 * 2 ** 20;
const MAX_PACKED_FILES = 200;

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
        columns: OFFLINE_COLUMNS.map(({ name }) => ({ width: answers.has(name) ? 24 : 18 })),
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
  const formulas = new Set<string>();
  for (const { name, content } of unpacked(bytes)) {
    if (!/^xl\/worksheets\/[^/]+\.xml$/.test(name)) continue;
    const xml = utf8Text(content, { file: name, code: "E_INPUT" });
    for (const place of formulaPlaces(xml)) formulas.add(place);
  }
  // A cell may leave out where it stands; one with a formula then cannot be named.
  if (formulas.has("")) throw unreadable("texts and numbers", "a formula in a cell without a place");
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

/** Beginnings of cells and formulas, whatever the prefix of the elements. */
const CELL_OR_FORMULA = /<(?:\w+:)?([cf])(?=[\s/>])([^>]*)>/g;

/** Places of cells with formulas. Those of other sheets count as well: there are none in ours. */
function* formulaPlaces(xml: string): Generator<string> {
  let place = "";
  for (const [, element, attributes = ""] of xml.matchAll(CELL_OR_FORMULA)) {
    if (element === "f") yield place;
    else place = /\sr\s*=\s*["']([A-Z]{1,3}\d{1,7})["']/.exec(attributes)?.[1] ?? "";
  }
}

function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * The files of a ZIP archive by its directory, each unpacked within bounds: what a workbook claims to be is not believed. E_INPUT.
 * APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16; archives of more than 4 GB are refused.
 */
function* unpacked(bytes: Uint8Array): Generator<{ readonly name: string; readonly content: Buffer }> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const broken = (): CountersignError => unreadable("a workbook (.xlsx)", "what is no whole one");
  if (end < 0 || end + 22 > zip.length) throw broken();
  const count = zip.readUInt16LE(end + 10);
  if (count > MAX_PACKED_FILES) throw unreadable(`at most ${MAX_PACKED_FILES} packed files`, String(count));
  let at = zip.readUInt32LE(end + 16);
  let left = MAX_UNPACKED_BYTES;
  for (let file = 0; file < count; file += 1) {
    if (at + 46 > zip.length || zip.readUInt32LE(at) !== 0x02_01_4b_50) throw broken();
    const method = zip.readUInt16LE(at + 10);
    const packed = zip.readUInt32LE(at + 20);
    const size = zip.readUInt32LE(at + 24);
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const name = zip.toString("utf8", at + 46, at + 46 + nameLength);
    if (local + 30 > zip.length || (method !== 0 && method !== 8)) throw broken();
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    if (start + packed > zip.length) throw broken();
    if (size > left) throw unreadable(`at most ${MAX_UNPACKED_BYTES / 2 ** 20} MB unpacked`, "more");
    left -= size;
    const raw = zip.subarray(start, start + packed);
    let content: Buffer;
    try {
      content = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
    } catch {
      throw broken();
    }
    if (content.length !== size) throw broken();
    yield { name, content };
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

function unreadable(expected: string, got: string): CountersignError {
  return new CountersignError("E_INPUT", `expected ${expected}, got ${got}`, {
    fix: "Export your items again, fill in the last columns, and save it as the same kind of file.",
  });
}
