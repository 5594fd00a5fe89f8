import type { Certainty, GrantAction } from "../../access/index.ts";
import { counted } from "../../base/index.ts";
import type { Change, ReviewItem } from "../model.ts";

/** An item of the campaign before, as far as it is compared. */
export interface PreviousItem {
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  readonly set_sha256: string;
  /** Ids of its secrets; asked only where the digest differs. */
  targets(): Iterable<string>;
  readonly last_review?: ReviewItem["last_review"];
}

/** The population of the last closed or running campaign, by item id. */
export type Previous = (itemId: string) => PreviousItem | undefined;

const SURENESS: Readonly<Record<Certainty, number>> = { possible: 0, conditional: 1, certain: 2 };

interface Now {
  readonly actions: readonly GrantAction[];
  readonly certainty: Certainty;
  readonly set_sha256: string;
  readonly targets: readonly string[];
}

/** What became of an item since; what grew and shrank at once is wider. */
export function changeSince(
  now: Now,
  before: PreviousItem | undefined,
): { readonly change: Change; readonly change_detail?: string } {
  if (before === undefined)
    return { change: "new", change_detail: "this path was not there at the last review" };
  const gained: string[] = [];
  const lost: string[] = [];
  const more = now.actions.filter((action) => !before.actions.includes(action));
  const fewer = before.actions.filter((action) => !now.actions.includes(action));
  if (more.length > 0) gained.push(`may now ${more.join(", ")}`);
  if (fewer.length > 0) lost.push(`may no longer ${fewer.join(", ")}`);
  const surer = SURENESS[now.certainty] - SURENESS[before.certainty];
  const certainty = `was ${before.certainty}, is ${now.certainty}`;
  if (surer > 0) gained.push(certainty);
  if (surer < 0) lost.push(certainty);
  if (now.set_sha256 !== before.set_sha256) {
    const [then, present] = [new Set(before.targets()), new Set(now.targets)];
    const added = now.targets.filter((id) => !then.has(id)).length;
    const removed = [...then].filter((id) => !present.has(id)).length;
    if (added > 0) gained.push(`${counted(added, "secret")} more`);
    if (removed > 0) lost.push(`${counted(removed, "secret")} fewer`);
  }
  const detail = [...gained, ...lost].join("; ");
  if (gained.length > 0) return { change: "wider", change_detail: detail };
  if (lost.length > 0) return { change: "narrower", change_detail: detail };
  return { change: "same" };
}
