import { canonicalJson } from "../../base/index.ts";
import type { CampaignRow, ItemRow, RequestRow, RevocationRow } from "../../state/index.ts";
import type { AccessRequest, Campaign, CampaignItem, Revocation } from "../model.ts";

/** What the state keeps as rows, as the review knows it, and back. Rows are written by nobody else. */
export const campaignOf = ({ document }: CampaignRow): Campaign => JSON.parse(document) as Campaign;

export const itemOf = ({ document }: Pick<ItemRow, "document">): CampaignItem =>
  JSON.parse(document) as CampaignItem;

export const revocationOf = ({ document }: RevocationRow): Revocation => JSON.parse(document) as Revocation;

export const requestOf = ({ document }: RequestRow): AccessRequest => JSON.parse(document) as AccessRequest;

export function campaignRow(campaign: Campaign): CampaignRow {
  const { campaign_id, version, state } = campaign;
  return { campaign_id, version, state, document: canonicalJson(campaign) };
}

/** `position`: the item's place in its campaign, which it keeps. */
export function itemRow(found: CampaignItem, position: number): ItemRow {
  const { item, campaign_id, version, state, reviewer, outcome, seen_sha256 } = found;
  const { principal, secrets } = item;
  const email = principal.person?.email;
  return {
    campaign_id,
    item_id: item.item_id,
    version,
    state,
    principal_id: principal.id,
    principal_name: principal.name,
    store_id: item.store_id,
    risk: item.risk,
    recommendation: item.recommendation.kind,
    change: item.change,
    privileged: item.privileged,
    secret_count: secrets.count,
    search: searchText(found),
    position,
    seen_sha256,
    document: canonicalJson(found),
    ...(reviewer === undefined ? {} : { reviewer }),
    ...(email === undefined ? {} : { principal_email: email.toLowerCase() }),
    ...(secrets.owner === undefined ? {} : { owner: secrets.owner }),
    ...(secrets.tier === undefined ? {} : { tier: secrets.tier }),
    ...(outcome === undefined ? {} : { outcome }),
    // A log in which nothing was used is known; one that is not there is not.
    ...(item.usage.known ? { last_used_at: item.usage.last_used_at ?? "" } : {}),
  };
}

/** Longest text that is searched of one item. */
const MAX_SEARCH = 4000;

/** What people look for: who decides, who has it, what they are called as persons, whose secrets, and the first of these. */
function searchText({ item: { principal, secrets, store_id }, reviewer, decisions }: CampaignItem): string {
  const { person } = principal;
  const words = [
    ...new Set([...decisions.map(({ by }) => by), reviewer]),
    principal.name,
    principal.id,
    person?.name,
    person?.email,
    person?.title,
    secrets.owner,
    ...(secrets.owners ?? []),
    store_id,
    ...secrets.sample,
  ];
  return words
    .filter((word) => word !== undefined)
    .join(" ")
    .toLowerCase()
    .slice(0, MAX_SEARCH);
}

export function revocationRow(revocation: Revocation): RevocationRow {
  const { campaign_id, item_id, version, state, due_at } = revocation;
  return { campaign_id, item_id, version, state, due_at, document: canonicalJson(revocation) };
}

export function requestRow(request: AccessRequest): RequestRow {
  const { request_id, version, state, principal } = request;
  return { request_id, version, state, principal, document: canonicalJson(request) };
}
