import { performance } from "node:perf_hooks";
import { decide } from "../../src/review/deciding/decide.ts";
import type { Decision } from "../../src/review/index.ts";
import { entry } from "../../src/review/record/entries.ts";
import { itemOf, itemRow } from "../../src/review/record/records.ts";
import type { ItemRow } from "../../src/state/index.ts";
import { COMPLIANCE, REVIEWERS, openWorld, reviewerOf, seenOf, usage } from "./review-world.ts";

/**
 * A process of `review-serve`: makes a campaign of a snapshot through the desk, and decides half of it. Arguments: directory, items, URL of
 * a PostgreSQL database or nothing.
 */
const [directory = "", items = "", url] = process.argv.slice(2);

/** Decisions of one entry of the journal. */
const OF_ENTRY = 20;

const started = performance.now();
const seen = seenOf(Number(items));
const modelled = performance.now();
const before = usage();
const place = url === undefined ? { file: `${directory}/state.db` } : { url };
const world = await openWorld(directory, place, () => Promise.resolve(seen));
const starting = performance.now();
const campaign_id = await world.desk.running.start(COMPLIANCE, "quarterly");
const made = performance.now();
const after = usage();
await world.desk.running.act(COMPLIANCE, campaign_id, "open", 1);

/** As if each had decided on every other of theirs, one after another; the last on all. */
const campaign = (await world.desk.reading.campaign(COMPLIANCE, campaign_id)).campaign;
let decided = 0;
for (let index = 0; index < REVIEWERS; index += 1) {
  const actor = reviewerOf(index);
  const rows: ItemRow[] = [];
  for await (const row of world.state.everyItem({ campaign_id, reviewer: [actor.who] })) rows.push(row);
  let decisions: Decision[] = [];
  let next: ItemRow[] = [];
  const at = (n: number): string => new Date(Date.now() + n * 1000).toISOString();
  const assignment = rows.filter((_, n) => n % 2 === 0 || index === REVIEWERS - 1);
  for (const [n, row] of assignment.entries()) {
    const found = itemOf(row);
    const choice = n % 10 === 0 ? ({ kind: "revoke" } as const) : ({ kind: "certify" } as const);
    const justification = `needed for the nightly job of team ${n}`;
    const terms = { actor, at: at(n), channel: "web", seen_sha256: found.seen_sha256, bulk_size: 1 } as const;
    const becomes = decide(campaign, found, { ...choice, justification }, terms);
    const asked = becomes.state === "security" ? { reviewer: "role:security" } : {};
    decisions.push(...becomes.decisions);
    next.push(itemRow({ ...becomes, ...asked }, row.position));
    if (decisions.length < OF_ENTRY && n < assignment.length - 1) continue;
    const ids = next.map(({ item_id }) => item_id);
    const of = { campaign_id, by: actor.who, at: at(n) };
    await world.state.commit({ entries: [entry("decided", of, { decisions }, ids)], items: next });
    decided += decisions.length;
    [decisions, next] = [[], []];
  }
}
await world.journal.publish();
const { campaign: now } = await world.desk.reading.campaign(COMPLIANCE, campaign_id);
const [total] = await world.state.counts({ campaign_id }, []);
const [some] = await world.state.items({ campaign_id }, { limit: 1 });
await world.state.close();

const seconds = (milliseconds: number): number => Math.round(milliseconds) / 1000;

console.log(
  JSON.stringify({
    campaign_id,
    version: now.version,
    items: total?.count ?? 0,
    document_bytes: some?.document.length ?? 0,
    decided,
    model_s: seconds(modelled - started),
    model_peak_rss_mb: before.peak_rss_mb,
    start_s: seconds(made - starting),
    start_cpu_s: Math.round((after.cpu_s - before.cpu_s) * 100) / 100,
    start_peak_rss_mb: after.peak_rss_mb,
  }),
);
