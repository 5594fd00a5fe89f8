import { mkdtemp, open, stat, writeFile, type FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it, vi } from "vitest";
import { openState } from "../../src/state/index.ts";
import { CAMPAIGN, campaignRow, entryOf, itemId, itemRow } from "./rows.ts";
import { stateSuite } from "./suite.ts";

async function freshFile(): Promise<string> {
  return join(await mkdtemp(join(tmpdir(), "countersign-state-")), "state", "state.db");
}

stateSuite("SQLite", async () => {
  const file = await freshFile();
  return {
    place: { file },
    beside: (sql) => {
      const database = new DatabaseSync(file);
      try {
        database.exec(sql);
      } finally {
        database.close();
      }
    },
  };
});

it("lets nobody else read the file", async () => {
  const file = await freshFile();
  const state = await openState({ file });
  await state.commit({ campaigns: [campaignRow()] });
  const modes = [file, `${file}-wal`, `${file}-shm`, join(file, "..")].map(async (path) =>
    ((await stat(path)).mode & 0o777).toString(8),
  );
  expect(await Promise.all(modes)).toEqual(["600", "600", "600", "700"]);
  await state.close();
});

it("answers while a transaction goes on, with what was committed before", async () => {
  const file = await freshFile();
  const state = await openState({ file });
  await state.commit({ campaigns: [campaignRow()], entries: [entryOf(1)] });
  const long = state.commit({ entries: Array.from({ length: 20_000 }, (_, n) => entryOf(n)) });
  expect(await state.journalEnds()).toMatchObject({ last: 1 });
  await long;
  expect(await state.journalEnds()).toMatchObject({ last: 20_001 });
  await state.close();
});

it("says what is wrong with a file that is no database, or cannot be made", async () => {
  const file = await freshFile();
  await (await openState({ file })).close();
  await writeFile(
    file,
    "no database at all, but text that is long enough to be taken for a header of one".repeat(9),
  );
  await expect(openState({ file })).rejects.toMatchObject({ code: "E_INTEGRITY" });
  const below = openState({ file: join(file, "state.db") });
  await expect(below).rejects.toMatchObject({ code: "E_DISK" });
});

it("makes a database once, however many begin at the same instant", async () => {
  const file = await freshFile();
  const all = await Promise.all(Array.from({ length: 6 }, async () => await openState({ file })));
  await Promise.all(all.map(async (state, n) => await state.commit({ entries: [entryOf(n)] })));
  expect(await all[0]!.journalEnds()).toMatchObject({ last: 6 });
  for (const state of all) await state.close();
});

/** How often the disk is waited for while something is done; `fails`: it says each time that it could not. */
async function syncsOf(file: string, work: () => Promise<unknown>, fails = false): Promise<number> {
  const probe = await open(file, "r");
  const spy = vi.spyOn(Object.getPrototypeOf(probe) as FileHandle, "datasync");
  if (fails) spy.mockRejectedValue(Object.assign(new Error("i/o error"), { code: "EIO" }));
  try {
    await work();
    return spy.mock.calls.length;
  } finally {
    spy.mockRestore();
    await probe.close();
  }
}

it("returns from a commit once it is durable, and lets those at once wait for the disk together", async () => {
  const file = await freshFile();
  const state = await openState({ file });
  expect(await syncsOf(file, async () => await state.commit({ campaigns: [campaignRow()] }))).toBe(1);
  const many = Array.from(
    { length: 40 },
    (_, n) => async () => await state.commit({ entries: [entryOf(n)] }),
  );
  const shared = await syncsOf(file, async () => await Promise.all(many.map(async (one) => await one())));
  expect(shared).toBeGreaterThan(0);
  expect(shared).toBeLessThan(many.length);
  const shown = async () =>
    await state.web.shown(CAMPAIGN, ["i1"], "ada@example.com", "2026-09-30T06:00:00.000Z");
  expect(await syncsOf(file, shown)).toBe(0);
  await state.close();
});

it("acknowledges nothing after the disk failed once: the kernel may have dropped what it had", async () => {
  const file = await freshFile();
  const state = await openState({ file });
  await syncsOf(
    file,
    async () =>
      await expect(state.commit({ campaigns: [campaignRow()] })).rejects.toMatchObject({ code: "E_DISK" }),
    true,
  );
  await expect(state.commit({ entries: [entryOf(1)] })).rejects.toMatchObject({ code: "E_DISK" });
  await expect(state.settled()).rejects.toMatchObject({ code: "E_DISK" });
  await state.close();
});

it("finds one reviewer's items by the reviewer, whatever else is asked for", async () => {
  const file = await freshFile();
  await (await openState({ file })).close();
  const database = new DatabaseSync(file);
  const plan = (rest: string): string =>
    JSON.stringify(
      database
        .prepare(
          `explain query plan select count(*), store_id, tier from item where campaign_id = ? and reviewer in (?) ${rest}`,
        )
        .all("c", "r", ...(rest.includes("?") ? ["v"] : [])),
    );
  const rests = ["risk", "tier", "store_id", "recommendation", "outcome", "owner"].map(
    (column) => `and ${column} in (?)`,
  );
  for (const rest of [...rests, "group by store_id, tier", "order by position, item_id limit 50"])
    expect(plan(rest)).toContain("item_of_reviewer");
  // Of an index of which SQLite is told nothing it thinks too well.
  const untold = database
    .prepare(
      "select name from pragma_index_list('item') where name not in (select idx from sqlite_stat1 where idx is not null)",
    )
    .all();
  expect(untold).toEqual([]);
  database.close();
});

it("lets others be answered while all items of a campaign are read", async () => {
  const state = await openState({ file: await freshFile() });
  const items = Array.from({ length: 1600 }, (_, n) => itemRow(n));
  await state.commit({ campaigns: [campaignRow()], items });
  let turns = 0;
  const turn = (): void => {
    turns += 1;
    timer = setImmediate(turn);
  };
  let timer = setImmediate(turn);
  const read: string[] = [];
  for await (const { item_id } of state.everyItem({ campaign_id: CAMPAIGN })) read.push(item_id);
  clearImmediate(timer);
  expect(read).toEqual(items.map((_, n) => itemId(n)));
  expect(turns).toBeGreaterThanOrEqual(3);
  await state.close();
});
