import { describe, expect, it } from "vitest";
import { campaignId, dueCampaigns, nextDue, periodOf } from "../../src/review/index.ts";

const NOW = "2026-11-27T12:00:00.000Z";

describe("periods", () => {
  it.each([
    ["month", "2026-11"],
    ["quarter", "2026-q4"],
    ["half_year", "2026-h2"],
    ["year", "2026"],
  ] as const)("of a %s", (every, label) => {
    expect(periodOf(NOW, every)).toBe(label);
    expect(campaignId("access", NOW, every)).toBe(`access-${label}`);
  });

  it("are days without a cadence", () => {
    expect(periodOf(NOW, undefined)).toBe("2026-11-27");
  });

  it("begin at their first instant", () => {
    expect(periodOf("2026-06-30T23:59:59.999Z", "half_year")).toBe("2026-h1");
    expect(periodOf("2026-07-01T00:00:00.000Z", "half_year")).toBe("2026-h2");
  });
});

describe("due campaigns", () => {
  const quarterly = { template: "quarterly", every: "quarter" } as const;
  const pci = { template: "pci", every: "half_year" } as const;
  const made = (template: string, created_at: string) => ({
    campaign_id: `${template}-x`,
    created_at,
    terms: { template },
  });

  it("are those without one in this period", () => {
    const campaigns = [
      made("quarterly", "2026-10-02T00:00:00.000Z"),
      made("pci", "2026-03-01T00:00:00.000Z"),
    ];
    expect(dueCampaigns([quarterly, pci, { template: "once" }], campaigns, NOW)).toEqual([
      {
        template: "pci",
        campaign_id: "pci-2026-h2",
        period: "2026-h2",
        due_at: "2026-07-01T00:00:00.000Z",
        missed_count: 0,
        last_campaign_id: "pci-x",
      },
    ]);
  });

  it("count the periods that were missed", () => {
    expect(dueCampaigns([quarterly], [made("quarterly", "2026-02-01T00:00:00.000Z")], NOW)).toMatchObject([
      { due_at: "2026-04-01T00:00:00.000Z", missed_count: 2 },
    ]);
    expect(dueCampaigns([quarterly], [], NOW)).toMatchObject([
      { due_at: "2026-10-01T00:00:00.000Z", missed_count: 0 },
    ]);
  });

  it("are due next at the beginning of the next period", () => {
    expect(nextDue("quarter", "2026-11-01T00:00:00.000Z", NOW)).toBe("2027-01-01T00:00:00.000Z");
    expect(nextDue(undefined, undefined, NOW)).toBeUndefined();
  });
});
