import { expect, it } from "vitest";
import { rowDigest, targetSet, type StateDatabase } from "../../src/state/index.ts";
import { CAMPAIGN, campaignRow, entryOf, itemId, itemRow } from "./rows.ts";

/** What whoever checks the state relies on. */
export function snapshotTests(state: () => StateDatabase): void {
  it("gives a row back with the digest that it had, whatever its texts", async () => {
    const odd = itemRow(3, {
      principal_name: "a\0b",
      search: "cut \ud83d",
      document: '"\\u0000 \u00e5 \u{1f511}"',
    });
    await state().commit({ campaigns: [campaignRow()], items: [itemRow(1), odd] });
    const [plain, other] = await state().items({ campaign_id: CAMPAIGN });
    expect(plain === undefined ? "" : rowDigest(plain)).toBe(rowDigest(itemRow(1)));
    expect(other === undefined ? "" : rowDigest(other)).toBe(rowDigest(odd));
    expect(rowDigest(odd)).not.toBe(rowDigest({ ...odd, position: 4 }));
  });

  it("shows one instant to whoever reads long, and lets others write meanwhile", async () => {
    const set = targetSet(["a", "b"]);
    await state().commit({
      campaigns: [campaignRow()],
      items: [itemRow(1)],
      targetSets: [set],
      entries: [{ ...entryOf(1), campaign_id: "elsewhere", item_ids: [itemId(1)] }],
    });
    const seen = await state().snapshot(async (frozen) => {
      const before = await frozen.campaigns();
      await state().commit({ campaigns: [campaignRow(2)], items: [itemRow(2)] });
      expect(await state().campaigns()).toEqual([campaignRow(2)]);
      const nested = await frozen.snapshot(async (same) => await same.counts({ campaign_id: CAMPAIGN }, []));
      const sets = [];
      for await (const one of frozen.everyTargetSet()) sets.push(one);
      const known = await frozen.knownTargetSets([set.set_sha256, "none"]);
      return { before, after: await frozen.campaigns(), nested, sets, known };
    });
    expect(seen).toEqual({
      before: [campaignRow()],
      after: [campaignRow()],
      nested: [{ values: [], count: 1 }],
      sets: [{ set_sha256: set.set_sha256, count: 2, members: "a\nb\n" }],
      known: new Set([set.set_sha256]),
    });
    const refused = state().snapshot(async (frozen) => await frozen.commit({ campaigns: [campaignRow(3)] }));
    await expect(refused).rejects.toThrow();
    expect(await state().campaigns()).toEqual([campaignRow(2)]);
    expect(await state().campaignIds()).toEqual(["elsewhere", CAMPAIGN]);
    expect(await state().itemsOfEntries([1])).toEqual([
      { number: 1, campaign_id: "elsewhere", item_id: itemId(1) },
    ]);
  });
}
