import { describe, expect, it } from "vitest";
import { raise, type EventPrincipal, type PersonEvent } from "../../src/review/desk/raise.ts";

const AS_OF = "2026-10-20T00:00:00.000Z";
const LEFT: PersonEvent = { kind: "left", at: "2026-10-01T00:00:00.000Z", certain: true };
const MOVED: PersonEvent = { kind: "moved", at: "2026-10-01T00:00:00.000Z", certain: true };

const of = (event: PersonEvent, more: Partial<EventPrincipal> = {}): EventPrincipal => ({
  id: "p",
  event,
  grants: ["g1", "g2"],
  in_review: false,
  being_removed: () => false,
  kept_at: () => undefined,
  ...more,
});

const kept = (at: string) => ({ kept_at: () => at });

describe("who is raised", () => {
  it.each([
    ["left, with access", of(LEFT), "leavers"],
    ["left, nobody says when", of({ kind: "left", certain: true }), "leavers"],
    ["left, and reviewed before", of(LEFT, kept("2026-09-30T00:00:00.000Z")), "leavers"],
    ["left, and kept since", of(LEFT, kept("2026-10-02T00:00:00.000Z")), undefined],
    [
      "left, one of two grants kept since",
      of(LEFT, { kept_at: (grant) => (grant === "g1" ? "2026-10-02T00:00:00.000Z" : undefined) }),
      "leavers",
    ],
    ["left, its review is open", of(LEFT, { in_review: true }), undefined],
    ["left, all of it being removed", of(LEFT, { being_removed: () => true }), undefined],
    ["left, a part being removed", of(LEFT, { being_removed: (grant) => grant === "g1" }), "leavers"],
    ["left, by rosters that contradict each other", of({ ...LEFT, certain: false }), "uncertain"],
    ["moved", of(MOVED), "movers"],
    ["moved, and reviewed since", of(MOVED, kept("2026-10-02T00:00:00.000Z")), undefined],
    ["moves later", of({ ...MOVED, at: "2026-11-01T00:00:00.000Z" }), undefined],
    ["moved long ago", of({ ...MOVED, at: "2025-10-01T00:00:00.000Z" }), undefined],
  ])("%s", (_, principal, list) => {
    const empty = { leavers: [], movers: [], uncertain: [] };
    expect(raise([principal], AS_OF)).toEqual(list === undefined ? empty : { ...empty, [list]: ["p"] });
  });
});
