import type { CampaignRow, EntryRow, ItemFilter } from "../../state/index.ts";
import { counted } from "../../base/index.ts";
import { askedAs, maySee, notThere, type DeskState, type PlacedItem } from "./ports.ts";
import { askedManagement } from "../deciding/acknowledging.ts";
import { isOwnAccess } from "../deciding/assign.ts";
import { addressesOf, isAmong, isTheirs } from "../deciding/same-person.ts";
import { justificationNeed } from "../deciding/decide.ts";
import { entryText, itemHistory, itemsOfEntry, keptEntry } from "../record/entries.ts";
import { isManagement, isPastDue } from "../deciding/lifecycle.ts";
import {
  ITEM_STATES,
  REVOCATION_STATES,
  type Campaign,
  type CampaignItem,
  type ItemState,
  type Revocation,
} from "../model.ts";
import { campaignOf, itemOf, revocationOf } from "../record/records.ts";
import { refusal } from "../deciding/refusal.ts";
import { mayDo, type Actor } from "../roles.ts";
import { termsOf } from "../settings.ts";
import {
  MAX_ABOUT,
  type CampaignAct,
  type CampaignSummary,
  type CampaignTemplate,
  type CampaignView,
  type HistoryLine,
  type ItemPage,
  type ItemQuery,
  type ItemView,
  type JournalLine,
  type Page,
  type Paged,
  type Progress,
  type RevocationView,
} from "../views.ts";

/** Most rows of a page, whatever is asked for. */
const MAX_ROWS = 200;

/** Beginning of an item's id, shorter than all of it. */
const PREFIX = /^[0-9a-f]{6,31}$/;

/** Too little of one to look for. */
const TOO_SHORT = /^[0-9a-f]{0,5}$/;

/** Items of an ambiguous beginning that are named. */
const MAX_NAMED = 5;

