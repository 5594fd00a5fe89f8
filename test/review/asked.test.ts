import { describe, expect, it } from "vitest";
import { askedOn } from "../../src/review/deciding/asked.ts";
import type { CampaignItem, Decision } from "../../src/review/model.ts";
import { ItemTally } from "../../src/review/paper/report-tally.ts";
import { campaign, campaignItem } from "./campaign.ts";

const MIA = "mia@example.com";
const VERA = "vera@example.com";
const SAM = "sam@example.com";

const by = (who: string, own: Partial<Decision> = {}): Decision => ({
  ...{ item_id: "a".repeat(32), kind: "certify", level: "reviewer", by: who, at: "2026-10-05T09:00:00.000Z" },
  ...{ channel: "web", seen_sha256: "", bulk_size: 1 },
  ...own,
});

const DECIDED = campaignItem({
  state: "decided",
  outcome: "certify",
  reviewer: "role:security",
  decisions: [by(MIA), by(VERA), by(SAM, { level: "security" })],
});
const WAITS = campaignItem({ state: "security", reviewer: "role:security", decisions: [by(MIA)] });
const UNANSWERED = campaignItem({
  state: "decided",
  outcome: "revoke",
  reviewer: MIA,
  decisions: [by("rule", { channel: "rule", kind: "revoke" })],
});

describe("who was asked", () => {
  it.each<[string, CampaignItem, readonly string[]]>([
    ["everybody who decided", DECIDED, [MIA, VERA, SAM]],
    ["whom it waits for, too", WAITS, [MIA, "role:security"]],
    ["whom it went to, where the rule answered", UNANSWERED, [MIA]],
    ["nobody of what is gone before anybody decided", campaignItem({ state: "gone" }), []],
  ])("is %s", (_, found, whom) => {
    expect(askedOn(found)).toEqual(whom);
  });

  it("is never less in the report than the decisions in force", () => {
    const tally = new ItemTally(campaign(), () => []);
    for (const found of [DECIDED, WAITS, UNANSWERED]) tally.add(found);
    const rows = tally.reviewers(() => undefined);
    expect(
      rows.map(({ reviewer, asked, waiting, decision_count }) => [reviewer, asked, waiting, decision_count]),
    ).toEqual([
      [MIA, 3, 0, 2],
      ["role:security", 1, 1, 0],
      [SAM, 1, 0, 1],
      [VERA, 1, 0, 1],
    ]);
  });
});
