import { setImmediate } from "node:timers/promises";
import { inflateRawSync } from "node:zlib";
import { utf8Text } from "../../base/index.ts";

/**
 * What a workbook may be before anything takes it apart: somebody else packed it. Checked in one pass over each part, so that the time
 * grows with its length alone.
 */
export interface WorkbookBounds {
  /** Last row of a cell, as a spreadsheet numbers it. */
  readonly rows: number;
  /** Columns of a row. */
  readonly columns: number;
}

/** Most parts, and what one of them, and all of them, may come to when they are unpacked. */
const MAX_PARTS = 200;
const MAX_PART_BYTES = 64 * 2 ** 20;
const MAX_UNPACKED_BYTES = 96 * 2 ** 20;

/** Parts up to this are read whole at once by any reader; only the texts of cells and sheets are larger. */
const SMALL_BYTES = 2 ** 20;

/** Longest tag of XML, with its attributes; the root of a sheet has some 2,000 characters. */
const MAX_TAG = 16_384;

/** Longest text between tags; a cell has 32,767 characters, of which each may be written as `&quot;` is. */
const MAX_TEXT = 262_144;

/** Tags after which others have their turn. */
const TURN = 50_000;

/** What is wrong with a workbook; its reader says it in its own words. */
export class WorkbookFault extends Error {
  override readonly name = "WorkbookFault";
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}

/**
 * Where formulas stand in a workbook, e.g. `AB17`: in any sheet, however its part is named. A part is a sheet by what is in it: only
 * `sheetData` holds cells (ECMA-376 part 1, 18.3.1.80), and names of elements have no second way to be written. Throws `WorkbookFault`
 * where anything is beyond the bounds, or not as plain as spreadsheets write it.
 */
export async function formulasOf(bytes: Uint8Array, bounds: WorkbookBounds): Promise<ReadonlySet<string>> {
  const formulas = new Set<string>();
  for (const { name, content } of parts(bytes)) {
    // Whoever reads the workbook reads these alone: pictures and settings of printers stay as they are.
    if (!/\.(?:xml|rels)$/i.test(name)) continue;
    const xml = utf8Text(content, { file: "a part of the workbook", code: "E_INPUT" });
    if (xml.includes("sheetData") || content.length > SMALL_BYTES) await checkSheet(xml, bounds, formulas);
  }
  return formulas;
}

/** Cells of a sheet, held against the bounds. */
async function checkSheet(xml: string, bounds: WorkbookBounds, formulas: Set<string>): Promise<void> {
  let rows = 0;
  let read = 0;
  let row: number | undefined;
  let place = "";
  for (const { name, attributes } of tags(xml)) {
    read += 1;
    if (read % TURN === 0) await setImmediate();
    if (name === "dimension") {
      for (const corner of (attribute(attributes, "ref") ?? "").split(":"))
        if (corner !== "") placed(corner, bounds);
    } else if (name === "row") {
      rows += 1;
      const number = attribute(attributes, "r");
      if (number !== undefined && !/^\d{1,7}$/.test(number))
        throw new WorkbookFault("rows with numbers", "others");
      row = number === undefined ? undefined : Number(number);
      if (rows > bounds.rows || (row ?? 0) > bounds.rows) throw tooMany("rows", bounds.rows);
    } else if (name === "c") {
      place = attribute(attributes, "r") ?? "";
      const at = placed(place, bounds);
      row ??= at;
      // Readers go by the one or by the other.
      if (at !== row) throw new WorkbookFault("cells in their own rows", "a cell of another row");
    } else if (name === "f") formulas.add(place);
  }
}

/** The row of a cell such as `AB17`. */
function placed(place: string, { rows, columns }: WorkbookBounds): number {
  const [, letters, digits] = /^([A-Z]{1,3})([1-9]\d{0,6})$/.exec(place) ?? [];
  if (letters === undefined) throw new WorkbookFault("cells with places such as B2", "others");
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  if (column > columns) throw tooMany("columns", columns);
  const row = Number(digits);
  if (row > rows) throw tooMany("rows", rows);
  return row;
}

function tooMany(what: string, most: number): WorkbookFault {
  return new WorkbookFault(`at most ${most} ${what} in a sheet`, "more");
}

/** Opening tags, without prefixes. Anything that readers could take for different tags is refused. */
function* tags(xml: string): Generator<{ readonly name: string; readonly attributes: string }> {
  let from = 0;
  for (let at = xml.indexOf("<"); at >= 0; at = xml.indexOf("<", from)) {
    if (at - from > MAX_TEXT) throw malformed();
    const end = tagEnd(xml, at);
    const tag = xml.slice(at + 1, end);
    from = end + 1;
    if (tag.startsWith("/") || tag.startsWith("?")) continue;
    const [, name, attributes = ""] = /^(?:[\w.-]+:)?([\w.-]+)(?=[\s/]|$)([^]*)$/.exec(tag) ?? [];
    if (name === undefined) throw malformed();
    yield { name, attributes };
  }
  if (xml.length - from > MAX_TEXT) throw malformed();
}

/** Where a tag ends. Neither bracket may stand in the value of an attribute: some readers stop at it. */
function tagEnd(xml: string, at: number): number {
  const next = at + 1 + xml.slice(at + 1, at + MAX_TAG).search(/[<>]/);
  if (next === at || xml[next] !== ">") throw malformed();
  return next;
}

function malformed(): WorkbookFault {
  return new WorkbookFault("a workbook", "what cannot be read as one");
}

/** Value of an attribute, whatever its prefix. Two of one name are refused: readers take the one or the other. */
function attribute(attributes: string, name: string): string | undefined {
  const found = [...attributes.matchAll(/([\w.-]+)\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)')/g)].filter(
    ([, one]) => one === name,
  );
  if (found.length > 1) throw malformed();
  return found[0]?.[2] ?? found[0]?.[3];
}

/**
 * The parts of a workbook, which is a ZIP archive, by its directory, each unpacked within bounds: what it claims to be is not believed.
 * APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16; archives of more than 4 GB are refused.
 */
function* parts(bytes: Uint8Array): Generator<{ readonly name: string; readonly content: Buffer }> {
  const zip = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  const broken = (): WorkbookFault => new WorkbookFault("a workbook (.xlsx)", "what is no whole one");
  if (end < 0 || end + 22 > zip.length) throw broken();
  const count = zip.readUInt16LE(end + 10);
  if (count > MAX_PARTS) throw new WorkbookFault(`at most ${MAX_PARTS} packed files`, String(count));
  const names = new Set<string>();
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
    if (names.has(name) || local + 30 > zip.length || (method !== 0 && method !== 8)) throw broken();
    names.add(name);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    if (start + packed > zip.length) throw broken();
    if (size > Math.min(left, MAX_PART_BYTES))
      throw new WorkbookFault(`at most ${MAX_PART_BYTES / 2 ** 20} MB unpacked`, "more");
    left -= size;
    const content = inflated(zip.subarray(start, start + packed), method, size);
    if (content === undefined) throw broken();
    yield { name, content };
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

/** Exactly `size` bytes, or nothing. */
function inflated(raw: Buffer, method: number, size: number): Buffer | undefined {
  try {
    const content = method === 0 ? raw : inflateRawSync(raw, { maxOutputLength: Math.max(1, size) });
    return content.length === size ? content : undefined;
  } catch {
    return undefined;
  }
}
