import { LogKeys, computeGrants, isNamedByLogs, type GrantModel } from "../access/index.ts";
import { EXIT, counted, printable, sortedBy, type ExitCode } from "../base/index.ts";
import { MAX_USAGE_DAYS, type FactOf, type FactSet } from "../facts/index.ts";
import { csv } from "../render/index.ts";
import { IDLE_STEPS, buildSubjects, type SubjectOf } from "../subjects/index.ts";
import type { CommonOptions } from "./commands/command.ts";
import { loadConfig, type Environment } from "./environment.ts";
import { table } from "./output.ts";
import { openSnapshot } from "./snapshots.ts";
import { hiddenFromUsage } from "./usage-gaps.ts";

export interface UsageOptions extends CommonOptions {
  readonly from?: string;
  readonly csv?: boolean;
  readonly store?: string;
  readonly secret?: string;
  readonly principal?: string;
  readonly unused?: boolean;
  readonly noLongerGranted?: boolean;
}

/** Why a row is told. */
type List =
  "granted_unused" | "no_longer_granted" | "no_reader" | "old_version" | "reader_without_owner" | "use";

interface Row {
  readonly list: List;
  readonly store_id: string;
  /** Fact id, or the log's name of what no fact tells of; empty: all, or nobody. */
  readonly secret: string;
  readonly principal: string;
  readonly read_count: number;
  readonly first_read_at: string;
  readonly last_read_at: string;
  /** `yes`, `no`, or `possible`; empty where it is not asked. Of what is granted and unused: `yes` where both are certain, or `perhaps`. */
  readonly granted: string;
  /** Whether the log may hide that the row is wrong; `detail` says why. */
  readonly doubtful?: boolean;
  readonly days: Readonly<Record<string, number>>;
  readonly detail: string;
}

/** Most rows of pairs that are granted and not used; the rest is counted. */
const MAX_UNUSED = 10_000;

/** Days that a log may end before the snapshot and still tell that something is not read: the default of the policies. */
const MAX_LAG_DAYS = 3;

interface Seen {
  readonly facts: FactSet;
  readonly model: GrantModel;
  readonly keys: LogKeys;
  readonly secrets: readonly SubjectOf<"secret">[];
  readonly principals: ReadonlyMap<string, SubjectOf<"principal">>;
}

/**
 * `events usage`: who read what, first and last, held against who may, of a snapshot. Ends with 3 where the snapshot holds nothing of
 * an ingested log, or not all of it, where secrets or access of a store with a log could not be read (then a row may be missing), or where
 * what is told to be unused may be used.
 */
export async function showUsage(environment: Environment, options: UsageOptions): Promise<ExitCode> {
  const { facts, manifest } = await openSnapshot(environment, options);
  const { rules } = await loadConfig(environment, options);
  const model = computeGrants(facts, { takenAt: manifest.taken_at });
  const secrets: SubjectOf<"secret">[] = [];
  const principals = new Map<string, SubjectOf<"principal">>();
  for (const subject of buildSubjects(facts, model, rules, manifest.taken_at)) {
    if (subject.kind === "secret") secrets.push(subject);
    else if (subject.kind === "principal") principals.set(subject.id, subject);
  }
  const seen: Seen = { facts, model, keys: new LogKeys(facts), secrets, principals };
  const { rows, more, nameless } = rowsOf(seen, options);
  const hidden = hiddenFromUsage(facts, model, options.store);
  const notes = [...notesOf(seen, { rows, more, nameless }), ...hidden];
  tell(environment, rows, notes, options);
  const isWhole =
    facts.of("log_span").length > 0 &&
    hidden.length === 0 &&
    more + nameless === 0 &&
    !rows.some(({ doubtful }) => doubtful);
  return isWhole ? EXIT.pass : EXIT.incomplete;
}

