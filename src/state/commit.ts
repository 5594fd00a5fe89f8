import { setImmediate } from "node:timers/promises";
import { sql, type Kysely } from "kysely";
import { CountersignError, invariant, sha256 } from "../base/index.ts";
import {
  storedValue,
  type CampaignRow,
  type EntryRow,
  type ItemRow,
  type NewEntry,
  type RequestRow,
  type RevocationRow,
  type Tables,
  type TargetSet,
} from "./rows.ts";
import { linesOf, targetSet } from "./target-set.ts";

/**
 * What is to happen in one transaction, all of it or nothing. A row of version 1 must not be there yet; one of version n
 * must be there in version n − 1.
 */
export interface Commit {
  readonly entries?: readonly NewEntry[];
  readonly campaigns?: readonly CampaignRow[];
  readonly items?: readonly ItemRow[];
  readonly revocations?: readonly RevocationRow[];
  readonly requests?: readonly RequestRow[];
  /** Those that are there already are left as they are. */
  readonly targetSets?: readonly TargetSet[];
  /** Revocations that go, each in the version in which it is there. */
  readonly withdrawn?: readonly Pick<RevocationRow, "campaign_id" | "item_id" | "version">[];
  /** What this rests on and leaves as it is: who commits something else that rests on it is not kept from it. */
  readonly given?: Given;
}

/** What must be so when a transaction is carried out, besides the versions of the rows that it changes. */
export interface Given {
  /** Campaigns that must be in a state, and in a version where it is named. */
  readonly campaigns?: readonly (Pick<CampaignRow, "campaign_id" | "state"> & {
    readonly version?: number;
  })[];
  /** Items that must be in these versions. */
  readonly items?: readonly Pick<ItemRow, "campaign_id" | "item_id" | "version">[];
}

/** Rows of one statement: 30 columns each stay below the 32,766 parameters of SQLite. */
const ROWS = 400;

/** Longest texts of an entry that its leaf repeats, in characters; a leaf takes 1,024. */
const LONGEST = { campaign_id: 256, kind: 64, at: 64, by: 512 } as const;

type Value = boolean | number | string | undefined;

/** A table whose rows have versions. */
interface Versioned {
  readonly table: keyof Tables;
  /** How a row is called in a message. */
  readonly what: string;
  readonly key: readonly [...string[], string];
  readonly columns: readonly string[];
}

const CAMPAIGNS: Versioned = {
  table: "campaign",
  what: "campaign",
  key: ["campaign_id"],
  columns: ["campaign_id", "version", "state", "document"],
};

const ITEMS: Versioned = {
  table: "item",
  what: "item",
  key: ["campaign_id", "item_id"],
  columns: [
    ...[
      "campaign_id",
      "item_id",
      "version",
      "state",
      "reviewer",
      "principal_id",
      "principal_name",
      "principal_email",
    ],
    ...[
      "store_id",
      "owner",
      "tier",
      "risk",
      "recommendation",
      "change",
      "privileged",
      "outcome",
      "last_used_at",
      "secret_count",
      "search",
      "position",
    ],
    "seen_sha256",
  ],
};

const REVOCATIONS: Versioned = {
  table: "revocation",
  what: "revocation",
  key: ["campaign_id", "item_id"],
  columns: ["campaign_id", "item_id", "version", "state", "due_at", "document"],
};

const REQUESTS: Versioned = {
  table: "access_request",
  what: "access request",
  key: ["request_id"],
  columns: ["request_id", "version", "state", "principal", "document"],
};

type Row = Readonly<Record<string, Value>>;

/** Within a transaction that is alone in writing. E_CONFLICT, E_INPUT. Returns the entries with their numbers. */
export async function carryOut(db: Kysely<Tables>, commit: Commit): Promise<EntryRow[]> {
  await requireGiven(db, commit.given ?? {});
  await addTargetSets(db, commit.targetSets ?? []);
  await putVersioned(db, CAMPAIGNS, asRows(commit.campaigns));
  const items = asRows(commit.items);
  await putVersioned(db, ITEMS, items);
  for (const chunk of chunksOf(items)) {
    await upsert(
      db,
      "item_document",
      ["campaign_id", "item_id"],
      ["campaign_id", "item_id", "document"],
      chunk,
    );
  }
  await withdraw(db, asRows(commit.withdrawn));
  await putVersioned(db, REVOCATIONS, asRows(commit.revocations));
  await putVersioned(db, REQUESTS, asRows(commit.requests));
  return await addEntries(db, commit.entries ?? []);
}

function asRows(rows: readonly object[] = []): readonly Row[] {
  return rows as readonly Row[];
}

async function putVersioned(db: Kysely<Tables>, kind: Versioned, rows: readonly Row[]): Promise<void> {
  const keys = new Set(rows.map((row) => nameOf(kind, row)));
  invariant(keys.size === rows.length, `expected each ${kind.what} once in a commit`);
  for (const chunk of chunksOf(rows)) {
    const there = await versionsOf(db, kind, chunk);
    for (const row of chunk) requireNext(kind, row, there.get(nameOf(kind, row)));
    await upsert(db, kind.table, kind.key, kind.columns, chunk);
    // A campaign of 50,000 items takes seconds; others are answered meanwhile.
    await setImmediate();
  }
}

function requireNext(kind: Versioned, row: Row, there: number | undefined): void {
  requireVersion(kind, row, there, Number(row["version"]) - 1);
}

function requireVersion(kind: Versioned, row: Row, there: number | undefined, before: number): void {
  if ((there ?? 0) === before) return;
  const expected = before === 0 ? "not to be there" : `to be in version ${before}`;
  const got = there === undefined ? "none" : `version ${there}`;
  throw conflict(`expected ${kind.what} ${nameOf(kind, row)} ${expected}, got ${got}`);
}

