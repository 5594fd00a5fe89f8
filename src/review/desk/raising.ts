import { isDeepStrictEqual } from "node:util";
import type { DeskState, SeenAccess } from "./ports.ts";
import { makeCampaign } from "./making.ts";
import type { Campaign, CampaignItem } from "../model.ts";
import { raise, type EventPrincipal, type PersonEvent, type Raised } from "./raise.ts";
import { SameIdentity } from "../population/same-identity.ts";
import { campaignOf, itemOf } from "../record/records.ts";
import type { Actor } from "../roles.ts";
import { EVENT_TEMPLATES, eventTerms, isEventTemplate, type EventTemplate } from "../settings.ts";

/** What was raised: campaigns that were made, which nobody has opened yet, and whom the rosters leave open. */
export interface RaisedCampaigns {
  readonly campaigns: readonly {
    readonly campaign_id: string;
    readonly template: EventTemplate;
    readonly principals: readonly string[];
  }[];
  readonly uncertain: readonly string[];
}

/** Makes campaigns of those who left, and of those who moved, by the newest snapshot. E_NOT_FOUND, E_UNSEEN, E_CONFLICT. */
export async function raiseCampaigns(desk: DeskState, actor: Actor): Promise<RaisedCampaigns> {
  const seen = await desk.ports.access();
  const found = await raisedOf(desk, seen);
  const campaigns: RaisedCampaigns["campaigns"][number][] = [];
  for (const template of EVENT_TEMPLATES) {
    const principals = found[template];
    if (principals.length === 0) continue;
    const campaign_id = await freeId(desk, `${template}-${seen.as_of.slice(0, 10)}`);
    const terms = eventTerms(desk.ports.settings, template, principals);
    await makeCampaign(desk, actor, seen, { campaign_id, terms, query: "countersign review raise" });
    campaigns.push({ campaign_id, template, principals });
  }
  return { campaigns, uncertain: found.uncertain };
}

/** Several snapshots of one day may each raise some. */
async function freeId(desk: DeskState, wanted: string): Promise<string> {
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    if ((await desk.ports.state.campaign(id)) === undefined) return id;
  }
}

async function raisedOf(desk: DeskState, { model, facts, people, as_of }: SeenAccess): Promise<Raised> {
  const { eventOf } = people;
  if (eventOf === undefined) return { leavers: [], movers: [], uncertain: [] };
  const events = new Map<string, PersonEvent>();
  for (const { id } of model.principals) {
    const event = eventOf(id);
    if (event !== undefined) events.set(id, event);
  }
  const same = new SameIdentity({ model, facts });
  const known = await dealtWith(desk, [...events.keys()]);
  function* principals(): Generator<EventPrincipal> {
    for (const [id, event] of events) {
      const grants = model.whatCan(id);
      const identity = same.identityOf(id) ?? "";
      // The same event's identity is asked about, which no campaign asks about twice.
      const isSame = isDeepStrictEqual(events.get(identity), event);
      if (grants.length === 0 || (isSame && same.covers(identity, grants, () => true))) continue;
      yield { id, event, grants: [...new Set(grants.map((grant) => grant.id))], ...known.of(id) };
    }
  }
  return raise(principals(), as_of);
}

/** Ids that one question to the state names. */
const CHUNK = 200;

/** What campaigns have done about principals. */
async function dealtWith(desk: DeskState, ids: readonly string[]) {
  const inReview = new Set<string>();
  const removing = new Set<string>();
  const kept = new Map<string, string>();
  const key = (principal: string, grant: string): string => `${principal}\n${grant}`;
  for (const campaign of (await desk.ports.state.campaigns()).map(campaignOf)) {
    for (let at = 0; at < ids.length; at += CHUNK) {
      const found = await itemsAbout(desk, campaign, ids.slice(at, at + CHUNK));
      for (const [grant, items] of Map.groupBy(found, ({ item }) => key(item.principal.id, item.grant_id))) {
        const [first] = items;
        if (first === undefined) continue;
        if (isBeingReviewed(campaign)) inReview.add(first.item.principal.id);
        if (campaign.state !== "closed" && items.every(isTakenAway)) removing.add(grant);
        const since = keptSince(items);
        if (since !== undefined && since > (kept.get(grant) ?? "")) kept.set(grant, since);
      }
    }
  }
  return {
    of: (id: string) => ({
      in_review: inReview.has(id),
      being_removed: (grant: string) => removing.has(key(id, grant)),
      kept_at: (grant: string) => kept.get(key(id, grant)),
    }),
  };
}

async function itemsAbout(
  desk: DeskState,
  { campaign_id }: Campaign,
  principal_id: readonly string[],
): Promise<CampaignItem[]> {
  const found: CampaignItem[] = [];
  for await (const row of desk.ports.state.everyItem({ campaign_id, principal_id })) {
    const item = itemOf(row);
    if (item.state !== "gone") found.push(item);
  }
  return found;
}

function isBeingReviewed({ state, terms }: Campaign): boolean {
  return isEventTemplate(terms.template) && (state === "created" || state === "in_review");
}

const isTakenAway = ({ state, outcome }: CampaignItem): boolean =>
  state === "decided" && outcome === "revoke";

/** When the first of the parts of a grant was decided to stay; undefined unless people decided so on all of them. */
function keptSince(items: readonly CampaignItem[]): string | undefined {
  let first: string | undefined;
  for (const { state, outcome, decisions } of items) {
    const last = decisions.at(-1);
    const stays = outcome === "certify" || outcome === "reduce" || outcome === "time_limit";
    if (state !== "decided" || !stays || last === undefined || last.channel === "rule") return undefined;
    if (first === undefined || last.at < first) first = last.at;
  }
  return first;
}
