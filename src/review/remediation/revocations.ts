import type { GrantAction } from "../../access/index.ts";
import { canonicalJson, counted, type Instant } from "../../base/index.ts";
import { namedText } from "../../facts/index.ts";
import { conclude } from "../deciding/decide.ts";
import { refusal } from "../deciding/refusal.ts";
import { daysAfter } from "../deciding/lifecycle.ts";
import type { Campaign, CampaignItem, Revocation } from "../model.ts";
import type { Demand } from "./verify.ts";

/** What has to go because of items that are decided; none for what is certified or kept. In order of items. */
export function revocationsDue(
  { campaign_id, terms }: Pick<Campaign, "campaign_id" | "terms">,
  items: readonly Pick<CampaignItem, "decisions" | "item" | "outcome" | "state" | "widened">[],
  at: Instant,
): Revocation[] {
  return items.flatMap(({ state, item, decisions, outcome, widened }): Revocation[] => {
    if (state !== "decided" || outcome === undefined || outcome === "certify" || outcome === "kept")
      return [];
    const { kind, keep_actions, revoke_secrets, until } = conclude(item, decisions);
    if (kind === "certify") return [];
    const due_at = daysAfter(at, terms.remediation_days);
    const wide = kind === "revoke" ? widened : undefined;
    const lost = (wide ?? item).actions.filter((action) => !keep_actions.includes(action));
    return [
      {
        campaign_id,
        item_id: item.item_id,
        version: 1,
        state: "open",
        kind,
        principal_id: item.principal.id,
        store_id: item.store_id,
        actions: kind === "time_limit" ? item.actions : lost,
        set_sha256: wide?.set_sha256 ?? item.secrets.set_sha256,
        secret_count: wide?.secret_count ?? item.secrets.count,
        secrets: revoke_secrets,
        decided_at: decisions.reduce((last, one) => (one.at > last ? one.at : last), ""),
        from_at: kind === "time_limit" && until !== undefined ? until : at,
        due_at: kind === "time_limit" && until !== undefined ? until : due_at,
        ...(kind === "reduce" && until !== undefined ? { ends_at: until } : {}),
      },
    ];
  });
}

/** What a revocation says that follows from decisions alone; nobody alters it. In canonical JSON. */
function decidedPart(revocation: Revocation): string {
  const { campaign_id, item_id, kind, principal_id, store_id, actions, set_sha256, secret_count } =
    revocation;
  const { secrets, from_at, due_at, ends_at, decided_at } = revocation;
  return canonicalJson({
    ...{ campaign_id, item_id, kind, principal_id, store_id, actions, set_sha256, secret_count },
    ...{ secrets, from_at, due_at, decided_at },
    ...(ends_at === undefined ? {} : { ends_at }),
  });
}

/**
 * Refuses a revocation that asks for something else than the decisions on its item: one that asks for less would be found removed while the
 * access is there. An item that changed after the review ended has other decisions, and says nothing of it. E_INTEGRITY.
 */
export function requireAsDecided(campaign: Campaign, found: CampaignItem, revocation: Revocation): void {
  if (found.state !== "decided") return;
  const [due] = revocationsDue(campaign, [found], revocation.from_at);
  if (due !== undefined && decidedPart(due) === decidedPart(revocation)) return;
  throw refusal(
    `the revocation of item ${revocation.item_id} of ${campaign.campaign_id} as it was decided`,
    "another",
    "Somebody changed the database: restore it with `leaves/` and `cas/` from one backup.",
    "E_INTEGRITY",
  );
}

/** Secrets that a line names. */
const NAMED_SECRETS = 5;

/** What must go, in words: actions on all secrets of the set, and of those that are taken out all access. */
export function goingText({
  actions,
  secret_count,
  secrets,
}: Pick<Revocation, "actions" | "secret_count" | "secrets">): string {
  const parts = [
    ...(actions.length === 0 ? [] : [`${actions.join(", ")} on ${counted(secret_count, "secret")}`]),
    ...(secrets.length === 0
      ? []
      : [`all access to ${counted(secrets.length, "secret")}: ${namedText(secrets, NAMED_SECRETS)}`]),
  ];
  return parts.join("; and ");
}

/** Whether at an instant nothing may be left of what one decision reduced and another limited in time. */
export function isOver({ ends_at }: Pick<Revocation, "ends_at">, at: Instant): boolean {
  return ends_at !== undefined && Date.parse(at) >= Date.parse(ends_at);
}

/** Whether a snapshot showed all to be gone that has to go, also what was to end after what was reduced. */
export function isDone(revocation: Pick<Revocation, "checked" | "ends_at" | "state">): boolean {
  const { state, checked, ends_at } = revocation;
  return state === "removed" && (ends_at === undefined || isOver(revocation, checked?.as_of ?? ""));
}

/** Whether something had to be gone by an instant that no snapshot has shown to be gone. */
export function isOverdue(
  revocation: Pick<Revocation, "checked" | "due_at" | "ends_at" | "state">,
  at: Instant,
): boolean {
  if (revocation.state !== "removed") return revocation.due_at < at;
  return !isDone(revocation) && isOver(revocation, at);
}

/** What must be gone at an instant because of a revocation. `granted`: the item's actions; `targets`: ids of its set. */
export function demandsAt(
  revocation: Pick<Revocation, "actions" | "ends_at" | "secrets">,
  granted: readonly GrantAction[],
  targets: readonly string[],
  at: Instant,
): Demand[] {
  if (isOver(revocation, at)) return [{ actions: granted, targets, kept_actions: [] }];
  return demandsOfRevocation(revocation, granted, targets);
}

/** What must be gone because of a revocation, before what is left of it ends. `granted`: the item's actions; `targets`: ids of its set. */
export function demandsOfRevocation(
  { actions, secrets }: Pick<Revocation, "actions" | "secrets">,
  granted: readonly GrantAction[],
  targets: readonly string[],
): Demand[] {
  const kept = granted.filter((action) => !actions.includes(action));
  return [
    ...(actions.length === 0 ? [] : [{ actions, targets, kept_actions: kept }]),
    ...(secrets.length === 0 ? [] : [{ actions: granted, targets: secrets, kept_actions: [] }]),
  ];
}
