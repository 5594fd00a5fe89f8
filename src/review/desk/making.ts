import { refusal } from "../deciding/refusal.ts";
import { asTaken } from "../deciding/requests.ts";
import { CountersignError } from "../../base/index.ts";
import { knownBefore } from "./known-before.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import { unseenOf } from "./seen-worse.ts";
import { entry } from "../record/entries.ts";
import {
  inReviewOrder,
  makeAll,
  MAX_ITEMS,
  partsOf,
  seenDigest,
  type MakingTerms,
} from "../population/making.ts";
import type {
  AccessRequest,
  Campaign,
  CampaignItem,
  CampaignTerms,
  Population,
  ReviewItem,
} from "../model.ts";
import { campaignRow, itemRow, requestOf } from "../record/records.ts";
import type { Actor } from "../roles.ts";
import { frameworkWords } from "../population/scope.ts";

/** Keeps items for good, as their reviewers see them; digests of the parts in order. */
export async function keepParts(desk: DeskState, items: Iterable<ReviewItem>): Promise<string[]> {
  const parts: string[] = [];
  for (const part of partsOf(items)) parts.push(await desk.ports.keep(part));
  return parts;
}

/** What a new campaign is called, and how it came about. */
export interface NewCampaign {
  readonly campaign_id: string;
  readonly terms: CampaignTerms;
  /** The command that makes it. */
  readonly query: string;
}

/** Seals the population of a new campaign, whose items are asked of people; its id. E_CONFLICT, E_LIMIT, E_REVIEW where it has none. */
export async function makeCampaign(
  desk: DeskState,
  actor: Actor,
  seen: SeenAccess,
  { campaign_id, terms, query }: NewCampaign,
): Promise<string> {
  const making = await makingOf(desk, seen, terms, [query, ...frameworkWords(terms)].join("\n"));
  const { items, targetSets, population } = makeAll(making);
  if (items.length > MAX_ITEMS) {
    throw new CountersignError("E_LIMIT", `expected at most ${MAX_ITEMS} items, got ${items.length}`, {
      fix: "Make several campaigns, each of a part of the stores: review.campaigns.<name>.scope.",
    });
  }
  requireItems(terms, population);
  const { snapshot_id, snapshot_sha256, as_of } = seen;
  const at = desk.now();
  const campaign: Campaign = {
    campaign_id,
    version: 1,
    state: "created",
    terms,
    snapshot_id,
    snapshot_sha256,
    as_of,
    created_at: at,
    created_by: actor.who,
    population,
    signed_off: [],
  };
  const parts = await keepParts(desk, items);
  const assignment = await desk.assignment();
  const rows = inReviewOrder(items).map((item, position) =>
    itemRow(assignment.first(newItem(campaign_id, item), terms.assign), position),
  );
  const made = { terms, snapshot_id, snapshot_sha256, population, parts, ...unseenOf(seen) };
  await desk.commit({
    entries: [entry("campaign_created", { campaign_id, by: actor.who, at }, made)],
    campaigns: [campaignRow(campaign)],
    items: rows,
    targetSets,
  });
  return campaign_id;
}

/** A review of nothing would be closed, signed and taken for one. Of leavers and movers the access may be gone meanwhile. E_REVIEW. */
function requireItems({ scope }: CampaignTerms, { item_count, unfitting = [] }: Population): void {
  if (item_count > 0 || scope.principals !== undefined) return;
  const why = unfitting.length === 0 ? "" : `: ${unfitting.join("; ")}`;
  throw refusal(
    "a campaign about some access",
    `none in its scope${why}`,
    "Write the scope as the inventory has it, and collect again where a store could not be read.",
  );
}

/** What a population is made with, beside the snapshot. `but`: a campaign that is not the one before. */
export async function makingOf(
  desk: DeskState,
  seen: SeenAccess,
  terms: CampaignTerms,
  query: string,
  but?: string,
): Promise<MakingTerms> {
  const now = desk.now();
  const requests = asTaken([...(await keptRequests(desk)), ...seen.requests], now, seen.people);
  const known = await knownBefore(desk, terms, but);
  if (known === undefined) return { seen, terms, query, requests };
  const { previous, observed, succeeds } = known;
  return { seen, terms, query, requests, previous, succeeds, seenSince: (grantId) => observed.get(grantId) };
}

/** Requests that were made here. */
export async function keptRequests(desk: DeskState): Promise<AccessRequest[]> {
  const found: AccessRequest[] = [];
  for (let after: string | undefined; ;) {
    const rows = await desk.ports.state.requests(after === undefined ? {} : { after });
    found.push(...rows.map(requestOf));
    const last = rows.at(-1);
    if (last === undefined || last.request_id === after) return found;
    after = last.request_id;
  }
}

/** An item that nobody is asked about yet. */
export function newItem(campaign_id: string, item: ReviewItem): CampaignItem {
  return {
    campaign_id,
    version: 1,
    state: "open",
    item,
    seen_sha256: seenDigest(item),
    assigned_because: "",
    delegations: 0,
    decisions: [],
  };
}
