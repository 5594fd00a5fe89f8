import { expect, it } from "vitest";
import type { ItemRow, StateDatabase } from "../../src/state/index.ts";
import { CAMPAIGN, campaignRow, itemRow } from "./rows.ts";

/** What every database must do with the orders of a list. */
export function orderTests(state: () => StateDatabase): void {
  it.each(["last_used", "principal", "risk", "secrets"] as const)(
    "orders by %s, page by page, and alike each time",
    async (order) => {
      const items = Array.from({ length: 330 }, (_, n) =>
        itemRow(n, { principal_name: `role-${n % 7}`, principal_id: `id-${n % 21}` }),
      );
      await state().commit({ campaigns: [campaignRow()], items });
      const key = (row: ItemRow): readonly (number | string)[] =>
        ({
          // What no log shows a use of comes first, what nobody knows of last.
          last_used: [row.last_used_at ?? "~"],
          principal: [row.principal_name, row.principal_id],
          risk: [],
          secrets: [-row.secret_count],
        })[order];
      const before = (a: ItemRow, b: ItemRow): number => {
        const [x, y] = [a, b].map((row) => [...key(row), row.position]) as [unknown[], unknown[]];
        const at = x.findIndex((value, index) => value !== y[index]);
        return at < 0 ? 0 : (x[at] as string) < (y[at] as string) ? -1 : 1;
      };
      const wanted = [...items].sort(before).map(({ position }) => position);
      const found: number[] = [];
      for (let offset = 0; offset < items.length; offset += 50) {
        const rows = await state().items({ campaign_id: CAMPAIGN }, { order, offset, limit: 50 });
        found.push(...rows.map(({ position }) => position));
      }
      expect(found).toEqual(wanted);
      const some = await state().items({ campaign_id: CAMPAIGN, risk: ["low"] }, { order, limit: 200 });
      expect(some.map(({ position }) => position)).toEqual(wanted.filter((n) => n % 4 === 3));
    },
  );

  it("goes on from a row in the campaign's own order alone", async () => {
    const asked = state().items({ campaign_id: CAMPAIGN }, { order: "secrets", after: itemRow(1) });
    await expect(asked).rejects.toThrow("offset");
  });
}