function conflict(message: string): CountersignError {
  return new CountersignError("E_CONFLICT", message, { fix: "Look at it as it is now, then decide again." });
}

/** No other commit overlaps: what is read here stays so until this one is done. */
async function requireGiven(db: Kysely<Tables>, { campaigns = [], items = [] }: Given): Promise<void> {
  for (const { campaign_id, state, version } of campaigns) {
    const row = await db
      .selectFrom("campaign")
      .select(["state", "version"])
      .where("campaign_id", "=", campaign_id)
      .executeTakeFirst();
    if (row?.state === state && (version === undefined || row.version === version)) continue;
    const expected = `${state}${version === undefined ? "" : ` in version ${version}`}`;
    const got = row === undefined ? "none" : `${row.state} in version ${row.version}`;
    throw conflict(`expected campaign ${campaign_id} to be ${expected}, got ${got}`);
  }
  for (const chunk of chunksOf(asRows(items))) await requireVersions(db, ITEMS, chunk);
}

async function withdraw(db: Kysely<Tables>, rows: readonly Row[]): Promise<void> {
  for (const chunk of chunksOf(rows)) {
    await requireVersions(db, REVOCATIONS, chunk);
    for (const [campaign_id, own] of Map.groupBy(chunk, (row) => String(row["campaign_id"]))) {
      const ids = own.map((row) => String(row["item_id"]));
      await db
        .deleteFrom("revocation")
        .where("campaign_id", "=", campaign_id)
        .where("item_id", "in", ids)
        .execute();
    }
  }
}

/** Rows that must be there in exactly these versions. */
async function requireVersions(db: Kysely<Tables>, kind: Versioned, rows: readonly Row[]): Promise<void> {
  const there = await versionsOf(db, kind, rows);
  for (const row of rows) requireVersion(kind, row, there.get(nameOf(kind, row)), Number(row["version"]));
}

function nameOf({ key }: Versioned, row: Row): string {
  return key.map((column) => String(row[column])).join(" ");
}

async function versionsOf(
  db: Kysely<Tables>,
  kind: Versioned,
  rows: readonly Row[],
): Promise<Map<string, number>> {
  const last = kind.key.at(-1) ?? "";
  const found = new Map<string, number>();
  for (const [campaign, own] of Map.groupBy(rows, (row) => row["campaign_id"])) {
    const within = kind.key.length === 1 ? sql`` : sql`campaign_id = ${campaign} and `;
    const ids = sql.join(own.map((row) => sql`${row[last]}`));
    const query = sql<Row>`select ${sql.join(kind.key.map((column) => sql.ref(column)))}, version
      from ${sql.table(kind.table)} where ${within}${sql.ref(last)} in (${ids})`;
    for (const row of (await query.execute(db)).rows) found.set(nameOf(kind, row), Number(row["version"]));
  }
  return found;
}

async function upsert(
  db: Kysely<Tables>,
  table: keyof Tables,
  key: readonly string[],
  columns: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const values = rows.map((row) => sql`(${sql.join(columns.map((column) => storedValue(row[column])))})`);
  const rest = columns.filter((column) => !key.includes(column));
  const sets = rest.map((column) => sql`${sql.ref(column)} = ${sql.ref(`excluded.${column}`)}`);
  await sql`insert into ${sql.table(table)} (${names(columns)}) values ${sql.join(values)}
    on conflict (${names(key)}) do update set ${sql.join(sets)}`.execute(db);
}

function names(columns: readonly string[]) {
  return sql.join(columns.map((column) => sql.ref(column)));
}

async function addTargetSets(db: Kysely<Tables>, sets: readonly TargetSet[]): Promise<void> {
  for (const { set_sha256, members } of sets) {
    invariant(targetSet(members).set_sha256 === set_sha256, "expected a set under the digest of its members");
    await db
      .insertInto("target_set")
      .values({ set_sha256, count: members.length, members: linesOf(members) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

async function addEntries(db: Kysely<Tables>, entries: readonly NewEntry[]): Promise<EntryRow[]> {
  if (entries.length === 0) return [];
  const { last } = await db
    .selectFrom("entry")
    .select(({ fn }) => fn.max<number | null>("number").as("last"))
    .executeTakeFirstOrThrow();
  const before = last ?? 0;
  const rows = entries.map(({ campaign_id, kind, at, by, document }, index): EntryRow => {
    const entry = { ...(campaign_id === undefined ? {} : { campaign_id }), kind, at, by, document };
    requireShort(entry);
    return { number: before + 1 + index, ...entry, document_sha256: sha256(document), published: false };
  });
  const items = entries.flatMap(({ item_ids = [], campaign_id = "" }, index) =>
    [...new Set(item_ids)].map((item_id) => ({ number: before + 1 + index, campaign_id, item_id })),
  );
  for (const chunk of chunksOf(rows)) {
    const values = chunk.map((row) => ({ ...row, campaign_id: row.campaign_id ?? null, published: 0 }));
    await db.insertInto("entry").values(values).execute();
  }
  for (const chunk of chunksOf(items))
    await db
      .insertInto("entry_item")
      .values([...chunk])
      .execute();
  return rows;
}

function requireShort(entry: Omit<NewEntry, "item_ids">): void {
  for (const [field, longest] of Object.entries(LONGEST)) {
    const { length } = entry[field as keyof typeof LONGEST] ?? "";
    if (length <= longest) continue;
    throw new CountersignError(
      "E_INPUT",
      `expected at most ${longest} characters of ${field}, got ${length}`,
    );
  }
}

function* chunksOf<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < rows.length; from += ROWS) yield rows.slice(from, from + ROWS);
}
