import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventTable, placeFiles } from "../../src/events/index.ts";
import { place, type Place } from "./harness.ts";

let here: Place;
const made: string[] = [];

beforeEach(async () => {
  here = await place();
  const request = { id: "a", operation: "read", path: "kv/data/payments/db", mount_type: "kv" };
  await here.ingest({
    "a.log": `${JSON.stringify({ type: "request", time: "2026-10-02T08:15:00Z", request })}\n`,
  });
});

afterEach(async () => {
  await here.remove();
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function directoryIn(parent: string): string {
  const directory = mkdtempSync(join(parent, "countersign-published-"));
  made.push(directory);
  return directory;
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".parquet"))
    .sort();
}

/** A file system of its own on most machines with Linux, so that no link leads there. */
const OTHER_DISK = "/dev/shm";

function isOtherDisk(): boolean {
  try {
    return statSync(OTHER_DISK).dev !== statSync(tmpdir()).dev;
  } catch {
    return false;
  }
}

describe("the files of a commit", () => {
  it("lie in a directory of their own, once, and what the commit does not name is not there", async () => {
    const target = directoryIn(tmpdir());
    const held = await EventTable.hold(here.directory);
    writeFileSync(join(held.directory, "events", "stray.parquet"), "not of the commit");
    const first = await placeFiles(held, target);
    expect(first).toMatchObject({ files: 2, known: false });
    expect(await placeFiles(held, target)).toEqual({ ...first, known: true });
    await held.release();
    expect(readdirSync(target)).toEqual([first.name]);
    expect(filesIn(join(target, first.name))).toEqual(filesIn(join(here.directory, "event-table")));
  });

  it.skipIf(!isOtherDisk())("are copies on another disk, and altered ones are refused", async () => {
    const target = directoryIn(OTHER_DISK);
    const held = await EventTable.hold(here.directory);
    const [name = ""] = filesIn(join(held.directory, "events"));
    const path = join(held.directory, "events", name);
    const { size } = statSync(path);
    const first = await placeFiles(held, target);
    expect(filesIn(join(target, first.name))).toHaveLength(2);
    rmSync(join(target, first.name), { recursive: true });
    rmSync(path);
    writeFileSync(path, "x".repeat(size));
    await expect(placeFiles(held, target)).rejects.toMatchObject({ code: "E_INTEGRITY" });
    expect(readdirSync(target)).toEqual([]);
    await held.release();
  });

  it("of a table that was never written are told", async () => {
    const empty = await place();
    const held = await EventTable.hold(empty.directory);
    await expect(placeFiles(held, directoryIn(tmpdir()))).rejects.toMatchObject({ code: "E_NOT_FOUND" });
    await held.release();
    await empty.remove();
  });
});
