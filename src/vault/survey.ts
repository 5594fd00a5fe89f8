import { invariant } from "../base/index.ts";
import { readHead, type Head } from "./head.ts";
import type { Entry, IndexDocument } from "./index-document.ts";
import type { KekProvider } from "./kek.ts";
import { slotFor, type Slot } from "./slot.ts";
import type { VaultTerms } from "./terms.ts";

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

export interface Survey extends VaultSummary {
  /** Id of the slot whose key opened the vault. */
  readonly opened_by: string;
}

/** Looks at the newest state and writes nothing: neither an anchor nor the access log. As `readHead`. */
export async function survey(terms: VaultTerms): Promise<Survey> {
  let last: KekProvider | undefined;
  const providers = terms.providers.map((provider): KekProvider => ({
    type: provider.type,
    capabilities: provider.capabilities,
    identity: async () => await provider.identity(),
    wrap: async (...given) => await provider.wrap(...given),
    unwrap: async (...given) => {
      last = provider;
      return await provider.unwrap(...given);
    },
  }));
  const head = await readHead({ ...terms, providers });
  try {
    const slot = last === undefined ? undefined : await slotFor(head.generation.slots, last);
    invariant(slot !== undefined, "expected the slot that opened the vault to be one of its own");
    return { ...summaryOf(head), opened_by: slot.id };
  } finally {
    head.root[Symbol.dispose]();
  }
}
