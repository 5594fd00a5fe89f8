import { sha256 } from "../../src/base/index.ts";
import type { CampaignRow, ItemRow, NewEntry } from "../../src/state/index.ts";

export const CAMPAIGN = "quarterly-2026-q4";
export const AT = "2026-09-30T06:00:00.000Z";

const RISKS = ["critical", "high", "standard", "low"];
const RECOMMENDATIONS = ["certify", "examine", "reduce", "revoke"];

export function campaignRow(version = 1, campaign_id = CAMPAIGN): CampaignRow {
  return { campaign_id, version, state: "created", document: JSON.stringify({ campaign_id, version }) };
}

export function itemId(n: number): string {
  return sha256(`item ${n}`).slice(0, 32);
}

/** The nth item; `size`: characters that its document has at least. */
export function itemRow(n: number, more: Partial<ItemRow> = {}, size = 0): ItemRow {
  const item_id = itemId(n);
  return {
    campaign_id: CAMPAIGN,
    item_id,
    version: 1,
    state: "open",
    ...(n % 10 === 9 ? {} : { reviewer: `reviewer${n % 300}@example.com` }),
    principal_id: `aws:role/${n % 5000}`,
    principal_name: `role-${n % 5000}`,
    store_id: n % 2 === 0 ? "aws-prod" : "vault",
    owner: `team-${n % 40}`,
    ...(n % 7 === 0 ? {} : { tier: n % 3 === 0 ? "critical" : "low" }),
    risk: RISKS[n % 4]!,
    recommendation: RECOMMENDATIONS[n % 4]!,
    change: "same",
    privileged: n % 5 === 0,
    secret_count: n % 11,
    ...(n % 6 === 0 ? {} : { last_used_at: n % 6 === 1 ? "" : `2026-0${1 + (n % 9)}-01T00:00:00.000Z` }),
    search: `role-${n % 5000} team-${n % 40} payments/db-${n}`,
    position: n,
    seen_sha256: sha256(`seen ${n}`),
    document: JSON.stringify({ item_id, n, filler: "x".repeat(size) }),
    ...more,
  };
}

export function entryOf(n: number, more: Partial<NewEntry> = {}): NewEntry {
  return {
    campaign_id: CAMPAIGN,
    kind: "decision",
    at: AT,
    by: "ada@example.com",
    document: JSON.stringify({ decision: n }),
    ...more,
  };
}
