import { CountersignError, canonicalJson, digestOf, sha256 } from "../../base/index.ts";
import type { StateDatabase } from "../../state/index.ts";
import { RULE } from "../deciding/decide.ts";
import { keptEntry, type KeptEntry } from "./entries.ts";
import type { Campaign, CampaignItem, Decision } from "../model.ts";
import { campaignOf, itemOf, revocationOf } from "./records.ts";

export interface CheckPorts {
  readonly state: StateDatabase;
  /** What was kept under a digest. E_NOT_FOUND, E_INTEGRITY, E_DISK. */
  readonly kept: (digest: string) => Promise<Uint8Array>;
}

/** What was compared and agrees. */
export interface StateCheck {
  readonly campaigns: number;
  readonly items: number;
  readonly decisions: number;
}

/**
 * Holds the tables that people work on against the journal, which is append-only and in the ledger: each item is as it was kept when it was
 * shown, has the decisions that the journal has in force, and each signature and verdict is one of the journal's. E_INTEGRITY. Run it
 * while nobody decides: an act in between is told as a difference.
 */
export async function checkState({ state, kept }: CheckPorts): Promise<StateCheck> {
  let items = 0;
  let decisions = 0;
  const campaigns = (await state.campaigns()).map(campaignOf);
  for (const campaign of campaigns) {
    const told = new Told();
    for await (const entry of entriesOf(state, campaign.campaign_id)) await told.take(entry, kept);
    told.requireSignatures(campaign);
    for await (const row of state.everyItem({ campaign_id: campaign.campaign_id })) {
      const found = itemOf(row);
      told.requireItem(found, row.seen_sha256);
      items += 1;
      decisions += found.decisions.length;
    }
    for (const row of await state.revocations(campaign.campaign_id)) {
      const { item_id, state: now } = revocationOf(row);
      told.requireVerdict(campaign, item_id, now);
    }
  }
  return { campaigns: campaigns.length, items, decisions };
}

async function* entriesOf(state: StateDatabase, campaign_id: string): AsyncGenerator<KeptEntry> {
  for (let after = 0; ;) {
    const rows = await state.entries({ campaign_id, after });
    yield* rows.map(keptEntry);
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.number;
  }
}

/** What a campaign's journal says of it, entry by entry. */
class Told {
  /** Digests of all items that were ever kept. */
  readonly #shown = new Set<string>();
  readonly #decisions = new Map<string, Decision[]>();
  /** Items that a rule revoked. */
  readonly #ruled = new Set<string>();
  readonly #verdicts = new Map<string, string>();
  readonly #signatures = new Set<string>();

  async take(entry: KeptEntry, kept: CheckPorts["kept"]): Promise<void> {
    switch (entry.kind) {
      case "campaign_created":
        await this.#keep(entry.document.parts, kept);
        break;
      case "items_refreshed": {
        const { parts, joined, changed } = entry.document;
        await this.#keep(parts, kept);
        for (const id of [...joined, ...changed]) {
          this.#decisions.delete(id);
          this.#ruled.delete(id);
        }
        break;
      }
      case "decided":
        for (const decision of entry.document.decisions) {
          this.#decisions.set(decision.item_id, [...this.#inForce(decision.item_id), decision]);
        }
        break;
      case "undone":
        this.#decisions.set(entry.document.item_id, this.#inForce(entry.document.item_id).slice(0, -1));
        break;
      case "unanswered":
        if (entry.document.rule === "revoke")
          for (const { item_id } of entry.document.items) this.#ruled.add(item_id);
        break;
      case "revocations_due":
        for (const { item_id } of entry.document.items) this.#verdicts.set(item_id, "open");
        break;
      case "revocations_verified":
        for (const { item_id, state } of entry.document.results) this.#verdicts.set(item_id, state);
        break;
      case "items_signed_off":
      case "result_signed_off":
      case "acknowledged":
        this.#signatures.add(canonicalJson(entry.document));
        break;
      default:
    }
  }

  requireSignatures({ campaign_id, signed_off, sign_off, acknowledgement }: Campaign): void {
    for (const signature of [...signed_off, sign_off, acknowledgement]) {
      if (signature === undefined || this.#signatures.has(canonicalJson(signature))) continue;
      throw broken(`the signature of ${signature.by} under ${campaign_id} as in the journal`);
    }
  }

  requireItem({ item, seen_sha256, decisions }: CampaignItem, indexed: string): void {
    const { item_id } = item;
    if (digestOf(item) !== seen_sha256 || indexed !== seen_sha256 || !this.#shown.has(seen_sha256))
      throw broken(`item ${item_id} as it was kept`);
    const byPeople = decisions.filter(({ by }) => by !== RULE);
    if (canonicalJson(byPeople) !== canonicalJson(this.#inForce(item_id)))
      throw broken(`the decisions on item ${item_id} as in the journal`);
    if (byPeople.length < decisions.length && !this.#ruled.has(item_id))
      throw broken(`item ${item_id} without a decision of the rule, as in the journal`);
  }

  requireVerdict({ campaign_id }: Campaign, item_id: string, state: string): void {
    if (this.#verdicts.get(item_id) === state) return;
    throw broken(
      `the revocation of item ${item_id} of ${campaign_id} as in the journal, ${this.#verdicts.get(item_id) ?? "none"}`,
      state,
    );
  }

  #inForce(id: string): Decision[] {
    return this.#decisions.get(id) ?? [];
  }

  async #keep(parts: readonly string[], kept: CheckPorts["kept"]): Promise<void> {
    for (const part of parts) {
      const text = Buffer.from(await kept(part)).toString("utf8");
      for (const line of text.split("\n")) if (line !== "") this.#shown.add(sha256(line));
    }
  }
}

function broken(expected: string, got = "another"): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${expected}, got ${got}`, {
    fix: "Somebody changed the database by hand, or decided meanwhile: run it again, then restore the database, `leaves/` and `cas/` from one backup.",
  });
}
