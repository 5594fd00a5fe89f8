import { setTimeout as sleep } from "node:timers/promises";
import { CountersignError, sha256, sharedRun, type Clock } from "../../base/index.ts";
import { acquireLock } from "../../collect/index.ts";
import type { ContentStore, Leaf, LeafChain, LeafPayload } from "../../ledger/index.ts";
import type { EntryRow, StateDatabase } from "../../state/index.ts";

/** What entries are in the ledger's chain. */
export const JOURNAL_LEAVES = ["approval", "attestation", "decision", "evidence"] as const;

export type JournalLeaf = (typeof JOURNAL_LEAVES)[number];

export interface JournalPorts {
  readonly state: StateDatabase;
  readonly content: ContentStore;
  /** Its directory must be the only one that this database's journal goes to. */
  readonly leaves: LeafChain;
  readonly clock: Clock;
  /** Type of the leaf of a kind of entry. */
  readonly leafType: (kind: string) => JournalLeaf;
}

/** What `verify` saw. */
export interface JournalCheck {
  /** Entries that have their leaf. */
  readonly entries: number;
  /** Entries that were committed and not published yet; publishing puts them into the chain. */
  readonly outstanding: number;
}

/** Entries whose leaves are marked at once; a killed process leaves no more than these unmarked. */
const BATCH = 50;

/** Between two tries for the lock: other processes wait by other times, so that none is late each time. */
const WAIT_MS = 5 + (process.pid % 21);

/** Longest that a publisher waits for that of another process. */
const MAX_WAIT_MS = 60_000;

/** A lock that another host left counts as left behind after so long; the state directory is local, so there is hardly one. */
const FOREIGN_STALE_MS = 3_600_000;

/**
 * The journal's way into the ledger: each entry's document lies in the content-addressed store, and a leaf in the chain
 * names it, in the order of the entries, each once.
 */
export class Journal {
  readonly #ports: JournalPorts;
  readonly #publish: () => Promise<number>;

  constructor(ports: JournalPorts) {
    this.#ports = ports;
    this.#publish = sharedRun(async () => await this.#alone(async () => await publishEntries(ports)));
  }

  /**
   * Puts into the chain what is not there yet, also what a killed process left; tells how many leaves were appended. What was
   * committed before the call is durable when it returns. Calls during a run share the next one. E_INTEGRITY where chain and
   * journal contradict each other: nothing is appended then. E_STATE_LOCKED, E_DISK, and those of the database.
   */
  async publish(): Promise<number> {
    return await this.#publish();
  }

  /**
   * Compares journal, chain and documents, all of them both ways. E_INTEGRITY says what does not agree. Who takes the last
   * leaves and marks their entries as not published is found only by a head of the chain that is kept elsewhere.
   */
  async verify(): Promise<JournalCheck> {
    return await verifyJournal(this.#ports);
  }

  async #alone<T>(work: () => Promise<T>): Promise<T> {
    const { leaves, clock } = this.#ports;
    const terms = { other: "publisher of the journal", clock, foreignStaleMs: FOREIGN_STALE_MS };
    const start = performance.now();
    for (;;) {
      try {
        const lock = await acquireLock(`${leaves.name}.publishing`, terms);
        try {
          return await work();
        } finally {
          await lock.release();
        }
      } catch (thrown) {
        const isHeld = thrown instanceof CountersignError && thrown.code === "E_STATE_LOCKED";
        if (!isHeld || performance.now() - start > MAX_WAIT_MS) throw thrown;
        await sleep(WAIT_MS);
      }
    }
  }
}

async function publishEntries(ports: JournalPorts): Promise<number> {
  const { state, leaves } = ports;
  const ends = await state.journalEnds();
  const [newest] = await leaves.latest(JOURNAL_LEAVES, 1);
  const there = newest === undefined ? 0 : entryNumberOf(newest);
  if (there < ends.published) throw broken(`a leaf of entry ${ends.published}`, lastOf(there));
  if (there > ends.last) throw broken(`entry ${there}, of which there is a leaf`, lastOf(ends.last));
  if (ends.outstanding === undefined) return 0;
  // Those that a killed process put into the chain and did not mark.
  const unmarked = await leaves.latest(JOURNAL_LEAVES, Math.max(0, there + 1 - ends.outstanding));
  const leafOf = new Map(unmarked.map((leaf) => [entryNumberOf(leaf), leaf]));
  let expected = ends.outstanding;
  let appended = 0;
  for (;;) {
    const entries = await state.entries({ after: expected - 1, limit: BATCH });
    const [first] = entries;
    if (first === undefined) return appended;
    for (const entry of entries) {
      requireWhole(entry, expected);
      if (entry.number <= there) requireLeaf(entry, leafOf.get(entry.number));
      expected += 1;
    }
    const fresh = entries.filter(({ number }) => number > there);
    // No leaf of what a power cut would take from the database, or of a document that it would take.
    await Promise.all([
      state.settled(),
      ...fresh.map(({ document }) => ports.content.put(Buffer.from(document, "utf8"))),
    ]);
    if (fresh.length > 0) {
      await leaves.appendAll(
        fresh.map((entry) => ({ type: ports.leafType(entry.kind), payload: payloadOf(entry) })),
      );
    }
    appended += fresh.length;
    await state.markPublished(first.number, expected - 1);
  }
}

