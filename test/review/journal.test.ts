import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256 } from "../../src/base/index.ts";
import { CAMPAIGN, entryOf } from "../state/rows.ts";
import { openJournal, type JournalPlace } from "./journal-place.ts";

let root: string;
let place: JournalPlace;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "countersign-journal-"));
  place = await openJournal(root);
});
afterEach(async () => await place.state.close());

async function commit(...numbers: number[]): Promise<void> {
  await place.state.commit({ entries: numbers.map((n) => entryOf(n)) });
}

/** As somebody with the file would, triggers taken away. */
function meddle(sql: string): void {
  const database = new DatabaseSync(join(root, "state.db"));
  database.exec(
    "drop trigger if exists entry_kept; drop trigger if exists entry_stays; pragma foreign_keys = off",
  );
  database.exec(sql);
  database.close();
}

async function leafNumbers(): Promise<number[]> {
  const entries: number[] = [];
  for await (const { payload } of place.leaves.all()) {
    if (typeof payload["entry"] === "number") entries.push(payload["entry"]);
  }
  return entries;
}

const leafFile = (number: number) => join(root, "leaves", String(number).padStart(12, "0"));

describe("publishing", () => {
  it("makes one leaf an entry, in order, with the document by its digest", async () => {
    await place.leaves.append("vault-commit", { generation: 1 });
    await commit(1, 2);
    await place.state.commit({
      entries: [{ kind: "opened", at: "2026-09-30T06:00:00.000Z", by: "kim", document: "{}" }],
    });
    expect(await place.journal.publish()).toBe(3);
    expect(await place.journal.publish()).toBe(0);
    const leaves = [];
    for await (const leaf of place.leaves.all()) leaves.push(leaf);
    const document = sha256(entryOf(2).document);
    expect(leaves[2]).toEqual({
      number: 3,
      type: "decision",
      payload: {
        entry: 2,
        campaign: CAMPAIGN,
        kind: "decision",
        by: "ada@example.com",
        at: entryOf(2).at,
        document,
      },
    });
    expect(leaves[3]).toMatchObject({ type: "evidence", payload: { entry: 3, document: sha256("{}") } });
    expect(leaves[3]?.payload).not.toHaveProperty("campaign");
    expect((await place.content.get(document)).toString()).toBe(entryOf(2).document);
    expect(await place.state.entries({ unpublished: true })).toEqual([]);
    expect(await place.journal.verify()).toEqual({ entries: 3, outstanding: 0 });
  });

  it("makes no second leaf for what a killed process put into the chain and did not mark", async () => {
    await commit(...Array.from({ length: 130 }, (_, n) => n));
    await place.journal.publish();
    await commit(130);
    for (const from of [131, 130, 60, 1]) {
      meddle(`update entry set published = 0 where number >= ${from}`);
      await place.state.close();
      place = await openJournal(root);
      await place.journal.publish();
      expect(await leafNumbers()).toEqual(Array.from({ length: 131 }, (_, n) => n + 1));
      expect(await place.state.entries({ unpublished: true })).toEqual([]);
    }
  });

  it("lets many publish at once, in this process and from others", async () => {
    const others = await Promise.all([1, 2].map(async () => await openJournal(root)));
    const all = [place, ...others].flatMap((one) =>
      Array.from({ length: 10 }, async (_, n) => {
        const [entry] = await one.state.commit({ entries: [entryOf(n)] });
        await one.journal.publish();
        const [found] = await one.state.entries({ after: entry!.number - 1, limit: 1 });
        expect(found).toMatchObject({ number: entry!.number, published: true });
      }),
    );
    await Promise.all(all);
    expect(await leafNumbers()).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
    for (const one of others) await one.state.close();
  });

  it("goes on after a run that failed", async () => {
    await commit(1);
    await writeFile(join(root, "cas"), "no directory");
    await expect(place.journal.publish()).rejects.toMatchObject({ code: "E_DISK" });
    await rm(join(root, "cas"));
    expect(await place.journal.publish()).toBe(1);
  });
});

