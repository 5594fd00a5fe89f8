import { createHmac } from "node:crypto";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { CountersignError } from "../../src/base/index.ts";
import { ticketFiles } from "../../src/review/remediation/ticket-files.ts";
import { deliver, type Notice } from "../../src/review/remediation/webhook.ts";
import { actor } from "./estate.ts";
import { quarter } from "./quarter.ts";
import { close, listening, silent } from "./receiver.ts";

const SECRET = Buffer.from("0123456789abcdef0123456789abcdef", "utf8");
const clock = { now: () => new Date("2026-11-02T09:00:00.000Z") };
const wait = () => Promise.resolve();

const notice: Notice = {
  kind: "ticket",
  key: "quarterly-2026-q4/a",
  body: { ticket: { title: "Remove access" } },
};

describe("tickets", () => {
  it("are made of what is not gone yet, with changes on the newest snapshot", async () => {
    const { desk } = await quarter();
    const { tickets } = await desk.tickets.tickets(actor.cora, "quarterly-2026-q4");
    expect(tickets.map(({ decision, principal_name }) => `${principal_name} ${decision}`).sort()).toEqual([
      "auth/userpass/ada revoke",
      "auth/userpass/ben time_limit",
    ]);
    expect(tickets.every(({ changes }) => changes.length > 0)).toBe(true);
    await expect(desk.tickets.tickets(actor.mia, "quarterly-2026-q4")).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
    const files = new Map(
      ticketFiles(tickets).map(({ name, bytes }) => [name, Buffer.from(bytes).toString("utf8")]),
    );
    expect([...files.keys()]).toEqual([
      "tickets.csv",
      "jira.json",
      "webhook.json",
      "changes.json",
      "changes.txt",
    ]);
    expect(parse(files.get("tickets.csv") ?? "", { bom: true, columns: true })).toHaveLength(2);
    expect(JSON.parse(files.get("jira.json") ?? "")).toHaveLength(2);
    expect(files.get("changes.txt")).toContain("Read it before you run it");
    expect(ticketFiles([]).map(({ name }) => name)).toHaveLength(5);
  });
});

describe("the revocations of a campaign", () => {
  it("tell what to change as the tickets do, to who may read all, and why where no snapshot can be read", async () => {
    const here = await quarter();
    const id = "quarterly-2026-q4";
    const page = { offset: 0, limit: 50 };
    const { tickets } = await here.desk.tickets.tickets(actor.cora, id);
    const list = await here.desk.tickets.revocations(actor.olga, id, page);
    expect(list.proposed).toEqual({ snapshot_id: here.world.seen.snapshot_id });
    const told = list.rows.filter(({ changes }) => changes !== undefined);
    expect(new Map(told.map(({ revocation, changes }) => [revocation.item_id, changes]))).toEqual(
      new Map(tickets.flatMap(({ item_ids, changes }) => item_ids.map((item_id) => [item_id, changes]))),
    );
    await expect(here.desk.tickets.revocations(actor.mia, id, page)).rejects.toMatchObject({
      code: "E_FORBIDDEN",
    });
    here.ports.access = () => Promise.reject(new CountersignError("E_UNSEEN", "expected a store, got none"));
    const blind = await here.desk.tickets.revocations(actor.cora, id, page);
    expect(blind.proposed).toEqual({ why_not: "expected a store, got none" });
    expect(blind.rows).toHaveLength(list.rows.length);
    expect(blind.rows.filter(({ changes }) => changes !== undefined)).toEqual([]);
  });
});

