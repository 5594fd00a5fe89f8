import { GRANT_ACTIONS } from "../../access/index.ts";
import type { Instant } from "../../base/index.ts";
import { targetSet } from "../../state/index.ts";
import { makingOf, keepParts, newItem } from "./making.ts";
import type { DeskState, PlacedItem, SeenAccess } from "./ports.ts";
import { WAITING } from "./reading.ts";
import { entry, type EntryDocuments } from "../record/entries.ts";
import { Eyesight } from "../remediation/eyesight.ts";
import { withHidden } from "../population/hidden-since.ts";
import { populate } from "../population/making.ts";
import type { PopulationItem } from "../population/population-input.ts";
import type { Campaign, CampaignItem, ReviewItem, Widened } from "../model.ts";
import { campaignRow, itemOf, itemRow, revocationOf } from "../record/records.ts";
import { requireInReview } from "../deciding/lifecycle.ts";
import { refresh, type Refreshed } from "../population/refresh.ts";
import { revocationsDue } from "../remediation/revocations.ts";
import { refuseOlder, requireSeenAsWell, unseenOf, type Unseen } from "./seen-worse.ts";
import { changedRevocations, revocationParts } from "./settling.ts";
import type { Actor } from "../roles.ts";

/**
 * What came, changed and went since the campaign was made: late joiners are asked about, and void decisions again. `asSeen`: with a
 * gap that is not in it nothing is compared, since what is seen worse may look changed. E_UNSEEN.
 */
export async function refreshCampaign(
  desk: DeskState,
  actor: Actor,
  campaign: Campaign,
  seen: SeenAccess,
  asSeen?: Unseen,
): Promise<EntryDocuments["items_refreshed"]> {
  requireInReview(campaign);
  refuseOlder(campaign, seen);
  const { campaign_id, terms } = campaign;
  if (asSeen !== undefined) requireSeenAsWell(campaign_id, seen, asSeen);
  const making = await makingOf(desk, seen, terms, campaign.population.query, campaign_id);
  const eyes = new Eyesight({ ...seen, subjects: seen.subjects() });
  const before = new Map<string, PlacedItem>();
  for await (const row of desk.ports.state.everyItem({ campaign_id })) {
    before.set(row.item_id, { found: itemOf(row), position: row.position });
  }
  const there = [...before.values()]
    .filter(({ found }) => found.state !== "gone")
    .map(({ found }) => found.item);
  const reached = await reachedBy(desk, there);
  const sets = new Map<string, readonly string[]>();
  const later = withHiddenOf(populate(making), { there, reached, eyes });
  const found = refresh(there, remembering(later, sets), (item) =>
    eyes.hides(item.store_id, [item.principal.id], reached.get(item.secrets.set_sha256) ?? new Set()),
  );
  const at = desk.now();
  const assignment = await desk.assignment();
  const asked = (item: ReviewItem, version: number): CampaignItem =>
    assignment.first({ ...newItem(campaign_id, item), version }, terms.assign);
  const placed = placedAnew(found, before, asked, at);
  const wider = await widenedBy(desk, found, before, seen);
  for (const { targets, widened } of wider) sets.set(widened.set_sha256, targets);
  const fresh = [
    ...placed.filter((one) => one.found.state !== "gone").map((one) => one.found.item),
    ...wider.map(({ widened }) => widened.item),
  ];
  const { snapshot_id, snapshot_sha256 } = seen;
  const widened = wider.map((one) => one.placed.found.item.item_id);
  const ids = [...placed.map((one) => one.found.item.item_id), ...widened];
  const told: EntryDocuments["items_refreshed"] = {
    snapshot_id,
    snapshot_sha256,
    joined: idsOf(placed, ({ joined_at }) => joined_at === at),
    changed: idsOf(placed, ({ joined_at, state }) => joined_at !== at && state !== "gone"),
    gone: idsOf(placed, ({ state }) => state === "gone"),
    ...(widened.length === 0 ? {} : { widened }),
    parts: await keepParts(desk, fresh),
    ...unseenOf(seen),
  };
  const of = { campaign_id, by: actor.who, at };
  const touched = new Set(ids);
  const known = (await desk.ports.state.revocations(campaign_id))
    .filter(({ item_id }) => touched.has(item_id))
    .map(revocationOf);
  const isDue = new Set(known.map(({ item_id }) => item_id));
  const again = wider.map((one) => one.placed.found).filter(({ item }) => isDue.has(item.item_id));
  const changes = changedRevocations(known, revocationsDue(campaign, again, at));
  const { entries, ...rows } = revocationParts(changes, of, CHANGED_ACCESS);
  await desk.commit({
    entries: [entry("items_refreshed", of, told, ids), ...entries],
    // A new version: nobody signs off, or ends, what was another when they looked at it.
    campaigns: [campaignRow({ ...campaign, version: campaign.version + 1 })],
    items: [...placed, ...wider.map((one) => one.placed)].map((one) => itemRow(one.found, one.position)),
    ...rows,
    targetSets: [...sets].map(([set_sha256, members]) => ({ set_sha256, members })),
  });
  return told;
}

