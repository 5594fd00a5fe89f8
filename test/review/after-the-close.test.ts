import { describe, expect, it } from "vitest";
import { HOLD, SETTINGS, actor, estate, seenOf } from "./estate.ts";
import {
  ID,
  STATEMENT,
  act,
  decideOn,
  inBetween,
  revocations,
  seen,
  itemNamed,
  started,
  version,
  type Opened,
} from "./at-desk.ts";

const GONE = { ...HOLD, ada: [] };

function seenOn({ world }: Opened, day: string, policies: Parameters<typeof estate>[0]): void {
  world.now = `${day}T09:00:00.000Z`;
  world.seen = seenOf(estate(policies), `${day}T06:00:00.000Z`);
}

/** A campaign with a revocation of Ada's access that only has to be closed. */
async function acknowledged(): Promise<Opened> {
  const opened = await started();
  await decideOn(opened, "ada standard", { kind: "revoke" });
  opened.world.now = "2026-10-25T09:00:00.000Z";
  await act(opened, "end_review");
  await act(opened, "sign_off", STATEMENT);
  await opened.desk.running.act(actor.vera, ID, "acknowledge", await version(opened), STATEMENT);
  return opened;
}

async function closed(): Promise<Opened> {
  const opened = await acknowledged();
  await act(opened, "close");
  return opened;
}

const ticked = async ({ desk }: Opened): Promise<string[]> =>
  (await desk.schedule.tick(actor.cora)).map(({ did, what }) => `${did} ${what}`);

describe("a closed campaign", () => {
  it("has its revoked access looked for until it is gone, and told where it is back", async () => {
    const opened = await closed();
    expect((await opened.desk.reading.campaign(actor.cora, ID)).may).toEqual(["verify"]);
    seenOn(opened, "2026-10-26", HOLD);
    expect(await ticked(opened)).toEqual([expect.stringMatching(/^verified /)]);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "still_reachable" });
    seenOn(opened, "2026-10-27", GONE);
    expect(await ticked(opened)).toHaveLength(1);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "removed" });
    seenOn(opened, "2026-10-28", HOLD);
    expect(await ticked(opened)).toEqual([expect.stringContaining("back after it was gone: 1")]);
    expect((await revocations(opened))["ada"]?.removed_at).toBeUndefined();
  });

  it("has no ticket noted that somebody noted while it was closed", async () => {
    const opened = await acknowledged();
    const { item_id = "" } = (await revocations(opened))["ada"] ?? {};
    inBetween(opened.state, async () => {
      await act(opened, "close");
    });
    const noted = opened.desk.tickets.noteReference(actor.cora, ID, item_id, "SEC-1");
    await expect(noted).rejects.toMatchObject({ code: "E_CONFLICT" });
    expect((await revocations(opened))["ada"]?.ticket).toBeUndefined();
  });

  it("changes in nothing else", async () => {
    const opened = await closed();
    const { desk } = opened;
    seenOn(opened, "2026-10-26", GONE);
    for (const what of ["refresh", "remind", "end_review", "sign_off"] as const)
      await expect(act(opened, what, STATEMENT)).rejects.toMatchObject({ code: "E_REVIEW" });
    const item = await itemNamed(opened, "ada standard");
    await expect(desk.deciding.undo(actor.mia, ID, seen(item))).rejects.toMatchObject({ code: "E_REVIEW" });
    await expect(desk.deciding.signOffOwn(actor.mia, ID, STATEMENT)).rejects.toMatchObject({
      code: "E_REVIEW",
    });
  });
});

describe("a campaign in which all of management is asked", () => {
  it("says so from the start, until somebody else is named", async () => {
    const opened = await started({ ...SETTINGS, management: ["Mia@example.com"] });
    expect((await opened.desk.reading.campaign(actor.cora, ID)).asked_management).toEqual([
      "mia@example.com",
    ]);
    opened.ports.settings = { ...SETTINGS, management: ["mia@example.com", "greta@example.com"] };
    expect((await opened.desk.reading.campaign(actor.cora, ID)).asked_management).toBeUndefined();
  });
});
