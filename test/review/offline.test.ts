import { parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import readXlsx from "read-excel-file/universal";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { beforeEach, describe, expect, it } from "vitest";
import type { Decision } from "../../src/review/model.ts";
import { offlineText } from "../../src/review/desk/offline.ts";
import { answerOf } from "../../src/review/paper/offline.ts";
import { readOffline, writeOffline } from "../../src/review/paper/offline-files.ts";
import { actor, estate, openDesk, seenOf } from "./estate.ts";
import { campaignItem } from "./campaign.ts";

const ID = "quarterly-2026-q4";
const WHY = "needed for the nightly settlement";

let opened: Awaited<ReturnType<typeof openDesk>>;

beforeEach(async () => {
  opened = await openDesk();
  await opened.desk.running.start(actor.cora, "quarterly");
  await opened.desk.running.act(actor.cora, ID, "open", 1);
  opened.world.now = "2026-10-05T09:00:00.000Z";
});

type Cells = Record<string, string>;

/** A spreadsheet's work on a list: changes some cells of the rows by `<name> <tier>`. */
async function filled(changes: Record<string, Cells>, delimiter = ","): Promise<Buffer> {
  const file = await opened.desk.offline.exportItems(actor.mia, ID, "csv");
  const rows = parse<Cells>(Buffer.from(file.bytes), { bom: true, columns: true });
  const edited = rows.map((row) => ({ ...row, ...changes[nameOf(row)] }));
  return Buffer.from(stringify(edited, { header: true, delimiter, bom: true }), "utf8");
}

function nameOf(row: Cells): string {
  return `${(row["principal"] ?? "").slice("auth/userpass/".length)} ${row["tier"] ?? ""}`;
}

async function taken(bytes: Uint8Array, dryRun = false) {
  return await opened.desk.offline.importDecisions(actor.mia, ID, "csv", bytes, { dryRun });
}

async function decisions(): Promise<Decision[]> {
  const kinds = await opened.state.entries({ campaign_id: ID });
  return kinds
    .filter(({ kind }) => kind === "decided")
    .flatMap(({ document }) => (JSON.parse(document) as { decisions: Decision[] }).decisions);
}

describe("deciding in a spreadsheet", () => {
  it("records good rows, skips those without an answer, and tells of each other what is wrong and where", async () => {
    const bytes = await filled({
      "ada standard": { decision: "Certify", justification: WHY },
      "ben standard": { decision: "maybe" },
      "eve standard": { decision: "revoke", title: "Director" },
    });
    opened.world.now = "2026-10-05T10:00:00.000Z";
    const result = await taken(bytes);
    expect(result).toMatchObject({ accepted: 1, skipped: 1, handed_on: 0, dry_run: false });
    expect(result.refused.map(({ column, reason }) => `${column ?? ""}: ${reason}`).sort()).toEqual([
      "decision: expected certify, reduce, revoke, time_limit, got maybe",
      "title: expected not known, got Director",
    ]);
    expect(offlineText(result)).toBe(
      "recorded 1 decision, handed on 0 items, without an answer 1 row, refused 2 rows",
    );
    expect(await decisions()).toMatchObject([
      { kind: "certify", by: "mia@example.com", channel: "csv", bulk_size: 1, considered_s: 3600 },
    ]);
  });

  it("takes all decisions, with ends and reductions, from a list with semicolons", async () => {
    const secret = "vault:kv/payments/db";
    const named = await filled(
      {
        "ada standard": { decision: "time limit", until: "2026-12-01", justification: WHY },
        "ben standard": { decision: "reduce", revoke_secrets: secret, justification: WHY },
        "eve standard": { hand_on_to: "Vera@example.com", justification: "she is of her department" },
      },
      ";",
    );
    const result = await taken(named);
    expect(result).toMatchObject({ accepted: 2, handed_on: 1, skipped: 1, refused: [] });
    const [first, second] = (await decisions()).sort((a, b) => a.kind.localeCompare(b.kind));
    expect(first).toMatchObject({ kind: "reduce", revoke_secrets: [secret] });
    expect(second).toMatchObject({ kind: "time_limit", until: "2026-12-01T23:59:59.999Z" });
  });

  it("refuses by the same rules as the page", async () => {
    const result = await taken(
      await filled({
        "ben critical": { decision: "certify" },
        "eve standard": { decision: "certify" },
        "ada standard": { decision: "time_limit", until: "2020-01-01", justification: WHY },
      }),
    );
    expect(result.accepted).toBe(0);
    expect(result.refused.map(({ reason }) => reason).join()).toMatch(
      /justification.*justification.*after now/s,
    );
  });

  it("counts rows that say the same as one act, and lets none of these be what must be looked at by itself", async () => {
    const same = { decision: "certify", justification: WHY };
    const blanket = await taken(
      await filled({ "ada standard": same, "ben standard": same, "ben critical": same }),
    );
    expect(blanket).toMatchObject({ accepted: 0 });
    expect(blanket.refused.map(({ column }) => column)).toEqual(Array(3).fill("justification"));
    const gone = { decision: "revoke", justification: WHY };
    const result = await taken(
      await filled({ "ada standard": gone, "ben standard": gone, "ben critical": same }),
    );
    expect(result).toMatchObject({ accepted: 3, refused: [] });
    expect((await decisions()).map(({ bulk_size }) => bulk_size).sort()).toEqual([1, 2, 2]);
  });

  it("tells what somebody did meanwhile, and who", async () => {
    const bytes = await filled({ "ada standard": { decision: "certify", justification: WHY } });
    expect(await taken(bytes)).toMatchObject({ accepted: 1 });
    const again = await taken(bytes);
    expect(again).toMatchObject({ accepted: 0, refused: [{ conflict: true, column: "version" }] });
    expect(again.refused[0]?.reason).toContain("decided by mia@example.com");
    const other = await filled({ "ben standard": { decision: "certify", justification: WHY } });
    opened.world.seen = seenOf(
      estate({ ada: ["payments"], ben: ["payments"] }).labelled("kv/", "payments/new"),
      "2026-10-06T06:00:00.000Z",
    );
    opened.world.now = "2026-10-06T09:00:00.000Z";
    const { campaign } = await opened.desk.reading.campaign(actor.cora, ID);
    await opened.desk.running.act(actor.cora, ID, "refresh", campaign.version);
    expect((await taken(other)).refused[0]).toMatchObject({ conflict: true });
  });

  it("records nothing on a trial, and then the same", async () => {
    const bytes = await filled({
      "ada standard": { decision: "certify", justification: WHY },
      "eve standard": { hand_on_to: "vera@example.com", justification: "she is of her department" },
    });
    expect(await taken(bytes, true)).toMatchObject({ accepted: 1, handed_on: 1, dry_run: true });
    expect(await decisions()).toEqual([]);
    expect(await taken(bytes)).toMatchObject({ accepted: 1, handed_on: 1 });
  });

  it("shows nobody another's items, and takes none from them", async () => {
    const bytes = await filled({ "ada standard": { decision: "certify", justification: WHY } });
    const [row] = parse<Cells>(bytes, { bom: true, columns: true }).filter(({ decision }) => decision !== "");
    const { version, seen_sha256, item_id = "" } = row ?? {};
    await opened.desk.deciding.handOn(
      actor.mia,
      ID,
      { item_id, version: Number(version), seen_sha256: seen_sha256 ?? "" },
      "vera@example.com",
      "she is of her department",
    );
    const result = await taken(bytes);
    expect(result).toMatchObject({ accepted: 0, refused: [{ column: "item_id" }] });
    await expect(opened.desk.offline.exportItems(actor.olga, ID, "csv")).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
  });

  it("tells whoever has no part in a campaign nothing of it, and reads nothing that they send", async () => {
    for (const id of [ID, "nosuch"]) {
      for (const act of [
        opened.desk.offline.exportItems(actor.ada, id, "csv"),
        opened.desk.offline.importDecisions(actor.ada, id, "xlsx", Buffer.from("no workbook")),
      ])
        await expect(act).rejects.toMatchObject({
          code: "E_NOT_FOUND",
          message: `expected a campaign ${id}, got none`,
        });
    }
    const both = { who: actor.cora.who, roles: ["compliance", "reviewer"] } as const;
    const read = opened.desk.offline.importDecisions(both, ID, "xlsx", Buffer.from("no workbook"));
    await expect(read).rejects.toMatchObject({ code: "E_REVIEW" });
    const own = await opened.desk.offline.exportItems(both, ID, "csv");
    expect(parse(Buffer.from(own.bytes), { bom: true, columns: true })).toEqual([]);
  });

  it("answers each item once", async () => {
    const bytes = await filled({ "ada standard": { decision: "certify", justification: WHY } });
    const rows: string[][] = parse(bytes, { bom: true });
    const twice = rows.find((row) => row.includes("certify")) ?? [];
    const doubled = Buffer.from(stringify([...rows, twice]), "utf8");
    const result = await taken(doubled);
    expect(result).toMatchObject({ accepted: 0 });
    expect(result.refused).toHaveLength(2);
  });
});

describe("a list as XLSX", () => {
  it("has a list of decisions to choose from, a sheet that explains it, and comes back", async () => {
    const file = await opened.desk.offline.exportItems(actor.mia, ID, "xlsx");
    expect(file.name).toBe(`${ID}-items.xlsx`);
    const packed = unzipSync(file.bytes);
    expect(strFromU8(packed["xl/worksheets/sheet1.xml"] ?? strToU8(""))).toContain(
      '<formula1>"certify,reduce,revoke,time_limit"</formula1>',
    );
    const [items, help] = await readXlsx(Uint8Array.from(file.bytes).buffer);
    expect(items?.data).toHaveLength(5);
    expect(help?.data.flat().join("\n")).toContain("Formulas are refused");
    const rows = await readOffline("xlsx", file.bytes);
    expect(rows.map(({ row }) => row)).toEqual([2, 3, 4, 5]);
    const result = await opened.desk.offline.importDecisions(actor.mia, ID, "xlsx", file.bytes);
    expect(result).toMatchObject({ accepted: 0, skipped: 4, refused: [] });
    const answered = await withCells(file.bytes, (name) => (name === "decision" ? "revoke" : undefined));
    expect(await opened.desk.offline.importDecisions(actor.mia, ID, "xlsx", answered)).toMatchObject({
      accepted: 4,
      refused: [],
    });
    expect(await decisions()).toMatchObject(Array(4).fill({ channel: "xlsx", bulk_size: 4 }));
  });

  it("shows beside what is decided on where to decide, keeps that in sight, and takes the columns in any order", async () => {
    const file = await opened.desk.offline.exportItems(actor.mia, ID, "xlsx");
    const [items] = await readXlsx(Uint8Array.from(file.bytes).buffer);
    const names = (items?.data[0] ?? []).map(String);
    expect(names.slice(0, 7)).toEqual([
      ...["principal", "secrets", "access", "tier", "recommendation", "decision", "justification"],
    ]);
    expect(names.slice(-4)).toEqual(["campaign_id", "item_id", "version", "seen_sha256"]);
    const xml = strFromU8(unzipSync(file.bytes)["xl/worksheets/sheet1.xml"] ?? strToU8(""));
    expect(xml).toMatch(/<pane [^>]*xSplit="2"/);
    expect(xml).toMatch(/<pane [^>]*ySplit="1"/);
    expect(xml).toContain('sqref="F2:F5"');
    expect(
      new Set([...xml.matchAll(/<col [^>]*width="([\d.]+)"/g)].map(([, width]) => width)).size,
    ).toBeGreaterThan(4);
    const answered = parse<Cells>(
      await filled({ "ada standard": { decision: "certify", justification: WHY } }),
      {
        bom: true,
        columns: true,
      },
    );
    // As lists were before: what binds an answer first, the answers last.
    const former = [...names.slice(-4), ...names.slice(0, 5), ...names.slice(11, -4), ...names.slice(5, 11)];
    const bytes = Buffer.from(stringify(answered, { header: true, columns: former }), "utf8");
    expect(await taken(bytes)).toMatchObject({ accepted: 1, refused: [] });
  });

  it("refuses formulas, by row and column", async () => {
    const file = await opened.desk.offline.exportItems(actor.mia, ID, "xlsx");
    const answered = await withCells(file.bytes, (name) => (name === "decision" ? "certify" : undefined));
    const packed = unzipSync(answered);
    const xml = strFromU8(packed["xl/worksheets/sheet1.xml"] ?? strToU8(""));
    const place = /<c r="([A-Z]+)2"[^>]*t="inlineStr"/.exec(xml)?.[1] ?? "";
    const formula = xml.replace(
      new RegExp(`<c r="${place}2"[^>]*>.*?</c>`),
      `<c r="${place}2" t="str"><f>CONCATENATE("cert","ify")</f><v>certify</v></c>`,
    );
    expect(formula).not.toBe(xml);
    const bytes = zipSync({ ...packed, "xl/worksheets/sheet1.xml": strToU8(formula) });
    const { refused } = await opened.desk.offline.importDecisions(actor.mia, ID, "xlsx", bytes);
    expect(refused[0]).toMatchObject({
      row: 2,
      column: "decision",
      reason: "expected a text, got a formula",
    });
  });

  it("refuses what unpacks to more than it says, or is no workbook", async () => {
    for (const bytes of [
      Buffer.from("no workbook"),
      Buffer.alloc(0),
      Buffer.from("PK\u0005\u0006", "latin1"),
    ]) {
      await expect(readOffline("xlsx", bytes)).rejects.toMatchObject({ code: "E_INPUT" });
    }
    const bomb = Buffer.from(zipSync({ "xl/worksheets/sheet1.xml": new Uint8Array(2 ** 20) }));
    const directory = bomb.lastIndexOf(Buffer.from("PK\u0001\u0002", "latin1"));
    bomb.writeUInt32LE(1000, directory + 24);
    await expect(readOffline("xlsx", bomb)).rejects.toMatchObject({ code: "E_INPUT" });
  });
});

describe("a workbook that somebody made up", () => {
  const XLSX_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"';
  const REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const sheet = (inside: string) => `<worksheet ${XLSX_NS}><sheetData>${inside}</sheetData></worksheet>`;

  function workbook(xml: string, part = "worksheets/sheet1.xml"): Uint8Array {
    const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${REL}/worksheet" Target="${part}"/></Relationships>`;
    return zipSync({
      "xl/workbook.xml": strToU8(
        `<workbook ${XLSX_NS} xmlns:r="${REL}"><sheets><sheet name="items" sheetId="1" r:id="rId1"/></sheets></workbook>`,
      ),
      "xl/_rels/workbook.xml.rels": strToU8(relations),
      [`xl/${part}`]: strToU8(xml),
    });
  }
  const row = (number: number, cells: readonly string[], more = "") =>
    `<row r="${number}">${cells
      .map(
        (text, at) =>
          `<c r="${String.fromCharCode(65 + at)}${number}" t="inlineStr"><is><t>${text}</t></is></c>`,
      )
      .join("")}${more}</row>`;
  const head = row(1, ["item_id", "version", "seen_sha256", "decision"]);
  const formula = `<c r="D2" t="str"><f>LOWER("CERTIFY")</f><v>certify</v></c>`;
  const refused = async (bytes: Uint8Array) => {
    await expect(readOffline("xlsx", bytes)).rejects.toMatchObject({ code: "E_INPUT" });
  };

  it("is read where it is plain", async () => {
    const [line] = await readOffline("xlsx", workbook(sheet(head + row(2, ["a", "b", "c", "certify"]))));
    expect(line).toMatchObject({ row: 2, formulas: [] });
    expect(line?.cells.get("decision")).toBe("certify");
  });

  it("is refused in a time that grows with its length alone", { timeout: 20_000 }, async () => {
    const started = performance.now();
    await refused(workbook("<sheetData/>" + "<c ".repeat(2e6)));
    await refused(workbook(sheet(head + '<c r="A2" '.repeat(1e6))));
    await refused(workbook(sheet(head + row(2, ["x".repeat(2e6)]))));
    const names = Array.from({ length: 3e5 }, (_, at) => `n${at}`).join(",");
    await expect(
      readOffline("csv", Buffer.from(`item_id,version,seen_sha256,decision,${names}\n`)),
    ).rejects.toMatchObject({ code: "E_INPUT" });
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it("is refused where its cells are beyond the form, before a table is made of them", async () => {
    for (const beyond of [
      '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
      '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"/>',
      '<row r="1"><c r="XFD1"><v>1</v></c></row>',
      '<row><c x:r="XFD1"><v>1</v></c></row>',
      '<row><c r="XFD&#49;"><v>1</v></c></row>',
      '<row><c x=">" r="XFD1"><v>1</v></c></row>',
      '<row><c r="A1" x:r="XFD1"><v>1</v></c></row>',
      "<row/>".repeat(20_002),
    ])
      await refused(workbook(sheet(beyond)));
    await refused(workbook(`<worksheet ${XLSX_NS}><dimension ref="A1:XFD1048576"/><sheetData/></worksheet>`));
  });

  it("hides no formula, however its sheet's part is named and wherever the cell says it stands", async () => {
    const xml = sheet(head + row(2, ["a", "b", "c"], formula));
    for (const part of [
      "worksheets/sheet1.xml",
      "worksheets/sub/sheet1.xml",
      "styles2.xml",
      "/else/where.xml",
    ]) {
      const bytes = part.startsWith("/")
        ? zipSync({ ...unzipSync(workbook(xml, part)), [part.slice(1)]: strToU8(xml) })
        : workbook(xml, part);
      const [line] = await readOffline("xlsx", bytes);
      expect(line, part).toMatchObject({ formulas: ["decision"] });
    }
    await refused(workbook(sheet(head + row(2, ["a", "b", "c"], formula.replace("D2", "D3")))));
    await refused(workbook(sheet(`${head}<!--${row(2, ["a"])}-->`)));
  });
});

/** A workbook with text in cells that were empty. */
async function withCells(
  bytes: Uint8Array,
  value: (column: string) => string | undefined,
): Promise<Uint8Array> {
  const [items] = await readXlsx(Uint8Array.from(bytes).buffer);
  const names = (items?.data[0] ?? []).map(String);
  const packed = unzipSync(bytes);
  const xml = strFromU8(packed["xl/worksheets/sheet1.xml"] ?? strToU8(""));
  const letters = (index: number): string =>
    index < 26 ? String.fromCharCode(65 + index) : letters(Math.floor(index / 26) - 1) + letters(index % 26);
  const next = xml.replaceAll(
    /<c r="([A-Z]+)(\d+)"([^>]*)\/?>(<\/c>)?(?=<c |<\/row>)/g,
    (cell, column: string, row: string) => {
      const text = row === "1" ? undefined : value(names.find((_, place) => letters(place) === column) ?? "");
      return text === undefined ? cell : `<c r="${column}${row}" t="inlineStr"><is><t>${text}</t></is></c>`;
    },
  );
  return zipSync({ ...packed, "xl/worksheets/sheet1.xml": strToU8(next) });
}

describe("a row", () => {
  const row = (cells: Cells) => ({ row: 2, cells: new Map(Object.entries(cells)), formulas: [] });

  it("says what is answered, or what is wrong", () => {
    expect(answerOf(row({}))).toEqual({ is: "nothing" });
    expect(answerOf(row({ justification: WHY }))).toMatchObject({ fault: { column: "decision" } });
    expect(answerOf(row({ decision: "time_limit", until: "2027-02-30" }))).toMatchObject({
      fault: { column: "until" },
    });
    expect(answerOf(row({ decision: "certify", keep_actions: "read" }))).toMatchObject({ is: "fault" });
    expect(answerOf(row({ decision: "reduce", keep_actions: "read, fly" }))).toMatchObject({ is: "fault" });
    expect(answerOf(row({ decision: "=1" }))).toMatchObject({ fault: { got: "a formula" } });
    expect(answerOf(row({ decision: "certify", justification: "=1" }))).toMatchObject({ is: "fault" });
    expect(answerOf(row({ decision: "certify", justification: "'- for the job" }))).toMatchObject({
      choice: { justification: "- for the job" },
    });
    expect(answerOf(row({ hand_on_to: "a@b.example", decision: "certify" }))).toMatchObject({ is: "fault" });
  });

  it("comes back as it was where a spreadsheet would have run it", async () => {
    const found = campaignItem(
      {},
      { conditions: ["=cmd|' /C calc'!A0"], change_detail: "'-1", path: ["@a\r\nb"] },
    );
    const file = await writeOffline("csv", [{ found, secrets: ["+x"] }], []);
    expect(Buffer.from(file).toString("utf8")).toContain("'=cmd");
    const [back] = await readOffline("csv", file);
    const { editedCell } = await import("../../src/review/paper/offline.ts");
    if (back === undefined) throw new Error("no row");
    expect(editedCell(back, { found, secrets: ["+x"] })).toBeUndefined();
  });
});
