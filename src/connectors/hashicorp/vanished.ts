import type { Gap, RawRecord } from "../../facts/index.ts";
import { namespaceOf, resourceOf, type Operation, type Params } from "./operation.ts";

interface Tally {
  readonly record: RawRecord;
  readonly operation: Operation;
  asked: number;
  gone: number;
}

/**
 * Counts what was listed and said to be gone when it was looked up. Tokens and secret ids end all the time, but not most
 * of them between two questions: then the look-ups, or the listing, cannot be relied on.
 */
export class Vanished {
  readonly #byFolder = new Map<string, Tally>();

  /** Notes the answer to a look-up. */
  note(operation: Operation, params: Params, record: RawRecord, gone: boolean): void {
    const namespace = namespaceOf(record.store_id, record.scope);
    const folder = resourceOf(operation, record.store_id, namespace, params).replace(/[^/]*$/, "");
    const tally = this.#byFolder.get(folder) ?? { record, operation, asked: 0, gone: 0 };
    tally.asked += 1;
    tally.gone += gone ? 1 : 0;
    this.#byFolder.set(folder, tally);
  }

  /** A gap for each folder of which more than half was gone. */
  gaps(): Gap[] {
    return [...this.#byFolder]
      .filter(([, { asked, gone }]) => gone * 2 > asked)
      .map(([resource, { record, operation, asked, gone }]) => ({
        store_id: record.store_id,
        scope: record.scope,
        resource,
        operation: operation.id,
        reason: "unavailable",
        hides: [...operation.hides],
        detail: `expected most of ${asked} that were listed to be there when they were looked up, got ${asked - gone}`,
        fix: "Collect again; where it stays so, check what answers at the address.",
      }));
  }
}
