import { CountersignError } from "../base/index.ts";

/** Bytes, or text as its UTF-8. */
export type BytesLike = Uint8Array | string;

export function bytesOf(value: BytesLike): Buffer {
  return typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value);
}

/** `LP(x)`: u32 big-endian length, then the bytes. No two lists of parts share an encoding. */
export function lengthPrefixed(value: BytesLike): Buffer {
  const bytes = bytesOf(value);
  return Buffer.concat([u32(bytes.length), bytes]);
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Big-endian; `value` is a safe integer from 0. */
export function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

/** Reads a byte format from front to back. Whatever is missing, too long or left over is E_INTEGRITY. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  /** `what` names the format in errors, e.g. `generation 000000000007`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** What has been read so far. */
  get consumed(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  take(length: number): Buffer {
    const rest = this.#bytes.length - this.#at;
    if (length > rest) throw this.#malformed(`${length} more bytes`, `${rest}`);
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  /** The constant bytes that stand here in every file of this format. */
  expect(constant: Uint8Array, name: string): void {
    if (!this.take(constant.length).equals(constant)) throw this.#malformed(name, "other bytes");
  }

  u32(): number {
    return this.take(4).readUInt32BE();
  }

  u64(): number {
    const value = this.take(8).readBigUInt64BE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.#malformed("a number below 2^53", "a larger one");
    return Number(value);
  }

  lengthPrefixed(maxBytes: number): Buffer {
    const length = this.u32();
    if (length > maxBytes) throw this.#malformed(`at most ${maxBytes} bytes`, `${length}`);
    return this.take(length);
  }

  /** Trailing bytes are an error. */
  end(): void {
    const rest = this.#bytes.length - this.#at;
    if (rest > 0) throw this.#malformed("nothing more", `${rest} bytes`);
  }

  #malformed(expected: string, got: string): CountersignError {
    return new CountersignError("E_INTEGRITY", `${this.#what}: expected ${expected}, got ${got}`);
  }
}
