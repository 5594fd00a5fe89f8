import { CountersignError, type Instant } from "../../base/index.ts";
import type { StateDatabase } from "../../state/index.ts";
import { entry, keptEntry } from "../record/entries.ts";
import { campaignOf, revocationOf } from "../record/records.ts";
import { isStale, MAX_AGE_DAYS, MAX_TRIES, Outbox, retryAt } from "../remediation/outbox.ts";
import type { Wanted } from "../remediation/outbox.ts";
import { deliver, ticketNotice, type Notice, type WebhookTerms } from "../remediation/webhook.ts";
import { isDone } from "../remediation/revocations.ts";
import type { NoticeResult } from "../remediation/notice.ts";
import { refusal } from "../deciding/refusal.ts";
import type { Actor } from "../roles.ts";
import type { DeskState, WebhookPort } from "./ports.ts";
import { WAITING } from "./reading.ts";
import type { DeskTickets } from "./tickets.ts";

/** Notices after which it is written down what became of them: as many are sent again after a kill, under the same keys. */
const BATCH = 20;

/** Notices in a row that nobody answered, after which the rest waits for the next time. */
const MAX_SILENT = 3;

/** What became of the notices of one campaign. */
export interface NotifiedCampaign {
  readonly campaign_id: string;
  readonly results: readonly NoticeResult[];
}

export interface Notified {
  readonly campaigns: readonly NotifiedCampaign[];
  /** Not tried now: it failed not long ago, or nobody answers at all. */
  readonly waiting: number;
}

export interface NotifyTerms {
  /** Those that failed not long ago too. */
  readonly now?: boolean;
  /** Those that were given up, too. */
  readonly again?: boolean;
}

/** The outbox of each campaign, in order of ids. */
export async function* outboxes(state: StateDatabase): AsyncGenerator<Outbox> {
  for (const campaign of (await state.campaigns()).map(campaignOf)) {
    const outbox = new Outbox(campaign);
    for (let after = 0; ;) {
      const rows = await state.entries({ campaign_id: campaign.campaign_id, after });
      for (const row of rows) outbox.take(row.number, keptEntry(row));
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.number;
    }
    yield outbox;
  }
}

/** Sends what the journal asks to be sent, and writes down what became of it. */
export class DeskNotices {
  readonly #desk: DeskState;
  readonly #tickets: DeskTickets;

  constructor(desk: DeskState, tickets: DeskTickets) {
    this.#desk = desk;
    this.#tickets = tickets;
  }

  /** Whether there is anywhere to send to. */
  get configured(): boolean {
    return this.#desk.ports.webhook !== undefined;
  }

  /** What cannot be delivered is told, not thrown, and tried again the next time. E_FORBIDDEN, E_CONFIG, E_REFERENCE. */
  async notify(actor: Actor, { now = false, again = false }: NotifyTerms = {}): Promise<Notified> {
    this.#desk.require(actor, "run_campaign");
    const { webhook, state } = this.#desk.ports;
    if (webhook === undefined) {
      throw refusal(
        "a webhook to send notices to",
        "none",
        "Write review.webhook into countersign.yaml: docs/review.md shows how.",
        "E_CONFIG",
      );
    }
    const line = new Line(webhook);
    const campaigns: NotifiedCampaign[] = [];
    let waiting = 0;
    for await (const outbox of outboxes(state)) {
      const at = this.#desk.now();
      const all = [...(again ? outbox.givenUp() : []), ...outbox.outstanding()];
      const due = all.filter((wanted) => now || again || (retryAt(wanted) ?? at) <= at);
      const results = await this.#send(actor, outbox, due, line);
      waiting += all.length - results.length;
      if (results.length > 0) campaigns.push({ campaign_id: outbox.campaign.campaign_id, results });
    }
    return { campaigns, waiting };
  }

  async #send(actor: Actor, outbox: Outbox, due: readonly Wanted[], line: Line): Promise<NoticeResult[]> {
    const { campaign } = outbox;
    if (due.length === 0 || line.isDead()) return [];
    const make = await this.#maker(actor, outbox, due, line);
    const told: NoticeResult[] = [];
    for (let from = 0; from < due.length && !line.isDead(); from += BATCH) {
      const results: NoticeResult[] = [];
      for (const wanted of due.slice(from, from + BATCH)) {
        const made = await make(wanted);
        if (made === undefined) continue;
        const answer = "outcome" in made ? made : await line.send(made);
        if (answer === undefined) break;
        const result = settled(wanted, answer);
        outbox.settle(result, this.#desk.now());
        results.push(result);
      }
      if (results.length === 0) continue;
      const of = { campaign_id: campaign.campaign_id, by: actor.who, at: this.#desk.now() };
      await this.#desk.commit({ entries: [entry("notified", of, { results })] });
      told.push(...results);
    }
    return told;
  }

  /** Makes notices of what is wanted, or says why there is nothing to be sent; undefined: it waits for what becomes of another. */
  async #maker(actor: Actor, outbox: Outbox, due: readonly Wanted[], line: Line) {
    const { campaign_id, state } = outbox.campaign;
    const at = this.#desk.now();
    const link = line.linkOf(campaign_id);
    const waiting = await this.#waiting(campaign_id);
    const tickets = due.some(({ kind }) => kind === "ticket")
      ? await this.#open(actor, campaign_id)
      : undefined;
    return async (wanted: Wanted): Promise<Notice | NoticeResult | undefined> => {
      const { kind, key, reviewer = "", item_id = "", body } = wanted;
      const not = (outcome: NoticeResult["outcome"], why: string): NoticeResult => ({
        kind,
        key,
        outcome,
        why,
      });
      if (kind === "ticket") {
        if (tickets instanceof CountersignError) return not("failed", tickets.message);
        const ticket = tickets?.get(item_id);
        if (ticket !== undefined && ticket.key !== key) {
          // Nothing of it need be told only once that ticket was: it may be withdrawn before.
          const fate = outbox.fateOf(ticket);
          if (fate === "waiting") return undefined;
          if (fate === "delivered") return not("moot", `it stands in the ticket ${ticket.key}`);
          if (fate === "given_up") return not("given_up", `it stands in the ticket ${ticket.key}`);
        }
        if (ticket !== undefined) return { ...ticket, body: { ...ticket.body, ...link } };
        return (await this.#isRemoved(campaign_id, item_id))
          ? not("moot", "the access is gone")
          : not("failed", "the item of this revocation is not there");
      }
      if (state !== "in_review") return not("moot", `the campaign is ${state.replace("_", " ")}`);
      const asks = kind === "reminder" || kind === "escalation";
      if (asks && reviewer !== "" && !waiting.has(reviewer))
        return not("moot", "nothing waits for them any more");
      if (isStale(wanted, at)) {
        const why = `older than ${MAX_AGE_DAYS} days`;
        return not(wanted.tries > 0 ? "given_up" : "moot", why);
      }
      return { kind, key, body: { ...body, ...link } };
    };
  }

  async #waiting(campaign_id: string): Promise<Set<string>> {
    const counts = await this.#desk.ports.state.counts({ campaign_id, state: WAITING }, ["reviewer"]);
    return new Set(counts.flatMap(({ values: [reviewer] }) => reviewer ?? []));
  }

