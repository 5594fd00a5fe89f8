import { describe, expect, it } from "vitest";
import { HOLD, estate, seenOf } from "./estate.ts";
import { ID, act, decideOn, revocations, started, type Opened } from "./at-desk.ts";
import { actor } from "./estate.ts";

const REVIEW = { code: "E_REVIEW" };
const GONE = { ...HOLD, ada: [] };

/** Ada's access is revoked on the 5th, and the review ends past its due date. */
async function revoked(): Promise<Opened> {
  const opened = await started();
  opened.world.now = "2026-10-05T09:00:00.000Z";
  await decideOn(opened, "ada standard", { kind: "revoke" });
  opened.world.now = "2026-10-25T09:00:00.000Z";
  await act(opened, "end_review");
  return opened;
}

function seenOn({ world }: Opened, day: string, policies: Parameters<typeof estate>[0]): void {
  world.seen = seenOf(estate(policies), `${day}T06:00:00.000Z`);
}

describe("a verification", () => {
  it("is not by what was seen before the decision", async () => {
    const opened = await revoked();
    seenOn(opened, "2026-10-02", GONE);
    await expect(act(opened, "verify")).rejects.toMatchObject(REVIEW);
    expect(await opened.desk.schedule.tick(actor.cora)).toEqual([]);
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "open" });
    seenOn(opened, "2026-10-06", GONE);
    await act(opened, "verify");
    expect((await revocations(opened))["ada"]).toMatchObject({ state: "removed" });
  });

  it("is not by what is older than what was seen last", async () => {
    const opened = await revoked();
    seenOn(opened, "2026-10-27", HOLD);
    await act(opened, "verify");
    seenOn(opened, "2026-10-26", GONE);
    await expect(act(opened, "verify")).rejects.toMatchObject(REVIEW);
    expect((await revocations(opened))["ada"]).toMatchObject({
      state: "still_reachable",
      checked: { as_of: "2026-10-27T06:00:00.000Z" },
    });
  });

  it("says of each revocation what a snapshot after its own decision shows", async () => {
    const opened = await started();
    opened.world.now = "2026-10-03T09:00:00.000Z";
    await decideOn(opened, "eve standard", { kind: "revoke" });
    opened.world.now = "2026-10-05T09:00:00.000Z";
    await decideOn(opened, "ada standard", { kind: "revoke" });
    opened.world.now = "2026-10-25T09:00:00.000Z";
    await act(opened, "end_review");
    seenOn(opened, "2026-10-04", { ben: HOLD.ben });
    await act(opened, "verify");
    expect(await revocations(opened)).toMatchObject({ ada: { state: "open" }, eve: { state: "removed" } });
  });

  it("is none of a person's access where no roster was read", async () => {
    const opened = await revoked();
    seenOn(opened, "2026-10-26", GONE);
    opened.world.seen = { ...opened.world.seen, people: { personOf: () => undefined, byEmail: new Map() } };
    await act(opened, "verify");
    const { ada } = await revocations(opened);
    expect(ada).toMatchObject({ state: "unverifiable" });
    expect(ada?.checked?.remaining.join()).toContain("no roster was read");
    expect((await opened.desk.reading.campaign(actor.cora, ID)).revocations.unverifiable).toBe(1);
  });
});
