import { sha256 } from "../../src/base/index.ts";
import type { ConcreteChange, ReviewerProgress } from "../../src/review/index.ts";
import type { Campaign, CampaignItem, ReviewItem, Revocation } from "../../src/review/model.ts";

/** What a name may hold that stores, rosters and people give: markup, quotes, direction, right-to-left script. */
export const HOSTILE = `<script>alert(1)</script>"'&\u202egnp.exe\u2066שלום</title><img src=x onerror=alert(2)>`;

export const NOW = "2026-10-12T09:00:00.000Z";

export const CAMPAIGN_ID = "quarterly-2026-q4";

/** Ids of test items: 32 hex digits. */
export function itemId(at: number): string {
  return sha256(`item ${at}`).slice(0, 32);
}

export function reviewItem(at: number, name = `role-${at}`): ReviewItem {
  const odd = at % 2 === 1;
  return {
    item_id: itemId(at),
    grant_id: sha256(`grant ${at}`),
    store_id: "vault-prod",
    principal: {
      id: `vault-prod/entity/${name}`,
      name,
      type: "entity",
      owner: "payments@example.com",
      person: {
        person_id: `p${Math.floor(at / 3)}`,
        name: ["Ada Lindqvist", "Kofi Mensah"][Math.floor(at / 3) % 2] ?? "",
        email: `person${at}@example.com`,
        title: "Engineer",
        manager_email: "boss@example.com",
        status: at === 3 ? "terminated" : "active",
        third_party: at === 4,
        ...(at === 3 && { terminated_at: "2026-09-01T00:00:00.000Z" }),
      },
      public: false,
      external: false,
      disabled: false,
      collector: false,
    },
    secrets: {
      ...(at === 9
        ? {
            owners: ["billing", "payments"],
            owner_count: 5,
            unowned_count: 3,
            tiers: { critical: 20, none: 10 },
          }
        : { owner: "payments" }),
      tier: odd ? "critical" : "standard",
      environment: "production",
      count: 30,
      sample: Array.from({ length: 20 }, (_, one) => `vault-prod/kv/payments/${name}/${one}`),
      set_sha256: sha256(`set ${at}`),
    },
    actions: odd ? ["read", "list", "write"] : ["read"],
    certainty: at === 5 ? "possible" : at === 6 ? "conditional" : "certain",
    conditions:
      at === 5 ? ["whether the group's members could be read"] : at === 6 ? ["from 10.0.0.0/8 alone"] : [],
    path: [
      `${name} logs in by the auth role ${name}`,
      "which gives the policy payments-read",
      "which allows kv/data/payments/*",
    ],
    statements: [
      {
        actions: odd ? ["read", "list", "write"] : ["read"],
        through: [
          { kind: "auth_role", name: `${name}-login` },
          { kind: "group", name: "payments-team" },
        ],
        policy: "payments-read",
        rule: "kv/data/payments/+/a-rather-long-path-that-does-not-fit/*",
        line: 3,
        capabilities: ["read"],
      },
    ],
    observed_from: "2026-03-01T06:00:00.000Z",
    usage: odd
      ? {
          known: true,
          observed_from: "2026-05-01T00:00:00.000Z",
          read_count: 12 + at,
          last_used_at: "2026-10-01T10:00:00.000Z",
          used_secret_count: 4,
          unused: false,
        }
      : at === 2
        ? {
            known: true,
            observed_from: "2026-05-01T00:00:00.000Z",
            read_count: 0,
            used_secret_count: 0,
            unused: true,
          }
        : { known: false, reason: "no audit log of this store was ingested" },
    privileged: odd,
    ...(odd && { privileged_because: ["it can write", "the secrets are of tier critical"] }),
    break_glass: at === 7,
    change: at === 1 ? "wider" : "same",
    ...(at === 1 && { change_detail: "write was added" }),
    risk: odd ? "high" : "standard",
    needs: { reviewers: 1, security: odd, because: odd ? ["the secrets are of tier critical"] : [] },
    recommendation:
      at === 2
        ? { kind: "revoke", reason: "unused for 90 days" }
        : { kind: "certify", reason: "used within 90 days" },
    unknowns: at === 5 ? ["the members of group payments-team could not be read"] : [],
  };
}

