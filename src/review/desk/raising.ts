import { isDeepStrictEqual } from "node:util";
import type { Grant, GrantAction } from "../../access/index.ts";
import type { Instant, Sha256 } from "../../base/index.ts";
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
  const dealt = await dealtWith(desk, events, as_of);
  const principals: EventPrincipal[] = [];
  for (const [id, event] of events) {
    const grants = model.whatCan(id);
    const identity = same.identityOf(id) ?? "";
    // The same event's identity is asked about, which no campaign asks about twice.
    const isSame = isDeepStrictEqual(events.get(identity), event);
    if (grants.length === 0 || (isSame && same.covers(identity, grants, () => true))) continue;
    principals.push({ id, event, is_dealt_with: await dealt.covers(id, grants) });
  }
  return raise(principals, as_of);
}

/** Ids that one question to the state names. */
const CHUNK = 200;

/** What campaigns have done about principals because of what became of the people behind them. */
async function dealtWith(
  desk: DeskState,
  events: ReadonlyMap<string, PersonEvent>,
  asOf: Instant,
): Promise<Dealt> {
  const ids = [...events.keys()];
  const dealt = new Dealt(desk);
  for (const campaign of (await desk.ports.state.campaigns()).map(campaignOf)) {
    const removed = await removedOf(desk, campaign);
    for (let at = 0; at < ids.length; at += CHUNK) {
      for (const found of await itemsAbout(desk, campaign, ids.slice(at, at + CHUNK))) {
        const { item } = found;
        const event = events.get(item.principal.id);
        if (event === undefined) continue;
        const of = { event, campaign, asOf, isRemoved: removed.has(item.item_id) };
        if (isBeingReviewed(found, campaign, event) || isAnswer(found, of)) dealt.add(found);
      }
    }
  }
  return dealt;
}

/** Items that are being reviewed, or answer, and what they hold: nobody was asked about anything else of their grants. */
class Dealt {
  readonly #desk: DeskState;
  /** By principal and grant: digests of sets of secrets, and what may be done to them. */
  readonly #held = new Map<string, Map<Sha256, Set<GrantAction>>>();
  readonly #sets = new Map<Sha256, readonly string[]>();

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  /** Of what was revoked and reached more since, that counts as well: it has to go, too. */
  add({ item, widened }: Pick<CampaignItem, "item" | "widened">): void {
    const { actions, set_sha256 } = widened ?? { ...item, ...item.secrets };
    const key = keyOf(item.principal.id, item.grant_id);
    const held = this.#held.get(key) ?? new Map<Sha256, Set<GrantAction>>();
    this.#held.set(key, held);
    held.set(set_sha256, new Set([...(held.get(set_sha256) ?? []), ...actions]));
  }

  /** Whether items hold each action of each grant on all that it reaches now, be it together. E_INTEGRITY: see `secretsOf`. */
  async covers(principal: string, grants: readonly Grant[]): Promise<boolean> {
    for (const grant of grants) {
      const held = this.#held.get(keyOf(principal, grant.id)) ?? new Map<Sha256, Set<GrantAction>>();
      if (!(await this.#isWithin(grant, held))) return false;
    }
    return true;
  }

  async #isWithin(grant: Grant, held: ReadonlyMap<Sha256, ReadonlySet<GrantAction>>): Promise<boolean> {
    const asked = new Map<GrantAction, Set<string>>(grant.actions.map((action) => [action, new Set()]));
    for (const [set, actions] of held) {
      const members = await this.#members(set);
      for (const action of actions) for (const id of members) asked.get(action)?.add(id);
    }
    for (const id of grant.targets()) {
      if ([...asked.values()].some((ids) => !ids.has(id))) return false;
    }
    return true;
  }

  /** Each set is read once: many grants reach the same. */
  async #members(set: Sha256): Promise<readonly string[]> {
    const members = this.#sets.get(set) ?? (await this.#desk.secretsOf(set));
    this.#sets.set(set, members);
    return members;
  }
}

function keyOf(principal: string, grant: string): string {
  return `${principal}\n${grant}`;
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
