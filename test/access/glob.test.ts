import { expect, it } from "vitest";
import { starGlob } from "../../src/access/index.ts";

it("a star stands for any text, wherever it is, and no other character for anything but itself", () => {
  for (const [pattern, matching, other] of [
    ["dev-*", "dev-", "dev"],
    ["*-ro", "team-a-ro", "team-a-rw"],
    ["a*b*c", "a.b.b.c", "a.c.b"],
    ["a?.", "a?.", "ab."],
  ] as const) {
    expect(starGlob(pattern).matches(matching)).toBe(true);
    expect(starGlob(pattern).matches(other)).toBe(false);
  }
});

it("a pattern of many stars from a store does not hold up an answer", () => {
  expect(starGlob(`${"a*".repeat(500)}b`).matches("a".repeat(8000))).toBe(false);
});
