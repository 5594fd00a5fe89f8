import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EvidencePackage } from "../../src/evidence/index.ts";
import { readReportDefinition, renderPdf, type ReportDefinition } from "../../src/render/index.ts";
import { makeRegister, numberedFindings } from "../../src/render/register.ts";
import { found } from "../counterparties/availability.ts";
import { samplePackage } from "./package.ts";
import { ensurePoppler, saved } from "./poppler.ts";

const NOTICE = "Demonstration: a recorded estate of a fictional company.";
const GOLDEN = new URL("../golden/evidence-report.txt", import.meta.url);

const poppler = ensurePoppler();
let definition: ReportDefinition;
let folder: string;

beforeAll(async () => {
  definition = await readReportDefinition();
  folder = mkdtempSync(join(tmpdir(), "render-"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function printed(source: EvidencePackage, page: "a4" | "letter" = "a4"): Promise<string> {
  const bytes = await renderPdf(source, { definition, page });
  return saved(join(folder, `${source.head.package_id}-${page}.pdf`), bytes);
}

/** A page without its running head and foot. */
function body(page: string): string {
  const lines = page.split("\n").filter((line) => line.trim() !== "");
  return lines
    .filter(
      (line) => !/^\s*(report|snapshot) +[0-9a-f]{64}|Page \d+ of \d+|As of \S+Z \(UTC\)\s*$/.test(line),
    )
    .join("\n");
}

describe("the evidence report", () => {
  it("has the same bytes each time", async () => {
    const source = samplePackage({ notice: NOTICE });
    const [first, second] = [
      await renderPdf(source, { definition }),
      await renderPdf(source, { definition }),
    ];
    expect(first.equals(second)).toBe(true);
  });

  it("prints an estate of nothing", async () => {
    const bytes = await renderPdf(samplePackage({ empty: true }), { definition });
    expect(bytes.subarray(0, 8).toString("latin1")).toBe("%PDF-1.7");
  });
});

describe.skipIf("missing" in poppler)("the evidence report, read by Poppler", () => {
  let file: string;
  let pages: string[];
  const source = samplePackage({ notice: NOTICE });

  beforeAll(async () => {
    file = await printed(source);
    pages = found(poppler).pages(file);
  });

  it("says what the golden text says", () => {
    const text = pages.join("\f\n");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, "utf8"));
  });

  it("names itself, its instant and its snapshot on every page, and leaves none blank", () => {
    const { package_id, as_of, snapshot } = source.head;
    for (const [index, page] of pages.entries()) {
      expect(page).toContain(package_id);
      expect(page).toContain(snapshot.manifest_sha256);
      expect(page).toContain(as_of);
      expect(page).toContain(`Page ${index + 1} of ${pages.length}`);
      expect(body(page).length, `page ${index + 1}`).toBeGreaterThan(40);
    }
  });

  it("says on its first pages that a store was read unencrypted, and of no other", async () => {
    const { head } = source;
    const clear = head.sources.map((one) => ({ ...one, address: "http://vault.harbourpine.example:8200" }));
    const read = found(poppler).pages(
      await printed({ ...source, head: { ...head, package_id: "c".repeat(64), sources: clear } }),
    );
    const warnings = [/Read over http/, /Read unencrypted/];
    for (const warning of warnings) {
      expect(read.slice(0, 6).join("\n")).toMatch(warning);
      expect(pages.join("\n")).not.toMatch(warning);
    }
  });

  it("is tagged, titled, and embeds every font", () => {
    const info = found(poppler).info(file);
    expect(info).toMatchObject({ Tagged: "yes", "Page size": expect.stringContaining("(A4)") as string });
    expect(info["Title"]).toContain("Harbour and Pine Logistics Holding");
    const fonts = found(poppler).fonts(file);
    expect(fonts.length).toBeGreaterThan(1);
    for (const font of fonts) expect(font).toMatchObject({ embedded: true, unicode: true });
  });

  it("has a bookmark for each section and each control", () => {
    const bookmarks = found(poppler).bookmarks(file);
    for (const title of [
      "Summary",
      "Completeness and accuracy",
      "Register of deviations",
      "Register of gaps",
      "Glossary",
    ]) {
      expect(bookmarks).toContain(title);
    }
    for (const { controls } of source.head.frameworks) {
      for (const { control_id } of controls) {
        expect(
          bookmarks.some((title) => title.startsWith(control_id)),
          control_id,
        ).toBe(true);
      }
    }
  });

  it("prints every finding and gap once in its register, with its id and its records", () => {
    const text = pages.join("\n");
    const squeezed = text.replace(/\s+/g, "");
    const destinations = new Set(found(poppler).destinations(file));
    const register = makeRegister(source);
    for (const { number, finding } of numberedFindings(register)) {
      for (const record of finding.records) expect(text).toContain(record.slice(0, register.recordDigits));
      expect(text).toContain(finding.finding_id.slice(0, 16));
      expect(text).toContain(number);
      expect(destinations.has(`finding-${number}`)).toBe(true);
    }
    for (const gap of source.gaps) expect(squeezed).toContain(gap.gap.slice(0, 16));
  });

  it("prints the text of a policy in full, each line with its number", async () => {
    const lines = Array.from({ length: 700 }, (_, place) => `# line-${place + 1}-of-the-policy`);
    const extracts = source.extracts.map((fact) =>
      fact.kind === "policy_document" ? { ...fact, text: lines.join("\n") } : fact,
    );
    const text = found(poppler)
      .pages(await printed({ ...source, extracts, head: { ...source.head, package_id: "f".repeat(64) } }))
      .join("\n");
    for (const [place, line] of lines.entries())
      expect(text, line).toMatch(new RegExp(`\\b${place + 1} +${line}(?!\\d)`));
  });

  it("shows what cannot be printed by its code point and lets nothing reorder a line", () => {
    const text = pages.join("\n");
    const squeezed = text.replace(/\s+/g, "");
    expect(squeezed).toContain("‹U+202E›txt.exe");
    expect(squeezed).toContain("‹U+1F511›");
    expect(squeezed).toContain("‹U+0007›bell");
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u200b-\u200f\u{1F300}-\u{1FAFF}]/u);
    expect(squeezed).toContain("Žluťoučký");
    expect(squeezed).toContain("Подпись");
  });

  it("cuts nothing off: a name of 300 letters is there in full", () => {
    expect(
      pages
        .join("")
        .match(/a{10,}/g)
        ?.join("").length,
    ).toBeGreaterThanOrEqual(600);
  });

  it("calls the notice out on the cover and points to it from each page", () => {
    expect(pages[0]).toContain(NOTICE);
    for (const page of pages.slice(1)) expect(page).toContain("Read the notice on page 1");
  });

  it("fits letter paper", async () => {
    const letter = await printed(source, "letter");
    expect(found(poppler).info(letter)["Page size"]).toContain("letter");
  });

  it("says in its summary how many earlier findings are out of sight without being fixed", async () => {
    const text = found(poppler)
      .pages(await printed(samplePackage({ notice: NOTICE })))
      .join("\n");
    expect(text).toMatch(/▲ Fewer findings are no progress here\. \d+ earlier findings? out of sight/);
  });

  it("never lets an empty estate look clean", async () => {
    const empty = samplePackage({ empty: true });
    const text = found(poppler)
      .pages(await printed(empty))
      .join("\n");
    expect(text).toContain("▲ Nothing to test.");
    expect(text).toContain("▲ This evidence is incomplete.");
    expect(text).toContain("▲ Nothing: there were no subjects");
    expect(text).toContain("▲ No configuration could be extracted.");
  });
});
