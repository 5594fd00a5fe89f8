import { describe, expect, it } from "vitest";
import { checkState } from "../../src/review/record/check.ts";
import { HOLD, actor, estate, seenOf } from "./estate.ts";
import {
  ID,
  STATEMENT,
  act,
  decideOn,
  itemNamed,
  kinds,
  revocations,
  seen,
  started,
  type Opened,
} from "./at-desk.ts";

const API = "vault:kv/payments/api";
const DB = "vault:kv/payments/db";
const NEW = "vault:kv/payments/new";
const OTHERS = ["ben standard", "ben critical", "eve standard"];

/** Everything of Mia's but Ada's access is certified, then that is decided and all of it signed off. */
async function signedOff(opened: Opened, choice: Parameters<typeof decideOn>[2]): Promise<void> {
  for (const name of OTHERS) await decideOn(opened, name, { kind: "certify" });
  await decideOn(opened, "ada standard", choice);
  await opened.desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
}

/** A secret more comes under the path. */
async function wider(opened: Opened): Promise<void> {
  opened.world.now = "2026-10-03T09:00:00.000Z";
  opened.world.seen = seenOf(estate().labelled("kv/", "payments/new"), "2026-10-03T06:00:00.000Z");
  await act(opened, "refresh");
}

async function ended(opened: Opened): Promise<void> {
  opened.world.now = "2026-10-25T09:00:00.000Z";
  await act(opened, "end_review");
}

/** Everything that the check of tables against the journal finds out of order. */
async function checked({ state, kept }: Opened): Promise<unknown> {
  return await checkState({ state, kept: (digest) => Promise.resolve(kept.get(digest) ?? new Uint8Array()) });
}

async function verified(opened: Opened, day: string, facts: ReturnType<typeof estate>): Promise<void> {
  opened.world.now = `${day}T09:00:00.000Z`;
  opened.world.seen = seenOf(facts, `${day}T06:00:00.000Z`);
  await act(opened, "verify");
}

describe("a revocation of a decision that another takes the place of", () => {
  it("asks for what was decided last", async () => {
    const opened = await started();
    await signedOff(opened, { kind: "reduce", revoke_secrets: [DB] });
    expect(await revocations(opened)).toMatchObject({ ada: { kind: "reduce", secrets: [DB] } });
    await wider(opened);
    expect(await revocations(opened)).toEqual({});
    await decideOn(opened, "ada standard", { kind: "revoke" });
    await decideOn(opened, "ben standard", { kind: "certify" });
    await decideOn(opened, "eve standard", { kind: "certify" });
    await opened.desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    await ended(opened);
    expect(await revocations(opened)).toMatchObject({
      ada: { kind: "revoke", secret_count: 3, secrets: [] },
    });
    const without = estate({ ...HOLD, ada: ["less"] })
      .labelled("kv/", "payments/new")
      .policy("less", 'path "kv/data/payments/new" { capabilities = ["read"] }');
    await verified(opened, "2026-10-26", without);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "still_reachable" });
    expect(await kinds(opened)).toContain("revocations_withdrawn");
    await checked(opened);
  });

  it("does not wait for the end of a time limit that is no more", async () => {
    const opened = await started();
    await signedOff(opened, { kind: "time_limit", until: "2026-11-30T00:00:00.000Z" });
    await wider(opened);
    await decideOn(opened, "ada standard", { kind: "revoke" });
    await ended(opened);
    expect(await revocations(opened)).toMatchObject({ ada: { kind: "revoke", from_at: opened.world.now } });
  });

  it("accuses nobody of what is certified now", async () => {
    const opened = await started();
    await signedOff(opened, { kind: "reduce", revoke_secrets: [DB] });
    await wider(opened);
    await decideOn(opened, "ada standard", { kind: "certify" });
    await ended(opened);
    expect(await revocations(opened)).toEqual({});
    await checked(opened);
  });
});

describe("access that widens after it was revoked as a whole", () => {
  const ONLY_NEW = estate({ ...HOLD, ada: ["less"] })
    .labelled("kv/", "payments/new")
    .policy("less", 'path "kv/data/payments/new" { capabilities = ["read"] }');

  it.each([
    ["before its reviewer signs off", false],
    ["after it", true],
  ])("has to go with what came, %s", async (_, first) => {
    const opened = await started();
    if (first) await signedOff(opened, { kind: "revoke" });
    else await decideOn(opened, "ada standard", { kind: "revoke" });
    await wider(opened);
    expect(await itemNamed(opened, "ada standard")).toMatchObject({ state: "decided", outcome: "revoke" });
    await ended(opened);
    const { ada } = await revocations(opened);
    expect(ada).toMatchObject({ kind: "revoke", secret_count: 3 });
    expect((await opened.state.targets(ada?.set_sha256 ?? ""))?.members).toEqual([API, DB, NEW]);
    await verified(opened, "2026-10-26", ONLY_NEW);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "still_reachable" });
    await checked(opened);
  });

  it("is asked about as it is now where the decision is taken back", async () => {
    const opened = await started();
    await decideOn(opened, "ada standard", { kind: "revoke" });
    await wider(opened);
    await opened.desk.deciding.undo(actor.mia, ID, seen(await itemNamed(opened, "ada standard")));
    const now = await itemNamed(opened, "ada standard");
    expect(now).toMatchObject({ state: "open", decisions: [], reviewer: "mia@example.com" });
    expect(now.item.secrets.count).toBe(3);
    expect(now.widened).toBeUndefined();
    await checked(opened);
  });

  it.each([
    ["still reachable", estate(), "still_reachable", "still_reachable"],
    ["gone", estate({ ...HOLD, ada: [] }), "removed", "open"],
  ])("keeps deadline, ticket and verdict where what was there is %s", async (_, facts, was, is) => {
    const opened = await started();
    await signedOff(opened, { kind: "revoke" });
    const item = (await itemNamed(opened, "ada standard")).item.item_id;
    await opened.desk.running.noteTicket(actor.cora, ID, item, 1, "SEC-1");
    await verified(opened, "2026-10-02", facts);
    const before = (await revocations(opened))["ada"];
    expect(before).toMatchObject({ state: was });
    await wider(opened);
    const { ada } = await revocations(opened);
    const { from_at, due_at, ticket, checked: seenLast } = before ?? {};
    expect(ada).toMatchObject({ state: is, secret_count: 3, from_at, due_at, ticket, checked: seenLast });
    expect(ada?.ticket?.reference).toBe("SEC-1");
    expect(ada?.removed_at).toBeUndefined();
    expect(await kinds(opened)).not.toContain("revocations_withdrawn");
    await checked(opened);
    await ended(opened);
    expect((await revocations(opened))["ada"]).toEqual(ada);
    await verified(opened, "2026-10-26", ONLY_NEW);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "still_reachable", due_at });
    await checked(opened);
  });

  it("is the same revocation where access only became less", async () => {
    const opened = await started(undefined, estate().labelled("kv/", "payments/new"));
    await signedOff(opened, { kind: "revoke" });
    const before = await revocations(opened);
    opened.world.seen = seenOf(estate(), "2026-10-03T06:00:00.000Z");
    await act(opened, "refresh");
    expect(await revocations(opened)).toEqual(before);
  });
});
