import { isDeepStrictEqual } from "node:util";
import type { Instant } from "../../base/index.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import { makeCampaign } from "./making.ts";
import type { Campaign, CampaignItem } from "../model.ts";
import {
  isAnswer,
  isBeingReviewed,
  raise,
  type EventPrincipal,
  type PersonEvent,
  type Raised,
} from "./raise.ts";
import { hiddenPeople } from "../population/hidden-lists.ts";
import { SameIdentity } from "../population/same-identity.ts";
import { campaignOf, itemOf, revocationOf } from "../record/records.ts";
import type { Actor } from "../roles.ts";
import { EVENT_TEMPLATES, eventTerms, type EventTemplate } from "../settings.ts";

/** What was raised: campaigns that were made, which nobody has opened yet, whom the rosters leave open, and what could not be read. */
export interface RaisedCampaigns {
  readonly campaigns: readonly {
    readonly campaign_id: string;
    readonly template: EventTemplate;
    readonly principals: readonly string[];
  }[];
  /** Principals of whom rosters say different things, or which several people fit of whom any may have left or moved. */
  readonly uncertain: readonly string[];
  /** What of the rosters could not be read, and may hide anybody, in words. */
  readonly unseen: readonly string[];
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
  return { campaigns, uncertain: found.uncertain, unseen: hiddenPeople(seen.facts.gaps) };
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
  const known = await dealtWith(desk, events, as_of);
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

/** What campaigns have done about principals because of what became of the people behind them. */
async function dealtWith(desk: DeskState, events: ReadonlyMap<string, PersonEvent>, asOf: Instant) {
  const ids = [...events.keys()];
  const inReview = new Set<string>();
  const answered = new Set<string>();
  const key = (principal: string, grant: string): string => `${principal}\n${grant}`;
  for (const campaign of (await desk.ports.state.campaigns()).map(campaignOf)) {
    const removed = await removedOf(desk, campaign);
    for (let at = 0; at < ids.length; at += CHUNK) {
      const found = await itemsAbout(desk, campaign, ids.slice(at, at + CHUNK));
      const byGrant = Map.groupBy(found, ({ item }) => key(item.principal.id, item.grant_id));
      for (const [grant, items] of byGrant) {
        const isDealtWith = items.map(({ item, ...of }) => {
          const event = events.get(item.principal.id);
          if (event === undefined) return false;
          if (isBeingReviewed({ item }, campaign, event)) inReview.add(item.principal.id);
          return isAnswer({ item, ...of }, { event, campaign, asOf, isRemoved: removed.has(item.item_id) });
        });
        if (isDealtWith.every(Boolean)) answered.add(grant);
      }
    }
  }
  return {
    of: (id: string) => ({
      in_review: inReview.has(id),
      is_answered: (grant: string) => answered.has(key(id, grant)),
    }),
  };
}

/** Ids of items of a closed campaign whose access was seen to be gone. */
async function removedOf(desk: DeskState, { campaign_id, state }: Campaign): Promise<ReadonlySet<string>> {
  if (state !== "closed") return new Set();
  const rows = (await desk.ports.state.revocations(campaign_id)).map(revocationOf);
  return new Set(rows.filter((one) => one.state === "removed").map(({ item_id }) => item_id));
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
