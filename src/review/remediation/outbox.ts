import { sha256, sortedBy, type Instant } from "../../base/index.ts";
import { daysAfter } from "../deciding/lifecycle.ts";
import type { Campaign } from "../model.ts";
import type { KeptEntry } from "../record/entries.ts";
import { isEventTemplate } from "../settings.ts";
import { DueTimes } from "./tickets.ts";
import type { NoticeKind, NoticeResult } from "./notice.ts";
import { idempotencyKey } from "./webhook.ts";

/** Failures of one notice after which it is given up: some three days, by {@link retryAt}. */
export const MAX_TRIES = 12;

/** Days after which a notice that waits for an answer says nothing any more. Tickets wait until the access is gone. */
export const MAX_AGE_DAYS = 7;

const FIRST_RETRY_MS = 600_000;
const MAX_RETRY_MS = 43_200_000;

/** A notice that the journal asks for. */
export interface Wanted {
  readonly kind: NoticeKind;
  readonly key: string;
  /** When the journal's entry was made that asks for it. */
  readonly since: Instant;
  /** Of tickets it is made when they are sent: changes are proposed on the newest snapshot. */
  readonly body: object;
  /** Whom it is about, of a reminder or an escalation; absent where nobody could be found. */
  readonly reviewer?: string;
  /** Of a ticket. */
  readonly item_id?: string;
  /** Times that it could not be delivered, and when the last was. */
  readonly tries: number;
  readonly last_try_at?: Instant;
  /** Of the last try. */
  readonly why?: string;
}

/** When a notice is tried again by itself: ten minutes after its first failure, then twice as long each time, at most half a day. */
export function retryAt({ tries, last_try_at }: Pick<Wanted, "last_try_at" | "tries">): Instant | undefined {
  if (last_try_at === undefined || tries === 0) return undefined;
  const wait = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (tries - 1));
  return new Date(Date.parse(last_try_at) + wait).toISOString();
}

/** Whether what it tells is too old to be told. */
export function isStale({ kind, since }: Wanted, now: Instant): boolean {
  return kind !== "ticket" && daysAfter(since, MAX_AGE_DAYS) < now;
}

/**
 * The journal of one campaign as an outbox: what its entries ask to be sent, less what an entry `notified` says of it. Pure: the same
 * entries give the same notices with the same keys, so that a process that was killed before it could write what it delivered sends it
 * again under the key that the other side knows.
 */
export class Outbox {
  readonly campaign: Campaign;
  readonly #wanted = new Map<string, Wanted>();
  readonly #givenUp = new Map<string, Wanted>();
  readonly #delivered = new Set<string>();
  readonly #times = new DueTimes();

  constructor(campaign: Campaign) {
    this.campaign = campaign;
  }

  /** Entries come in order of their numbers. */
  take(number: number, entry: KeptEntry): void {
    this.#times.take(number, entry);
    switch (entry.kind) {
      case "campaign_opened":
        this.#raised(entry.at, entry.document.due_at);
        break;
      case "reminded": {
        const { reviewers, due_at } = entry.document;
        // A later reminder says all that an earlier one would.
        for (const known of [this.#wanted, this.#givenUp])
          for (const [id, { kind }] of known) if (kind === "reminder") known.delete(id);
        for (const [reviewer, items] of Object.entries(reviewers))
          this.#asking("reminder", number, entry.at, reviewer, { items, due_at });
        break;
      }
      case "escalated":
        for (const [to, items] of Map.groupBy(entry.document.items, (item) => item.to)) {
          const due_at = this.campaign.due_at === undefined ? {} : { due_at: this.campaign.due_at };
          this.#asking("escalation", number, entry.at, to, { items: items.length, ...due_at });
        }
        break;
      case "revocations_due":
        // The first of a ticket's items names it: its notice goes before those of the others.
        for (const { item_id, wider } of sortedBy(entry.document.items, (item) => item.item_id)) {
          // Its ticket stands: what is not sent yet is written when it is.
          if (wider === true) continue;
          const key = this.#times.key(this.campaign.campaign_id, item_id);
          this.#want({ kind: "ticket", key, since: entry.at, body: {}, item_id, tries: 0 });
        }
        break;
      case "revocations_withdrawn":
        for (const { item_id } of entry.document.items)
          for (const known of [this.#wanted, this.#givenUp])
            for (const [id, one] of known) if (one.item_id === item_id) known.delete(id);
        break;
      case "notified":
        for (const result of entry.document.results) this.settle(result, entry.at);
        break;
      default:
    }
  }

  /** What is neither delivered nor given up, in the order in which it was asked for. */
  outstanding(): readonly Wanted[] {
    return [...this.#wanted.values()];
  }

  givenUp(): readonly Wanted[] {
    return [...this.#givenUp.values()];
  }

  /** What became of the notice under a key; undefined of one that nothing asks for, or that was moot. */
  fateOf(wanted: Pick<Wanted, "key" | "kind">): "delivered" | "given_up" | "waiting" | undefined {
    const id = idempotencyKey(wanted);
    if (this.#delivered.has(id)) return "delivered";
    if (this.#givenUp.has(id)) return "given_up";
    return this.#wanted.has(id) ? "waiting" : undefined;
  }

  #raised(since: Instant, due_at: Instant): void {
    const { campaign_id, terms } = this.campaign;
    if (!isEventTemplate(terms.template)) return;
    const { principals = [] } = terms.scope;
    const kind = terms.template === "leavers" ? "leaver" : "mover";
    this.#want({
      kind,
      key: campaign_id,
      since,
      body: { ...this.#told(), principals, due_at },
      tries: 0,
    });
  }

  #asking(kind: "escalation" | "reminder", number: number, since: Instant, to: string, body: object): void {
    // Keys stand in headers, where addresses do not belong.
    const key = `${this.campaign.campaign_id}/${number}/${sha256(to).slice(0, 16)}`;
    const reviewer = to === "" ? {} : { reviewer: to };
    this.#want({
      kind,
      key,
      since,
      body: { ...this.#told(), ...reviewer, ...body, at: since },
      ...reviewer,
      tries: 0,
    });
  }

  #told(): object {
    const { campaign_id, terms } = this.campaign;
    return { campaign_id, title: terms.title };
  }

  #want(wanted: Wanted): void {
    this.#wanted.set(idempotencyKey(wanted), wanted);
  }

  /** Takes what became of a notice, as an entry `notified` will say it or does. */
  settle({ kind, key, outcome, why }: NoticeResult, at: Instant): void {
    const id = idempotencyKey({ kind, key });
    const found = this.#wanted.get(id) ?? this.#givenUp.get(id);
    if (found === undefined) return;
    const tried = {
      ...found,
      tries: found.tries + 1,
      last_try_at: at,
      ...(why === undefined ? {} : { why }),
    };
    this.#givenUp.delete(id);
    if (outcome === "failed") {
      this.#wanted.set(id, tried);
      return;
    }
    this.#wanted.delete(id);
    if (outcome === "delivered") this.#delivered.add(id);
    if (outcome === "given_up") this.#givenUp.set(id, tried);
  }
}
