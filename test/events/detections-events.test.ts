import { describe, expect, test } from "vitest";
import { HOUR, MINUTE, at, findIn, found, times, type Row } from "./detection-world.ts";

describe("denied_burst", () => {
  const refusals = (count: number, stepMs: number, rest: (index: number) => Row = () => ({})): Row[] =>
    times(count, (index) => ({ time: at(1, "08:00:00", index * stepMs), outcome: "denied", ...rest(index) }));

  test.each([
    [9, 0],
    [10, 1],
  ])("%i refusals of one principal within ten minutes", async (count, findings) => {
    expect(await found("denied_burst", refusals(count, MINUTE))).toHaveLength(findings);
  });

  test("the window has an edge, and the first refusal in an hour of the clock is told", async () => {
    const edge = 10 * MINUTE;
    const last = (offset: number): Row => ({ time: at(1, "08:00:00", edge + offset), outcome: "denied" });
    expect(await found("denied_burst", [...refusals(9, 1000), last(0)])).toEqual([
      "10-01T08:10 role/api payments/db 10.0.0.5 10",
    ]);
    expect(await found("denied_burst", [...refusals(9, 0), last(1)])).toEqual([]);
    expect(await found("denied_burst", refusals(40, 1000))).toEqual([
      "10-01T08:00 role/api payments/db 10.0.0.5 40",
    ]);
  });

  test("a batch counts each secret, once a request", async () => {
    const batch = refusals(9, 0, (item) => ({
      event_id: "b",
      request_id: "b",
      item,
      secret_key: `app/${item}`,
    }));
    const single = batch.map((row) => ({ ...row, event_id: `s${row["item"]}`, item: 0 }));
    expect(await found("denied_burst", [...batch, ...single])).toEqual([]);
    expect(await found("denied_burst", [...batch, ...single, ...refusals(1, 0)])).toHaveLength(1);
  });

  test("several principals from one source are told by source; strangers without name do not merge", async () => {
    const several = refusals(10, MINUTE, (index) => ({ principal_key: `role/${index}` }));
    expect(await found("denied_burst", several)).toEqual(["10-01T08:09 - payments/db 10.0.0.5 10"]);
    const strangers = refusals(10, MINUTE, (index) => ({
      principal_key: null,
      source_ip: `10.0.0.${index}`,
    }));
    expect(await found("denied_burst", strangers)).toEqual([]);
    expect(
      await found(
        "denied_burst",
        refusals(10, MINUTE, () => ({ principal_key: null, source_ip: null })),
      ),
    ).toEqual([]);
  });

  test("failures that are no refusals, and refused changes, do not count", async () => {
    expect(
      await found(
        "denied_burst",
        refusals(20, 1000, () => ({ outcome: "failed" })),
      ),
    ).toEqual([]);
    expect(
      await found(
        "denied_burst",
        refusals(20, 1000, () => ({ operation: "write" })),
      ),
    ).toEqual([]);
  });
});

describe("denied_then_allowed", () => {
  const denied = (count: number, rest: Row = {}): Row[] =>
    times(count, (index) => ({ time: at(1, "08:00:00", index * MINUTE), outcome: "denied", ...rest }));
  const success = (time: string, rest: Row = {}): Row => ({ time, ...rest });

  test("the first success after three refusals of the same secret to the same principal", async () => {
    const rows = [...denied(3), success(at(1, "09:00:00")), success(at(1, "10:00:00"))];
    expect(await found("denied_then_allowed", rows)).toEqual(["10-01T09:00 role/api payments/db 10.0.0.5 3"]);
    expect(await found("denied_then_allowed", [...denied(2), success(at(1, "09:00:00"))])).toEqual([]);
  });

  test("not of another principal or secret, nor before the refusals", async () => {
    const rows = [
      success(at(1, "07:00:00")),
      ...denied(3),
      success(at(1, "09:00:00"), { principal_key: "role/other" }),
      success(at(1, "09:00:00"), { secret_key: "other/key" }),
    ];
    expect(await found("denied_then_allowed", rows)).toEqual([]);
  });

  test("the window has an edge", async () => {
    expect(await found("denied_then_allowed", [...denied(3), success(at(2, "08:00:00"))])).toHaveLength(1);
    expect(await found("denied_then_allowed", [...denied(3), success(at(2, "08:00:00", 1))])).toEqual([]);
  });

  test("a refusal told twice is one refusal", async () => {
    expect(
      await found("denied_then_allowed", [...denied(3, { request_id: "same" }), success(at(1, "09:00:00"))]),
    ).toEqual([]);
  });
});

