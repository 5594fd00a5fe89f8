import { describe, expect, it } from "vitest";
import { FactSet, type Fact, type FactOf } from "../../src/facts/index.ts";
import { storePlaces } from "../../src/subjects/places.ts";
import { row } from "../people/rows.ts";
import { TAKEN_AT, daysAgo, entity, gap, subject, subjectsOf } from "./facts.ts";
import { REVIEWS, campaign, decision, register, reviewer, revocation } from "./review-facts.ts";

const soon = (days: number): string => daysAgo(-days);
const running = {
  state: "in_review",
  due_at: soon(5),
  review_ended_at: undefined,
  closed_at: undefined,
} as const;

/** A fact without what is undefined in it. */
function stated(fact: Fact): Fact {
  return Object.fromEntries(
    Object.entries(fact).filter(([, value]) => value !== undefined),
  ) as unknown as Fact;
}

function review(own: Partial<FactOf<"review_campaign">>, ...more: Fact[]) {
  return subject("review", [register(), stated(campaign("q3", own)), ...more]);
}

const estateOf = (...facts: Fact[]) => subject("estate", facts).reviews;

describe("a campaign as a subject", () => {
  it("tells its counts, who stands for it, and ages from the snapshot", () => {
    expect(review({})).toMatchObject({
      id: "reviews:q3",
      store_id: REVIEWS,
      name: "q3",
      state: "closed",
      superseded: false,
      scoped: false,
      due_in_days: -50,
      overdue: false,
      ended_late: false,
      closed_age_days: 40,
      item_count: 4,
      signed_off: true,
      acknowledged_by: "vera@example.com",
      gaps: [],
    });
  });

  it("is overdue from the due date on, and only while decisions run", () => {
    expect(review({ ...running } as object)).toMatchObject({ overdue: false, due_in_days: 5 });
    const hoursLate = { ...running, due_at: new Date(Date.parse(TAKEN_AT) - 3_600_000).toISOString() };
    expect(review(hoursLate as object)).toMatchObject({ overdue: true, overdue_days: 0 });
    expect(review({ ...running, due_at: daysAgo(3) } as object)).toMatchObject({
      overdue: true,
      overdue_days: 3,
    });
    expect(review({ review_ended_at: daysAgo(46) })).toMatchObject({
      overdue: false,
      ended_late: true,
      ended_late_days: 4,
    });
    const remedied = { state: "in_remediation", closed_at: undefined } as object;
    expect(review(remedied)).toMatchObject({ remediation_overdue_days: 45 });
    expect(review({})).toMatchObject({ remediation_overdue_days: 0 });
  });

  it("is superseded by a later campaign of its template once that is closed", () => {
    const later = { created_at: daysAgo(20), closed_at: daysAgo(1) };
    const states = (...facts: Fact[]) =>
      subjectsOf([register(), campaign("q3"), ...facts]).flatMap((one) =>
        one.kind === "review" ? [[one.campaign_id, one.superseded]] : [],
      );
    expect(states(campaign("q4", later))).toEqual([
      ["q3", true],
      ["q4", false],
    ]);
    const open = stated(campaign("q4", { ...later, ...running } as object));
    const other = campaign("pci", { ...later, template: "half-yearly" });
    expect(states(open, other).filter(([, superseded]) => superseded)).toEqual([]);
  });

  it("counts revocations by whether they are due, and names what is left, the oldest first", () => {
    const left = {
      state: "still_reachable",
      removed_at: undefined,
      remaining: ["a", "b", "c", "d"],
    } as const;
    const facts = [
      revocation("q3", "gone"),
      revocation("q3", "late", { removed_at: daysAgo(40) }),
      stated(
        revocation("q3", "left", { ...left, remaining: [...left.remaining], remaining_count: 9 } as object),
      ),
      stated(revocation("q3", "new", { ...left, remaining: [], due_at: soon(3) } as object)),
      stated(
        revocation("q3", "open", { state: "open", removed_at: undefined, due_at: daysAgo(50) } as object),
      ),
      stated(revocation("q3", "dark", { state: "unverifiable", removed_at: undefined } as object)),
      stated(
        revocation("q3", "limit", {
          state: "open",
          decision: "time_limit",
          removed_at: undefined,
          from_at: soon(9),
          due_at: soon(9),
        } as object),
      ),
      revocation("other", "elsewhere", { state: "open" }),
    ];
    const { revocations } = review({}, ...facts);
    expect(revocations).toMatchObject({
      count: 7,
      waiting_count: 1,
      open_count: 1,
      removed_count: 2,
      removed_late_count: 1,
      still_reachable_count: 2,
      unverifiable_count: 1,
      overdue_count: 2,
      still_reachable_overdue_count: 1,
      unverifiable_overdue_count: 1,
      oldest_overdue_days: 50,
    });
    const named = revocations.sample.map(({ principal_id, due, remaining }) => [
      principal_id,
      due,
      remaining,
    ]);
    expect(named).toEqual([
      ["vault:open", true, []],
      ["vault:dark", true, []],
      ["vault:left", true, ["a", "b", "c"]],
      ["vault:new", false, []],
    ]);
  });

  it("counts reviewers, and names those that are flagged", () => {
    const { reviewers } = review(
      {},
      reviewer("q3", "mia@example.com", { flagged: true, why: "60 decisions" }),
      reviewer("q3", "sam@example.com", { is_independent: false }),
      reviewer("q3", "vera@example.com", { decision_count: 0 }),
    );
    expect(reviewers).toEqual({
      count: 3,
      decided_count: 2,
      flagged_count: 1,
      dependent_count: 1,
      sample: [{ reviewer: "mia@example.com", why: "60 decisions" }],
    });
  });

  it("carries what is hidden of its source", () => {
    const hidden = gap(["review_revocation"], `${REVIEWS}:`, { store_id: REVIEWS, scope: REVIEWS });
    const found = subject("review", [register(), campaign("q3")], { gaps: [hidden] });
    expect(found.gaps.map(({ fact_kind }) => fact_kind)).toEqual(["review_revocation"]);
  });

  it("makes its source no store, read or not", () => {
    expect(storePlaces(new FactSet([register(), campaign("q3")], []))).toEqual([]);
    const unread = gap(["review_register"], `${REVIEWS}:`, { store_id: REVIEWS, scope: REVIEWS });
    expect(storePlaces(new FactSet([], [unread]))).toEqual([]);
  });
});

