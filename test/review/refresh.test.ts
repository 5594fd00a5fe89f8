import { describe, expect, it } from "vitest";
import { refresh } from "../../src/review/index.ts";
import { company, madeOf, populationOf } from "./made.ts";

const START = populationOf(madeOf(company().set())).items;
const items = START.map(({ item }) => item);

describe("a campaign and a later snapshot", () => {
  it("have the same items where nothing changed", () => {
    const found = refresh(items, populationOf(madeOf(company("# moved\n").set())).items, () => []);
    expect(found).toEqual({ joined: [], changed: [], gone: [], unseen: [], same_count: items.length });
  });

  it("differ by who joined, what changed and what is gone", () => {
    const more = populationOf(
      madeOf(
        company()
          .secret("kv/", "payments/api")
          .entity("new", { policies: ["payments"] })
          .set(),
      ),
    ).items;
    const found = refresh(items, more, () => []);
    expect(found.joined.map(({ item }) => item.principal.name)).toEqual(["new", "new"]);
    expect(found.changed.length).toBeGreaterThan(0);
    expect(found.changed.every(({ now }) => now.targets.includes("vault:kv/payments/api"))).toBe(true);
    const back = refresh(
      more.map(({ item }) => item),
      START,
      () => [],
    );
    expect(back.gone.map(({ item }) => item.principal.name)).toEqual(["new", "new"]);
    expect(back.gone[0]?.because).toContain("this path is no more");
  });

  it("keep what is not seen and may be hidden", () => {
    const found = refresh(items, [], () => ["entities could not be listed"]);
    expect(found.gone).toEqual([]);
    expect(found.unseen).toHaveLength(items.length);
  });

  it("say where secrets have another tier that the access is not gone", () => {
    const retiered = populationOf(
      madeOf(company().set(), {}, { tiers: [{ tier: "low", when: { path: "kv/*" } }] }),
    ).items;
    const { gone } = refresh(items, retiered, () => []);
    expect(gone.every(({ because }) => because.includes("another owner or tier"))).toBe(true);
    expect(gone.length).toBeGreaterThan(0);
  });
});
