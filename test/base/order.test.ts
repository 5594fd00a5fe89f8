import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareStrings, daysBetween, sortedBy } from "../../src/base/index.ts";

describe("order", () => {
  it("is by UTF-16 code unit, not by language", () => {
    expect(["ä", "z", "a", "B"].sort(compareStrings)).toEqual(["B", "a", "z", "ä"]);
  });

  it("is total", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (a, b) => {
        expect(Math.sign(compareStrings(a, b)) + Math.sign(compareStrings(b, a))).toBe(0);
        expect(compareStrings(a, b) === 0).toBe(a === b);
      }),
    );
  });

  it("keeps equal items as they stood, and the given list as it was", () => {
    const items = [
      { key: "b", place: 0 },
      { key: "a", place: 1 },
      { key: "b", place: 2 },
    ];
    expect(sortedBy(items, ({ key }) => key).map(({ place }) => place)).toEqual([1, 0, 2]);
    expect(items.map(({ place }) => place)).toEqual([0, 1, 2]);
  });
});

describe("days between", () => {
  it.each([
    ["2026-09-29T06:00:00.000Z", "2026-09-30T06:00:00.000Z", 1],
    ["2026-09-29T06:00:00.001Z", "2026-09-30T06:00:00.000Z", 0],
    ["2026-09-30T06:00:00.000Z", "2026-09-30T06:00:00.000Z", 0],
    ["2026-09-30T06:00:00.000Z", "2026-09-30T05:59:59.999Z", -1],
    ["2024-02-28T00:00:00Z", "2024-03-01T00:00:00Z", 2],
    ["2025-04-08T18:26:22.032488772Z", "2025-04-09T18:26:22.032488772Z", 1],
  ])("%s and %s are %d, rounded down", (from, to, days) => {
    expect(daysBetween(from, to)).toBe(days);
  });
});
