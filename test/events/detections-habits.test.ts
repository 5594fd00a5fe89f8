import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, at, findIn, found, times, type Row } from "./detection-world.ts";

const BEGUN: Row = { time: at(1, "08:00:00"), principal_key: "role/other", secret_key: "other/key" };

describe("new_reader", () => {
  test("tells of a first read after the warm-up, once, and not of those before", async () => {
    const rows = [
      BEGUN,
      { time: at(3, "08:00:00") },
      { time: at(9, "08:00:00") },
      { time: at(9, "09:00:00"), principal_key: "role/new" },
      { time: at(9, "09:30:00"), principal_key: "role/new" },
      { time: at(9, "10:00:00"), principal_key: "role/refused", outcome: "denied" },
      { time: at(9, "11:00:00"), principal_key: "role/lister", operation: "describe" },
    ];
    expect(await found("new_reader", rows)).toEqual(["10-09T09:00 role/new payments/db 10.0.0.5 2"]);
  });

  test.each([
    [at(8, "07:59:59.999".slice(0, 8)), 0],
    [at(8, "08:00:00"), 1],
  ])("is warm when the log has been watched for seven days: %s", async (time, count) => {
    expect(await found("new_reader", [BEGUN, { time }])).toHaveLength(count);
  });

  test("what was known before the period is as known as the look-back is long", async () => {
    const rows = [BEGUN, { time: at(2, "08:00:00") }, { time: at(20, "08:00:00") }];
    const since = "2026-10-15";
    expect(await found("new_reader", rows, { since })).toEqual([]);
    const old = await found("new_reader", [...rows, { time: at(6, "00:00:00"), secret_key: "x" }], {
      since,
      set: { look_back_days: 10 },
    });
    expect(old).toEqual(["10-20T08:00 role/api payments/db 10.0.0.5 1"]);
  });

  test("an unknown principal is its source, an unknown secret what the log calls it; neither merges with others", async () => {
    const rows = [
      BEGUN,
      { time: at(2, "08:00:00"), principal_key: null, source_ip: "10.0.0.1" },
      { time: at(9, "08:00:00"), principal_key: null, source_ip: "10.0.0.1" },
      { time: at(9, "09:00:00"), principal_key: null, source_ip: "10.0.0.2" },
      { time: at(9, "10:00:00"), secret_key: null, resource: "hmac:1" },
      { time: at(9, "11:00:00"), secret_key: null, resource: "hmac:2" },
    ];
    expect(await found("new_reader", rows)).toEqual([
      "10-09T09:00 - payments/db 10.0.0.2 1",
      "10-09T10:00 role/api - 10.0.0.5 1",
      "10-09T11:00 role/api - 10.0.0.5 1",
    ]);
  });

  test("a read that has no answer yet counts", async () => {
    expect(
      await found("new_reader", [BEGUN, { time: at(9, "08:00:00"), outcome: "unanswered" }]),
    ).toHaveLength(1);
  });
});

describe("new_network", () => {
  const away = { source_ip: "192.0.2.7", source_network: "192.0.2.0/24" };

  test("tells of another network once the principal is seven days old", async () => {
    const rows = [
      { time: at(1, "08:00:00") },
      { time: at(8, "08:00:00"), ...away, outcome: "denied" },
      { time: at(9, "08:00:00"), ...away },
      { time: at(9, "08:00:00"), principal_key: "role/young" },
      { time: at(10, "08:00:00"), principal_key: "role/young", ...away },
      { time: at(10, "08:00:00"), source_ip: "secretsmanager.amazonaws.com", source_network: null },
    ];
    expect(await found("new_network", rows)).toEqual(["10-08T08:00 role/api - 192.0.2.7 2"]);
  });

  test("is silent an instant before, and before the period", async () => {
    const rows = [{ time: at(1, "08:00:00") }, { time: at(8, "08:00:00", -1), ...away }];
    expect(await found("new_network", rows)).toEqual([]);
    const later = [{ time: at(1, "08:00:00") }, { time: at(12, "08:00:00"), ...away }];
    expect(await found("new_network", later, { since: "2026-10-13" })).toEqual([]);
  });
});

