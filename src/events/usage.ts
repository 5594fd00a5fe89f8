import { CountersignError, invariant, sortedBy } from "../base/index.ts";
import type { Cell, QueryEngine } from "../tables/index.ts";
import { rowsOf, type Row } from "./rows.ts";
import { bound, questions } from "./statement.ts";

/** Most pairs of principal and secret of one store. */
export const MAX_PAIRS = 200_000;

/** Most files of a store with parts that could not be read: with more, nothing before the log's end is whole. */
const MAX_UNREADABLE = 10_000;

/** A log without any event for so long is not known to have been kept meanwhile. */
export const SILENT_DAYS = 7;

const DAY_MS = 86_400_000;

/** What may be missing from a log, and when. Without instants: at any time. Of one account's Region, or of all. */
export interface Missing {
  readonly account?: string;
  readonly region?: string;
  readonly from_at?: string;
  readonly to_at?: string;
  readonly reason: "missing" | "not_ingested" | "silent" | "unreadable";
}

export interface Hole {
  readonly from_at: string;
  readonly to_at: string;
  readonly reason: Missing["reason"];
}

/** One day of a log. Instants are RFC 3339, UTC. */
interface LogDay {
  readonly account?: string;
  readonly region?: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly event_count: number;
  readonly read_count: number;
  readonly unattributed_read_count: number;
  readonly unnamed_read_count: number;
}

/** Of which time the log of a store tells; of a cloud's, of one account's Region. */
export interface LogSpan extends Omit<LogDay, "first_at" | "last_at"> {
  readonly from_at: string;
  readonly to_at: string;
  /** Ascending, the latest where there are more. */
  readonly holes: readonly Hole[];
  readonly hole_count: number;
  readonly whole_from_at: string;
  /** Reads of the days that lie wholly behind the last hole. */
  readonly whole_read_count: number;
}

/** What one principal read of one secret, both as the log names them. */
export interface Usage {
  readonly principal_key?: string;
  readonly principal_name?: string;
  readonly secret_key: string;
  readonly read_count: number;
  readonly denied_count: number;
  readonly first_read_at?: string;
  readonly last_read_at?: string;
  readonly versions: readonly {
    readonly version: string;
    readonly read_count: number;
    readonly last_read_at: string;
  }[];
  readonly unlisted_version_count: number;
  readonly unversioned_read_count: number;
  readonly days: Readonly<Record<string, number>>;
}

/** How much of each pair is told. */
interface UsageLimits {
  readonly days: number;
  readonly versions: number;
}

/** Every pair of principal and secret of a store's log, in order of secrets. E_LIMIT where there are more than {@link MAX_PAIRS}. */
export async function usageOf(
  engine: QueryEngine,
  storeId: string,
  { days, versions }: UsageLimits,
): Promise<Usage[]> {
  const sql = bound(saved("usage"), { store: storeId, days });
  const rows = rowsOf(await engine.query(`SELECT * FROM (${sql}) AS told LIMIT ${MAX_PAIRS + 1}`));
  if (rows.length > MAX_PAIRS) {
    throw new CountersignError(
      "E_LIMIT",
      `expected at most ${MAX_PAIRS} pairs of principal and secret in the log of ${storeId}, got more`,
    );
  }
  return sortedBy(
    rows.map((row) => pairOf(row, versions)),
    ({ secret_key, principal_key = "" }) => `${secret_key}\n${principal_key}`,
  );
}

/** The spans of a store's log, with what is missing of them; empty where no event of it is in the table. */
export async function spansOf(
  engine: QueryEngine,
  storeId: string,
  missing: readonly Missing[],
  maxHoles: number,
): Promise<LogSpan[]> {
  const days = rowsOf(await engine.query(bound(saved("log_days"), { store: storeId }))).map(dayOf);
  const unread = [...(await unreadable(engine, storeId)), ...missing];
  const logs = Map.groupBy(days, ({ account = "", region = "" }) => `${account}/${region}`);
  return [...logs.values()].map((log) => spanOf(log, unread, maxHoles));
}

/** Digests of the files and kept bodies that the table holds of a store. */
export async function ingestedDigests(engine: QueryEngine, storeId: string): Promise<ReadonlySet<string>> {
  const { rows } = await engine.query(
    bound(
      {
        id: "ingested",
        head: { title: "Ingested", parameters: STORE },
        sql: "SELECT DISTINCT digest FROM inputs WHERE store_id = :store",
      },
      { store: storeId },
    ),
  );
  return new Set(rows.map(([digest]) => String(digest)));
}

const STORE = { store: { type: "text", default: "", about: "Source." } } as const;

/** Files of which a part is aside. What it held may lie a day before or behind what was read of the file. */
async function unreadable(engine: QueryEngine, storeId: string): Promise<Missing[]> {
  const sql = `SELECT first_at, last_at FROM inputs WHERE store_id = :store AND aside > 0 ORDER BY 1, 2 LIMIT ${MAX_UNREADABLE + 1}`;
  const { rows } = await engine.query(
    bound({ id: "unreadable", head: { title: "Unreadable", parameters: STORE }, sql }, { store: storeId }),
  );
  if (rows.length > MAX_UNREADABLE) return [{ reason: "unreadable" }];
  return rows.map(([first, last]) =>
    typeof first === "string" && typeof last === "string"
      ? { from_at: moved(first, -DAY_MS), to_at: moved(last, DAY_MS), reason: "unreadable" }
      : { reason: "unreadable" },
  );
}

