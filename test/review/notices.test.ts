import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { undelivered } from "../../src/review/desk/notifying.ts";
import { checkState } from "../../src/review/record/check.ts";
import { MAX_TRIES } from "../../src/review/remediation/outbox.ts";
import { signatureOf } from "../../src/review/remediation/webhook.ts";
import { STATEMENT, act, decideOn, itemNamed, revocations } from "./at-desk.ts";
import { HOLD, actor, estate, openDesk, seenOf } from "./estate.ts";
import { close, listening } from "./receiver.ts";

const ID = "quarterly-2026-q4";
const SECRET = Buffer.from("0123456789abcdef0123456789abcdef", "utf8");
const MINE = { whose: "mine", sort: "risk", offset: 0, limit: 200 } as const;
const REMINDED = "2026-10-07T09:00:00.000Z";

interface Taken {
  readonly key: string;
  readonly body: { readonly event: string } & Readonly<Record<string, unknown>>;
}

type Opened = Awaited<ReturnType<typeof openDesk>>;

/** A receiver that keeps what it took, and a desk that sends there. */
async function sending(statuses: readonly number[]) {
  const taken: Taken[] = [];
  const receiver = await listening(statuses, ({ headers }, body) => {
    const signature = String(headers["countersign-signature"]);
    const seconds = Number(/^t=(\d+),/.exec(signature)?.[1]);
    expect(signature).toBe(`t=${seconds},v1=${signatureOf(SECRET, seconds, body)}`);
    taken.push({ key: String(headers["idempotency-key"]), body: JSON.parse(body) as Taken["body"] });
  });
  const opened = await openDesk();
  const { clock } = opened.ports;
  const terms = { url: receiver.url, secret: SECRET, clock, retries: 0 };
  opened.ports.webhook = { terms: () => Promise.resolve(terms), public_url: "https://review.example.com" };
  return { ...opened, taken };
}

/** A campaign that is open, with items of two reviewers, on the first day on which somebody is reminded. */
async function reminding({ desk, world }: Opened): Promise<void> {
  await desk.schedule.tick(actor.cora, { open: true });
  const { rows } = await desk.reading.items(actor.mia, ID, MINE);
  const { item, version, seen_sha256 } = rows.at(-1)!;
  const seen = { item_id: item.item_id, version, seen_sha256 };
  await desk.deciding.reassign(actor.cora, ID, seen, "vera@example.com", "she knows this service");
  world.now = REMINDED;
}

const ticked = async ({ desk }: Opened) =>
  (await desk.schedule.tick(actor.cora)).map(({ did, what }) => `${did}: ${what}`);

async function results({ state }: Opened) {
  const rows = (await state.entries({})).filter(({ kind }) => kind === "notified");
  return rows.flatMap(({ document }) => {
    const told = JSON.parse(document) as { results: { kind: string; outcome: string; why?: string }[] };
    return told.results.map(({ kind, outcome }) => `${kind} ${outcome}`);
  });
}

