import { closeSync, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * The packed file of the outcome cache: entries (a subject's line, then its outcome lines), an index, a footer. All
 * numbers are little-endian.
 *
 * Index record: offset of the entry (6 bytes), bytes of the subject (4), bytes of the outcomes (4), CRC-32 of the
 * subject (4) and of the outcomes (4). Footer: key (32), offset of the index (6), number of records (4), CRC-32 of the
 * index (4), magic (8).
 */
const RECORD = {
  offset: 0,
  subjectBytes: 6,
  outcomeBytes: 10,
  subjectSum: 14,
  outcomeSum: 18,
  size: 22,
} as const;
const FOOTER = { key: 0, index: 32, count: 38, sum: 42, magic: 46, size: 54 } as const;
const MAGIC = "csoutc01";

const CHUNK_BYTES = 1024 * 1024;
const CHUNKS = 4;
const WRITE_BYTES = 1024 * 1024;

/** Dead bytes that are not worth a rewrite. */
const SLACK_BYTES = 16 * 1024 * 1024;

/** An entry that was found: the number of its index record, and its outcome lines. */
export interface Found {
  readonly record: number;
  readonly outcomes: Buffer;
}

interface Chunk {
  readonly at: number;
  readonly bytes: Buffer;
}

/** What an earlier run kept: the index in memory, the entries read in chunks. */
export class Pack {
  readonly size: number;
  private readonly file: number;
  private readonly index: Buffer;
  /** Open addressing by the subject's CRC-32; 0 is free, else record number + 1. */
  private readonly slots: Uint32Array;
  /** The last chunks, newest first: entries of one run stand in order, those of later runs behind them. */
  private chunks: Chunk[] = [];
  private readonly liveBytes: number = 0;
  private expected = 0;

  private constructor(file: number, size: number, index: Buffer) {
    this.file = file;
    this.size = size;
    this.index = index;
    const count = index.length / RECORD.size;
    this.slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count + 2)));
    for (let record = 0; record < count; record += 1) {
      const at = record * RECORD.size;
      this.liveBytes +=
        index.readUInt32LE(at + RECORD.subjectBytes) + index.readUInt32LE(at + RECORD.outcomeBytes);
      let slot = this.slotOf(index.readUInt32LE(at + RECORD.subjectSum));
      while (this.slots[slot] !== 0) slot = this.slotOf(slot + 1);
      this.slots[slot] = record + 1;
    }
  }

  /** A whole pack with this key; undefined for anything else. */
  static open(path: string, key: Buffer): Pack | undefined {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch {
      return undefined;
    }
    const { size } = fstatSync(file);
    const index = readIndex(file, size, key);
    if (index !== undefined) return new Pack(file, size, index);
    closeSync(file);
    return undefined;
  }

  /** More than half of the file belongs to no entry. */
  get wasteful(): boolean {
    return this.size > 2 * this.liveBytes + SLACK_BYTES;
  }

  /** The entry of this very subject: its bytes are compared, not only their checksum. */
  find(subject: Uint8Array): Found | undefined {
    const next = this.matching(this.expected, subject); // an unchanged estate comes in the order in which it was kept
    if (next !== undefined) return next;
    const sum = crc32(subject);
    for (let slot = this.slotOf(sum); this.slots[slot] !== 0; slot = this.slotOf(slot + 1)) {
      const record = (this.slots[slot] ?? 0) - 1;
      if (this.index.readUInt32LE(record * RECORD.size + RECORD.subjectSum) !== sum) continue;
      const found = this.matching(record, subject);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private matching(record: number, subject: Uint8Array): Found | undefined {
    const at = record * RECORD.size;
    const { index } = this;
    if (at >= index.length || index.readUInt32LE(at + RECORD.subjectBytes) !== subject.length)
      return undefined;
    const outcomeBytes = index.readUInt32LE(at + RECORD.outcomeBytes);
    const offset = index.readUIntLE(at + RECORD.offset, 6);
    const chunk = this.chunk(offset, subject.length + outcomeBytes);
    const start = offset - chunk.at;
    const middle = start + subject.length;
    if (chunk.bytes.length < middle + outcomeBytes) return undefined;
    if (chunk.bytes.compare(subject, 0, subject.length, start, middle) !== 0) return undefined;
    const outcomes = chunk.bytes.subarray(middle, middle + outcomeBytes);
    if (crc32(outcomes) !== index.readUInt32LE(at + RECORD.outcomeSum)) return undefined;
    this.expected = record + 1;
    return { record, outcomes };
  }

  /** Copies the index record of an entry that was found. */
  copyRecord(record: number, target: Buffer, at: number): void {
    this.index.copy(target, at, record * RECORD.size, (record + 1) * RECORD.size);
  }

  private slotOf(sum: number): number {
    return (sum & (this.slots.length - 1)) >>> 0;
  }

  private chunk(at: number, length: number): Chunk {
    for (const chunk of this.chunks) {
      if (at >= chunk.at && at + length <= chunk.at + chunk.bytes.length) return chunk;
    }
    return this.load(at, length);
  }

  /** A new buffer each time: slices of older ones may still wait to be consumed. */
  private load(at: number, length: number): Chunk {
    const bytes = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, length));
    const chunk = { at, bytes: bytes.subarray(0, readSync(this.file, bytes, 0, bytes.length, at)) };
    this.chunks = [chunk, ...this.chunks.slice(0, CHUNKS - 1)];
    return chunk;
  }

  close(): void {
    closeSync(this.file);
  }
}

