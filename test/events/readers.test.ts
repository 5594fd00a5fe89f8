import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventTable } from "../../src/events/index.ts";
import { DuckDb } from "../../src/tables/index.ts";
import { place, type Place } from "./harness.ts";

let here: Place;

beforeEach(async () => {
  here = await place();
});

afterEach(async () => {
  await here.remove();
});

/** A request without an answer: with each further one, the part that holds them is replaced. */
function request(id: string): Record<string, string> {
  const request = { id, operation: "read", path: "kv/data/payments/db", mount_type: "kv" };
  return {
    [`${id}.log`]: `${JSON.stringify({ type: "request", time: "2026-10-02T08:15:00Z", request })}\n`,
  };
}

function partsNow(): string[] {
  return readdirSync(join(here.directory, "event-table", "events"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".parquet"))
    .sort();
}

async function idsOf(table: EventTable): Promise<unknown> {
  const database = await DuckDb.open({
    memoryMb: 256,
    threads: 1,
    scratch: join(table.directory, "scratch"),
  });
  try {
    await table.attach(database);
    return (await database.query("SELECT event_id FROM events")).rows;
  } finally {
    database.close();
  }
}

describe("a reader", () => {
  it("sees the commit that it began with, whatever a writer replaces meanwhile", async () => {
    await here.ingest(request("first"));
    const held = await EventTable.hold(here.directory);
    const before = partsNow();
    await here.ingest(request("second"));
    expect(partsNow()).not.toEqual(before);
    expect(await idsOf(held)).toEqual([["first"]]);
    expect(await held.verify()).toMatchObject({ parts: 2 });
    await held.release();
    expect(existsSync(held.directory)).toBe(false);
  });

  it("begins anew where a writer was faster, as often as that happens", async () => {
    await here.ingest(request("first"));
    const progress = { isOver: false };
    const writing = (async () => {
      for (let turn = 0; turn < 20; turn += 1) await here.ingest(request(`more-${turn}`));
      progress.isOver = true;
    })();
    let held = 0;
    while (!progress.isOver) {
      const table = await EventTable.hold(here.directory);
      expect(table.parts("events")).toHaveLength(1);
      await table.release();
      held += 1;
    }
    await writing;
    expect(held).toBeGreaterThan(10);
  });

  it("tells a file that is lost, and leaves nothing behind", async () => {
    await here.ingest(request("first"));
    const [part = ""] = partsNow();
    rmSync(join(here.directory, "event-table", "events", part));
    await expect(EventTable.hold(here.directory)).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: expect.stringContaining(join("event-table", "events", part)) as string,
    });
    expect(readdirSync(join(here.directory, "event-table", "readers"))).toEqual([]);
  });

  it("that was killed a day ago leaves nothing for ever", async () => {
    await here.ingest(request("first"));
    const left = await EventTable.hold(here.directory);
    const writer = await EventTable.open(here.directory);
    await writer.tidy(Date.now());
    expect(existsSync(left.directory)).toBe(true);
    await writer.tidy(Date.now() + 25 * 3600 * 1000);
    expect(existsSync(left.directory)).toBe(false);
  });
});
