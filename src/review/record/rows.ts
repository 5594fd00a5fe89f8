import { setImmediate } from "node:timers/promises";
import { CountersignError, canonicalJson, invariant, type Sha256 } from "../../base/index.ts";
import { rowDigest, type Commit, type NewEntry, type StateDatabase } from "../../state/index.ts";

/** Tables whose rows entries name by their digests. */
export const HELD_TABLES = ["campaign", "item", "revocation", "access_request"] as const;

export type HeldTable = (typeof HELD_TABLES)[number];

/**
 * Every other table, and what holds its rows, if anything does. `entry_item` finds an item's entries, which say themselves what they are
 * about; when somebody was first shown an item is in the decision that came of it.
 */
export const OTHER_TABLES = {
  entry: "the chain of leaves",
  entry_item: "what its entry says",
  item_document: "part of the row of its item",
  target_set: "its own digest, which items and revocations name",
  seen: "nothing",
  session: "nothing",
  web_audit: "nothing",
} as const;

/** A row as a commit wrote it. */
export interface RowWritten {
  readonly table: HeldTable;
  /** Id of the campaign and of the item, or of the one that it has. */
  readonly key: readonly string[];
  /** See `rowDigest`. */
  readonly sha256: Sha256;
  /** Of the row in whose place it came, as it was found then. Absent of one that is new, and of entries of an older program. */
  readonly was?: Sha256;
}

/** The rows that a commit wrote: few stand in its entry, many in parts of the content-addressed store, NDJSON each. */
export type RowsWritten =
  readonly RowWritten[] | { readonly count: number; readonly parts: readonly Sha256[] };

/** Most rows that stand in an entry itself. */
const MOST_INLINE = 100;

/** Rows of a part: some 2 MB. */
const PART_ROWS = 10_000;

/** Rows whose digests are made in one go. */
const AT_ONCE = 500;

export interface NamingPorts {
  readonly state: Pick<StateDatabase, "campaign" | "items" | "requests" | "revocations">;
  readonly keep: (bytes: Uint8Array) => Promise<Sha256>;
}

/**
 * The same commit, whose last entry names every row that it writes, under `rows` of its document, and what was there before: who acts on a
 * row that somebody changed by hand does not make it what was agreed on. Whoever commits meanwhile makes other versions, which the commit
 * refuses. Rows without an entry, or of another campaign than it, are a mistake of the program: nobody could hold them against the
 * journal.
 */
export async function namingRows(
  commit: Commit & { readonly entries: readonly NewEntry[] },
  { state, keep }: NamingPorts,
): Promise<Commit> {
  const written = await rowsOf(commit, await rowsBefore(commit, state));
  if (written.length === 0) return commit;
  const last = commit.entries.at(-1);
  invariant(last !== undefined, "expected an entry for the rows of a commit");
  for (const { table, key } of written) {
    const of = table === "access_request" ? undefined : key[0];
    invariant(of === last.campaign_id, "expected rows of the campaign of their entry");
  }
  const told = JSON.parse(last.document) as object;
  const document = canonicalJson({ ...told, rows: await listOf(written, keep) });
  return { ...commit, entries: [...commit.entries.slice(0, -1), { ...last, document }] };
}

