import { digestOf } from "../../base/index.ts";
import { isOwnAccess } from "../deciding/assign.ts";
import { addressesOf, isAmong, isTheirs } from "../deciding/same-person.ts";
import {
  aloneBecause,
  decide,
  isReason,
  undo,
  MAX_JUSTIFICATION,
  MIN_JUSTIFICATION,
} from "../deciding/decide.ts";
import { SECURITY, type Whom } from "../deciding/assignment.ts";
import { askedAs, type DeskState, type PlacedItem } from "./ports.ts";
import { WAITING } from "./reading.ts";
import { newItem } from "./making.ts";
import { entry, type EntryDocuments } from "../record/entries.ts";
import { itemsSignedOff } from "../deciding/lifecycle.ts";
import type { Campaign, CampaignItem, Channel, Choice, Widened } from "../model.ts";
import { campaignRow, itemOf, itemRow, revocationOf } from "../record/records.ts";
import { forbidden, refusal } from "../deciding/refusal.ts";
import { revocationsDue } from "../remediation/revocations.ts";
import { changedRevocations, OTHER_DECISION, revocationParts } from "./settling.ts";
import { actedBy, type Act, type Actor } from "../roles.ts";
import type { Seen } from "../views.ts";

/** What reviewers do with items. Every act is in the ledger when it returns. */
export class DeskDeciding {
  readonly #desk: DeskState;

  constructor(desk: DeskState) {
    this.#desk = desk;
  }

  async decide(
    actor: Actor,
    id: string,
    seen: Seen,
    choice: Choice,
    channel: Channel = "web",
  ): Promise<void> {
    await this.decideAll(actor, id, [seen], choice, channel);
  }

