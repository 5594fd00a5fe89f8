import { describe, expect, it } from "vitest";
import { actor } from "./estate.ts";
import type { CampaignItem } from "../../src/review/model.ts";
import {
  ID,
  STATEMENT,
  act,
  decideOn,
  inBetween,
  itemNamed,
  revocations,
  seen,
  started,
  type Opened,
} from "./at-desk.ts";

const CONFLICT = { code: "E_CONFLICT" };
const LATE = "2026-10-24T09:00:00.000Z";

describe("acts at the same time", () => {
  it("never end a review past a decision that came while it was counted", async () => {
    const opened = await started();
    opened.world.now = LATE;
    inBetween(opened.state, async () => {
      await decideOn(opened, "ada standard", { kind: "revoke" });
    });
    await expect(act(opened, "end_review")).rejects.toMatchObject(CONFLICT);
    await act(opened, "end_review");
    expect(Object.keys(await revocations(opened))).toEqual(["ada"]);
  });

  it("record nothing in a review that ended meanwhile", async () => {
    const opened = await started();
    const { desk, state, world } = opened;
    const item = await itemNamed(opened, "ada standard");
    world.now = LATE;
    inBetween(state, async () => {
      await act(opened, "end_review");
    });
    const decided = desk.deciding.decide(actor.mia, ID, seen(item), {
      kind: "revoke",
      justification: STATEMENT,
    });
    await expect(decided).rejects.toMatchObject(CONFLICT);
    expect(await itemNamed(opened, "ada standard")).toMatchObject({ state: "open", decisions: [] });
  });

  it.each([
    [
      "hand nothing on",
      async (opened: Opened, item: CampaignItem) => {
        await opened.desk.deciding.handOn(actor.mia, ID, seen(item), "vera@example.com", STATEMENT);
      },
    ],
    [
      "escalate nothing",
      async (opened: Opened) => {
        await act(opened, "remind");
      },
    ],
  ])("%s in a review that ended meanwhile", async (_, other) => {
    const opened = await started();
    const item = await itemNamed(opened, "ada standard");
    opened.world.now = LATE;
    inBetween(opened.state, async () => {
      await act(opened, "end_review");
    });
    await expect(other(opened, item)).rejects.toMatchObject(CONFLICT);
    expect((await itemNamed(opened, "ada standard")).version).toBe(item.version);
  });

  it("take no decision back that is signed off meanwhile, and sign none off that is taken back", async () => {
    const opened = await started();
    const { desk, state } = opened;
    for (const name of ["ada standard", "ben standard", "ben critical", "eve standard"])
      await decideOn(opened, name, { kind: "certify" });
    const item = await itemNamed(opened, "ada standard");
    inBetween(state, async () => {
      await desk.deciding.undo(actor.mia, ID, seen(item));
    });
    await expect(desk.deciding.signOffOwn(actor.mia, ID, STATEMENT)).rejects.toMatchObject(CONFLICT);
    await decideOn(opened, "ada standard", { kind: "revoke" });
    const again = await itemNamed(opened, "ada standard");
    inBetween(state, async () => {
      await desk.deciding.signOffOwn(actor.mia, ID, STATEMENT);
    });
    await expect(desk.deciding.undo(actor.mia, ID, seen(again))).rejects.toMatchObject(CONFLICT);
    expect(Object.keys(await revocations(opened))).toEqual(["ada"]);
  });

  it("compare nothing with a later snapshot once a review has ended", async () => {
    const opened = await started();
    opened.world.now = LATE;
    await act(opened, "end_review");
    await expect(act(opened, "refresh")).rejects.toMatchObject({ code: "E_REVIEW" });
    await expect(act(opened, "remind")).rejects.toMatchObject({ code: "E_REVIEW" });
  });

  it("let many decide at once", async () => {
    const opened = await started();
    const names = ["ada standard", "ben standard", "ben critical", "eve standard"];
    await Promise.all(
      names.map(async (name) => {
        await decideOn(opened, name, { kind: "certify" });
      }),
    );
    expect((await itemNamed(opened, "ada standard")).state).toBe("decided");
  });
});
