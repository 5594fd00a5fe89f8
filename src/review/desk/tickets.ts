import { sortedBy, type CountersignError, type Instant } from "../../base/index.ts";
import { conclude } from "../deciding/decide.ts";
import { refusal } from "../deciding/refusal.ts";
import type { Campaign, CampaignItem, Revocation } from "../model.ts";
import { entry, keptEntry } from "../record/entries.ts";
import { itemOf, revocationOf, revocationRow } from "../record/records.ts";
import { ChangeAdvisor } from "../remediation/changes.ts";
import { keptOf } from "../remediation/kept.ts";
import type { Ask, ConcreteChange, Kept } from "../remediation/proposal.ts";
import { demandsOfRevocation, isDone, requireAsDecided } from "../remediation/revocations.ts";
import type { Standing } from "../remediation/standing.ts";
import {
  DueTimes,
  ticketKeys,
  ticketOf,
  type RevocationTicket,
  type TicketPart,
} from "../remediation/tickets.ts";
import type { Actor } from "../roles.ts";
import type { Page, RevocationPage } from "../views.ts";
import { standingOf } from "./verifying.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import type { DeskReading } from "./reading.ts";

/** What somebody has to do because of a campaign's decisions. */
export interface Tickets {
  /** The snapshot that the changes are proposed on. */
  readonly snapshot_id: string;
  /** Of revocations of which access is not known to be gone, in order of their first items. */
  readonly tickets: readonly RevocationTicket[];
}

/** A revocation that is not done, with what is asked because of it. */
interface Open {
  readonly revocation: Revocation;
  readonly part: TicketPart;
  readonly asks: readonly Ask[];
}

/** Campaigns whose tickets are held: a page of revocations asks for a few of all that were worked out together. */
const MAX_HELD = 4;

/** Tickets of one snapshot and one state of the campaign's journal. */
interface Held {
  readonly seen: SeenAccess;
  readonly entries: number;
  readonly at: Instant;
  readonly tickets: Promise<readonly RevocationTicket[]>;
}

export class DeskTickets {
  readonly #desk: DeskState;
  readonly #reading: DeskReading;
  readonly #held = new Map<string, Held>();

  constructor(desk: DeskState, reading: DeskReading) {
    this.#desk = desk;
    this.#reading = reading;
  }

  /** A part of the revocations, with what to change where the newest snapshot can be read. E_FORBIDDEN, E_NOT_FOUND, E_INTEGRITY. */
  async revocations(actor: Actor, id: string, page: Page): Promise<RevocationPage> {
    const list = await this.#reading.revocations(actor, id, page);
    let seen: SeenAccess;
    try {
      seen = await this.#desk.ports.access();
    } catch (thrown) {
      const { code, message } = thrown as Partial<CountersignError>;
      if (code !== "E_NOT_FOUND" && code !== "E_UNSEEN") throw thrown;
      return { ...list, proposed: { why_not: message ?? code } };
    }
    const tickets =
      list.rows.length === 0 ? [] : await this.#known(actor, await this.#desk.campaign(id), seen);
    const changesOf = new Map(
      tickets.flatMap(({ item_ids, changes }) => item_ids.map((item) => [item, changes] as const)),
    );
    const rows = list.rows.map((row) => {
      const changes = changesOf.get(row.revocation.item_id);
      return changes === undefined ? row : { ...row, changes };
    });
    return { ...list, rows, proposed: { snapshot_id: seen.snapshot_id } };
  }