  async decideAll(
    actor: Actor,
    id: string,
    seen: readonly Seen[],
    choice: Choice,
    channel: Channel = "web",
  ): Promise<void> {
    this.#desk.require(actor, "decide");
    const campaign = await this.#desk.campaign(id);
    refuseBadGroup(campaign, seen);
    const placed = await this.#seen(actor, id, seen);
    const at = this.#desk.now();
    const shown = await this.#desk.ports.state.web.firstShown(
      id,
      seen.map(({ item_id }) => item_id),
      actor.who,
    );
    const items: PlacedItem[] = [];
    refuseTogether(placed, choice);
    for (const { found, position } of placed) {
      const first = shown.get(found.item.item_id);
      const terms = {
        actor,
        at,
        channel,
        seen_sha256: found.seen_sha256,
        bulk_size: seen.length,
        ...(first === undefined ? {} : { considered_s: secondsBetween(first, at) }),
        ...(choice.revoke_secrets === undefined ? {} : { secrets: await this.#secretsOf(found) }),
      };
      const decided = decide(campaign, found, choice, terms);
      items.push({ found: await this.#desk.next(decided, campaign), position });
    }
    const decisions = items.flatMap(({ found }) => found.decisions.slice(-1));
    await this.#desk.commit({
      entries: [entry("decided", { campaign_id: id, by: actor.who, at }, { decisions }, idsOf(items))],
      items: items.map(({ found, position }) => itemRow(found, position)),
      given: this.#desk.standing(campaign),
    });
  }

  async undo(actor: Actor, id: string, seen: Seen): Promise<void> {
    this.#desk.require(actor, "decide");
    const campaign = await this.#desk.campaign(id);
    const [placed] = await this.#seen(actor, id, [seen]);
    if (placed === undefined) return;
    const { found, position } = placed;
    const signOffs = await this.#desk.signOffsOf(id, seen.item_id);
    const next = undo(campaign, found, actor, (decision) => signOffs.isSigned(decision));
    const decision = found.decisions.at(-1);
    if (decision === undefined) return;
    const at = this.#desk.now();
    const of = { campaign_id: id, by: actor.who, at };
    const { item_id } = seen;
    const reviewer = decision.level === "security" ? SECURITY : actor.who;
    const { widened } = found;
    const anew =
      widened === undefined
        ? { found: { ...next, reviewer }, entries: [] }
        : {
            found: (await this.#desk.assignment()).first(
              { ...newItem(id, widened.item), version: next.version, changed_at: at },
              campaign.terms.assign,
            ),
            entries: [entry("items_refreshed", of, askedAnew(item_id, widened), [item_id])],
          };
    await this.#desk.commit({
      entries: [entry("undone", of, { item_id, decision }, [item_id]), ...anew.entries],
      items: [itemRow(anew.found, position)],
      // Who signs off meanwhile makes a new version of the campaign: the decision is then no longer to be taken back.
      given: { campaigns: [campaign] },
    });
  }

  async handOn(actor: Actor, id: string, seen: Seen, to: string, reason: string): Promise<void> {
    await this.#hand(actor, id, seen, to, reason, "hand_on");
  }

  async reassign(actor: Actor, id: string, seen: Seen, to: string, reason: string): Promise<void> {
    await this.#hand(actor, id, seen, to, reason, "reassign");
  }

  /** A reviewer's name under all that they decided; what has to go because of it is due from now on. */
  async signOffOwn(actor: Actor, id: string, statement: string): Promise<void> {
    this.#desk.require(actor, "sign_off_items");
    const campaign = await this.#desk.campaign(id);
    const { state } = this.#desk.ports;
    const [waiting] = await state.counts(
      { campaign_id: id, reviewer: addressesOf(actor), state: WAITING },
      [],
    );
    if ((waiting?.count ?? 0) > 0) {
      throw refusal(
        "every item of yours to be decided",
        `${waiting?.count} that wait`,
        "Decide on them, or hand them on.",
      );
    }
    const ofItem = new Map<string, PlacedItem>();
    for (const address of addressesOf(actor)) {
      for await (const row of state.everyItem({ campaign_id: id, text: address })) {
        const found = itemOf(row);
        const deciders = found.decisions.map(({ by }) => by);
        if (isAmong(actor, deciders)) ofItem.set(row.item_id, { found, position: row.position });
      }
    }
    const decided = [...ofItem.values()];
    const decisions = decided
      .flatMap(({ found }) => found.decisions.filter(({ by }) => isTheirs(actor, by)))
      .sort((a, b) => (a.item_id < b.item_id ? -1 : 1));
    if (decisions.length === 0) throw refusal("decisions of yours", "none", "There is nothing to sign off.");
    const at = this.#desk.now();
    const also = [...new Set(decisions.map(({ by }) => by))].filter((by) => by !== actor.who).sort();
    const signOff = {
      ...actedBy(actor),
      at,
      statement: statement.trim(),
      decision_count: decisions.length,
      decisions_sha256: digestOf(decisions),
      ...(also.length === 0 ? {} : { also }),
    };
    const next = itemsSignedOff(campaign, signOff);
    const ofOthers = decided.some(({ found }) => found.decisions.some(({ by }) => !isTheirs(actor, by)));
    const signOffs = ofOthers ? await this.#desk.signOffs(id) : undefined;
    const settled = decided.filter(({ found }) =>
      found.decisions.every((one) => isTheirs(actor, one.by) || signOffs?.isSigned(one) === true),
    );
    const due = revocationsDue(
      next,
      settled.map(({ found }) => found),
      at,
    );
    const own = new Set(idsOf(decided));
    const known = (await state.revocations(id)).filter(({ item_id }) => own.has(item_id)).map(revocationOf);
    const of = { campaign_id: id, by: actor.who, at };
    const { entries, ...rows } = revocationParts(changedRevocations(known, due), of, OTHER_DECISION);
    await this.#desk.commit({
      entries: [entry("items_signed_off", of, signOff), ...entries],
      campaigns: [campaignRow(next)],
      ...rows,
      given: {
        items: decided.map(({ found: { campaign_id, item, version } }) => ({
          campaign_id,
          item_id: item.item_id,
          version,
        })),
      },
    });
  }

  async #hand(
    actor: Actor,
    id: string,
    seen: Seen,
    to: string,
    reason: string,
    act: Act & ("hand_on" | "reassign"),
  ): Promise<void> {
    this.#desk.require(actor, act);
    const campaign = await this.#desk.campaign(id);
    const [placed] = await this.#seen(actor, id, [seen]);
    if (placed === undefined) return;
    const { found, position } = placed;
    const whom = (await this.#desk.assignment()).whom(to.trim());
    refuseHanding(campaign, found, actor, act, reason, whom);
    const next: CampaignItem = {
      ...found,
      version: found.version + 1,
      reviewer: whom.who,
      assigned_because: `${act === "hand_on" ? "handed on" : "assigned"} by ${actor.who}: ${reason.trim()}`,
      delegations: found.delegations + (act === "hand_on" ? 1 : 0),
    };
    const { reviewer: from } = found;
    const handed = {
      item_id: seen.item_id,
      to: whom.who,
      reason: reason.trim(),
      ...(from === undefined ? {} : { from }),
    };
    const of = { campaign_id: id, by: actor.who, at: this.#desk.now() };
    await this.#desk.commit({
      entries: [entry(act === "hand_on" ? "handed_on" : "reassigned", of, handed, [seen.item_id])],
      items: [itemRow(next, position)],
      given: this.#desk.standing(campaign),
    });
  }

  /** The items as they are, where they are as they were seen. E_NOT_FOUND, E_CONFLICT. */
  async #seen(actor: Actor, id: string, seen: readonly Seen[]): Promise<PlacedItem[]> {
    const placed = await this.#desk.items(
      actor,
      id,
      seen.map(({ item_id }) => item_id),
    );
    placed.forEach(({ found }, index) => {
      const wanted = seen[index];
      if (wanted?.version === found.version && wanted.seen_sha256 === found.seen_sha256) return;
      throw refusal(
        `version ${wanted?.version} of the item`,
        `version ${found.version}, which somebody made meanwhile`,
        "Look at the item again, then decide. Nothing was recorded.",
        "E_CONFLICT",
      );
    });
    return placed;
  }

  async #secretsOf({ item }: CampaignItem): Promise<ReadonlySet<string>> {
    return new Set(await this.#desk.secretsOf(item.secrets.set_sha256));
  }
}

