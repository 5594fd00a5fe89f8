import type { CountersignError } from "../../base/index.ts";
import { ChangeAdvisor } from "../remediation/changes.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import type { DeskReading } from "./reading.ts";
import type { Campaign, Revocation } from "../model.ts";
import { revocationOf } from "../record/records.ts";
import { demandsOfRevocation, requireAsDecided } from "../remediation/revocations.ts";
import { refusal } from "../deciding/refusal.ts";
import type { Actor } from "../roles.ts";
import type { Page, RevocationPage, RevocationView } from "../views.ts";
import { ticketOf, type RevocationTicket } from "../remediation/tickets.ts";

/** What somebody has to do because of a campaign's decisions. */
export interface Tickets {
  /** The snapshot that the changes are proposed on. */
  readonly snapshot_id: string;
  /** Of revocations of which access is not known to be gone, in order of items. */
  readonly tickets: readonly RevocationTicket[];
}

/** States in which nothing is left to be done. */
const DONE: readonly Revocation["state"][] = ["removed"];

export class DeskTickets {
  readonly #desk: DeskState;
  readonly #reading: DeskReading;
  /** Made once of a snapshot: it looks at all of it. */
  readonly #advisors = new WeakMap<SeenAccess, ChangeAdvisor>();

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
    const rows: RevocationView[] = [];
    const campaign = await this.#desk.campaign(id);
    for (const row of list.rows) {
      const advised = await this.#changes(actor, campaign, row.revocation, seen);
      rows.push(advised === undefined ? row : { ...row, changes: advised.changes });
    }
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
    const tickets: RevocationTicket[] = [];
    for (const row of await this.#desk.ports.state.revocations(id)) {
      const revocation = revocationOf(row);
      const advised = await this.#changes(actor, campaign, revocation, seen);
      if (advised === undefined) continue;
      const { item, decisions, secrets, changes } = advised;
      tickets.push(ticketOf({ item, decisions, outcome: revocation.kind, revocation, secrets, changes }));
    }
    return { snapshot_id: seen.snapshot_id, tickets };
  }

  /** Undefined of what is gone. E_INTEGRITY where the row asks something else than was decided. */
  async #changes(actor: Actor, campaign: Campaign, revocation: Revocation, seen: SeenAccess) {
    if (DONE.includes(revocation.state)) return undefined;
    const [placed] = await this.#desk.items(actor, campaign.campaign_id, [revocation.item_id]);
    if (placed === undefined) return undefined;
    requireAsDecided(campaign, placed.found, revocation);
    const { item, decisions } = placed.found;
    const members = await this.#desk.secretsOf(revocation.set_sha256);
    const demands = demandsOfRevocation(revocation, item.actions, members);
    const advisor = this.#advisors.get(seen) ?? new ChangeAdvisor(seen);
    this.#advisors.set(seen, advisor);
    const changes = advisor.changesFor(item, demands);
    return { item, decisions, changes, secrets: [...new Set(demands.flatMap(({ targets }) => targets))] };
  }
}
