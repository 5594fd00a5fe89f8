import { canonicalJson, digestOf, sha256 } from "../../base/index.ts";
import type { EntryRow, StateDatabase } from "../../state/index.ts";
import { RULE } from "../deciding/decide.ts";
import { answered } from "../deciding/requests.ts";
import type { AccessRequest, Campaign, CampaignItem, Decision, Revocation } from "../model.ts";
import { requireAsDecided, revocationsDue } from "../remediation/revocations.ts";
import { broken } from "./broken.ts";
import { itemsAbout, keptEntry, type KeptEntry } from "./entries.ts";
import { NamedRows, fieldsApart } from "./named-rows.ts";
import { campaignOf, itemOf, requestOf, revocationOf } from "./records.ts";
import { textKept } from "./rows.ts";

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
  readonly requests: number;
  /** Rows of what an older program made, which no entry names: of these decisions and signatures alone are known to agree. By campaign; of requests under "". */
  readonly unheld: Readonly<Record<string, number>>;
}

/**
 * Holds the tables that people work on against the journal, which is append-only and in the ledger. Every row that entries name is there
 * as the last of them names it, and no other; sets of secrets are what their digests say; and each item is as it was kept when it was
 * shown, has the decisions that the journal has in force, and each signature and verdict is one of the journal's; once a
 * review ended, what takes access away has its revocation. E_INTEGRITY. All of it is of one instant: people may decide meanwhile. That the journal is the ledger's says `Journal.verify`.
 */
export async function checkState({ state, kept }: CheckPorts): Promise<StateCheck> {
  return await state.snapshot(async (frozen) => {
    const ports = { state: frozen, kept };
    const unheld: Record<string, number> = {};
    let [campaigns, items, decisions] = [0, 0, 0];
    for (const id of await frozen.campaignIds()) {
      const of = await checkCampaign(ports, id);
      campaigns += 1;
      items += of.items;
      decisions += of.decisions;
      if (of.unheld > 0) unheld[id] = of.unheld;
    }
    await checkTargetSets(frozen);
    const requests = await checkRequests(ports);
    if (requests.unheld > 0) unheld[""] = requests.unheld;
    return { campaigns, items, decisions, requests: requests.count, unheld };
  });
}

async function checkCampaign({ state, kept }: CheckPorts, campaign_id: string) {
  const told = new Told();
  const named = new NamedRows();
  for await (const { row, entry } of entriesOf(state, { campaign_id })) {
    await named.take(entry, row, kept);
    await told.take(entry, kept);
  }
  const row = await state.campaign(campaign_id);
  if (row === undefined) throw broken(`campaign ${campaign_id}, of which there are entries or items`, "none");
  named.require({ table: "campaign", row }, () => told.apart(campaignOf(row)));
  const campaign = campaignOf(row);
  // Whoever acts on a row that somebody changed names it as it is then: what entries say of it is held against it as well.
  const apart = told.apart(campaign);
  if (apart !== undefined) throw broken(`campaign ${campaign_id} as in the journal`, apart);
  const sets = new Map<string, string>();
  const due = new Set<string>();
  const revocations = await state.revocations(campaign_id);
  const revoked = new Map<string, CampaignItem | undefined>(
    revocations.map(({ item_id }) => [item_id, undefined]),
  );
  let [items, decisions] = [0, 0];
  for await (const one of state.everyItem({ campaign_id })) {
    named.require({ table: "item", row: one }, () => told.itemTrouble(itemOf(one), one.seen_sha256));
    const found = itemOf(one);
    const trouble = told.itemTrouble(found, one.seen_sha256);
    if (trouble !== undefined)
      throw broken(`item ${one.item_id} of ${campaign_id} as in the journal`, trouble);
    sets.set(found.item.secrets.set_sha256, `item ${one.item_id} of ${campaign_id}`);
    if (revoked.has(one.item_id)) revoked.set(one.item_id, found);
    if (told.isEnded() && revocationsDue(campaign, [found], campaign.as_of).length > 0) due.add(one.item_id);
    items += 1;
    decisions += found.decisions.length;
  }
  for (const one of revocations) {
    named.require({ table: "revocation", row: one }, () => told.verdictTrouble(revocationOf(one)));
    const found = revocationOf(one);
    const trouble = told.verdictTrouble(found);
    if (trouble !== undefined)
      throw broken(`revocation ${one.item_id} of ${campaign_id} as in the journal`, trouble);
    const item = revoked.get(one.item_id);
    if (item !== undefined) requireAsDecided(campaign, item, found);
    sets.set(found.set_sha256, `revocation ${one.item_id} of ${campaign_id}`);
    due.delete(one.item_id);
  }
  named.requireAll();
  // That an entry withdrew it is no reason: once the review ended, no decision is taken back.
  for (const id of due)
    throw broken(`revocation ${id} of ${campaign_id}, which its decisions ask for`, "none");
  const known = await state.knownTargetSets(sets.keys());
  for (const [set, of] of sets)
    if (!known.has(set)) throw broken(`the set of secrets ${set} of ${of}`, "none");
  return { items, decisions, unheld: named.unheld };
}

async function checkRequests({ state, kept }: CheckPorts) {
  const named = new NamedRows();
  const told = new Map<string, AccessRequest>();
  for await (const { row, entry } of entriesOf(state, { ofNone: true })) {
    await named.take(entry, row, kept);
    takeRequest(told, entry);
  }
  let count = 0;
  for (let after = ""; ;) {
    const rows = await state.requests({ after });
    for (const row of rows) {
      named.require({ table: "access_request", row }, () => undefined);
      const due = told.get(row.request_id);
      if (due !== undefined && canonicalJson(due) !== canonicalJson(requestOf(row)))
        throw broken(`access request ${row.request_id} as it was made and answered`);
    }
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.request_id;
  }
  named.requireAll();
  return { count, unheld: named.unheld };
}

