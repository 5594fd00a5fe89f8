import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import {
  CountersignError,
  NumberedFiles,
  canonicalJson,
  fileError,
  invariant,
  makeDirectory,
  nodeFileSystem,
  sha256,
  sortedBy,
  syncDirectory,
} from "../base/index.ts";
import { strictJson } from "../schema/index.ts";
import { textLiteral, type QueryEngine } from "../tables/index.ts";
import { EVENT_COLUMNS } from "./event.ts";
import {
  TABLES,
  partPath,
  tableStateSchema,
  type Part,
  type TableName,
  type TableState,
} from "./table-state.ts";

/** Largest list of parts on disk: `MAX_PARTS` of some 300 bytes. */
const MAX_STATE_BYTES = 128 * 1024 * 1024;

/** Commits that stay: those before are of use to nobody but a person who looks. */
const KEPT_COMMITS = 8;

/** Times that a reader takes hold of the newest commit while writers make newer ones. */
const MAX_HOLDS = 64;

/** What a reader holds for so long was left by one that was killed. */
const STALE_HOLD_MS = 24 * 3600 * 1000;

/** Columns of the tables beside the events. */
export const BESIDE: Readonly<Record<Exclude<TableName, "events">, readonly (readonly [string, string])[]>> =
  {
    inputs: [
      ["source", "VARCHAR"],
      ["version", "VARCHAR"],
      ["format", "VARCHAR"],
      ["digest", "VARCHAR"],
      ["head_digest", "VARCHAR"],
      ["from_byte", "BIGINT"],
      ["to_byte", "BIGINT"],
      ["records", "BIGINT"],
      ["events", "BIGINT"],
      ["aside", "BIGINT"],
      ["first_at", "TIMESTAMP"],
      ["last_at", "TIMESTAMP"],
    ],
    aside: [
      ["source", "VARCHAR"],
      ["digest", "VARCHAR"],
      ["problem", "VARCHAR"],
      ["content", "VARCHAR"],
      ["from_byte", "BIGINT"],
      ["to_byte", "BIGINT"],
    ],
  };

/** A file that lies in the staging directory, and where it shall stand. */
export interface StagedPart {
  readonly path: string;
  readonly table: TableName;
  readonly store_id: string;
  readonly day?: string;
  readonly rows: number;
}

/** A commit of the table: the digest tells two tables apart that have as many. */
export interface TableVersion {
  readonly number: number;
  readonly sha256: string;
}

/**
 * The event table on disk: Parquet files by store and day, and numbered commits that say which of them count. One writer at
 * a time; a commit is there whole or not at all, and what it does not name is nothing. What a killed writer left is
 * removed by the next.
 */
export class EventTable {
  readonly #root: string;
  /** Where the parts are read: the table's own place, or that of a reader. */
  readonly directory: string;
  readonly #commits: NumberedFiles;
  #state: TableState;
  #number: number;
  #bytes: Buffer | undefined;

  private constructor(
    root: string,
    directory: string,
    commits: NumberedFiles,
    newest: { number: number; bytes: Buffer } | undefined,
  ) {
    this.#root = root;
    this.directory = directory;
    this.#commits = commits;
    this.#number = newest?.number ?? 0;
    this.#bytes = newest?.bytes;
    this.#state =
      newest === undefined ? { format: "countersign-event-table/1", parts: [] } : stateOf(newest.bytes, root);
  }

  /**
   * The table as of its newest commit, for the one writer; empty where there is none. E_INTEGRITY where a file that counts is
   * not there, E_DISK.
   */
  static async open(stateDirectory: string): Promise<EventTable> {
    const root = join(stateDirectory, "event-table");
    const table = await EventTable.#newest(root, root);
    for (const part of table.parts()) await table.#refuseOther(part);
    return table;
  }

