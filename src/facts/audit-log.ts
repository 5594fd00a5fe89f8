import { GAP_REASONS } from "./gap.ts";
import {
  Count,
  Digest,
  InstantText,
  Span,
  Type,
  closed,
  compileSchema,
  type Static,
} from "../schema/index.ts";

const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });

/** One kept body of an audit log: a file, or a page of an answer. */
export const LogEntry = closed({
  /** What it is called where it was read: an object's key, or window and page. */
  source: Text(1024),
  /** Tells apart what has been called the same, e.g. an ETag. */
  version: Type.Optional(Text(1024)),
  /** Of the body as kept, after redaction; its name in the store. */
  sha256: Digest,
  bytes: Count,
  /** Of the body as received, uncompressed: what the provider's own digests are about. */
  received_sha256: Digest,
  event_count: Count,
  first_at: Type.Optional(InstantText),
  last_at: Type.Optional(InstantText),
  redaction_count: Count,
});

export type LogEntry = Static<typeof LogEntry>;

/** A part of a log that was asked for and could not be read. It stays until it is read. */
export const LogHole = closed({
  ...Span.properties,
  /** What is missing: an object's key. */
  source: Text(1024),
  version: Type.Optional(Text(1024)),
  reason: Type.Union(GAP_REASONS.map((reason) => Type.Literal(reason))),
  detail: Text(1024),
  fix: Type.Optional(Text(1024)),
});

export type LogHole = Static<typeof LogHole>;

/** Most holes that one log remembers; a reading ends before it would make more. */
export const MAX_LOG_HOLES = 1000;

/** What one step of a reading adds to what is known of a log. */
export const LogDelta = closed({
  /** Searched for what happened then; the next reading goes on behind it. */
  searched: Type.Optional(Span),
  /** Of these times every record that the log has was looked at, but for the holes. */
  observed: Type.Array(Span),
  entries: Type.Array(LogEntry),
  holes: Type.Array(LogHole),
  /** Sources of holes that are read now. */
  filled: Type.Array(Text(1024)),
  /** Entries whose source is less than this cannot be met again. */
  forget_before: Type.Optional(Text(1024)),
});

export type LogDelta = Static<typeof LogDelta>;

/** What is known of one log: of one account's Region, by one way of reading. */
export const LogState = closed({
  /** Disjoint and ascending; the end of the last is the high-water mark. */
  searched: Type.Array(Span),
  observed: Type.Array(Span),
  holes: Type.Array(LogHole),
  /** Entries that an overlapping search meets again. */
  recent: Type.Array(closed({ source: Text(1024), version: Type.Optional(Text(1024)) })),
  entry_count: Count,
  event_count: Count,
  redaction_count: Count,
});

export type LogState = Static<typeof LogState>;

export const NO_LOG: LogState = {
  searched: [],
  observed: [],
  holes: [],
  recent: [],
  entry_count: 0,
  event_count: 0,
  redaction_count: 0,
};

export const logStateSchema = compileSchema(LogState);

/** A body that is kept. */
export type KeptBody = Pick<LogEntry, "bytes" | "received_sha256" | "redaction_count" | "sha256">;

/**
 * Where audit logs are kept, beside the snapshots. What a promise here has been kept for is durable. Asked inside `send`
 * alone, so that a snapshot is judged again without it. Throws `CallFailure`, E_DISK, E_INTEGRITY.
 */
export interface AuditLogs {
  state(log: string): Promise<LogState>;
  /** Keeps a JSON body without what looks like a credential; `identifiers` as in `Call`. */
  keep(body: Uint8Array, identifiers: readonly string[]): Promise<KeptBody>;
  /** The log's state after `delta`; the same delta again changes nothing. */
  add(log: string, delta: LogDelta): Promise<LogState>;
  /** Waits where a provider takes only so many questions a second; ends early when `signal` aborts. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

/** What a step makes of a state, and the entries that it did not have yet. Pure; the order of its lists is that of time, then of sources. */
export function logAfter(state: LogState, delta: LogDelta): { state: LogState; fresh: LogEntry[] } {
  const known = new Set(state.recent.map(nameOf));
  const fresh = delta.entries.filter((entry) => !known.has(nameOf(entry)));
  const sum = (pick: (entry: LogEntry) => number): number =>
    fresh.reduce((total, entry) => total + pick(entry), 0);
  const filled = new Set(delta.filled);
  const holes = new Map([
    ...state.holes.filter(({ source }) => !filled.has(source)).map((hole) => [hole.source, hole] as const),
    ...delta.holes.map((hole) => [hole.source, hole] as const),
  ]);
  const { forget_before: before } = delta;
  return {
    fresh,
    state: {
      searched: united(delta.searched === undefined ? state.searched : [...state.searched, delta.searched]),
      observed: united([...state.observed, ...delta.observed]),
      holes: [...holes.values()].sort((a, b) => compare(a.from_at, b.from_at) || compare(a.source, b.source)),
      recent: [...state.recent, ...fresh.map(({ source, version }) => ({ source, ...named(version) }))]
        .filter(({ source }) => before === undefined || source >= before)
        .sort((a, b) => compare(nameOf(a), nameOf(b))),
      entry_count: state.entry_count + fresh.length,
      event_count: state.event_count + sum(({ event_count }) => event_count),
      redaction_count: state.redaction_count + sum(({ redaction_count }) => redaction_count),
    },
  };
}

function nameOf({ source, version = "" }: Pick<LogEntry, "source" | "version">): string {
  return `${source}\n${version}`;
}

function named(version: string | undefined): { version?: string } {
  return version === undefined ? {} : { version };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The same time as disjoint spans, ascending; what touches is one, what is empty none. */
export function united(spans: readonly Span[]): Span[] {
  const ordered = spans
    .filter(({ from_at, to_at }) => from_at < to_at)
    .sort((a, b) => compare(a.from_at, b.from_at));
  const result: Span[] = [];
  for (const span of ordered) {
    const last = result.at(-1);
    if (last === undefined || span.from_at > last.to_at) result.push(span);
    else if (span.to_at > last.to_at) result[result.length - 1] = { ...last, to_at: span.to_at };
  }
  return result;
}

/** What of `whole` lies in none of the spans, ascending. */
export function without(whole: Span, spans: readonly Span[]): Span[] {
  const left: Span[] = [];
  let from_at = whole.from_at;
  for (const span of united(spans)) {
    if (span.to_at <= from_at) continue;
    if (span.from_at >= whole.to_at) break;
    if (span.from_at > from_at) left.push({ from_at, to_at: span.from_at });
    from_at = span.to_at;
  }
  return from_at < whole.to_at ? [...left, { from_at, to_at: whole.to_at }] : left;
}