  /** Changes are proposed on the newest snapshot: what it does not show any more needs none. E_NOT_FOUND, E_UNSEEN. */
  async tickets(actor: Actor, id: string): Promise<Tickets> {
    this.#desk.require(actor, "ticket");
    const campaign = await this.#desk.campaign(id);
    if (campaign.state === "created") {
      throw refusal("a campaign with decisions", `${id}, which nobody opened`, "Open it first.");
    }
    const seen = await this.#desk.ports.access();
    return { snapshot_id: seen.snapshot_id, tickets: await this.#planned(actor, campaign, seen) };
  }

  /** The same until the snapshot, the journal or the day is another: what ends later is told apart by the clock. */
  async #known(actor: Actor, campaign: Campaign, seen: SeenAccess): Promise<readonly RevocationTicket[]> {
    const { campaign_id } = campaign;
    const { total: entries } = await this.#desk.ports.state.newestEntries({ campaign_id, limit: 0 });
    const at = this.#desk.now().slice(0, 10);
    const held = this.#held.get(campaign_id);
    if (held?.seen === seen && held.entries === entries && held.at === at) return await held.tickets;
    const tickets = this.#planned(actor, campaign, seen);
    this.#held.delete(campaign_id);
    this.#held.set(campaign_id, { seen, entries, at, tickets });
    const [oldest] = this.#held.keys();
    if (this.#held.size > MAX_HELD && oldest !== undefined) this.#held.delete(oldest);
    tickets.catch(() => this.#held.delete(campaign_id));
    return await tickets;
  }

  async #planned(actor: Actor, campaign: Campaign, seen: SeenAccess): Promise<readonly RevocationTicket[]> {
    const { campaign_id: id } = campaign;
    const rows = (await this.#desk.ports.state.revocations(id)).map(revocationOf);
    const keys = await this.#keys(id, rows);
    const open: Open[] = [];
    const left = rows.filter((one) => !isDone(one));
    // Nothing came since what was decided on where the snapshot is that of the campaign.
    const standing = await standingOf(this.#desk, campaign, seen.as_of > campaign.as_of ? left : [], seen);
    for (const revocation of left)
      open.push(...(await this.#opened(actor, campaign, revocation, standing.get(revocation.item_id))));
    const changes = await this.#changes(id, seen, open, keys);
    const tickets = [...Map.groupBy(open, ({ revocation }) => keys.get(revocation.item_id) ?? "")].map(
      ([key, of]) => ticketOf({ key, parts: of.map(({ part }) => part), changes: changes(key, of) }),
    );
    // What ends later stands last.
    return sortedBy(tickets, ({ from_at }) => from_at);
  }

  /**
   * Notes on each revocation of which no reference is kept the key of the ticket that it stands in, unless the campaign is closed. How
   * many were noted. E_FORBIDDEN, E_CONFLICT.
   */
  async note(actor: Actor, id: string, tickets: readonly RevocationTicket[]): Promise<number> {
    const { state } = await this.#desk.campaign(id);
    if (state === "closed") return 0;
    const keys = new Map(
      tickets.flatMap(({ key, item_ids }) => item_ids.map((item) => [item, key] as const)),
    );
    return await this.#noted(actor, id, ({ item_id, ticket }) =>
      ticket === undefined ? keys.get(item_id) : undefined,
    );
  }

  /** Notes the other system's key on all revocations of the ticket in which an item stands. How many. E_NOT_FOUND. */
  async noteReference(actor: Actor, id: string, item: string, reference: string): Promise<number> {
    const keys = await this.#keys(id, (await this.#desk.ports.state.revocations(id)).map(revocationOf));
    const asked = keys.get(item) ?? [...keys.values()].find((key) => key === item);
    if (asked === undefined)
      throw refusal(
        "a revocation",
        item,
        "`review tickets` and the campaign's page list them.",
        "E_NOT_FOUND",
      );
    const name = reference.trim();
    if (name === "" || name.length > 200)
      throw refusal("a reference of 1 to 200 characters", String(name.length), "Name the ticket.");
    return await this.#noted(actor, id, ({ item_id }) => (keys.get(item_id) === asked ? name : undefined));
  }

  /** The ticket of each revocation; it reads the whole journal. */
  async #keys(campaign_id: string, rows: readonly Revocation[]): Promise<ReadonlyMap<string, string>> {
    const times = new DueTimes();
    for await (const row of this.#desk.entries(campaign_id))
      if (row.kind === "revocations_due") times.take(row.number, keptEntry(row));
    return ticketKeys(rows, times);
  }

  async #noted(
    actor: Actor,
    id: string,
    referenceOf: (revocation: Revocation) => string | undefined,
  ): Promise<number> {
    this.#desk.require(actor, "ticket");
    const { campaign_id, state } = await this.#desk.campaign(id);
    if (state === "closed")
      throw refusal("a campaign that is not closed", id, "Nothing of a closed campaign changes.");
    const at = this.#desk.now();
    const found = (await this.#desk.ports.state.revocations(id)).map(revocationOf).flatMap((revocation) => {
      const reference = referenceOf(revocation);
      return reference === undefined || reference === revocation.ticket?.reference
        ? []
        : [{ revocation, reference }];
    });
    if (found.length === 0) return 0;
    await this.#desk.commit({
      entries: found.map(({ revocation: { item_id }, reference }) =>
        entry("ticket_noted", { campaign_id, by: actor.who, at }, { item_id, reference }, [item_id]),
      ),
      revocations: found.map(({ revocation, reference }) =>
        revocationRow({
          ...revocation,
          version: revocation.version + 1,
          ticket: { reference, by: actor.who, at },
        }),
      ),
      given: this.#desk.standing({ campaign_id, state }),
    });
    return found.length;
  }