/** What people see of campaigns and items. */
export class DeskReading {
  readonly #desk: DeskState;

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  async campaigns(actor: Actor): Promise<readonly CampaignSummary[]> {
    this.#desk.require(actor, "read_own");
    const rows = await this.#desk.ports.state.campaigns();
    const found = await Promise.all(rows.map(async (row) => await this.#summary(actor, row)));
    return found.filter(({ own, all }) => all !== undefined || own.total > 0).reverse();
  }

  async campaign(actor: Actor, id: string): Promise<CampaignView> {
    const campaign = await this.#visible(actor, id);
    const summary = await this.#summaryOf(actor, campaign);
    if (summary.all === undefined && summary.own.total === 0) throw notThere("campaign", id);
    const states = await this.#states(this.#scope(actor, id));
    const revocations = Object.fromEntries(REVOCATION_STATES.map((state) => [state, 0]));
    const seesAll = mayDo(actor, "read_all");
    for (const { state } of seesAll ? await this.#desk.ports.state.revocations(id) : []) {
      revocations[state] = (revocations[state] ?? 0) + 1;
    }
    const [unassigned] = await this.#desk.ports.state.counts(
      { campaign_id: id, without: ["reviewer"], state: WAITING },
      [],
    );
    const waiting = WAITING.reduce((all, state) => all + states[state], 0);
    const canEnd = campaign.state === "in_review" && (waiting === 0 || isPastDue(campaign, this.#desk.now()));
    const unsigned = seesAll && canEnd ? (await this.#desk.signOffs(id)).unsigned() : [];
    const { state, settings } = this.#desk.ports;
    const management = seesAll ? await askedManagement(state, settings, campaign) : [];
    const revoked = Object.values(revocations).some((count) => count > 0);
    return {
      campaign,
      summary,
      states,
      ...(management.length === 0 ? {} : { asked_management: management }),
      ...(unsigned.length === 0 ? {} : { unsigned }),
      unassigned: seesAll ? (unassigned?.count ?? 0) : 0,
      revocations: revocations as Record<Revocation["state"], number>,
      may: actsNow(actor, campaign, settings.management ?? [], revoked),
    };
  }

  templates(actor: Actor): Promise<readonly CampaignTemplate[]> {
    this.#desk.require(actor, "read_all");
    const { settings } = this.#desk.ports;
    const names = Object.keys(settings.campaigns ?? {}).sort();
    return Promise.resolve(
      names.flatMap((name) => {
        const terms = termsOf(settings, name);
        return terms === undefined ? [] : [{ name, title: terms.title }];
      }),
    );
  }

  async items(actor: Actor, id: string, query: ItemQuery): Promise<ItemPage> {
    const campaign = await this.#visible(actor, id);
    if (query.whose === "all") this.#desk.require(actor, "read_all");
    const { state } = this.#desk.ports;
    const whose: ItemFilter =
      query.whose === "all" ? { campaign_id: id } : { campaign_id: id, reviewer: askedAs(actor) };
    const filter: ItemFilter = { ...whose, ...narrowing(query) };
    const [[total], rows, values, signOff, summary] = await Promise.all([
      state.counts(filter, []),
      state.items(filter, {
        order: query.sort,
        offset: query.offset,
        limit: Math.min(MAX_ROWS, query.limit),
      }),
      state.counts(whose, ["store_id", "tier"]),
      this.#signOffNow(actor, campaign),
      this.#summaryOf(actor, campaign),
    ]);
    const distinct = (index: 0 | 1): string[] =>
      [...new Set(values.flatMap(({ values: one }) => one[index] ?? []))].sort();
    return {
      total: total?.count ?? 0,
      rows: rows.map(itemOf),
      campaign: summary,
      stores: distinct(0),
      tiers: distinct(1),
      sign_off: signOff,
      bulk_limit: campaign.terms.bulk_limit,
    };
  }

  async item(actor: Actor, id: string, itemId: string): Promise<ItemView> {
    const campaign = await this.#visible(actor, id);
    const [placed] = await this.#desk.items(actor, id, [itemId]);
    if (placed === undefined) throw notThere("item", itemId);
    const { found } = placed;
    if (askedAs(actor).includes(found.reviewer ?? "")) {
      await this.#desk.ports.state.web.shown(id, [itemId], actor.who, this.#desk.now());
    }
    const [history, beside] = await Promise.all([this.#history(id, itemId), this.#beside(actor, id, placed)]);
    return {
      item: found,
      campaign: {
        campaign_id: id,
        title: campaign.terms.title,
        state: campaign.state,
        ...(campaign.due_at === undefined ? {} : { due_at: campaign.due_at }),
      },
      history,
      may: mayNow(actor, campaign, found, await this.#isSigned(actor, id, found)),
      ...beside,
    };
  }

  /**
   * The id of an item by itself or by its beginning, of at least six digits, among those that the actor may see. E_NOT_FOUND,
   * E_AMBIGUOUS; E_INPUT of fewer digits.
   */
  async itemId(actor: Actor, id: string, named: string): Promise<string> {
    const prefix = named
      .trim()
      .toLowerCase()
      .replace(/(?:…|\.\.\.)$/, "");
    if (TOO_SHORT.test(prefix)) {
      throw refusal(
        "an item's id, or at least six digits of its beginning",
        prefix === "" ? "none" : `${counted(prefix.length, "digit")}: ${prefix}`,
        "Write more of its id.",
        "E_INPUT",
      );
    }
    if (!PREFIX.test(prefix)) return named;
    await this.#visible(actor, id);
    const found: string[] = [];
    for await (const row of this.#desk.ports.state.everyItem({ campaign_id: id })) {
      if (row.item_id.startsWith(prefix) && maySee(actor, itemOf(row))) found.push(row.item_id);
    }
    const [only] = found;
    if (only === undefined) throw notThere("item", `${prefix}… of ${id}`);
    if (found.length === 1) return only;
    const more = found.length > MAX_NAMED ? ` and ${found.length - MAX_NAMED} more` : "";
    throw refusal(
      `one item that begins with ${prefix}`,
      `${found.slice(0, MAX_NAMED).join(", ")}${more}`,
      "Write more of its id.",
      "E_AMBIGUOUS",
    );
  }

  async secrets(actor: Actor, id: string, itemId: string, { offset, limit }: Page): Promise<Paged<string>> {
    const [placed] = await this.#desk.items(actor, id, [itemId]);
    const set = placed?.found.item.secrets.set_sha256 ?? "";
    const found = await this.#desk.ports.state.targets(set, { offset, limit: Math.min(MAX_ROWS, limit) });
    return { total: found?.count ?? 0, rows: found?.members ?? [] };
  }

  async revocations(actor: Actor, id: string, { offset, limit }: Page): Promise<Paged<RevocationView>> {
    this.#desk.require(actor, "read_all");
    await this.#desk.campaign(id);
    const rows = await this.#desk.ports.state.revocations(id);
    const shown = rows.slice(offset, offset + Math.min(MAX_ROWS, limit)).map(revocationOf);
    const items = await this.#desk.items(actor, id, [...new Set(shown.map(({ item_id }) => item_id))]);
    const whose = new Map(items.map(({ found: { item } }) => [item.item_id, item.principal]));
    return {
      total: rows.length,
      rows: shown.map((revocation) => {
        const { name = revocation.principal_id, person } = whose.get(revocation.item_id) ?? {};
        const of = person === undefined ? {} : { person_name: person.name };
        return { revocation, principal_name: name, ...of };
      }),
    };
  }

  async journal(
    actor: Actor,
    id: string,
    { offset, limit, kind }: Page & { readonly kind?: string },
  ): Promise<Paged<JournalLine>> {
    this.#desk.require(actor, "read_all");
    await this.#desk.campaign(id);
    const { total, rows } = await this.#desk.ports.state.newestEntries({
      campaign_id: id,
      offset,
      limit: Math.min(MAX_ROWS, limit),
      ...(kind === undefined ? {} : { kind }),
    });
    const about = rows.map((row) => itemsOfEntry(keptEntry(row)));
    const named = about.flatMap((ids) => ids.slice(0, MAX_ABOUT));
    const items = await this.#desk.items(actor, id, [...new Set(named)]);
    const names = new Map(items.map(({ found: { item } }) => [item.item_id, item.principal.name]));
    return {
      total,
      rows: rows.map((row, at) => ({
        ...journalLine(row),
        about: (about[at] ?? [])
          .slice(0, MAX_ABOUT)
          .map((item_id) => ({ item_id, name: names.get(item_id) ?? item_id })),
        about_count: about[at]?.length ?? 0,
      })),
    };
  }

  async #visible(actor: Actor, id: string): Promise<Campaign> {
    this.#desk.require(actor, "read_own");
    return await this.#desk.campaign(id);
  }

  #scope(actor: Actor, id: string): ItemFilter {
    return mayDo(actor, "read_all") ? { campaign_id: id } : { campaign_id: id, reviewer: askedAs(actor) };
  }

  async #summary(actor: Actor, row: CampaignRow): Promise<CampaignSummary> {
    return await this.#summaryOf(actor, campaignOf(row));
  }

  async #summaryOf(actor: Actor, campaign: Campaign): Promise<CampaignSummary> {
    const { campaign_id, terms, state, as_of, due_at, signed_off } = campaign;
    const own = progressOf(await this.#states({ campaign_id, reviewer: askedAs(actor) }));
    const all = mayDo(actor, "read_all") ? progressOf(await this.#states({ campaign_id })) : undefined;
    const signed = signed_off.findLast(({ by }) => isTheirs(actor, by));
    return {
      campaign_id,
      title: terms.title,
      state,
      as_of,
      own,
      ...(due_at === undefined ? {} : { due_at }),
      ...(signed === undefined ? {} : { own_signed_off_at: signed.at }),
      ...(all === undefined ? {} : { all }),
    };
  }

  async #states(filter: ItemFilter): Promise<Record<ItemState, number>> {
    const states = Object.fromEntries(ITEM_STATES.map((state) => [state, 0])) as Record<ItemState, number>;
    for (const { values, count } of await this.#desk.ports.state.counts(filter, ["state"])) {
      const state = ITEM_STATES.find((one) => one === values[0]);
      if (state !== undefined) states[state] += count;
    }
    return states;
  }

  async #signOffNow(actor: Actor, campaign: Campaign): Promise<ItemPage["sign_off"]> {
    const signed = campaign.signed_off.findLast(({ by }) => isTheirs(actor, by));
    const of = { ...(signed === undefined ? {} : { signed_at: signed.at }) };
    if (!mayDo(actor, "sign_off_items")) return { may: false, ...of };
    if (campaign.state !== "in_review") return { may: false, why_not: "the review is not open", ...of };
    const { campaign_id } = campaign;
    const [waiting] = await this.#desk.ports.state.counts(
      { campaign_id, reviewer: addressesOf(actor), state: WAITING },
      [],
    );
    const left = waiting?.count ?? 0;
    return left > 0
      ? { may: false, why_not: `${counted(left, "item")} of yours still wait`, ...of }
      : { may: true, ...of };
  }

