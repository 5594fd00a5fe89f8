import type { CampaignItem } from "../model.ts";

/** Whether somebody's decision is missing. */
export function isWaiting({ state }: Pick<CampaignItem, "state">): boolean {
  return state !== "decided" && state !== "gone";
}

/**
 * Everybody who was asked on an item: whoever decided, as reviewer, as second, or of security, and whom it waits for or went to when the
 * rule answered. Each once; who handed it on is asked no more. So nobody has more decisions in force than items that they were asked on.
 */
export function askedOn(found: Pick<CampaignItem, "decisions" | "reviewer" | "state">): string[] {
  const { reviewer, state, decisions } = found;
  const deciders = decisions.filter(({ channel }) => channel !== "rule").map(({ by }) => by);
  const isLast = isWaiting(found) || (state === "decided" && deciders.length === 0);
  return [...new Set([...deciders, ...(isLast && reviewer !== undefined ? [reviewer] : [])])];
}
