import { resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Kysely, sql, type ControlledTransaction, type SelectQueryBuilder, type Transaction } from "kysely";
import { compareStrings, type Sha256 } from "../base/index.ts";
import { carryOut, type Commit } from "./commit.ts";
import { stateError } from "./faults.ts";
import {
  countsOf,
  everyItemOf,
  itemsOf,
  limitOf,
  type CountBy,
  type ItemCount,
  type ItemFilter,
  type ItemPage,
} from "./items.ts";
import { migrate, type Product } from "./migrations.ts";
import { MAX_PAGE, type StatePlace } from "./place.ts";
import { postgresDialect } from "./postgres.ts";
import {
  given,
  type CampaignRow,
  type EntryRow,
  type ItemRow,
  type RequestRow,
  type RevocationRow,
  type Tables,
} from "./rows.ts";
import { makeDatabaseFile, sqliteDialect, sqliteSync, whileBusy } from "./sqlite.ts";
import { membersOf } from "./target-set.ts";
import { WebRows, type Access } from "./web.ts";

/** Numbers of entries; 0 where there is none. */
export interface JournalEnds {
  /** The first that is not published; absent where all are. */
  readonly outstanding?: number;
  /** The last that is published. */
  readonly published: number;
  readonly last: number;
}

/** Sets that `everyTargetSet` holds at once: one may be of all secrets of an estate. */
const SETS = 32;

/** Numbers of PostgreSQL's transaction locks; nobody else's, as far as one can know: `csn` and a digit. */
const LOCK = 0x63_73_6e_01;

/**
 * Opens the database, makes it where there is none, and brings its tables up to date. E_DISK, E_STATE_LOCKED (another
 * process wrote for a minute), E_UNREACHABLE and E_DENIED of a server, E_RUNTIME for one of a newer program, E_INTEGRITY.
 */
export async function openState(place: StatePlace): Promise<StateDatabase> {
  const where = nameOf(place);
  let state: StateDatabase | undefined;
  try {
    if ("url" in place) {
      const db = new Kysely<Tables>({ dialect: await postgresDialect(place.url) });
      // Its server has made durable what it says is committed.
      const durable = { sync: () => Promise.resolve(), close: () => Promise.resolve() };
      state = new StateDatabase(where, {
        product: "postgres",
        writer: db,
        reader: db,
        durable,
        apart: () => db,
      });
    } else {
      const file = resolve(place.file);
      await makeDatabaseFile(file);
      const writer = new Kysely<Tables>({ dialect: sqliteDialect(file, false) });
      // Of its own: who reads sees what was committed last, and waits for no transaction.
      const apart = () => new Kysely<Tables>({ dialect: sqliteDialect(file, true) });
      const reader = apart();
      state = new StateDatabase(where, {
        product: "sqlite",
        writer,
        reader,
        durable: sqliteSync(file),
        apart,
      });
    }
    await state.prepare();
    return state;
  } catch (thrown) {
    await state?.close().catch(() => undefined);
    throw stateError(thrown, where);
  }
}

/** How a database is reached. */
interface Ways {
  readonly product: Product;
  readonly writer: Kysely<Tables>;
  readonly reader: Kysely<Tables>;
  readonly durable: ReturnType<typeof sqliteSync>;
  /** For a long transaction that reads, for whose end nobody else waits; closed afterwards where it is not `reader`. Absent: within one. */
  readonly apart?: () => Kysely<Tables>;
}

function nameOf(place: StatePlace): string {
  if ("file" in place) return `the database ${place.file}`;
  const host = URL.canParse(place.url) ? new URL(place.url).host : "";
  return `the PostgreSQL database at ${host === "" ? "its URL" : host}`;
}

/**
 * Rows of access reviews and of the web server. Documents are text here; what they mean, `review` knows. Every method may
 * fail with E_DISK, E_STATE_LOCKED, E_UNREACHABLE, E_DENIED or E_INTEGRITY.
 */
export class StateDatabase {
  /** How the database is called in messages. */
  readonly name: string;
  readonly web: WebRows;
  readonly #ways: Ways;

