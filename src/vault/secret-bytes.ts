import { createSecretKey, randomFillSync, type KeyObject } from "node:crypto";
import { inspect } from "node:util";
import { invariant } from "../base/index.ts";

const SHOWN = "[secret]";

/**
 * Bytes that must not linger: in memory of their own outside Node's pool, zeroed when disposed of, never printed.
 * The promise is a shorter exposure, not immunity: the garbage collector may have moved nothing, but the kernel may have
 * swapped, and a reader of this process's memory sees them while they live.
 */
export class SecretBytes implements Disposable {
  #bytes: Buffer | undefined;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  static random(length: number): SecretBytes {
    const bytes = Buffer.allocUnsafeSlow(length);
    randomFillSync(bytes);
    return new SecretBytes(bytes);
  }

  /** Copies, then zeroes the source: for what a library handed out. */
  static take(source: Uint8Array): SecretBytes {
    const bytes = Buffer.allocUnsafeSlow(source.length);
    bytes.set(source);
    source.fill(0);
    return new SecretBytes(bytes);
  }

  /** Copies and leaves the source alone. */
  static copyOf(source: Uint8Array): SecretBytes {
    const bytes = Buffer.allocUnsafeSlow(source.length);
    bytes.set(source);
    return new SecretBytes(bytes);
  }

  get length(): number {
    return this.#held().length;
  }

  /** The live bytes, not a copy: valid until disposal, never to be kept. */
  expose(): Buffer {
    return this.#held();
  }

  /** A key in OpenSSL's memory, which clears it when it is freed. */
  toKey(): KeyObject {
    return createSecretKey(this.#held());
  }

  [Symbol.dispose](): void {
    this.#bytes?.fill(0);
    this.#bytes = undefined;
  }

  toString(): string {
    return SHOWN;
  }

  toJSON(): string {
    return SHOWN;
  }

  [inspect.custom](): string {
    return SHOWN;
  }

  #held(): Buffer {
    invariant(this.#bytes !== undefined, "expected a secret that is still held, got one disposed of");
    return this.#bytes;
  }
}