describe("off_hours", () => {
  const office = (days: number): Row[] =>
    times(days, (day) => [
      { time: at(day + 1, "09:10:00") },
      { time: at(day + 1, "10:10:00") },
      { time: at(day + 1, "15:10:00") },
    ]).flat();

  test("learns the hours of a principal, and an hour beside them is usual", async () => {
    const rows = [
      ...office(12),
      { time: at(12, "03:20:00") },
      { time: at(12, "11:59:59") },
      { time: at(12, "08:00:00") },
    ];
    expect(await found("off_hours", rows)).toEqual(["10-12T03:20 role/api - - 1"]);
  });

  test.each([
    [10, 0],
    [11, 1],
  ])("needs ten earlier days: on day %i", async (day, count) => {
    expect(await found("off_hours", [...office(day), { time: at(day, "03:20:00") }])).toHaveLength(count);
  });

  test("an hour is usual once it was used on two earlier days", async () => {
    const nights = [12, 13, 14].map((day) => ({ time: at(day, "03:20:00") }));
    expect(await found("off_hours", [...office(14), ...nights])).toEqual([
      "10-12T03:20 role/api - - 1",
      "10-13T03:20 role/api - - 1",
    ]);
  });

  test("who works around the clock has none, even if some hours are rare", async () => {
    const always = times(12, (day) =>
      times(20, (hour) => ({ time: at(day + 1, "00:00:00", hour * HOUR) })),
    ).flat();
    expect(await found("off_hours", [...always, { time: at(12, "22:00:00") }])).toEqual([]);
    const fewer = times(12, (day) =>
      times(19, (hour) => ({ time: at(day + 1, "00:00:00", hour * HOUR) })),
    ).flat();
    expect(await found("off_hours", [...fewer, { time: at(12, "21:00:00") }])).toHaveLength(1);
  });

  test("one busy night does not make a workload of a person", async () => {
    const night = times(24, (hour) => ({ time: at(12, "00:00:00", hour * HOUR) }));
    expect((await found("off_hours", [...office(12), ...night])).length).toBeGreaterThan(10);
  });

  const declared = (rest: object = {}) => ({
    principals: [
      { store_id: "prod", principal_key: "role/api", from_hour: 8, to_hour: 18, days: "1111100", ...rest },
    ],
  });

  // 2026-10-05 is a Monday; Berlin is two hours ahead of UTC then.
  test.each([
    [5, "06:00:00", 0],
    [5, "05:59:59", 1],
    [5, "15:59:59", 0],
    [5, "16:00:00", 1],
    [9, "08:00:00", 0],
    [10, "08:00:00", 1],
    [11, "21:59:59", 1],
    [11, "22:00:00", 1],
  ])(
    "declared hours hold from the first day on, in their time zone: day %i, %s",
    async (day, time, count) => {
      const set = { time_zone: "Europe/Berlin" };
      expect(
        await found("off_hours", [{ time: at(day, time) }], { reference: declared(), set }),
      ).toHaveLength(count);
    },
  );

  test("one read outside among many within the same hour of UTC is seen", async () => {
    const set = { time_zone: "Asia/Kolkata" };
    const rows = [{ time: at(5, "12:10:00") }, { time: at(5, "12:20:00") }, { time: at(5, "12:31:00") }];
    expect(await found("off_hours", rows, { reference: declared(), set })).toEqual([
      "10-05T12:31 role/api - - 3",
    ]);
    expect(await found("off_hours", rows.slice(0, 2), { reference: declared(), set })).toEqual([]);
  });

  test("hours may go over midnight; a declared workload has none", async () => {
    const night = declared({ from_hour: 22, to_hour: 6, days: "1111111" });
    const rows = ["21:59:59", "22:00:00", "05:59:59", "06:00:00"].map((time) => ({ time: at(5, time) }));
    expect(await found("off_hours", rows, { reference: night })).toEqual([
      "10-05T06:00 role/api - - 1",
      "10-05T21:59 role/api - - 1",
    ]);
    expect(await found("off_hours", rows, { reference: declared({ is_workload: true }) })).toEqual([]);
  });
});

