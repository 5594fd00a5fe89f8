import type { StateDatabase } from "../../state/index.ts";
import type { Decision } from "../model.ts";
import { keptEntry, type KeptEntry } from "../record/entries.ts";

/** Most campaigns of which decisions are held: of 50,000 items some 30 MB each. */
const MAX_CAMPAIGNS = 4;

/**
 * Decisions of people that stand, by campaign, from the journal: each asks only for the entries since the last time. Reading them off
 * the items instead takes as long as the items are large, whatever was decided. `review check` holds the two against each other.
 */
export class DecisionsInForce {
  readonly #state: Pick<StateDatabase, "entries">;
  readonly #known = new Map<string, Campaign>();

  constructor(state: Pick<StateDatabase, "entries">) {
    this.#state = state;
  }

  async of(campaign_id: string): Promise<InForce> {
    const known: Campaign = this.#known.get(campaign_id) ?? {
      after: 0,
      items: new Map(),
      byRule: new Map(),
      reading: Promise.resolve(),
    };
    this.#known.delete(campaign_id);
    this.#known.set(campaign_id, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_CAMPAIGNS && oldest !== undefined) this.#known.delete(oldest);
    // Of two who ask at once the second goes on where the first ends.
    const read = known.reading.then(async () => await this.#read(campaign_id, known));
    known.reading = read.catch(() => undefined);
    await read;
    return {
      decisions: [...known.items.values()].flat(),
      answeredByRule: [...known.byRule]
        .filter(([item_id]) => (known.items.get(item_id) ?? []).length === 0)
        .map(([, reviewer]) => reviewer),
    };
  }

  async #read(campaign_id: string, known: Campaign): Promise<void> {
    for (;;) {
      const rows = await this.#state.entries({ campaign_id, after: known.after });
      for (const row of rows) take(known, keptEntry(row));
      const last = rows.at(-1);
      if (last === undefined) return;
      known.after = last.number;
    }
  }
}

export interface InForce {
  /** In order of items' first decisions. */
  readonly decisions: readonly Decision[];
  /** Whom items waited for that the rule answered, and nobody else: one for each item. */
  readonly answeredByRule: readonly string[];
}

interface Campaign {
  /** Number of the last entry that is in it. */
  after: number;
  readonly items: Map<string, readonly Decision[]>;
  /** Whom items waited for, by id, when the rule answered. */
  readonly byRule: Map<string, string>;
  reading: Promise<void>;
}

function take({ items, byRule }: Pick<Campaign, "byRule" | "items">, entry: KeptEntry): void {
  switch (entry.kind) {
    case "decided":
      for (const decision of entry.document.decisions)
        items.set(decision.item_id, [...(items.get(decision.item_id) ?? []), decision]);
      break;
    case "undone":
      items.set(entry.document.item_id, (items.get(entry.document.item_id) ?? []).slice(0, -1));
      break;
    case "items_refreshed": {
      const { joined, changed, gone } = entry.document;
      for (const id of [...joined, ...changed, ...gone]) {
        items.delete(id);
        byRule.delete(id);
      }
      break;
    }
    case "unanswered":
      for (const { item_id, reviewer } of entry.document.items)
        if (reviewer !== undefined) byRule.set(item_id, reviewer);
      break;
    default:
  }
}
