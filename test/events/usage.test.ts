import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bound, questions, spansOf, usageOf, type Missing } from "../../src/events/index.ts";
import { place, type Place } from "./harness.ts";

let world: Place;

beforeEach(async () => {
  world = await place();
});

afterEach(async () => {
  await world.remove();
});

interface Call {
  readonly at: string;
  readonly path?: string;
  readonly entity?: string;
  readonly version?: number;
  readonly denied?: boolean;
  readonly operation?: string;
}

let made = 0;

/** One answer of a key-value engine, as Vault logs it. */
function line({ at, path = "kv/data/a", entity, version, denied = false, operation = "read" }: Call): string {
  made += 1;
  return JSON.stringify({
    type: "response",
    time: at,
    ...(entity === undefined ? {} : { auth: { entity_id: entity } }),
    ...(denied ? { error: "1 error occurred:\n\t* permission denied\n\n" } : {}),
    request: { id: `r${made}`, operation, path, mount_type: "kv", mount_point: "kv/" },
    ...(version === undefined ? {} : { response: { data: { metadata: { version } } } }),
  });
}

async function logged(...calls: readonly Call[]): Promise<void> {
  await world.ingest({ "audit.log": `${calls.map(line).join("\n")}\n` });
}

const usage = async (days = 92, versions = 64) =>
  await world.asked(async (engine) => await usageOf(engine, "prod", { days, versions }));

const spans = async (missing: readonly Missing[] = [], most = 64) =>
  await world.asked(async (engine) => await spansOf(engine, "prod", missing, most));

describe("who read what", () => {
  test("first and last read, by day and version; refusals are no reads", async () => {
    await logged(
      { at: "2026-10-01T08:00:00Z", entity: "e1", version: 1 },
      { at: "2026-10-01T09:00:00Z", entity: "e1", version: 1 },
      { at: "2026-10-03T09:00:00.250Z", entity: "e1", version: 2 },
      { at: "2026-10-04T09:00:00Z", entity: "e1", denied: true },
      { at: "2026-10-02T09:00:00Z", entity: "e2" },
      { at: "2026-10-02T10:00:00Z", path: "kv/data/b" },
      { at: "2026-10-02T10:00:00Z", entity: "e3", operation: "list", path: "kv/metadata/" },
    );
    expect(await usage()).toEqual([
      {
        principal_key: "entity:e1",
        secret_key: "kv/data/a",
        read_count: 3,
        denied_count: 1,
        first_read_at: "2026-10-01T08:00:00.000Z",
        last_read_at: "2026-10-03T09:00:00.250Z",
        versions: [
          { version: "2", read_count: 1, last_read_at: "2026-10-03T09:00:00.000Z" },
          { version: "1", read_count: 2, last_read_at: "2026-10-01T09:00:00.000Z" },
        ],
        unlisted_version_count: 0,
        unversioned_read_count: 0,
        days: { "2026-10-01": 2, "2026-10-03": 1 },
      },
      expect.objectContaining({ principal_key: "entity:e2", unversioned_read_count: 1, versions: [] }),
      expect.objectContaining({ secret_key: "kv/data/b", read_count: 1 }),
    ]);
    expect((await usage())[2]).not.toHaveProperty("principal_key");
  });

  test("what was refused alone was read at no instant", async () => {
    await logged({ at: "2026-10-04T09:00:00Z", entity: "e1", denied: true });
    const [only] = await usage();
    expect(only).toMatchObject({ read_count: 0, denied_count: 1, days: {}, versions: [] });
    expect(only).not.toHaveProperty("last_read_at");
  });

  test("days are those before the log's end, versions the last read", async () => {
    await logged(
      { at: "2026-08-01T08:00:00Z", entity: "e1", version: 1 },
      { at: "2026-10-01T08:00:00Z", entity: "e1", version: 2 },
    );
    expect(await usage(30, 1)).toMatchObject([
      { days: { "2026-10-01": 1 }, versions: [{ version: "2" }], unlisted_version_count: 1, read_count: 2 },
    ]);
  });
});