  /** Use `openState`. */
  constructor(name: string, ways: Ways) {
    this.name = name;
    this.#ways = ways;
    const access: Access = {
      read: async (work) => await this.#read(work),
      write: async (work) => await this.#write(work),
      note: async (work) => await this.#transaction(work),
      alone: async (work) => await this.#alone(2, work),
    };
    this.web = new WebRows(access);
  }

  /** Part of opening. */
  async prepare(): Promise<void> {
    const untyped = this.#ways.writer as unknown as Kysely<unknown>;
    await whileBusy(async () => await migrate(untyped, this.#ways.product));
  }

  async close(): Promise<void> {
    const { durable, writer, reader } = this.#ways;
    await durable.close();
    await writer.destroy();
    if (reader !== writer) await reader.destroy();
  }

  /** All that `work` reads of the database it is given is of one instant, however long it takes. Nothing can be written through it. */
  async snapshot<T>(work: (frozen: StateDatabase) => Promise<T>): Promise<T> {
    const { apart, product, durable } = this.#ways;
    if (apart === undefined) return await work(this);
    const db = apart();
    try {
      const frozen = await this.#begun(db);
      try {
        return await work(new StateDatabase(this.name, { product, durable, writer: frozen, reader: frozen }));
      } finally {
        // Nothing was written: where the connection is gone there is nothing to be told of.
        await frozen
          .rollback()
          .execute()
          .catch(() => undefined);
      }
    } finally {
      if (db !== this.#ways.reader) await db.destroy();
    }
  }

  async #begun(db: Kysely<Tables>): Promise<ControlledTransaction<Tables>> {
    try {
      return await db
        .startTransaction()
        .setIsolationLevel("repeatable read")
        .setAccessMode("read only")
        .execute();
    } catch (thrown) {
      throw stateError(thrown, this.name);
    }
  }

  /**
   * All of it or nothing, durable when it returns; tells the entries with their numbers, which are gapless and in the order of
   * commits whatever the number of processes. E_CONFLICT: a row is in another version. E_INPUT: a text of an entry is too long.
   */
  async commit(commit: Commit): Promise<EntryRow[]> {
    return await this.#alone(1, async (db) => await carryOut(db, commit));
  }

  async campaign(campaign_id: string): Promise<CampaignRow | undefined> {
    const row = await this.#read((db) =>
      db.selectFrom("campaign").selectAll().where("campaign_id", "=", campaign_id).executeTakeFirst(),
    );
    return row === undefined ? undefined : (given(row) as CampaignRow);
  }

  /** All of them, by id: there are some a year. */
  async campaigns(): Promise<CampaignRow[]> {
    const rows = await this.#read((db) =>
      db.selectFrom("campaign").selectAll().orderBy("campaign_id").execute(),
    );
    return rows.map((row) => given(row) as CampaignRow);
  }

  async item(campaign_id: string, item_id: string): Promise<ItemRow | undefined> {
    return (await this.items({ campaign_id, item_ids: [item_id] }, { limit: 1 }))[0];
  }

  /** In the campaign's order, or the page's; at most `MAX_PAGE`, or as many as there are ids in the filter. */
  async items(filter: ItemFilter, page: ItemPage = {}): Promise<ItemRow[]> {
    return await this.#read((db) => itemsOf(db, filter, page));
  }

  /** Every item that fits, in the campaign's order, read some hundred at a time; what changes meanwhile may show or not. */
  async *everyItem(filter: ItemFilter): AsyncGenerator<ItemRow> {
    try {
      yield* everyItemOf(this.#ways.reader, filter);
    } catch (thrown) {
      throw stateError(thrown, this.name);
    }
  }

  /** How many items fit, for each combination of values of some columns; of none: one number, of all. */
  async counts(filter: ItemFilter, by: readonly CountBy[]): Promise<ItemCount[]> {
    return await this.#read((db) => countsOf(db, filter, by));
  }

  /** Some ids of a set, in order, and how many there are; undefined where the set is not there. */
  async targets(
    set_sha256: Sha256,
    { offset = 0, limit }: { readonly offset?: number; readonly limit?: number } = {},
  ): Promise<{ readonly count: number; readonly members: readonly string[] } | undefined> {
    const row = await this.#read((db) =>
      db.selectFrom("target_set").selectAll().where("set_sha256", "=", set_sha256).executeTakeFirst(),
    );
    if (row === undefined) return undefined;
    const end = limit === undefined ? undefined : offset + limit;
    return { count: row.count, members: membersOf(row.members).slice(offset, end) };
  }

