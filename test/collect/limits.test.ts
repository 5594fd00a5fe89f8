import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS, limitsTable, limitsWith } from "../../src/collect/index.ts";

test("the README prints the bounds as they are", async () => {
  const readme = await readFile(new URL("../../src/collect/README.md", import.meta.url), "utf8");
  const printed = /<!-- limits: begin -->\n+([^]*?)\n+<!-- limits: end -->/.exec(readme)?.[1];
  expect(tableCells(printed ?? "")).toEqual(tableCells(limitsTable()));
});

/** A formatter may pad the cells. */
function tableCells(table: string): string[][] {
  return table.split("\n").map((row) => row.split("|").map((cell) => cell.trim().replace(/^-+$/, "---")));
}

test("a bound is a positive whole number within its ceiling", () => {
  expect(limitsWith({ calls: 5 })).toEqual({ ...DEFAULT_LIMITS, calls: 5 });
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => limitsWith({ attempts: value })).toThrow("expected the limit attempts from 1");
  }
  expect(() => limitsWith({ answerBytes: 2 ** 30 })).toThrow(
    "expected the limit answerBytes from 1 to 10485760",
  );
});