  /** E_INTEGRITY where the row asks something else than was decided. */
  async #opened(
    actor: Actor,
    campaign: Campaign,
    revocation: Revocation,
    standing: readonly Standing[] = [],
  ): Promise<Open[]> {
    const [placed] = await this.#desk.items(actor, campaign.campaign_id, [revocation.item_id]);
    if (placed === undefined) return [];
    requireAsDecided(campaign, placed.found, revocation);
    const { item, decisions } = placed.found;
    const members = await this.#desk.secretsOf(revocation.set_sha256);
    const demands = demandsOfRevocation(revocation, item.actions, members);
    const { kind, from_at, ends_at } = revocation;
    const later = laterThan(this.#desk.now(), from_at);
    const asks: Ask[] = [
      { item, demands, ...(later ? { from_at } : {}), whole: kind !== "reduce", standing },
      ...(ends_at === undefined
        ? []
        : [
            {
              item,
              demands: [{ actions: item.actions, targets: members, kept_actions: [] }],
              from_at: ends_at,
            },
          ]),
    ];
    const secrets = [...new Set([...demands, ...standing].flatMap(({ targets }) => targets))];
    return [{ revocation, asks, part: { item, decisions, outcome: kind, revocation, secrets } }];
  }

  /** Changes of a ticket, worked out over all that is open and all that stays. */
  async #changes(
    id: string,
    { model, facts, people }: SeenAccess,
    open: readonly Open[],
    keys: ReadonlyMap<string, string>,
  ): Promise<(key: string, of: readonly Open[]) => ConcreteChange[]> {
    const advisor = new ChangeAdvisor({ model, facts, personOf: people.personOf });
    const planned = advisor.plan(
      open.flatMap(({ asks }) => asks),
      await this.#kept(id),
    );
    return (key, of) => {
      const all = of.flatMap(({ asks }) => asks.flatMap((ask) => planned.get(ask) ?? []));
      return [...new Map(all.map((change) => [change.key, change])).values()].map((change) => {
        const others = new Set(change.item_ids.map((item) => keys.get(item) ?? ""));
        others.delete(key);
        return others.size === 0 ? change : { ...change, also_for: [...others].sort() };
      });
    };
  }

  /** What the campaign lets stay, be it certified, kept until an end, or not decided on. */
  async #kept(id: string): Promise<Kept[]> {
    const sets = new Map<string, ReadonlySet<string>>();
    const kept: Kept[] = [];
    for await (const row of this.#desk.ports.state.everyItem({ campaign_id: id })) {
      const found: CampaignItem = itemOf(row);
      if (found.state === "gone" || found.outcome === "revoke") continue;
      const { set_sha256 } = found.item.secrets;
      const members = sets.get(set_sha256) ?? new Set(await this.#desk.secretsOf(set_sha256));
      sets.set(set_sha256, members);
      const concluded =
        found.state === "decided" && found.outcome !== "kept"
          ? conclude(found.item, found.decisions)
          : undefined;
      kept.push(...keptOf(found, concluded, members));
    }
    return kept;
  }
}

function laterThan(now: Instant, at: Instant): boolean {
  return Date.parse(at) > Date.parse(now);
}