describe("auth_failure_burst", () => {
  const failures = (count: number, rest: (index: number) => Row): Row[] =>
    times(count, (index) => ({
      time: at(1, "08:00:00", index * MINUTE),
      operation: "login",
      outcome: "denied",
      secret_key: null,
      ...rest(index),
    }));

  test.each([
    [9, 0],
    [10, 1],
  ])("%i failures from one source", async (count, findings) => {
    expect(
      await found(
        "auth_failure_burst",
        failures(count, (index) => ({ principal_key: null, principal_name: `u${index}` })),
      ),
    ).toHaveLength(findings);
  });

  test("of one account from many sources", async () => {
    const rows = failures(10, (index) => ({ principal_key: "user/ada", source_ip: `192.0.2.${index}` }));
    expect(await found("auth_failure_burst", rows)).toEqual(["10-01T08:09 user/ada - - 10"]);
    const unlike = failures(10, (index) => ({
      principal_key: `user/${index}`,
      source_ip: `192.0.2.${index}`,
    }));
    expect(await found("auth_failure_burst", unlike)).toEqual([]);
  });

  test("one account from one source is told once; logins that succeed are not", async () => {
    expect(
      await found(
        "auth_failure_burst",
        failures(10, () => ({})),
      ),
    ).toHaveLength(1);
    expect(
      await found(
        "auth_failure_burst",
        failures(30, () => ({ outcome: "success" })),
      ),
    ).toEqual([]);
  });
});

describe("privileged_operation", () => {
  test("changes of access, deletions and shares that succeeded; once a day for the same", async () => {
    const change = (operation: string, rest: Row): Row => ({ operation, secret_key: null, ...rest });
    const rows = [
      change("administer", { time: at(1, "08:00:00"), operation_name: "StopLogging", resource: "trail" }),
      change("administer", { time: at(1, "09:00:00"), operation_name: "StopLogging", resource: "trail" }),
      change("administer", { time: at(2, "09:00:00"), operation_name: "StopLogging", resource: "trail" }),
      change("administer", { time: at(2, "09:00:00"), operation_name: "StopLogging", outcome: "denied" }),
      change("delete", {
        time: at(3, "09:00:00"),
        operation_name: "DeleteSecret",
        secret_key: "payments/db",
      }),
      change("share", { time: at(4, "09:00:00"), operation_name: "CreateGrant", outcome: "unanswered" }),
      change("write", { time: at(5, "09:00:00"), operation_name: "PutSecretValue" }),
      change("rotate", { time: at(5, "09:00:00"), operation_name: "RotateSecret" }),
    ];
    expect(await found("privileged_operation", rows)).toEqual([
      "10-01T08:00 role/api - 10.0.0.5 2",
      "10-02T09:00 role/api - 10.0.0.5 1",
      "10-03T09:00 role/api payments/db 10.0.0.5 1",
      "10-04T09:00 role/api - 10.0.0.5 1",
    ]);
    expect(await findIn("privileged_operation", rows, { since: "2026-10-05" })).toEqual([]);
  });

  test("those who have no name stay apart", async () => {
    const rows = [1, 2].map((index) => ({
      time: at(1, "08:00:00"),
      operation: "delete",
      principal_key: null,
      source_ip: `10.0.0.${index}`,
    }));
    expect(await found("privileged_operation", rows)).toHaveLength(2);
  });
});

