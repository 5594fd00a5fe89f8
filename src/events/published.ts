import { randomBytes } from "node:crypto";
import { constants, copyFile, link, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { CountersignError, fileError, hasNoLinks, makeDirectory } from "../base/index.ts";
import { nameLiteral, textLiteral, type Cell, type QueryEngine, type Trino } from "../tables/index.ts";
import { columnsOf, digestOfFile, type EventTable, type TableVersion } from "./event-table.ts";
import { TABLES, partPath, type Part, type TableName } from "./table-state.ts";

/**
 * A cluster reads every file of a directory, and knows nothing of commits. So a commit is published as a directory and
 * tables of its own, never changed afterwards; a view says which of them is in force, and a reader keeps to the one that it
 * found.
 */
export interface PublishedPlace {
  /** Where we write. */
  readonly directory: string;
  /** How the cluster calls that place: `s3://bucket/prefix`, `local:///path`, `file:///path`. */
  readonly location: string;
  readonly catalog: string;
  readonly schema: string;
}

/** Files of a commit where a cluster finds them. */
export interface Placed {
  /** Of the directory, and of the tables behind an underscore. */
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
  /** They lay there before. */
  readonly known: boolean;
}

/** What a cluster has of the table. */
export interface Published extends TableVersion {
  readonly name: string;
  /** RFC 3339. */
  readonly published_at: string;
}

/** The view of one row that says which commit is in force. */
const IN_FORCE = "countersign_published";

const NAME = /^c(\d{12})_[0-9a-f]{12}$/;

function nameOf({ number, sha256 }: TableVersion): string {
  return `c${String(number).padStart(12, "0")}_${sha256.slice(0, 12)}`;
}

function versionOf(table: EventTable): TableVersion {
  if (table.version !== undefined) return table.version;
  throw new CountersignError("E_NOT_FOUND", "expected an event table to publish, got none", {
    fix: "Run `countersign events ingest` first.",
  });
}

/**
 * Puts the files of the table's commit into a directory of their own, by links where the disk is the same, else as copies
 * that are compared with their digests. It is there whole or not at all. E_DISK, E_INTEGRITY, E_NOT_FOUND.
 */
export async function placeFiles(table: EventTable, directory: string): Promise<Placed> {
  const name = nameOf(versionOf(table));
  const parts = table.parts();
  const placed = { name, files: parts.length, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0) };
  const target = join(directory, name);
  if (await stands(target)) return { ...placed, known: true };
  const making = join(directory, `.${name}-${randomBytes(8).toString("hex")}`);
  try {
    await makeDirectory(directory);
    for (const place of new Set([...TABLES, ...parts.map((part) => dirname(partPath(part)))])) {
      await mkdir(join(making, place), { recursive: true, mode: 0o750 });
    }
    for (const part of parts) await placePart(table, part, join(making, partPath(part)));
    await rename(making, target);
  } catch (thrown) {
    await rm(making, { recursive: true, force: true });
    // Another one was faster.
    if (await stands(target)) return { ...placed, known: true };
    throw thrown instanceof CountersignError ? thrown : fileError(thrown, target, "write");
  }
  return { ...placed, known: false };
}

async function placePart(table: EventTable, part: Part, target: string): Promise<void> {
  const source = table.pathOf(part);
  try {
    await link(source, target);
    return;
  } catch (thrown) {
    if (!hasNoLinks(thrown)) throw thrown;
    await copyFile(source, target, constants.COPYFILE_EXCL);
  }
  const got = await digestOfFile(target);
  if (got === part.sha256) return;
  throw new CountersignError("E_INTEGRITY", `expected ${source} with SHA-256 ${part.sha256}, got ${got}`, {
    fix: "`countersign events check` says which files of the table are not as they were written.",
  });
}

/**
 * Makes tables of files that lie in their place, counts what the cluster sees of them, and only then lets questions ask
 * them. E_INTEGRITY where it sees other rows than the commit has; then what was in force stays so. The one in force before stays for those who ask it;
 * older ones go.
 */
export async function publish(
  cluster: Trino,
  table: EventTable,
  place: PublishedPlace,
  now: Date,
): Promise<Published> {
  const version = versionOf(table);
  const name = nameOf(version);
  const before = await inForce(cluster, place.schema);
  if (before?.name !== name) {
    for (const one of TABLES) await makeTable(cluster, place, one, name);
  }
  for (const one of TABLES) await refuseOther(cluster, table, one, name);
  if (before?.name === name) return before;
  const told = { name, ...version, published_at: now.toISOString() };
  await cluster.run(
    `CREATE OR REPLACE VIEW ${IN_FORCE} AS SELECT ${textLiteral(name)} AS name, ${version.number} AS commit_number,
       ${textLiteral(version.sha256)} AS commit_sha256, ${textLiteral(told.published_at)} AS published_at`,
  );
  // For people and other tools, that need not know which commit it is.
  for (const one of TABLES)
    await cluster.run(`CREATE OR REPLACE VIEW ${one} AS SELECT * FROM ${tableOf(one, name)}`);
  await retire(cluster, place, [name, ...(before === undefined ? [] : [before.name])]);
  return told;
}

function tableOf(table: TableName, name: string): string {
  return `${table}_${name}`;
}

