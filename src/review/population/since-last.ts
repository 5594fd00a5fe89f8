import type { Certainty, GrantAction } from "../../access/index.ts";
import { counted } from "../../base/index.ts";
import type { CampaignTerms, Change, Choice, ReviewItem } from "../model.ts";

/** Of which part of a grant an item is. The id alone does not say it: it is the same of all secrets, and of those that have no owner. */
export interface PartOf {
  readonly item_id: string;
  /** Whether the grant was parted by owner: see {@link isByOwner}. */
  readonly by_owner: boolean;
}

/** Owners decide by the campaign's terms, or since nobody answers for the principal. */
export function isByOwner(
  { assign }: Pick<CampaignTerms, "assign">,
  { person, owner }: Pick<ReviewItem["principal"], "owner" | "person">,
): boolean {
  return assign === "owner" || (person === undefined && owner === undefined);
}

/** Whether items of two campaigns are one and the same. */
export function isSamePart(a: PartOf, b: PartOf): boolean {
  return a.item_id === b.item_id && a.by_owner === b.by_owner;
}

/** An item of an earlier campaign, as far as it is compared. */
export interface PreviousItem extends PartOf {
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  readonly set_sha256: string;
  /** Ids of its secrets, in code-unit order; asked only where the digest differs. */
  targets(): readonly string[];
  readonly last_review?: ReviewItem["last_review"];
  /** Of what was reduced: what may stay, and which secrets may not. Absent: that is not known. */
  readonly reduced?: Pick<Choice, "keep_actions" | "revoke_secrets">;
  /** A newer decision is on the same part: of this one only what it took away of other secrets is still told. */
  readonly superseded?: boolean;
}

/** What earlier campaigns know of a grant, by its id: its items however they were parted, in the order of the newest campaign first. */
export type Previous = (grantId: string) => readonly PreviousItem[];

/** An item that is being made. `targets`: in code-unit order. */
export interface Now extends PartOf {
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  readonly set_sha256: string;
  readonly targets: readonly string[];
}

/** What of an item's secrets one earlier item tells last. Their numbers in the item are in `at`. */
export interface Told {
  readonly of: PreviousItem;
  readonly at: readonly number[];
  /** How many of them it did not have: they came under a path that was to go as a whole. */
  readonly later_count: number;
}

const SURENESS: Readonly<Record<Certainty, number>> = { possible: 0, conditional: 1, certain: 2 };

/**
 * Which earlier item tells last of each secret: the newest decision, or else the newest campaign. What a path had to lose as a whole, it
 * has to lose of what came under it since. Time: of each earlier item the smaller of both sets, times the logarithm of the larger.
 */
export function toldOf(now: Now, items: readonly PreviousItem[]): Told[] {
  const ordered = inOrder(items);
  const [newest] = ordered;
  // As nearly all are.
  if (newest !== undefined && newest.set_sha256 === now.set_sha256 && newest.superseded !== true)
    return [{ of: newest, at: [...now.targets.keys()], later_count: 0 }];
  const isFree = new Uint8Array(now.targets.length).fill(1);
  let left = now.targets.length;
  const told: Told[] = [];
  for (const of of ordered) {
    if (left === 0) break;
    const had = sharedWith(now, of).filter((at) => isFree[at] === 1);
    for (const at of had) isFree[at] = 0;
    const later = isWholePath(now, of) ? [...now.targets.keys()].filter((at) => isFree[at] === 1) : [];
    for (const at of later) isFree[at] = 0;
    left -= had.length + later.length;
    // What was let be, and was of the part no more when somebody decided on that again, came back without anybody's decision.
    const at = of.superseded === true ? had.filter((one) => takes(of, now.targets[one])) : [...had, ...later];
    if (at.length > 0) told.push({ of, at, later_count: later.length });
  }
  return told;
}

/** The newest decisions first, then what nobody decided on as it came. */
function inOrder(items: readonly PreviousItem[]): readonly PreviousItem[] {
  if (items.length < 2) return items;
  const at = ({ last_review }: PreviousItem): number =>
    last_review === undefined ? -Infinity : Date.parse(last_review.at);
  return items.toSorted((a, b) => (at(a) === at(b) ? 0 : at(b) - at(a)));
}

/** Whether it is this very item, that was to go as a whole. */
function isWholePath(now: Now, of: PreviousItem): boolean {
  const decision = of.last_review?.decision;
  return (
    isSamePart(of, now) && of.superseded !== true && (decision === "revoke" || decision === "time_limit")
  );
}

