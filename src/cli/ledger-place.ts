import { join } from "node:path";
import { nodeFileSystem, type Clock } from "../base/index.ts";
import { ContentStore, LeafChain } from "../ledger/index.ts";
import { Journal, leafTypeOf } from "../review/index.ts";
import type { StateDatabase } from "../state/index.ts";

/** Who made the leaves of a state directory. It stands in each of them, the first of which was the embedded vault's. */
const COLLECTOR = "embedded-vault";

/** The one chain of evidence leaves of a state directory, whoever appends to it. */
export function evidenceLeaves(stateDirectory: string, clock: Clock): LeafChain {
  return new LeafChain(join(stateDirectory, "leaves"), COLLECTOR, nodeFileSystem, clock);
}

/** Where the bytes lie that leaves name. */
export function evidenceContent(stateDirectory: string): ContentStore {
  return new ContentStore(join(stateDirectory, "cas"));
}

/** The journal of access reviews, beside its database. */
export function reviewJournal(state: StateDatabase, stateDirectory: string, clock: Clock): Journal {
  return new Journal({
    state,
    content: evidenceContent(stateDirectory),
    leaves: evidenceLeaves(stateDirectory, clock),
    clock,
    leafType: leafTypeOf,
  });
}
