import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { CountersignError, readBounded, sha256, utf8Text } from "../../base/index.ts";
import {
  CallFailure,
  isGap,
  recordBytes,
  type Answer,
  type CollectIo,
  type ConnectorContext,
  type Gap,
  type RawRecord,
} from "../../facts/index.ts";
import { compileSchema } from "../../schema/index.ts";
import { HIDES, MAX_FILE_BYTES, PAGE_BYTES, PAGE_ROWS, PageAnswer, type Row } from "./answers.ts";
import { instantOf } from "./dates.ts";
import { readCsv, type Table } from "./read-csv.ts";
import { readRequests, readScim } from "./read-json.ts";
import { requestsFormat, rosterFormat, type PeopleSettings, type RosterSettings } from "./settings.ts";

/** Prefix of every operation's name. */
export const OPERATION = "people.";

/** Who reads: nobody's account, but whoever may read the files. */
const CALLER = "files on the collector's disk";

const pages = compileSchema(PageAnswer);

type Head = Omit<PageAnswer, "page" | "rows">;

/** A file, cut into pages. */
interface Cut {
  readonly head: Head;
  readonly pages: readonly (readonly Row[])[];
}

/** One list to read. */
interface List {
  readonly about: PageAnswer["about"];
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly read: () => Promise<Cut>;
}

/** Reads each file once, and keeps it page by page, each of which is a record, or the gap that it leaves. */
export async function* collect(
  settings: PeopleSettings,
  { source }: ConnectorContext,
  io: CollectIo,
): AsyncGenerator<RawRecord | Gap> {
  io.identify(CALLER);
  for (const list of listsOf(settings)) {
    let cut: Promise<Cut> | undefined;
    const ask = async (page: number): Promise<RawRecord | Gap> =>
      await io.call(
        {
          operation: `${OPERATION}${list.about}`,
          scope: source,
          params: { ...list.params, page },
          hides: HIDES[list.about],
          resource: `${source}:${basename(list.path)}/`,
          // Pages of a file that was changed between two runs do not belong together.
          fresh: true,
        },
        async () => pageOf(await (cut ??= list.read()), page),
      );
    const first = await ask(1);
    yield first;
    const count = isGap(first) ? 1 : pageCount(first);
    for (let page = 2; page <= count; page += 1) yield await ask(page);
  }
}

function listsOf({ rosters = [], requests = [] }: PeopleSettings): List[] {
  return [
    ...rosters.map((one): List => {
      const format = rosterFormat(one);
      return {
        about: "roster",
        path: one.file,
        params: { file: basename(one.file), kind: one.kind, format },
        read: async () => {
          const { text, head } = await fileOf(one.file, "roster", one.as_of);
          const table = format === "scim" ? readScim(text) : readCsv(text, "person", one.columns);
          return cutOf({ ...head, roster_kind: one.kind }, withStatuses(table, one), "person_id");
        },
      };
    }),
    ...requests.map((one): List => {
      const format = requestsFormat(one);
      return {
        about: "requests",
        path: one.file,
        params: { file: basename(one.file), format },
        read: async () => {
          const { text, head } = await fileOf(one.file, "requests");
          const table = format === "json" ? readRequests(text) : readCsv(text, "request", one.columns);
          return cutOf(head, table, "request_id");
        },
      };
    }),
  ];
}

type FileHead = Pick<Head, "about" | "as_of" | "file" | "file_sha256">;