describe("of which time the log tells", () => {
  test("from the first to the last event, whatever it is about", async () => {
    await logged(
      { at: "2026-10-01T08:00:00Z", operation: "list", path: "kv/metadata/" },
      { at: "2026-10-02T08:00:00Z", entity: "e1" },
      { at: "2026-10-02T09:00:00Z" },
      { at: "2026-10-03T08:00:00Z", denied: true, entity: "e1" },
    );
    expect(await spans()).toEqual([
      {
        from_at: "2026-10-01T08:00:00.000Z",
        to_at: "2026-10-03T08:00:00.000Z",
        event_count: 4,
        read_count: 2,
        unattributed_read_count: 1,
        unnamed_read_count: 0,
        holes: [],
        hole_count: 0,
        whole_from_at: "2026-10-01T08:00:00.000Z",
        whole_read_count: 2,
      },
    ]);
  });

  test("a week without any event is a hole, six days are none", async () => {
    await logged(
      { at: "2026-10-01T08:00:00Z" },
      { at: "2026-10-07T08:00:00Z" },
      { at: "2026-10-14T08:00:00Z" },
      { at: "2026-10-15T08:00:00Z" },
    );
    expect(await spans()).toMatchObject([
      {
        holes: [{ from_at: "2026-10-07T08:00:00.000Z", to_at: "2026-10-14T08:00:00.000Z", reason: "silent" }],
        whole_from_at: "2026-10-14T08:00:00.000Z",
        read_count: 4,
        whole_read_count: 2,
      },
    ]);
  });

  test("reads before the last hole, and those of its last day, do not count as read since", async () => {
    await logged(
      { at: "2026-10-01T08:00:00Z" },
      { at: "2026-10-10T08:00:00Z" },
      { at: "2026-10-11T08:00:00Z", operation: "list", path: "kv/metadata/" },
    );
    const missing: Missing = {
      from_at: "2026-10-09T00:00:00.000Z",
      to_at: "2026-10-10T12:00:00.000Z",
      reason: "missing",
    };
    expect(await spans([missing])).toMatchObject([{ read_count: 2, whole_read_count: 0 }]);
  });

  test("a line aside is a hole of its file, and a day around it", async () => {
    await logged({ at: "2026-10-01T08:00:00Z" }, { at: "2026-10-06T08:00:00Z" });
    await world.ingest({ "other.log": `no json\n${line({ at: "2026-10-03T08:00:00Z" })}\n` });
    expect(await spans()).toMatchObject([
      {
        holes: [
          { from_at: "2026-10-02T08:00:00.000Z", to_at: "2026-10-04T08:00:00.000Z", reason: "unreadable" },
        ],
        whole_from_at: "2026-10-04T08:00:00.000Z",
      },
    ]);
  });

  test("of what is missing at an unknown time nothing is whole", async () => {
    await logged({ at: "2026-10-01T08:00:00Z" }, { at: "2026-10-06T08:00:00Z" });
    expect(await spans([{ reason: "missing" }])).toMatchObject([
      { whole_from_at: "2026-10-06T08:00:00.000Z", hole_count: 1 },
    ]);
    const outside = { from_at: "2026-09-01T00:00:00.000Z", to_at: "2026-09-02T00:00:00.000Z" };
    expect(await spans([{ ...outside, reason: "missing" }])).toMatchObject([{ hole_count: 0 }]);
  });

  test("of more holes than are named the latest are, and all count", async () => {
    await logged({ at: "2026-10-01T08:00:00Z" }, { at: "2026-10-06T08:00:00Z" });
    const missing = ["02", "03", "04"].map((day): Missing => {
      const at = `2026-10-${day}T00:00:00.000Z`;
      return { from_at: at, to_at: at, reason: "missing" };
    });
    expect(await spans(missing, 1)).toMatchObject([
      { hole_count: 3, holes: [{ from_at: "2026-10-04T00:00:00.000Z" }] },
    ]);
  });

  test("without events there is none", async () => {
    expect(await spans()).toEqual([]);
    expect(await usage()).toEqual([]);
  });
});

test("saved questions stay within the subset of both engines", () => {
  for (const question of questions()) {
    expect(bound(question)).not.toMatch(
      /::|\bQUALIFY\b|GROUP BY ALL|\bconcat\(|regexp_(replace|extract)|string_agg|\bEXCLUDE\b|\bnow\(\)/i,
    );
  }
});