describe("comparing journal, chain and documents", () => {
  beforeEach(async () => {
    await commit(1, 2, 3);
    await place.leaves.append("access-head", { events: 1 });
    await place.journal.publish();
  });

  /** Both find it: who verifies, and, where it is at the end, who publishes next. */
  async function found(message: RegExp, { byPublishing }: { byPublishing: boolean }): Promise<void> {
    await place.state.close();
    place = await openJournal(root);
    const broken = { code: "E_INTEGRITY", message: expect.stringMatching(message) as string };
    await expect(place.journal.verify()).rejects.toMatchObject(broken);
    if (!byPublishing) return;
    await commit(9);
    const before = await leafNumbers();
    await expect(place.journal.publish()).rejects.toMatchObject({ code: "E_INTEGRITY" });
    expect(await leafNumbers()).toEqual(before);
  }

  it("counts what is committed and not published yet", async () => {
    await commit(4, 5);
    expect(await place.journal.verify()).toEqual({ entries: 3, outstanding: 2 });
  });

  it.each([
    ["a document", `document = '{"decision":"other"}'`, /entry 2 with the document/],
    [
      "a document with its digest",
      `document = '{}', document_sha256 = '${sha256("{}")}'`,
      /entry 2 as leaf 3 has it/,
    ],
    ["who it was", `by = 'eve@example.com'`, /entry 2 as leaf 3 has it, by ada/],
    ["when it was", `at = '2026-10-01T00:00:00.000Z'`, /entry 2 as leaf 3 has it, at 2026-09-30/],
    ["what it was", `kind = 'other'`, /entry 2 as leaf 3 has it, kind decision/],
    ["the campaign", `campaign_id = null`, /entry 2 as leaf 3 has it, campaign quarterly/],
    ["the number", `number = 7`, /entry 2 of the journal, got entry 3/],
  ])("finds a row in which %s was altered", async (_, change, message) => {
    meddle(`update entry set ${change} where number = 2`);
    await found(message, { byPublishing: false });
  });

  it.each([
    ["in the middle", "number = 2", /entry 2 of the journal, got entry 3/, false],
    ["at the end", "number = 3", /entry 3, of which leaf/, true],
    ["anywhere", "true", /entry 1, of which leaf/, true],
  ] as const)("finds rows that were deleted %s", async (_, which, message, byPublishing) => {
    meddle(`delete from entry where ${which}`);
    if (byPublishing) await expect(place.journal.publish()).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await found(message, { byPublishing: false });
  });

  it("finds a row that was made again in the place of a deleted one", async () => {
    meddle("delete from entry where number = 3");
    await commit(33);
    await expect(place.journal.publish()).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await found(/entry 3 as leaf 4 has it, document/, { byPublishing: false });
  });

  it.each(["altered", "taken away"])("finds a document of the store that was %s", async (how) => {
    const path = place.content.pathOf(sha256(entryOf(2).document));
    if (how === "altered") await writeFile(path, "other bytes");
    else await rm(path);
    await found(/document [0-9a-f]{64} of entry 2/, { byPublishing: false });
  });

  it("finds a chain that was cut, and appends nothing to it", async () => {
    await rm(leafFile(4));
    await found(/a leaf of entry 3, got 2 as the last/, { byPublishing: true });
  });

  it("finds a chain that was taken away", async () => {
    await rm(join(root, "leaves"), { recursive: true });
    await found(/a leaf of entry 3, got none/, { byPublishing: true });
  });

  it("finds a leaf that was taken out, or of no entry at all", async () => {
    await place.leaves.append("decision", { other: 1 });
    await found(/leaf 5 to name an entry/, { byPublishing: true });
    await rm(leafFile(3));
    await found(/leaf 3, got leaf 4/, { byPublishing: false });
  });

  it("finds a second leaf of an entry", async () => {
    const [leaf] = await place.leaves.latest(["decision"], 1);
    await place.leaves.append("decision", leaf!.payload);
    await found(/entry 3, of which leaf 5 is, got 3 as the last/, { byPublishing: false });
  });

  it("finds a chain that was cut where its entries are said not to be published, by a head that is kept elsewhere", async () => {
    const head = await place.leaves.head();
    meddle("update entry set published = 0 where number = 3");
    await rm(leafFile(4));
    expect(await place.journal.verify()).toEqual({ entries: 2, outstanding: 1 });
    expect(await place.leaves.holds(head!)).toBe(false);
  });
});
