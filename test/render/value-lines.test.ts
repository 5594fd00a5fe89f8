import { expect, it } from "vitest";
import { valueLines } from "../../src/render/pdf/sections/extracts.ts";

const texts = (value: string): string[] =>
  valueLines("settings.ca", value).map(({ content }) =>
    content.map((piece) => (typeof piece === "string" ? piece : piece.text)).join(""),
  );

it("an extract has each line of a value on its own, marked so that none passes for another value", () => {
  expect(texts("-----BEGIN X-----\nabc\nsealed: no\n")).toEqual([
    "settings.ca: -----BEGIN X-----",
    "| abc",
    "| sealed: no",
  ]);
  expect(texts("")).toEqual(["settings.ca: "]);
});