describe("reviews of the estate", () => {
  it("are of no register where no source tells of any", () => {
    expect(estateOf()).toEqual({
      register_count: 0,
      campaign_count: 0,
      open_count: 0,
      by_template: [],
      by_framework: [],
    });
  });

  it("are closed, and complete where everything was in scope and decided by people", () => {
    const ages = (own: Partial<FactOf<"review_campaign">>) => {
      const { closed_age_days, complete_age_days } = estateOf(register(), campaign("q3", own));
      return [closed_age_days, complete_age_days];
    };
    expect(ages({})).toEqual([40, 40]);
    expect(ages({ campaign_scope: { tiers: ["low"] } })).toEqual([40, undefined]);
    expect(ages({ undecided_count: 1 })).toEqual([40, undefined]);
    expect(ages({ kept_count: 1 })).toEqual([40, undefined]);
    expect(ages({ journal_verified: false })).toEqual([40, undefined]);
    expect(ages({ population_complete: false })).toEqual([40, undefined]);
  });

  it("are told by template and framework, the newest of each", () => {
    const open = stated(campaign("q4", { ...running, created_at: daysAgo(5) } as object));
    const pci = campaign("pci", { template: "half-yearly", frameworks: ["pci"], closed_at: daysAgo(100) });
    expect(estateOf(register(), campaign("q3"), open, pci)).toEqual({
      register_count: 1,
      campaign_count: 3,
      open_count: 1,
      first_created_age_days: 60,
      closed_age_days: 40,
      complete_age_days: 40,
      by_template: [
        { template: "half-yearly", every: "quarter", closed_age_days: 100, campaign_count: 1 },
        { template: "quarterly", every: "quarter", closed_age_days: 40, campaign_count: 2 },
      ],
      by_framework: [
        { framework: "pci", closed_age_days: 100 },
        { framework: "soc2-2017", closed_age_days: 40 },
      ],
    });
  });
});

describe("reviews of a principal", () => {
  const ada = entity("ada");
  const of = (...facts: Fact[]) => subject("principal", [ada, ...facts]).review;

  it("are absent where nothing tells of reviews", () => {
    expect(of()).toBeUndefined();
  });

  it("count from the first decision of a campaign in which people decided on everything", () => {
    expect(of(register(), decision("q3", ada.id))).toEqual({
      campaign_count: 1,
      last_reviewed_age_days: 55,
      last_reviewed_in: "q3",
      partly_since: false,
      last_decision: "certify",
      last_decided_by: "mia@example.com",
      last_decided_age_days: 52,
    });
    expect(of(register())).toEqual({ campaign_count: 0, partly_since: false });
  });

  it.each([
    ["an item is undecided", { decided_count: 1 }],
    ["the scope leaves something out", { all_access: false }],
    ["the population has gaps", { population_complete: false }],
  ])("are in part where %s", (_why, own) => {
    expect(of(register(), decision("q3", ada.id, own))).toMatchObject({ partly_since: true });
    expect(of(register(), decision("q3", ada.id, own))).not.toHaveProperty("last_reviewed_age_days");
    const later = decision("q4", ada.id, { ...own, at: daysAgo(2), first_at: daysAgo(2) });
    expect(of(register(), decision("q3", ada.id), later)).toMatchObject({
      last_reviewed_age_days: 55,
      partly_since: true,
      last_decided_age_days: 2,
    });
    const before = decision("q2", ada.id, { ...own, at: daysAgo(200), first_at: daysAgo(200) });
    expect(of(register(), decision("q3", ada.id), before)).toMatchObject({ partly_since: false });
  });

  it("are hidden of every principal where they could not be read", () => {
    const hidden = gap(["review_decision"], `${REVIEWS}:`, { store_id: REVIEWS, scope: REVIEWS });
    const found = subject("principal", [ada, register()], { gaps: [hidden] });
    expect(found.gaps.map(({ fact_kind }) => fact_kind)).toContain("review_decision");
  });

  it("tell of the person behind it, and nothing where only a part was reviewed", () => {
    const alias = {
      alias_id: "a1",
      name: "ada@x.io",
      mount_accessor: "oidc_1",
      mount_type: "oidc",
      labels: {},
    };
    const known = entity("ada", { aliases: [alias] });
    const person = (...facts: Fact[]) => {
      const found = subject("principal", [known, row("1", { email: "ada@x.io" }), ...facts]).person;
      return [found?.reviews_told, found?.reviewed_age_days];
    };
    expect(person()).toEqual([undefined, undefined]);
    expect(person(register())).toEqual([true, undefined]);
    expect(person(register(), decision("q3", known.id))).toEqual([true, 55]);
    expect(person(register(), decision("q3", known.id, { decided_count: 1 }))).toEqual([false, undefined]);
  });
});
