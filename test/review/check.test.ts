import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { checkState } from "../../src/review/record/check.ts";
import { entry } from "../../src/review/record/entries.ts";
import type { Campaign, Choice, Revocation } from "../../src/review/model.ts";
import { HOLD, SETTINGS, actor, estate, openDesk, seenOf } from "./estate.ts";

const ID = "quarterly-2026-q4";
const ALL = { whose: "all", sort: "risk", offset: 0, limit: 200 } as const;
const WHY = "needed for the nightly settlement";

type Opened = Awaited<ReturnType<typeof openDesk>>;

const checked = async ({ state, kept }: Opened) =>
  await checkState({ state, kept: (digest) => Promise.resolve(kept.get(digest) ?? new Uint8Array()) });

const version = async ({ desk }: Opened) => (await desk.reading.campaign(actor.cora, ID)).campaign.version;

/** Ada's access is reduced by a secret, Eve's revoked, Ben's limited; the rest is for the rule. In remediation, with a ticket and a verdict. */
async function ended(): Promise<Opened> {
  const quarterly = { ...SETTINGS.campaigns?.["quarterly"], no_answer: "revoke" as const };
  const opened = await openDesk({ ...SETTINGS, campaigns: { quarterly } });
  const { desk, world } = opened;
  await desk.running.start(actor.cora, "quarterly");
  await desk.running.act(actor.cora, ID, "open", 1);
  const { rows } = await desk.reading.items(actor.cora, ID, ALL);
  const decide = async (name: string, choice: Choice) => {
    const {
      item,
      version: shown,
      seen_sha256,
    } = rows.find((row) => row.item.principal.name.endsWith(name) && row.item.secrets.tier === "standard")!;
    const seen = { item_id: item.item_id, version: shown, seen_sha256 };
    await desk.deciding.decide(actor.mia, ID, seen, choice);
    return item.item_id;
  };
  const gone = ["vault:kv/payments/db"];
  const reduced = await decide("ada", { kind: "reduce", revoke_secrets: gone, justification: WHY });
  await decide("eve", { kind: "revoke" });
  await decide("ben", { kind: "time_limit", until: "2026-12-01T00:00:00.000Z", justification: WHY });
  world.now = "2026-10-24T09:00:00.000Z";
  await desk.running.act(actor.cora, ID, "remind", await version(opened));
  await desk.running.act(actor.cora, ID, "end_review", await version(opened));
  await desk.running.noteTicket(actor.cora, ID, reduced, 1, "SEC-1");
  world.seen = seenOf(estate({ ada: HOLD.ada, ben: HOLD.ben }), "2026-10-25T06:00:00.000Z");
  world.now = "2026-10-25T09:00:00.000Z";
  await desk.running.act(actor.cora, ID, "verify", await version(opened));
  return opened;
}

/** Rewrites the rows of revocations behind everybody's back; gives back how they were. */
function meddled(file: string, change: (revocation: Revocation) => object): void {
  const database = new DatabaseSync(file);
  const all = database.prepare("select item_id, document from revocation").all();
  const update = database.prepare("update revocation set document = ? where item_id = ?");
  for (const { item_id, document } of all)
    update.run(JSON.stringify(change(JSON.parse(String(document)) as Revocation)), String(item_id));
  database.close();
}

