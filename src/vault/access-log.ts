import { randomBytes } from "node:crypto";
import { join } from "node:path";
import {
  CountersignError,
  Turns,
  canonicalJson,
  fileError,
  sha256,
  writeFully,
  type Clock,
  type FileSystem,
  type NewFile,
} from "../base/index.ts";
import {
  Digest,
  InstantText,
  Type,
  closed,
  compileSchema,
  literals,
  strictJson,
  type Static,
} from "../schema/index.ts";
import type { AnchorPlace } from "./anchor.ts";
import { MAX_ENTRY_NAME_CHARS } from "./names.ts";
import type { LedgerHead } from "./ledger-heads.ts";

/** Longest log of one session; a session with more events ends with an error, never with a silent gap. */
const MAX_LOG_BYTES = 256 * 1024 * 1024;

/** How long events may stand without their head in the ledger. */
const HEAD_INTERVAL_MS = 60_000;

const LINE_END = 0x0a;

const NO_EVENT = "0".repeat(64);

/** Longest text of an event but a name, in characters. */
const MAX_TEXT_CHARS = 256;

const Short = Type.String({ maxLength: MAX_TEXT_CHARS });

/** One use of the vault. Holds names and versions, never a value. */
export const AccessEvent = closed({
  at: InstantText,
  /** Who: user and host, or the name that the process was given. */
  actor: Short,
  /** `rotate`: of a data encryption key; in logs of before the others had words, of any key, slot, anchor or upkeep. */
  operation: literals([
    "anchor",
    "backup",
    "put",
    "read",
    "remove",
    "restore_tested",
    "reveal",
    "rewrap",
    "rotate",
    "slot_add",
    "slot_remove",
    "verify",
  ]),
  /** Of the credential, where the operation is about one. */
  name: Type.Optional(Type.String({ maxLength: MAX_ENTRY_NAME_CHARS })),
  version: Type.Optional(Type.Integer({ minimum: 1 })),
  /** That a change made: each has its event, so that one without shows. */
  generation: Type.Optional(Type.Integer({ minimum: 1 })),
  /** What for, e.g. `collect payments-vault`. */
  purpose: Short,
  outcome: literals(["done", "failed", "not_found"]),
  sequence: Type.Integer({ minimum: 1 }),
  /** SHA-256 of the line before, without its end; zeros for the first. */
  previous: Digest,
});

export type AccessEvent = Static<typeof AccessEvent>;

const eventSchema = compileSchema(AccessEvent);

/** Where heads of access logs go, so that a log that is cut short or taken away shows. */
export interface HeadLedger {
  /** Tells the ledger's own head after it; undefined where it keeps nothing. */
  append(
    type: "access-head",
    payload: Readonly<Record<string, number | string>>,
  ): Promise<LedgerHead | undefined>;
  /** Where it ends, made durable; undefined where it keeps nothing. E_INTEGRITY, E_DISK. */
  head(): Promise<LedgerHead | undefined>;
  /** Whether this head is still in it. E_DISK. */
  holds(head: LedgerHead): Promise<boolean>;
}

export interface AccessLogTerms {
  readonly directory: string;
  readonly vaultId: string;
  readonly actor: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  readonly ledger: HeadLedger;
  /** What remembers the ledger's head in turn, so that leaves that are cut off show. */
  readonly anchors: readonly Pick<AnchorPlace, "ledgerHeads">[];
}

/**
 * The access log of one session: a file of its own, a line an event, each with the digest of the one before. The
 * event of a read is on disk before the value is handed out; where it cannot be, the value is withheld. That of a change
 * follows its commit, which the ledger has by then; where it cannot be, the change stands and its command fails.
 */
export class AccessLog {
  readonly #terms: AccessLogTerms;
  readonly #name: string;
  #file: NewFile | undefined;
  #count = 0;
  #head = NO_EVENT;
  #ledgered = { count: 0, atMs: 0 };
  readonly #turns = new Turns();
  #broken: CountersignError | undefined;

  constructor(terms: AccessLogTerms) {
    this.#terms = terms;
    const stamp = terms.clock.now().toISOString().replace(/[-:.]/g, "");
    this.#name = `${stamp}-${randomBytes(6).toString("hex")}.jsonl`;
  }

