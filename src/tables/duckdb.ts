import { totalmem } from "node:os";
import type { DuckDBConnection, DuckDBInstance, DuckDBResultReader, Json } from "@duckdb/node-api";
import { CountersignError, messageOf } from "../base/index.ts";
import { MAX_RESULT_ROWS, instantOf, type Cell, type QueryEngine, type Result } from "./engine.ts";
import { nameLiteral, textLiteral } from "./literal.ts";

export interface DuckDbLimits {
  /** Of the engine's buffers; what it takes in all may be a fifth more. */
  readonly memoryMb: number;
  readonly threads: number;
  /** A directory of its own for what does not fit into memory. */
  readonly scratch: string;
}

/** Least memory that the engine is given. */
const MIN_MEMORY_MB = 256;

/** Memory for the engine where nobody says: an eighth of the machine's, between 512 MB and 2 GB. */
export function usualMemoryMb(): number {
  return Math.min(2048, Math.max(512, Math.floor(totalmem() / 8 / 1024 / 1024)));
}

/**
 * DuckDB in memory, over files that statements name. One statement at a time. Nothing is loaded from the network, and
 * instants are in UTC.
 */
export class DuckDb implements QueryEngine {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #threads: number;
  #isConfined = false;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, threads: number) {
    this.#instance = instance;
    this.#connection = connection;
    this.#threads = threads;
  }

  static async open({ memoryMb, threads, scratch }: DuckDbLimits): Promise<DuckDb> {
    // A library of 60 MB that most commands do without.
    const { DuckDBInstance: Instance } = await import("@duckdb/node-api");
    const instance = await Instance.create(":memory:", {
      threads: String(Math.max(1, threads)),
      memory_limit: `${Math.max(MIN_MEMORY_MB, Math.floor(memoryMb))}MB`,
      temp_directory: scratch,
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      preserve_insertion_order: "false",
    });
    const connection = await instance.connect();
    const database = new DuckDb(instance, connection, Math.max(1, threads));
    await database.run("SET TimeZone = 'UTC'");
    return database;
  }

  /** A statement of which the result does not matter. */
  async run(sql: string): Promise<void> {
    await this.#told(async () => await this.#connection.run(sql));
  }

  /**
   * Does `work` with fewer threads and smaller buffers of partitioned files. `flushRows`: rows of one partition that a thread
   * holds before it writes them.
   */
  async within(
    { threads, flushRows }: { readonly threads: number | undefined; readonly flushRows: number },
    work: () => Promise<void>,
  ): Promise<void> {
    await this.run(`SET threads = ${threads ?? this.#threads}`);
    await this.run(`SET partitioned_write_flush_threshold = ${flushRows}`);
    try {
      await work();
    } finally {
      await this.run(`SET threads = ${this.#threads}`);
      await this.run("RESET partitioned_write_flush_threshold");
    }
  }

  async define(name: string, select: string): Promise<void> {
    await this.run(`CREATE OR REPLACE VIEW ${nameLiteral(name)} AS ${select}`);
  }

  async query(sql: string): Promise<Result> {
    if (this.#isConfined) await this.#refuseOther(sql);
    const reader = await this.#told(
      async () => await this.#connection.streamAndReadUntil(sql, MAX_RESULT_ROWS + 1),
    );
    if (reader.currentRowCount > MAX_RESULT_ROWS) {
      throw new CountersignError("E_LIMIT", `expected at most ${MAX_RESULT_ROWS} rows, got more`, {
        fix: "Ask for fewer with WHERE, GROUP BY or LIMIT.",
      });
    }
    const columns = reader.columnNames();
    const kinds = columns.map((_, index) => reader.columnType(index).toString());
    return {
      columns,
      rows: rowsOf(reader).map((row) => row.map((cell, index) => cellOf(cell, kinds[index]))),
    };
  }

  /**
   * From here on statements read only what lies in the directory and change no setting, and `query` takes one SELECT and nothing
   * else, since the engine would write wherever it may read: for SQL that somebody typed.
   */
  async confineTo(directory: string): Promise<void> {
    await this.run(`SET allowed_directories = [${textLiteral(directory)}]`);
    await this.run("SET enable_external_access = false");
    await this.run("SET lock_configuration = true");
    this.#isConfined = true;
  }

  /** E_SQL. */
  async #refuseOther(sql: string): Promise<void> {
    const { StatementType } = await import("@duckdb/node-api");
    const isSelect = await this.#told(async () => {
      const statements = await this.#connection.extractStatements(sql);
      if (statements.count !== 1) return false;
      const prepared = await statements.prepare(0);
      const { statementType } = prepared;
      prepared.destroySync();
      return statementType === StatementType.SELECT;
    });
    if (isSelect) return;
    throw new CountersignError("E_SQL", "expected one SELECT, got several statements, none, or another one");
  }

  /** Ends the statement that runs; it fails with E_INTERRUPTED. */
  interrupt(): void {
    this.#connection.interrupt();
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
  }

  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw asError(thrown);
    }
  }
}

/** What DuckDB calls its errors, by what they are to us; the rest is a text that it refuses. */
const CODES = [
  [/^INTERRUPT/i, "E_INTERRUPTED", undefined],
  [/^Invalid Input Error|not a GZIP stream|zstd/i, "E_INPUT", undefined],
  [
    /^Out of Memory/i,
    "E_LIMIT",
    "Give the engine more memory (`events.memory_mb`), or ask for less at once.",
  ],
  [/^IO Error/i, "E_DISK", undefined],
] as const;

function asError(thrown: unknown): CountersignError {
  const message = messageOf(thrown);
  const known = CODES.find(([pattern]) => pattern.test(message));
  const [, code, fix] = known ?? [undefined, "E_SQL" as const, undefined];
  return new CountersignError(code, `expected a statement that DuckDB can run, got: ${firstOf(message)}`, {
    cause: thrown,
    ...(fix === undefined ? {} : { fix }),
  });
}

/** Messages repeat the statement, and with it perhaps what a file holds: the first line says what is wrong. */
function firstOf(message: string): string {
  return message.split("\n", 1)[0]?.slice(0, 500) ?? "";
}

function rowsOf(reader: DuckDBResultReader): (Json | null)[][] {
  return reader.getRowsJson();
}

const WHOLE = new Set(["BIGINT", "UBIGINT", "HUGEINT"]);
const INSTANTS = new Set(["TIMESTAMP", "TIMESTAMP_MS"]);

/** `kind`: the SQL type of its column; undefined within a list. */
function cellOf(cell: Json | null, kind: string | undefined): Cell {
  if (cell === null || typeof cell === "boolean" || typeof cell === "number") return cell;
  if (typeof cell === "string") {
    if (kind === undefined) return cell;
    if (INSTANTS.has(kind)) return instantOf(cell);
    if (!WHOLE.has(kind)) return cell;
    const number = Number(cell);
    return Number.isSafeInteger(number) ? number : cell;
  }
  return Array.isArray(cell) ? cell.map((one) => cellOf(one, undefined)) : JSON.stringify(cell);
}
