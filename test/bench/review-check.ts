/**
 * Time and memory of holding the tables of an access review against its journal, and what naming rows costs where a campaign is made.
 *
 * `npm run bench -- review-check [items]`, 50,000 unless told. Four fifths of the items are decided, 50 at once.
 */
import { digestOf } from "../../src/base/index.ts";
import { keepParts } from "../../src/review/desk/making.ts";
import { DeskState } from "../../src/review/desk/ports.ts";
import { checkState } from "../../src/review/index.ts";
import type { CampaignItem, Decision } from "../../src/review/model.ts";
import { entry } from "../../src/review/record/entries.ts";
import { campaignRow, itemRow } from "../../src/review/record/records.ts";
import { targetSet } from "../../src/state/index.ts";
import { campaign, reviewItem } from "../review/campaign.ts";
import { openDesk } from "../review/estate.ts";
import { measured } from "./run-cost.ts";

const itemCount = Number(process.argv[2] ?? 50_000);
const AT_ONCE = 50;

const { ports, state, kept } = await openDesk();
const desk = new DeskState(ports);
const set = targetSet(reviewItem().secrets.sample);
const of = campaign({ version: 1, state: "created" });
const { campaign_id, terms, snapshot_id, snapshot_sha256, population } = of;
const items = Array.from({ length: itemCount }, (_, place) => made(place));
const by = { campaign_id, by: of.created_by, at: of.created_at };

const making = await measured(async () => {
  const parts = await keepParts(
    desk,
    items.map(({ item }) => item),
  );
  const told = { terms, snapshot_id, snapshot_sha256, population, parts };
  await desk.commit({
    entries: [entry("campaign_created", by, told)],
    campaigns: [campaignRow(of)],
    items: items.map((one, place) => itemRow(one, place)),
    targetSets: [set],
  });
});
const deciding = await measured(async () => {
  for (let from = 0; from < (itemCount * 4) / 5; from += AT_ONCE) {
    const decided = items.slice(from, from + AT_ONCE).map(decidedOn);
    await desk.commit({
      entries: [
        entry(
          "decided",
          by,
          { decisions: decided.flatMap(({ decisions }) => decisions) },
          decided.map(({ item }) => item.item_id),
        ),
      ],
      items: decided.map((one, place) => itemRow(one, from + place)),
    });
  }
});
const checking = await measured(async () => {
  await checkState({ state, kept: (digest) => Promise.resolve(kept.get(digest) ?? new Uint8Array()) });
});
await state.close();
console.log(JSON.stringify({ items: itemCount, making, deciding, checking }));

function made(place: number): CampaignItem {
  const item_id = digestOf({ place }).slice(0, 32);
  const item = reviewItem({ item_id, secrets: { ...reviewItem().secrets, set_sha256: set.set_sha256 } });
  const reviewer = `reviewer-${place % 300}@example.com`;
  return {
    ...{ campaign_id, version: 1, state: "open", item, seen_sha256: digestOf(item), reviewer },
    ...{ assigned_because: "manager of ada.lindqvist@example.com", delegations: 0, decisions: [] },
  };
}

function decidedOn(found: CampaignItem): CampaignItem {
  const { item, seen_sha256, reviewer = "" } = found;
  const decision: Decision = {
    item_id: item.item_id,
    kind: "certify",
    justification: "needed for the nightly settlement",
    level: "reviewer",
    by: reviewer,
    at: of.created_at,
    channel: "web",
    seen_sha256,
    bulk_size: AT_ONCE,
  };
  return { ...found, version: 2, state: "decided", outcome: "certify", decisions: [decision] };
}