  /** Durable when it returns. One at a time, in the order of the calls; after a failure none. E_DISK. */
  async record(event: Omit<AccessEvent, "actor" | "at" | "previous" | "sequence">): Promise<void> {
    await this.#turns.take(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      try {
        await this.#write(event);
        await this.#tellLedger(this.#ledgered.count === 0);
      } catch (thrown) {
        this.#broken = fileError(thrown, join(this.#terms.directory, this.#name), "write");
        throw this.#broken;
      }
    });
  }

  /** Hands the last head to the ledger and lets go of the file. */
  async close(): Promise<void> {
    await this.#turns.take(async () => {
      try {
        if (this.#broken === undefined) await this.#tellLedger(this.#ledgered.count < this.#count);
      } finally {
        await this.#file?.close();
        this.#file = undefined;
      }
    });
  }

  async #write(event: Omit<AccessEvent, "actor" | "at" | "previous" | "sequence">): Promise<void> {
    const { actor, clock, directory, files } = this.#terms;
    const line = canonicalJson({
      ...event,
      ...(event.name === undefined ? {} : { name: capped(event.name, MAX_ENTRY_NAME_CHARS) }),
      purpose: capped(event.purpose),
      actor: capped(actor),
      at: clock.now().toISOString(),
      sequence: this.#count + 1,
      previous: this.#head,
    });
    if (this.#file === undefined) {
      this.#file = await files.create(join(directory, this.#name));
      await files.syncDirectory(directory);
    }
    await writeFully(this.#file, Buffer.from(`${line}\n`, "utf8"));
    await this.#file.sync();
    this.#count += 1;
    this.#head = sha256(line);
  }

  async #tellLedger(now: boolean): Promise<void> {
    const { anchors, clock, ledger, vaultId } = this.#terms;
    const nowMs = clock.now().getTime();
    if (this.#count === 0 || (!now && nowMs - this.#ledgered.atMs < HEAD_INTERVAL_MS)) return;
    const head = await ledger.append("access-head", {
      vault_id: vaultId,
      log: this.#name,
      events: this.#count,
      sha256: this.#head,
    });
    if (head !== undefined) for (const { ledgerHeads } of anchors) await ledgerHeads?.advance(head);
    this.#ledgered = { count: this.#count, atMs: nowMs };
  }
}

/** None of its characters is half of a pair: JSON could not hold it. */
function capped(text: string, maxChars = MAX_TEXT_CHARS): string {
  return text.slice(0, maxChars).toWellFormed();
}

/** What a session's log holds, and the digest of each of its lines in order. */
export interface AccessLogContent {
  readonly name: string;
  readonly events: readonly AccessEvent[];
  readonly digests: readonly string[];
  /**
   * True when the last line is not whole. A crash cuts it, or leaves holes in it; it told of nothing that happened. Only
   * the ledger tells that from a line that was altered: it knows how many events there were.
   */
  readonly torn: boolean;
}

/** The logs of all sessions, by name, which is by their beginning. */
export async function accessLogNames(directory: string, files: FileSystem): Promise<string[]> {
  try {
    return (await files.list(directory)).filter((name) => name.endsWith(".jsonl")).sort();
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(thrown, directory, "read");
  }
}

/** One session's log as it lies there. E_DISK. */
export async function accessLogBytes(directory: string, name: string, files: FileSystem): Promise<Buffer> {
  const path = join(directory, name);
  try {
    return await files.read(path, MAX_LOG_BYTES);
  } catch (thrown) {
    throw fileError(thrown, path, "read");
  }
}

/** One session's log, its chain proven. E_INTEGRITY where a line is altered, missing or out of place. */
export async function readAccessLog(
  directory: string,
  name: string,
  files: FileSystem,
): Promise<AccessLogContent> {
  const bytes = await accessLogBytes(directory, name, files);
  const events: AccessEvent[] = [];
  const digests: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
    const line = bytes.subarray(start, end);
    start = end + 1;
    try {
      events.push(eventAfter(digests, line, `line ${digests.length + 1} of the access log ${name}`));
    } catch (thrown) {
      if (start < bytes.length) throw thrown;
      return { name, events, digests, torn: true };
    }
    digests.push(sha256(line));
  }
  return { name, events, digests, torn: start < bytes.length };
}

function eventAfter(digests: readonly string[], line: Buffer, what: string): AccessEvent {
  const event = strictJson(line, eventSchema, what);
  if (event.previous === (digests.at(-1) ?? NO_EVENT) && event.sequence === digests.length + 1) return event;
  throw new CountersignError("E_INTEGRITY", `expected ${what} to follow the one before, got another`);
}