describe("deprecated_read", () => {
  const write = (time: string, secret_version: string | null, rest: Row = {}): Row => ({
    time,
    operation: "write",
    secret_version,
    principal_key: "role/ops",
    ...rest,
  });
  const read = (time: string, secret_version: string | null, rest: Row = {}): Row => ({
    time,
    secret_version,
    ...rest,
  });

  test("a lower number after a higher one was written, beyond the grace", async () => {
    const rows = [write(at(1, "08:00:00"), "2"), read(at(2, "08:00:00"), "1"), read(at(2, "09:00:00"), "2")];
    expect(await found("deprecated_read", rows)).toEqual([]);
    expect(await found("deprecated_read", [...rows, read(at(2, "08:00:00", 1), "1")])).toEqual([
      "10-02T08:00 role/api payments/db 10.0.0.5 2",
    ]);
  });

  test("ten is above nine, and a version that was only read is known too", async () => {
    const rows = [read(at(1, "08:00:00"), "10"), read(at(3, "08:00:00"), "9"), read(at(3, "08:00:00"), "10")];
    expect(await found("deprecated_read", rows)).toEqual(["10-03T08:00 role/api payments/db 10.0.0.5 1"]);
  });

  test("another name than the one written last, unless that was written later itself", async () => {
    const rows = [
      write(at(1, "08:00:00"), "aaa"),
      write(at(2, "08:00:00"), "bbb"),
      read(at(5, "08:00:00"), "aaa"),
    ];
    expect(await found("deprecated_read", rows)).toHaveLength(1);
    expect(await found("deprecated_read", [...rows.slice(0, 2), read(at(5, "08:00:00"), "bbb")])).toEqual([]);
    expect(await found("deprecated_read", [...rows, write(at(4, "08:00:00"), "aaa")])).toEqual([]);
  });

  test("AWSPREVIOUS, and never AWSCURRENT or latest", async () => {
    const rows = ["AWSPREVIOUS", "AWSCURRENT", "latest"].map((stage) => read(at(9, "08:00:00"), stage));
    expect(await findIn("deprecated_read", [write(at(1, "08:00:00"), "bbb"), ...rows])).toMatchObject([
      { detail: "version AWSPREVIOUS was read: the previous version" },
    ]);
  });

  test("what was deleted or disabled, until something is written again", async () => {
    const gone = (secret_version: string | null): Row => ({
      time: at(1, "08:00:00"),
      operation: "delete",
      secret_version,
    });
    const late = read(at(1, "08:00:01"), null, { outcome: "failed" });
    expect(await found("deprecated_read", [gone(null), late])).toHaveLength(1);
    expect(await found("deprecated_read", [gone(null), { ...late, outcome: "denied" }])).toEqual([]);
    expect(
      await found("deprecated_read", [gone("3"), read(at(2, "08:00:00"), "3"), read(at(2, "08:00:00"), "4")]),
    ).toHaveLength(1);
    expect(await found("deprecated_read", [gone(null), write(at(1, "08:00:00", 500), null), late])).toEqual(
      [],
    );
    expect(await found("deprecated_read", [gone(null), { ...late, secret_key: "other/key" }])).toEqual([]);
  });
});

describe("deprecated_read of Vault", () => {
  const vault = (time: string, operation: string, secret_version: string | null, rest: Row = {}): Row => ({
    provider: "hashicorp",
    time,
    operation,
    secret_version,
    ...rest,
  });
  const gone = { outcome: "failed", error_code: "404" };
  const written = vault(at(1, "08:00:00"), "write", "5");

  test("deleting the newest version leaves the others, and one that is written anew or restored", async () => {
    const rows = [written, vault(at(1, "09:00:00"), "delete", "latest")];
    const later = vault(at(1, "10:00:00"), "read", null, { outcome: "unanswered" });
    expect(await found("deprecated_read", [...rows, vault(at(1, "10:00:00"), "read", "4")])).toEqual([]);
    expect(await found("deprecated_read", [...rows, later])).toHaveLength(1);
    for (const version of ["6", "hmac-sha256:aa"]) {
      const restored = [...rows, vault(at(1, "09:30:00"), "write", version)];
      expect(await found("deprecated_read", [...restored, later])).toEqual([]);
    }
  });

  test.each(["hmac-sha256:aa", '["hmac-sha256:aa","hmac-sha256:bb"]', "some"])(
    "deleting versions by number (%s) leaves the others",
    async (version) => {
      const rows = [written, vault(at(1, "09:00:00"), "delete", version)];
      const reads = ["5", null].map((read) => vault(at(1, "10:00:00"), "read", read));
      expect(await found("deprecated_read", [...rows, ...reads])).toEqual([]);
    },
  );

  test("what Vault answers to be gone is told, whoever deleted it and whatever is written then", async () => {
    const rows = [
      vault(at(1, "10:00:00"), "read", "hmac-sha256:aa", gone),
      vault(at(1, "10:00:00"), "read", null, { ...gone, principal_key: "role/other" }),
      vault(at(1, "10:00:01"), "write", "6"),
    ];
    expect((await findIn("deprecated_read", rows)).map(({ detail }) => detail).sort()).toEqual([
      "a secret was read: deleted, disabled or destroyed",
      "a version whose number the log hashes was read: deleted, disabled or destroyed",
    ]);
  });

  test("of two hashes nobody knows which is the newer version", async () => {
    const rows = [
      vault(at(1, "08:00:00"), "write", "hmac-sha256:aa"),
      vault(at(5, "08:00:00"), "read", "hmac-sha256:bb"),
    ];
    expect(await found("deprecated_read", rows)).toEqual([]);
  });
});

