import { describe, expect, it } from "vitest";
import {
  conclude,
  decide,
  decideByRule,
  keepUnanswered,
  undo,
  type DecisionTerms,
} from "../../src/review/deciding/decide.ts";
import type { CampaignItem, Choice } from "../../src/review/model.ts";
import { campaign, campaignItem, reviewItem, without } from "./campaign.ts";

const MIA = { who: "mia.hart@example.com", roles: ["reviewer"] } as const;
const SAM = { who: "sam.okoro@example.com", roles: ["reviewer", "security"] } as const;

function terms(changes: Partial<DecisionTerms> = {}): DecisionTerms {
  return {
    actor: MIA,
    at: "2026-10-05T10:00:00.000Z",
    channel: "web",
    seen_sha256: "d".repeat(64),
    bulk_size: 1,
    ...changes,
  };
}

const WHY = "needed for the nightly settlement";

const after = (found: CampaignItem, choice: Choice, changes: Partial<DecisionTerms> = {}) =>
  decide(campaign(), found, choice, terms(changes));

describe("a decision", () => {
  it("is kept with who, when and what was seen, and concludes an item that needs no more", () => {
    const found = after(campaignItem(), { kind: "certify" });
    expect(found).toMatchObject({ state: "decided", outcome: "certify", version: 2 });
    expect(found.decisions).toEqual([
      {
        item_id: "a".repeat(32),
        kind: "certify",
        level: "reviewer",
        by: MIA.who,
        at: "2026-10-05T10:00:00.000Z",
        channel: "web",
        seen_sha256: "d".repeat(64),
        bulk_size: 1,
      },
    ]);
  });

  it.each([
    ["before the review is open", campaign({ state: "created" }), campaignItem(), terms(), "E_REVIEW"],
    ["after the review", campaign({ state: "in_remediation" }), campaignItem(), terms(), "E_REVIEW"],
    ["on access that is gone", campaign(), campaignItem({ state: "gone" }), terms(), "E_REVIEW"],
    ["on what is decided", campaign(), campaignItem({ state: "decided" }), terms(), "E_REVIEW"],
    [
      "on what changed since it was shown",
      campaign(),
      campaignItem({ seen_sha256: "e".repeat(64) }),
      terms(),
      "E_CONFLICT",
    ],
    [
      "on somebody else's item",
      campaign(),
      campaignItem({ reviewer: "kim@example.com" }),
      terms(),
      "E_FORBIDDEN",
    ],
    ["on an item of nobody", campaign(), without(campaignItem(), "reviewer"), terms(), "E_FORBIDDEN"],
    [
      "on one's own access",
      campaign(),
      campaignItem({ reviewer: "ada.lindqvist@example.com" }),
      terms({ actor: { who: "ada.lindqvist@example.com", roles: ["reviewer"] } }),
      "E_FORBIDDEN",
    ],
    [
      "of the second round without the security role",
      campaign(),
      campaignItem({ state: "security" }),
      terms(),
      "E_FORBIDDEN",
    ],
    ["in too large a group", campaign(), campaignItem(), terms({ bulk_size: 51 }), "E_REVIEW"],
  ])("is refused %s", (_, of, found, how, code) => {
    expect(() => decide(of, found, { kind: "certify", justification: WHY }, how)).toThrow(
      expect.objectContaining({ code }),
    );
  });

  it.each([
    ["privileged access", { privileged: true }],
    ["access for emergencies", { break_glass: true }],
    ["what is critical", { risk: "critical" }],
    ["against a recommendation", { recommendation: { kind: "revoke", reason: "it is unused" } }],
    ["what is only possible", { certainty: "possible" }],
  ] as const)("to certify %s must be justified and may not be one of many", (_, item) => {
    const found = campaignItem({}, item);
    expect(() => after(found, { kind: "certify", justification: "ok       " })).toThrow("justification");
    expect(after(found, { kind: "certify", justification: WHY }).outcome).toBe("certify");
    expect(() => after(found, { kind: "certify", justification: WHY }, { bulk_size: 2 })).toThrow(
      "decided together, got access of ada",
    );
  });

  it("revokes many at once, if it says why", () => {
    const found = campaignItem({}, { privileged: true });
    expect(() => after(found, { kind: "revoke" }, { bulk_size: 2 })).toThrow("justification");
    expect(after(found, { kind: "revoke", justification: WHY }, { bulk_size: 2 }).outcome).toBe("revoke");
  });

  it.each([
    ["without an end", {}],
    ["in the past", { until: "2026-10-05T09:59:59.000Z" }],
    ["beyond a year", { until: "2027-10-07T10:00:01.000Z" }],
    ["that is no instant", { until: "soon" }],
    ["on a day that no calendar has", { until: "2027-02-30T23:59:59.999Z" }],
  ])("refuses a time limit %s", (_, more) => {
    expect(() => after(campaignItem(), { kind: "time_limit", justification: WHY, ...more })).toThrow(
      "an end after now",
    );
  });

  const secrets = new Set(reviewItem().secrets.sample);
  it.each([
    ["that says nothing", {}, "neither"],
    ["that keeps everything", { keep_actions: ["read", "list"] }, "all of it"],
    ["that keeps nothing", { keep_actions: [] }, "at least one action"],
    ["that gives more", { keep_actions: ["administer"] }, "actions among read, list"],
    ["of a foreign secret", { revoke_secrets: ["main-vault:kv/other"] }, "secrets of this item"],
    ["of every secret", { revoke_secrets: [...secrets] }, "at least one secret"],
  ] as const)("refuses a reduction %s", (_, more, said) => {
    const choice = { kind: "reduce", justification: WHY, ...more } as Choice;
    expect(() => after(campaignItem(), choice, { secrets })).toThrow(said);
  });

  it("needs two reviewers, then security, where the item does; security alone cannot be both", () => {
    const needs = { reviewers: 2, security: true, because: ["a root password"] } as const;
    const first = after(campaignItem({}, { needs, risk: "critical" }), {
      kind: "certify",
      justification: WHY,
    });
    expect(first.state).toBe("second_reviewer");
    expect(() => after(first, { kind: "certify", justification: WHY })).toThrow("another person");
    const second = after(
      { ...first, reviewer: SAM.who },
      { kind: "certify", justification: WHY },
      { actor: SAM },
    );
    expect(second.state).toBe("security");
    expect(() => after(second, { kind: "certify", justification: WHY }, { actor: SAM })).toThrow(
      "another person",
    );
    const kim = { who: "kim@example.com", roles: ["security"] } as const;
    expect(
      after(
        second,
        { kind: "time_limit", justification: WHY, until: "2026-12-31T00:00:00.000Z" },
        { actor: kim },
      ),
    ).toMatchObject({
      state: "decided",
      outcome: "time_limit",
    });
    expect(after(second, { kind: "revoke", justification: WHY }, { actor: kim }).outcome).toBe("revoke");
  });

  it("that revokes ends the item whoever else would have to agree", () => {
    const found = campaignItem({}, { needs: { reviewers: 2, security: true, because: ["a root password"] } });
    expect(after(found, { kind: "revoke", justification: WHY })).toMatchObject({
      state: "decided",
      outcome: "revoke",
    });
  });
});

