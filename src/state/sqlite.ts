import { open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CompiledQuery,
  SqliteAdapter,
  SqliteDriver,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  type SqliteStatement,
  type TransactionSettings,
} from "kysely";
import {
  DurableDirectory,
  fileError,
  type CountersignError,
  nodeFileSystem,
  requireLocal,
  sharedRun,
} from "../base/index.ts";
import { isBusy } from "./faults.ts";
import { cleaned } from "./text.ts";

/** Longest that a transaction waits for those of other processes: starting a campaign of 50,000 items takes seconds. */
const MAX_WAIT_MS = 60_000;

/** SQLite waits without letting anything else run, so it waits but shortly, and the rest of the time is waited here. */
const BUSY_MS = 100;

/** Statements that are kept ready, at most. */
const MAX_PREPARED = 200;

/** Makes the file for its owner alone, and what is above it; local disks only. E_DISK. */
export async function makeDatabaseFile(file: string): Promise<void> {
  const directory = new DurableDirectory(dirname(file), nodeFileSystem, 0);
  await directory.make();
  await requireLocal(directory.path);
  try {
    // Empty is a database of SQLite; what SQLite makes beside it takes this one's permissions.
    await (await open(file, "a", 0o600)).close();
  } catch (thrown) {
    throw fileError(thrown, file, "write");
  }
}

/**
 * Makes durable what was committed to `file` by whichever process: one fsync for all who wait at once, beside which pages are answered. In
 * WAL mode with `synchronous = normal` SQLite itself syncs where it moves the log into the file, so that the log is whole up to
 * what was synced last (sqlite.org/wal.html, "Performance Considerations"). The log stays the same file while a connection is open. After
 * a failure it never succeeds again: the kernel may have dropped what it could not write.
 */
export function sqliteSync(file: string): { sync: () => Promise<void>; close: () => Promise<void> } {
  let log: FileHandle | undefined;
  let failed: CountersignError | undefined;
  const sync = sharedRun(async () => {
    if (failed !== undefined) throw failed;
    try {
      if (log === undefined) {
        log = await open(`${file}-wal`, "r+");
        await nodeFileSystem.syncDirectory(dirname(file));
      }
      await log.datasync();
    } catch (thrown) {
      failed = fileError(thrown, file, "write");
      throw failed;
    }
  });
  return { sync, close: async () => await log?.close() };
}

/** A dialect over one connection to `file`. `readOnly`: writing through it fails. */
export function sqliteDialect(file: string, readOnly: boolean): Dialect {
  return {
    createAdapter: () => new TransactionalSqlite(),
    createDriver: () => new ImmediateDriver(file, readOnly),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
}

/** Tells the migrator that a transaction takes tables along, as it does: migrations of two processes then follow one another. */
class TransactionalSqlite extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

/** Transactions that write do so from their start, so that none of them fails half-way for another's write. */
class ImmediateDriver extends SqliteDriver {
  constructor(file: string, readOnly: boolean) {
    super({ database: async () => await opened(file, readOnly) });
  }

  override async beginTransaction(connection: DatabaseConnection, how?: TransactionSettings): Promise<void> {
    const begin = how?.accessMode === "read only" ? "begin" : "begin immediate";
    await whileBusy(async () => await connection.executeQuery(CompiledQuery.raw(begin)));
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    try {
      await super.rollbackTransaction(connection);
    } catch (thrown) {
      // A full disk has rolled back already; what it said is what the caller shall learn.
      if (!(thrown instanceof Error) || !thrown.message.includes("no transaction is active")) throw thrown;
    }
  }
}

async function opened(file: string, readOnly: boolean): Promise<SqliteDatabase> {
  return await whileBusy(() => {
    const database = new DatabaseSync(file, { timeout: BUSY_MS });
    try {
      database.exec("pragma journal_mode = wal");
      // A commit is made durable by `sqliteSync`, which does not keep everybody else waiting for the disk.
      database.exec("pragma synchronous = normal");
      database.exec("pragma foreign_keys = on");
      // Else REPLACE would delete without the triggers that refuse it.
      database.exec("pragma recursive_triggers = on");
      if (readOnly) database.exec("pragma query_only = on");
      return asKysely(database);
    } catch (thrown) {
      database.close();
      throw thrown;
    }
  });
}

/** Between two tries: other processes wait by other times, so that none is late each time. */
const WAIT_MS = 5 + (process.pid % 21);

/** Tries again while another process writes, or makes the database at this instant. */
export async function whileBusy<T>(work: () => Promise<T> | T): Promise<T> {
  const start = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (thrown) {
      if (!isBusy(thrown) || performance.now() - start > MAX_WAIT_MS) throw thrown;
      await sleep(WAIT_MS);
    }
  }
}

/** What Kysely expects of a database, on Node's own. */
function asKysely(database: DatabaseSync): SqliteDatabase {
  const prepared = new Map<string, SqliteStatement>();
  return {
    close: () => database.close(),
    prepare: (sql) => {
      const known = prepared.get(sql) ?? asStatement(database.prepare(sql));
      prepared.delete(sql);
      prepared.set(sql, known);
      const [oldest] = prepared.keys();
      if (prepared.size > MAX_PREPARED && oldest !== undefined) prepared.delete(oldest);
      return known;
    },
  };
}

function asStatement(statement: StatementSync): SqliteStatement {
  const values = (parameters: readonly unknown[]) => parameters.map(cleaned) as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  };
}
