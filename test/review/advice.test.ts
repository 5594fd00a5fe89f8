import { describe, expect, it } from "vitest";
import { FactSet, type Gap } from "../../src/facts/index.ts";
import { type AccessRequest, type ReviewItem } from "../../src/review/index.ts";
import {
  STORE,
  TAKEN_AT,
  company,
  daysAgo,
  madeOf,
  person,
  populationOf,
  previousOf,
  withGaps,
} from "./made.ts";
import { BO, itemsOf, logged, read } from "./logged.ts";

const REQUEST: AccessRequest = {
  request_id: "R-1",
  version: 1,
  principal: "bo",
  secrets: ["vault:kv/payments/*"],
  actions: ["read"],
  justification: "migration",
  requested_by: "bo@example.com",
  requested_at: daysAgo(60),
  high_privilege: false,
  manager_approval: { by: "grace@example.com", at: daysAgo(59), approved: true },
  state: "approved",
};

const HIDDEN_ROSTER: Gap = {
  store_id: "staff",
  scope: "staff",
  resource: "staff:hr.csv/row 7",
  operation: "file",
  reason: "malformed",
  detail: "expected a date, got last spring",
  hides: ["person"],
};

const TERMS = { scope: {}, assign: "manager", two_people: ["*root*", "key"], unused_days: 90 } as const;

