import { describe, expect, it } from "vitest";
import { SETTINGS, actor } from "./estate.ts";
import {
  ALL,
  ID,
  STATEMENT,
  act,
  decideOn,
  itemNamed,
  revocations,
  seen,
  started,
  version,
  type Opened,
} from "./at-desk.ts";

const LATE = "2026-10-25T09:00:00.000Z";
const STANDARD = ["ada standard", "ben standard", "eve standard"];

/** All of Mia's but what three must decide on. */
async function miaDecides(opened: Opened): Promise<void> {
  for (const name of STANDARD) await decideOn(opened, name, { kind: "certify" });
}

/** All three of them on the root password. */
async function allDecide(opened: Opened): Promise<void> {
  await miaDecides(opened);
  await decideOn(opened, "ben critical", { kind: "certify" });
  await decideOn(opened, "ben critical", { kind: "certify" }, actor.vera);
  await decideOn(opened, "ben critical", { kind: "certify" }, actor.sam);
}

describe("a decision", () => {
  it("is signed off by what was decided until then, whatever clocks say", async () => {
    const opened = await started();
    const { desk, world } = opened;
    await miaDecides(opened);
    await desk.deciding.handOn(
      actor.mia,
      ID,
      seen(await itemNamed(opened, "ben critical")),
      "vera@example.com",
      STATEMENT,
    );
    world.now = "2026-10-09T09:00:00.000Z";
    await desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    // The clock was a week ahead, and is set right.
    world.now = "2026-10-02T09:00:00.000Z";
    const root = await itemNamed(opened, "ben critical");
    await desk.deciding.reassign(actor.cora, ID, seen(root), "mia@example.com", STATEMENT);
    await decideOn(opened, "ben critical", { kind: "revoke" });
    const { may } = await desk.reading.item(actor.mia, ID, root.item.item_id);
    expect(may.undo).toBe(true);
    await desk.deciding.undo(actor.mia, ID, seen(await itemNamed(opened, "ben critical")));
    expect((await itemNamed(opened, "ben critical")).decisions).toEqual([]);
    const ada = await itemNamed(opened, "ada standard");
    await expect(desk.deciding.undo(actor.mia, ID, seen(ada))).rejects.toThrow("signed off");
  });
});

describe("the end of a review", () => {
  it("waits until the due date for who decided to sign off, and names them", async () => {
    const opened = await started();
    const { desk } = opened;
    await allDecide(opened);
    await desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    const unsigned = [
      { by: "sam@example.com", decisions: 1 },
      { by: "vera@example.com", decisions: 1 },
    ];
    expect((await desk.reading.campaign(actor.cora, ID)).unsigned).toEqual(unsigned);
    await expect(act(opened, "end_review")).rejects.toThrow("sam@example.com (1 decision), vera@example.com");
    for (const who of [actor.sam, actor.vera]) await desk.deciding.signOffOwn(who, ID, STATEMENT);
    expect((await desk.reading.campaign(actor.cora, ID)).unsigned).toBeUndefined();
    await act(opened, "end_review");
  });

  it("says after the due date who did not, for good", async () => {
    const opened = await started();
    const { desk, world } = opened;
    await allDecide(opened);
    world.now = LATE;
    await act(opened, "end_review");
    const { rows } = await desk.reading.journal(actor.cora, ID, { ...ALL, kind: "review_ended" });
    expect(rows[0]?.what).toContain("not signed off by mia@example.com (4 decisions), sam@example.com");
    const { report } = await desk.reporting.evidence(actor.cora, ID, {
      product: { name: "countersign", version: "0" },
      entity: { name: "Company" },
    });
    expect(report.incomplete.join()).toContain("mia@example.com (4 decisions)");
  });
});

describe("a review that nobody answers in full", () => {
  it("keeps what a person decided to take away", async () => {
    const campaigns = { quarterly: { ...SETTINGS.campaigns?.["quarterly"], no_answer: "keep" as const } };
    const opened = await started({ ...SETTINGS, campaigns });
    const { desk, world } = opened;
    await miaDecides(opened);
    const until = "2026-12-01T00:00:00.000Z";
    await decideOn(opened, "ben critical", { kind: "time_limit", until });
    await desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    world.now = LATE;
    await act(opened, "remind");
    await act(opened, "end_review");
    expect((await itemNamed(opened, "ben critical")).outcome).toBe("time_limit");
    expect(await revocations(opened)).toMatchObject({ ben: { kind: "time_limit", from_at: until } });
  });
});

describe("an acknowledgement", () => {
  it("is by nobody who decided on what others never answered", async () => {
    const opened = await started();
    const { desk, world } = opened;
    await decideOn(opened, "ben critical", { kind: "certify" });
    await decideOn(opened, "ben critical", { kind: "certify" }, actor.vera);
    world.now = LATE;
    await act(opened, "end_review");
    await act(opened, "sign_off", STATEMENT);
    const taken = desk.running.act(actor.vera, ID, "acknowledge", await version(opened), STATEMENT);
    await expect(taken).rejects.toMatchObject({ code: "E_FORBIDDEN" });
  });
});
