import { canonicalJson, type Instant } from "../../base/index.ts";
import type { Commit, NewEntry } from "../../state/index.ts";
import type { Revocation } from "../model.ts";
import { entry } from "../record/entries.ts";
import { revocationRow } from "../record/records.ts";

/** What comes and goes of a campaign's revocations. */
export interface RevocationChanges {
  readonly due: readonly Revocation[];
  readonly withdrawn: readonly Revocation[];
  /** Of the same decisions, by which more has to go by now. */
  readonly wider: readonly Revocation[];
}

/**
 * Revocations as the decisions now ask for them (`due`), where those of `known` are there: what stands for another decision, or for none, goes.
 * What only became wider is the same revocation: its deadline, ticket and verdict stay.
 */
export function changedRevocations(
  known: readonly Revocation[],
  due: readonly Revocation[],
): RevocationChanges {
  const wanted = new Map(due.map((one) => [one.item_id, one]));
  const kept = new Set<string>();
  const withdrawn: Revocation[] = [];
  const wider: Revocation[] = [];
  for (const one of known) {
    const now = wanted.get(one.item_id);
    const stands = now !== undefined && substance(now) === substance(one);
    const widens = now !== undefined && !stands && isWider(now, one);
    if (widens) wider.push(widened(one, now));
    if (stands || widens) kept.add(one.item_id);
    else withdrawn.push(one);
  }
  return { due: due.filter(({ item_id }) => !kept.has(item_id)), withdrawn, wider };
}

/** Whether the same decisions ask for all that they asked for, and more. Under the same decisions a set only grows. */
function isWider(now: Revocation, known: Revocation): boolean {
  const { actions, set_sha256, secret_count } = now;
  const alike = { ...known, actions, set_sha256 };
  return (
    now.kind === "revoke" &&
    substance(now) === substance(alike) &&
    known.actions.every((action) => actions.includes(action)) &&
    secret_count >= known.secret_count
  );
}

/** A revocation that asks for more: what was gone is not all that has to go. */
function widened(
  { removed_at, ...known }: Revocation,
  { actions, set_sha256, secret_count }: Revocation,
): Revocation {
  const { version, state } = known;
  return {
    ...{ ...known, actions, set_sha256, secret_count, version: version + 1 },
    ...(state === "removed" ? { state: "open" as const } : removed_at === undefined ? {} : { removed_at }),
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
  { due, withdrawn, wider }: RevocationChanges,
  of: { readonly campaign_id: string; readonly by: string; readonly at: Instant },
  reason: string,
): Pick<Commit, "revocations" | "withdrawn"> & { readonly entries: readonly NewEntry[] } {
  const gone = withdrawn.map(({ item_id, kind, state, ticket }) => ({
    item_id,
    kind,
    state,
    ...(ticket === undefined ? {} : { ticket: ticket.reference }),
  }));
  const come = [
    ...due.map(({ item_id, due_at }) => ({ item_id, due_at })),
    ...wider.map(({ item_id, due_at, state }) => ({ item_id, due_at, wider: true as const, state })),
  ];
  return {
    entries: [
      ...(gone.length === 0
        ? []
        : [entry("revocations_withdrawn", of, { reason, items: gone }, idsOf(gone))]),
      ...(come.length === 0 ? [] : [entry("revocations_due", of, { items: come }, idsOf(come))]),
    ],
    revocations: [...due, ...wider].map(revocationRow),
    withdrawn,
  };
}

function idsOf(items: readonly { readonly item_id: string }[]): string[] {
  return items.map(({ item_id }) => item_id);
}
