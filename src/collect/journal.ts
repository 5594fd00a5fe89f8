import { open, stat, type FileHandle } from "node:fs/promises";
import { createReadStream } from "node:fs";
import { dirname } from "node:path";
import { fileError, makeDirectory, sha256, type CountersignError } from "../base/index.ts";
import {
  compileSchema,
  Digest,
  Gap,
  InstantText,
  RawRecord,
  Type,
  closed,
  gapDigest,
  linesOf,
  recordBytes,
  recordDigest,
  type Static,
} from "../facts/index.ts";
import type { CollectLimits } from "./limits.ts";
import type { Keeper } from "./source-io.ts";

/** First line of a journal: whose answers these are. */
const JournalHead = closed({
  kind: Type.Literal("run"),
  format: Type.Literal("countersign-journal/1"),
  run_id: Type.String(),
  configuration_sha256: Digest,
  started_at: InstantText,
});

export type JournalHead = Static<typeof JournalHead>;

const headGuard = compileSchema(JournalHead);
const lineGuard = compileSchema(
  Type.Union([
    closed({ kind: Type.Literal("record"), digest: Digest, record: RawRecord }),
    closed({ kind: Type.Literal("gap"), digest: Digest, gap: Gap }),
  ]),
);

type Line = { kind: "record"; digest: string; record: RawRecord } | { kind: "gap"; digest: string; gap: Gap };

/** What a journal holds up to its first damaged line. */
export interface JournalContent {
  readonly head: JournalHead;
  readonly records: readonly RawRecord[];
  readonly gapCount: number;
  /** Length of the sound part; a line torn by a crash stands behind it. */
  readonly soundBytes: number;
}

/**
 * Records and gaps of a running collection, one NDJSON line each, appended as they come. A killed process loses
 * nothing that `record` had returned for; a power cut at most what the limits `syncRecords` and `syncBytes` say.
 */
export class Journal implements Keeper {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #limits: CollectLimits;
  #soundBytes: number;
  #unsyncedLines = 0;
  #unsyncedBytes = 0;
  #last: Promise<void> = Promise.resolve();
  #broken: CountersignError | undefined;

  private constructor(path: string, file: FileHandle, soundBytes: number, limits: CollectLimits) {
    this.#path = path;
    this.#file = file;
    this.#soundBytes = soundBytes;
    this.#limits = limits;
  }

  /** Begins a journal; its directory must not hold one. E_DISK. */
  static async begin(path: string, head: JournalHead, limits: CollectLimits): Promise<Journal> {
    try {
      await makeDirectory(dirname(path));
      const journal = new Journal(path, await open(path, "wx", 0o600), 0, limits);
      await journal.#append(head);
      await journal.#sync();
      return journal;
    } catch (thrown) {
      throw fileError(thrown, path, "write");
    }
  }

  /** Goes on behind the sound part of a journal, cutting off what stands after it. E_DISK. */
  static async resume(path: string, content: JournalContent, limits: CollectLimits): Promise<Journal> {
    try {
      const file = await open(path, "r+");
      await file.truncate(content.soundBytes);
      return new Journal(path, file, content.soundBytes, limits);
    } catch (thrown) {
      throw fileError(thrown, path, "write");
    }
  }

  async record(record: RawRecord, digest: string): Promise<void> {
    await this.#append({ kind: "record", digest, record });
  }

  async gap(gap: Gap, digest: string): Promise<void> {
    await this.#append({ kind: "gap", digest, gap });
  }

  /** Makes everything durable and lets go of the file. E_DISK. */
  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    try {
      if (this.#broken === undefined) await this.#sync();
    } finally {
      await this.#file.close();
    }
  }

  /** One line after the other, in the order of the calls; after a failure none, so that no line follows a torn one. */
  async #append(line: JournalHead | Line): Promise<void> {
    const mine = this.#last.then(
      async () => await this.#write(Buffer.from(`${JSON.stringify(line)}\n`, "utf8")),
    );
    this.#last = mine.catch(() => undefined);
    await mine;
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken;
    try {
      await writeFully(this.#file, bytes, this.#soundBytes);
      this.#soundBytes += bytes.length;
      this.#unsyncedLines += 1;
      this.#unsyncedBytes += bytes.length;
      const { syncRecords, syncBytes } = this.#limits;
      if (this.#unsyncedLines >= syncRecords || this.#unsyncedBytes >= syncBytes) await this.#sync();
    } catch (thrown) {
      this.#broken = fileError(thrown, this.#path, "write");
      // A full disk may hold half a line: cut it off now if the disk lets us, else the next reader does.
      await this.#file.truncate(this.#soundBytes).catch(() => undefined);
      throw this.#broken;
    }
  }

  async #sync(): Promise<void> {
    await this.#file.datasync();
    this.#unsyncedLines = 0;
    this.#unsyncedBytes = 0;
  }
}

async function writeFully(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * Reads a journal up to the first line that is torn or unlike its digest. Undefined when there is none or its first line
 * is no head: nothing of it can be used.
 */
export async function readJournal(path: string): Promise<JournalContent | undefined> {
  let head: JournalHead | undefined;
  const records: RawRecord[] = [];
  let gapCount = 0;
  let soundBytes = 0;
  for await (const { text, end } of completeLines(path)) {
    const value = parsed(text);
    if (head === undefined) {
      if (!headGuard.fits(value)) return undefined;
      head = value;
    } else {
      if (!isSound(value)) break;
      if (value.kind === "record") records.push(value.record);
      else gapCount += 1;
    }
    soundBytes = end;
  }
  return head === undefined ? undefined : { head, records, gapCount, soundBytes };
}

/** The head alone, without reading the rest. */
export async function readJournalHead(path: string): Promise<JournalHead | undefined> {
  for await (const { text } of completeLines(path)) {
    const value = parsed(text);
    return headGuard.fits(value) ? value : undefined;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isSound(value: unknown): value is Line {
  if (!lineGuard.fits(value)) return false;
  if (value.kind === "gap") return gapDigest(value.gap) === value.digest;
  return (
    recordDigest(value.record) === value.digest &&
    sha256(recordBytes(value.record)) === value.record.body_sha256
  );
}

/** The journal's complete lines; a missing file has none. E_DISK. */
async function* completeLines(path: string): AsyncGenerator<{ text: string; end: number }> {
  try {
    // Opening a pipe waits for its writer, for ever perhaps.
    if (!(await stat(path)).isFile()) return;
    const file: AsyncIterable<Buffer> = createReadStream(path);
    yield* linesOf(file);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== "ENOENT") throw fileError(thrown, path, "read");
  }
}
