import { canonicalJson, type Instant } from "../../base/index.ts";
import type { Commit, NewEntry } from "../../state/index.ts";
import type { Revocation } from "../model.ts";
import { entry } from "../record/entries.ts";
import { revocationRow } from "../record/records.ts";

/** What comes and goes of a campaign's revocations. */
export interface RevocationChanges {
  readonly due: readonly Revocation[];
  readonly withdrawn: readonly Revocation[];
}

/** Revocations as the decisions now ask for them (`due`), where those of `known` are there: what stands for another decision, or for none, goes. */
export function changedRevocations(
  known: readonly Revocation[],
  due: readonly Revocation[],
): RevocationChanges {
  const wanted = new Map(due.map((one) => [one.item_id, substance(one)]));
  const stands = (one: Revocation): boolean => wanted.get(one.item_id) === substance(one);
  const kept = new Set(known.filter(stands).map(({ item_id }) => item_id));
  return {
    due: due.filter(({ item_id }) => !kept.has(item_id)),
    withdrawn: known.filter((one) => !stands(one)),
  };
}

/** What of a revocation its decisions say; the rest says what became of it. */
function substance(one: Revocation): string {
  const { decided_at, kind, actions, set_sha256, secrets, ends_at } = one;
  return canonicalJson({
    decided_at,
    kind,
    actions,
    set_sha256,
    secrets,
    ...(ends_at === undefined ? {} : { ends_at }),
  });
}

/** Why a revocation goes that a decision took the place of. */
export const OTHER_DECISION = "another decision stands on the access";

/** The same for a transaction, with its entries. `reason`: why revocations are withdrawn. */
export function revocationParts(
  { due, withdrawn }: RevocationChanges,
  of: { readonly campaign_id: string; readonly by: string; readonly at: Instant },
  reason: string,
): Pick<Commit, "revocations" | "withdrawn"> & { readonly entries: readonly NewEntry[] } {
  const gone = withdrawn.map(({ item_id, kind, state, ticket }) => ({
    item_id,
    kind,
    state,
    ...(ticket === undefined ? {} : { ticket: ticket.reference }),
  }));
  const come = due.map(({ item_id, due_at }) => ({ item_id, due_at }));
  return {
    entries: [
      ...(gone.length === 0
        ? []
        : [entry("revocations_withdrawn", of, { reason, items: gone }, idsOf(gone))]),
      ...(come.length === 0 ? [] : [entry("revocations_due", of, { items: come }, idsOf(come))]),
    ],
    revocations: due.map(revocationRow),
    withdrawn,
  };
}

function idsOf(items: readonly { readonly item_id: string }[]): string[] {
  return items.map(({ item_id }) => item_id);
}