  /**
   * As `open`, for one of many readers: its files are linked into a directory of the reader's own, so that no writer takes them
   * away before `release`.
   */
  static async hold(stateDirectory: string): Promise<EventTable> {
    const root = join(stateDirectory, "event-table");
    for (let tries = 1; ; tries += 1) {
      const own = join(root, "readers", randomBytes(8).toString("hex"));
      const table = await EventTable.#newest(root, own);
      try {
        await table.#link();
        return table;
      } catch (thrown) {
        await table.release();
        // What is missing has been replaced where there is a newer commit; else it has been lost.
        if (tries >= MAX_HOLDS || (await table.#commits.highest()) === table.#number) throw thrown;
      }
    }
  }

  /** Lets go of what `hold` has linked. */
  async release(): Promise<void> {
    invariant(this.directory !== this.#root, "a reader's table");
    await rm(this.directory, { recursive: true, force: true });
  }

  static async #newest(root: string, directory: string): Promise<EventTable> {
    const commits = new NumberedFiles(join(root, "commits"), nodeFileSystem, MAX_STATE_BYTES);
    return new EventTable(root, directory, commits, await commits.newest());
  }

  /** The newest commit of the table below a state directory; undefined where there is none. E_DISK. */
  static async newestVersion(stateDirectory: string): Promise<TableVersion | undefined> {
    const root = join(stateDirectory, "event-table");
    return (await EventTable.#newest(root, root)).version;
  }

  /** The commit that this is; undefined where nothing was ever ingested. */
  get version(): TableVersion | undefined {
    return this.#bytes === undefined ? undefined : { number: this.#number, sha256: sha256(this.#bytes) };
  }

  parts(table?: TableName): readonly Part[] {
    return table === undefined ? this.#state.parts : this.#state.parts.filter((part) => part.table === table);
  }

  pathOf(part: Part): string {
    return join(this.directory, partPath(part));
  }

  /** An empty directory for files that may become parts. */
  async stage(): Promise<string> {
    const path = join(this.directory, "staging", randomBytes(8).toString("hex"));
    await makeDirectory(path);
    return path;
  }

  /**
   * Takes staged files into the table and `gone` out of it, in one step. E_STATE_LOCKED where another writer was there
   * first, and then nothing has happened; E_DISK.
   */
  async commit(staged: readonly StagedPart[], gone: readonly Part[]): Promise<void> {
    invariant(this.directory === this.#root, "a writer's table");
    const number = this.#number + 1;
    const added: Part[] = [];
    for (const [index, part] of staged.entries()) added.push(await this.#place(part, number, index));
    const leaving = new Set(gone.map(partPath));
    const state: TableState = {
      format: "countersign-event-table/1",
      ...(this.#bytes === undefined ? {} : { previous_sha256: sha256(this.#bytes) }),
      parts: sortedBy(
        [...this.#state.parts.filter((part) => !leaving.has(partPath(part))), ...added],
        partPath,
      ),
    };
    const bytes = Buffer.from(canonicalJson(state), "utf8");
    await this.#commits.make();
    if (!(await this.#commits.append(number, bytes))) {
      throw new CountersignError(
        "E_STATE_LOCKED",
        "expected to be alone at the event table, got another writer",
        {
          fix: "Wait until the other `events ingest` has ended, then run this again: nothing is lost.",
        },
      );
    }
    this.#state = state;
    this.#number = number;
    this.#bytes = bytes;
    for (const part of gone) await rm(this.pathOf(part), { force: true });
  }

  /** Removes what killed writers left: call it as the only writer. E_DISK. */
  async tidy(nowMs: number): Promise<void> {
    const counting = new Set(this.#state.parts.map(partPath));
    await rm(join(this.directory, "staging"), { recursive: true, force: true });
    for (const table of TABLES) {
      for (const path of await filesBelow(this.directory, table)) {
        if (!counting.has(path)) await rm(join(this.directory, path), { force: true });
      }
    }
    for (const path of await leftBefore(join(this.directory, "readers"), nowMs - STALE_HOLD_MS)) {
      await rm(path, { recursive: true, force: true });
    }
    if (this.#number > 0) await this.#commits.prune(KEPT_COMMITS, nowMs);
  }

  /** Reads every part and compares it with its digest. E_INTEGRITY, E_DISK. */
  async verify(): Promise<{ parts: number; bytes: number }> {
    let bytes = 0;
    for (const part of this.parts()) {
      const got = await digestOfFile(this.pathOf(part));
      if (got !== part.sha256) {
        throw new CountersignError(
          "E_INTEGRITY",
          `expected ${this.#homeOf(part)} with SHA-256 ${part.sha256}, got ${got}`,
          {
            fix: "Restore the file from a backup, or remove the directory `event-table` and ingest the logs again.",
          },
        );
      }
      bytes += part.bytes;
    }
    return { parts: this.parts().length, bytes };
  }

  /** Makes `events`, `inputs` and `aside` names that `engine` knows. */
  async attach(engine: QueryEngine): Promise<void> {
    for (const table of TABLES) await engine.define(table, this.#reading(table));
  }

  #reading(table: TableName): string {
    const parts = this.parts(table);
    const { columns, partitions } = columnsOf(table);
    const names = [...columns, ...partitions].map(([name]) => name).join(", ");
    if (parts.length === 0) {
      const nothing = [...columns, ...partitions].map(([name, type]) => `CAST(NULL AS ${type}) AS ${name}`);
      return `SELECT ${nothing.join(", ")} WHERE FALSE`;
    }
    const types = partitions.map(([name, type]) => `${name}: ${type}`).join(", ");
    const files = parts.map((part) => textLiteral(this.pathOf(part))).join(", ");
    return `SELECT ${names} FROM read_parquet([${files}], hive_partitioning = true, hive_types = {${types}})`;
  }

  async #place(
    { path, table, store_id, day, rows }: StagedPart,
    number: number,
    index: number,
  ): Promise<Part> {
    const part: Part = {
      table,
      store_id,
      ...(day === undefined ? {} : { day }),
      name: `${String(number).padStart(12, "0")}-${index}.parquet`,
      rows,
      bytes: 0,
      sha256: await digestOfFile(path),
    };
    const target = this.pathOf(part);
    try {
      const file = await open(path, "r");
      try {
        await file.sync();
      } finally {
        await file.close();
      }
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await rename(path, target);
      await syncDirectory(dirname(target));
      return { ...part, bytes: (await stat(target)).size };
    } catch (thrown) {
      throw fileError(thrown, target, "write");
    }
  }

  #homeOf(part: Part): string {
    return join(this.#root, partPath(part));
  }

  async #link(): Promise<void> {
    try {
      await makeDirectory(this.directory);
      for (const directory of new Set(this.parts().map((part) => dirname(this.pathOf(part))))) {
        await makeDirectory(directory);
      }
    } catch (thrown) {
      throw fileError(thrown, this.directory, "write");
    }
    for (const part of this.parts()) {
      try {
        await link(this.#homeOf(part), this.pathOf(part));
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== "ENOENT")
          throw fileError(thrown, this.directory, "write");
      }
      await this.#refuseOther(part);
    }
  }

  async #refuseOther(part: Part): Promise<void> {
    const got = await statOf(this.pathOf(part));
    if (got?.isFile() === true && got.size === part.bytes) return;
    throw new CountersignError(
      "E_INTEGRITY",
      `expected ${part.bytes} bytes at ${this.#homeOf(part)}, got ${got === undefined ? "nothing" : `${got.size}`}`,
      {
        fix: "Restore the file from a backup, or remove the directory `event-table` and ingest the logs again.",
      },
    );
  }
}

/** Undefined where nothing is. E_DISK. */
async function statOf(path: string) {
  try {
    return await stat(path);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(thrown, path, "read");
  }
}

type NameAndType = readonly [string, string];

/** Columns of a table with their types: those in its files, and those that the files' paths say. */
export function columnsOf(table: TableName): {
  readonly columns: readonly NameAndType[];
  readonly partitions: readonly NameAndType[];
} {
  return {
    columns:
      table === "events" ? EVENT_COLUMNS.map(({ name, type }) => [name, type] as const) : BESIDE[table],
    partitions: [["store_id", "VARCHAR"], ...(table === "events" ? [["day", "VARCHAR"] as const] : [])],
  };
}

/** SHA-256 of a file, or of its bytes from `start` to before `end`, in hexadecimal. E_DISK, E_NOT_FOUND. */
export async function digestOfFile(path: string, start = 0, end = Infinity): Promise<string> {
  const hash = createHash("sha256");
  try {
    await pipeline(createReadStream(path, { start, end: end - 1, highWaterMark: 1024 * 1024 }), hash);
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
  return hash.digest("hex");
}

/** What was put into a directory last before `ms`, as paths. */
async function leftBefore(directory: string, ms: number): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const mtimeMs = await stat(path).then(
        (stats) => stats.mtimeMs,
        () => Infinity,
      );
      return mtimeMs < ms ? [path] : [];
    }),
  );
  return found.flat();
}

async function filesBelow(directory: string, table: TableName): Promise<string[]> {
  try {
    const entries = await readdir(join(directory, table), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1));
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(thrown, directory, "read");
  }
}

function stateOf(bytes: Buffer, directory: string): TableState {
  return strictJson(bytes, tableStateSchema, `a commit of the event table in ${directory}`);
}
