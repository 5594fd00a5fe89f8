import { CountersignError } from "../../base/index.ts";
import type { ItemRow } from "../../state/index.ts";
import { refreshCampaign } from "./comparing.ts";
import { verifyRevocations } from "./verifying.ts";
import { makeCampaign } from "./making.ts";
import type { DeskState } from "./ports.ts";
import { WAITING } from "./reading.ts";
import { raiseCampaigns, type RaisedCampaigns } from "./raising.ts";
import { remind } from "./reminding.ts";
import { entry, type EntryDocuments } from "../record/entries.ts";
import {
  acknowledged,
  closed,
  isManagement,
  opened,
  resultSignedOff,
  reviewEnded,
} from "../deciding/lifecycle.ts";
import type { Campaign, CampaignItem } from "../model.ts";
import { campaignRow, itemOf, revocationOf, revocationRow } from "../record/records.ts";
import { forbidden, refusal } from "../deciding/refusal.ts";
import { revocationsDue } from "../remediation/revocations.ts";
import type { Unseen } from "./seen-worse.ts";
import { changedRevocations, OTHER_DECISION, revocationParts } from "./settling.ts";
import { actedBy, type Actor } from "../roles.ts";
import { sampleByIds, sampleByNonce, type Sample } from "../paper/sample.ts";
import { campaignId } from "../schedule.ts";
import { termsOf } from "../settings.ts";
import type { CampaignAct } from "../views.ts";

