import { ChangeAdvisor } from "../remediation/changes.ts";
import type { DeskState } from "./ports.ts";
import type { Revocation } from "../model.ts";
import { revocationOf } from "../record/records.ts";
import { demandsOfRevocation, requireAsDecided } from "../remediation/revocations.ts";
import { refusal } from "../deciding/refusal.ts";
import type { Actor } from "../roles.ts";
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

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  /** Changes are proposed on the newest snapshot: what it does not show any more needs none. E_NOT_FOUND, E_UNSEEN. */
  async tickets(actor: Actor, id: string): Promise<Tickets> {
    this.#desk.require(actor, "ticket");
    const campaign = await this.#desk.campaign(id);
    if (campaign.state === "created") {
      throw refusal("a campaign with decisions", `${id}, which nobody opened`, "Open it first.");
    }
    const seen = await this.#desk.ports.access();
    const advisor = new ChangeAdvisor(seen);
    const tickets: RevocationTicket[] = [];
    for (const row of await this.#desk.ports.state.revocations(id)) {
      const revocation = revocationOf(row);
      if (DONE.includes(revocation.state)) continue;
      const [placed] = await this.#desk.items(actor, id, [revocation.item_id]);
      if (placed === undefined) continue;
      requireAsDecided(campaign, placed.found, revocation);
      const { item, decisions } = placed.found;
      const members = await this.#desk.secretsOf(revocation.set_sha256);
      const demands = demandsOfRevocation(revocation, item.actions, members);
      const changes = advisor.changesFor(item, demands);
      const secrets = [...new Set(demands.flatMap(({ targets }) => targets))];
      tickets.push(ticketOf({ item, decisions, outcome: revocation.kind, revocation, secrets, changes }));
    }
    return { snapshot_id: seen.snapshot_id, tickets };
  }
}
