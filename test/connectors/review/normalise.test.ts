import { describe, expect, it } from "vitest";
import { canonicalJson } from "../../../src/base/index.ts";
import { CampaignTally } from "../../../src/cli/review-tally.ts";
import { review } from "../../../src/connectors/index.ts";
import { CallFailure, isGap, type ConnectorContext, type ReviewQuestion } from "../../../src/facts/index.ts";
import type { CampaignScope } from "../../../src/review/index.ts";
import { TERMS, campaign } from "../../review/campaign.ts";
import { collectAll, contextOf, plainIo } from "../hashicorp/plain-io.ts";

const SETTINGS = { address: "review" } as const;
const AT = "2026-10-01T08:00:00.000Z";

const PAGES = { campaigns: 1, decisions: 1, requests: 1, reviewers: 1, revocations: 1 };

const REGISTER = {
  campaign_count: 1,
  told_count: 1,
  journal_entry_count: 9,
  journal_outstanding_count: 0,
  pages: PAGES,
};

const REVIEWER = {
  campaign_id: "q4",
  reviewer: "mia@example.com",
  decision_count: 3,
  certified_share: 1,
  bulk_share: 0,
  justified_count: 0,
  waiting_count: 0,
  self_decided_count: 0,
  is_independent: true,
  flagged: false,
  why: "3 decisions",
};

const REQUEST = {
  request_id: "req-1",
  principal: "ada@example.com",
  secrets: ["kv/*"],
  actions: ["read"],
  justification: "needed for the nightly settlement",
  requested_by: "ada@example.com",
  requested_at: AT,
  high_privilege: false,
  manager_approval: { by: "mia@example.com", at: AT, approved: true },
  state: "approved",
};

function items(about: ReviewQuestion["about"]): readonly object[] {
  if (about === "reviewers") return [REVIEWER];
  return about === "requests" ? [REQUEST] : [];
}

function asked(answer: (question: ReviewQuestion) => unknown): ConnectorContext {
  const ask = (question: ReviewQuestion) =>
    Promise.resolve({
      status: 200,
      media_type: "application/json",
      body: Buffer.from(canonicalJson(answer(question)), "utf8"),
    });
  return { ...contextOf({}, "reviews"), reviews: { ask: async (question) => await ask(question) } };
}

const whole = ({ about, page }: ReviewQuestion): unknown =>
  about === "register" ? REGISTER : { page, items: items(about) };

describe("collecting reviews", () => {
  it("puts every question, and every page that the register tells of", async () => {
    const io = plainIo();
    const paged = asked((question) =>
      question.about === "register"
        ? { ...REGISTER, pages: { ...PAGES, reviewers: 2 } }
        : question.about === "reviewers"
          ? { page: question.page, items: [{ ...REVIEWER, reviewer: `r${question.page}@example.com` }] }
          : whole(question),
    );
    const { facts, gaps } = await collectAll(review, SETTINGS, paged, io);
    expect(gaps).toEqual([]);
    expect(io.calls.map(({ operation }) => operation)).toEqual([
      "review.register",
      "review.campaigns",
      "review.reviewers",
      "review.reviewers",
      "review.revocations",
      "review.decisions",
      "review.requests",
    ]);
    expect(facts.map(({ id }) => id)).toEqual([
      "reviews",
      "reviews:q4/reviewer/r1@example.com",
      "reviews:q4/reviewer/r2@example.com",
      "reviews:request/req-1",
    ]);
  });

  it("hides every kind where nothing can be read, by a gap of each question", async () => {
    const shut = asked(() => {
      throw new CallFailure("malformed", "not intact");
    });
    const { facts, gaps } = await collectAll(review, SETTINGS, shut, plainIo());
    expect(facts).toEqual([]);
    expect(gaps.flatMap(({ hides }) => hides).sort()).toEqual(
      review.yields.filter((kind) => kind !== "pasted_credential"),
    );
  });

  it.each(["register", "campaigns", "reviewers", "requests"] as const)(
    "makes a gap of an answer to %s that is not shaped as one",
    async (about) => {
      const odd = asked((question) => (question.about === about ? { items: [{}] } : whole(question)));
      const { gaps } = await collectAll(review, SETTINGS, odd, plainIo());
      expect(gaps).toMatchObject([{ operation: `review.${about}`, reason: "malformed" }]);
    },
  );

  /** Every way in which a campaign can be narrowed: one that is added must be told as well. */
  const SCOPES: Required<CampaignScope> = {
    stores: ["main"],
    tiers: ["critical"],
    owners: ["payments"],
    environments: ["production"],
    principal_types: ["entity"],
    frameworks: ["soc2-2017"],
    principals: ["main:identity/entity/id/1"],
  };
  const told = (campaign_id: string, scope: CampaignScope): object =>
    new CampaignTally(campaign({ campaign_id, terms: { ...TERMS, scope } })).campaign(1, true);

  it("takes a campaign of whichever scope", async () => {
    const made = Object.entries(SCOPES).map(([name, values]) => told(name, { [name]: values }));
    const all = [...made, told("all", SCOPES), told("none", {})];
    const paged = asked((question) =>
      question.about === "campaigns" ? { page: 1, items: all } : whole(question),
    );
    const { facts, gaps } = await collectAll(review, SETTINGS, paged, plainIo());
    expect(gaps).toEqual([]);
    expect(facts.filter(({ kind }) => kind === "review_campaign")).toHaveLength(all.length);
  });

  it("makes a gap of one campaign that does not fit, and tells of the others", async () => {
    const odd = { ...told("odd", {}), campaign_scope: { moods: ["glad"] } };
    const paged = asked((question) =>
      question.about === "campaigns" ? { page: 1, items: [odd, told("q4", {})] } : whole(question),
    );
    const { facts, gaps } = await collectAll(review, SETTINGS, paged, plainIo());
    expect(facts.filter(({ kind }) => kind === "review_campaign").map(({ id }) => id)).toEqual([
      "reviews:q4",
    ]);
    expect(gaps).toMatchObject([
      {
        operation: "review.campaigns",
        reason: "malformed",
        hides: ["review_campaign"],
        detail: expect.stringContaining("got odd, which does not fit") as string,
      },
    ]);
  });

  it("makes a gap of what is no answer to its questions", async () => {
    const { records } = await collectAll(review, SETTINGS, asked(whole), plainIo());
    const [record] = records;
    if (record === undefined) throw new Error("no record");
    for (const operation of ["review.secrets", "people.roster"]) {
      const found = review.normalise({ ...record, operation });
      expect(found.map((one) => isGap(one))).toEqual([true]);
    }
  });

  it("names nobody by a mask, and says what it hides", async () => {
    const { records } = await collectAll(review, SETTINGS, asked(whole), plainIo());
    const record = records.find(({ operation }) => operation === "review.requests");
    if (record === undefined) throw new Error("no record");
    const redactions = [{ pointer: "/items/0/justification", rule: "vault-token" }];
    const found = review.normalise({ ...record, redactions });
    expect(found.filter(isGap)).toMatchObject([{ reason: "redacted", hides: ["access_request"] }]);
    expect(found.flatMap((one) => (isGap(one) ? [] : [one.kind]))).toEqual([
      "access_request",
      "pasted_credential",
    ]);
  });
});