  /** Whether the actor's decision on an item, if it is the last, is signed off. */
  async #isSigned(actor: Actor, id: string, { item, decisions }: CampaignItem): Promise<boolean> {
    const last = decisions.at(-1);
    if (last === undefined || !isTheirs(actor, last.by)) return false;
    return (await this.#desk.signOffsOf(id, item.item_id)).isSigned(last);
  }

  async #history(id: string, itemId: string): Promise<HistoryLine[]> {
    const rows = await this.#desk.ports.state.entriesOfItem(id, itemId);
    const texts = itemHistory(rows.map(keptEntry), itemId);
    return rows.map((row, at) => ({
      number: row.number,
      at: row.at,
      by: row.by,
      what: texts[at] ?? "",
      sha256: row.document_sha256,
    }));
  }

  /** The items that wait for the same person, after and before this one. */
  async #beside(actor: Actor, id: string, { position, found }: PlacedItem) {
    const filter = { campaign_id: id, reviewer: askedAs(actor), state: WAITING };
    const { state } = this.#desk.ports;
    const here = { position, item_id: found.item.item_id };
    const [next, previous] = await Promise.all([
      state.items(filter, { after: here, limit: 1 }),
      state.items(filter, { before: here, limit: 1 }),
    ]);
    return {
      ...(next[0] === undefined ? {} : { next: next[0].item_id }),
      ...(previous[0] === undefined ? {} : { previous: previous[0].item_id }),
    };
  }
}

