import { setMoto } from "../../counterparties/moto.ts";
import type { Stage } from "./company.ts";
import { fillTrail } from "./around.ts";
import { identitySteps } from "./identities.ts";
import { foundOrganization } from "./organization.ts";
import { storeSteps } from "./stores.ts";
import { HOME, OWN_ACCOUNT, OWN_CREDENTIALS, REAL_TIME, inOrder, type Clock, type Terms } from "./terms.ts";

/** So that the server makes up the same ids each time. */
const SEED = 20_260_930;

/** Days ago that the organisation was founded, before everything else. */
const FOUNDED_DAYS_AGO = 930;

/**
 * Fills an empty moto server with the accounts of the company; returns each one's number. Some four thousand calls.
 */
export async function fillAws(endpoint: string, clock: Clock = REAL_TIME): Promise<Record<Stage, string>> {
  await setMoto(endpoint, `seed?a=${SEED}`, "");
  // Functions are not run: moto takes each run for done.
  await setMoto(endpoint, "config", JSON.stringify({ lambda: { use_docker: false } }));
  const own: Terms = { endpoint, region: HOME, credentials: OWN_CREDENTIALS };
  clock.ago(FOUNDED_DAYS_AGO);
  const members = await foundOrganization(own);
  const accounts = [{ stage: "tooling" as const, account: OWN_ACCOUNT, terms: own }, ...members];
  const steps = accounts.flatMap(({ stage, account, terms }) => [
    ...identitySteps(stage, account, OWN_ACCOUNT, terms),
    ...storeSteps(stage, account, terms),
  ]);
  await inOrder(steps, clock);
  for (const { stage, terms } of members) await fillTrail(stage, terms);
  return Object.fromEntries(accounts.map(({ stage, account }) => [stage, account])) as Record<Stage, string>;
}