describe("what is to be taken away", () => {
  it("agrees with the decisions that it comes from, also those of the rule", async () => {
    const opened = await ended();
    expect(await checked(opened)).toMatchObject({ items: 4, decisions: 4 });
    const rows = (await opened.state.revocations(ID)).map(
      ({ document }) => JSON.parse(document) as Revocation,
    );
    expect(rows.map(({ kind }) => kind).sort()).toEqual(["reduce", "revoke", "revoke", "time_limit"]);
  });

  const OTHER_SET = "0".repeat(64);
  it.each([
    ["asks for fewer actions", { actions: ["list"] }],
    ["asks for other secrets", { set_sha256: OTHER_SET }],
    ["asks for other single secrets", { secrets: ["vault:kv/payments/api"] }],
    ["counts fewer secrets", { secret_count: 0 }],
    ["is of another principal", { principal_id: "vault:auth/userpass/users/nobody" }],
    ["is of another store", { store_id: "other" }],
    ["is of another kind", { kind: "reduce" as const, actions: [], secrets: ["vault:kv/payments/api"] }],
    ["is due later", { due_at: "2030-01-01T00:00:00.000Z" }],
    ["begins later", { from_at: "2030-01-01T00:00:00.000Z" }],
    ["ends later", { ends_at: "2030-01-01T00:00:00.000Z" }],
    ["bears another ticket", { ticket: { reference: "SEC-9", by: actor.cora.who, at: WHY } }],
    ["was compared with another snapshot", { checked: { snapshot_id: "x", snapshot_sha256: "y" } }],
  ])("is told where it %s", async (_, change) => {
    const opened = await ended();
    for (const kind of ["reduce", "revoke", "time_limit"]) {
      const before = await opened.state.revocations(ID);
      meddled(opened.file, (one) => (one.kind === kind ? { ...one, ...change } : one));
      await expect(checked(opened), kind).rejects.toMatchObject({ code: "E_INTEGRITY" });
      const documents = new Map(before.map(({ item_id, document }) => [item_id, document]));
      meddled(opened.file, ({ item_id }) => JSON.parse(documents.get(item_id) ?? "") as object);
      await checked(opened);
    }
  });

  it("is told where a row is missing, or the terms are not those that were sealed", async () => {
    const opened = await ended();
    const database = new DatabaseSync(opened.file);
    const [{ document } = {}] = database.prepare("select document from campaign").all();
    const campaign = JSON.parse(String(document)) as Campaign;
    const terms = { ...campaign.terms, remediation_days: 300 };
    const update = database.prepare("update campaign set document = ?");
    update.run(JSON.stringify({ ...campaign, terms }));
    await expect(checked(opened)).rejects.toThrow("got another terms");
    update.run(String(document));
    await checked(opened);
    database.exec("delete from revocation where item_id = (select min(item_id) from revocation)");
    database.close();
    await expect(checked(opened)).rejects.toThrow(/revocation \w+ of .*, which entry \d+ names/);
  });

  it.each(["reduce", "revoke", "time_limit"])("is told where a forged entry withdrew a %s", async (kind) => {
    const opened = await ended();
    const rows = (await opened.state.revocations(ID)).map(
      ({ document }) => JSON.parse(document) as Revocation,
    );
    const database = new DatabaseSync(opened.file);
    const items = rows
      .filter((one) => one.kind === kind)
      .map(({ item_id, state }) => ({ item_id, kind, state }));
    const of = { campaign_id: ID, by: actor.cora.who, at: opened.world.now };
    const ids = items.map(({ item_id }) => item_id);
    const document = { reason: WHY, items: items as { item_id: string; kind: "revoke"; state: "open" }[] };
    await opened.state.commit({ entries: [entry("revocations_withdrawn", of, document, ids)] });
    for (const id of ids) database.prepare("delete from revocation where item_id = ?").run(id);
    database.close();
    await expect(checked(opened)).rejects.toThrow(/revocation \w+ of .*, which its decisions ask for/);
  });

  it("is not looked for where it is not what was decided", async () => {
    const opened = await ended();
    meddled(opened.file, (one) => (one.kind === "revoke" ? { ...one, actions: ["list"] } : one));
    opened.world.seen = seenOf(estate(), "2026-10-26T06:00:00.000Z");
    const verify = opened.desk.running.act(actor.cora, ID, "verify", await version(opened));
    await expect(verify).rejects.toMatchObject({ code: "E_INTEGRITY" });
    await expect(opened.desk.tickets.tickets(actor.cora, ID)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });
});

describe("what was changed by hand before somebody acted on it", () => {
  const meddledWith = (file: string, table: string, change: (document: never) => object): void => {
    const database = new DatabaseSync(file);
    for (const { rowid, document } of database.prepare(`select rowid, document from ${table}`).all()) {
      const text = JSON.stringify(change(JSON.parse(String(document)) as never));
      database.prepare(`update ${table} set document = ? where rowid = ?`).run(text, Number(rowid));
    }
    database.close();
  };

  it.each([
    ["population", { population: { complete: false, gap_count: 2 } }],
    ["terms", { terms: { no_answer: "keep" } }],
    ["due_at", { due_at: "2026-10-01T09:00:00.000Z" }],
    ["created_by", { created_by: "nobody@example.com" }],
    // No entry says this in words: the act names the row that it took over.
    ["one that was changed by hand", { opened_at: "2026-09-01T09:00:00.000Z" }],
  ])("is told of a campaign: another %s", async (name, change) => {
    const opened = await openDesk();
    const { desk, world, file } = opened;
    await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, ID, "open", 1);
    meddledWith(file, "campaign", (one: Record<string, object>) =>
      Object.fromEntries(
        Object.entries({ ...one, ...change }).map(([key, value]) => [
          key,
          typeof value === "object" && !Array.isArray(value) ? { ...one[key], ...(value as object) } : value,
        ]),
      ),
    );
    world.now = "2026-10-24T09:00:00.000Z";
    await desk.running.act(actor.cora, ID, "end_review", 2);
    await expect(checked(opened)).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: expect.stringContaining(name) as string,
    });
  });

  it.each([
    ["who is asked", { reviewer: "kim@example.com" }, "reviewer"],
    ["how often it was handed on", { delegations: 0 }, "item"],
    ["when it joined", { joined_at: "2026-10-02T09:00:00.000Z" }, "item"],
  ])("is told of an item: %s", async (_, change, column) => {
    const opened = await openDesk();
    const { desk, file } = opened;
    await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, ID, "open", 1);
    const shown = async () => {
      const { rows } = await desk.reading.items(actor.cora, ID, ALL);
      const row = rows.find(({ item }) => item.principal.name.endsWith("ada"))!;
      return { item_id: row.item.item_id, version: row.version, seen_sha256: row.seen_sha256 };
    };
    await desk.deciding.handOn(actor.mia, ID, await shown(), actor.kim.who, WHY);
    await desk.deciding.handOn(actor.kim, ID, await shown(), actor.mia.who, WHY);
    expect(await checked(opened)).toMatchObject({ items: 4 });
    const { item_id } = await shown();
    meddledWith(file, "item_document", (one: { item: { item_id: string } }) =>
      one.item.item_id === item_id ? { ...one, ...change } : one,
    );
    const by = column === "reviewer" ? actor.kim : actor.mia;
    if (column === "reviewer") {
      const database = new DatabaseSync(file);
      database.prepare("update item set reviewer = ? where item_id = ?").run(actor.kim.who, item_id);
      database.close();
    }
    await desk.deciding.decide(by, ID, await shown(), { kind: "revoke", justification: WHY });
    await expect(checked(opened)).rejects.toMatchObject({
      code: "E_INTEGRITY",
      message: expect.stringMatching(/item \w+ of quarterly-2026-q4 before entry \d+/) as string,
    });
  });

  it("is told of items that a later snapshot makes anew", async () => {
    const opened = await openDesk();
    const { desk, file } = opened;
    await desk.running.start(actor.cora, "quarterly");
    await desk.running.act(actor.cora, ID, "open", 1);
    meddledWith(file, "item_document", (one: { delegations: number }) => ({ ...one, delegations: -5 }));
    opened.world.seen = seenOf(estate({}), "2026-10-03T06:00:00.000Z");
    opened.world.now = "2026-10-03T09:00:00.000Z";
    await desk.running.act(actor.cora, ID, "refresh", await version(opened));
    await expect(checked(opened)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("is told of a request, as what it was not made", async () => {
    const opened = await openDesk();
    const { desk, file } = opened;
    const id = await desk.requests.ask(actor.ada, {
      ...{ principal: "ada@example.com", secrets: ["kv/payments/api"], actions: ["read"] },
      justification: WHY,
    });
    expect(await checked(opened)).toMatchObject({ requests: 1 });
    meddledWith(file, "access_request", (one: object) => ({ ...one, secrets: ["*"] }));
    await desk.requests.answer(actor.mia, id, 1, true, undefined);
    await expect(checked(opened)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("is told of a revocation, as what was not decided", async () => {
    const opened = await ended();
    const [row] = await opened.state.revocations(ID);
    const change = { due_at: "2030-01-01T00:00:00.000Z" };
    meddled(opened.file, (one) => (one.item_id === row!.item_id ? { ...one, ...change } : one));
    await opened.desk.running.noteTicket(actor.cora, ID, row!.item_id, row!.version, "SEC-2");
    await expect(checked(opened)).rejects.toMatchObject({ code: "E_INTEGRITY" });
  });

  it("is none of what was signed off twice", async () => {
    const opened = await ended();
    for (const by of ["first", "second"])
      await opened.desk.running.act(
        actor.cora,
        ID,
        "sign_off",
        await version(opened),
        `I stand for it, ${by}.`,
      );
    expect(await checked(opened)).toMatchObject({ campaigns: 1 });
  });
});