function journalLine(row: EntryRow): Omit<JournalLine, "about" | "about_count"> {
  const kept = keptEntry(row);
  return {
    number: row.number,
    at: row.at,
    by: row.by,
    kind: row.kind,
    what: entryText(kept),
    sha256: row.document_sha256,
    published: row.published,
    ...(kept.kind === "sampled" ? { sample: kept.document } : {}),
  };
}

/** States in which somebody is asked. */
export const WAITING: readonly ItemState[] = ["open", "second_reviewer", "security"];

function progressOf(states: Readonly<Record<ItemState, number>>): Progress {
  const total = Object.values(states).reduce((sum, count) => sum + count, 0);
  return { total, done: states.decided + states.gone };
}

function narrowing(query: ItemQuery): Omit<ItemFilter, "campaign_id"> {
  const one = (value: string | undefined): readonly string[] | undefined =>
    value === undefined ? undefined : [value];
  const values = {
    state:
      query.unassigned === true
        ? WAITING.filter((state) => query.state === undefined || state === query.state)
        : one(query.state),
    without: query.unassigned === true ? (["reviewer"] as const) : undefined,
    risk: one(query.risk),
    tier: one(query.tier),
    store_id: one(query.store),
    recommendation: one(query.recommendation),
    reviewer: query.whose === "all" ? one(query.reviewer) : undefined,
    privileged: query.privileged,
    text: query.search,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function mayNow(actor: Actor, campaign: Campaign, found: CampaignItem, signed: boolean): ItemView["may"] {
  const why: string[] = [];
  const open = campaign.state === "in_review";
  if (!open) why.push(`the campaign is ${campaign.state.replace("_", " ")}`);
  const own = isOwnAccess(found.item, actor);
  if (own) why.push("nobody decides on their own access");
  const waits = WAITING.includes(found.state);
  const asked = waits && askedAs(actor).includes(found.reviewer ?? "");
  const twice = isAmong(
    actor,
    found.decisions.map(({ by }) => by),
  );
  if (waits && twice) why.push("you have decided already, and somebody else must decide now");
  const last = found.decisions.at(-1);
  const mine = last !== undefined && isTheirs(actor, last.by) && !signed;
  const decide = open && asked && !own && !twice && mayDo(actor, "decide");
  const justify = decide ? justificationNeed(found.item, { kind: "certify" }) : undefined;
  return {
    decide,
    hand_on:
      open && waits && isTheirs(actor, found.reviewer) && found.delegations < campaign.terms.delegation_limit,
    reassign: waits && (open || campaign.state === "created") && mayDo(actor, "reassign"),
    undo: open && mine && mayDo(actor, "decide"),
    why_not: why,
    ...(justify === undefined ? {} : { justify }),
  };
}

function actsNow(
  actor: Actor,
  campaign: Campaign,
  management: readonly string[],
  revoked: boolean,
): CampaignAct[] {
  const acts: CampaignAct[] = [];
  if (mayDo(actor, "run_campaign")) {
    if (campaign.state === "created") acts.push("open");
    if (campaign.state === "in_review") acts.push("remind", "refresh", "end_review");
    // Revoked access is looked for until it is gone, also after the close.
    if (campaign.state === "closed" && revoked) acts.push("verify");
    if (campaign.state === "in_remediation") {
      acts.push("verify");
      if (campaign.sign_off === undefined) acts.push("sign_off");
      if (campaign.acknowledgement !== undefined) acts.push("close");
    }
  }
  const asked = campaign.sign_off !== undefined && campaign.acknowledgement === undefined;
  if (campaign.state === "in_remediation" && asked && isManagement(actor, management))
    acts.push("acknowledge");
  return acts;
}
