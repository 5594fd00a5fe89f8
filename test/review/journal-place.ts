import { join } from "node:path";
import { nodeFileSystem } from "../../src/base/index.ts";
import { ContentStore, LeafChain } from "../../src/ledger/index.ts";
import { Journal } from "../../src/review/record/journal.ts";
import { openState, type StateDatabase } from "../../src/state/index.ts";

/** A journal below `root`: `state.db`, `cas/`, `leaves/`. */
export interface JournalPlace {
  readonly root: string;
  readonly state: StateDatabase;
  readonly journal: Journal;
  readonly leaves: LeafChain;
  readonly content: ContentStore;
}

/** Opens it as a process does that starts. */
export async function openJournal(root: string, url?: string): Promise<JournalPlace> {
  const state = await openState(url === undefined ? { file: join(root, "state.db") } : { url });
  const clock = { now: () => new Date() };
  const leaves = new LeafChain(join(root, "leaves"), "test", nodeFileSystem, clock);
  const content = new ContentStore(join(root, "cas"));
  const leafType = (kind: string) => (kind === "decision" ? "decision" : "evidence");
  const journal = new Journal({ state, content, leaves, clock, leafType });
  return { root, state, journal, leaves, content };
}
