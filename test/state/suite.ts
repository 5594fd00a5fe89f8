import { beforeEach, afterEach, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import {
  MAX_PAGE,
  openState,
  targetSet,
  type ItemFilter,
  type StateDatabase,
  type StatePlace,
} from "../../src/state/index.ts";
import { SLOW } from "../vault/seeded.ts";
import { givenTests } from "./given.ts";
import { orderTests } from "./orders.ts";
import { snapshotTests } from "./snapshots.ts";
import { AT, CAMPAIGN, campaignRow, entryOf, itemId, itemRow } from "./rows.ts";

/** Runs statements beside the program, as somebody with the database's password would. */
export type Beside = (sql: string) => void;

/** A database of its own for each test. */
export interface Fresh {
  readonly place: StatePlace;
  readonly beside: Beside;
}

/** What holds of state whatever keeps it. */
export function stateSuite(product: string, fresh: () => Promise<Fresh>): void {
  describe(`state in ${product}`, () => {
    let state: StateDatabase;
    let made: Fresh;
    beforeEach(async () => {
      made = await fresh();
      state = await openState(made.place);
    });
    afterEach(async () => await state.close());

    const numbers = async (): Promise<number[]> => (await state.entries()).map(({ number }) => number);

    it("keeps what was committed, absent columns absent", async () => {
      const items = [1, 7, 9].map((n) => itemRow(n));
      await state.commit({ campaigns: [campaignRow()], items });
      expect(await state.campaign(CAMPAIGN)).toEqual(campaignRow());
      expect(await state.campaigns()).toEqual([campaignRow()]);
      expect(await state.items({ campaign_id: CAMPAIGN })).toEqual(items);
      expect(await state.item(CAMPAIGN, itemId(7))).toEqual(itemRow(7));
      expect(await state.item(CAMPAIGN, "none")).toBeUndefined();
      expect(await state.campaign("none")).toBeUndefined();
    });

    it("refuses a version that is not the next, and then does nothing at all", async () => {
      await state.commit({ campaigns: [campaignRow()], items: [itemRow(1)] });
      for (const version of [1, 3]) {
        const commit = state.commit({
          campaigns: [campaignRow(2)],
          items: [itemRow(2), itemRow(1, { version })],
          entries: [entryOf(1)],
        });
        await expect(commit).rejects.toMatchObject({ code: "E_CONFLICT" });
      }
      expect(await state.campaign(CAMPAIGN)).toEqual(campaignRow(1));
      expect(await state.items({ campaign_id: CAMPAIGN })).toEqual([itemRow(1)]);
      expect(await numbers()).toEqual([]);
      const missing = state.commit({ items: [itemRow(2, { version: 2 })] });
      await expect(missing).rejects.toMatchObject({ code: "E_CONFLICT" });
      await state.commit({ items: [itemRow(1, { version: 2, state: "decided", outcome: "certify" })] });
      const changed = await state.item(CAMPAIGN, itemId(1));
      expect(changed).toEqual(itemRow(1, { version: 2, state: "decided", outcome: "certify" }));
      await state.commit({ items: [itemRow(1, { version: 3 })] });
      expect(await state.item(CAMPAIGN, itemId(1))).toEqual(itemRow(1, { version: 3 }));
    });

    it("lets one of two decide that saw the same", async () => {
      await state.commit({ campaigns: [campaignRow()], items: [itemRow(1)] });
      const other = await openState(made.place);
      const next = itemRow(1, { version: 2 });
      const both = await Promise.allSettled(
        [state, other].map(async (one) => await one.commit({ items: [next], entries: [entryOf(1)] })),
      );
      expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await numbers()).toEqual([1]);
      await other.close();
    });

    it("numbers entries without gaps, also where commits fail and others commit at once", async () => {
      await state.commit({ campaigns: [campaignRow()], items: [itemRow(1)] });
      const others = await Promise.all([1, 2, 3].map(async () => await openState(made.place)));
      const work = others.flatMap((one, who) =>
        Array.from({ length: 20 }, async (_, n) => {
          const fails = n % 4 === 0 ? { items: [itemRow(1, { version: 9 })] } : {};
          const entries = [entryOf(n, { by: `${who}` }), entryOf(n + 1000, { by: `${who}` })];
          return await one.commit({ entries, ...fails });
        }),
      );
      const done = (await Promise.allSettled(work)).filter((one) => one.status === "fulfilled");
      expect(done).toHaveLength(45);
      for (const { value } of done) expect(value[1]!.number).toBe(value[0]!.number + 1);
      expect(await numbers()).toEqual(Array.from({ length: 90 }, (_, n) => n + 1));
      for (const one of others) await one.close();
    });

    it("finds entries by campaign, by item and by number", async () => {
      await state.commit({ campaigns: [campaignRow()], items: [itemRow(1), itemRow(2)] });
      const [first] = await state.commit({
        entries: [
          entryOf(1, { item_ids: [itemId(1)] }),
          entryOf(2, { item_ids: [itemId(1), itemId(2)] }),
          { kind: "request", at: AT, by: "kim@example.com", document: "{}" },
        ],
      });
      expect(first).toEqual({
        number: 1,
        ...entryOf(1),
        document_sha256: sha256(entryOf(1).document),
        published: false,
      });
      const of = async (n: number) => (await state.entriesOfItem(CAMPAIGN, itemId(n))).map((e) => e.number);
      expect([await of(1), await of(2)]).toEqual([[1, 2], [2]]);
      expect((await state.entries({ campaign_id: CAMPAIGN })).map((e) => e.number)).toEqual([1, 2]);
      expect((await state.entries({ after: 1, limit: 1 })).map((e) => e.number)).toEqual([2]);
      expect((await state.entries({ after: 2 }))[0]).not.toHaveProperty("campaign_id");
      await state.markPublished(1, 2);
      expect((await state.entries({ unpublished: true })).map((e) => e.number)).toEqual([3]);
      expect(await state.journalEnds()).toEqual({ outstanding: 3, published: 2, last: 3 });
    });

    it("refuses an entry whose leaf could not be read", async () => {
      const commit = state.commit({ entries: [entryOf(1, { by: "x".repeat(513) })] });
      await expect(commit).rejects.toMatchObject({ code: "E_INPUT" });
    });

    it.each([
      "update entry set document = '{}' where number = 1",
      "update entry set published = 0 where number = 1",
      "update entry set published = 1, kind = 'other' where number = 2",
      "update entry set number = 9 where number = 2",
      "delete from entry where number = 2",
      "update entry_item set item_id = 'other'",
      "delete from entry_item",
      "update web_audit set outcome = 'other'",
      "delete from web_audit",
    ])("refuses by itself: %s", async (sql) => {
      await state.commit({ entries: [entryOf(1, { item_ids: [itemId(1)] }), entryOf(2)] });
      await state.web.audit({ at: AT, action: "sign_in", outcome: "done", document: "{}" });
      await state.markPublished(1, 1);
      const before = await state.entries();
      expect(() => made.beside(sql)).toThrow(/appended to/);
      expect(await state.entries()).toEqual(before);
      expect((await state.entriesOfItem(CAMPAIGN, itemId(1))).map((e) => e.number)).toEqual([1]);
      expect((await state.web.auditLines()).lines.map(({ outcome }) => outcome)).toEqual(["done"]);
    });

    it("filters, counts, and goes on from any row", async () => {
      const items = Array.from({ length: 60 }, (_, n) => itemRow(n));
      await state.commit({ campaigns: [campaignRow(), campaignRow(1, "other")], items });
      await state.commit({ items: [itemRow(1, { campaign_id: "other" })] });
      const ids = async (filter: object, page = {}) =>
        (await state.items({ campaign_id: CAMPAIGN, ...filter }, page)).map(({ position }) => position);
      const where = (fits: (n: number) => boolean) => items.map((_, n) => n).filter(fits);
      expect(await ids({ risk: ["critical"] })).toEqual(where((n) => n % 4 === 0));
      expect(await ids({ risk: ["critical", "low"], privileged: true })).toEqual(
        where((n) => (n % 4 === 0 || n % 4 === 3) && n % 5 === 0),
      );
      expect(await ids({ without: ["reviewer"] })).toEqual(where((n) => n % 10 === 9));
      expect(await ids({ reviewer: ["reviewer3@example.com"], state: ["open"] })).toEqual([3]);
      expect(await ids({ tier: [] })).toEqual([]);
      expect(await ids({ text: "TEAM-3 db-1" })).toEqual([]);
      expect(await ids({ text: "Role-13 payments" })).toEqual([13]);
      for (const text of ["100%", "_", "!", "%", "\0", "'; drop table item; --"]) {
        expect(await ids({ text })).toEqual([]);
      }
      expect(await ids({}, { limit: 3, offset: 2 })).toEqual([2, 3, 4]);
      expect(await ids({}, { limit: 2, after: itemRow(57) })).toEqual([58, 59]);
      expect(await ids({ risk: ["low"] }, { limit: 2, before: itemRow(57) })).toEqual([55, 51]);
      expect(await ids({}, { before: itemRow(0) })).toEqual([]);
      const all = await state.counts({ campaign_id: CAMPAIGN }, []);
      expect(all).toEqual([{ values: [], count: 60 }]);
      const counts = await state.counts({ campaign_id: CAMPAIGN, risk: ["low"] }, ["tier", "privileged"]);
      const tierOf = (n: number) => itemRow(n).tier;
      expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(15);
      expect(counts).toContainEqual({
        values: [undefined, "0"],
        count: where((n) => n % 4 === 3 && tierOf(n) === undefined && n % 5 !== 0).length,
      });
      const streamed: number[] = [];
      for await (const { position } of state.everyItem({ campaign_id: CAMPAIGN })) streamed.push(position);
      expect(streamed).toEqual(where(() => true));
    });

    it("gives no more rows at once than it says, but all that are named", async () => {
      const items = Array.from({ length: MAX_PAGE + 50 }, (_, n) => itemRow(n));
      await state.commit({ campaigns: [campaignRow()], items, entries: items.map((_, n) => entryOf(n)) });
      const length = async (filter: object, page = {}) =>
        (await state.items({ campaign_id: CAMPAIGN, ...filter }, page)).length;
      const item_ids = items.map((row) => row.item_id);
      expect(await length({})).toBe(MAX_PAGE);
      expect(await length({}, { limit: 9999 })).toBe(MAX_PAGE);
      expect(await length({}, { limit: -1 })).toBe(0);
      expect(await length({ item_ids })).toBe(items.length);
      expect(await length({ item_ids }, { limit: 3 })).toBe(3);
      expect(await state.entries({ limit: 9999 })).toHaveLength(MAX_PAGE);
    });

    it("orders by position and then by id, without losing one where positions are alike", async () => {
      const items = Array.from({ length: 1203 }, (_, n) => itemRow(n, { position: n % 2 }));
      await state.commit({ campaigns: [campaignRow()], items });
      const ids: string[] = [];
      for await (const row of state.everyItem({ campaign_id: CAMPAIGN }))
        ids.push(`${row.position} ${row.item_id}`);
      expect(ids).toEqual(items.map((row) => `${row.position} ${row.item_id}`).sort());
    });

    orderTests(() => state);
    snapshotTests(() => state);
    givenTests(() => state);

    it("orders text by bytes, whatever the language of the database", async () => {
      const ids = ["B-1", "a-1", "B2", "a2", "Z"];
      await state.commit({ campaigns: ids.map((id) => campaignRow(1, id)) });
      expect((await state.campaigns()).map((row) => row.campaign_id)).toEqual([...ids].sort());
    });

    it("gives entries of a campaign newest first, of one kind or all, and counts them", async () => {
      const entries = Array.from({ length: 30 }, (_, n) =>
        entryOf(n, { kind: n % 3 === 0 ? "sampled" : "decided", ...(n > 24 && { campaign_id: "other" }) }),
      );
      await state.commit({ entries });
      const page = await state.newestEntries({ campaign_id: CAMPAIGN, kind: "sampled", offset: 1, limit: 2 });
      expect(page.total).toBe(9);
      expect(page.rows.map(({ number }) => number)).toEqual([22, 19]);
      const all = await state.newestEntries({ campaign_id: CAMPAIGN });
      expect([all.total, all.rows.length, all.rows[0]?.number]).toEqual([25, 25, 25]);
      expect(await state.newestEntries({ campaign_id: "none" })).toEqual({ total: 0, rows: [] });
    });

    it("keeps lists by their digest, once", async () => {
      const set = targetSet(["b", "a", "b", "c"]);
      expect(set).toEqual({ set_sha256: sha256("a\nb\nc\n"), members: ["a", "b", "c"] });
      await state.commit({ targetSets: [set] });
      await state.commit({ targetSets: [set, targetSet([])] });
      expect(await state.targets(set.set_sha256)).toEqual({ count: 3, members: ["a", "b", "c"] });
      expect(await state.targets(set.set_sha256, { offset: 1, limit: 1 })).toEqual({
        count: 3,
        members: ["b"],
      });
      expect(await state.targets(sha256(""))).toEqual({ count: 0, members: [] });
      expect(await state.targets(sha256("none"))).toBeUndefined();
      expect(() => targetSet(["a\nb"])).toThrow("line break");
      const forged = state.commit({ targetSets: [{ ...set, members: ["a"] }] });
      await expect(forged).rejects.toMatchObject({ code: "E_INTERNAL" });
    });

    it("keeps revocations and requests", async () => {
      const revocation = (n: number, more = {}) => ({
        campaign_id: CAMPAIGN,
        item_id: itemId(n),
        version: 1,
        state: "open",
        due_at: AT,
        document: "{}",
        ...more,
      });
      const request = (request_id: string, state: string) => ({
        request_id,
        version: 1,
        state,
        principal: "ada",
        document: "{}",
      });
      await state.commit({
        campaigns: [campaignRow()],
        revocations: [revocation(1), revocation(2)],
        requests: [request("r1", "requested"), request("r2", "approved")],
      });
      await state.commit({ revocations: [revocation(2, { version: 2, state: "removed" })] });
      const open = async (states?: string[]) => (await state.revocations(CAMPAIGN, states)).length;
      expect([await open(), await open(["open"]), await open([]), await open(["gone"])]).toEqual([
        2, 1, 0, 0,
      ]);
      expect(await state.requests({ state: "approved" })).toEqual([request("r2", "approved")]);
      expect(await state.requests({ principal: "ada", after: "r1" })).toHaveLength(1);
      const twice = state.commit({ requests: [request("r1", "approved")] });
      await expect(twice).rejects.toMatchObject({ code: "E_CONFLICT" });
    });

    it("keeps sessions until they end, and gives one out once", async () => {
      const session = (id: string, who?: string) => ({
        id_sha256: sha256(id),
        ...(who === undefined ? {} : { who }),
        document: "{}",
        created_at: AT,
        seen_at: AT,
        expires_at: "2026-09-30T07:00:00.000Z",
      });
      const { web } = state;
      await web.putSession(session("1"));
      for (const id of ["2", "3"]) await web.putSession(session(id, "ada"));
      await web.putSession(session("4", "kim"));
      const later = { seen_at: "2026-09-30T06:30:00.000Z", expires_at: "2026-09-30T07:30:00.000Z" };
      await web.touchSession(sha256("4"), later);
      expect(await web.session(sha256("4"))).toEqual({ ...session("4", "kim"), ...later });
      const taken = await Promise.all([1, 2].map(async () => await web.takeSession(sha256("1"))));
      expect(taken.filter((one) => one !== undefined)).toEqual([session("1")]);
      await web.touchSession(sha256("1"), later);
      expect(await web.session(sha256("1"))).toBeUndefined();
      expect(await web.endSessionsOf("ada")).toBe(2);
      expect(await web.session(sha256("2"))).toBeUndefined();
      expect(await web.sweepSessions("2026-09-30T07:30:00.000Z")).toBe(0);
      expect(await web.sweepSessions("2026-09-30T08:00:00.000Z")).toBe(1);
      const again = web.putSession(session("5")).then(async () => await web.putSession(session("5")));
      await expect(again).rejects.toMatchObject({ code: "E_CONFLICT" });
    });

    it("remembers when somebody was first shown an item", async () => {
      const { web } = state;
      await web.shown(CAMPAIGN, ["a", "b", "a"], "ada", AT);
      await web.shown(CAMPAIGN, ["b", "c"], "ada", "2026-10-01T00:00:00.000Z");
      expect(await web.firstShown(CAMPAIGN, ["b", "c", "d"], "ada")).toEqual(
        new Map([
          ["b", AT],
          ["c", "2026-10-01T00:00:00.000Z"],
        ]),
      );
      expect(await web.firstShown(CAMPAIGN, ["b"], "kim")).toEqual(new Map());
    });

    it("numbers the lines of the web's log without gaps", async () => {
      const line = { at: AT, action: "decide", outcome: "refused", document: "{}" };
      await Promise.all(Array.from({ length: 10 }, async () => await state.web.audit(line)));
      await state.web.audit({ ...line, who: "ada", outcome: "done" });
      const page = await state.web.auditLines({ outcome: "refused", limit: 2, offset: 1 });
      expect(page).toEqual({ total: 10, lines: [9, 8].map((number) => ({ number, ...line })) });
      expect((await state.web.auditLines({ who: "ada", action: "decide" })).lines[0]?.number).toBe(11);
    });

    it("is found again as it was left", async () => {
      await state.commit({ campaigns: [campaignRow()], entries: [entryOf(1)] });
      await state.close();
      state = await openState(made.place);
      expect(await numbers()).toEqual([1]);
      expect(await state.commit({ entries: [entryOf(2)] })).toMatchObject([{ number: 2 }]);
    });

    it("keeps a large campaign, and tells what its pages take", async () => {
      const count = SLOW ? 50_000 : 5_000;
      const items = Array.from({ length: count }, (_, n) => itemRow(n, {}, 2_000));
      const timed: string[] = [];
      const time = async <T>(what: string, repeats: number, work: () => Promise<T>): Promise<T> => {
        const start = performance.now();
        let result = await work();
        for (let n = 1; n < repeats; n += 1) result = await work();
        timed.push(`${what} ${((performance.now() - start) / repeats).toFixed(1)}`);
        return result;
      };
      await time("insert", 1, async () => await state.commit({ campaigns: [campaignRow()], items }));
      const all = { campaign_id: CAMPAIGN };
      const mine = { ...all, reviewer: ["reviewer3@example.com"], state: ["open"] };
      const page = async (filter: ItemFilter, more = {}) => await state.items(filter, { limit: 50, ...more });
      const open = await time("a reviewer's open items", 20, async () => await page(mine));
      expect(open).toHaveLength(count < 50_000 ? 17 : 50);
      expect(
        await time(
          "by risk and store",
          20,
          async () => await page({ ...all, risk: ["critical"], store_id: ["aws-prod"] }),
        ),
      ).toHaveLength(50);
      await time("page in the middle", 20, async () => await page(all, { after: itemRow(count / 2) }));
      await time("page in the middle by offset", 20, async () => await page(all, { offset: count / 2 }));
      for (const order of ["last_used", "principal", "secrets"] as const) {
        await time(`first page by ${order}`, 20, async () => await page(all, { order }));
        await time(
          `page in the middle by ${order}`,
          5,
          async () => await page(all, { order, offset: count / 2 }),
        );
      }
      await time("a reviewer's by secrets", 20, async () => await page(mine, { order: "secrets" }));
      expect(
        await time("text that one has", 5, async () => await page({ ...all, text: `db-${count - 1}` })),
      ).toHaveLength(1);
      await time("counts by state", 5, async () => await state.counts(all, ["state"]));
      await time(
        "counts by reviewer and state",
        5,
        async () => await state.counts(all, ["reviewer", "state"]),
      );
      await time("counts by store and tier", 5, async () => await state.counts(all, ["store_id", "tier"]));
      await time("count", 5, async () => await state.counts(all, []));
      await time("counts by risk and tier", 5, async () => await state.counts(all, ["risk", "tier"]));
      const one = { ...items[7]!, version: 2, state: "decided" };
      await time("decide on one", 1, async () => await state.commit({ items: [one], entries: [entryOf(1)] }));
      const next = items.map((row, n) => ({ ...row, version: n === 7 ? 3 : 2 }));
      await time("change all", 1, async () => await state.commit({ items: next }));
      let streamed = 0;
      const every = async () => {
        for await (const { position } of state.everyItem(all)) streamed += position === streamed ? 1 : 0;
      };
      await time("every item", 1, every);
      expect(streamed).toBe(count);
      console.log(`${product}, ${count} items, in ms: ${timed.join(", ")}`);
    }, 600_000);

    it("refuses a database of a newer program", async () => {
      made.beside("insert into kysely_migration (name, timestamp) values ('9999_later', '2030')");
      await expect(openState(made.place)).rejects.toMatchObject({ code: "E_RUNTIME" });
    });
  });
}
