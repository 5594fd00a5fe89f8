import { readFileSync } from "node:fs";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EventTable, ingest, type Format, type IngestReport } from "../../src/events/index.ts";
import { DuckDb, type Cell, type QueryEngine } from "../../src/tables/index.ts";

/** A state directory with an event table, for one test. */
export interface Place {
  readonly directory: string;
  /** Reads files, by name and content, in their order. `written`: when they were, by the file system. */
  ingest(
    files: Readonly<Record<string, Uint8Array | string>>,
    format?: Format,
    own?: { readonly written?: Date },
  ): Promise<IngestReport>;
  /** Rows as objects; what is NULL is left out. */
  rows(sql: string): Promise<Record<string, Cell>[]>;
  /** Asks the table. */
  asked<T>(work: (engine: QueryEngine) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

export async function place(storeId = "prod"): Promise<Place> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-events-"));
  const scratch = join(directory, "scratch");
  let turn = 0;
  const withDatabase = async <T>(work: (database: DuckDb) => Promise<T>): Promise<T> => {
    const database = await DuckDb.open({ memoryMb: 512, threads: 1, scratch });
    try {
      return await work(database);
    } finally {
      database.close();
    }
  };
  return {
    directory,
    ingest: async (files, format, own = {}) => {
      turn += 1;
      const paths: string[] = [];
      for (const [name, content] of Object.entries(files)) {
        const path = join(directory, `${turn}-${name}`);
        await writeFile(path, content);
        const { written } = own;
        if (written !== undefined) await utimes(path, written, written);
        paths.push(path);
      }
      return await withDatabase(async (database) => {
        const table = await EventTable.open(directory);
        await table.tidy(Date.now());
        return await ingest(
          table,
          database,
          paths.map((path) => ({ path, source: path.slice(directory.length + 1) })),
          {
            storeId,
            ...(format === undefined ? {} : { format }),
            clean: async (text) => await Promise.resolve(text),
            now: new Date(),
            progress: () => undefined,
            signal: new AbortController().signal,
          },
        );
      });
    },
    rows: async (sql) =>
      await withDatabase(async (database) => {
        const table = await EventTable.open(directory);
        await table.attach(database);
        const { columns, rows } = await database.query(sql);
        return rows.map((row) =>
          Object.fromEntries(
            columns.flatMap((name, index) => {
              const cell = row[index];
              return cell === null || cell === undefined ? [] : [[name, cell]];
            }),
          ),
        );
      }),
    asked: async (work) =>
      await withDatabase(async (database) => {
        await (await EventTable.open(directory)).attach(database);
        return await work(database);
      }),
    remove: async () => {
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The text of a sample. */
export function sample(name: string): string {
  return readFileSync(new URL(`./samples/${name}`, import.meta.url), "utf8");
}