describe("notices", () => {
  it("of a reminder go to each reviewer once, signed, with what waits and where", async () => {
    const opened = await sending([204]);
    await reminding(opened);
    expect(await ticked(opened)).toEqual([
      expect.stringMatching(/^reminded: /) as string,
      "notified: 2 delivered",
    ]);
    expect(await ticked(opened)).toEqual([]);
    expect(opened.taken.map(({ body }) => [body["reviewer"], body["items"]])).toEqual([
      ["mia@example.com", 3],
      ["vera@example.com", 1],
    ]);
    const { key, body } = opened.taken[0]!;
    expect(body).toMatchObject({
      event: "countersign.reminder",
      campaign_id: ID,
      due_at: "2026-10-21T08:00:00.000Z",
      at: REMINDED,
      link: `https://review.example.com/campaigns/${ID}`,
    });
    expect(key).toMatch(new RegExp(`^reminder:${ID}/\\d+/[0-9a-f]{16}$`));
    const kept = (digest: string) => Promise.resolve(opened.kept.get(digest) ?? new Uint8Array());
    await checkState({ state: opened.state, kept });
  });

  it("that fail are told, keep the reminder, and are tried again under their keys", async () => {
    const opened = await sending([500, 200]);
    await reminding(opened);
    const [reminded, told] = await ticked(opened);
    expect(reminded).toMatch(/^reminded/);
    expect(told).toMatch(/^not_notified: 1 delivered, 1 failed: 127\.0\.0\.1:\d+ answered 500$/);
    expect(await undelivered(opened.state)).toMatchObject({ failed: 1, given_up: 0, since: REMINDED });
    expect(await ticked(opened), "not at once").toEqual([]);
    opened.world.now = "2026-10-07T09:11:00.000Z";
    expect(await ticked(opened)).toEqual(["notified: 1 delivered"]);
    const [first, , third] = opened.taken;
    expect(third).toEqual(first);
    expect(await undelivered(opened.state)).toEqual({ waiting: 0, failed: 0, given_up: 0 });
  });

  it("are sent again under the same key where the process was killed before it could write it down", async () => {
    const opened = await sending([200]);
    await reminding(opened);
    await opened.desk.running.act(actor.cora, ID, "remind", 2);
    const commit = opened.state.commit.bind(opened.state);
    opened.state.commit = () => Promise.reject(new Error("killed"));
    await expect(opened.desk.notices.notify(actor.cora)).rejects.toThrow("killed");
    opened.state.commit = commit;
    expect(opened.taken).toHaveLength(2);
    await opened.desk.notices.notify(actor.cora);
    expect(opened.taken.slice(2)).toEqual(opened.taken.slice(0, 2));
    expect(await results(opened)).toEqual(["reminder delivered", "reminder delivered"]);
    await opened.desk.notices.notify(actor.cora);
    expect(opened.taken).toHaveLength(4);
  });

  it("are given up after so many tries, told of, and sent where somebody says so", async () => {
    const opened = await sending([200]);
    await reminding(opened);
    const { webhook } = opened.ports;
    await close();
    await opened.desk.running.act(actor.cora, ID, "remind", 2);
    for (let count = 0; count < MAX_TRIES; count += 1)
      await opened.desk.notices.notify(actor.cora, { now: true });
    expect((await results(opened)).at(-1)).toBe("reminder given_up");
    expect(await undelivered(opened.state)).toMatchObject({
      failed: 0,
      given_up: 2,
      why: expect.stringContaining("ECONNREFUSED") as string,
    });
    const { campaigns } = await opened.desk.notices.notify(actor.cora, { now: true });
    expect(campaigns).toEqual([]);
    const { url } = await listening([200]);
    opened.ports.webhook = { terms: async () => ({ ...(await webhook?.terms()), url }) as never };
    await opened.desk.notices.notify(actor.cora, { again: true });
    expect(await undelivered(opened.state)).toMatchObject({ given_up: 0 });
  });

  it("are not sent of what was answered meanwhile, or is too old", async () => {
    const opened = await sending([200]);
    await reminding(opened);
    const { desk } = opened;
    await desk.running.act(actor.cora, ID, "remind", 2);
    for (const { item, version, seen_sha256 } of (await desk.reading.items(actor.mia, ID, MINE)).rows)
      await desk.deciding.decide(
        actor.mia,
        ID,
        { item_id: item.item_id, version, seen_sha256 },
        { kind: "certify", justification: "needed for the nightly settlement" },
      );
    opened.world.now = "2026-10-15T09:00:00.000Z";
    await desk.notices.notify(actor.cora);
    expect(opened.taken).toEqual([]);
    expect(await results(opened)).toEqual(["reminder moot", "reminder moot"]);
  });

  it("of escalations name who is asked now; of leavers who left; of revocations the ticket, until it is gone", async () => {
    const opened = await sending([200]);
    const { desk, world, taken } = opened;
    await reminding(opened);
    world.now = "2026-10-24T09:00:00.000Z";
    await ticked(opened);
    expect(new Set(taken.map(({ body }) => body.event))).toEqual(
      new Set(["countersign.escalation", "countersign.reminder"]),
    );
    taken.length = 0;
    const { people } = world.seen;
    const left = { kind: "left", at: "2026-09-01T00:00:00.000Z", certain: true } as const;
    const eventOf = (id: string) => (id.endsWith("/eve") ? left : undefined);
    world.seen = { ...world.seen, people: { ...people, eventOf } };
    await desk.running.raise(actor.cora);
    await desk.notices.notify(actor.cora);
    expect(taken.map(({ key }) => key)).toEqual(["leaver:leavers-2026-10-01"]);
    expect(taken[0]?.body["principals"]).toEqual(["vault:auth/userpass/users/eve"]);
    taken.length = 0;
    const leavers = "leavers-2026-10-01";
    const [found] = (await desk.reading.items(actor.mia, leavers, MINE)).rows;
    const { item, version, seen_sha256 } = found!;
    const seen = { item_id: item.item_id, version, seen_sha256 };
    await desk.deciding.decide(actor.mia, leavers, seen, { kind: "revoke" });
    await desk.deciding.signOffOwn(actor.mia, leavers, "I looked at each of them.");
    await desk.running.act(actor.cora, leavers, "end_review", 3);
    const { access } = opened.ports;
    opened.ports.access = () =>
      Promise.reject(new CountersignError("E_NOT_FOUND", "expected a snapshot, got none"));
    await desk.notices.notify(actor.cora);
    expect(taken).toEqual([]);
    opened.ports.access = access;
    await desk.notices.notify(actor.cora, { now: true });
    expect(taken).toMatchObject([
      {
        key: `ticket:${leavers}/${item.item_id}`,
        body: { ticket: { decision: "revoke", principal_name: "auth/userpass/eve" } },
      },
    ]);
    expect((await results(opened)).slice(-2)).toEqual(["ticket failed", "ticket delivered"]);
  });

  it("of access that is gone are not sent", async () => {
    const opened = await sending([200]);
    const { desk, world, taken } = opened;
    await desk.schedule.tick(actor.cora);
    await desk.running.act(actor.cora, ID, "open", 1);
    const { rows } = await desk.reading.items(actor.cora, ID, { ...MINE, whose: "all" });
    const eve = rows.find(({ item }) => item.principal.name.endsWith("eve"))!;
    const seen = { item_id: eve.item.item_id, version: eve.version, seen_sha256: eve.seen_sha256 };
    await desk.deciding.decide(actor.mia, ID, seen, { kind: "revoke" });
    world.now = "2026-10-23T09:00:00.000Z";
    await desk.running.act(actor.cora, ID, "end_review", 2);
    world.seen = seenOf(estate({ ada: HOLD.ada, ben: HOLD.ben }), "2026-10-23T10:00:00.000Z");
    await desk.running.act(actor.cora, ID, "verify", 3);
    await desk.notices.notify(actor.cora);
    expect(taken).toEqual([]);
    expect(await results(opened)).toEqual(["ticket moot"]);
  });

  it("of a revocation that took another's place go out under a key of their own, in files too", async () => {
    const opened = await sending([200]);
    const { desk, world, taken } = opened;
    expect(await desk.running.start(actor.cora, "quarterly")).toBe(ID);
    await act(opened, "open");
    for (const name of ["ben standard", "ben critical", "eve standard"])
      await decideOn(opened, name, { kind: "certify" });
    await decideOn(opened, "ada standard", { kind: "reduce", revoke_secrets: ["vault:kv/payments/db"] });
    await desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    await desk.notices.notify(actor.cora);
    const { item_id } = (await itemNamed(opened, "ada standard")).item;
    world.now = "2026-10-03T09:00:00.000Z";
    world.seen = seenOf(estate().labelled("kv/", "payments/new"), "2026-10-03T06:00:00.000Z");
    await act(opened, "refresh");
    await decideOn(opened, "ada standard", { kind: "revoke" });
    for (const name of ["ben standard", "eve standard"]) await decideOn(opened, name, { kind: "certify" });
    await desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    await desk.notices.notify(actor.cora);
    expect(taken).toMatchObject([
      { key: `ticket:${ID}/${item_id}`, body: { ticket: { decision: "reduce" } } },
      {
        key: `ticket:${ID}/${item_id}/2`,
        body: { key: `${ID}/${item_id}/2`, ticket: { decision: "revoke", item_id, secret_count: 3 } },
      },
    ]);
    const { tickets } = await desk.tickets.tickets(actor.cora, ID);
    expect(tickets.map(({ key }) => key)).toEqual([`${ID}/${item_id}/2`]);
    await desk.tickets.note(actor.cora, ID, tickets);
    expect((await revocations(opened))["ada"]?.ticket?.reference).toBe(`${ID}/${item_id}/2`);
    expect(await desk.tickets.noteReference(actor.cora, ID, item_id, "PAY-1")).toBe(1);
    expect(await results(opened)).toEqual(["ticket delivered", "ticket delivered"]);
  });

  it("of items in one ticket wait until that was delivered", async () => {
    const opened = await sending([500, 500, 200]);
    const { desk, world, taken } = opened;
    expect(await desk.running.start(actor.cora, "quarterly")).toBe(ID);
    await act(opened, "open");
    for (const name of ["ben standard", "ben critical"]) await decideOn(opened, name, { kind: "revoke" });
    world.now = "2026-10-25T09:00:00.000Z";
    await act(opened, "end_review");
    const { tickets } = await desk.tickets.tickets(actor.cora, ID);
    const [ticket] = tickets;
    expect(ticket?.item_ids).toHaveLength(2);
    await desk.notices.notify(actor.cora, { now: true });
    expect(await results(opened)).toEqual(["ticket failed"]);
    expect((await undelivered(opened.state)).waiting).toBe(1);
    await desk.notices.notify(actor.cora, { now: true });
    await desk.notices.notify(actor.cora, { now: true });
    expect((await results(opened)).slice(1)).toEqual(["ticket failed", "ticket delivered", "ticket moot"]);
    expect(new Set(taken.map(({ key }) => key))).toEqual(new Set([`ticket:${ticket?.key}`]));
  });

  it("are for who runs campaigns, and need somewhere to go", async () => {
    const { desk, ports } = await openDesk();
    await expect(desk.notices.notify(actor.mia)).rejects.toMatchObject({ code: "E_FORBIDDEN" });
    await expect(desk.notices.notify(actor.cora)).rejects.toMatchObject({ code: "E_CONFIG" });
    ports.webhook = { terms: () => Promise.reject(new Error("nothing to send")) };
    expect(await desk.notices.notify(actor.cora)).toEqual({ campaigns: [], waiting: 0 });
  });
});
