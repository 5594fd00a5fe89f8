import { counted } from "../base/index.ts";
import { ITEM_COLUMNS, type CampaignItem, type ItemView, type ReviewItem } from "../review/index.ts";
import { wrapped } from "./output.ts";

const WIDTH = 120;

/** Most rows that are told to a person. */
const MAX_TOLD = 100;

/** Columns of an item that are said in sentences of their own. */
const IN_WORDS: ReadonlySet<string> = new Set([
  ...["principal", "principal_id", "person", "secret_count", "access", "actions", "certainty", "conditions"],
  ...["path", "risk", "recommendation", "recommendation_reason", "not_known", "secret_owner", "tier"],
]);

/** One item as its page shows it: who has which access to what by which path, all that is known of it, and what may be decided. */
export function itemText({ item: found, history, may }: ItemView, secrets: readonly string[]): string {
  const { item, seen_sha256, reviewer = "nobody", assigned_because, state } = found;
  const { principal } = item;
  const { person } = principal;
  const lines = [
    `${principal.name} (${principal.id})${person === undefined ? "" : `: ${person.name}`}`,
    `may ${item.actions.join(", ")}: ${counted(item.secrets.count, "secret")}${item.certainty === "certain" ? "" : ` (${item.certainty})`}`,
    ...item.path.map((step) => `  ${step}`),
    ...item.conditions.map((condition) => `  only if ${condition}`),
    ...secrets.slice(0, MAX_TOLD).map((secret) => `  secret ${secret}`),
    ...(secrets.length > MAX_TOLD ? [`  and ${secrets.length - MAX_TOLD} more: --json has all`] : []),
    `risk: ${item.risk}`,
    `secret owner: ${ownersText(item.secrets)}`,
    `tier: ${tiersText(item.secrets)}`,
    ...ITEM_COLUMNS.filter(({ name }) => !IN_WORDS.has(name)).flatMap(({ name, cell }) => {
      const text = String(cell(found));
      return text === "" ? [] : [`${name.replaceAll("_", " ")}: ${text}`];
    }),
    ...item.unknowns.map((unknown) => `not known: ${unknown}`),
    ...meanwhile(found),
    `advice: ${item.recommendation.kind}, since ${item.recommendation.reason}`,
    `state: ${(found.outcome ?? state).replace("_", " ")}; asked: ${reviewer} (${assigned_because})`,
    ...may.why_not.map((why) => `you may not decide: ${why}`),
    ...(may.justify === undefined ? [] : [`certifying needs --because: ${may.justify}`]),
    ...history.map(({ at, by, what }) => `${at} ${by} ${what}`),
    `seen: ${seen_sha256}`,
  ];
  return lines.map((line) => wrapped(line.trimStart(), WIDTH, /^ */.exec(line)?.[0] ?? "")).join("");
}

/** What became of it while the campaign ran. */
function meanwhile({ joined_at, changed_at, escalated_at, widened }: CampaignItem): string[] {
  return [
    ...(joined_at === undefined
      ? []
      : [`joined on ${joined_at}, after the campaign was opened: it is not in the sealed population`]),
    ...(changed_at === undefined
      ? []
      : [`changed on ${changed_at}, during the review: what was decided before does not count`]),
    ...(widened === undefined
      ? []
      : [
          `wider since it was revoked: ${counted(widened.secret_count, "secret")}, ${widened.actions.join(", ")}; all of it must go`,
        ]),
    ...(escalated_at === undefined ? [] : [`escalated on ${escalated_at}, since nobody answered in time`]),
  ];
}

function ownersText({
  owner,
  owners = [],
  owner_count = owners.length,
  unowned_count = 0,
}: ReviewItem["secrets"]): string {
  if (owner !== undefined) return owner;
  if (owners.length === 0) return "none is known";
  const left = owner_count - owners.length;
  const more = left > 0 ? `, and ${left} more` : "";
  return `${owners.join(", ")}${more}${unowned_count > 0 ? `; ${counted(unowned_count, "secret")} without an owner` : ""}`;
}

function tiersText({ tier, tiers }: ReviewItem["secrets"]): string {
  const strictest = tier ?? "not known of all, so dealt with as critical";
  if (tiers === undefined) return strictest;
  const parts = Object.entries(tiers).map(([name, count]) =>
    name === "none" ? `${count} without a tier` : `${count} ${name}`,
  );
  return `${strictest}: ${parts.join(", ")}`;
}
