/**
 * Time and memory of what leaves an access review of many items: the evidence's lists, the whole report with its PDF, and one
 * reviewer's items for a spreadsheet.
 *
 * `npm run bench -- review-export [items] [reviewers]`, 50,000 and 300 unless told. A fifth of the items is not decided, one in twenty revoked.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestOf, sha256 } from "../../src/base/index.ts";
import { reviewLists, writeReviewReport } from "../../src/render/index.ts";
import { entry } from "../../src/review/record/entries.ts";
import type { CampaignItem, Decision } from "../../src/review/model.ts";
import { campaignRow, itemRow } from "../../src/review/record/records.ts";
import { campaign, reviewItem } from "../review/campaign.ts";
import { actor, openDesk } from "../review/estate.ts";
import { measured } from "./run-cost.ts";

const itemCount = Number(process.argv[2] ?? 50_000);
const reviewerCount = Number(process.argv[3] ?? 300);

const members = reviewItem().secrets.sample;
const set_sha256 = sha256(Buffer.from(members.map((id) => `${id}\n`).join(""), "utf8"));
const { desk, state, world } = await openDesk();
world.now = "2026-10-20T09:00:00.000Z";
const of = campaign({ version: 1 });
const { campaign_id } = of;
const parts = {
  terms: of.terms,
  snapshot_id: of.snapshot_id,
  snapshot_sha256: of.snapshot_sha256,
  population: of.population,
};
await state.commit({
  entries: [
    entry("campaign_created", { campaign_id, by: of.created_by, at: of.created_at }, { ...parts, parts: [] }),
  ],
  campaigns: [campaignRow(of)],
  targetSets: [{ set_sha256, members }],
});
for (let from = 0; from < itemCount; from += 1000) {
  const items = Array.from({ length: Math.min(1000, itemCount - from) }, (_, place) => made(from + place));
  const decisions = items.flatMap((one) => one.decisions);
  const at = new Date(Date.parse("2026-10-02T09:00:00.000Z") + from * 1000).toISOString();
  await state.commit({
    entries: [entry("decided", { campaign_id, by: "many", at }, { decisions })],
    items: items.map((one, place) => itemRow(one, from + place)),
  });
}

const rss_before_mb = Math.round(process.memoryUsage().rss / 2 ** 20);
const terms = { product: { name: "Countersign", version: "0.1.0" }, entity: { name: "Harbour and Pine" } };
let bytes = 0;
const lists = await measured(async () => {
  const source = await desk.reporting.evidence(actor.olga, campaign_id, terms);
  for (const [, chunks] of reviewLists(source)) for await (const chunk of chunks) bytes += chunk.length;
});
const out = await mkdtemp(join(tmpdir(), "countersign-bench-"));
const report = await measured(async () => {
  await writeReviewReport(await desk.reporting.evidence(actor.olga, campaign_id, terms), out);
});
await rm(out, { recursive: true });
const asked = { who: reviewerOf(0), roles: ["reviewer"] } as const;
const csv = await measured(async () => {
  await desk.offline.exportItems(asked, campaign_id, "csv");
});
const xlsx = await measured(async () => {
  await desk.offline.exportItems(asked, campaign_id, "xlsx");
});
await state.close();
console.log(
  JSON.stringify({
    items: itemCount,
    reviewers: reviewerCount,
    rss_before_mb,
    lists_mb: Math.round(bytes / 1e6),
    lists,
    report,
    one_reviewer_csv: csv,
    one_reviewer_xlsx: xlsx,
  }),
);

function reviewerOf(place: number): string {
  return `reviewer-${place % reviewerCount}@example.com`;
}

function made(place: number): CampaignItem {
  const item_id = digestOf({ place }).slice(0, 32);
  const secrets = { ...reviewItem().secrets, set_sha256 };
  const item = reviewItem({ item_id, privileged: place % 50 === 0, store_id: `vault-${place % 7}`, secrets });
  const seen_sha256 = digestOf(item);
  const by = reviewerOf(place);
  const open = place % 5 === 0;
  const kind = place % 20 === 1 ? "revoke" : "certify";
  const at = new Date(Date.parse("2026-10-02T09:00:00.000Z") + place * 1000).toISOString();
  const decision: Decision = {
    item_id,
    kind,
    justification: `needed for job ${place}`,
    level: "reviewer",
    by,
    at,
    channel: "web",
    seen_sha256,
    bulk_size: 1,
  };
  return {
    campaign_id,
    version: 1,
    state: open ? "open" : "decided",
    item,
    seen_sha256,
    reviewer: by,
    assigned_because: "manager of ada.lindqvist@example.com",
    delegations: 0,
    decisions: open ? [] : [decision],
    ...(open ? {} : { outcome: kind }),
  };
}
