import { CountersignError, canonicalJson, digestOf, sha256, type Instant } from "../../base/index.ts";
import type { StateDatabase } from "../../state/index.ts";
import { conclude, RULE } from "../deciding/decide.ts";
import { keptEntry, type EntryDocuments, type KeptEntry } from "./entries.ts";
import type { Campaign, CampaignItem, Decision, ReviewItem, Revocation } from "../model.ts";
import { decidedPart, revocationsDue } from "../remediation/revocations.ts";
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
    const told = new Told(campaign.campaign_id);
    for await (const entry of entriesOf(state, campaign.campaign_id)) await told.take(entry, kept);
    told.requireSignatures(campaign);
    for await (const row of state.everyItem({ campaign_id: campaign.campaign_id })) {
      const found = itemOf(row);
      told.requireItem(found, row.seen_sha256);
      items += 1;
      decisions += found.decisions.length;
    }
    told.requireTerms(campaign);
    const rows = (await state.revocations(campaign.campaign_id)).map(revocationOf);
    for (const revocation of rows) await told.requireRevocation(revocation, kept);
    told.requireAll(campaign, new Set(rows.map(({ item_id }) => item_id)));
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

/** What a revocation rests on, at the moment at which it became due. */
interface Due {
  readonly at: Instant;
  readonly decisions: readonly Decision[];
  /** Whether a rule revoked it, since nobody answered. */
  readonly ruled: boolean;
  /** Digest of the item as it was shown. */
  readonly seen: string | undefined;
}

interface Verdict {
  readonly state: string;
  readonly snapshot_id?: string;
  readonly snapshot_sha256?: string;
}

/** What a campaign's journal says of it, entry by entry. */
class Told {
  readonly #campaign: string;
  /** Digests of all items that were ever kept, with that of the part in which each is. */
  readonly #shown = new Map<string, string>();
  #made: EntryDocuments["campaign_created"] | undefined;
  readonly #decisions = new Map<string, Decision[]>();
  /** Items that a rule revoked, with the digest of each as it was then. */
  readonly #ruled = new Map<string, string>();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #due = new Map<string, Due>();
  readonly #tickets = new Map<string, Revocation["ticket"]>();
  readonly #signatures = new Set<string>();

  constructor(campaign: string) {
    this.#campaign = campaign;
  }

  async take(entry: KeptEntry, kept: CheckPorts["kept"]): Promise<void> {
    switch (entry.kind) {
      case "campaign_created":
        this.#made = entry.document;
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
          for (const { item_id, seen_sha256 } of entry.document.items) this.#ruled.set(item_id, seen_sha256);
        break;
      case "revocations_due":
        for (const { item_id } of entry.document.items) this.#takeDue(item_id, entry.at);
        break;
      case "revocations_withdrawn":
        for (const { item_id } of entry.document.items) {
          this.#verdicts.delete(item_id);
          this.#due.delete(item_id);
        }
        break;
      case "revocations_verified": {
        const { results, snapshot_id, snapshot_sha256 } = entry.document;
        for (const { item_id, state } of results)
          this.#verdicts.set(item_id, { state, snapshot_id, snapshot_sha256 });
        break;
      }
      case "ticket_noted": {
        const { item_id, reference } = entry.document;
        this.#tickets.set(item_id, { reference, by: entry.by, at: entry.at });
        break;
      }
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

  /** Terms and population are sealed when a campaign is made. */
  requireTerms({ campaign_id, terms, population, snapshot_id, snapshot_sha256 }: Campaign): void {
    const made = this.#made;
    const sealed = (of: Omit<EntryDocuments["campaign_created"], "parts">): string =>
      canonicalJson([of.terms, of.population, of.snapshot_id, of.snapshot_sha256]);
    const now = sealed({ terms, population, snapshot_id, snapshot_sha256 });
    if (made === undefined || sealed(made) !== now)
      throw broken(`the terms and the population of ${campaign_id} as in the journal`);
  }

  /** What is to be taken away, from whom and until when follows from the decisions; the verdict and the ticket are the journal's. */
  async requireRevocation(revocation: Revocation, kept: CheckPorts["kept"]): Promise<void> {
    const { campaign_id, item_id, state, checked, ticket } = revocation;
    const name = `the revocation of item ${item_id} of ${campaign_id}`;
    const verdict = this.#verdicts.get(item_id);
    if (verdict?.state !== state)
      throw broken(`${name} as in the journal, ${verdict?.state ?? "none"}`, state);
    if (verdict.snapshot_id !== checked?.snapshot_id || verdict.snapshot_sha256 !== checked?.snapshot_sha256)
      throw broken(`${name} as compared with snapshot ${verdict.snapshot_id ?? "none"}`);
    const noted = this.#tickets.get(item_id);
    if (canonicalJson(noted ?? {}) !== canonicalJson(ticket ?? {}))
      throw broken(`${name} with the ticket ${noted?.reference ?? "none"}`);
    const due = await this.#derived(item_id, kept);
    if (due === undefined || decidedPart(due) !== decidedPart(revocation))
      throw broken(`${name} as it was decided`);
  }

  /** No revocation is missing. */
  requireAll({ campaign_id }: Campaign, there: ReadonlySet<string>): void {
    for (const item_id of this.#due.keys()) {
      if (!there.has(item_id)) throw broken(`a revocation of item ${item_id} of ${campaign_id}`, "none");
    }
  }

  #takeDue(item_id: string, at: Instant): void {
    const ruled = this.#ruled.get(item_id);
    const decisions = this.#inForce(item_id);
    this.#verdicts.set(item_id, { state: "open" });
    this.#due.set(item_id, {
      at,
      decisions,
      ruled: ruled !== undefined,
      seen: ruled ?? decisions[0]?.seen_sha256,
    });
  }

  /** What became due, made again of the item as it was shown and the decisions that were in force. */
  async #derived(item_id: string, kept: CheckPorts["kept"]): Promise<Revocation | undefined> {
    const due = this.#due.get(item_id);
    const item = await this.#itemOf(due?.seen, kept);
    if (due === undefined || item === undefined || this.#made === undefined) return undefined;
    const outcome = due.ruled ? "revoke" : conclude(item, due.decisions).kind;
    const ruling = { kind: "revoke" } as Decision;
    const found = {
      ...({ state: "decided", item, outcome } as const),
      decisions: due.ruled ? [...due.decisions, ruling] : due.decisions,
    };
    const campaign = { campaign_id: this.#campaign, terms: this.#made.terms };
    return revocationsDue(campaign, [found], due.at)[0];
  }

  async #itemOf(seen: string | undefined, kept: CheckPorts["kept"]): Promise<ReviewItem | undefined> {
    const part = this.#shown.get(seen ?? "");
    if (part === undefined) return undefined;
    const line = linesOf(await kept(part)).find((one) => sha256(one) === seen);
    return line === undefined ? undefined : (JSON.parse(line) as ReviewItem);
  }

  #inForce(id: string): Decision[] {
    return this.#decisions.get(id) ?? [];
  }

  async #keep(parts: readonly string[], kept: CheckPorts["kept"]): Promise<void> {
    for (const part of parts)
      for (const line of linesOf(await kept(part))) this.#shown.set(sha256(line), part);
  }
}

function linesOf(part: Uint8Array): string[] {
  return Buffer.from(part)
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "");
}

function broken(expected: string, got = "another"): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${expected}, got ${got}`, {
    fix: "Somebody changed the database by hand, or decided meanwhile: run it again, then restore the database, `leaves/` and `cas/` from one backup.",
  });
}
