import { mkdtemp, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { openState } from "../../src/state/index.ts";
import { campaignRow, entryOf } from "./rows.ts";
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