export function campaignItem(at: number, reviewer: string, name?: string): CampaignItem {
  return {
    campaign_id: CAMPAIGN_ID,
    version: 1,
    state: "open",
    item: reviewItem(at, name),
    seen_sha256: sha256(`seen ${at}`),
    reviewer,
    assigned_because: `manager of person${at}@example.com`,
    delegations: 0,
    decisions: [],
    ...(at === 9 && { joined_at: NOW, changed_at: NOW, escalated_at: NOW }),
  };
}

export function campaign(title = "Quarterly access review"): Campaign {
  const reconciled = {
    total: 320,
    in_items: 300,
    excluded: { "nobody is known to reach it": 12, "out of scope: tier low": 8 },
  };
  return {
    campaign_id: CAMPAIGN_ID,
    version: 3,
    state: "in_review",
    terms: {
      template: "quarterly",
      title,
      frameworks: ["soc2", "iso27001"],
      scope: { tiers: ["critical", "standard"] },
      assign: "manager",
      due_days: 14,
      remediation_days: 14,
      remind_days: [7, 2],
      grace_days: 3,
      no_answer: "escalate",
      every: "quarter",
      bulk_limit: 50,
      delegation_limit: 2,
      rubber_stamp: { min_decisions: 20, certified_share: 0.98, median_seconds: 5 },
      unused_days: 90,
      two_people: ["*root*"],
    },
    snapshot_id: "2026-10-01T060000Z-1a2b3c",
    snapshot_sha256: sha256("snapshot"),
    as_of: "2026-10-01T06:00:00.000Z",
    created_at: "2026-10-01T08:00:00.000Z",
    created_by: "cora@example.com",
    opened_at: "2026-10-01T09:00:00.000Z",
    due_at: "2026-10-15T09:00:00.000Z",
    signed_off: [],
    population: {
      query: "countersign review start quarterly --from 2026-10-01T060000Z-1a2b3c",
      item_count: 60,
      grant_count: 58,
      items_sha256: sha256("items"),
      secrets: reconciled,
      principals: { total: 90, in_items: 80, excluded: { "reaches nothing": 10 } },
      stores: { total: 2, in_items: 1, excluded: { "out of scope": 1 } },
      complete: false,
      gaps: ["vault-prod: the members of group payments-team could not be read (403)"],
      gap_count: 1,
    },
  };
}

export function revocation(at: number): Revocation {
  return {
    campaign_id: CAMPAIGN_ID,
    item_id: itemId(at),
    version: 1,
    state: "still_reachable",
    principal_id: `vault-prod/entity/role-${at}`,
    store_id: "vault-prod",
    kind: "revoke",
    actions: ["read"],
    secrets: [],
    set_sha256: sha256(`set ${at}`),
    secret_count: 30,
    decided_at: "2026-10-05T00:00:00.000Z",
    from_at: "2026-10-05T00:00:00.000Z",
    due_at: "2026-10-19T00:00:00.000Z",
    checked: {
      snapshot_id: "2026-10-10T060000Z-4d5e6f",
      snapshot_sha256: sha256("later"),
      as_of: "2026-10-10T06:00:00.000Z",
      remaining: ["by group payments-admins, policy payments-all"],
      remaining_count: 1,
    },
  };
}

/** Who is asked, who decides fast, and who decides for a role. */
export function reviewersShown(named: string): ReviewerProgress[] {
  const idle = { decided: 0, certified: 0, largest_bulk: 0, rubber_stamp: false };
  return [
    {
      reviewer: "rita@example.com",
      progress: { total: 58, done: 40 },
      decided: 40,
      certified: 40,
      median_s: 2,
      largest_bulk: 30,
      rubber_stamp: true,
      last_decision_at: NOW,
    },
    { ...idle, reviewer: named, progress: { total: 2, done: 0 } },
    {
      ...idle,
      reviewer: "sam@example.com",
      progress: { total: 7, done: 7 },
      decided: 7,
      certified: 5,
      largest_bulk: 1,
    },
  ];
}

export function changeShown(name: string): ConcreteChange {
  return {
    kind: "vault_policy_rule",
    what: `Take ${name} out of the policy`,
    where: "payments-read",
    diff: '- path "kv/data/payments/*" {\n+ path "kv/data/payments/api" {',
    commands: ["vault policy write payments-read payments-read.hcl"],
    other_principal_count: 2,
    other_secret_count: 0,
    also: "Two others lose it as well.",
    key: "0f0f0f0f",
    takes_kept: [],
    item_ids: [],
  };
}
