import { describe, expect, it } from "vitest";
import { schedulePeriodDays } from "../../src/subjects/schedule.ts";

describe("a schedule fires", () => {
  it.each([
    ["rate(30 days)", 30],
    ["rate(1 day)", 1],
    ["rate(12 hours)", 0.5],
    ["rate(90 minutes)", 1 / 16],
    ["cron(0 8 * * ? *)", 1],
    ["cron(0 /6 * * ? *)", 1],
    ["cron(0 16 1,15 * ? *)", 17],
    ["cron(0 0 1 * ? *)", 31],
    ["cron(0 0 1 1/3 ? *)", 92],
    ["cron(0 0 L * ? *)", 31],
    ["cron(0 0 31 * ? *)", 61],
    ["cron(0 0 ? * SUN *)", 7],
    ["cron(0 0 ? * MON-FRI *)", 3],
    ["cron(0 0 ? * 2#1 *)", 35],
    ["cron(0 0 ? * SATL *)", 35],
    ["cron(0 0 1 JAN ? *)", 366],
    ["cron(0 0 29 2 ? *)", 1461],
    ["CRON(0 0 1 */2 ? *)", 62],
    ["0 3 * * 0", 7],
    ["0 3 * * SAT", 7],
    ["30 4 * * *", 1],
    ["0 0 1 * *", 31],
    ["0 0 1 JAN ?", 366],
    ["0 0 15 * MON", 7],
    ["0 0 */10 * MON", 7],
    ["0 0 */1 * MON", 7],
  ])("%s", (expression, days) => {
    expect(schedulePeriodDays(expression)).toBe(days);
  });

  it.each([
    "",
    "every day",
    "rate(0 days)",
    "rate(2 weeks)",
    "rate(days)",
    "cron(0 0 1)",
    "0 3 * *",
    "0 3 * * 7",
    "0 3 L * *",
    "60 3 * * *",
    "0 3 * 13 *",
    "0 0 1 * * *",
    "@monthly",
    "cron(0 0 1 * ? 2027)",
    "cron(0 0 15W * ? *)",
    "cron(0 0 32 * ? *)",
    "cron(0 0 5-1 * ? *)",
    "cron(0 0 1-2-3 * ? *)",
    "cron(0 0 ? * 8#1 *)",
    "cron(0 0 ? * XYZ *)",
    "cron(61 0 1 * ? *)",
    "cron(0 24 1 * ? *)",
    "cron(0 0 */0 * ? *)",
    "cron(0 0 1 13 ? *)",
    "cron(0 0 30 2 ? *)",
    "cron(0 0 1 * ? * *)",
  ])("nobody knows how often: %s", (expression) => {
    expect(schedulePeriodDays(expression)).toBeUndefined();
  });
});
