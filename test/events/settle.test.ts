import { expect, test } from "vitest";
import { place } from "./harness.ts";

function trail(...days: readonly string[]): string {
  const records = days.map((day) => ({
    eventID: "one-id",
    eventTime: `${day}T08:15:00Z`,
    eventSource: "secretsmanager.amazonaws.com",
    eventName: "GetSecretValue",
    requestParameters: { secretId: day },
  }));
  return JSON.stringify({ Records: records });
}

/** The days that stand after each of the files was read in a run of its own. */
async function daysOf(...files: readonly string[]): Promise<unknown[]> {
  const at = await place();
  try {
    for (const [index, file] of files.entries()) await at.ingest({ [`${index}.json`]: file });
    return (await at.rows("SELECT day FROM events ORDER BY 1")).map(({ day }) => day);
  } finally {
    await at.remove();
  }
}

test("one id on days that are apart stands on each, read at once as in runs of their own, in any order", async () => {
  const [first, second, third] = ["2026-10-01", "2026-10-03", "2026-12-24"] as const;
  const all = [first, second, third];
  expect(await daysOf(trail(...all))).toEqual(all);
  expect(await daysOf(...all.map((day) => trail(day)))).toEqual(all);
  expect(await daysOf(trail(third), trail(second, first))).toEqual(all);
  expect(await daysOf(trail(second, third), trail(third, first), trail(...all))).toEqual(all);
});

test("one id on a day and the next is one call", async () => {
  expect(await daysOf(trail("2026-10-01", "2026-10-02"))).toHaveLength(1);
  expect(await daysOf(trail("2026-10-01"), trail("2026-10-02"))).toHaveLength(1);
});
