import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { textLiteral, type DuckDb } from "../tables/index.ts";
import { EVENT_COLUMN_LIST } from "./event.ts";
import type { EventTable, StagedPart } from "./event-table.ts";
import type { Part } from "./table-state.ts";

/** Files of one day before they are made one. */
const MAX_DAY_PARTS = 24;

/** What a commit adds and takes away. */
export interface Settled {
  readonly staged: readonly StagedPart[];
  readonly gone: readonly Part[];
  /** Rows that the table did not have, and those that it had, or had twice. */
  readonly fresh: number;
  readonly known: number;
  /** Requests in the place of which their answers stand. */
  readonly joined: number;
}

/** A Parquet file with rows of one day. */
interface DayFile {
  readonly path: string;
  readonly day: string;
  /** Absent for one that is staged. */
  readonly part?: Part;
}

export const UNANSWERED = "unanswered";

/**
 * Brings staged events into the table so that each is there once: of equal ids the one with the smallest record digest
 * stays, and of a request that has been answered the answer. That depends on no order in which things came. Ids are compared
 * within a day and its neighbours; the same id on days further apart stays twice.
 */
export async function settle(
  database: DuckDb,
  table: EventTable,
  storeId: string,
  directories: readonly string[],
  scratch: string,
): Promise<Settled> {
  const staged = await stagedFiles(directories);
  const answered = staged.filter(({ day }) => day !== UNANSWERED);
  const own = table.parts("events").filter((part) => part.store_id === storeId);
  const before = await rowsIn(database, answered);
  const changes = await withoutDoubles(database, { table, own, answered, storeId, scratch });
  const open = await stillOpen(database, { table, own, staged, storeId, scratch });
  const parts = [...changes.staged, ...open.staged];
  const gone = [...changes.gone, ...open.gone];
  const sum = (rows: readonly { rows: number }[]): number => rows.reduce((total, one) => total + one.rows, 0);
  const fresh = sum(changes.staged) - sum(changes.gone);
  return { staged: parts, gone, fresh, known: before - fresh + open.again, joined: open.joined };
}

