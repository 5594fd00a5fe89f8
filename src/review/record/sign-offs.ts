import { compareStrings } from "../../base/index.ts";
import type { KeptEntry } from "./entries.ts";
import type { Decision } from "../model.ts";
import type { Unsigned } from "./unsigned.ts";

/**
 * Which decisions their people signed off, as the order of the journal says: who signs off stands for what they had decided until then. Clocks
 * do not tell, since one that was ahead and is set right makes later decisions earlier. Entries come in order of their numbers.
 */
export class SignOffs {
  /** By who decided: items whose decision is in force and not signed off. */
  readonly #open = new Map<string, Set<string>>();

  take(entry: KeptEntry): void {
    switch (entry.kind) {
      case "decided":
        for (const { by, item_id } of entry.document.decisions)
          this.#open.set(by, (this.#open.get(by) ?? new Set()).add(item_id));
        break;
      case "undone":
        this.#open.get(entry.document.decision.by)?.delete(entry.document.item_id);
        break;
      case "items_refreshed": {
        const { joined, changed, gone } = entry.document;
        for (const items of this.#open.values())
          for (const id of [...joined, ...changed, ...gone]) items.delete(id);
        break;
      }
      case "items_signed_off":
        for (const by of [entry.by, ...(entry.document.also ?? [])]) this.#open.delete(by);
        break;
      default:
    }
  }

  /** Of a decision in force. What a rule decided needs nobody's name. */
  isSigned({ by, item_id }: Pick<Decision, "by" | "item_id">): boolean {
    return this.#open.get(by)?.has(item_id) !== true;
  }

  /** In order of names. */
  unsigned(): Unsigned[] {
    return [...this.#open]
      .filter(([, items]) => items.size > 0)
      .map(([by, items]) => ({ by, decisions: items.size }))
      .sort((a, b) => compareStrings(a.by, b.by));
  }
}