/** All secrets of each set, not those that pages name: what hides any of them hides the item. */
async function reachedBy(
  desk: DeskState,
  items: readonly ReviewItem[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const reached = new Map<string, ReadonlySet<string>>();
  for (const { secrets } of items) {
    if (!reached.has(secrets.set_sha256))
      reached.set(secrets.set_sha256, new Set(await desk.secretsOf(secrets.set_sha256)));
  }
  return reached;
}

/** Why revocations go whose access is another than who decided saw. */
const CHANGED_ACCESS = "the access changed since it was decided on";

/** An item that is revoked as a whole, with all that must go by now. */
interface Wider {
  readonly placed: PlacedItem;
  readonly widened: Widened;
  /** Ids of its whole set. */
  readonly targets: readonly string[];
}

/** What was revoked as a whole and has more under its path now: the revocation covers that as well, and it is asked of nobody again. */
async function widenedBy(
  desk: DeskState,
  { changed }: Refreshed,
  before: ReadonlyMap<string, PlacedItem>,
  { snapshot_id, snapshot_sha256 }: SeenAccess,
): Promise<Wider[]> {
  const wider: Wider[] = [];
  for (const { now } of changed) {
    const known = before.get(now.item.item_id);
    if (known?.found.outcome !== "revoke") continue;
    const { found, position } = known;
    const { actions, set_sha256 } = found.widened ?? { ...found.item, ...found.item.secrets };
    const there = new Set(await desk.secretsOf(set_sha256));
    const { set_sha256: together, members: targets } = targetSet([...there, ...now.targets]);
    const all = GRANT_ACTIONS.filter((one) => actions.includes(one) || now.item.actions.includes(one));
    if (targets.length === there.size && all.length === actions.length) continue;
    const widened: Widened = {
      ...{ item: now.item, snapshot_id, snapshot_sha256, actions: all },
      ...{ set_sha256: together, secret_count: targets.length },
    };
    wider.push({
      placed: { found: { ...found, version: found.version + 1, widened }, position },
      widened,
      targets,
    });
  }
  return wider;
}

/**
 * The items that became others. What is to be revoked stays so, however the access changed or went: its revocation is verified. What
 * was decided and went needs nothing more.
 */
function placedAnew(
  found: Refreshed,
  before: ReadonlyMap<string, PlacedItem>,
  asked: (item: ReviewItem, version: number) => CampaignItem,
  at: Instant,
): PlacedItem[] {
  let last = [...before.values()].reduce((highest, { position }) => Math.max(highest, position), -1);
  const joined = found.joined.map(({ item }) => {
    const known = before.get(item.item_id);
    const next = { ...asked(item, (known?.found.version ?? 0) + 1), joined_at: at };
    return { found: next, position: known?.position ?? (last += 1) };
  });
  const changed = found.changed.flatMap(({ now }) => {
    const known = before.get(now.item.item_id);
    if (known === undefined || known.found.outcome === "revoke") return [];
    const { joined_at, version } = known.found;
    const since = joined_at === undefined ? {} : { joined_at };
    return [
      { found: { ...asked(now.item, version + 1), changed_at: at, ...since }, position: known.position },
    ];
  });
  const gone = found.gone.flatMap(({ item: { item_id } }) => {
    const known = before.get(item_id);
    if (known === undefined || !WAITING.includes(known.found.state)) return [];
    const next = { ...known.found, version: known.found.version + 1, state: "gone" as const, changed_at: at };
    return [{ found: next, position: known.position }];
  });
  return [...joined, ...changed, ...gone];
}

/** Items as they come, with what they had before and what is hidden since. `reached`: members of sets, by digest. */
function* withHiddenOf(
  items: Iterable<PopulationItem>,
  before: {
    readonly there: readonly ReviewItem[];
    readonly reached: ReadonlyMap<string, ReadonlySet<string>>;
    readonly eyes: Eyesight;
  },
): Generator<PopulationItem> {
  const { there, reached, eyes } = before;
  const known = new Map(there.map((item) => [item.item_id, item]));
  for (const made of items) {
    const was = known.get(made.item.item_id);
    const lost = new Set(was === undefined ? [] : reached.get(was.secrets.set_sha256));
    for (const id of made.targets) lost.delete(id);
    const hidden = was === undefined ? [] : eyes.hidden(was.store_id, lost);
    yield was === undefined || hidden.length === 0 ? made : withHidden(made, was, hidden);
  }
}

/** Items as they come, their sets kept. */
function* remembering(
  items: Iterable<PopulationItem>,
  sets: Map<string, readonly string[]>,
): Generator<PopulationItem> {
  for (const made of items) {
    sets.set(made.item.secrets.set_sha256, made.targets);
    yield made;
  }
}

function idsOf(placed: readonly PlacedItem[], which: (found: CampaignItem) => boolean): string[] {
  return placed.filter(({ found }) => which(found)).map(({ found }) => found.item.item_id);
}