function moved(instant: string, ms: number): string {
  return new Date(Date.parse(instant) + ms).toISOString();
}

/** Days of one log, in order. */
function spanOf(days: readonly LogDay[], missing: readonly Missing[], maxHoles: number): LogSpan {
  const [first] = days;
  const last = days.at(-1);
  invariant(first !== undefined && last !== undefined, "a log with events");
  const { account, region } = first;
  const span = { from_at: first.first_at, to_at: last.last_at };
  const sum = (count: (day: LogDay) => number, of = days): number =>
    of.reduce((total, day) => total + count(day), 0);
  const holes = holesIn(span, days, missing.filter(isOf(account, region)));
  const whole = holes.reduce((from, { to_at }) => (to_at > from ? to_at : from), span.from_at);
  return {
    ...(account === undefined ? {} : { account }),
    ...(region === undefined ? {} : { region }),
    ...span,
    event_count: sum(({ event_count }) => event_count),
    read_count: sum(({ read_count }) => read_count),
    unattributed_read_count: sum(({ unattributed_read_count }) => unattributed_read_count),
    unnamed_read_count: sum(({ unnamed_read_count }) => unnamed_read_count),
    holes: holes.slice(-maxHoles),
    hole_count: holes.length,
    whole_from_at: whole,
    whole_read_count: sum(
      ({ read_count }) => read_count,
      days.filter((day) => day.first_at >= whole),
    ),
  };
}

function isOf(account: string | undefined, region: string | undefined): (missing: Missing) => boolean {
  return (one) =>
    (one.account === undefined || account === undefined || one.account === account) &&
    (one.region === undefined || region === undefined || one.region === region);
}

/** Ascending by their ends, within the span. */
function holesIn(
  { from_at, to_at }: { readonly from_at: string; readonly to_at: string },
  days: readonly LogDay[],
  missing: readonly Missing[],
): Hole[] {
  const silent = days.slice(1).flatMap((day, index): Hole[] => {
    const before = days[index]?.last_at ?? from_at;
    const isSilent = Date.parse(day.first_at) - Date.parse(before) >= SILENT_DAYS * DAY_MS;
    return isSilent ? [{ from_at: before, to_at: day.first_at, reason: "silent" }] : [];
  });
  const others = missing.map((one): Hole => ({
    from_at: later(one.from_at ?? from_at, from_at),
    to_at: earlier(one.to_at ?? to_at, to_at),
    reason: one.reason,
  }));
  const distinct = new Map(
    [...silent, ...others]
      .filter((hole) => hole.from_at <= hole.to_at)
      .map((hole) => [`${hole.to_at} ${hole.from_at} ${hole.reason}`, hole]),
  );
  return sortedBy(distinct, ([name]) => name).map(([, hole]) => hole);
}

function later(a: string, b: string): string {
  return a > b ? a : b;
}

function earlier(a: string, b: string): string {
  return a < b ? a : b;
}

function saved(id: string) {
  const question = questions().find((one) => one.id === id);
  invariant(question !== undefined, `a saved question ${id}`);
  return question;
}

function text(row: Row, name: string): Record<string, string> {
  const value = row[name];
  return typeof value === "string" && value !== "" ? { [name]: value } : {};
}

function dayOf(row: Row): LogDay {
  return {
    ...text(row, "account"),
    ...text(row, "region"),
    first_at: String(row["first_at"]),
    last_at: String(row["last_at"]),
    event_count: Number(row["event_count"]),
    read_count: Number(row["read_count"]),
    unattributed_read_count: Number(row["unattributed_read_count"]),
    unnamed_read_count: Number(row["unnamed_read_count"]),
  };
}

function pairOf(row: Row, maxVersions: number): Usage {
  const versions = list(row["versions"]).map(versionOf);
  return {
    ...text(row, "principal_key"),
    ...text(row, "principal_name"),
    secret_key: String(row["secret_key"]),
    read_count: Number(row["read_count"]),
    denied_count: Number(row["denied_count"]),
    ...text(row, "first_read_at"),
    ...text(row, "last_read_at"),
    versions: versions.slice(0, maxVersions),
    unlisted_version_count: Math.max(0, versions.length - maxVersions),
    unversioned_read_count: Number(row["unversioned_read_count"]),
    days: Object.fromEntries(
      list(row["days"]).map((day) => {
        const [name = "", count] = day.split("=");
        return [name, Number(count)];
      }),
    ),
  };
}

function list(cell: Cell | undefined): readonly string[] {
  return Array.isArray(cell) ? cell.map(String) : [];
}

/** `<instant, to the second>=<count>=<version>`; what stands last may hold anything. */
function versionOf(told: string): Usage["versions"][number] {
  const [at = "", count, ...version] = told.split("=");
  return {
    version: version.join("="),
    read_count: Number(count),
    last_read_at: new Date(`${at.replace(" ", "T")}Z`).toISOString(),
  };
}
