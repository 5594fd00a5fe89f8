import type { GrantModel } from "../../access/index.ts";
import { CountersignError, type Clock, type Instant, type Sha256 } from "../../base/index.ts";
import type { FactSet } from "../../facts/index.ts";
import {
  MAX_PAGE,
  type Commit,
  type EntryRow,
  type Given,
  type NewEntry,
  type StateDatabase,
} from "../../state/index.ts";
import type { Subject } from "../../subjects/index.ts";
import { addressesOf, isAmong, isTheirs } from "../deciding/same-person.ts";
import { Assignment, SECURITY, askedOfSecurity } from "../deciding/assignment.ts";
import type { AccessRequest, Campaign, CampaignItem } from "../model.ts";
import type { PeopleView } from "./people-view.ts";
import { keptEntry } from "../record/entries.ts";
import { SignOffs } from "../record/sign-offs.ts";
import { campaignOf, itemOf } from "../record/records.ts";
import { namingRows } from "../record/rows.ts";
import { setDigest } from "../population/population.ts";
import { forbidden, refusal } from "../deciding/refusal.ts";
import { ACTS, mayDo, type Act, type Actor } from "../roles.ts";
import type { ReviewSettings } from "../settings.ts";
import type { WebhookTerms } from "../remediation/webhook.ts";

/** What was seen of the stores, from one snapshot. */
export interface SeenAccess {
  readonly snapshot_id: string;
  readonly snapshot_sha256: Sha256;
  readonly as_of: Instant;
  readonly model: GrantModel;
  readonly facts: FactSet;
  /** As often as it is asked. */
  readonly subjects: () => Iterable<Subject>;
  readonly people: PeopleView;
  /** Requests that registers outside of the state know of. */
  readonly requests: readonly AccessRequest[];
}

/** What the desk works with; clock, files and snapshots enter here. */
export interface DeskPorts {
  readonly state: StateDatabase;
  readonly settings: ReviewSettings;
  readonly clock: Clock;
  /** The newest snapshot that read something. E_NOT_FOUND, E_UNSEEN. */
  readonly access: () => Promise<SeenAccess>;
  /** Of the newest snapshot; nobody where there is none. Asked at each decision: cheap. */
  readonly people: () => Promise<PeopleView>;
  /** Keeps bytes in the content-addressed store. */
  readonly keep: (bytes: Uint8Array) => Promise<Sha256>;
  /** Puts everything in the journal into the ledger; durable when it returns. */
  readonly publish: () => Promise<void>;
  /** Where notices go; absent: nobody is sent any. */
  readonly webhook?: WebhookPort;
}

export interface WebhookPort {
  /** Asked where there is something to send: the secret is read then. E_REFERENCE, E_CONFIG. */
  readonly terms: () => Promise<WebhookTerms>;
  /** Where people decide, without a slash at its end. */
  readonly public_url?: string;
}

/** Reading and committing that every part of the desk shares. */
export class DeskState {
  readonly ports: DeskPorts;

  constructor(ports: DeskPorts) {
    this.ports = ports;
  }

  async assignment(): Promise<Assignment> {
    return new Assignment(this.ports.settings, await this.ports.people());
  }

  /** An item after a decision, with whom it waits for. Rosters are read only where a second reviewer has to be found. */
  async next(found: CampaignItem, { terms }: Campaign): Promise<CampaignItem> {
    if (found.state !== "second_reviewer") return askedOfSecurity(found);
    return (await this.assignment()).second(found, terms.assign);
  }

  now(): Instant {
    return this.ports.clock.now().toISOString();
  }

  /** E_FORBIDDEN. */
  require(actor: Actor, act: Act): void {
    if (mayDo(actor, act)) return;
    throw forbidden(`one of the roles ${ACTS[act].join(", ")}`, actor.roles.join(", ") || "none", ROLE_FIX);
  }

  /** E_NOT_FOUND. */
  async campaign(id: string): Promise<Campaign> {
    const row = await this.ports.state.campaign(id);
    if (row === undefined) throw notThere("campaign", id);
    return campaignOf(row);
  }

  /** The items, with their places, in the order of the ids. E_NOT_FOUND for one that is not there, or not for this actor to see. */
  async items(actor: Actor, campaign: string, ids: readonly string[]): Promise<PlacedItem[]> {
    const rows = await this.ports.state.items({ campaign_id: campaign, item_ids: ids });
    const found = new Map(
      rows.map((row) => [row.item_id, { found: itemOf(row), position: row.position }] as const),
    );
    return ids.map((id) => {
      const one = found.get(id);
      if (one === undefined || !maySee(actor, one.found)) throw notThere("item", `${id} of ${campaign}`);
      return one;
    });
  }

