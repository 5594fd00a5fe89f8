import { describe, expect, test } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { bound, boundDetection, detections } from "../../src/events/index.ts";
import { at, findIn } from "./detection-world.ts";

describe("statements", () => {
  const period = { since: new Date("2026-10-01"), now: new Date("2026-11-01") };

  test("all of them run with their usual parameters over nothing", async () => {
    expect(detections()).toHaveLength(12);
    for (const { id } of detections())
      expect(
        await findIn(id, [{ time: at(1, "08:00:00"), operation: "list" }], { now: "2026-10-02" }),
      ).toEqual([]);
  });

  // Other meanings on the two engines, or one of them alone: design of the shared subset.
  test.each(detections().map((detection) => [detection.id, detection] as const))(
    "%s stays within the subset",
    (_, detection) => {
      const sql = boundDetection(detection, period);
      expect(sql).not.toMatch(
        /::|\bQUALIFY\b|GROUP BY ALL|ORDER BY ALL|extract\(dow|date_diff\('hour'|\bconcat\(|regexp_(replace|extract)|string_agg|\bEXCLUDE\b|\bnow\(\)|current_(time|date)/i,
      );
      expect(sql).not.toMatch(/\/\s*\d+(?![.\d])/);
    },
  );

  test("within quotes only an interval takes a parameter, and only a whole number", () => {
    const head = {
      title: "t",
      parameters: {
        hours: { type: "integer", default: 2, about: "a" },
        name: { type: "text", default: "x", about: "a" },
      },
    } as const;
    const sql = "SELECT ':hours', '10:30' -- :hours\nWHERE a > INTERVAL ':hours' HOUR AND b = :name";
    expect(bound({ id: "q", head, sql }, { name: "o'clock :hours" })).toBe(
      "SELECT ':hours', '10:30' -- :hours\nWHERE a > INTERVAL '2' HOUR AND b = 'o''clock :hours'",
    );
    expect(() => bound({ id: "q", head, sql: "INTERVAL ':name' HOUR" })).toThrow(CountersignError);
    expect(() => bound({ id: "q", head, sql }, { hours: 2.5 })).toThrow("whole number");
    expect(() => bound({ id: "q", head, sql }, { toString: 1 })).toThrow("a parameter of q");
  });
});
