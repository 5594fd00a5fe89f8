import { CountersignError, invariant, type ErrorCode } from "../base/index.ts";
import { readHead, type Head } from "./head.ts";
import type { Entry, IndexDocument } from "./index-document.ts";
import { KekFailure, type KekProvider } from "./kek.ts";
import { openSlot, slotFor, type Slot } from "./slot.ts";
import type { Opened, VaultTerms } from "./terms.ts";

/** What a person may see of a vault without opening a credential. */
export interface VaultSummary {
  readonly vault_id: string;
  readonly epoch: number;
  readonly fingerprint: string;
  readonly generation: number;
  readonly created_at: string;
  readonly slots: readonly Omit<Slot, "sealed" | "wrapped">[];
  readonly entries: readonly Entry[];
  readonly upkeep: IndexDocument["upkeep"];
}

export function summaryOf({ generation, root, index }: Head): VaultSummary {
  return {
    vault_id: generation.vaultId.toString("hex"),
    epoch: generation.epoch,
    fingerprint: root.fingerprint,
    generation: generation.number,
    created_at: index.created_at,
    slots: generation.slots.map(({ id, type, identity, purpose, created_at }) => ({
      id,
      type,
      identity,
      purpose,
      created_at,
    })),
    entries: index.entries,
    upkeep: index.upkeep,
  };
}

/** What came of a key at its slot: `opens`, or why it does not. */
export type Trial = CountersignError | KekFailure | "opens";

export interface Survey extends VaultSummary {
  /** Id of the slot whose key opened the vault. */
  readonly opened_by: string;
  /** By id of the slot; a slot that no configured key was tried at is not there. */
  readonly trials: ReadonlyMap<string, Trial>;
}

/**
 * Looks at the newest state and writes nothing: neither an anchor nor the access log. Then tries each of `tried` at its own
 * slot: that another key opened the vault says nothing of these. As `readHead`.
 */
export async function survey(terms: VaultTerms, tried: readonly KekProvider[] = []): Promise<Survey> {
  let how: Opened | undefined;
  const opened = (one: Opened): void => {
    how = one;
    terms.opened?.(one);
  };
  const head = await readHead({ ...terms, opened });
  try {
    invariant(how !== undefined, "expected to hear which slot opened the vault");
    const trials = new Map<string, Trial>([...how.missed, [how.slot.id, "opens"]]);
    for (const provider of tried) {
      const slot = await slotFor(head.generation.slots, provider);
      if (slot !== undefined && !trials.has(slot.id))
        trials.set(slot.id, await trial(slot, provider, head, terms.signal));
    }
    return { ...summaryOf(head), opened_by: how.slot.id, trials };
  } finally {
    head.root[Symbol.dispose]();
  }
}

async function trial(
  slot: Slot,
  provider: KekProvider,
  { generation: { vaultId, epoch }, root }: Head,
  signal: AbortSignal,
): Promise<Trial> {
  try {
    using found = await openSlot(slot, { vaultId, epoch }, provider, signal);
    if (found.fingerprint === root.fingerprint) return "opens";
    return new KekFailure("corrupt", `the ${slot.type} slot ${slot.identity} holds another root key`);
  } catch (thrown) {
    if (thrown instanceof KekFailure) return thrown;
    if (thrown instanceof CountersignError && !OURS.has(thrown.code)) return thrown;
    throw thrown;
  }
}

/** What is no answer of a key: a bug of ours, or a person who ends the command. */
const OURS: ReadonlySet<ErrorCode> = new Set(["E_INTERNAL", "E_INTERRUPTED"]);