async function stagedFiles(directories: readonly string[]): Promise<DayFile[]> {
  const files: DayFile[] = [];
  for (const directory of directories) {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const day = /day=([0-9-]+|unanswered)$/.exec(entry.parentPath)?.[1];
      if (day !== undefined && entry.name.endsWith(".parquet")) {
        files.push({ path: join(entry.parentPath, entry.name), day });
      }
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

interface Scene {
  readonly table: EventTable;
  readonly own: readonly Part[];
  readonly storeId: string;
  readonly scratch: string;
}

async function withoutDoubles(
  database: DuckDb,
  { table, own, answered, storeId, scratch }: Scene & { readonly answered: readonly DayFile[] },
): Promise<Pick<Settled, "gone" | "staged">> {
  if (answered.length === 0) return { staged: [], gone: [] };
  const near = new Set(answered.flatMap(({ day }) => [-1, 0, 1].map((days) => dayAfter(day, days))));
  const standing = own.flatMap((part): DayFile[] =>
    part.day !== undefined && near.has(part.day) ? [{ path: table.pathOf(part), day: part.day, part }] : [],
  );
  await findDoubles(database, answered, standing);
  const losing = await losers(database, [...answered, ...standing]);
  const staged: StagedPart[] = [];
  const gone: Part[] = [];
  for (const [index, file] of [...answered, ...standing].entries()) {
    const target = { table: "events", store_id: storeId, day: file.day } as const;
    if (!losing.has(file.path)) {
      if (file.part === undefined)
        staged.push({ ...target, path: file.path, rows: await rowsIn(database, [file]) });
      continue;
    }
    if (file.part !== undefined) gone.push(file.part);
    const path = join(scratch, `settled-${index}.parquet`);
    await database.run(
      `COPY (SELECT ${EVENT_COLUMN_LIST} FROM ${reading([file])} WHERE hash(event_id, item) NOT IN (SELECT h FROM doubles)
         UNION ALL SELECT ${EVENT_COLUMN_LIST} FROM contenders WHERE place = 1 AND filename = ${textLiteral(file.path)})
       TO ${textLiteral(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const rows = await rowsIn(database, [{ path, day: file.day }]);
    if (rows > 0) staged.push({ ...target, path, rows });
  }
  return await compacted(database, { table, own, storeId, scratch }, { staged, gone });
}

/** Ids that would stand twice: `doubles`, by their hashes, of which two that are equal by chance do no harm. */
async function findDoubles(
  database: DuckDb,
  answered: readonly DayFile[],
  standing: readonly DayFile[],
): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE staged_ids AS
       SELECT hash(event_id, item) AS h, count(*) AS n FROM ${reading(answered)} GROUP BY 1`,
  );
  const again =
    standing.length === 0
      ? ""
      : `UNION SELECT hash(event_id, item) FROM ${reading(standing)} WHERE hash(event_id, item) IN (SELECT h FROM staged_ids)`;
  await database.run(`CREATE OR REPLACE TEMP TABLE doubles AS SELECT h FROM staged_ids WHERE n > 1 ${again}`);
  await database.run("DROP TABLE staged_ids");
}

/**
 * Files of which a row has to go. Equal rows of which one stands already: the staged one. `stretch`: days of one id that follow one
 * another, since what is read together may span more.
 */
async function losers(database: DuckDb, files: readonly DayFile[]): Promise<ReadonlySet<string>> {
  const standing = files.filter(({ part }) => part !== undefined).map(({ path }) => textLiteral(path));
  const stands = standing.length === 0 ? "FALSE" : `filename IN (${standing.join(", ")})`;
  await database.run(
    `CREATE OR REPLACE TEMP TABLE contenders AS
       SELECT *, row_number() OVER (
         PARTITION BY event_id, item, stretch ORDER BY record_digest, ${EVENT_COLUMN_LIST}, NOT (${stands}), filename) AS place
       FROM (
         SELECT *, sum(CASE WHEN days_since > 1 THEN 1 ELSE 0 END) OVER (PARTITION BY event_id, item ORDER BY time) AS stretch
         FROM (
           SELECT ${EVENT_COLUMN_LIST}, filename,
             date_diff('day', CAST(lag(time) OVER (PARTITION BY event_id, item ORDER BY time) AS DATE), CAST(time AS DATE)) AS days_since
           FROM ${reading(files)} WHERE hash(event_id, item) IN (SELECT h FROM doubles)))`,
  );
  const { rows } = await database.query("SELECT DISTINCT filename FROM contenders WHERE place > 1");
  return new Set(rows.map(([path]) => String(path)));
}

/** A day of many files becomes a day of one. */
async function compacted(
  database: DuckDb,
  { table, own, storeId, scratch }: Scene,
  changes: Pick<Settled, "gone" | "staged">,
): Promise<Pick<Settled, "gone" | "staged">> {
  const gone = new Set(changes.gone);
  const days = new Set(changes.staged.flatMap(({ day }) => (day === undefined ? [] : [day])));
  const staged: StagedPart[] = [];
  for (const day of [...days].sort()) {
    const standing = own.filter((part) => part.day === day && !gone.has(part));
    const fresh = changes.staged.filter((part) => part.day === day);
    if (standing.length + fresh.length <= MAX_DAY_PARTS) {
      staged.push(...fresh);
      continue;
    }
    const path = join(scratch, `day-${day}.parquet`);
    const files = [
      ...standing.map((part) => ({ path: table.pathOf(part), day })),
      ...fresh.map(({ path: at }) => ({ path: at, day })),
    ];
    await database.run(
      `COPY (SELECT ${EVENT_COLUMN_LIST} FROM ${reading(files)} ORDER BY time) TO ${textLiteral(path)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    staged.push({
      path,
      table: "events",
      store_id: storeId,
      day,
      rows: await rowsIn(database, [{ path, day }]),
    });
    for (const part of standing) gone.add(part);
  }
  return { staged, gone: [...gone] };
}

/** What stands of requests of which the log holds no response, how many were told again, and how many are answered. */
interface Open extends Pick<Settled, "gone" | "joined" | "staged"> {
  readonly again: number;
}

/** Requests of which the log holds no response: those that stood, and new ones, without those that are answered. */
async function stillOpen(
  database: DuckDb,
  { table, own, staged, storeId, scratch }: Scene & { readonly staged: readonly DayFile[] },
): Promise<Open> {
  const standing = own.filter((part) => part.day === UNANSWERED);
  const files = [
    ...standing.map((part) => ({ path: table.pathOf(part), day: UNANSWERED })),
    ...staged.filter(({ day }) => day === UNANSWERED),
  ];
  if (files.length === 0) return { staged: [], gone: [], joined: 0, again: 0 };
  const told = await rowsIn(database, files);
  await database.run(
    `CREATE OR REPLACE TEMP TABLE open_requests AS SELECT DISTINCT ON (event_id) ${EVENT_COLUMN_LIST}
       FROM ${reading(files)} ORDER BY event_id, record_digest, ${EVENT_COLUMN_LIST}`,
  );
  const { rows: days } = await database.query(
    "SELECT strftime(time, '%Y-%m-%d'), count(*) FROM open_requests GROUP BY 1",
  );
  const calls = days.reduce((sum, [, count]) => sum + Number(count), 0);
  const near = new Set(days.flatMap(([day]) => [-1, 0, 1].map((by) => dayAfter(String(day), by))));
  const answers = [
    ...staged.filter(({ day }) => near.has(day)),
    ...own.flatMap((part) =>
      part.day !== undefined && near.has(part.day) ? [{ path: table.pathOf(part), day: part.day }] : [],
    ),
  ];
  if (answers.length > 0) {
    await database.run(
      `DELETE FROM open_requests WHERE event_id IN (SELECT event_id FROM ${reading(answers)} AS answers
         WHERE EXISTS (SELECT 1 FROM open_requests AS request WHERE request.event_id = answers.event_id
           AND answers.time BETWEEN request.time - INTERVAL 1 DAY AND request.time + INTERVAL 1 DAY))`,
    );
  }
  const path = join(scratch, "unanswered.parquet");
  await database.run(
    `COPY (SELECT * FROM open_requests ORDER BY time, event_id) TO ${textLiteral(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  const rows = await rowsIn(database, [{ path, day: UNANSWERED }]);
  return {
    staged: rows === 0 ? [] : [{ path, table: "events", store_id: storeId, day: UNANSWERED, rows }],
    gone: standing,
    joined: calls - rows,
    again: told - calls,
  };
}

function reading(files: readonly Pick<DayFile, "path">[]): string {
  const list = files.map(({ path }) => textLiteral(path)).join(", ");
  return `read_parquet([${list}], filename = true, hive_partitioning = false, union_by_name = true)`;
}

async function rowsIn(database: DuckDb, files: readonly DayFile[]): Promise<number> {
  if (files.length === 0) return 0;
  const { rows } = await database.query(`SELECT count(*) FROM ${reading(files)}`);
  return Number(rows[0]?.[0] ?? 0);
}

function dayAfter(day: string, days: number): string {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}