describe("break_glass_used", () => {
  const reference = {
    principals: [
      { store_id: "prod", principal_key: "role/glass", name: "Emergency", is_break_glass: true },
      { store_id: "prod", principal_key: "role/api", is_workload: true },
    ],
  };

  test("any use, even one that is refused; once for a day and source", async () => {
    const rows = [
      { time: at(1, "08:00:00") },
      {
        time: at(1, "08:00:00"),
        principal_key: "role/glass",
        operation: "login",
        outcome: "denied",
        secret_key: null,
      },
      { time: at(1, "09:00:00"), principal_key: "role/glass" },
      { time: at(2, "09:00:00"), principal_key: "role/glass" },
      { time: at(2, "09:00:00"), principal_key: "role/glass", store_id: "stage" },
    ];
    expect(await found("break_glass_used", rows, { reference })).toEqual([
      "10-01T08:00 role/glass payments/db 10.0.0.5 2",
      "10-02T09:00 role/glass payments/db 10.0.0.5 1",
    ]);
    expect(await found("break_glass_used", rows)).toEqual([]);
  });
});

describe("many_stores", () => {
  const reads = (store_id: string, time: string, rest: Row = {}): Row => ({
    store_id,
    time,
    source_ip: null,
    ...rest,
  });

  test.each([
    [0, 1],
    [1, 0],
  ])("two stores within an hour and %i ms", async (more, count) => {
    const rows = [
      reads("a", at(1, "07:00:00")),
      reads("a", at(1, "08:50:00")),
      reads("b", at(1, "09:50:00", more)),
      reads("b", at(1, "09:59:59")),
    ];
    expect(await found("many_stores", rows)).toHaveLength(count);
  });

  test("by source too, but for those that are shared", async () => {
    const rows = ["a", "b"].map((store) =>
      reads(store, at(1, "08:00:00"), { principal_key: `role/${store}`, source_ip: "192.0.2.1" }),
    );
    expect(await found("many_stores", rows)).toEqual(["10-01T08:00 - - 192.0.2.1 2"]);
    expect(await found("many_stores", rows, { set: { shared_sources: ["192.0.2.1"] } })).toEqual([]);
    expect(await found("many_stores", rows, { set: { shared_sources: ["192.0.2.2"] } })).toHaveLength(1);
  });

  test.each([
    [3, 0],
    [4, 1],
  ])("%i Regions", async (count, findings) => {
    const rows = times(count, (index) =>
      reads("a", at(1, "08:00:00", index * MINUTE), { region: `eu-${index}` }),
    );
    expect(await found("many_stores", rows)).toHaveLength(findings);
  });

  test("strangers without name and source are not one", async () => {
    const rows = ["a", "b"].map((store) => reads(store, at(1, "08:00:00"), { principal_key: null }));
    expect(await found("many_stores", rows)).toEqual([]);
  });
});

describe("silent_log", () => {
  const hourly = (hours: number, rest: Row = {}): Row[] =>
    times(hours, (hour) => ({ time: at(1, "00:30:00", hour * HOUR), ...rest }));

  test.each([
    ["2026-10-11T23:59:59Z", 0],
    ["2026-10-12T00:00:00Z", 1],
  ])("a log that ended, as of %s", async (now, count) => {
    expect(await found("silent_log", hourly(240), { now })).toHaveLength(count);
  });

  test("a gap in the middle is told at its end, one Region of several by itself", async () => {
    const rows = [
      ...hourly(480),
      ...hourly(480, { region: "us-east-1" }).filter((_, index) => index < 240 || index >= 300),
    ];
    expect(await findIn("silent_log", rows, { now: "2026-10-21" })).toMatchObject([
      {
        detected_at: "2026-10-13T12:00:00.000Z",
        detail: "no event of 111122223333 in us-east-1 for 60 hours",
      },
    ]);
  });

  test("one that is often silent, and one that is not warm", async () => {
    const weekly = times(4, (week) => ({ time: at(1 + 7 * week, "08:00:00") }));
    expect(await found("silent_log", weekly, { now: "2026-11-03" })).toEqual([]);
    expect(await found("silent_log", hourly(100), { now: "2026-10-20" })).toEqual([]);
  });
});