/** What entries say of requests, by id. */
function takeRequest(told: Map<string, AccessRequest>, entry: KeptEntry): void {
  if (entry.kind === "request_made") told.set(entry.document.request_id, entry.document);
  if (entry.kind !== "request_answered") return;
  const { request_id, as, approval } = entry.document;
  const known = told.get(request_id);
  if (known !== undefined) told.set(request_id, answered(known, as, approval));
}

async function checkTargetSets(state: StateDatabase): Promise<void> {
  for await (const { set_sha256, count, members } of state.everyTargetSet()) {
    if (sha256(members) === set_sha256 && members.split("\n").length - 1 === count) continue;
    throw broken(`the set of secrets ${set_sha256} as its digest says`);
  }
}

/** Entries that are held at once, and the items that they are about: each may name thousands. */
const ENTRIES = 100;

/** In order, each found by the items that it is about and by no others. E_INTEGRITY. */
async function* entriesOf(
  state: StateDatabase,
  of: { readonly campaign_id: string } | { readonly ofNone: true },
): AsyncGenerator<{ readonly row: EntryRow; readonly entry: KeptEntry }> {
  for (let after = 0; ;) {
    const rows = await state.entries({ ...of, after, limit: ENTRIES });
    const found = await state.itemsOfEntries(rows.map(({ number }) => number));
    const byEntry = Map.groupBy(found, ({ number }) => number);
    for (const row of rows) {
      const entry = keptEntry(row);
      const about = itemsAbout(entry);
      const by = byEntry.get(row.number) ?? [];
      const isOther = ({ campaign_id, item_id }: (typeof by)[number]) =>
        campaign_id !== row.campaign_id || !about.has(item_id);
      if (by.length !== about.size || by.some(isOther))
        throw broken(`entry ${row.number} to be found by the items that it is about`, "others");
      yield { row, entry };
    }
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
  /** What entries say of the campaign itself. */
  #campaign: Partial<Campaign> = {};

  async take(entry: KeptEntry, kept: CheckPorts["kept"]): Promise<void> {
    switch (entry.kind) {
      case "campaign_created": {
        const { terms, snapshot_id, snapshot_sha256, population, parts } = entry.document;
        const made = {
          created_at: entry.at,
          created_by: entry.by,
          state: "created",
          signed_off: [],
        } as const;
        this.#campaign = { terms, snapshot_id, snapshot_sha256, population, ...made };
        await this.#keep(parts, kept);
        break;
      }
      case "campaign_opened":
        this.#campaign = { ...this.#campaign, due_at: entry.document.due_at, state: "in_review" };
        break;
      case "review_ended": {
        const { remediation_due_at } = entry.document;
        this.#campaign = { ...this.#campaign, remediation_due_at, state: "in_remediation" };
        break;
      }
      case "campaign_closed":
        this.#campaign = { ...this.#campaign, state: "closed" };
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
        for (const { item_id, state = "open" } of entry.document.items) this.#verdicts.set(item_id, state);
        break;
      case "revocations_withdrawn":
        for (const { item_id } of entry.document.items) this.#verdicts.delete(item_id);
        break;
      case "revocations_verified":
        for (const { item_id, state } of entry.document.results) this.#verdicts.set(item_id, state);
        break;
      case "items_signed_off": {
        const { signed_off = [] } = this.#campaign;
        this.#campaign = { ...this.#campaign, signed_off: [...signed_off, entry.document] };
        break;
      }
      case "result_signed_off":
        this.#campaign = { ...this.#campaign, sign_off: entry.document };
        break;
      case "acknowledged":
        this.#campaign = { ...this.#campaign, acknowledgement: entry.document };
        break;
      default:
    }
  }

  /** What of a campaign is not as entries say, in words. */
  apart(campaign: Campaign): string | undefined {
    // Signatures that nobody gave are there without an entry.
    const due = { sign_off: undefined, acknowledgement: undefined, ...this.#campaign };
    const fields = fieldsApart(due, campaign);
    return fields.length === 0 ? undefined : `another ${fields.join(", ")}`;
  }

  /** Whether the review ended: what has to go because of decisions is due since then. */
  isEnded(): boolean {
    return this.#campaign.state === "in_remediation" || this.#campaign.state === "closed";
  }

  itemTrouble({ item, seen_sha256, decisions }: CampaignItem, indexed: string): string | undefined {
    if (digestOf(item) !== seen_sha256 || indexed !== seen_sha256 || !this.#shown.has(seen_sha256))
      return "another than was kept";
    const byPeople = decisions.filter(({ by }) => by !== RULE);
    if (canonicalJson(byPeople) !== canonicalJson(this.#inForce(item.item_id))) return "other decisions";
    if (byPeople.length < decisions.length && !this.#ruled.has(item.item_id)) return "a decision of the rule";
    return undefined;
  }

  verdictTrouble({ item_id, state }: Revocation): string | undefined {
    const due = this.#verdicts.get(item_id) ?? "none";
    return due === state ? undefined : `${state} instead of ${due}`;
  }

  #inForce(id: string): Decision[] {
    return this.#decisions.get(id) ?? [];
  }

  async #keep(parts: readonly string[], kept: CheckPorts["kept"]): Promise<void> {
    for (const part of parts)
      for (const line of (await textKept(part, kept)).split("\n"))
        if (line !== "") this.#shown.add(sha256(line));
  }
}