  async #open(actor: Actor, id: string): Promise<Map<string, Notice> | CountersignError> {
    try {
      const { tickets } = await this.#tickets.tickets(actor, id);
      // A ticket of several items goes out for the first, gone or not: its key is the ticket's.
      return new Map(
        tickets.flatMap((ticket) =>
          [ticket.item_id, ...ticket.item_ids].map((item) => [item, ticketNotice(ticket)] as const),
        ),
      );
    } catch (thrown) {
      if (thrown instanceof CountersignError && thrown.code !== "E_INTEGRITY") return thrown;
      throw thrown;
    }
  }

  async #isRemoved(campaign_id: string, item: string): Promise<boolean> {
    const rows = await this.#desk.ports.state.revocations(campaign_id);
    const row = rows.find(({ item_id }) => item_id === item);
    return row !== undefined && isDone(revocationOf(row));
  }
}

/** What is written down: a failure that is one too many is the end of it. */
function settled(wanted: Wanted, told: NoticeResult): NoticeResult {
  // The ticket of several items may have gone out under the key of another: it is of this notice that it is told.
  const result = { ...told, key: wanted.key };
  const isLast = result.outcome === "failed" && wanted.tries + 1 >= MAX_TRIES;
  return isLast ? { ...result, outcome: "given_up" } : result;
}

/** The way to the other side, until nobody answers on it. */
class Line {
  readonly #webhook: WebhookPort;
  #terms: Promise<WebhookTerms> | undefined;
  #silent = 0;
  #aborted = false;

  constructor(webhook: WebhookPort) {
    this.#webhook = webhook;
  }

  isDead(): boolean {
    return this.#aborted || this.#silent >= MAX_SILENT;
  }

  linkOf(campaign_id: string): { readonly link?: string } {
    const { public_url } = this.#webhook;
    return public_url === undefined
      ? {}
      : { link: `${public_url}/campaigns/${encodeURIComponent(campaign_id)}` };
  }

  /** Undefined where it was not tried. E_CONFIG, E_REFERENCE. */
  async send(notice: Notice): Promise<NoticeResult | undefined> {
    if (this.isDead()) return undefined;
    const terms = await (this.#terms ??= this.#webhook.terms());
    const [told] = await deliver([notice], terms);
    if (told === undefined) return undefined;
    const { kind, key, delivered, status, why } = told;
    if (!delivered && terms.signal?.aborted === true) {
      this.#aborted = true;
      return undefined;
    }
    this.#silent = status === undefined ? this.#silent + 1 : 0;
    return {
      kind,
      key,
      outcome: delivered ? "delivered" : "failed",
      ...(status === undefined ? {} : { status }),
      ...(why === undefined ? {} : { why }),
    };
  }
}

/** Notices that wait or were given up, for who asks whether all is well. */
export interface Undelivered {
  readonly waiting: number;
  readonly failed: number;
  readonly given_up: number;
  /** Since when the oldest of them should have gone. */
  readonly since?: Instant;
  /** Of the last that failed. */
  readonly why?: string;
}

/** What of campaigns that run could not be delivered. */
export async function undelivered(state: StateDatabase): Promise<Undelivered> {
  const open: Wanted[] = [];
  const lost: Wanted[] = [];
  for await (const outbox of outboxes(state)) {
    open.push(...outbox.outstanding());
    if (outbox.campaign.state !== "closed") lost.push(...outbox.givenUp());
  }
  const failed = open.filter(({ tries }) => tries > 0);
  const since = [...failed, ...lost].map((one) => one.since).sort()[0];
  const why = [...failed, ...lost].findLast((one) => one.why !== undefined)?.why;
  return {
    waiting: open.length - failed.length,
    failed: failed.length,
    given_up: lost.length,
    ...(since === undefined ? {} : { since }),
    ...(why === undefined ? {} : { why }),
  };
}
