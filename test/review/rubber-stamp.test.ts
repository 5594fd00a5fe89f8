import { describe, expect, it } from "vitest";
import { reviewerPaces, type Decision } from "../../src/review/index.ts";

const TERMS = { min_decisions: 10, certified_share: 0.95, median_seconds: 5 };

function decisions(count: number, seconds: number, own: Partial<Decision> = {}): Decision[] {
  return Array.from({ length: count }, (_, place) => ({
    item_id: String(place),
    kind: "certify",
    level: "reviewer",
    by: "ada@example.com",
    at: new Date(Date.UTC(2026, 9, 1) + place * seconds * 1000).toISOString(),
    channel: "web",
    seen_sha256: "",
    bulk_size: 1,
    ...own,
  }));
}

describe("the pace of a reviewer", () => {
  it("is rubber-stamping where all three hold", () => {
    expect(reviewerPaces(decisions(20, 2), TERMS)).toMatchObject([
      {
        reviewer: "ada@example.com",
        decision_count: 20,
        certified_share: 1,
        median_seconds: 2,
        flagged: true,
      },
    ]);
  });

  it.each([
    ["few", decisions(9, 2)],
    ["slow", decisions(20, 60)],
    ["mixed", [...decisions(18, 2), ...decisions(2, 2, { kind: "revoke" })]],
    ["decided by a rule", decisions(20, 2, { channel: "rule" })],
  ])("is not where they are %s", (_, made) => {
    expect(reviewerPaces(made, TERMS).some(({ flagged }) => flagged)).toBe(false);
  });

  it("counts a bulk decision as its items", () => {
    const first = decisions(1, 0);
    const bulk = decisions(20, 0, { at: "2026-10-01T00:01:00.000Z", bulk_size: 20 });
    expect(reviewerPaces([...first, ...bulk], TERMS)).toMatchObject([
      { median_seconds: 3, flagged: true, bulk_share: 20 / 21 },
    ]);
  });

  it("takes a single act by how long it was looked at, and says nothing without", () => {
    const at = "2026-10-01T00:00:00.000Z";
    expect(reviewerPaces(decisions(20, 0, { at, bulk_size: 20, considered_s: 600 }), TERMS)).toMatchObject([
      { median_seconds: 30, median_considered_s: 600, flagged: false },
    ]);
    const [unknown] = reviewerPaces(decisions(20, 0, { at, bulk_size: 20 }), TERMS);
    expect(unknown).not.toHaveProperty("median_seconds");
    expect(unknown?.flagged).toBe(false);
  });
});