  /** All of a campaign, by item; of some states where they are named. */
  async revocations(campaign_id: string, states?: readonly string[]): Promise<RevocationRow[]> {
    const rows = await this.#read((db) => {
      const query = db.selectFrom("revocation").selectAll().where("campaign_id", "=", campaign_id);
      const narrowed = states === undefined ? query : query.where("state", "in", [...states, ""]);
      return narrowed.orderBy("item_id").execute();
    });
    return rows.map((row) => given(row) as RevocationRow);
  }

  /** By id, from after one on, at most `MAX_PAGE`. */
  async requests(
    filter: {
      readonly request_id?: string;
      readonly principal?: string;
      readonly state?: string;
      readonly after?: string;
      readonly limit?: number;
    } = {},
  ): Promise<RequestRow[]> {
    const rows = await this.#read((db) => {
      let query = db.selectFrom("access_request").selectAll().orderBy("request_id");
      for (const column of ["request_id", "principal", "state"] as const) {
        const value = filter[column];
        if (value !== undefined) query = query.where(column, "=", value);
      }
      if (filter.after !== undefined) query = query.where("request_id", ">", filter.after);
      return query.limit(limitOf(filter.limit)).execute();
    });
    return rows.map((row) => given(row) as RequestRow);
  }

  /** The journal, first to last, from after a number on, at most `MAX_PAGE`; of one campaign, of none, or those not published yet. */
  async entries(
    filter: {
      readonly campaign_id?: string;
      readonly ofNone?: boolean;
      readonly unpublished?: boolean;
      readonly after?: number;
      readonly limit?: number;
    } = {},
  ): Promise<EntryRow[]> {
    const rows = await this.#read((db) => {
      let query = db.selectFrom("entry").selectAll().orderBy("number");
      if (filter.campaign_id !== undefined) query = query.where("campaign_id", "=", filter.campaign_id);
      if (filter.ofNone === true) query = query.where("campaign_id", "is", null);
      if (filter.unpublished === true) query = query.where("published", "=", sql<number>`0`);
      if (filter.after !== undefined) query = query.where("number", ">", filter.after);
      return query.limit(limitOf(filter.limit)).execute();
    });
    return rows.map((row) => given(row) as EntryRow);
  }

  /** Ids of all campaigns of which anything is there, in the journal or in the tables. */
  async campaignIds(): Promise<string[]> {
    const rows = await this.#read((db) =>
      db
        .selectFrom("campaign")
        .select("campaign_id")
        .union(db.selectFrom("item").select("campaign_id"))
        .union(db.selectFrom("revocation").select("campaign_id"))
        .union(
          db
            .selectFrom("entry")
            .select(sql<string>`campaign_id`.as("campaign_id"))
            .where("campaign_id", "is not", null),
        )
        .execute(),
    );
    return rows.map(({ campaign_id }) => campaign_id).sort(compareStrings);
  }

  /** Every set under its digest, in order, its ids a line each, as it is kept; no more than some are held at once. */
  async *everyTargetSet(): AsyncGenerator<{
    readonly set_sha256: string;
    readonly count: number;
    readonly members: string;
  }> {
    for (let after = ""; ;) {
      const rows = await this.#read((db) =>
        db
          .selectFrom("target_set")
          .selectAll()
          .where("set_sha256", ">", after)
          .orderBy("set_sha256")
          .limit(SETS)
          .execute(),
      );
      yield* rows;
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.set_sha256;
      await setImmediate();
    }
  }

  /** Which of some sets are there. */
  async knownTargetSets(digests: Iterable<string>): Promise<Set<string>> {
    const found = new Set<string>();
    const all = [...digests];
    for (let from = 0; from < all.length; from += MAX_PAGE) {
      const some = all.slice(from, from + MAX_PAGE);
      const rows = await this.#read((db) =>
        db.selectFrom("target_set").select("set_sha256").where("set_sha256", "in", some).execute(),
      );
      for (const { set_sha256 } of rows) found.add(set_sha256);
    }
    return found;
  }

  /** Entries of a campaign, of one kind where it is named, the newest first, and how many there are. */
  async newestEntries({
    campaign_id,
    kind,
    offset = 0,
    limit,
  }: {
    readonly campaign_id: string;
    readonly kind?: string;
    readonly offset?: number;
    readonly limit?: number;
  }): Promise<{ readonly total: number; readonly rows: readonly EntryRow[] }> {
    return await this.#read(async (db) => {
      let fitting = db.selectFrom("entry").where("campaign_id", "=", campaign_id);
      if (kind !== undefined) fitting = fitting.where("kind", "=", kind);
      const { total } = await fitting.select(({ fn }) => fn.countAll().as("total")).executeTakeFirstOrThrow();
      const rows = await fitting
        .selectAll()
        .orderBy("number", "desc")
        .offset(Math.max(0, Math.trunc(offset)))
        .limit(limitOf(limit))
        .execute();
      return { total: Number(total), rows: rows.map((row) => given(row) as EntryRow) };
    });
  }

  /** The items by which some entries are found. */
  async itemsOfEntries(numbers: readonly number[]): Promise<Tables["entry_item"][]> {
    return await this.#read((db) =>
      db
        .selectFrom("entry_item")
        .selectAll()
        .where("number", "in", [...numbers, 0])
        .execute(),
    );
  }

  /** Entries that name an item, first to last, at most `MAX_PAGE`. */
  async entriesOfItem(campaign_id: string, item_id: string, after = 0): Promise<EntryRow[]> {
    const rows = await this.#read((db) =>
      db
        .selectFrom("entry_item")
        .innerJoin("entry", "entry.number", "entry_item.number")
        .selectAll("entry")
        .where("entry_item.campaign_id", "=", campaign_id)
        .where("entry_item.item_id", "=", item_id)
        .where("entry.number", ">", after)
        .orderBy("entry.number")
        .limit(limitOf())
        .execute(),
    );
    return rows.map((row) => given(row) as EntryRow);
  }

  /** Where the journal ends. */
  async journalEnds(): Promise<JournalEnds> {
    return await this.#read(async (db) => {
      const number = async (query: SelectQueryBuilder<Tables, "entry", object>, order: "asc" | "desc") =>
        (await query.select("number").orderBy("number", order).limit(1).executeTakeFirst())?.number;
      const all = db.selectFrom("entry");
      const outstanding = await number(all.where("published", "=", sql<number>`0`), "asc");
      const published = await number(all.where("published", "=", sql<number>`1`), "desc");
      return {
        ...(outstanding === undefined ? {} : { outstanding }),
        published: published ?? 0,
        last: (await number(all, "desc")) ?? 0,
      };
    });
  }

  /** Writes that the leaves of these entries are in the chain. */
  async markPublished(first: number, last: number): Promise<void> {
    // Where a power cut takes it back, the leaves are there, and it is done again.
    await this.#transaction(async (db) => {
      await db
        .updateTable("entry")
        .set({ published: 1 })
        .where("number", ">=", first)
        .where("number", "<=", last)
        .where("published", "=", 0)
        .execute();
    });
  }

  async #read<T>(work: (db: Kysely<Tables>) => Promise<T>): Promise<T> {
    try {
      return await work(this.#ways.reader);
    } catch (thrown) {
      throw stateError(thrown, this.name);
    }
  }

  /** What anybody committed before the call is durable when it returns. */
  async settled(): Promise<void> {
    await this.#ways.durable.sync();
  }

  async #write<T>(work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    const done = await this.#transaction(work);
    await this.settled();
    return done;
  }

  /** Is there for everybody when it returns, and durable with the next that is written. */
  async #transaction<T>(work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    try {
      return await this.#ways.writer.transaction().execute(work);
    } catch (thrown) {
      throw stateError(thrown, this.name);
    }
  }

  /** A transaction that no other of the same `kind` overlaps; SQLite lets no two write at all. */
  async #alone<T>(kind: number, work: (db: Transaction<Tables>) => Promise<T>): Promise<T> {
    return await this.#write(async (db) => {
      if (this.#ways.product === "postgres") {
        await sql`select pg_advisory_xact_lock(${sql.lit(LOCK)}, ${sql.lit(kind)})`.execute(db);
      }
      return await work(db);
    });
  }
}
