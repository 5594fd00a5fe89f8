import { CountersignError, type Instant } from "../../base/index.ts";
import type { DeskState, SeenAccess } from "./ports.ts";
import { WAITING } from "./reading.ts";
import type { RaisedCampaigns } from "./raising.ts";
import type { DeskRunning } from "./running.ts";
import type { DeskNotices } from "./notifying.ts";
import { entryText, keptEntry, resultsText, type KeptEntry } from "../record/entries.ts";
import { tellsOf } from "./verifying.ts";
import { isDone } from "../remediation/revocations.ts";
import { daysAfter } from "../deciding/lifecycle.ts";
import type { Campaign } from "../model.ts";
import { campaignOf, revocationOf } from "../record/records.ts";
import type { Actor } from "../roles.ts";
import { dueCampaigns, type DueCampaign } from "../schedule.ts";
import { isEventTemplate, termsOf } from "../settings.ts";

/** What the schedule did, or could not do. */
export interface TickLine {
  readonly did:
    | "failed"
    | "left_open"
    | "not_notified"
    | "notified"
    | "opened"
    | "raised"
    | "refreshed"
    | "reminded"
    | "started"
    | "verified";
  readonly campaign_id?: string;
  /** In words. */
  readonly what: string;
  /** Of what failed. */
  readonly error?: CountersignError;
}

export interface TickTerms {
  /** Opens campaigns of templates with a cadence; without, somebody looks at their population first. */
  readonly open?: boolean;
}

/** Whom a reminder was for, and what was done about what nobody answers. */
const REMINDING: readonly KeptEntry["kind"][] = ["escalated", "reminded", "unanswered"];

/** What says how much the snapshot showed that a campaign was made of, or was last compared with. */
const COMPARED: readonly KeptEntry["kind"][] = ["campaign_created", "items_refreshed"];

/** What was done, or why it could not be. E_INTEGRITY. */
async function attempted(
  campaign_id: string | undefined,
  work: () => Promise<TickLine[]>,
): Promise<TickLine[]> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code === "E_INTEGRITY") throw thrown;
    const of = campaign_id === undefined ? {} : { campaign_id };
    return [{ did: "failed", ...of, what: thrown.message, error: thrown }];
  }
}

/** What runs by itself: who calls it often enough misses nothing, and who calls it twice does nothing twice. */
export class DeskSchedule {
  readonly #desk: DeskState;
  readonly #running: DeskRunning;
  readonly #notices: DeskNotices;

  constructor(desk: DeskState, running: DeskRunning, notices: DeskNotices) {
    this.#desk = desk;
    this.#running = running;
    this.#notices = notices;
  }

