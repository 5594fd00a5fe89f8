import { hkdfSync, type KeyObject } from "node:crypto";
import { u32 } from "./bytes.ts";
import { open, seal } from "./cae.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** Bytes of a vault root key, of a slot key and of a data encryption key. */
export const KEY_BYTES = 32;

const FINGERPRINT_BYTES = 16;

/** What is sealed for the next epoch: the root key of the one before. */
interface Predecessor {
  readonly epoch: number;
  readonly sealed: Buffer;
}

/**
 * The vault root key of one epoch, and what derives from it: the key of the index, the key that wraps data encryption
 * keys, the key that vouches for the epoch before, and a public fingerprint.
 */
export class RootKey implements Disposable {
  readonly epoch: number;
  /** Lower-case hex, 32 digits. Tells nothing of the key, and stands in anchors and in print. */
  readonly fingerprint: string;
  readonly indexKey: KeyObject;
  readonly wrapKey: KeyObject;
  readonly #successionKey: KeyObject;
  readonly #vaultId: Buffer;
  readonly #secret: SecretBytes;

  /** Takes over `secret`, which is disposed of with it. */
  constructor(secret: SecretBytes, vaultId: Buffer, epoch: number) {
    const derived = (purpose: string, length: number): Buffer =>
      Buffer.from(hkdfSync("sha512", secret.expose(), vaultId, `evlt/v1/root/${purpose}`, length));
    const key = (purpose: string): KeyObject => {
      using bytes = SecretBytes.take(derived(purpose, KEY_BYTES));
      return bytes.toKey();
    };
    this.epoch = epoch;
    this.fingerprint = derived("fingerprint", FINGERPRINT_BYTES).toString("hex");
    this.indexKey = key("index");
    this.wrapKey = key("wrap");
    this.#successionKey = key("succession");
    this.#vaultId = vaultId;
    this.#secret = secret;
  }

  /** A new root key for `epoch`. */
  static random(vaultId: Buffer, epoch: number): RootKey {
    return new RootKey(SecretBytes.random(KEY_BYTES), vaultId, epoch);
  }

  /** Hands the key's bytes to `use`, which must not keep them. */
  expose<T>(use: (bytes: Buffer) => T): T {
    return use(this.#secret.expose());
  }

  /**
   * `earlier`, sealed under this key. Whoever makes a new epoch must have held the one before: that is how a reader who
   * trusts an old fingerprint comes to trust a new one, also where the recipients of slots are public keys.
   */
  vouchFor(earlier: RootKey): Predecessor {
    const sealed = earlier.expose((bytes) =>
      seal(this.#successionKey, "succession", this.#bound(earlier.epoch), bytes),
    );
    return { epoch: earlier.epoch, sealed };
  }

  /** The root key of an earlier epoch; undefined when `predecessor` was not sealed under this key. */
  predecessor({ epoch, sealed }: Predecessor): RootKey | undefined {
    const secret = open(this.#successionKey, "succession", this.#bound(epoch), sealed);
    if (secret === undefined) return undefined;
    if (secret.length === KEY_BYTES) return new RootKey(secret, this.#vaultId, epoch);
    secret[Symbol.dispose]();
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#secret[Symbol.dispose]();
  }

  #bound(epoch: number): Buffer {
    return Buffer.concat([this.#vaultId, u32(this.epoch), u32(epoch)]);
  }
}
