import { expect, test } from "vitest";
import { MINUTE, at, findIn, times, type Row } from "./detection-world.ts";

test("all of a burst of refusals is told, to the end of its hour of the clock", async () => {
  const rows = [
    ...times(15, (): Row => ({ time: at(1, "08:00:00"), outcome: "denied" })),
    ...times(300, (index): Row => ({ time: at(1, "08:05:00", index), outcome: "denied" })),
    { time: at(1, "09:00:00"), outcome: "denied" },
  ];
  expect(await findIn("denied_burst", rows)).toMatchObject([
    {
      detected_at: at(1, "08:00:00"),
      event_count: 315,
      first_at: at(1, "08:00:00"),
      last_at: at(1, "08:05:00", 299),
      detail: "15 refused within 10 minutes, then 300 more in that hour",
    },
  ]);
});

test("all of a burst of failed logins is told, to the end of its hour of the clock", async () => {
  const rows = times(40, (index): Row => ({
    time: at(1, "08:00:00", index * MINUTE),
    operation: "login",
    outcome: "denied",
    secret_key: null,
    principal_key: null,
    principal_name: "u",
  }));
  expect(await findIn("auth_failure_burst", rows)).toMatchObject([
    {
      event_count: 40,
      first_at: at(1, "08:00:00"),
      last_at: at(1, "08:39:00"),
      detail: "10 failed logins within 10 minutes, then 30 more in that hour, source:10.0.0.5",
    },
  ]);
});

test("reads in several stores last to the last read in that hour of the clock", async () => {
  const rows = [
    { time: at(1, "08:00:00") },
    { time: at(1, "08:10:00"), store_id: "stage" },
    { time: at(1, "08:50:00") },
    { time: at(1, "10:00:00") },
  ];
  const told = await findIn("many_stores", rows);
  expect(told.map(({ detected_at, last_at }) => [detected_at, last_at])).toEqual([
    [at(1, "08:10:00"), at(1, "08:50:00")],
    [at(1, "08:10:00"), at(1, "08:50:00")],
  ]);
});