describe("bulk_read", () => {
  const burst = (count: number, from: string, stepMs: number, rest: Row = {}): Row[] =>
    times(count, (index) => ({
      time: new Date(Date.parse(from) + index * stepMs).toISOString(),
      secret_key: `app/${index}`,
      ...rest,
    }));

  test.each([
    [20, 0],
    [21, 1],
  ])("%i secrets within an hour", async (count, findings) => {
    expect(await found("bulk_read", burst(count, at(1, "08:00:00"), MINUTE))).toHaveLength(findings);
  });

  test("the hour slides: over the hour of the clock, and to the edge of the window", async () => {
    expect(await found("bulk_read", burst(21, at(1, "08:30:00"), 3 * MINUTE))).toEqual([
      "10-01T09:30 role/api - 10.0.0.5 21",
    ]);
    const wider = [
      ...burst(20, at(1, "08:30:00"), 3 * MINUTE),
      { time: at(1, "09:30:00", 1), secret_key: "last" },
    ];
    expect(await found("bulk_read", wider)).toEqual([]);
  });

  test("it lasts from its first read to the last one in that hour of the clock", async () => {
    const rows = [
      ...burst(40, at(1, "08:00:00"), MINUTE),
      { time: at(1, "08:59:00"), secret_key: "app/0" },
      { time: at(1, "09:30:00"), secret_key: "app/0" },
    ];
    expect(await findIn("bulk_read", rows)).toMatchObject([
      {
        detected_at: at(1, "08:20:00"),
        event_count: 40,
        first_at: at(1, "08:00:00"),
        last_at: at(1, "08:59:00"),
      },
    ]);
  });

  test("the same secret often is one secret; a batch counts each, once a request", async () => {
    expect(
      await found("bulk_read", burst(100, at(1, "08:00:00"), MINUTE / 2, { secret_key: "same" })),
    ).toEqual([]);
    const batch = times(21, (item) => ({
      time: at(1, "08:00:00"),
      event_id: "b",
      request_id: "b",
      item,
      secret_key: `app/${item}`,
    }));
    const single = batch.map((row) => ({ ...row, event_id: `s${row["item"]}`, item: 0 }));
    expect(await found("bulk_read", [...batch, ...single])).toEqual(["10-01T08:00 role/api - 10.0.0.5 21"]);
    expect(
      await found(
        "bulk_read",
        [...batch, ...single].filter(({ secret_key }) => secret_key !== "app/0"),
      ),
    ).toEqual([]);
  });

  test("its own habit of earlier days allows three times as much, and no more", async () => {
    const habit = times(5, (day) => burst(30, at(day + 1, "08:00:00"), MINUTE)).flat();
    const [first, ...rest] = await found("bulk_read", [...habit, ...burst(90, at(8, "08:00:00"), 1000)]);
    // The first day had no habit yet.
    expect(first).toMatch(/^10-01T08:20/);
    expect(rest).toEqual([]);
    const more = await found("bulk_read", [...habit, ...burst(91, at(8, "08:00:00"), 1000)]);
    expect(more.slice(1)).toEqual(["10-08T08:01 role/api - 10.0.0.5 91"]);
  });

  test("a bulk read does not hide itself, nor one on the same day", async () => {
    const rows = [
      ...times(6, (day) => ({ time: at(day + 1, "08:00:00") })),
      ...burst(50, at(7, "08:00:00"), 1000),
      ...burst(50, at(7, "12:00:00"), 1000),
    ];
    expect(await found("bulk_read", rows)).toHaveLength(2);
  });

  test("principals and unnamed sources are counted apart; unknown secrets each for themselves", async () => {
    const apart = burst(40, at(1, "08:00:00"), 1000).map((row, index) => ({
      ...row,
      principal_key: `role/${index % 2}`,
    }));
    expect(await found("bulk_read", apart)).toEqual([]);
    const unnamed = apart.map((row, index) => ({
      ...row,
      principal_key: null,
      source_ip: `10.0.0.${index % 2}`,
    }));
    expect(await found("bulk_read", unnamed)).toEqual([]);
    expect(await found("bulk_read", burst(21, at(1, "08:00:00"), 1000, { secret_key: null }))).toHaveLength(
      1,
    );
  });
});
