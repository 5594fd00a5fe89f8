import type { Campaign, CampaignItem, CampaignTerms, ReviewItem } from "../../src/review/model.ts";

/** A campaign, an item and terms for tests, with what is changed of them. */
export const TERMS: CampaignTerms = {
  template: "quarterly",
  title: "Quarterly access review",
  frameworks: ["soc2-2017"],
  scope: {},
  assign: "manager",
  due_days: 21,
  remediation_days: 14,
  remind_days: [7, 1],
  grace_days: 3,
  no_answer: "escalate",
  bulk_limit: 50,
  delegation_limit: 2,
  rubber_stamp: { min_decisions: 20, certified_share: 0.95, median_seconds: 5 },
  unused_days: 90,
  two_people: ["*root*"],
};

export function campaign(changes: Partial<Campaign> = {}): Campaign {
  const all = { total: 0, in_items: 0, excluded: {} };
  return {
    campaign_id: "quarterly-2026-q4",
    version: 2,
    state: "in_review",
    terms: TERMS,
    snapshot_id: "20261001T060000Z",
    snapshot_sha256: "0".repeat(64),
    as_of: "2026-10-01T06:00:00.000Z",
    created_at: "2026-10-01T08:00:00.000Z",
    created_by: "cora.lind@example.com",
    opened_at: "2026-10-01T09:00:00.000Z",
    due_at: "2026-10-22T09:00:00.000Z",
    population: {
      query: "countersign review start quarterly",
      item_count: 1,
      grant_count: 1,
      items_sha256: "1".repeat(64),
      secrets: all,
      principals: all,
      stores: all,
      complete: true,
      gaps: [],
      gap_count: 0,
    },
    signed_off: [],
    ...changes,
  };
}

export function reviewItem(changes: Partial<ReviewItem> = {}): ReviewItem {
  return {
    item_id: "a".repeat(32),
    grant_id: "b".repeat(64),
    store_id: "main-vault",
    principal: {
      id: "main-vault:auth/userpass/users/ada",
      name: "ada",
      type: "auth_user",
      public: false,
      external: false,
      disabled: false,
      collector: false,
      person: {
        person_id: "1001",
        name: "Ada Lindqvist",
        email: "ada.lindqvist@example.com",
        manager_email: "mia.hart@example.com",
        status: "active",
        third_party: false,
      },
    },
    secrets: {
      owner: "payments",
      tier: "standard",
      count: 2,
      sample: ["main-vault:kv/payments/api", "main-vault:kv/payments/db"],
      set_sha256: "c".repeat(64),
    },
    actions: ["read", "list"],
    certainty: "certain",
    conditions: [],
    path: ["Ada Lindqvist logs in as user ada", "who has the policy payments, line 3, which allows reading"],
    statements: [],
    observed_from: "2026-07-01T06:00:00.000Z",
    usage: {
      known: true,
      observed_from: "2026-06-01T00:00:00.000Z",
      read_count: 12,
      last_used_at: "2026-09-30T10:00:00.000Z",
      used_secret_count: 2,
      unused: false,
    },
    privileged: false,
    break_glass: false,
    change: "same",
    risk: "standard",
    needs: { reviewers: 1, security: false, because: [] },
    recommendation: { kind: "certify", reason: "it is used and did not change" },
    unknowns: [],
    ...changes,
  };
}

export function campaignItem(
  changes: Partial<CampaignItem> = {},
  item: Partial<ReviewItem> = {},
): CampaignItem {
  return {
    campaign_id: "quarterly-2026-q4",
    version: 1,
    state: "open",
    item: reviewItem(item),
    seen_sha256: "d".repeat(64),
    reviewer: "mia.hart@example.com",
    assigned_because: "manager of ada.lindqvist@example.com",
    delegations: 0,
    decisions: [],
    ...changes,
  };
}

/** The same without one of its optional keys. */
export function without<T extends object>(whole: T, key: keyof T): T {
  return Object.fromEntries(Object.entries(whole).filter(([name]) => name !== key)) as T;
}
