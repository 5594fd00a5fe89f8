import type { Fact, FactKind, FactOf } from "../../src/facts/index.ts";
import { daysAgo, recordOf } from "./facts.ts";

export const REVIEWS = "reviews";

type Own<K extends FactKind> = Partial<Omit<FactOf<K>, "kind">>;

function of(kind: FactKind, path: string, own: object): Fact {
  const id = path === "" ? REVIEWS : `${REVIEWS}:${path}`;
  const record = recordOf(kind, path);
  return { kind, id, store_id: REVIEWS, scope: REVIEWS, record, ...own } as unknown as Fact;
}

export const register = (own: Own<"review_register"> = {}): Fact =>
  of("review_register", "", {
    campaign_count: 1,
    told_count: 1,
    journal_entry_count: 9,
    journal_outstanding_count: 0,
    ...own,
  });

/** A closed campaign over everything, of 60 to 40 days ago. */
export const campaign = (campaign_id: string, own: Own<"review_campaign"> = {}): Fact =>
  of("review_campaign", campaign_id, {
    campaign_id,
    template: "quarterly",
    title: "Quarterly access review",
    frameworks: ["soc2-2017"],
    state: "closed",
    campaign_scope: {},
    every: "quarter",
    snapshot_id: "20260801T060000Z",
    snapshot_sha256: "0".repeat(64),
    as_of: daysAgo(60),
    created_at: daysAgo(60),
    opened_at: daysAgo(60),
    due_at: daysAgo(50),
    review_ended_at: daysAgo(51),
    remediation_due_at: daysAgo(45),
    closed_at: daysAgo(40),
    item_count: 4,
    decided_count: 4,
    undecided_count: 0,
    unassigned_count: 0,
    certified_count: 3,
    revoked_count: 1,
    reduced_count: 0,
    time_limited_count: 0,
    kept_count: 0,
    revoked_by_rule_count: 0,
    gone_count: 0,
    joined_count: 0,
    changed_count: 0,
    decision_count: 4,
    self_decided_count: 0,
    same_person_twice_count: 0,
    decided_late_count: 0,
    bulk_decision_count: 0,
    population_complete: true,
    population_gap_count: 0,
    items_sha256: "1".repeat(64),
    sign_off: { by: "cora@example.com", at: daysAgo(42) },
    acknowledgement: { by: "vera@example.com", at: daysAgo(41) },
    journal_verified: true,
    journal_entry_count: 9,
    stores_covered: ["vault"],
    tiers_covered: ["standard"],
    ...own,
  });

export const reviewer = (campaign_id: string, name: string, own: Own<"review_reviewer"> = {}): Fact =>
  of("review_reviewer", `${campaign_id}/reviewer/${name}`, {
    campaign_id,
    reviewer: name,
    decision_count: 4,
    certified_share: 0.75,
    bulk_share: 0,
    justified_count: 4,
    waiting_count: 0,
    self_decided_count: 0,
    is_independent: true,
    flagged: false,
    why: "4 decisions, 75 % of them certify",
    ...own,
  });

export const revocation = (campaign_id: string, item: string, own: Own<"review_revocation"> = {}): Fact =>
  of("review_revocation", `${campaign_id}/revocation/${item}`, {
    campaign_id,
    item_id: item,
    principal_id: `vault:${item}`,
    in_store_id: "vault",
    decision: "revoke",
    secret_count: 2,
    from_at: daysAgo(51),
    due_at: daysAgo(45),
    state: "removed",
    removed_at: daysAgo(46),
    remaining: [],
    remaining_count: 0,
    ...own,
  });

export const decision = (campaign_id: string, principal_id: string, own: Own<"review_decision"> = {}): Fact =>
  of("review_decision", `${campaign_id}/principal/${principal_id}`, {
    campaign_id,
    principal_id,
    item_count: 2,
    decided_count: 2,
    decision: "certify",
    by: "mia@example.com",
    at: daysAgo(52),
    first_at: daysAgo(55),
    all_access: true,
    population_complete: true,
    ...own,
  });