async function verifyJournal({ state, content, leaves }: JournalPorts): Promise<JournalCheck> {
  // What is published while the chain is read is not missed in it.
  const { published } = await state.journalEnds();
  const entries = everyEntry(state);
  let checked = 0;
  for await (const leaf of leaves.all()) {
    if (!isOfJournal(leaf)) continue;
    const { value: entry } = await entries.next();
    if (entry === undefined) {
      throw broken(`entry ${entryNumberOf(leaf)}, of which leaf ${leaf.number} is`, lastOf(checked));
    }
    checked += 1;
    requireWhole(entry, checked);
    requireLeaf(entry, leaf);
    await requireKept(content, entry);
  }
  if (checked < published) throw broken(`a leaf of entry ${published}`, lastOf(checked));
  let outstanding = 0;
  for await (const entry of entries) {
    outstanding += 1;
    requireWhole(entry, checked + outstanding);
  }
  return { entries: checked, outstanding };
}

async function* everyEntry(state: StateDatabase): AsyncGenerator<EntryRow, undefined> {
  for (let after = 0; ;) {
    const entries = await state.entries({ after });
    yield* entries;
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    after = last.number;
  }
}

function payloadOf(entry: EntryRow): LeafPayload {
  const { number, campaign_id, kind, by, at, document_sha256 } = entry;
  const campaign = campaign_id === undefined ? {} : { campaign: campaign_id };
  return { entry: number, ...campaign, kind, by, at, document: document_sha256 };
}

function isOfJournal({ type }: Leaf): boolean {
  return (JOURNAL_LEAVES as readonly string[]).includes(type);
}

function entryNumberOf({ number, payload }: Leaf): number {
  const entry = payload["entry"];
  if (typeof entry === "number" && entry >= 1) return entry;
  throw broken(`leaf ${number} to name an entry`, "none");
}

/** The entry is the one that is due, and its document is what was committed. */
function requireWhole(entry: EntryRow, expected: number): void {
  if (entry.number !== expected) throw broken(`entry ${expected} of the journal`, `entry ${entry.number}`);
  if (sha256(entry.document) === entry.document_sha256) return;
  throw broken(`entry ${entry.number} with the document ${entry.document_sha256}`, "another document");
}

/** The leaf says what the entry says. */
function requireLeaf(entry: EntryRow, leaf: Leaf | undefined): void {
  if (leaf === undefined) throw broken(`a leaf of entry ${entry.number}`, "none");
  const due = payloadOf(entry);
  for (const field of new Set([...Object.keys(due), ...Object.keys(leaf.payload)])) {
    if (due[field] === leaf.payload[field]) continue;
    const said = `${field} ${leaf.payload[field] ?? "absent"}`;
    throw broken(
      `entry ${entry.number} as leaf ${leaf.number} has it, ${said}`,
      String(due[field] ?? "absent"),
    );
  }
}

async function requireKept(content: ContentStore, { number, document_sha256 }: EntryRow): Promise<void> {
  try {
    await content.get(document_sha256);
  } catch (thrown) {
    if (!(thrown instanceof CountersignError) || thrown.code === "E_DISK") throw thrown;
    throw broken(
      `the document ${document_sha256} of entry ${number} as it was kept`,
      "none, or another",
      thrown,
    );
  }
}

function lastOf(number: number): string {
  return number === 0 ? "none" : `${number} as the last`;
}

function broken(expected: string, got: string, cause?: unknown): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${expected}, got ${got}`, {
    fix: "The database, `leaves/` and `cas/` of the state directory belong together: restore all three from one backup.",
    cause,
  });
}
