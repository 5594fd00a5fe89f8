import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

/**
 * The packed file of the outcome cache: entries (a document, then its line of outcomes), an index, a footer.
 *
 * Index record: six words of 32 bits in the machine's byte order; a file from a machine of the other order has lengths
 * that fit nothing. Footer, little-endian: key (32), offset of the index (6), number of records (4), CRC-32 of the index
 * (4), magic (8).
 */
const RECORD = {
  offsetLow: 0,
  offsetHigh: 1,
  documentBytes: 2,
  outcomeBytes: 3,
  documentSum: 4,
  outcomeSum: 5,
  words: 6,
} as const;
const RECORD_BYTES = RECORD.words * Uint32Array.BYTES_PER_ELEMENT;
const FOOTER = { key: 0, index: 32, count: 38, sum: 42, magic: 46, size: 54 } as const;
const MAGIC = "csoutc02";

const CHUNK_BYTES = 256 * 1024;
const WRITE_BYTES = 1024 * 1024;

/** Most entries of a pack: its index is read whole, and takes 24 bytes each. */
const MAX_RECORDS = 2 ** 24;

/** Dead bytes that are not worth a rewrite. */
const SLACK_BYTES = 16 * 1024 * 1024;

/** An entry that was found: the number of its index record, and its line of outcomes. */
export interface Found {
  readonly record: number;
  readonly outcomes: Buffer;
}

interface Chunk {
  readonly at: number;
  readonly bytes: Buffer;
}

/**
 * Reads entries: a chunk ahead where they follow one another, each alone where they do not. An estate that changes a little
 * from run to run has its entries in order but for those of later runs, which stand scattered at the end.
 */
class EntryReader {
  private readonly file: number;
  /** The last two: a run of scattered entries does not displace the chunk that is read in order. */
  private chunks: readonly Chunk[] = [];
  private next = 0;
  /** Chunks that no read looks into any more, while slices of them may still wait to be consumed. */
  private passed: Buffer[] = [];
  /** Chunks to be filled anew: fresh memory costs three times as much as reading into memory that is there. */
  private readonly spare: Buffer[] = [];

  constructor(file: number) {
    this.file = file;
  }

  /** Shorter than `length` where the file ends before. */
  read(at: number, length: number): Buffer {
    const inOrder = at === this.next;
    this.next = at + length;
    for (const chunk of this.chunks) {
      const start = at - chunk.at;
      if (start >= 0 && start + length <= chunk.bytes.length)
        return chunk.bytes.subarray(start, start + length);
    }
    if (!inOrder || length > CHUNK_BYTES) return this.load(at, Buffer.allocUnsafe(length));
    const bytes = this.load(at, this.spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES));
    const [last, before] = this.chunks;
    this.chunks = [{ at, bytes }, ...(last === undefined ? [] : [last])];
    if (before?.bytes.length === CHUNK_BYTES) this.passed.push(before.bytes); // shorter: the end of the file
    return bytes.subarray(0, length);
  }

  /** Chunks that were passed since the last call, to be given back when nothing that was read so far is needed. */
  takePassed(): readonly Buffer[] {
    const { passed } = this;
    this.passed = [];
    return passed;
  }

  giveBack(chunks: readonly Buffer[]): void {
    this.spare.push(...chunks);
  }

  private load(at: number, bytes: Buffer): Buffer {
    return bytes.subarray(0, readSync(this.file, bytes, 0, bytes.length, at));
  }
}

/** What an earlier run kept: the index in memory, the entries read as they are asked for. */
export class Pack {
  readonly size: number;
  private readonly file: number;
  private readonly reader: EntryReader;
  /** Records, one after the other. */
  readonly index: Uint32Array;
  private readonly count: number;
  /** Open addressing by the document's CRC-32; 0 is free, else record number + 1. */
  private readonly slots: Uint32Array;
  private readonly liveBytes: number = 0;
  private expected = 0;