function rowsOf(seen: Seen, options: UsageOptions): Unused {
  const wanted = wantedBy(options);
  const used = seen.facts.of("usage").map((usage) => useRow(seen, usage));
  const none: Unused = { rows: [], more: 0, nameless: 0 };
  const { rows: unused, ...untold } = options.unused === true ? unusedRows(seen, wanted) : none;
  const lists: Row[] =
    options.unused === true
      ? [...unused, ...unreadRows(seen)]
      : options.noLongerGranted === true
        ? used.filter(({ list }) => list === "no_longer_granted")
        : [...used, ...unreadRows(seen), ...oldRows(seen), ...unownedRows(seen, used)];
  const rows = sortedBy(lists.filter(wanted), ({ list, store_id, secret, principal }) =>
    [list, store_id, secret, principal].join("\n"),
  );
  return { rows, ...untold };
}

type Wanted = (row: Pick<Row, "principal" | "secret" | "store_id">) => boolean;

/** A part of an id is enough: this is a table to look things up in. */
function wantedBy({ store, secret, principal }: UsageOptions): Wanted {
  return (row) =>
    (store === undefined || row.store_id === store) &&
    (secret === undefined || row.secret.includes(secret)) &&
    (principal === undefined || row.principal.includes(principal));
}

const NOTHING = { read_count: 0, first_read_at: "", last_read_at: "", granted: "", days: {}, detail: "" };

function useRow({ keys, model, facts }: Seen, usage: FactOf<"usage">): Row {
  const { store_id, principal_key, secret_key, read_count, denied_count } = usage;
  const { ids, below } = keys.secret(store_id, secret_key);
  const reader = principal_key === undefined ? undefined : keys.principal(store_id, principal_key);
  const [secret] = ids;
  const { granted, detail } = standing(model, facts, {
    usage,
    secret: ids.length > 1 ? undefined : secret,
    reader,
  });
  return {
    list: granted === "no" && read_count > 0 ? "no_longer_granted" : "use",
    store_id,
    secret: secret ?? (below === undefined ? `${store_id}:${secret_key}` : `${below}*`),
    principal: reader ?? principal_key ?? "not named",
    read_count,
    first_read_at: usage.first_read_at ?? "",
    last_read_at: usage.last_read_at ?? "",
    granted,
    days: usage.days,
    detail: [detail, denied_count > 0 ? counted(denied_count, "refusal") : ""]
      .filter((text) => text !== "")
      .join("; "),
  };
}

/** Whether a reader may still read, and what may have happened where it may not. */
function standing(
  model: GrantModel,
  facts: FactSet,
  told: {
    readonly usage: FactOf<"usage">;
    readonly secret: string | undefined;
    readonly reader: string | undefined;
  },
): Pick<Row, "detail" | "granted"> {
  const { usage, secret, reader } = told;
  if (secret === undefined) {
    return {
      granted: "",
      detail: "no secret of the inventory, or several: deleted since, or of an engine that is not collected",
    };
  }
  if (reader === undefined) {
    return {
      granted: "",
      detail:
        "no principal of this name: deleted since, or known to the log by its token, service or account alone",
    };
  }
  const reads = model.path(reader, secret).filter(({ actions }) => actions.includes("read"));
  if (reads.some(({ certainty }) => certainty !== "possible")) return { granted: "yes", detail: "" };
  if (
    reads.length > 0 ||
    facts.gaps.some(({ store_id, hides }) => store_id === usage.store_id && hides.includes("policy_document"))
  ) {
    return { granted: "possible", detail: "what would tell could not be read: see countersign access path" };
  }
  const disabled = facts.of("principal").some(({ id, disabled: off }) => id === reader && off);
  return {
    granted: "no",
    detail: disabled
      ? "disabled since"
      : `its role, groups or policies changed since ${usage.last_read_at ?? "then"}, it came in by a role that is gone, or effective access is wrong: see countersign access path`,
  };
}

interface Unused {
  readonly rows: Row[];
  /** Pairs for which there is no room. */
  readonly more: number;
  /** Pairs of principals whose reads show under no name of their own. */
  readonly nameless: number;
}