async function fileOf(
  path: string,
  about: Head["about"],
  asOf?: string,
): Promise<{ readonly text: string; readonly head: FileHead }> {
  try {
    const bytes = await readBounded(path, { what: `a file (${basename(path)})`, maxBytes: MAX_FILE_BYTES });
    const { mtime } = await stat(path);
    const file = basename(path);
    // Told of as one place, whichever machine it is read on.
    const text = utf8Text(bytes, { file, code: "E_INPUT" });
    const as_of = asOf === undefined ? mtime.toISOString() : instantOf(asOf, "first");
    if (as_of === undefined) {
      throw new CallFailure(
        "malformed",
        `expected a day or an instant in as_of of ${file}, got something else`,
      );
    }
    return { text, head: { about, file, file_sha256: sha256(bytes), as_of } };
  } catch (thrown) {
    if (!(thrown instanceof CountersignError)) throw thrown;
    throw new CallFailure(thrown.code === "E_INPUT" ? "malformed" : "unavailable", unplaced(thrown, path), {
      fix: thrown.fix ?? "Put the file there, or name the one that is meant.",
      cause: thrown,
    });
  }
}

/** A gap is evidence that others read: it names the file, not where on this machine it lies. */
function unplaced({ message, location }: CountersignError, path: string): string {
  const line = location?.line === undefined ? "" : ` (line ${location.line})`;
  return `${message.replaceAll(path, basename(path))}${line}`;
}

/** The file's own words for a status, as the configuration says that they are meant. */
function withStatuses(table: Table, { statuses }: RosterSettings): Table {
  if (statuses === undefined) return table;
  const meant = new Map(Object.entries(statuses).map(([word, status]) => [word.toLowerCase(), status]));
  const rows = table.rows.map((row) => {
    const { status } = row.values;
    const known = typeof status === "string" ? meant.get(status.toLowerCase()) : undefined;
    return known === undefined ? row : { ...row, values: { ...row.values, status: known } };
  });
  return { ...table, rows };
}

function cutOf(file: FileHead & Partial<Head>, table: Table, key: "person_id" | "request_id"): Cut {
  const rows = distinctRows(table, key);
  const parts: Row[][] = [[]];
  let bytes = 0;
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row));
    if ((parts.at(-1)?.length ?? 0) >= PAGE_ROWS || (bytes > 0 && bytes + size > PAGE_BYTES)) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(row);
    bytes += size;
  }
  const { unit, columns, missing_count } = table;
  const counts = { pages: parts.length, row_count: rows.length, missing_count };
  return { head: { ...file, unit, columns: [...columns], ...counts }, pages: parts };
}

/**
 * A row that stands twice alike is one. Rows that say different things under one id cannot be told apart: none of them is
 * used, so that nobody is judged by the wrong one.
 */
function distinctRows({ rows, unit }: Table, key: string): Row[] {
  const byId = Map.groupBy(rows, ({ values }) => values[key]);
  return rows.flatMap((row) => {
    const id = row.values[key];
    const [first, ...others] = (typeof id === "string" ? byId.get(id) : undefined) ?? [row];
    const alike = (one: Row) => JSON.stringify(one.values) === JSON.stringify(row.values);
    if (others.length === 0) return [row];
    if (byId.get(id)?.every(alike) === true) return row === first ? [row] : [];
    const other = byId.get(id)?.find((one) => !alike(one)) ?? first;
    return [
      {
        at: row.at,
        fault: `expected each ${key} once, got another row with it in ${unit} ${other?.at ?? 0}`,
        values: {},
      },
    ];
  });
}

function pageOf({ head, pages: all }: Cut, page: number): Answer {
  const rows = all[page - 1];
  if (rows === undefined)
    throw new CallFailure("malformed", `expected a page ${page} of ${head.file}, got none`);
  const body = JSON.stringify({ ...head, page, rows });
  return { status: 200, media_type: "application/json", body: Buffer.from(body) };
}

function pageCount(record: RawRecord): number {
  const page = pageIn(record);
  return page?.pages ?? 1;
}

/** What is kept of one page; undefined where it is not shaped as one. */
export function pageIn(record: RawRecord): PageAnswer | undefined {
  try {
    const body: unknown = JSON.parse(recordBytes(record).toString("utf8"));
    return pages.fits(body) ? body : undefined;
  } catch {
    return undefined;
  }
}
