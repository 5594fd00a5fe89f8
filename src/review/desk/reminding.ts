import type { Instant } from "../../base/index.ts";
import type { NewEntry } from "../../state/index.ts";
import { decideByRule, keepUnanswered } from "../deciding/decide.ts";
import type { DeskState, PlacedItem } from "./ports.ts";
import { WAITING } from "./reading.ts";
import { entry } from "../record/entries.ts";
import { daysAfter, requireInReview } from "../deciding/lifecycle.ts";
import type { Campaign, CampaignItem } from "../model.ts";
import { itemOf, itemRow } from "../record/records.ts";
import type { Actor } from "../roles.ts";

/** Items that one transaction changes where many are changed by a rule. */
const CHUNK = 2000;

/** Reminds who has not finished; after the days of grace, does what the terms say with what nobody answered. */
export async function remind(desk: DeskState, actor: Actor, campaign: Campaign): Promise<void> {
  requireInReview(campaign);
  const { campaign_id, terms, due_at = "" } = campaign;
  const at = desk.now();
  const { state } = desk.ports;
  const late = at >= daysAfter(due_at, terms.grace_days);
  if (late && terms.no_answer !== "escalate") {
    await settleUnanswered(desk, actor, campaign, terms.no_answer, at);
    return;
  }
  if (late) await escalate(desk, actor, campaign, at);
  const counts = await state.counts({ campaign_id, state: WAITING }, ["reviewer"]);
  const reviewers = Object.fromEntries(
    counts.flatMap(({ values: [reviewer], count }) => (reviewer === undefined ? [] : [[reviewer, count]])),
  ) as Record<string, number>;
  await desk.commit({
    entries: [entry("reminded", { campaign_id, by: actor.who, at }, { reviewers, due_at })],
    given: desk.standing(campaign),
  });
}

async function settleUnanswered(
  desk: DeskState,
  actor: Actor,
  campaign: Campaign,
  rule: "keep" | "revoke",
  at: Instant,
): Promise<void> {
  const reason = `nobody answered until ${at}, ${campaign.terms.grace_days} days after the due date`;
  await eachWaiting(
    desk,
    campaign,
    (found) => (rule === "keep" ? keepUnanswered(found) : decideByRule(found, reason, at)),
    (items, before) =>
      entry(
        "unanswered",
        { campaign_id: campaign.campaign_id, by: actor.who, at },
        {
          rule,
          items: items.map(({ item: { item_id }, seen_sha256 }, index) => {
            const reviewer = before[index]?.reviewer;
            return { item_id, seen_sha256, ...(reviewer === undefined ? {} : { reviewer }) };
          }),
        },
        items.map(({ item }) => item.item_id),
      ),
  );
}

/** Once an item: who was asked in the end is not asked again. */
async function escalate(desk: DeskState, actor: Actor, campaign: Campaign, at: Instant): Promise<void> {
  const assignment = await desk.assignment();
  const { campaign_id } = campaign;
  await eachWaiting(
    desk,
    campaign,
    (found) => {
      if (found.escalated_at !== undefined || found.state === "security") return undefined;
      return { ...assignment.escalated(found), version: found.version + 1, escalated_at: at };
    },
    (items, before) =>
      entry(
        "escalated",
        { campaign_id, by: actor.who, at },
        {
          items: items.map(({ item: { item_id }, reviewer = "", assigned_because }, index) => {
            const from = before[index]?.reviewer;
            return {
              item_id,
              to: reviewer,
              reason: assigned_because,
              ...(from === undefined ? {} : { from }),
            };
          }),
        },
        items.map(({ item }) => item.item_id),
      ),
  );
}

/** Changes what waits, some thousand at a time, each with its entry. */
async function eachWaiting(
  desk: DeskState,
  campaign: Campaign,
  change: (found: CampaignItem) => CampaignItem | undefined,
  told: (items: readonly CampaignItem[], before: readonly CampaignItem[]) => NewEntry,
): Promise<void> {
  const { campaign_id } = campaign;
  let placed: { before: CampaignItem; after: PlacedItem }[] = [];
  const flush = async (): Promise<void> => {
    if (placed.length === 0) return;
    await desk.commit({
      entries: [
        told(
          placed.map(({ after }) => after.found),
          placed.map(({ before }) => before),
        ),
      ],
      items: placed.map(({ after: { found, position } }) => itemRow(found, position)),
      given: desk.standing(campaign),
    });
    placed = [];
  };
  for await (const row of desk.ports.state.everyItem({ campaign_id, state: WAITING })) {
    const before = itemOf(row);
    const found = change(before);
    if (found === undefined) continue;
    placed.push({ before, after: { found, position: row.position } });
    if (placed.length >= CHUNK) await flush();
  }
  await flush();
}