/** Pairs of a principal and a secret that it may read, and that no read of the log shows, with what makes that doubtful. */
function unusedRows({ facts, model, keys, secrets, principals }: Seen, wanted: Wanted): Unused {
  const used = new Set(
    facts
      .of("usage")
      .filter(({ read_count }) => read_count > 0)
      .flatMap(({ store_id, principal_key = "", secret_key }) =>
        keys
          .secret(store_id, secret_key)
          .ids.map((id) => `${keys.principal(store_id, principal_key) ?? ""}\n${id}`),
      ),
  );
  const logged = new Set(facts.of("log_span").map(({ store_id }) => store_id));
  const usages = new Map(secrets.map(({ id, usage }) => [id, usage]));
  const rows = new Map<string, Row>();
  const nameless = new Set<string>();
  let more = 0;
  for (const { principal, target, grant } of model.rows()) {
    const { store_id } = target;
    const pair = `${principal.id}\n${target.id}`;
    if (!logged.has(store_id) || target.kind !== "secret" || used.has(pair) || rows.has(pair)) continue;
    // What is read by assuming a role shows as the role's read.
    if (grant.detour === true || grant.certainty === "possible" || !grant.actions.includes("read")) continue;
    const row = { list: "granted_unused", store_id, secret: target.id, principal: principal.id } as const;
    if (!wanted(row)) continue;
    const reader = principals.get(principal.id);
    if (reader === undefined || !isNamedByLogs(reader)) {
      if (!isAnotherMatter(reader)) nameless.add(pair);
      continue;
    }
    if (rows.size >= MAX_UNUSED) {
      more += 1;
      continue;
    }
    const usage = usages.get(target.id);
    const told = unread(usage, doubtOf(usage) ?? doubtOfReader(reader));
    rows.set(pair, { ...NOTHING, ...row, ...told, granted: told.doubtful ? "perhaps" : "yes" });
  }
  return { rows: [...rows.values()], more, nameless: nameless.size };
}

/** Whether it need not be told that its use is not known: an identity answers for its logins, and for emergencies disuse is meant. */
function isAnotherMatter(reader: SubjectOf<"principal"> | undefined): boolean {
  return reader?.break_glass === true || reader?.traits.includes("login_of_identity") === true;
}

function unreadRows({ secrets }: Seen): Row[] {
  return secrets.flatMap(({ id, store_id, usage }): Row[] =>
    usage === undefined || usage.read_count > 0
      ? []
      : [
          {
            ...NOTHING,
            list: "no_reader",
            store_id,
            secret: id,
            principal: "",
            ...unread(usage, doubtOf(usage)),
          },
        ],
  );
}

type Usage = SubjectOf<"secret">["usage"];

function unread(usage: Usage, doubt: string | undefined): Required<Pick<Row, "detail" | "doubtful">> {
  const since = usage?.observed_from_age_days;
  const told =
    since === undefined ? "no read is known" : `no read in the ${since} days of which the log is whole`;
  return {
    doubtful: doubt !== undefined,
    detail: doubt === undefined ? told : `perhaps: ${told}, but ${doubt}`,
  };
}

/** Why a secret may have been read although no read of it is told. Undefined: the log proves that it was not. */
function doubtOf(usage: Usage): string | undefined {
  if (usage === undefined)
    return "no log of its account and Region was ingested, or reads of its kind show in none";
  const { complete, reads_seen, observed_from_age_days: since, log_end_age_days: end } = usage;
  if (!complete) return "the log has reads that may have been of it";
  if (!reads_seen) return "the log shows no read at all since it is whole: reads may not be logged";
  if (end === undefined || end > MAX_LAG_DAYS)
    return `the log ends ${end === undefined ? "at a time that is not known" : `${end} days ago`}`;
  if (since === undefined || since < IDLE_STEPS[0])
    return `a log tells of disuse once it is whole for ${IDLE_STEPS[0]} days`;
  return undefined;
}

/** Why a principal may have read what no read under its name shows. Undefined: each of its reads would show. */
function doubtOfReader({ usage }: SubjectOf<"principal">): string | undefined {
  return usage?.complete === true
    ? undefined
    : "the log has reads that may have been its own, or does not cover all that it may read";
}

function oldRows({ secrets }: Seen): Row[] {
  return secrets.flatMap(({ id, store_id, usage }) =>
    (usage?.old_versions ?? []).map((old): Row => ({
      ...NOTHING,
      list: "old_version",
      store_id,
      secret: id,
      principal: old.last_reader ?? "not named",
      read_count: old.read_count,
      detail: `version ${old.version}, last read ${old.last_read_age_days} days ago`,
    })),
  );
}