/** What who runs campaigns does with them. */
export class DeskRunning {
  readonly #desk: DeskState;

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  /** Makes a campaign of the newest snapshot and seals its population; id of the new one. E_NOT_FOUND, E_CONFLICT, E_LIMIT, E_REVIEW. */
  async start(actor: Actor, template: string): Promise<string> {
    this.#desk.require(actor, "run_campaign");
    const terms = termsOf(this.#desk.ports.settings, template);
    if (terms === undefined) {
      const known = Object.keys(this.#desk.ports.settings.campaigns ?? {}).sort();
      throw new CountersignError("E_NOT_FOUND", `expected a template of review.campaigns, got ${template}`, {
        fix:
          known.length === 0
            ? "Write one into countersign.yaml: docs/review.md shows how."
            : `There is ${known.join(", ")}.`,
      });
    }
    const at = this.#desk.now();
    const id = campaignId(template, at, terms.every);
    if ((await this.#desk.ports.state.campaign(id)) !== undefined) {
      throw refusal(
        "one campaign of a template in each period",
        `another ${id}`,
        "Go on with the one that is there.",
        "E_CONFLICT",
      );
    }
    return await makeCampaign(this.#desk, actor, await this.#desk.ports.access(), {
      campaign_id: id,
      terms,
      query: `countersign review start ${template}`,
    });
  }

  async act(actor: Actor, id: string, act: CampaignAct, version: number, statement = ""): Promise<void> {
    if (act !== "acknowledge") this.#desk.require(actor, "run_campaign");
    const campaign = await this.#desk.campaign(id);
    if (campaign.version !== version) {
      throw refusal(
        `version ${version} of ${id}`,
        `version ${campaign.version}`,
        "Look at it again.",
        "E_CONFLICT",
      );
    }
    await this.#acts[act](actor, campaign, statement.trim());
  }

  readonly #acts: Readonly<
    Record<CampaignAct, (actor: Actor, campaign: Campaign, statement: string) => Promise<void>>
  > = {
    open: async (actor, campaign) => {
      const next = opened(campaign, this.#desk.now());
      await this.#step(actor, next, "campaign_opened", { due_at: next.due_at ?? "" });
    },
    remind: async (actor, campaign) => {
      await remind(this.#desk, actor, campaign);
    },
    refresh: async (actor, campaign) => {
      await refreshCampaign(this.#desk, actor, campaign, await this.#desk.ports.access());
    },
    end_review: async (actor, campaign) => {
      await this.#end(actor, campaign);
    },
    verify: async (actor, campaign) => {
      await verifyRevocations(this.#desk, actor, campaign, await this.#desk.ports.access());
    },
    sign_off: async (actor, campaign, statement) => {
      const signOff = { ...actedBy(actor), at: this.#desk.now(), statement };
      await this.#step(actor, resultSignedOff(campaign, signOff), "result_signed_off", signOff);
    },
    acknowledge: async (actor, campaign, statement) => {
      if (!isManagement(actor, this.#desk.ports.settings.management ?? [])) {
        throw forbidden(
          "whom review.management names, or an administrator",
          actor.who,
          "Management acknowledges.",
        );
      }
      const signOff = { ...actedBy(actor), at: this.#desk.now(), statement };
      const next = acknowledged(campaign, signOff, await this.#deciders(campaign), actor);
      await this.#step(actor, next, "acknowledged", signOff);
    },
    close: async (actor, campaign) => {
      const rows = await this.#desk.ports.state.revocations(campaign.campaign_id);
      const counts = Object.groupBy(rows, ({ state }) => state);
      const revocations = Object.fromEntries(
        Object.entries(counts).map(([state, of]) => [state, of?.length ?? 0]),
      );
      await this.#step(actor, closed(campaign, this.#desk.now()), "campaign_closed", { revocations });
    },
  };

  /** Reviews of people who left or moved, at once; they are open when it returns. E_NOT_FOUND, E_UNSEEN. */
  async raise(actor: Actor): Promise<RaisedCampaigns> {
    this.#desk.require(actor, "run_campaign");
    const raised = await raiseCampaigns(this.#desk, actor);
    for (const { campaign_id } of raised.campaigns) await this.act(actor, campaign_id, "open", 1);
    return raised;
  }

  /** Compares with the newest snapshot as `refresh` does, unless that has gaps which `before` has not. E_UNSEEN. */
  async follow(actor: Actor, id: string, before: Unseen): Promise<EntryDocuments["items_refreshed"]> {
    this.#desk.require(actor, "run_campaign");
    const campaign = await this.#desk.campaign(id);
    return await refreshCampaign(this.#desk, actor, campaign, await this.#desk.ports.access(), before);
  }

  async noteTicket(
    actor: Actor,
    id: string,
    item: string,
    version: number,
    reference: string,
  ): Promise<void> {
    this.#desk.require(actor, "ticket");
    const { campaign_id, state } = await this.#desk.campaign(id);
    if (state === "closed")
      throw refusal("a campaign that is not closed", id, "Nothing of a closed campaign changes.");
    const rows = await this.#desk.ports.state.revocations(id);
    const row = rows.find(({ item_id }) => item_id === item);
    if (row === undefined)
      throw refusal("a revocation", item, "The campaign's page lists them.", "E_NOT_FOUND");
    const name = reference.trim();
    if (name === "" || name.length > 200)
      throw refusal("a reference of 1 to 200 characters", String(name.length), "Name the ticket.");
    const at = this.#desk.now();
    const next = {
      ...revocationOf(row),
      version: version + 1,
      ticket: { reference: name, by: actor.who, at },
    };
    await this.#desk.commit({
      entries: [
        entry("ticket_noted", { campaign_id, by: actor.who, at }, { item_id: item, reference: name }, [item]),
      ],
      revocations: [revocationRow(next)],
      given: this.#desk.standing({ campaign_id, state }),
    });
  }

  async sample(
    actor: Actor,
    id: string,
    by: { readonly nonce: string; readonly size: number } | { readonly ids: readonly string[] },
  ): Promise<Sample> {
    this.#desk.require(actor, "sample");
    const { population } = await this.#desk.campaign(id);
    const ids: string[] = [];
    for await (const row of this.#desk.ports.state.everyItem({ campaign_id: id })) {
      if (itemOf(row).joined_at === undefined) ids.push(row.item_id);
    }
    const sealed = { items_sha256: population.items_sha256, ids };
    const sample = "nonce" in by ? sampleByNonce(sealed, by.nonce, by.size) : sampleByIds(sealed, by.ids);
    await this.#desk.commit({
      entries: [entry("sampled", { campaign_id: id, by: actor.who, at: this.#desk.now() }, sample)],
    });
    return sample;
  }

  async #end(actor: Actor, campaign: Campaign): Promise<void> {
    const { campaign_id } = campaign;
    const at = this.#desk.now();
    const { state } = this.#desk.ports;
    const decided: CampaignItem[] = [];
    const outcomes: Record<string, number> = {};
    // Each item, also of those that only wait: who decides before this is committed keeps it from being so.
    const items: Pick<ItemRow, "campaign_id" | "item_id" | "version">[] = [];
    let undecided = 0;
    for await (const row of state.everyItem({ campaign_id })) {
      const { item_id, version } = row;
      items.push({ campaign_id, item_id, version });
      const found = itemOf(row);
      if (WAITING.includes(found.state)) undecided += 1;
      if (found.state !== "decided") continue;
      const outcome = found.outcome ?? "";
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      if (outcome !== "certify") decided.push(found);
    }
    const unsigned = (await this.#desk.signOffs(campaign_id)).unsigned();
    const next = reviewEnded(campaign, at, undecided, unsigned);
    const due = revocationsDue(next, decided, at);
    const of = { campaign_id, by: actor.who, at };
    const ended = {
      ...{ undecided, outcomes, remediation_due_at: next.remediation_due_at ?? at },
      ...(unsigned.length === 0 ? {} : { unsigned }),
    };
    const known = (await state.revocations(campaign_id)).map(revocationOf);
    const { entries, ...rows } = revocationParts(changedRevocations(known, due), of, OTHER_DECISION);
    await this.#desk.commit({
      entries: [entry("review_ended", of, ended), ...entries],
      campaigns: [campaignRow(next)],
      ...rows,
      given: { items },
    });
  }

  async #step<K extends keyof EntryDocuments>(
    actor: Actor,
    next: Campaign,
    kind: K,
    document: EntryDocuments[K],
  ): Promise<void> {
    const { campaign_id } = next;
    await this.#desk.commit({
      entries: [entry(kind, { campaign_id, by: actor.who, at: this.#desk.now() }, document)],
      campaigns: [campaignRow(next)],
    });
  }

  async #deciders({ campaign_id, signed_off }: Campaign): Promise<Set<string>> {
    const found = new Set(signed_off.map(({ by }) => by));
    // Also of what others never answered: a first decision without a second is one.
    for await (const row of this.#desk.ports.state.everyItem({ campaign_id })) {
      for (const { by } of itemOf(row).decisions) found.add(by);
    }
    return found;
  }
}