describe("advice", () => {
  it("is to revoke what somebody has who left, and what ended", () => {
    const left = person({ status: "terminated", terminated_at: daysAgo(3) });
    const { items } = populationOf(
      madeOf(company().set(), { personOf: (id) => (id === BO ? left : undefined) }),
    );
    expect(itemsOf(items, BO).map(({ item }) => item.recommendation)).toEqual([
      { kind: "revoke", reason: "Ada Lindqvist left on 2026-09-27" },
      { kind: "revoke", reason: "Ada Lindqvist left on 2026-09-27" },
    ]);
    const request = { ...REQUEST, ends_at: daysAgo(10) };
    const ended = itemsOf(populationOf(madeOf(company().set(), { requests: [request] })).items, BO);
    expect(ended[0]?.item).toMatchObject({
      ends_at: daysAgo(10),
      request: { request_id: "R-1", approved_by: "grace@example.com" },
    });
    expect(ended[0]?.item.recommendation).toEqual({
      kind: "revoke",
      reason: "request R-1 ended on 2026-09-20",
    });
    // As registers may write them: without the source's name, and whatever the case of who it is for.
    const short = { ...request, principal: "BO", secrets: ["kv/payments/*"] };
    const same = itemsOf(populationOf(madeOf(company().set(), { requests: [short] })).items, BO);
    expect(same[0]?.item.request?.request_id).toBe("R-1");
    const other = { ...request, secrets: ["vault:kv/payments/db"] };
    const part = itemsOf(populationOf(madeOf(company().set(), { requests: [other] })).items, BO);
    expect(part.map(({ item }) => item.request?.request_id)).toEqual([undefined, "R-1"]);
  });

  const OLD = `${STORE}:identity/entity/id/old-id`;
  const used = () => logged(read("db", daysAgo(4)));
  const adviceOn = (own: Parameters<typeof madeOf>[1], facts = used()) => {
    const [, db] = itemsOf(populationOf(madeOf(facts, own)).items, OLD);
    return db?.item.recommendation;
  };
  const before = (last_review: ReviewItem["last_review"], succeeds = true, own = {}) => {
    const { items } = populationOf(madeOf(used(), own));
    return { ...own, previous: previousOf(items, () => ({ ...(last_review && { last_review }) })), succeeds };
  };
  const decided = (own: Partial<NonNullable<ReviewItem["last_review"]>>) => ({
    ...{
      campaign_id: "quarterly-2026-q3",
      decision: "certify" as const,
      by: "grace@example.com",
      at: daysAgo(80),
    },
    ...own,
  });

  it("is to certify what was certified before, and to revoke what was revoked and is there again", () => {
    expect(adviceOn(before(decided({})))).toMatchObject({ kind: "certify" });
    expect(adviceOn(before(decided({ decision: "revoke" })))).toEqual({
      kind: "revoke",
      reason: `it was revoked in quarterly-2026-q3 on ${daysAgo(80).slice(0, 10)}, and is there again, or still`,
    });
    expect(adviceOn(before(decided({ decision: "reduce" })))?.reason).toMatch(/^it was to become less by /);
    const limited = decided({ decision: "time_limit", until: daysAgo(9) });
    expect(adviceOn(before(limited))?.reason).toMatch(/^by quarterly-2026-q3 it was to end on /);
    const requests = [{ ...REQUEST, principal: "old" }];
    expect(adviceOn({ ...before(decided({ decision: "revoke" })), requests })).toMatchObject({
      kind: "examine",
    });
  });

  it("knows an item of another campaign, and calls nothing new that only others did not have", () => {
    const { items } = populationOf(madeOf(used(), before(decided({}), false)));
    expect(new Set(itemsOf(items, OLD).map(({ item }) => item.change))).toEqual(new Set(["same"]));
    const none = populationOf(madeOf(used(), { previous: () => [], succeeds: false })).items;
    expect(new Set(none.map(({ item }) => item.change))).toEqual(new Set(["first_review"]));
  });

  it("is to examine what somebody has who moved, until it was reviewed since", () => {
    const personOf = () => person({ moved_at: daysAgo(30) });
    expect(adviceOn({ personOf })).toEqual({
      kind: "examine",
      reason: `Ada Lindqvist moved on ${daysAgo(30).slice(0, 10)}, and nobody reviewed this access since`,
    });
    expect(adviceOn(before(decided({ at: daysAgo(31) }), true, { personOf }))?.reason).toMatch(/ moved on /);
    expect(adviceOn(before(decided({ at: daysAgo(29) }), true, { personOf }))?.kind).toBe("certify");
    expect(adviceOn({ personOf: () => person({ moved_at: daysAgo(400) }) })?.kind).toBe("certify");
  });

  it("is to examine what no approved request covers, where requests are kept", () => {
    const requests = (own: Partial<AccessRequest>) => ({
      requests: [{ ...REQUEST, principal: "old", ...own }],
    });
    expect(adviceOn(requests({}))).toMatchObject({ kind: "certify" });
    for (const own of [
      { principal: "bo" },
      { actions: ["list" as const] },
      { secrets: ["kv/payments/api"] },
      { state: "refused" as const },
      { starts_at: daysAgo(-3) },
    ])
      expect(adviceOn(requests(own))).toEqual({
        kind: "examine",
        reason: "no approved request covers all that it may do: read",
      });
    const gap = { ...HIDDEN_ROSTER, hides: ["access_request" as const] };
    expect(adviceOn({}, withGaps(used(), gap))?.reason).toMatch(/a register could not be read: staff/);
  });

  it("holds deleting critical secrets for privileged, on that part alone", () => {
    const facts = company()
      .policy("wipe", 'path "kv/metadata/payments/*" { capabilities = ["list", "delete"] }')
      .entity("wiper", { policies: ["wipe"] });
    const items = itemsOf(populationOf(madeOf(facts.set())).items, `${STORE}:identity/entity/id/wiper-id`);
    expect(items.map(({ item }) => [item.secrets.tier, item.privileged, item.privileged_because])).toEqual([
      ["critical", true, ["it may delete 1 critical secret"]],
      ["standard", false, undefined],
    ]);
    expect(items[0]?.item.needs.because).toContain("security decides on privileged access");
  });

  it("does not call use regular where the log is shorter than what matters", () => {
    const facts = used();
    const all = [...facts.all()].map((one) =>
      one.kind === "log_span" ? { ...one, whole_from_at: daysAgo(12) } : one,
    );
    expect(adviceOn({}, new FactSet(all, facts.gaps))).toEqual({
      kind: "certify",
      reason: "it is known, and is used; how regularly is not known: the log tells of 12 days alone, of 90",
    });
  });

  it("says that somebody behind it may be hidden, and is incomplete, where a roster could not be read", () => {
    const facts = withGaps(used(), HIDDEN_ROSTER);
    const { items, population } = populationOf(
      madeOf(facts, {
        personOf: (id) => (id === BO ? person() : undefined),
        terms: { ...TERMS, scope: { stores: [STORE] } },
      }),
    );
    expect(population).toMatchObject({ complete: false, gap_count: 1 });
    expect(population.gaps).toEqual(["staff:hr.csv/row 7: expected a date, got last spring"]);
    for (const { item } of itemsOf(items, OLD))
      expect(item.unknowns).toContain(
        "who is behind it: a roster could not be read: staff:hr.csv/row 7: expected a date, got last spring",
      );
    for (const { item } of itemsOf(items, BO)) expect(item.unknowns).toEqual([]);
    expect(itemsOf(items, OLD)[1]?.item.recommendation.reason).toMatch(/^who is behind it is perhaps hidden/);
  });

  it("tells the end of a token that nothing renews, and none of one that is renewed", () => {
    const facts = (own: object) =>
      madeOf(
        company()
          .token("t1", { policies: ["payments"], created_at: daysAgo(1), expires_at: daysAgo(-1), ...own })
          .set(),
      );
    const ends = (own: object) =>
      itemsOf(populationOf(facts(own)).items, `${STORE}:auth/token/accessor/t1`).map(
        ({ item }) => item.ends_at,
      );
    expect(ends({ renewable: false })).toEqual([daysAgo(-1), daysAgo(-1)]);
    expect(ends({ renewable: true })).toEqual([undefined, undefined]);
    expect(ends({ renewable: true, explicit_max_ttl_s: 3 * 86_400 })).toEqual([daysAgo(-2), daysAgo(-2)]);
  });

  it("marks the collector's own identity, and leaves it in", () => {
    const { items } = populationOf(
      madeOf(
        company()
          .token("own", { policies: ["payments"], collector: true })
          .set(),
      ),
    );
    const [own] = itemsOf(items, `${STORE}:auth/token/accessor/own`);
    expect(own?.item.principal.collector).toBe(true);
    expect(own?.item.observed_from).toBe(TAKEN_AT);
  });
});
