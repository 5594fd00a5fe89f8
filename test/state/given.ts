import { expect, it } from "vitest";
import type { StateDatabase } from "../../src/state/index.ts";
import { AT, CAMPAIGN, campaignRow, itemId, itemRow } from "./rows.ts";

/** What every database must do with what a commit rests on. */
export function givenTests(state: () => StateDatabase): void {
  it("holds what a commit rests on, and lets revocations go in the version that is there", async () => {
    const revocation = {
      campaign_id: CAMPAIGN,
      item_id: itemId(1),
      version: 1,
      state: "open",
      due_at: AT,
      document: "{}",
    };
    const campaign = campaignRow();
    await state().commit({
      campaigns: [campaign],
      items: [itemRow(1), itemRow(2)],
      revocations: [revocation],
    });
    const next = itemRow(2, { version: 2 });
    const { state: now } = campaign;
    for (const given of [
      { campaigns: [{ campaign_id: CAMPAIGN, state: `${now}-not` }] },
      { campaigns: [{ campaign_id: CAMPAIGN, state: now, version: 2 }] },
      { campaigns: [{ campaign_id: "none", state: now }] },
      { items: [itemRow(1), { ...itemRow(1), item_id: itemId(7) }] },
      { items: [itemRow(1, { version: 2 })] },
    ])
      await expect(state().commit({ items: [next], given })).rejects.toMatchObject({ code: "E_CONFLICT" });
    const withdrawn = state().commit({ items: [next], withdrawn: [{ ...revocation, version: 2 }] });
    await expect(withdrawn).rejects.toMatchObject({ code: "E_CONFLICT" });
    expect(await state().revocations(CAMPAIGN)).toHaveLength(1);
    const standing = { campaigns: [{ campaign_id: CAMPAIGN, state: now }], items: [itemRow(1)] };
    const again = { ...revocation, document: "[]" };
    await state().commit({ items: [next], given: standing, withdrawn: [revocation], revocations: [again] });
    expect(await state().revocations(CAMPAIGN)).toEqual([again]);
  });
}
