import { describe, expect, it } from "vitest";
import type { FactSet } from "../../src/facts/index.ts";
import { termsOf, type CampaignScope, type FrameworkScope } from "../../src/review/index.ts";
import { SETTINGS, actor, openDesk } from "./estate.ts";
import { STORE, company, daysAgo, fact, madeOf, populationOf, setOf } from "./made.ts";

describe("a population of a framework", () => {
  const scoped = (facts: FactSet, parts: readonly FrameworkScope[], scope: CampaignScope = {}) => {
    const framework_scopes = { "soc2-2017": parts };
    const own = { assign: "manager" as const, two_people: [], unused_days: 90 };
    const terms = { ...own, scope: { ...scope, frameworks: ["soc2-2017"] }, framework_scopes };
    const { items, population } = populationOf(madeOf(facts, { terms }));
    const ids = [...new Set(items.flatMap(({ targets }) => targets))].sort();
    return { ids: ids.map((id) => id.slice(STORE.length + 1)), population };
  };
  const DB = "kv/payments/db";
  const ROOT = "kv/payments/root-password";
  /** Without a tier, and so dealt with as critical. */
  const SMTP = "kv/mail/smtp";

  it("holds what fits any of its parts, and of a part all of it", () => {
    const all = company().set();
    expect(scoped(all, [{ tiers: ["critical"] }]).ids).toEqual([SMTP, ROOT]);
    expect(scoped(all, [{ tiers: ["critical"] }, { paths: ["kv/payments/d*"] }]).ids).toEqual([
      SMTP,
      DB,
      ROOT,
    ]);
    expect(scoped(all, [{ tiers: ["critical"], paths: ["kv/payments/d*"] }]).ids).toEqual([]);
    expect(scoped(all, [{ paths: ["kv/payments/*"] }], { tiers: ["critical"] }).ids).toEqual([ROOT]);
    expect(scoped(all, [{ stores: ["aws-*"] }]).population).toMatchObject({
      secrets: {
        total: 4,
        excluded: { [`out of scope: store ${STORE} belongs to none of soc2-2017`]: 4 },
      },
    });
    expect(scoped(all, [{ tiers: ["critical"] }]).population.secrets.excluded).toHaveProperty(
      "out of scope: it belongs to none of soc2-2017",
    );
  });

  it("holds what may belong to it, since its tier or labels could not be read", () => {
    const hidden = company().gap(DB, ["secret_metadata"]).set();
    expect(scoped(hidden, [{ tiers: ["low"] }]).ids).toEqual([DB]);
    const metadata = (name: string, labels: Readonly<Record<string, string>>) =>
      fact("secret_metadata", `kv/${name}`, {
        ...{ mount: "kv/", name, created_at: daysAgo(400), current_version: 1, labels },
      });
    const told = setOf(
      company(),
      metadata("payments/db", { scope: "card-data" }),
      metadata("payments/root-password", { scope: "office" }),
    );
    const labels = ["scope=card-*"];
    expect(scoped(told, [{ labels }]).ids).toContain(DB);
    expect(scoped(told, [{ labels }]).ids).not.toContain(ROOT);
    expect(scoped(company().set(), [{ labels }]).ids).toEqual(expect.arrayContaining([DB, ROOT]));
  });
});

describe("a campaign of a framework", () => {
  const pci = { scope: { frameworks: ["soc2-2017"] } };

  it("holds in its sealed terms what belongs to it, and says so in its query", async () => {
    const parts = [{ tiers: ["critical"] }, { paths: ["kv/x/*"], stores: ["vault"] }];
    const { desk } = await openDesk({
      ...SETTINGS,
      campaigns: { pci },
      framework_scopes: { "soc2-2017": parts, "iso27001-2022": [{ tiers: ["low"] }] },
    });
    const { campaign } = await desk.reading.campaign(actor.cora, await desk.running.start(actor.cora, "pci"));
    expect(campaign.terms.framework_scopes).toEqual({ "soc2-2017": parts });
    expect(campaign.population).toMatchObject({
      query: "countersign review start pci\nsoc2-2017: tiers critical; or paths kv/x/* and stores vault",
      item_count: 1,
    });
  });

  it("is none where nothing says what belongs to it", () => {
    expect(() => termsOf({ campaigns: { pci } }, "pci")).toThrow("framework_scopes.soc2-2017");
  });
});
