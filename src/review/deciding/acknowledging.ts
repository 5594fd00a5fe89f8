import type { StateDatabase } from "../../state/index.ts";
import type { Campaign } from "../model.ts";
import type { ReviewSettings } from "../settings.ts";

/**
 * Who is of management where all of them are asked in a campaign, decided in it or signed its result off: nobody could acknowledge it, and
 * it could not be closed. Empty: somebody else is there, or groups may name some.
 */
export async function askedManagement(
  state: Pick<StateDatabase, "counts">,
  { management = [], roles = {} }: ReviewSettings,
  { campaign_id, state: now, acknowledgement, signed_off, sign_off }: Campaign,
): Promise<readonly string[]> {
  if (now === "closed" || acknowledgement !== undefined) return [];
  if (management.length === 0 && (roles.admin?.groups ?? []).length > 0) return [];
  const lower = (emails: readonly string[] = []): string[] => emails.map((email) => email.toLowerCase());
  const auditors = new Set(lower(roles.auditor?.people));
  const named = lower(management.length > 0 ? management : roles.admin?.people).filter(
    (who) => !auditors.has(who),
  );
  const asked = new Set([
    ...signed_off.map(({ by }) => by),
    ...(sign_off === undefined ? [] : [sign_off.by]),
  ]);
  for (const { values } of await state.counts({ campaign_id }, ["reviewer"])) asked.add(values[0] ?? "");
  return named.every((who) => asked.has(who)) ? named : [];
}

/** What that is, and what helps. */
export function askedManagementText(named: readonly string[]): {
  readonly what: string;
  readonly fix: string;
} {
  return {
    what: `all of management are asked as well, and nobody acknowledges what they decided: ${named.join(", ")}`,
    fix: "Name somebody else under review.management, or ask others for their items.",
  };
}
