import { compareStrings, type Instant, type Sha256 } from "../../base/index.ts";
import type { ItemFilter } from "../../state/index.ts";
import { daysAfter } from "../deciding/lifecycle.ts";
import type { Campaign, CampaignItem, CampaignTerms } from "../model.ts";
import type { Previous, PreviousItem } from "../population/since-last.ts";
import { campaignOf, itemOf } from "../record/records.ts";
import type { DeskState } from "./ports.ts";

/** Campaigns that are older are not looked at: as long as the source `review` tells of them. */
const LOOK_BACK_DAYS = 800;

/** Ids that one question to the state names. */
const CHUNK = 200;

/** What campaigns before said of each item, and since when each grant is known. */
export interface KnownBefore {
  readonly previous: Previous;
  readonly observed: ReadonlyMap<string, Instant>;
  /** Whether one of them was about the same as these terms: what it does not know is new. */
  readonly succeeds: boolean;
}

/**
 * What campaigns before say of the items of these terms: the newest decision on each, in whichever campaign. Read whole are the
 * newest campaign of each template and those about some principals; of the others what they revoked, and what became of that since:
 * access that comes back after a year is found, and not all items of all times are read. Undefined where there is none. `but`: not this one.
 */
export async function knownBefore(
  desk: DeskState,
  { template, scope }: Pick<CampaignTerms, "scope" | "template">,
  but?: string,
): Promise<KnownBefore | undefined> {
  const since = daysAfter(desk.now(), -LOOK_BACK_DAYS);
  const campaigns = (await desk.ports.state.campaigns())
    .map(campaignOf)
    .filter(({ campaign_id, created_at }) => campaign_id !== but && created_at >= since)
    .sort((a, b) => compareStrings(b.created_at, a.created_at));
  if (campaigns.length === 0) return undefined;
  const isNewest = (one: Campaign): boolean =>
    campaigns.find(({ terms }) => terms.template === one.terms.template) === one;
  const [whole, others] = [true, false].map((is) =>
    campaigns.filter((one) => (isNewest(one) || one.terms.scope.principals !== undefined) === is),
  ) as [Campaign[], Campaign[]];
  const memory = new Memory(desk);
  for (const { campaign_id } of whole) {
    for (const narrowed of about(scope.principals)) await memory.read({ campaign_id, ...narrowed });
  }
  const revoked = new Set<string>();
  for (const { campaign_id } of others) {
    for (const narrowed of about(scope.principals)) {
      for await (const row of desk.ports.state.everyItem({ campaign_id, outcome: ["revoke"], ...narrowed }))
        revoked.add(row.item_id);
    }
  }
  for (const { campaign_id } of others) {
    for (const item_ids of chunks([...revoked])) await memory.read({ campaign_id, item_ids });
  }
  return {
    previous: (itemId) => memory.items.get(itemId),
    observed: memory.observed,
    // What was raised about some principals has no campaign before it that was about the same ones.
    succeeds: scope.principals === undefined && whole.some(({ terms }) => terms.template === template),
  };
}

function about(principals: readonly string[] | undefined): Pick<ItemFilter, "principal_id">[] {
  return principals === undefined ? [{}] : chunks(principals).map((principal_id) => ({ principal_id }));
}

function chunks<T>(all: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(all.length / CHUNK) }, (_, at) =>
    all.slice(at * CHUNK, (at + 1) * CHUNK),
  );
}

/** Items as they pass by; those on which somebody decided last stay, or else those that were read first. */
class Memory {
  readonly items = new Map<string, PreviousItem>();
  readonly observed = new Map<string, Instant>();
  readonly #desk: DeskState;
  readonly #sets = new Map<Sha256, readonly string[]>();

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  async read(filter: ItemFilter): Promise<void> {
    for await (const row of this.#desk.ports.state.everyItem(filter)) await this.#add(itemOf(row));
  }

  async #add(found: CampaignItem): Promise<void> {
    const { item, state } = found;
    const since = this.observed.get(item.grant_id);
    if (since === undefined || item.observed_from < since)
      this.observed.set(item.grant_id, item.observed_from);
    if (state === "gone") return;
    const known = this.items.get(item.item_id);
    const last = lastReview(found);
    if (known !== undefined && (last?.at ?? "") <= (known.last_review?.at ?? "")) return;
    const { set_sha256 } = item.secrets;
    const members = this.#sets.get(set_sha256) ?? (await this.#desk.secretsOf(set_sha256));
    this.#sets.set(set_sha256, members);
    const { actions, certainty } = item;
    this.items.set(item.item_id, {
      ...{ actions, certainty, set_sha256, targets: () => members },
      ...(last === undefined ? {} : { last_review: last }),
    });
  }
}

/** The conclusion, once it is there; what nobody answered and a rule let be is none. */
function lastReview({ campaign_id, outcome, decisions }: CampaignItem): PreviousItem["last_review"] {
  const final = decisions.at(-1);
  if (final === undefined || outcome === undefined || outcome === "kept") return undefined;
  const { by, at, until } = final;
  return { campaign_id, decision: outcome, by, at, ...(until === undefined ? {} : { until }) };
}
