import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mostUrgent } from "../../src/cli/event-search.ts";
import type { EventFinding } from "../../src/events/index.ts";
import { MAX_DETECTIONS, usualReviewDays } from "../../src/facts/index.ts";

const NOW = new Date("2026-10-31T00:00:00Z");

function finding(id: string, daysAgo: number): EventFinding {
  const detected_at = new Date(NOW.getTime() - daysAgo * 86_400_000).toISOString();
  return {
    finding_id: id,
    detection: "denied_burst",
    title: "",
    severity: "high",
    store_id: "prod",
    detected_at,
    first_at: detected_at,
    last_at: detected_at,
    event_count: 10,
    detail: "",
  };
}

const flood = (prefix: string, count: number, daysAgo: number): EventFinding[] =>
  Array.from({ length: count }, (_, index) => finding(`${prefix}${String(index).padStart(4, "0")}`, daysAgo));

const kept = (findings: readonly EventFinding[]): string[] =>
  mostUrgent(findings, { now: NOW, isReviewed: ({ finding_id }) => finding_id.startsWith("reviewed") }).map(
    ({ finding_id }) => finding_id,
  );

test("a flood of what may wait, or was reviewed, hides nothing that is overdue", () => {
  const found = [...flood("waits", MAX_DETECTIONS, 1), ...flood("reviewed", MAX_DETECTIONS, 20)];
  const ids = kept([finding("overdue", 40), ...found]);
  expect(ids).toHaveLength(MAX_DETECTIONS);
  expect(ids[0]).toBe("overdue");
  expect(ids.filter((id) => id.startsWith("reviewed"))).toEqual([]);
});

test("of what is alike urgent the latest is told, in order of time", () => {
  const ids = kept([...flood("late", 600, 20), ...flood("early", 600, 30)]);
  expect(ids.slice(0, 400)).toEqual(
    flood("early", 600, 0)
      .slice(200)
      .map(({ finding_id }) => finding_id),
  );
  expect(ids.slice(400)).toEqual(flood("late", 600, 0).map(({ finding_id }) => finding_id));
  expect(kept(flood("few", 3, 1))).toHaveLength(3);
});

test.each([
  ["break_glass_used", "principal/break_glass_unreviewed/break_glass_unreviewed.rego"],
  ["denied_then_allowed", "principal/denied_then_allowed_unhandled/denied_then_allowed_unhandled.rego"],
  ["denied_burst", "principal/denied_burst_unhandled/denied_burst_unhandled.rego"],
])("the days for a review of %s are those that its policy has by default", (rule, file) => {
  const text = readFileSync(new URL(`../../policies/${file}`, import.meta.url), "utf8");
  const days = /#     review_days:\n(?:#       .*\n)*?#       default: (\d+)/.exec(text)?.[1];
  expect(usualReviewDays(rule)).toBe(Number(days));
});
