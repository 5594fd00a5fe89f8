import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkState } from "../../src/review/index.ts";
import { openState } from "../../src/state/index.ts";
import { found } from "../counterparties/availability.ts";
import { ensurePostgres, startPostgres, type PostgresServer } from "../counterparties/postgres.ts";
import { POINTS, killedAndChecked } from "../fault/state-kill.ts";
import { SETTINGS, actor, openDesk } from "../review/estate.ts";
import { entryOf } from "../state/rows.ts";
import { stateSuite } from "../state/suite.ts";

const postgres = ensurePostgres();

describe.skipIf("missing" in postgres)("a real PostgreSQL server", () => {
  const superuser = { name: "admin", password: "test-only" };
  let server: PostgresServer;
  let databases = 0;
  beforeAll(async () => {
    server = await startPostgres({ binaries: found(postgres), superuser });
  });
  afterAll(async () => await server.stop());

  /** Of its own, with an order of text that is not that of bytes. */
  function fresh() {
    databases += 1;
    const name = `state${databases}`;
    server.sql(
      `create database ${name} template template0 locale_provider icu icu_locale 'en-US' locale 'C.UTF-8'`,
    );
    const url = `postgres://${superuser.name}:${superuser.password}@127.0.0.1:${server.port}/${name}`;
    return { place: { url }, beside: (sql: string) => void server.sql(sql, name) };
  }

  stateSuite("PostgreSQL", () => Promise.resolve(fresh()));

  it("refuses to empty the journal", async () => {
    const { place, beside } = fresh();
    const state = await openState(place);
    await state.commit({ entries: [entryOf(1)] });
    expect(() => beside("truncate entry cascade")).toThrow(/appended to/);
    await state.close();
  });

  it("makes a database once, however many begin at the same instant", async () => {
    const { place } = fresh();
    const all = await Promise.all(Array.from({ length: 4 }, async () => await openState(place)));
    await Promise.all(all.map(async (state, n) => await state.commit({ entries: [entryOf(n)] })));
    expect(await all[0]!.journalEnds()).toMatchObject({ last: 4 });
    for (const state of all) await state.close();
  });

  it("holds every row against the journal, and tells what was changed beside it", async () => {
    const { place, beside } = fresh();
    const { desk, state, kept } = await openDesk(SETTINGS, place);
    const check = async () =>
      await checkState({ state, kept: (digest) => Promise.resolve(kept.get(digest) ?? new Uint8Array()) });
    const id = await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, id, "open", 1);
    expect(await check()).toMatchObject({ campaigns: 1, items: 4, unheld: {} });
    const broken = async (told: RegExp) => {
      await expect(check()).rejects.toMatchObject({ code: "E_INTEGRITY" });
      await expect(check()).rejects.toThrow(told);
    };
    beside("update item set position = position + 1 where item_id = (select max(item_id) from item)");
    await broken(/item \w+ of \S+ as entry 1 names it/);
    beside("update item set position = position - 1 where item_id = (select max(item_id) from item)");
    await check();
    beside("delete from item_document where item_id = (select max(item_id) from item)");
    await broken(/item \w+ of \S+, which entry 1 names, got none/);
    await state.close();
  });

  it("loses nothing that was acknowledged when a process is killed", async () => {
    const { place } = fresh();
    const root = await mkdtemp(join(tmpdir(), "countersign-state-"));
    for (const how of [...POINTS, 0, 50]) await killedAndChecked(root, how, place.url);
  });

  it("says that a server is away, refuses, or lacks the database, without telling the password", async () => {
    const { place } = fresh();
    const faults = [
      [place.url.replace(`:${server.port}`, ":1"), "E_UNREACHABLE"],
      [place.url.replace(superuser.password, "guessed-wrongly"), "E_DENIED"],
      [`${place.url}none`, "E_UNREACHABLE"],
    ] as const;
    for (const [url, code] of faults) {
      const error = await openState({ url }).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code });
      expect(String(error)).not.toMatch(/test-only|guessed-wrongly/);
    }
  });
});