/** Digests of the rows that a commit writes anew, as they are before it; by table and key. Those that it withdraws are no more. */
async function rowsBefore(commit: Commit, state: NamingPorts["state"]): Promise<Map<string, Sha256>> {
  const { campaigns = [], items = [], revocations = [], requests = [], withdrawn = [] } = commit;
  const before = new Map<string, Sha256>();
  const isMade = new Set<string>();
  for (const { campaign_id } of campaigns) {
    const row = await state.campaign(campaign_id);
    if (row === undefined) isMade.add(campaign_id);
    else before.set(placeOf("campaign", [campaign_id]), rowDigest(row));
  }
  for (const [campaign_id, own] of Map.groupBy(items, (row) => row.campaign_id)) {
    if (isMade.has(campaign_id)) continue;
    for (let from = 0; from < own.length; from += AT_ONCE) {
      const item_ids = own.slice(from, from + AT_ONCE).map(({ item_id }) => item_id);
      for (const row of await state.items({ campaign_id, item_ids }, { limit: item_ids.length }))
        before.set(placeOf("item", [campaign_id, row.item_id]), rowDigest(row));
      await setImmediate();
    }
  }
  for (const campaign_id of new Set(revocations.map((row) => row.campaign_id)))
    for (const row of await state.revocations(campaign_id))
      before.set(placeOf("revocation", [campaign_id, row.item_id]), rowDigest(row));
  for (const { campaign_id, item_id } of withdrawn)
    before.delete(placeOf("revocation", [campaign_id, item_id]));
  for (const { request_id } of requests)
    for (const row of await state.requests({ request_id }))
      before.set(placeOf("access_request", [request_id]), rowDigest(row));
  return before;
}

function placeOf(table: HeldTable, key: readonly string[]): string {
  return JSON.stringify([table, ...key]);
}

async function rowsOf(commit: Commit, before: ReadonlyMap<string, Sha256>): Promise<RowWritten[]> {
  const { campaigns = [], items = [], revocations = [], requests = [] } = commit;
  const rows: (readonly [HeldTable, readonly string[], Parameters<typeof rowDigest>[0]])[] = [
    ...campaigns.map((row) => ["campaign", [row.campaign_id], row] as const),
    ...items.map((row) => ["item", [row.campaign_id, row.item_id], row] as const),
    ...revocations.map((row) => ["revocation", [row.campaign_id, row.item_id], row] as const),
    ...requests.map((row) => ["access_request", [row.request_id], row] as const),
  ];
  const written: RowWritten[] = [];
  for (const [table, key, row] of rows) {
    const was = before.get(placeOf(table, key));
    written.push({ table, key, sha256: rowDigest(row), ...(was === undefined ? {} : { was }) });
    // A campaign of 50,000 items takes a second; others are answered meanwhile.
    if (written.length % AT_ONCE === 0) await setImmediate();
  }
  return written;
}

async function listOf(written: readonly RowWritten[], keep: NamingPorts["keep"]): Promise<RowsWritten> {
  if (written.length <= MOST_INLINE) return written;
  const parts: Sha256[] = [];
  for (let from = 0; from < written.length; from += PART_ROWS) {
    const lines = written.slice(from, from + PART_ROWS).map((row) => `${canonicalJson(row)}\n`);
    parts.push(await keep(Buffer.from(lines.join(""), "utf8")));
  }
  return { count: written.length, parts };
}

/** The rows that an entry names, part by part. E_INTEGRITY where a part is not as it was kept. E_DISK. */
export async function* rowsNamed(
  rows: RowsWritten,
  kept: (digest: Sha256) => Promise<Uint8Array>,
): AsyncGenerator<RowWritten> {
  if (!("parts" in rows)) {
    yield* rows;
    return;
  }
  for (const part of rows.parts) {
    for (const line of (await textKept(part, kept)).split("\n"))
      if (line !== "") yield JSON.parse(line) as RowWritten;
  }
}

/** E_INTEGRITY, E_DISK. */
export async function textKept(
  digest: Sha256,
  kept: (digest: Sha256) => Promise<Uint8Array>,
): Promise<string> {
  try {
    return Buffer.from(await kept(digest)).toString("utf8");
  } catch (cause) {
    if (!(cause instanceof CountersignError) || cause.code === "E_DISK") throw cause;
    throw new CountersignError(
      "E_INTEGRITY",
      `expected ${digest}, which the journal names, as it was kept, got none, or another`,
      {
        fix: "The database, `leaves/` and `cas/` of the state directory belong together: restore all three from one backup.",
        cause,
      },
    );
  }
}
