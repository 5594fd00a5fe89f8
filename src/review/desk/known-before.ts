import { compareStrings, type Instant, type Sha256 } from "../../base/index.ts";
import type { ItemFilter } from "../../state/index.ts";
import { conclude } from "../deciding/decide.ts";
import { daysAfter } from "../deciding/lifecycle.ts";
import { DECISION_KINDS, type Campaign, type CampaignItem, type CampaignTerms } from "../model.ts";
import { isByOwner, isSamePart, type Previous, type PreviousItem } from "../population/since-last.ts";
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
  for (const { campaign_id, terms } of whole) {
    for (const narrowed of about(scope.principals)) await memory.read(terms, { campaign_id, ...narrowed });
  }
  const revoked = new Set<string>();
  const partedOtherwise = { manager: new Set<string>(), owner: new Set<string>() };
  for (const { campaign_id, terms } of others) {
    const otherwise = partedOtherwise[terms.assign === "owner" ? "manager" : "owner"];
    for (const narrowed of about(scope.principals)) {
      for await (const row of desk.ports.state.everyItem({ campaign_id, outcome: ["revoke"], ...narrowed })) {
        revoked.add(row.item_id);
        otherwise.add(row.principal_id);
      }
    }
  }
  for (const { campaign_id, terms } of others) {
    for (const item_ids of chunks([...revoked])) await memory.read(terms, { campaign_id, item_ids });
  }
  // Where the same access has other items, whoever decided on it later did so under other ids.
  for (const { campaign_id, terms } of others) {
    for (const principal_id of chunks([...partedOtherwise[terms.assign]]))
      await memory.readDecided(terms, { campaign_id, principal_id }, revoked);
  }
  return {
    previous: (grantId) => memory.items.get(grantId) ?? [],
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

/** Items as they pass by; of one part the one on which somebody decided last, or else the first that was read; and earlier decisions on other secrets of it. */
class Memory {
  /** By grant, as {@link Previous} gives them. */
  readonly items = new Map<string, PreviousItem[]>();
  readonly observed = new Map<string, Instant>();
  readonly #desk: DeskState;
  readonly #sets = new Map<Sha256, readonly string[]>();

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  async read(terms: Terms, filter: ItemFilter): Promise<void> {
    for await (const row of this.#desk.ports.state.everyItem(filter)) await this.#add(terms, itemOf(row));
  }

  /** What people decided on grants that are known, but on these items. */
  async readDecided(terms: Terms, filter: ItemFilter, but: ReadonlySet<string>): Promise<void> {
    const decided = { ...filter, outcome: DECISION_KINDS };
    for await (const row of this.#desk.ports.state.everyItem(decided)) {
      if (but.has(row.item_id)) continue;
      const found = itemOf(row);
      if (this.items.has(found.item.grant_id)) await this.#add(terms, found);
    }
  }

  async #add(terms: Terms, found: CampaignItem): Promise<void> {
    const { item, state } = found;
    const { grant_id, item_id } = item;
    const since = this.observed.get(grant_id);
    if (since === undefined || item.observed_from < since) this.observed.set(grant_id, item.observed_from);
    if (state === "gone") return;
    const part = { item_id, by_owner: isByOwner(terms, item.principal) };
    const others = this.items.get(grant_id) ?? [];
    const known = others.find((one) => isSamePart(one, part) && one.superseded !== true);
    const last = lastReview(found);
    const isOlder = known !== undefined && (last.last_review?.at ?? "") <= (known.last_review?.at ?? "");
    const { actions, set_sha256 } = found.widened ?? { ...item, ...item.secrets };
    if (isOlder && (last.last_review === undefined || known.set_sha256 === set_sha256)) return;
    const members = this.#sets.get(set_sha256) ?? (await this.#desk.secretsOf(set_sha256));
    this.#sets.set(set_sha256, members);
    const { certainty } = item;
    const made = { ...{ ...part, actions, certainty, set_sha256, targets: () => members }, ...last };
    const kept = others.flatMap((one): PreviousItem[] => {
      if (one !== known || isOlder) return [one];
      const isTold = one.last_review !== undefined && one.set_sha256 !== set_sha256;
      return isTold ? [{ ...one, superseded: true }] : [];
    });
    this.items.set(grant_id, [...kept, isOlder ? { ...made, superseded: true } : made]);
  }
}

/** The conclusion, once it is there; what nobody answered and a rule let be is none. */
function lastReview({ campaign_id, outcome, decisions, item }: CampaignItem): Reviewed {
  const final = decisions.at(-1);
  if (final === undefined || outcome === undefined || outcome === "kept") return {};
  const { by, at } = final;
  const { until, keep_actions, revoke_secrets } = conclude(item, decisions);
  return {
    last_review: { campaign_id, decision: outcome, by, at, ...(until === undefined ? {} : { until }) },
    ...(outcome === "reduce" ? { reduced: { keep_actions, revoke_secrets } } : {}),
  };
}

type Terms = Pick<CampaignTerms, "assign">;

type Reviewed = Pick<PreviousItem, "last_review" | "reduced">;