  private constructor(file: number, size: number, index: Uint32Array) {
    this.file = file;
    this.reader = new EntryReader(file);
    this.size = size;
    this.index = index;
    this.count = index.length / RECORD.words;
    this.slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * this.count + 2)));
    for (let record = 0; record < this.count; record += 1) {
      this.liveBytes += this.word(record, "documentBytes") + this.word(record, "outcomeBytes");
      let slot = this.slotOf(this.word(record, "documentSum"));
      while (this.slots[slot] !== 0) slot = this.slotOf(slot + 1);
      this.slots[slot] = record + 1;
    }
  }

  /** A whole pack with this key; undefined for anything else, a pipe or a device too. */
  static open(path: string, key: Buffer): Pack | undefined {
    let file: number;
    try {
      // Not blocking: opening a pipe waits for its writer else.
      file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch {
      return undefined;
    }
    const found = fstatSync(file);
    const { size } = found;
    const index = found.isFile() ? readIndex(file, size, key) : undefined;
    if (index !== undefined) return new Pack(file, size, index);
    closeSync(file);
    return undefined;
  }

  /** More than half of the file belongs to no entry. */
  get wasteful(): boolean {
    return this.size > 2 * this.liveBytes + SLACK_BYTES;
  }

  /** The entry of this very document: its bytes are compared, not only their checksum. */
  find(document: Uint8Array): Found | undefined {
    const next = this.matching(this.expected, document); // an unchanged estate comes in the order in which it was kept
    if (next !== undefined) return next;
    const sum = crc32(document);
    for (let slot = this.slotOf(sum); this.slots[slot] !== 0; slot = this.slotOf(slot + 1)) {
      const record = (this.slots[slot] ?? 0) - 1;
      if (this.word(record, "documentSum") !== sum) continue;
      const found = this.matching(record, document);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  private matching(record: number, document: Uint8Array): Found | undefined {
    if (record >= this.count || this.word(record, "documentBytes") !== document.length) return undefined;
    const length = document.length + this.word(record, "outcomeBytes");
    const offset = this.word(record, "offsetHigh") * 2 ** 32 + this.word(record, "offsetLow");
    const entry = this.reader.read(offset, length);
    if (entry.length < length || entry.compare(document, 0, document.length, 0, document.length) !== 0)
      return undefined;
    const outcomes = entry.subarray(document.length);
    if (crc32(outcomes) !== this.word(record, "outcomeSum")) return undefined;
    this.expected = record + 1;
    return { record, outcomes };
  }

  /** As of the cache; two neighbouring groups may share a chunk, which is why their order matters. */
  endGroup(): () => void {
    const chunks = this.reader.takePassed();
    return () => this.reader.giveBack(chunks);
  }

  private word(record: number, name: Exclude<keyof typeof RECORD, "words">): number {
    return this.index[record * RECORD.words + RECORD[name]] ?? 0;
  }

  private slotOf(sum: number): number {
    return (sum & (this.slots.length - 1)) >>> 0;
  }

  close(): void {
    closeSync(this.file);
  }
}

function readIndex(file: number, size: number, key: Buffer): Uint32Array | undefined {
  if (size < FOOTER.size) return undefined;
  const footer = Buffer.alloc(FOOTER.size);
  readSync(file, footer, 0, FOOTER.size, size - FOOTER.size);
  const at = footer.readUIntLE(FOOTER.index, 6);
  const count = footer.readUInt32LE(FOOTER.count);
  const ours =
    footer.toString("latin1", FOOTER.magic) === MAGIC && footer.subarray(0, FOOTER.index).equals(key);
  if (!ours || count > MAX_RECORDS || at + count * RECORD_BYTES + FOOTER.size !== size) return undefined;
  const index = new Uint32Array(count * RECORD.words);
  readSync(file, index, 0, index.byteLength, at);
  return crc32(bytesOf(index)) === footer.readUInt32LE(FOOTER.sum) ? index : undefined;
}

function bytesOf({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Writes entries from `start` on, then the index of all that the next run shall find. */
export class PackWriter {
  private readonly file: number;
  private readonly key: Buffer;
  private readonly start: number;
  private readonly pending = Buffer.allocUnsafe(WRITE_BYTES);
  private filled = 0;
  private written: number;
  private index = new Uint32Array(1024 * RECORD.words);
  private count = 0;

  /** From 0 on it makes the file, which must not be there. */
  constructor(path: string, key: Buffer, start: number) {
    this.file = openSync(path, start === 0 ? "wx" : "r+");
    this.key = key;
    this.start = start;
    this.written = start;
  }

  append(document: Uint8Array, outcomes: Uint8Array): void {
    const at = this.written + this.filled;
    this.list([
      at % 2 ** 32,
      Math.floor(at / 2 ** 32),
      document.length,
      outcomes.length,
      crc32(document),
      crc32(outcomes),
    ]);
    this.write(document);
    this.write(outcomes);
  }

  /** Lists an entry that stands in the file already, by its record of an index. */
  list(index: ArrayLike<number>, record = 0): void {
    const at = this.count * RECORD.words;
    if (at === this.index.length) {
      const longer = new Uint32Array(2 * at);
      longer.set(this.index);
      this.index = longer;
    }
    const from = record * RECORD.words;
    for (let word = 0; word < RECORD.words; word += 1) this.index[at + word] = index[from + word] ?? 0;
    this.count += 1;
  }

  end(): void {
    const index = bytesOf(this.index.subarray(0, this.count * RECORD.words));
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