function readIndex(file: number, size: number, key: Buffer): Buffer | undefined {
  if (size < FOOTER.size) return undefined;
  const footer = Buffer.alloc(FOOTER.size);
  readSync(file, footer, 0, FOOTER.size, size - FOOTER.size);
  const at = footer.readUIntLE(FOOTER.index, 6);
  const bytes = footer.readUInt32LE(FOOTER.count) * RECORD.size;
  const ours =
    footer.toString("latin1", FOOTER.magic) === MAGIC && footer.subarray(0, FOOTER.index).equals(key);
  if (!ours || at + bytes + FOOTER.size !== size) return undefined;
  const index = Buffer.alloc(bytes);
  readSync(file, index, 0, bytes, at);
  return crc32(index) === footer.readUInt32LE(FOOTER.sum) ? index : undefined;
}

/** Writes entries from `start` on, then the index of all that the next run shall find. */
export class PackWriter {
  private readonly file: number;
  private readonly key: Buffer;
  private readonly start: number;
  private readonly pending = Buffer.allocUnsafe(WRITE_BYTES);
  private filled = 0;
  private written: number;
  private index = Buffer.allocUnsafe(1024 * RECORD.size);
  private count = 0;

  constructor(path: string, key: Buffer, start: number) {
    this.file = openSync(path, start === 0 ? "w" : "r+");
    this.key = key;
    this.start = start;
    this.written = start;
  }

  append(subject: Uint8Array, outcomes: Uint8Array): void {
    const at = this.nextRecord();
    this.index.writeUIntLE(this.written + this.filled, at + RECORD.offset, 6);
    this.index.writeUInt32LE(subject.length, at + RECORD.subjectBytes);
    this.index.writeUInt32LE(outcomes.length, at + RECORD.outcomeBytes);
    this.index.writeUInt32LE(crc32(subject), at + RECORD.subjectSum);
    this.index.writeUInt32LE(crc32(outcomes), at + RECORD.outcomeSum);
    this.write(subject);
    this.write(outcomes);
  }

  /** Lists an entry that stands in the file already. */
  refer(pack: Pack, record: number): void {
    const at = this.nextRecord(); // before the index is named: it may grow
    pack.copyRecord(record, this.index, at);
  }

  end(): void {
    const index = this.index.subarray(0, this.count * RECORD.size);
    const footer = Buffer.alloc(FOOTER.size);
    this.key.copy(footer, FOOTER.key);
    footer.writeUIntLE(this.written + this.filled, FOOTER.index, 6);
    footer.writeUInt32LE(this.count, FOOTER.count);
    footer.writeUInt32LE(crc32(index), FOOTER.sum);
    footer.write(MAGIC, FOOTER.magic, "latin1");
    this.write(index);
    this.write(footer);
    this.flush();
  }

  /** Removes what was written since the start. */
  rollBack(): void {
    ftruncateSync(this.file, this.start);
  }

  close(): void {
    closeSync(this.file);
  }

  private nextRecord(): number {
    const at = this.count * RECORD.size;
    if (at === this.index.length) this.index = Buffer.concat([this.index, Buffer.allocUnsafe(at)]);
    this.count += 1;
    return at;
  }

  private write(bytes: Uint8Array): void {
    if (this.filled + bytes.length > this.pending.length) this.flush();
    if (bytes.length > this.pending.length) this.put(bytes);
    else {
      this.pending.set(bytes, this.filled);
      this.filled += bytes.length;
    }
  }

  private flush(): void {
    this.put(this.pending.subarray(0, this.filled));
    this.filled = 0;
  }

  private put(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      at += writeSync(this.file, bytes, at, bytes.length - at, this.written + at);
    }
    this.written += bytes.length;
  }
}
