import { join } from "node:path";
import { evidenceContent, reviewJournal } from "../../src/cli/ledger-place.ts";
import { ReviewDesk, type CampaignItem, type ItemQuery } from "../../src/review/index.ts";
import { openState, type StateDatabase } from "../../src/state/index.ts";
import { HOLD, SETTINGS, actor, estate, seenOf } from "./estate.ts";

const ALL: ItemQuery = { whose: "all", sort: "risk", offset: 0, limit: 200 };
const WHY = "needed for the nightly settlement";

/** From now on entries do not name the rows of their commits, as those of an older program. */
export function asOlder(state: StateDatabase): void {
  const commit = state.commit.bind(state);
  state.commit = async ({ entries = [], ...rows }) =>
    await commit({
      ...rows,
      entries: entries.map((entry) => {
        const told = JSON.parse(entry.document) as { readonly rows?: unknown };
        return { ...entry, document: JSON.stringify({ ...told, rows: undefined }) };
      }),
    });
}

/** Days from the start of the campaign at which something happens. */
export const DAYS = { decided: 4, verified: 19, limit: 40 } as const;

/**
 * A campaign of the small estate, played in a state directory as the server would, from `start` on: Ada's and Eve's access is
 * revoked, Ben's root password limited until day 40, everything decided on day 4; on day 19 Eve's is gone, and Ada has it by another
 * policy. It is in remediation. Tells its id.
 */
export async function playCampaign(
  stateDirectory: string,
  start: Date,
  { older = false }: { readonly older?: boolean } = {},
): Promise<string> {
  const day = (days: number, hour = 6): string =>
    new Date(start.getTime() + days * 86_400_000 + hour * 3_600_000).toISOString();
  const world = { now: day(0, 8), seen: seenOf(estate(), day(0)) };
  const clock = { now: () => new Date(world.now) };
  const state = await openState({ file: join(stateDirectory, "state.db") });
  if (older) asOlder(state);
  const content = evidenceContent(stateDirectory);
  const journal = reviewJournal(state, stateDirectory, clock);
  const { reading, deciding, running, requests } = new ReviewDesk({
    state,
    settings: SETTINGS,
    clock,
    access: () => Promise.resolve(world.seen),
    people: () => Promise.resolve(world.seen.people),
    keep: async (bytes) => await content.put(bytes),
    publish: async () => {
      await journal.publish();
    },
  });
  const id = await running.start(actor.cora, "quarterly");
  const version = async (): Promise<number> => (await reading.campaign(actor.cora, id)).campaign.version;
  const itemOf = async (name: string): Promise<CampaignItem> => {
    const { rows } = await reading.items(actor.cora, id, ALL);
    const found = rows.find(
      ({ item }) => `${item.principal.name.split("/").at(-1) ?? ""} ${item.secrets.tier ?? ""}` === name,
    );
    if (found === undefined) throw new Error(`expected an item of ${name}`);
    return found;
  };
  const decide = async (
    who: (typeof actor)[keyof typeof actor],
    name: string,
    choice: Parameters<typeof deciding.decide>[3],
  ): Promise<void> => {
    const { item, version: shown, seen_sha256 } = await itemOf(name);
    await deciding.decide(who, id, { item_id: item.item_id, version: shown, seen_sha256 }, choice);
  };
  await running.act(actor.cora, id, "open", 1);
  world.now = day(DAYS.decided);
  await decide(actor.mia, "ada standard", { kind: "revoke", justification: WHY });
  await decide(actor.mia, "eve standard", { kind: "revoke" });
  await decide(actor.mia, "ben standard", { kind: "certify", justification: WHY });
  await decide(actor.mia, "ben critical", { kind: "certify", justification: WHY });
  await decide(actor.vera, "ben critical", { kind: "certify", justification: WHY });
  await decide(actor.sam, "ben critical", { kind: "time_limit", justification: WHY, until: day(DAYS.limit) });
  for (const who of [actor.mia, actor.vera, actor.sam])
    await deciding.signOffOwn(who, id, "I looked at each of them.");
  await running.act(actor.cora, id, "end_review", await version());
  world.seen = seenOf(estate({ ada: ["payments-too"], ben: HOLD.ben }), day(DAYS.verified));
  world.now = day(DAYS.verified, 9);
  await running.act(actor.cora, id, "verify", await version());
  await requests.ask(actor.ada, {
    principal: "ada@example.com",
    secrets: ["kv/payments/*"],
    actions: ["read"],
    justification: WHY,
    ends_at: day(DAYS.limit),
  });
  await state.close();
  return id;
}