/** Whether an earlier item took all or some of a secret's access away. */
function takes(of: PreviousItem, id = ""): boolean {
  const decision = of.last_review?.decision;
  if (decision !== "reduce") return decision !== undefined && decision !== "certify";
  return takenActions(of).length > 0 || of.reduced?.revoke_secrets?.includes(id) === true;
}

/** What a reduction took of all secrets of an item. */
export function takenActions({ actions, reduced }: PreviousItem): GrantAction[] {
  const keep = reduced?.keep_actions;
  return keep === undefined ? [] : actions.filter((action) => !keep.includes(action));
}

/** Numbers of the secrets that an earlier item had as well, ascending. */
function sharedWith(now: Now, of: PreviousItem): number[] {
  if (of.set_sha256 === now.set_sha256) return [...now.targets.keys()];
  const before = of.targets();
  if (now.targets.length <= before.length)
    return [...now.targets.keys()].filter((at) => placeIn(before, now.targets[at]) !== undefined);
  return before.map((id) => placeIn(now.targets, id)).filter((at) => at !== undefined);
}

/** Where an id stands among others in code-unit order. */
function placeIn(ids: readonly string[], id = ""): number | undefined {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ids[middle] ?? "") < id) low = middle + 1;
    else high = middle;
  }
  return ids[low] === id ? low : undefined;
}

/** What an item is compared with. */
interface Before {
  readonly actions: readonly GrantAction[];
  /** Actions that any of them had. */
  readonly ever: readonly GrantAction[];
  readonly weakest: Certainty;
  readonly strongest: Certainty;
}

/**
 * What became of an item since; what grew and shrank at once is wider. `told`: see {@link toldOf}. Compared is with what tells of its secrets, or with
 * the same item where nothing does. Secrets that other items had count as gone of none: they may be in another one now.
 */
export function changeSince(
  now: Now,
  told: readonly Told[],
  items: readonly PreviousItem[],
): { readonly change: Change; readonly change_detail?: string } {
  const same = items.find((one) => isSamePart(one, now) && one.superseded !== true);
  const known = told.filter(({ of }) => of.superseded !== true);
  const parts =
    known.length > 0 ? known.map(({ of }) => of) : same === undefined ? told.map(({ of }) => of) : [same];
  if (parts.length === 0)
    return { change: "new", change_detail: "this path was not there at the last review" };
  const [gained, lost] = powersSince(now, beforeOf(parts));
  const added = now.targets.length - sum(known.map(({ at, later_count }) => at.length - later_count));
  if (added > 0)
    gained.push(
      parts.some((one) => isSamePart(one, now))
        ? `${counted(added, "secret")} more`
        : `${added} of ${counted(now.targets.length, "secret")} ${added === 1 ? "was" : "were"} in no earlier review of this path`,
    );
  const [only] = parts;
  if (parts.length === 1 && only === same && only !== undefined && only.set_sha256 !== now.set_sha256) {
    const removed = only.targets().length - sharedWith(now, only).length;
    if (removed > 0) lost.push(`${counted(removed, "secret")} fewer`);
  }
  const detail = [...gained, ...lost].join("; ");
  if (gained.length > 0) return { change: "wider", change_detail: detail };
  if (lost.length > 0) return { change: "narrower", change_detail: detail };
  return { change: "same" };
}

function beforeOf(parts: readonly PreviousItem[]): Before {
  const actions = parts.map((part) => new Set(part.actions));
  const bySureness = parts.map(({ certainty }) => certainty).sort((a, b) => SURENESS[a] - SURENESS[b]);
  return {
    actions: (parts[0]?.actions ?? []).filter((one) => actions.every((of) => of.has(one))),
    ever: [...new Set(parts.flatMap((part) => part.actions))],
    weakest: bySureness[0] ?? "certain",
    strongest: bySureness.at(-1) ?? "certain",
  };
}

/** In words, what it may do more or less, and how much surer or less sure that is. */
function powersSince(now: Now, before: Before): [string[], string[]] {
  const gained: string[] = [];
  const lost: string[] = [];
  const more = now.actions.filter((action) => !before.actions.includes(action));
  const fewer = before.ever.filter((action) => !now.actions.includes(action));
  if (more.length > 0) gained.push(`may now ${more.join(", ")}`);
  if (fewer.length > 0) lost.push(`may no longer ${fewer.join(", ")}`);
  const { weakest, strongest } = before;
  if (SURENESS[now.certainty] > SURENESS[weakest]) gained.push(`was ${weakest}, is ${now.certainty}`);
  else if (SURENESS[now.certainty] < SURENESS[strongest]) lost.push(`was ${strongest}, is ${now.certainty}`);
  return [gained, lost];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