  /**
   * Ids of a set of secrets, all of them, as their digest says. One that is gone or was cut would ask less of a verification: access that is
   * there would pass for gone. E_INTEGRITY.
   */
  async secretsOf(set_sha256: Sha256): Promise<readonly string[]> {
    const found = await this.ports.state.targets(set_sha256);
    if (found !== undefined && setDigest(found.members) === set_sha256) return found.members;
    throw refusal(
      `the set of secrets ${set_sha256}`,
      found === undefined ? "none" : "others",
      "Somebody changed the database: restore it with `leaves/` and `cas/` from one backup.",
      "E_INTEGRITY",
    );
  }

  /** The journal of a campaign, first to last. */
  async *entries(campaign_id: string): AsyncGenerator<EntryRow> {
    for (let after = 0; ;) {
      const page = await this.ports.state.entries({ campaign_id, after });
      yield* page;
      const last = page.at(-1);
      if (last === undefined || page.length < MAX_PAGE) return;
      after = last.number;
    }
  }

  /** Which decisions of a campaign are signed off; it reads the whole journal. */
  async signOffs(campaign_id: string): Promise<SignOffs> {
    const found = new SignOffs();
    for await (const row of this.entries(campaign_id)) found.take(keptEntry(row));
    return found;
  }

  /** The same of one item alone. */
  async signOffsOf(campaign_id: string, item_id: string): Promise<SignOffs> {
    const rows = new Map<number, EntryRow>();
    for (let after = 0; ;) {
      const page = await this.ports.state.entriesOfItem(campaign_id, item_id, after);
      for (const row of page) rows.set(row.number, row);
      const last = page.at(-1);
      if (last === undefined || page.length < MAX_PAGE) break;
      after = last.number;
    }
    for (let offset = 0; ;) {
      const page = await this.ports.state.newestEntries({ campaign_id, kind: "items_signed_off", offset });
      for (const row of page.rows) rows.set(row.number, row);
      offset += page.rows.length;
      if (page.rows.length === 0 || offset >= page.total) break;
    }
    const found = new SignOffs();
    for (const row of [...rows.values()].sort((a, b) => a.number - b.number)) found.take(keptEntry(row));
    return found;
  }

  /** What an act that changes items rests on: the campaign is still in the state in which it was read. It keeps no other act from its own. */
  standing({ campaign_id, state }: Pick<Campaign, "campaign_id" | "state">): Given {
    return { campaigns: [{ campaign_id, state }] };
  }

  /** Commits, its last entry naming the rows that it writes; returns once everything of it is in the ledger. E_CONFLICT. */
  async commit(commit: Commit & { readonly entries: readonly NewEntry[] }): Promise<void> {
    await this.ports.state.commit(await namingRows(commit, this.ports));
    await this.ports.publish();
  }
}

const ROLE_FIX =
  "Ask an administrator: `review.roles` of countersign.yaml, or the identity provider, gives roles.";

/** An item with its place in its campaign. */
export interface PlacedItem {
  readonly found: CampaignItem;
  readonly position: number;
}

/** Who an actor is, for whom is asked. */
export function askedAs(actor: Actor): string[] {
  return [...addressesOf(actor), ...(actor.roles.includes("security") ? [SECURITY] : [])];
}

/** A reviewer sees what is asked of them and what they decided; others see all or nothing. */
export function maySee(actor: Actor, { reviewer, decisions }: CampaignItem): boolean {
  if (mayDo(actor, "read_all")) return true;
  return (
    isTheirs(actor, reviewer) ||
    isAmong(
      actor,
      decisions.map(({ by }) => by),
    )
  );
}

/** Where whoever looks for something finds what there is, on the command line and on the pages. */
const LISTS = {
  campaign: "The list of campaigns says what there is for you: `countersign review list`.",
  person: "The list of people says who is known; a reviewer learns of those in their own items alone.",
  item: "The list of the campaign's items says what there is for you: `countersign review items <campaign>`.",
  request: "The list of requests says what there is for you: `countersign review requests list`.",
};

export function notThere(kind: keyof typeof LISTS, which: string): CountersignError {
  const article = kind === "item" ? "an" : "a";
  return new CountersignError("E_NOT_FOUND", `expected ${article} ${kind} ${which}, got none`, {
    fix: LISTS[kind],
  });
}