describe("several decisions", () => {
  it("leave what all of them leave", () => {
    const item = reviewItem({ actions: ["read", "list", "write"] });
    const of = (choice: Choice) =>
      ({
        ...choice,
        item_id: "a",
        level: "reviewer",
        by: "x",
        at: "",
        channel: "web",
        seen_sha256: "",
        bulk_size: 1,
      }) as const;
    expect(
      conclude(item, [
        of({ kind: "reduce", keep_actions: ["read", "list"], revoke_secrets: ["b"] }),
        of({ kind: "reduce", keep_actions: ["read", "write"], revoke_secrets: ["a"] }),
        of({ kind: "time_limit", until: "2026-12-31T00:00:00.000Z" }),
      ]),
    ).toEqual({
      kind: "reduce",
      keep_actions: ["read"],
      revoke_secrets: ["a", "b"],
      until: "2026-12-31T00:00:00.000Z",
    });
    expect(
      conclude(item, [
        of({ kind: "reduce", keep_actions: ["read"] }),
        of({ kind: "reduce", keep_actions: ["list"] }),
      ]).kind,
    ).toBe("revoke");
  });
});

describe("undoing", () => {
  const decided = after(campaignItem(), { kind: "certify" });

  it("opens the item again, and drops the outcome", () => {
    const again = undo(campaign(), decided, MIA, () => false);
    expect(again).toMatchObject({ state: "open", version: 3, decisions: [] });
    expect(again).not.toHaveProperty("outcome");
  });

  it("is for who decided last, before they sign off and the review ends", () => {
    expect(() => undo(campaign(), decided, SAM, () => false)).toThrow("one by mia.hart@example.com");
    expect(() => undo(campaign(), campaignItem(), MIA, () => false)).toThrow("none");
    expect(() => undo(campaign({ state: "in_remediation" }), decided, MIA, () => false)).toThrow("in review");
    expect(() => undo(campaign(), decided, MIA, () => true)).toThrow("signed off");
  });
});

describe("no answer", () => {
  it("is a rule's decision, or none, and never a person's", () => {
    expect(decideByRule(campaignItem(), "nobody answered", "2026-10-26T00:00:00.000Z")).toMatchObject({
      state: "decided",
      outcome: "revoke",
      decisions: [{ by: "rule:no_answer", channel: "rule" }],
    });
    expect(keepUnanswered(campaignItem())).toMatchObject({
      state: "decided",
      outcome: "kept",
      decisions: [],
    });
  });

  it.each([
    ["certify", "kept"],
    ["time_limit", "time_limit"],
  ] as const)("leaves a first decision to %s as what it is: %s", (kind, outcome) => {
    const until = kind === "time_limit" ? { until: "2026-12-01T00:00:00.000Z" } : {};
    const first = { ...campaignItem(), state: "security" as const };
    const decision = {
      ...{ item_id: first.item.item_id, kind, ...until, level: "reviewer" as const },
      by: MIA.who,
      at: "2026-10-02T09:00:00.000Z",
      channel: "web" as const,
      seen_sha256: first.seen_sha256,
      bulk_size: 1,
    };
    expect(keepUnanswered({ ...first, decisions: [decision] })).toMatchObject({ state: "decided", outcome });
  });
});
