import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import {
  CountersignError,
  NumberedFiles,
  canonicalJson,
  compareStrings,
  digestOf,
  fileError,
  nodeFileSystem,
  sha256,
} from "../base/index.ts";
import {
  CallFailure,
  Digest,
  LogDelta,
  LogEntry,
  LogState,
  NO_LOG,
  Type,
  closed,
  compileSchema,
  logAfter,
  type AuditLogs,
  type KeptBody,
  type Static,
} from "../facts/index.ts";
import { ContentStore, MAX_CONTENT_BYTES } from "../ledger/index.ts";
import type { CollectPorts } from "./ports.ts";
import { keepable } from "./redaction.ts";

/** Largest step of an index: a thousand entries and as many holes take less than 4 MiB. */
const MAX_STEP_BYTES = 64 * 1024 * 1024;

/** Steps that are known again: more than a power cut can take from a journal (`syncRecords`). */
const MAX_RECENT_STEPS = 256;

/** A log's name: segments that are directories, and lead nowhere else. */
const LOG_NAME = /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-]{1,64}){0,7}$/;

/** One file of an index: what a step added, and all that is known after it. */
const LogStep = closed({
  format: Type.Literal("countersign-audit-log/1"),
  log: Type.String(),
  /** SHA-256 of the file before; absent in the first. */
  previous_sha256: Type.Optional(Digest),
  delta_sha256: Digest,
  searched: LogDelta.properties.searched,
  entries: Type.Array(LogEntry),
  state: LogState,
  recent_deltas: Type.Array(Digest, { maxItems: MAX_RECENT_STEPS }),
});

type LogStep = Static<typeof LogStep>;

const stepSchema = compileSchema(LogStep);

/**
 * Audit logs of one source. Bodies lie by their SHA-256 in `cas/`, one store for all; the index of a log is a directory of
 * numbered files in `events/<source>/`, each made once, by one link: what a killed process was at is there whole or not
 * at all, and what it did is not done twice.
 */
export class LogStore implements AuditLogs {
  readonly #bodies: ContentStore;
  readonly #index: string;
  readonly #sleep: CollectPorts["sleep"];

  constructor(stateDirectory: string, source: string, sleep: CollectPorts["sleep"]) {
    this.#bodies = new ContentStore(join(stateDirectory, "cas"));
    this.#index = join(stateDirectory, "events", source);
    this.#sleep = sleep;
  }

  async state(log: string): Promise<LogState> {
    return (await this.#newest(log))?.step.state ?? NO_LOG;
  }

  async keep(body: Uint8Array, identifiers: readonly string[]): Promise<KeptBody> {
    const answer = { status: 200, media_type: "application/json", body };
    const { body: kept, redactions, malformed } = await keepable(answer, [], identifiers);
    if (malformed !== undefined || !("text" in kept)) {
      throw new CallFailure("malformed", malformed ?? "expected JSON text, got other bytes");
    }
    const bytes = Buffer.from(kept.text, "utf8");
    if (bytes.length > MAX_CONTENT_BYTES) {
      throw new CallFailure(
        "limit",
        `expected at most ${MAX_CONTENT_BYTES} bytes of records in one body, got more`,
      );
    }
    return {
      sha256: await this.#bodies.put(bytes),
      bytes: bytes.length,
      received_sha256: sha256(body),
      redaction_count: redactions.length,
    };
  }

  async add(log: string, delta: LogDelta): Promise<LogState> {
    const files = this.#filesOf(log);
    const newest = await this.#newest(log);
    const deltaDigest = digestOf(delta);
    const earlier = newest?.step.recent_deltas ?? [];
    if (newest !== undefined && earlier.includes(deltaDigest)) return newest.step.state;
    const { state, fresh } = logAfter(newest?.step.state ?? NO_LOG, delta);
    const step: LogStep = {
      format: "countersign-audit-log/1",
      log,
      ...(newest === undefined ? {} : { previous_sha256: sha256(newest.bytes) }),
      delta_sha256: deltaDigest,
      ...(delta.searched === undefined ? {} : { searched: delta.searched }),
      entries: fresh,
      state,
      recent_deltas: [...earlier, deltaDigest].slice(-MAX_RECENT_STEPS),
    };
    await files.make();
    const bytes = Buffer.from(canonicalJson(step), "utf8");
    if (await files.append((newest?.number ?? 0) + 1, bytes)) return state;
    throw new CountersignError(
      "E_STATE_LOCKED",
      `expected to be alone in the audit log ${log}, got another writer`,
    );
  }

  async pause(ms: number, signal: AbortSignal): Promise<void> {
    await this.#sleep(ms, signal);
  }

  /** Names of the logs of which something is kept, sorted. E_DISK. */
  async logs(): Promise<string[]> {
    try {
      const entries = await readdir(this.#index, { recursive: true, withFileTypes: true });
      const steps = entries.filter((entry) => entry.isFile() && /^\d{12}$/.test(entry.name));
      const names = steps.map(({ parentPath }) => relative(this.#index, parentPath).split(sep).join("/"));
      return [...new Set(names)].filter((name) => LOG_NAME.test(name)).sort(compareStrings);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw fileError(thrown, this.#index, "read");
    }
  }

  /** Everything that is kept of a log, in the order in which it was read. E_INTEGRITY, E_DISK. */
  async *list(log: string): AsyncGenerator<LogEntry> {
    const files = this.#filesOf(log);
    let before: Buffer | undefined;
    for (const number of await files.numbers()) {
      const bytes = await files.read(number);
      const step = stepOf(bytes, log);
      if (step.previous_sha256 !== (before === undefined ? undefined : sha256(before))) {
        throw damaged(log, "a file that does not follow the one before");
      }
      yield* step.entries;
      before = bytes;
    }
  }

  /** A kept body: JSON with `Records`. E_NOT_FOUND, E_INTEGRITY, E_DISK. */
  async open(digest: string): Promise<Buffer> {
    return await this.#bodies.get(digest);
  }

  /** Where a body lies, in zstd. */
  pathOf(digest: string): string {
    return this.#bodies.pathOf(digest);
  }

  async #newest(log: string): Promise<{ number: number; bytes: Buffer; step: LogStep } | undefined> {
    const newest = await this.#filesOf(log).newest();
    return newest === undefined ? undefined : { ...newest, step: stepOf(newest.bytes, log) };
  }

  #filesOf(log: string): NumberedFiles {
    if (!LOG_NAME.test(log)) {
      throw new CountersignError(
        "E_INTERNAL",
        `expected the name of an audit log, got ${JSON.stringify(log)}`,
      );
    }
    return new NumberedFiles(join(this.#index, log), nodeFileSystem, MAX_STEP_BYTES);
  }
}

function stepOf(bytes: Buffer, log: string): LogStep {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (thrown) {
    throw damaged(log, "no JSON", thrown);
  }
  if (!stepSchema.fits(value) || value.log !== log) throw damaged(log, "another document");
  return value;
}

function damaged(log: string, got: string, cause?: unknown): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected the index of the audit log ${log}, got ${got}`, {
    fix: "Restore it, or move the log's directory below events/ away: the log is then read anew, as far as it reaches back.",
    ...(cause === undefined ? {} : { cause }),
  });
}