function unownedRows({ principals }: Seen, used: readonly Row[]): Row[] {
  const readers = Map.groupBy(
    used.filter(({ principal, read_count }) => read_count > 0 && principals.has(principal)),
    ({ principal }) => principal,
  );
  return [...readers].flatMap(([principal, rows]): Row[] => {
    const [first] = rows;
    if (first === undefined || principals.get(principal)?.owner !== undefined) return [];
    const read_count = rows.reduce((sum, row) => sum + row.read_count, 0);
    const detail = `no rule names an owner; it read ${counted(rows.length, "secret")}`;
    return [
      {
        ...NOTHING,
        list: "reader_without_owner",
        store_id: first.store_id,
        secret: "",
        principal,
        read_count,
        detail,
      },
    ];
  });
}

function notesOf({ facts }: Seen, { rows, more, nameless }: Unused): string[] {
  const lists = Map.groupBy(rows, ({ list }) => list);
  const spans = facts.of("log_span");
  return [
    ...[...lists].map(([list, all]) => `${list}: ${all.length}`),
    ...(more > 0 ? [`not shown: ${more} more pairs`] : []),
    ...(nameless > 0
      ? [`use not known: ${counted(nameless, "pair")} of principals that logs do not name`]
      : []),
    ...spans.map(
      ({ id, whole_from_at, to_at, hole_count }) =>
        `${id}: whole from ${whole_from_at} to ${to_at}${hole_count === 0 ? "" : `, ${counted(hole_count, "hole")} before`}`,
    ),
    ...(spans.length === 0
      ? ["no ingested log in this snapshot: countersign events ingest, then collect"]
      : []),
  ];
}

const BARS = "▁▂▃▄▅▆▇█";

/** Reads of the last {@link MAX_USAGE_DAYS} days, a week a bar, up to the last day that has any. */
function sparkline(days: Row["days"], lastDay: string): string {
  const end = Date.parse(lastDay);
  const weeks = new Array<number>(Math.ceil(MAX_USAGE_DAYS / 7)).fill(0);
  for (const [day, count] of Object.entries(days)) {
    const ago = Math.floor((end - Date.parse(day)) / (7 * 86_400_000));
    const place = weeks.length - 1 - ago;
    if (place >= 0) weeks[place] = (weeks[place] ?? 0) + count;
  }
  const most = Math.max(...weeks);
  return weeks
    .map((count) => (count === 0 ? " " : BARS[Math.ceil((count / most) * BARS.length) - 1]))
    .join("");
}

function tell(
  { terminal }: Environment,
  rows: readonly Row[],
  notes: readonly string[],
  options: UsageOptions,
): void {
  if (options.json === true) {
    terminal.out(`${JSON.stringify({ rows, notes })}\n`);
    return;
  }
  const lastDay =
    rows
      .flatMap(({ days }) => Object.keys(days))
      .sort()
      .at(-1) ?? "1970-01-01";
  const columns = [
    { name: "list", cell: (row: Row) => row.list },
    { name: "store_id", cell: (row: Row) => row.store_id },
    { name: "secret", cell: (row: Row) => row.secret },
    { name: "principal", cell: (row: Row) => row.principal },
    { name: "read_count", cell: (row: Row) => String(row.read_count) },
    { name: "first_read_at", cell: (row: Row) => row.first_read_at },
    { name: "last_read_at", cell: (row: Row) => row.last_read_at },
    { name: "granted", cell: (row: Row) => row.granted },
    { name: "detail", cell: (row: Row) => row.detail },
  ];
  const text = `${notes.join("\n")}\n`;
  if (options.csv === true) {
    terminal.out(csv(columns, rows));
    terminal.err(text);
    return;
  }
  const weeks = { name: "weeks", cell: (row: Row) => sparkline(row.days, lastDay) };
  const shown = [...columns.slice(0, -1), weeks, ...columns.slice(-1)];
  const cells = rows.map((row) => shown.map(({ cell }) => printable(cell(row))));
  terminal.out(`${rows.length === 0 ? "" : table([shown.map(({ name }) => name), ...cells])}${text}`);
}
