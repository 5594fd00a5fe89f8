import { counted, endInstant, type CsvColumn } from "../../base/index.ts";
import { decisionText } from "../record/entries.ts";
import { actionWords } from "./explain.ts";
import type { CampaignItem, ItemUsage, Needs, ReviewItem } from "../model.ts";

/** Longest text of a cell; a spreadsheet takes 32,767 characters. */
const MAX_CELL = 32_000;

type ItemColumn = CsvColumn<CampaignItem>;

/** Lines of one cell, cut where a spreadsheet would, which the cell then says. */
export function lines(texts: readonly string[]): string {
  const text = texts.join("\n");
  return text.length <= MAX_CELL
    ? text
    : `${text.slice(0, MAX_CELL)}\n(cut here: the item's page has all of it)`;
}

const yesNo = (is: boolean): string => (is ? "yes" : "no");

/** In words; an unknown is never "unused". */
export function usageText(usage: ItemUsage, secretCount: number): string {
  if (!usage.known) return `unknown: ${usage.reason}`;
  const { read_count, used_secret_count, unused, observed_from } = usage;
  const of = `${used_secret_count} of ${counted(secretCount, "secret")}, ${counted(read_count, "read")}`;
  return `${unused ? "unused" : "used"}: ${of} since ${observed_from}`;
}

/** In words: how many people, and why more than one. */
export function needsText({ reviewers, security, because }: Needs): string {
  const who = `${counted(reviewers, "reviewer")}${security ? ", then security" : ""}`;
  return because.length === 0 ? who : `${who}: ${because.join("; ")}`;
}

/** Who has access to what, how and since when, and what speaks for it: what a reviewer decides on. */
export const ITEM_COLUMNS: readonly ItemColumn[] = [
  { name: "principal", cell: ({ item }) => item.principal.name },
  { name: "principal_id", cell: ({ item }) => item.principal.id },
  { name: "principal_type", cell: ({ item }) => item.principal.type },
  { name: "principal_owner", cell: ({ item }) => item.principal.owner ?? "not assigned" },
  { name: "principal_marks", cell: ({ item }) => marksOf(item.principal).join("; ") },
  { name: "person", cell: ({ item }) => item.principal.person?.name ?? "not known" },
  { name: "person_id", cell: ({ item }) => item.principal.person?.person_id ?? "not known" },
  { name: "employment_status", cell: ({ item }) => statusOf(item.principal) },
  { name: "title", cell: ({ item }) => item.principal.person?.title ?? "not known" },
  { name: "manager", cell: ({ item }) => item.principal.person?.manager_email ?? "not known" },
  { name: "third_party", cell: ({ item: { principal } }) => thirdParty(principal) },
  { name: "store_id", cell: ({ item }) => item.store_id },
  { name: "secret_count", cell: ({ item }) => item.secrets.count },
  { name: "secret_owner", cell: ({ item }) => item.secrets.owner ?? "not assigned" },
  { name: "environment", cell: ({ item }) => item.secrets.environment ?? "not assigned" },
  { name: "tier", cell: ({ item }) => item.secrets.tier ?? "not known: dealt with as critical" },
  { name: "access", cell: ({ item }) => `may ${actionWords(item.actions)}` },
  { name: "actions", cell: ({ item }) => item.actions.join(", ") },
  { name: "certainty", cell: ({ item }) => item.certainty },
  {
    name: "conditions",
    cell: ({ item }) => (item.conditions.length === 0 ? "none" : lines(item.conditions)),
  },
  { name: "path", cell: ({ item }) => lines(item.path) },
  { name: "observed_from", cell: ({ item }) => item.observed_from },
  { name: "last_used_at", cell: ({ item: { usage } }) => lastUsed(usage) },
  { name: "usage", cell: ({ item }) => usageText(item.usage, item.secrets.count) },
  { name: "privileged", cell: ({ item }) => yesNo(item.privileged) },
  { name: "privileged_because", cell: ({ item }) => (item.privileged_because ?? []).join("; ") },
  { name: "break_glass", cell: ({ item }) => yesNo(item.break_glass) },
  { name: "ends_at", cell: ({ item }) => (item.ends_at === undefined ? "no end" : endInstant(item.ends_at)) },
  { name: "request", cell: ({ item }) => item.request?.request_id ?? "none" },
  { name: "request_approved_by", cell: ({ item }) => item.request?.approved_by ?? "" },
  { name: "change", cell: ({ item }) => item.change },
  { name: "change_detail", cell: ({ item }) => item.change_detail ?? "" },
  { name: "last_review", cell: ({ item }) => lastReview(item) },
  { name: "risk", cell: ({ item }) => item.risk },
  { name: "recommendation", cell: ({ item }) => item.recommendation.kind },
  { name: "recommendation_reason", cell: ({ item }) => item.recommendation.reason },
  { name: "needs", cell: ({ item }) => needsText(item.needs) },
  { name: "not_known", cell: ({ item }) => lines(item.unknowns) },
];

/** Where an item stands in its campaign. */
export const ASKED_COLUMNS: readonly ItemColumn[] = [
  { name: "state", cell: ({ state }) => state },
  { name: "reviewer", cell: ({ reviewer }) => reviewer ?? "nobody" },
  { name: "assigned_because", cell: ({ assigned_because }) => assigned_because },
  { name: "decisions", cell: ({ decisions }) => lines(decisions.map(saidText)) },
];

function saidText(decision: CampaignItem["decisions"][number]): string {
  return `${decision.by} (${decision.level}, ${decision.at}) ${decisionText(decision)}`;
}

function marksOf(principal: CampaignItem["item"]["principal"]): string[] {
  return [
    ...(principal.public ? ["anyone may be it"] : []),
    ...(principal.external ? ["from outside the organisation"] : []),
    ...(principal.disabled ? ["disabled"] : []),
    ...(principal.collector ? ["the identity that the collection was made with"] : []),
  ];
}

function statusOf({ person }: CampaignItem["item"]["principal"]): string {
  if (person === undefined) return "not known";
  const { status, terminated_at, moved_at } = person;
  if (terminated_at !== undefined) return `${status}, ${endInstant(terminated_at)}`;
  return moved_at === undefined ? status : `${status}, moved ${endInstant(moved_at)}`;
}

function thirdParty({ person }: CampaignItem["item"]["principal"]): string {
  return person === undefined ? "not known" : yesNo(person.third_party);
}

function lastUsed(usage: ItemUsage): string {
  if (!usage.known) return `unknown: ${usage.reason}`;
  return usage.last_used_at ?? `not since ${usage.observed_from}`;
}

function lastReview(item: CampaignItem["item"]): string {
  const { last_review: last } = item;
  if (last === undefined) return "none";
  const parts = reviewedPartsText(item);
  return `${last.decision} by ${last.by} on ${last.at}, ${last.campaign_id}${parts === undefined ? "" : `; ${parts}`}`;
}

/** Of how many secrets each last decision is, e.g. `of 12 secrets: revoke 2, certify 9, nobody decided on 1`; undefined: the one is of all. */
export function reviewedPartsText({
  reviewed_parts,
  secrets,
}: Pick<ReviewItem, "reviewed_parts" | "secrets">): string | undefined {
  if (reviewed_parts === undefined) return undefined;
  const { none = 0, ...decisions } = reviewed_parts.secrets;
  const counts = Object.entries(decisions).map(([decision, count]) => `${decision} ${count}`);
  return `of ${counted(secrets.count, "secret")}: ${[...counts, ...(none === 0 ? [] : [`nobody decided on ${none}`])].join(", ")}`;
}
