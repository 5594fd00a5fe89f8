import { describe, expect, it } from "vitest";
import {
  isAnswer,
  isBeingReviewed,
  raise,
  type EventPrincipal,
  type PersonEvent,
} from "../../src/review/desk/raise.ts";
import type { Campaign, CampaignItem, Decision, PersonBehind } from "../../src/review/model.ts";
import { TERMS, campaignItem, reviewItem } from "./campaign.ts";

const AS_OF = "2026-10-20T00:00:00.000Z";
const LEFT: PersonEvent = { kind: "left", at: "2026-10-01T00:00:00.000Z", certain: true };
const MOVED: PersonEvent = { kind: "moved", at: "2026-10-01T00:00:00.000Z", certain: true };

const of = (event: PersonEvent, more: Partial<EventPrincipal> = {}): EventPrincipal => ({
  id: "p",
  event,
  is_dealt_with: false,
  ...more,
});

describe("who is raised", () => {
  it.each([
    ["left, with access", of(LEFT), "leavers"],
    ["left, nobody says when", of({ kind: "left", certain: true }), "leavers"],
    ["left, all of it dealt with", of(LEFT, { is_dealt_with: true }), undefined],
    ["left, by rosters that contradict each other", of({ ...LEFT, certain: false }), "uncertain"],
    ["moved", of(MOVED), "movers"],
    ["moved, and all of it dealt with", of(MOVED, { is_dealt_with: true }), undefined],
    ["moves later", of({ ...MOVED, at: "2026-11-01T00:00:00.000Z" }), undefined],
    ["moved long ago", of({ ...MOVED, at: "2025-10-01T00:00:00.000Z" }), undefined],
  ])("%s", (_, principal, list) => {
    const empty = { leavers: [], movers: [], uncertain: [] };
    expect(raise([principal], AS_OF)).toEqual(list === undefined ? empty : { ...empty, [list]: ["p"] });
  });
});

const SINCE = "2026-10-02T00:00:00.000Z";
const BEFORE = "2026-09-30T00:00:00.000Z";

function whose(own: Partial<PersonBehind>): CampaignItem["item"] {
  const { principal } = reviewItem();
  const person = { ...(principal.person as PersonBehind), ...own };
  return reviewItem({ principal: { ...principal, person } });
}

describe("what answers an event", () => {
  const answer = (
    event: PersonEvent,
    decision: Partial<Decision>,
    more: { state?: Campaign["state"]; status?: PersonBehind["status"]; isRemoved?: boolean } = {},
  ): boolean => {
    const { state = "closed", status = "terminated", isRemoved = false } = more;
    const made: Decision = {
      item_id: "i",
      kind: "certify",
      level: "reviewer",
      by: "mia@example.com",
      at: SINCE,
      channel: "web",
      seen_sha256: "",
      bulk_size: 1,
      ...decision,
    };
    const found = { ...campaignItem({ state: "decided" }), item: whose({ status }) };
    return isAnswer(
      { ...found, outcome: made.kind, decisions: [made] },
      { event, campaign: { state }, asOf: AS_OF, isRemoved },
    );
  };

  it.each([
    ["a certificate by who was shown that they left", answer(LEFT, {}), true],
    ["a certificate by who was not shown it", answer(LEFT, {}, { status: "active" }), false],
    ["a time limit by who was not shown it", answer(LEFT, limit("2027-01-01"), { status: "active" }), false],
    ["a certificate from before they left", answer(LEFT, { at: BEFORE }), false],
    ["a certificate by the rule", answer(LEFT, { channel: "rule" }), false],
    ["a time limit that has not passed", answer(LEFT, limit("2027-01-01")), true],
    ["a time limit that passed", answer(LEFT, limit("2026-10-10")), false],
    [
      "a time limit that passed, still looked after",
      answer(LEFT, limit("2026-10-10"), { state: "in_remediation" }),
      true,
    ],
    ["what was reduced, and is as it was", answer(LEFT, { kind: "reduce" }), false],
    ["what was reduced, and the rest is gone", answer(LEFT, { kind: "reduce" }, { isRemoved: true }), true],
    ["a revocation under way", answer(LEFT, { kind: "revoke" }, { state: "in_remediation" }), true],
    ["a revocation that was closed", answer(LEFT, { kind: "revoke" }), false],
    ["a certificate after a move", answer(MOVED, {}, { status: "active" }), true],
    ["a certificate from before a move", answer(MOVED, { at: BEFORE }, { status: "active" }), false],
  ])("%s", (_, is, expected) => {
    expect(is).toBe(expected);
  });

  it("is not an open review of movers for who left since, nor of an earlier move for a later one", () => {
    const reviewed = (template: string, event: PersonEvent, own: Partial<PersonBehind> = {}) =>
      isBeingReviewed(
        { item: whose(own) },
        { state: "in_review", terms: { ...TERMS, template }, as_of: SINCE },
        event,
      );
    expect(reviewed("leavers", LEFT)).toBe(true);
    expect(reviewed("movers", LEFT)).toBe(false);
    expect(reviewed("movers", MOVED)).toBe(true);
    expect(reviewed("movers", { ...MOVED, at: "2026-10-05T00:00:00.000Z" })).toBe(false);
    expect(reviewed("movers", MOVED, { moved_at: "2026-08-01T00:00:00.000Z" })).toBe(false);
    expect(reviewed("quarterly", MOVED)).toBe(false);
  });
});

function limit(day: string): Partial<Decision> {
  return { kind: "time_limit", until: `${day}T00:00:00.000Z` };
}
