import type { DeskState, SeenAccess } from "./desk-ports.ts";
import { partsOf, seenDigest, type MakingTerms } from "./making.ts";
import type { AccessRequest, CampaignItem, CampaignTerms, ReviewItem } from "./model.ts";
import { campaignOf, itemOf, requestOf } from "./records.ts";
import type { Previous, PreviousItem } from "./since-last.ts";

/** Keeps items for good, as their reviewers see them; digests of the parts in order. */
export async function keepParts(desk: DeskState, items: Iterable<ReviewItem>): Promise<string[]> {
  const parts: string[] = [];
  for (const part of partsOf(items)) parts.push(await desk.ports.keep(part));
  return parts;
}

/** What a population is made with, beside the snapshot. */
export async function makingOf(
  desk: DeskState,
  seen: SeenAccess,
  terms: CampaignTerms,
  query: string,
  previous: Previous | undefined,
): Promise<MakingTerms> {
  return {
    seen,
    terms,
    query,
    requests: await keptRequests(desk),
    ...(previous === undefined ? {} : { previous }),
  };
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

/** What the last campaign of a template said of an item; undefined where there was none. */
export async function previousOf(
  desk: DeskState,
  template: string,
  but?: string,
): Promise<Previous | undefined> {
  const all = (await desk.ports.state.campaigns()).map(campaignOf);
  const [last] = all
    .filter(({ campaign_id, terms }) => terms.template === template && campaign_id !== but)
    .sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
  if (last === undefined) return undefined;
  const known = new Map<string, PreviousItem>();
  for await (const row of desk.ports.state.everyItem({ campaign_id: last.campaign_id })) {
    const { item, state, outcome, decisions } = itemOf(row);
    if (state === "gone") continue;
    const final = decisions.at(-1);
    const members = (await desk.ports.state.targets(item.secrets.set_sha256))?.members ?? [];
    known.set(item.item_id, {
      actions: item.actions,
      certainty: item.certainty,
      set_sha256: item.secrets.set_sha256,
      targets: () => members,
      ...(final === undefined || outcome === undefined || outcome === "kept"
        ? {}
        : {
            last_review: { campaign_id: last.campaign_id, decision: outcome, by: final.by, at: final.at },
          }),
    });
  }
  return (itemId) => known.get(itemId);
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
