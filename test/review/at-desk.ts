import { expect } from "vitest";
import type { CampaignItem, Choice, Revocation } from "../../src/review/model.ts";
import type { ReviewSettings } from "../../src/review/settings.ts";
import type { CampaignAct, ItemQuery } from "../../src/review/views.ts";
import type { StateDatabase } from "../../src/state/index.ts";
import type { EstateFacts } from "../access/estate-facts.ts";
import { actor, openDesk, seenOf } from "./estate.ts";

export const ALL: ItemQuery = { whose: "all", sort: "risk", offset: 0, limit: 200 };
export const MINE: ItemQuery = { whose: "mine", sort: "risk", offset: 0, limit: 200 };
export const WHY = "needed for the nightly settlement";
export const STATEMENT = "I looked at each of them.";
export const ID = "quarterly-2026-q4";

export const seen = ({ item, version, seen_sha256 }: CampaignItem) => ({
  item_id: item.item_id,
  version,
  seen_sha256,
});

export type Opened = Awaited<ReturnType<typeof openDesk>>;

/** A campaign of the small estate, or of another, that is open. */
export async function started(settings?: ReviewSettings, facts?: EstateFacts): Promise<Opened> {
  const opened = await openDesk(settings);
  if (facts !== undefined) opened.world.seen = seenOf(facts, opened.world.seen.as_of);
  expect(await opened.desk.running.start(actor.cora, "quarterly")).toBe(ID);
  await opened.desk.running.act(actor.cora, ID, "open", 1);
  return opened;
}

/** Items by the last part of the principal's name and their tier, e.g. `ada standard`. */
export async function byName(
  { desk }: Opened,
  query: ItemQuery = ALL,
): Promise<Record<string, CampaignItem>> {
  const { rows } = await desk.reading.items(query.whose === "all" ? actor.cora : actor.mia, ID, query);
  return Object.fromEntries(
    rows.map((row) => [
      `${row.item.principal.name.split("/").at(-1) ?? ""} ${row.item.secrets.tier ?? ""}`,
      row,
    ]),
  );
}

export async function itemNamed(opened: Opened, name: string): Promise<CampaignItem> {
  const found = (await byName(opened))[name];
  if (found === undefined) throw new Error(`no item ${name}`);
  return found;
}

export async function version({ desk }: Opened): Promise<number> {
  return (await desk.reading.campaign(actor.cora, ID)).campaign.version;
}

/** An act on the campaign as it is, by compliance. */
export async function act(opened: Opened, what: CampaignAct, statement?: string): Promise<void> {
  await opened.desk.running.act(actor.cora, ID, what, await version(opened), statement);
}

/** A decision on an item as it is; Mia's unless somebody else is named. */
export async function decideOn(
  opened: Opened,
  name: string,
  choice: Choice,
  who: (typeof actor)[keyof typeof actor] = actor.mia,
): Promise<void> {
  const item = await itemNamed(opened, name);
  await opened.desk.deciding.decide(who, ID, seen(item), { justification: WHY, ...choice });
}

/** Rows of revocations by the last part of the principal's name. */
export async function revocations({ desk }: Opened): Promise<Record<string, Revocation>> {
  const { rows } = await desk.reading.revocations(actor.cora, ID, ALL);
  return Object.fromEntries(
    rows.map(({ principal_name, revocation }) => [principal_name.split("/").at(-1) ?? "", revocation]),
  );
}

/** Somebody else's act, between what an act reads and what it commits. */
export function inBetween(state: StateDatabase, other: () => Promise<unknown>): void {
  const commit = state.commit.bind(state);
  state.commit = async (wanted) => {
    state.commit = commit;
    await other();
    return await commit(wanted);
  };
}

/** What is not sealed in the journal alone: kinds of its entries, first to last. */
export async function kinds({ state }: Opened): Promise<string[]> {
  return (await state.entries({ campaign_id: ID })).map(({ kind }) => kind);
}
