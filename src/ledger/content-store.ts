import { join } from "node:path";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import {
  CountersignError,
  DurableDirectory,
  invariant,
  nodeFileSystem,
  sha256,
  type FileSystem,
  type Sha256,
} from "../base/index.ts";

/** Largest content, uncompressed. */
export const MAX_CONTENT_BYTES = 64 * 1024 * 1024;

const DIGEST = /^[0-9a-f]{64}$/;

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

/**
 * Bytes under their SHA-256, in zstd, in `<directory>/<its first two digits>/<digest>.zst`. Made once, never changed; any
 * number of processes add to it.
 */
export class ContentStore {
  readonly #directory: string;
  readonly #files: FileSystem;
  /** Directories of which this process knows that they are there for good. */
  readonly #made = new Set<string>();

  /** `directory`: `cas` of the state directory. */
  constructor(directory: string, files: FileSystem = nodeFileSystem) {
    this.#directory = directory;
    this.#files = files;
  }

  /** Durable when it returns. E_DISK; E_INTEGRITY where other bytes lie in its place. At most `MAX_CONTENT_BYTES`. */
  async put(bytes: Uint8Array): Promise<Sha256> {
    invariant(bytes.length <= MAX_CONTENT_BYTES, `expected at most ${MAX_CONTENT_BYTES} bytes, got more`);
    const digest = sha256(bytes);
    const directory = this.#within(digest);
    if (!this.#made.has(directory.path)) await directory.make();
    this.#made.add(directory.path);
    const isNew = await directory.place(nameOf(digest), await compress(bytes));
    // What was there already counts as kept only if it is what was to be kept.
    if (!isNew) await this.get(digest);
    return digest;
  }

  /** E_NOT_FOUND, E_INTEGRITY, E_DISK. */
  async get(digest: Sha256): Promise<Buffer> {
    const packed = await this.#within(digest).read(nameOf(digest));
    let bytes: Buffer;
    try {
      bytes = await decompress(packed, { maxOutputLength: MAX_CONTENT_BYTES });
    } catch (thrown) {
      throw altered(digest, "other bytes", thrown);
    }
    if (sha256(bytes) === digest) return bytes;
    throw altered(digest, "another");
  }

  /** Where it lies. */
  pathOf(digest: Sha256): string {
    return join(this.#within(digest).path, nameOf(digest));
  }

  #within(digest: Sha256): DurableDirectory {
    invariant(DIGEST.test(digest), "expected a SHA-256 in hex");
    // Compressed, hardly anything grows.
    return new DurableDirectory(
      join(this.#directory, digest.slice(0, 2)),
      this.#files,
      2 * MAX_CONTENT_BYTES,
    );
  }
}

function nameOf(digest: Sha256): string {
  return `${digest}.zst`;
}

function altered(digest: Sha256, got: string, cause?: unknown): CountersignError {
  const message = `expected the body ${digest} as it was kept, got ${got}`;
  return new CountersignError("E_INTEGRITY", message, { cause });
}