describe("keys of tickets", () => {
  it("are noted when tickets are written, and another system's in their place", async () => {
    const { desk } = await quarter();
    const id = "quarterly-2026-q4";
    const references = async () => {
      const { rows } = await desk.reading.revocations(actor.cora, id, { offset: 0, limit: 9 });
      return rows.flatMap(({ revocation }) => revocation.ticket?.reference ?? []).sort();
    };
    const { tickets } = await desk.tickets.tickets(actor.cora, id);
    expect(await desk.tickets.note(actor.cora, id, tickets)).toBe(1);
    const noted = await references();
    expect(noted).toContain("OPS-1204");
    expect(noted.some((key) => tickets.some((ticket) => ticket.key === key))).toBe(true);
    expect(await desk.tickets.note(actor.cora, id, tickets)).toBe(0);
    const [first] = tickets;
    expect(await desk.tickets.noteReference(actor.cora, id, first?.item_id ?? "", "PAY-123")).toBe(1);
    expect(await references()).toContain("PAY-123");
    await expect(desk.tickets.noteReference(actor.cora, id, "nothing", "PAY-1")).rejects.toMatchObject({
      code: "E_NOT_FOUND",
    });
    await expect(
      desk.tickets.noteReference(actor.mia, id, first?.item_id ?? "", "PAY-1"),
    ).rejects.toMatchObject({ code: "E_FORBIDDEN" });
  });
});

describe("a webhook", () => {
  it("is signed, names its key, and is told as delivered", async () => {
    let seen: { signature: string; key: string; body: string } | undefined;
    const { url } = await listening([204], ({ headers }, body) => {
      seen = {
        signature: String(headers["countersign-signature"]),
        key: String(headers["idempotency-key"]),
        body,
      };
    });
    expect(await deliver([notice], { url, secret: SECRET, clock, wait })).toEqual([
      { kind: "ticket", key: notice.key, delivered: true, attempts: 1, status: 204 },
    ]);
    const [, seconds = "", hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(seen?.signature ?? "") ?? [];
    expect(hex).toBe(createHmac("sha256", SECRET).update(`${seconds}.${seen?.body}`).digest("hex"));
    expect(seen?.key).toBe(`ticket:${notice.key}`);
    expect(JSON.parse(seen?.body ?? "")).toMatchObject({
      event: "countersign.ticket",
      ticket: { title: "Remove access" },
    });
  });

  it("is tried again where that may help, and never without end", async () => {
    const passing = await listening([503, 429, 200]);
    expect(await deliver([notice], { url: passing.url, secret: SECRET, clock, wait })).toMatchObject([
      { delivered: true, attempts: 3 },
    ]);
    await close();
    const down = await listening([500]);
    expect(
      await deliver([notice], { url: down.url, secret: SECRET, clock, wait, retries: 99 }),
    ).toMatchObject([{ delivered: false, attempts: 6, status: 500 }]);
    await close();
    const refused = await listening([302]);
    expect(
      await deliver([notice, { ...notice, key: "b" }], { url: refused.url, secret: SECRET, clock, wait }),
    ).toMatchObject([
      { delivered: false, attempts: 1, status: 302 },
      { delivered: false, attempts: 1, key: "b" },
    ]);
    expect(refused.requests()).toBe(2);
  });

  it("tells what failed without address, secret or answer", async () => {
    const { url } = await listening([400]);
    const told = JSON.stringify(await deliver([notice], { url, secret: SECRET, clock, wait }));
    expect(told).toContain("answered 400");
    for (const hidden of ["hidden", "the answer", SECRET.toString("utf8")])
      expect(told).not.toContain(hidden);
    await close();
    expect(await deliver([notice], { url, secret: SECRET, clock, wait, retries: 1 })).toMatchObject([
      { delivered: false, attempts: 2, why: expect.stringContaining("ECONNREFUSED") as string },
    ]);
  });

  it("gives up where nobody answers in time", async () => {
    const { url } = await silent();
    const told = await deliver([notice], { url, secret: SECRET, clock, wait, retries: 0, timeout_ms: 100 });
    expect(told).toMatchObject([
      { delivered: false, attempts: 1, why: expect.stringContaining("within 100 ms") as string },
    ]);
  });

  it.each(["http://example.com/hook", "ftp://example.com", "https://user:word@example.com/", "no address"])(
    "is not sent to %s",
    async (url) => {
      await expect(deliver([notice], { url, secret: SECRET, clock })).rejects.toMatchObject({
        code: "E_CONFIG",
      });
    },
  );

  it("is not sent unsigned", async () => {
    const terms = { url: "https://example.com", secret: Buffer.alloc(8), clock };
    await expect(deliver([notice], terms)).rejects.toMatchObject({ code: "E_CONFIG" });
  });
});