  /** Templates with a cadence whose campaign of this period is missing, in order of name. */
  async due(actor: Actor): Promise<DueCampaign[]> {
    this.#desk.require(actor, "read_all");
    const { settings } = this.#desk.ports;
    const names = Object.keys(settings.campaigns ?? {}).sort();
    const templates = names.flatMap((name) => {
      const terms = termsOf(settings, name);
      return terms === undefined ? [] : [terms];
    });
    return dueCampaigns(templates, await this.#campaigns(), this.#desk.now());
  }

  /**
   * Starts campaigns that are due, raises those of leavers and movers, compares open ones with a newer snapshot (theirs before it raises), reminds, does what the terms say where nobody answered, and verifies
   * revocations by a newer snapshot, and sends notices of it where a webhook is set. What fails is told, and keeps nothing else from
   * being done. E_FORBIDDEN.
   */
  async tick(actor: Actor, { open = false }: TickTerms = {}): Promise<TickLine[]> {
    this.#desk.require(actor, "run_campaign");
    const lines: TickLine[] = [];
    const attempt = async (campaign_id: string | undefined, work: () => Promise<TickLine[]>) => {
      lines.push(...(await attempted(campaign_id, work)));
    };
    for (const one of await this.due(actor)) {
      await attempt(one.campaign_id, async () => [await this.#start(actor, one)]);
    }
    const events = await this.#compareEvents(actor);
    lines.push(...events.lines);
    await attempt(undefined, async () => await this.#raise(actor));
    for (const { campaign_id } of await this.#campaigns()) {
      // What cannot be compared is reminded of nevertheless.
      if (!events.campaigns.has(campaign_id))
        await attempt(campaign_id, async () => await this.#refresh(actor, campaign_id));
      await attempt(campaign_id, async () => await this.#advance(actor, campaign_id, open));
    }
    if (this.#notices.configured) await attempt(undefined, async () => await this.#notify(actor));
    return lines;
  }

  /**
   * Reviews of people who left or moved, at once, as `tick` makes them: their open ones are compared with the newest snapshot before. E_FORBIDDEN,
   * E_NOT_FOUND, E_UNSEEN; what could not be compared is told, and keeps nobody from being raised.
   */
  async raise(actor: Actor): Promise<RaisedCampaigns & { readonly compared: readonly TickLine[] }> {
    this.#desk.require(actor, "run_campaign");
    const { lines } = await this.#compareEvents(actor);
    return { ...(await this.#running.raise(actor)), compared: lines };
  }

  /** What leavers and movers have got since joins their open reviews: nobody is asked about it twice. */
  async #compareEvents(actor: Actor): Promise<{ campaigns: ReadonlySet<string>; lines: TickLine[] }> {
    const events = (await this.#campaigns()).filter(({ terms }) => isEventTemplate(terms.template));
    const campaigns = new Set(events.map(({ campaign_id }) => campaign_id));
    const lines: TickLine[] = [];
    for (const id of campaigns)
      lines.push(...(await attempted(id, async () => await this.#refresh(actor, id))));
    return { campaigns, lines };
  }

  async #campaigns(): Promise<Campaign[]> {
    return (await this.#desk.ports.state.campaigns()).map(campaignOf);
  }

  async #start(actor: Actor, { template, missed_count, due_at }: DueCampaign): Promise<TickLine> {
    const campaign_id = await this.#running.start(actor, template);
    const missed = missed_count === 0 ? "" : `; periods without one before it: ${missed_count}`;
    return { did: "started", campaign_id, what: `was due since ${due_at}${missed}` };
  }

  async #raise(actor: Actor): Promise<TickLine[]> {
    const { campaigns, uncertain, unseen } = await this.#running.raise(actor);
    return [
      ...campaigns.map(({ campaign_id, template, principals }): TickLine => {
        const why = template === "leavers" ? "people who left still have access" : "people moved";
        return { did: "raised", campaign_id, what: `${why}: ${principals.join(", ")}` };
      }),
      ...uncertain.map((id): TickLine => {
        const what = `${id} was not raised: rosters contradict each other about its person, or several people fit (\`countersign people check\`)`;
        return { did: "left_open", what };
      }),
      ...unseen.map((cause): TickLine => ({
        did: "left_open",
        what: `who left or moved is not known whole, since a roster could not be read: ${cause}`,
      })),
    ];
  }

  async #notify(actor: Actor): Promise<TickLine[]> {
    const { campaigns } = await this.#notices.notify(actor);
    return campaigns.map(({ campaign_id, results }): TickLine => {
      const lost = results.find(({ outcome }) => outcome === "failed" || outcome === "given_up");
      const why = lost?.why === undefined ? "" : `: ${lost.why}`;
      const did = lost === undefined ? "notified" : "not_notified";
      return { did, campaign_id, what: `${resultsText(results)}${why}` };
    });
  }

  async #advance(actor: Actor, id: string, open: boolean): Promise<TickLine[]> {
    const campaign = await this.#desk.campaign(id);
    const isEvent = isEventTemplate(campaign.terms.template);
    if (campaign.state === "created") {
      if (!isEvent && !(open && campaign.terms.every !== undefined)) return [];
      return [await this.#act(actor, campaign, "open", "opened", "reviewers decide from now on")];
    }
    if (campaign.state === "in_review") return await this.#remind(actor, campaign);
    if (campaign.state === "closed" && !(await this.#isLookedFor(campaign))) return [];
    return await this.#verify(actor, campaign);
  }

  async #act(
    actor: Actor,
    { campaign_id }: Campaign,
    act: "open" | "remind" | "verify",
    did: TickLine["did"],
    what: string,
  ): Promise<TickLine> {
    const { version } = await this.#desk.campaign(campaign_id);
    await this.#running.act(actor, campaign_id, act, version);
    return { did, campaign_id, what };
  }

  /**
   * What joined, changed and went since, once for each snapshot; not where that shows less than what the campaign was made of, or was last
   * compared with: what is seen worse may look changed, and would void decisions. E_UNSEEN says so.
   */
  async #refresh(actor: Actor, campaign_id: string): Promise<TickLine[]> {
    const campaign = await this.#desk.campaign(campaign_id);
    if (campaign.state !== "in_review") return [];
    const seen = await this.#desk.ports.access();
    if (seen.as_of <= campaign.as_of) return [];
    // Who is asked anew because a decision was taken back was compared with nothing; of an earlier version no entry says how much was seen.
    const last =
      (await this.#last(campaign, COMPARED, ({ document }) => "gap_count" in document)) ??
      (await this.#last(campaign, COMPARED));
    const document =
      last?.kind === "items_refreshed" || last?.kind === "campaign_created" ? last.document : undefined;
    if (document?.snapshot_id === seen.snapshot_id) return [];
    const before =
      document?.gap_count === undefined ? { gap_count: campaign.population.gap_count } : document;
    const told = await this.#running.follow(actor, campaign_id, before);
    const what = entryText({ kind: "items_refreshed", at: "", by: actor.who, document: told });
    return [{ did: "refreshed", campaign_id, what }];
  }

  async #remind(actor: Actor, campaign: Campaign): Promise<TickLine[]> {
    const { campaign_id } = campaign;
    const now = this.#desk.now();
    const since = reminderDue(campaign, now);
    if (since === undefined) return [];
    const [waiting] = await this.#desk.ports.state.counts({ campaign_id, state: WAITING }, []);
    const count = waiting?.count ?? 0;
    if (count === 0) return [];
    const last = await this.#last(campaign, REMINDING);
    if (last !== undefined && last.at >= since) return [];
    const late = now >= graceEnd(campaign);
    const what = late
      ? `${count} items without an answer after the days of grace: ${campaign.terms.no_answer}`
      : `${count} items wait, due ${campaign.due_at ?? ""}`;
    return [await this.#act(actor, campaign, "remind", "reminded", what)];
  }

  /** Of a closed campaign: until all of it is gone, and whether it comes back until the next of its template is closed. */
  async #isLookedFor({ campaign_id, terms, created_at }: Campaign): Promise<boolean> {
    const rows = await this.#desk.ports.state.revocations(campaign_id);
    if (rows.some((row) => !isDone(revocationOf(row)))) return true;
    const later = (await this.#campaigns()).filter(
      (one) => one.terms.template === terms.template && one.created_at > created_at && one.state === "closed",
    );
    return rows.length > 0 && later.length === 0;
  }

  async #verify(actor: Actor, campaign: Campaign): Promise<TickLine[]> {
    const rows = await this.#desk.ports.state.revocations(campaign.campaign_id);
    const seen: SeenAccess | undefined = rows.length === 0 ? undefined : await this.#desk.ports.access();
    if (seen === undefined || seen.as_of <= campaign.as_of) return [];
    const isUnchecked = rows
      .map(revocationOf)
      .some((one) => tellsOf(seen.as_of, one) && one.checked?.as_of !== seen.as_of);
    if (!isUnchecked) return [];
    const line = await this.#act(
      actor,
      campaign,
      "verify",
      "verified",
      `compared with snapshot ${seen.snapshot_id}`,
    );
    const gone = new Set(rows.filter(({ state }) => state === "removed").map(({ item_id }) => item_id));
    const now = await this.#desk.ports.state.revocations(campaign.campaign_id, ["still_reachable"]);
    const back = now.filter(({ item_id }) => gone.has(item_id)).length;
    return [back === 0 ? line : { ...line, what: `${line.what}; back after it was gone: ${back}` }];
  }

  /** The last entry of a campaign that is of one of these kinds, and fits. */
  async #last(
    { campaign_id }: Campaign,
    kinds: readonly KeptEntry["kind"][],
    fits: (entry: KeptEntry) => boolean = () => true,
  ): Promise<KeptEntry | undefined> {
    let found: KeptEntry | undefined;
    for (let after = 0; ;) {
      const page = await this.#desk.ports.state.entries({ campaign_id, after });
      const entry = page.map(keptEntry).findLast((one) => kinds.includes(one.kind) && fits(one));
      found = entry ?? found;
      const last = page.at(-1);
      if (last === undefined) return found;
      after = last.number;
    }
  }
}

/** Since when a reminder is due that nobody has sent if the last one is older: by `remind_days`, after the days of grace each day. */
export function reminderDue(campaign: Campaign, now: Instant): Instant | undefined {
  const { due_at, terms } = campaign;
  if (due_at === undefined) return undefined;
  const end = graceEnd(campaign);
  if (now >= end) {
    const days = Math.floor((Date.parse(now) - Date.parse(end)) / 86_400_000);
    return daysAfter(end, days);
  }
  return terms.remind_days
    .map((days) => daysAfter(due_at, -days))
    .filter((at) => at <= now)
    .sort()
    .at(-1);
}

function graceEnd({ due_at = "", terms }: Campaign): Instant {
  return daysAfter(due_at, terms.grace_days);
}
