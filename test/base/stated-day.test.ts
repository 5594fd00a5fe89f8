import { describe, expect, it } from "vitest";
import { endDay, endInstant, statedDay, statedFirstDay } from "../../src/base/index.ts";
import { instantOf } from "../../src/connectors/people/dates.ts";

describe("the day that a list wrote without a time", () => {
  it.each(["2026-09-30", "2026-12-31", "2024-02-29", "2026-03-01"])(
    "is told as it was written: %s",
    (day) => {
      const kept = instantOf(day, "last") ?? "";
      expect(statedDay(kept)).toBe(day);
      expect(endDay(kept)).toBe(`${day} (end of day)`);
      expect(endInstant(kept)).toBe(`${day} (end of day)`);
      expect(statedFirstDay(instantOf(day, "first") ?? "")).toBe(day);
    },
  );

  it("is not made of an instant", () => {
    const at = "2026-09-30T17:00:00.000Z";
    expect(statedFirstDay(at)).toBeUndefined();
    expect([statedDay(at), endDay(at), endInstant(at)]).toEqual([undefined, "2026-09-30", at]);
  });
});
