import { isTaken } from "../deciding/requests.ts";
import { CountersignError, compareStrings, type Instant, type Sha256 } from "../../base/index.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import { entry } from "../record/entries.ts";
import {
  inReviewOrder,
  makeAll,
  MAX_ITEMS,
  partsOf,
  seenDigest,
  type MakingTerms,
} from "../population/making.ts";
import type { AccessRequest, Campaign, CampaignItem, CampaignTerms, ReviewItem } from "../model.ts";
import { campaignOf, campaignRow, itemOf, itemRow, requestOf } from "../record/records.ts";
import type { Actor } from "../roles.ts";
import { frameworkWords } from "../population/scope.ts";
import type { Previous, PreviousItem } from "../population/since-last.ts";

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

/** Seals the population of a new campaign, whose items are asked of people; its id. E_CONFLICT, E_LIMIT. */
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
  const gap_count = seen.facts.gaps.length;
  const made = { terms, snapshot_id, snapshot_sha256, population, parts, gap_count };
  await desk.commit({
    entries: [entry("campaign_created", { campaign_id, by: actor.who, at }, made)],
    campaigns: [campaignRow(campaign)],
    items: rows,
    targetSets,
  });
  return campaign_id;
}

/** What a population is made with, beside the snapshot. `but`: a campaign that is not the one before. */
export async function makingOf(
  desk: DeskState,
  seen: SeenAccess,
  terms: CampaignTerms,
  query: string,
  but?: string,
): Promise<MakingTerms> {
  // What was raised about some principals has no campaign before it that was about the same ones.
  const before = terms.scope.principals === undefined ? await lastOf(desk, terms.template, but) : undefined;
  const now = desk.now();
  const requests = (await keptRequests(desk)).filter((request) => isTaken(request, now, seen.people));
  if (before === undefined) return { seen, terms, query, requests };
  const { previous, observed } = await previousOf(desk, before);
  return { seen, terms, query, requests, previous, seenSince: (grantId) => observed.get(grantId) };
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

async function lastOf(desk: DeskState, template: string, but?: string): Promise<string | undefined> {
  const all = (await desk.ports.state.campaigns()).map(campaignOf);
  return all
    .filter(({ campaign_id, terms }) => terms.template === template && campaign_id !== but)
    .sort((a, b) => compareStrings(b.created_at, a.created_at))[0]?.campaign_id;
}

/** What a campaign said of each item, and since when each grant is known. */
async function previousOf(desk: DeskState, campaign_id: string) {
  const known = new Map<string, PreviousItem>();
  const observed = new Map<string, Instant>();
  const sets = new Map<Sha256, readonly string[]>();
  for await (const row of desk.ports.state.everyItem({ campaign_id })) {
    const { item, state, outcome, decisions } = itemOf(row);
    const since = observed.get(item.grant_id);
    if (since === undefined || item.observed_from < since) observed.set(item.grant_id, item.observed_from);
    if (state === "gone") continue;
    const { set_sha256 } = item.secrets;
    const members = sets.get(set_sha256) ?? (await desk.secretsOf(set_sha256));
    sets.set(set_sha256, members);
    const final = decisions.at(-1);
    const last_review =
      final === undefined || outcome === undefined || outcome === "kept"
        ? {}
        : { last_review: { campaign_id, decision: outcome, by: final.by, at: final.at } };
    const { actions, certainty } = item;
    known.set(item.item_id, { actions, certainty, set_sha256, targets: () => members, ...last_review });
  }
  const previous: Previous = (itemId) => known.get(itemId);
  return { previous, observed };
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