function refuseBadGroup(campaign: Campaign, seen: readonly Seen[]): void {
  const ids = new Set(seen.map(({ item_id }) => item_id));
  if (seen.length > 0 && ids.size === seen.length && seen.length <= campaign.terms.bulk_limit) return;
  throw refusal(
    `1 to ${campaign.terms.bulk_limit} items, each once`,
    String(seen.length),
    "Choose fewer items, and each once.",
  );
}

/** Items of one refusal that are named. */
const MAX_NAMED = 10;

/** All of a group that must be looked at by themselves, named at once: whoever mends one would meet the next. */
function refuseTogether(placed: readonly PlacedItem[], { kind }: Choice): void {
  if (placed.length < 2 || kind === "revoke") return;
  const alone = placed.flatMap(({ found: { item } }) => {
    const because = aloneBecause(item);
    return because === undefined ? [] : [{ name: item.principal.name, because }];
  });
  if (alone.length === 0) return;
  const named = alone.slice(0, MAX_NAMED);
  const more = alone.length > named.length ? ` and ${alone.length - named.length} more` : "";
  throw refusal(
    "items that may be decided together",
    `access of ${named.map(({ name }) => name).join(", ")}${more}`,
    `Decide on each of these by itself. ${named.map(({ name, because }) => `${name}: ${because}`).join(". ")}.`,
  );
}

/** E_REVIEW or E_FORBIDDEN where an item may not go to somebody. */
export function refuseHanding(
  campaign: Campaign,
  found: CampaignItem,
  actor: Actor,
  act: "hand_on" | "reassign",
  reason: string,
  whom: Whom,
): void {
  if (campaign.state === "closed" || campaign.state === "in_remediation" || !WAITING.includes(found.state)) {
    throw refusal(
      "an item that waits for a decision",
      `one that is ${found.state}`,
      "There is nobody to ask any more.",
    );
  }
  if (act === "hand_on") {
    if (campaign.state !== "in_review" || !askedAs(actor).includes(found.reviewer ?? "")) {
      throw forbidden(found.reviewer ?? "a reviewer", actor.who, "Only who is asked hands on.");
    }
    if (found.delegations >= campaign.terms.delegation_limit) {
      throw refusal(
        `at most ${campaign.terms.delegation_limit} times that an item is handed on`,
        "one more",
        "Decide, or ask compliance to assign somebody.",
      );
    }
  }
  if (!isReason(reason)) {
    throw refusal(
      `a reason of ${MIN_JUSTIFICATION} to ${MAX_JUSTIFICATION} characters`,
      String(reason.trim().length),
      "Say why.",
    );
  }
  const { who: to } = whom;
  if (!whom.known)
    throw refusal(
      "somebody who is known here, and may decide",
      to,
      "Name an active person of the rosters, or somebody with a role; an auditor decides on nothing.",
    );
  if (isOwnAccess(found.item, whom)) {
    throw forbidden("somebody else than who has the access", to, "Nobody decides on their own access.");
  }
  if (
    isAmong(
      whom,
      found.decisions.map(({ by }) => by),
    )
  ) {
    throw forbidden("somebody who has not decided on it yet", to, "Two people must decide on this item.");
  }
}

/** An item whose decision is taken back, and which is wider than who decided saw it. */
function askedAnew(item_id: string, widened: Widened): EntryDocuments["items_refreshed"] {
  const { snapshot_id, snapshot_sha256 } = widened;
  // Its part was kept when it was found to be wider.
  return { snapshot_id, snapshot_sha256, joined: [], changed: [item_id], gone: [], parts: [] };
}

function idsOf(items: readonly PlacedItem[]): string[] {
  return items.map(({ found }) => found.item.item_id);
}

export function secondsBetween(from: string, to: string): number {
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000));
}
