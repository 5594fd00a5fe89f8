import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readReportDefinition, renderPdf } from "../../src/render/index.ts";
import { breakLines, measure, printable } from "../../src/render/pdf/text.ts";
import { COLOURS, STYLES } from "../../src/render/pdf/theme.ts";
import { makeRegister, numberedFindings, runs } from "../../src/render/register.ts";
import { samplePackage } from "./package.ts";

describe("lines", () => {
  const text = fc.string({ unit: "binary", maxLength: 200 });

  it("are never wider than their column, and lose nothing but spaces at their ends", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 40, max: 500 }), (given, width) => {
        const lines = breakLines([given], STYLES.cell, width);
        for (const line of lines) expect(line.width).toBeLessThanOrEqual(width + 0.001);
        const set = lines.flatMap(({ pieces }) => pieces.map((piece) => piece.text)).join("");
        expect(set.replaceAll(" ", "")).toBe(printable(given, "sans").replaceAll(" ", ""));
      }),
      { seed: 11, numRuns: 300 },
    );
  });

  it("measure what they hold", () => {
    for (const line of breakLines(["a word ", { text: "and code", face: "mono" }], STYLES.body, 400)) {
      for (const piece of line.pieces)
        expect(piece.width).toBeCloseTo(measure(piece.text, piece.face, piece.size), 6);
    }
  });

  it("end not before a full stop that was added to a text", () => {
    const width = measure("left out in countersign.yaml", "sans", STYLES.cell.size) + 1;
    const lines = breakLines(["left out in countersign.yaml", "."], STYLES.cell, width);
    expect(lines.map(({ pieces }) => pieces.map((piece) => piece.text).join(""))).toEqual([
      "left out in",
      "countersign.yaml.",
    ]);
  });

  it("break at separators of an identifier before they break inside a word", () => {
    const width = measure("kv/payments/service/", "sans", STYLES.cell.size) + 1;
    const lines = breakLines(["kv/payments/service/database/credentials"], STYLES.cell, width);
    expect(lines.map(({ pieces }) => pieces.map((piece) => piece.text).join(""))).toEqual([
      "kv/payments/service/",
      "database/credentials",
    ]);
  });
});

describe("characters", () => {
  it("that reorder, hide or have no glyph are shown by number", () => {
    expect(printable("a\u202eb\u0000c\u200bd\u00a0e", "sans")).toBe("a‹U+202E›b‹U+0000›c‹U+200B›d‹U+00A0›e");
    expect(printable("漢🔑", "mono")).toBe("‹U+6F22›‹U+1F511›");
    expect(printable("\ud800", "sans")).toBe("‹U+D800›");
  });

  it("of Latin, Greek and Cyrillic are set as they are", () => {
    const text = "Žluťoučký ąęśźż Ελληνικά Подпись ñ ß Ő";
    for (const face of ["sans", "strong", "mono"] as const) expect(printable(text, face)).toBe(text);
  });
});

describe("colours", () => {
  const channel = (value: number): number => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const luminance = (hex: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) =>
      channel(Number.parseInt(hex.slice(at, at + 2), 16)),
    );
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (a: string, b: string): number => {
    const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (light + 0.05) / (dark + 0.05);
  };
  const inks = ["ink", "quiet", "link", "strongRule", "bad", "unknown", "good"] as const;
  const papers = ["badTint", "unknownTint", "goodTint", "quietTint"] as const;

  it("of text reach 4.5 to 1 on white and on every tint", () => {
    for (const ink of inks) {
      expect(contrast(COLOURS[ink], "#ffffff"), ink).toBeGreaterThanOrEqual(4.5);
      for (const paper of papers)
        expect(contrast(COLOURS[ink], COLOURS[paper]), `${ink} on ${paper}`).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe("the register", () => {
  const register = makeRegister(samplePackage());

  it("numbers each finding once, by severity, deviations before unknowns", () => {
    const numbers = numberedFindings(register).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(register.deviations.map(({ severity }) => severity)).toEqual(["high", "medium"]);
    expect(numbers[0]).toBe("D-0001");
  });

  it("does not depend on the order in which findings come", () => {
    const source = samplePackage();
    const reversed = makeRegister({ findings: source.findings.toReversed(), gaps: source.gaps.toReversed() });
    expect(numberedFindings(reversed)).toEqual(numberedFindings(register));
    expect(reversed.gaps).toEqual(register.gaps);
  });

  it("names records by as many digits as tell them apart", () => {
    const source = samplePackage();
    expect(register.recordDigits).toBe(16);
    const twin = "0".repeat(20);
    const findings = source.findings.map((finding, index) => ({
      ...finding,
      records: [`${twin}${index}`.padEnd(64, "f")],
    }));
    const { recordDigits } = makeRegister({ findings, gaps: [] });
    expect(recordDigits).toBe(24);
  });

  it("gathers numbers that follow on each other", () => {
    const all = numberedFindings(register);
    expect(runs(all).map(({ count }) => count)).toEqual([
      register.deviations.flatMap(({ findings }) => findings).length,
      register.unknowns.flatMap(({ findings }) => findings).length,
      1,
    ]);
    expect(runs(all.filter((_, index) => index !== 1)).at(0)).toMatchObject({ count: 1 });
  });
});

describe("the definition of a report", () => {
  it("is the product's own where none is named, and may leave out what is optional", async () => {
    const definition = await readReportDefinition();
    const sections = ["scope", "completeness", "deviations", "unknowns", "gaps"] as const;
    const bytes = await renderPdf(samplePackage({ deviations: 1 }), {
      definition: { ...definition, sections },
    });
    expect(bytes.length).toBeGreaterThan(0);
  });

  it("cannot leave out deviations or unknowns, or name what there is not", async () => {
    const folder = await mkdtemp(join(tmpdir(), "definition-"));
    try {
      const file = join(folder, "report.yaml");
      const given = (sections: string) =>
        `format: countersign-report/1\ntitle: T\npage: a4\nsections: [${sections}]\nvalue_age: {policy: p, param: q}\nfindings_per_control: 5\n`;
      await writeFile(file, given("scope, completeness, gaps, unknowns"));
      await expect(readReportDefinition(file)).rejects.toMatchObject({ code: "E_CONFIG" });
      await writeFile(file, given("scope, completeness, deviations, unknowns, gaps, horoscope"));
      await expect(readReportDefinition(file)).rejects.toMatchObject({
        code: "E_CONFIG",
        location: { line: 4 },
      });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
