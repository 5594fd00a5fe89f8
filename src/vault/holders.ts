import { CountersignError, invariant } from "../base/index.ts";
import type { ChangeContext } from "./changes.ts";
import { KEK_CODES, KekFailure, type KekProvider } from "./kek.ts";
import { RootKey } from "./root-key.ts";
import { MAX_SLOTS, makeSlot, openSlot, slotFor, type Slot, type SlotPurpose } from "./slot.ts";

/** Who holds the root key, and what for. */
export interface Holder {
  readonly provider: KekProvider;
  readonly purpose: SlotPurpose;
}

/** A vault that only recovery keys open could not be used. E_INPUT. */
export function requireDaily(holders: readonly Holder[]): void {
  if (holders.some(({ purpose }) => purpose === "daily")) return;
  throw new CountersignError("E_INPUT", "expected at least one key for daily use, got none", {
    fix:
      "Add a key under another name to embedded_vault.keys, without `purpose: recovery`, then " +
      "`countersign vault slot add <name>`, and only then `countersign vault slot remove <id of the old>`.",
  });
}

/** The next epoch's root key, and its slots. */
export async function successor(
  { vaultId, root, at }: ChangeContext,
  holders: readonly Holder[],
  signal: AbortSignal,
): Promise<{ root: RootKey; slots: Slot[] }> {
  const next = RootKey.random(vaultId, root.epoch + 1);
  try {
    return { root: next, slots: await madeSlots(next, vaultId, holders, at, signal) };
  } catch (thrown) {
    next[Symbol.dispose]();
    throw thrown;
  }
}

/** The slots there are, and one for `holder`. E_INPUT where it has one, or there are too many. */
export async function withSlot(
  slots: readonly Slot[],
  { vaultId, root, at }: ChangeContext,
  holder: Holder,
  signal: AbortSignal,
): Promise<Slot[]> {
  if ((await slotFor(slots, holder.provider)) !== undefined) throw twice(holder.provider);
  if (slots.length >= MAX_SLOTS) {
    throw new CountersignError("E_INPUT", `expected at most ${MAX_SLOTS} slots, got one more`);
  }
  return [...slots, ...(await madeSlots(root, vaultId, [holder], at, signal))];
}

/** A slot for each holder, each opened once before it counts. E_INPUT, E_UNREACHABLE, E_DENIED, E_INTEGRITY. */
export async function madeSlots(
  root: RootKey,
  vaultId: Buffer,
  holders: readonly Holder[],
  at: string,
  signal: AbortSignal,
): Promise<Slot[]> {
  const slots: Slot[] = [];
  for (const { provider, purpose } of holders) {
    if ((await slotFor(slots, provider)) !== undefined) throw twice(provider);
    try {
      const slot = await makeSlot(root, vaultId, provider, purpose, at, signal);
      using opened = await openSlot(slot, { vaultId, epoch: root.epoch }, provider, signal);
      invariant(
        opened.fingerprint === root.fingerprint,
        "expected a slot to hold the root key that it was made of",
      );
      slots.push(slot);
    } catch (thrown) {
      throw thrown instanceof KekFailure ? unwrappable(provider, thrown) : thrown;
    }
  }
  return slots;
}

function unwrappable(provider: KekProvider, failure: KekFailure): CountersignError {
  const message = `expected the ${provider.type} key to wrap and unwrap, got: ${failure.message}`;
  return new CountersignError(KEK_CODES[failure.reason], message, {
    cause: failure,
    ...(failure.fix === undefined ? {} : { fix: failure.fix }),
  });
}

function twice(provider: KekProvider): CountersignError {
  return new CountersignError(
    "E_INPUT",
    `expected one slot for each key, got a second one for the same ${provider.type} key`,
    {
      fix: "A second slot for one key adds nothing: name another key.",
    },
  );
}

/** Each slot but the one to go needs its holder here, or it would be lost without a word. */
export async function refuseOthers(
  slots: readonly Slot[],
  id: string,
  remaining: readonly Holder[],
): Promise<void> {
  if (!slots.some((slot) => slot.id === id)) {
    throw new CountersignError(
      "E_NOT_FOUND",
      `expected a slot of ${slots.map((slot) => slot.id).join(", ")}, got ${id}`,
    );
  }
  const kept = slots.filter((slot) => slot.id !== id);
  const held = new Set<string>();
  for (const { provider } of remaining) held.add((await slotFor(kept, provider))?.id ?? "");
  const missing = kept.find((slot) => !held.has(slot.id));
  if (missing === undefined && held.size === kept.length && !held.has("")) return;
  const got =
    missing === undefined ? "a key that has no slot" : `none for ${missing.type} ${missing.identity}`;
  throw new CountersignError("E_INPUT", `expected the key of every slot that stays, got ${got}`, {
    fix: "Configure the keys of all slots that stay: the new root key is wrapped for each.",
  });
}