async function makeTable(
  cluster: Trino,
  { location, catalog, schema }: PublishedPlace,
  table: TableName,
  name: string,
): Promise<void> {
  const { columns, partitions } = columnsOf(table);
  const typed = [...columns, ...partitions].map(
    ([column, type]) => `${nameLiteral(column)} ${type === "TIMESTAMP" ? "TIMESTAMP(3)" : type}`,
  );
  const own = tableOf(table, name);
  const at = `${location.replace(/\/$/, "")}/${name}/${table}`;
  // What a run that was ended has left may know a part of the files.
  await cluster.run(`DROP TABLE IF EXISTS ${own}`);
  await cluster.run(
    `CREATE TABLE ${own} (${typed.join(", ")}) WITH (format = 'PARQUET', external_location = ${textLiteral(at)},
       partitioned_by = ARRAY[${partitions.map(([column]) => textLiteral(column)).join(", ")}])`,
  );
  await cluster.run(
    `CALL ${nameLiteral(catalog)}.system.sync_partition_metadata(schema_name => ${textLiteral(schema)}, table_name => ${textLiteral(own)}, mode => 'ADD')`,
  );
}

/** Files that were not brought there yet, or others beside them, would make questions answer falsely. */
async function refuseOther(cluster: Trino, table: EventTable, one: TableName, name: string): Promise<void> {
  const { partitions } = columnsOf(one);
  const by = partitions.map(([column]) => column).join(", ");
  const { rows } = await cluster.run(`SELECT ${by}, count(*) FROM ${tableOf(one, name)} GROUP BY ${by}`);
  const got = new Map(rows.map((row) => [row.slice(0, -1).join("/"), Number(row.at(-1))]));
  const expected = new Map<string, number>();
  for (const { store_id, day, rows: count } of table.parts(one)) {
    const key = [store_id, ...(day === undefined ? [] : [day])].join("/");
    expected.set(key, (expected.get(key) ?? 0) + count);
  }
  for (const key of new Set([...expected.keys(), ...got.keys()])) {
    const [wanted, seen] = [expected.get(key) ?? 0, got.get(key) ?? 0];
    if (wanted === seen) continue;
    throw new CountersignError(
      "E_INTEGRITY",
      `expected the cluster to see ${wanted} rows of ${one} ${key} in ${name}, got ${seen}`,
      {
        fix: "Bring all files of `events.trino.files.directory` to `events.trino.files.location`, and no others, then publish again.",
      },
    );
  }
}

/** Takes away what is older than what may still be asked: the tables first, so that nobody finds half of their files. */
async function retire(
  cluster: Trino,
  { directory, schema }: PublishedPlace,
  kept: readonly string[],
): Promise<void> {
  // By no order of numbers: a table that was ingested anew begins with 1 again.
  const isOld = (name: string): boolean => NAME.test(name) && !kept.includes(name);
  for (const existing of await tablesIn(cluster, schema)) {
    const [, name] = /^(?:events|inputs|aside)_(c.*)$/.exec(existing) ?? [];
    if (name !== undefined && isOld(name)) await cluster.run(`DROP TABLE IF EXISTS ${existing}`);
  }
  try {
    for (const name of await readdir(directory)) {
      if (!isOld(name)) continue;
      const leaving = join(directory, `.${name}-gone`);
      await rename(join(directory, name), leaving);
      await rm(leaving, { recursive: true, force: true });
    }
  } catch (thrown) {
    throw fileError(thrown, directory, "write");
  }
}

/**
 * Makes `events`, `inputs` and `aside` names of `cluster` for the commit that is in force there, whatever is published
 * meanwhile. E_NOT_FOUND where nothing is.
 */
export async function attachPublished(cluster: QueryEngine, schema: string): Promise<Published> {
  const published = await inForce(cluster, schema);
  if (published === undefined) {
    throw new CountersignError("E_NOT_FOUND", `expected a published event table in ${schema}, got none`, {
      fix: "Run `countersign events publish` where the event table is, and check `events.trino.catalog` and `schema`.",
    });
  }
  for (const table of TABLES) {
    const { columns, partitions } = columnsOf(table);
    const names = [...columns, ...partitions].map(([name]) => name).join(", ");
    await cluster.define(table, `SELECT ${names} FROM ${tableOf(table, published.name)}`);
  }
  return published;
}

async function inForce(cluster: QueryEngine, schema: string): Promise<Published | undefined> {
  if (!(await tablesIn(cluster, schema)).includes(IN_FORCE)) return undefined;
  const { rows } = await cluster.query(
    `SELECT name, commit_number, commit_sha256, published_at FROM ${IN_FORCE}`,
  );
  const [name, number, sha256, published_at] = (rows[0] ?? []).map((cell: Cell) => String(cell));
  if (rows.length === 1 && NAME.test(name ?? "")) {
    return {
      name: name ?? "",
      number: Number(number),
      sha256: sha256 ?? "",
      published_at: published_at ?? "",
    };
  }
  throw new CountersignError("E_INTEGRITY", `expected ${IN_FORCE} to name one commit, got something else`, {
    fix: `Drop the view ${IN_FORCE} in ${schema}, and run \`countersign events publish\` again.`,
  });
}

async function tablesIn(cluster: QueryEngine, schema: string): Promise<string[]> {
  const { rows } = await cluster.query(
    `SELECT table_name FROM information_schema.tables WHERE table_schema = ${textLiteral(schema)}`,
  );
  return rows.map(([name]) => String(name));
}

async function stands(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw fileError(thrown, path, "read");
  }
}
