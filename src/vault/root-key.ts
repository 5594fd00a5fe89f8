import { hkdfSync, type KeyObject } from "node:crypto";
import { u32 } from "./bytes.ts";
import { open, seal } from "./cae.ts";
import { SecretBytes } from "./secret-bytes.ts";

/** Bytes of a vault root key, of a slot key and of a data encryption key. */
export const KEY_BYTES = 32;

const FINGERPRINT_BYTES = 16;

type KeyPurpose = "index" | "succession" | "wrap";

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
  readonly #vaultId: Buffer;
  readonly #secret: SecretBytes;
  /** Derived when they are first used: of an earlier epoch, most readers want the fingerprint alone. */
  readonly #keys = new Map<KeyPurpose, KeyObject>();

  /** Takes over `secret`, which is disposed of with it. */
  constructor(secret: SecretBytes, vaultId: Buffer, epoch: number) {
    this.epoch = epoch;
    this.#vaultId = vaultId;
    this.#secret = secret;
    this.fingerprint = this.#derived("fingerprint", FINGERPRINT_BYTES).toString("hex");
  }

  /** A new root key for `epoch`. */
  static random(vaultId: Buffer, epoch: number): RootKey {
    return new RootKey(SecretBytes.random(KEY_BYTES), vaultId, epoch);
  }

  get indexKey(): KeyObject {
    return this.#key("index");
  }

  get wrapKey(): KeyObject {
    return this.#key("wrap");
  }

  /** The same key, to be disposed of by itself. */
  copy(): RootKey {
    return new RootKey(SecretBytes.copyOf(this.#secret.expose()), this.#vaultId, this.epoch);
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
      seal(this.#key("succession"), "succession", this.#bound(earlier.epoch), bytes),
    );
    return { epoch: earlier.epoch, sealed };
  }

  /** The root key of an earlier epoch; undefined when `predecessor` was not sealed under this key. */
  predecessor({ epoch, sealed }: Predecessor): RootKey | undefined {
    const secret = open(this.#key("succession"), "succession", this.#bound(epoch), sealed);
    if (secret === undefined) return undefined;
    if (secret.length === KEY_BYTES) return new RootKey(secret, this.#vaultId, epoch);
    secret[Symbol.dispose]();
    return undefined;
  }

  [Symbol.dispose](): void {
    this.#secret[Symbol.dispose]();
    this.#keys.clear();
  }

  #key(purpose: KeyPurpose): KeyObject {
    let key = this.#keys.get(purpose);
    if (key === undefined) {
      using bytes = SecretBytes.take(this.#derived(purpose, KEY_BYTES));
      key = bytes.toKey();
      this.#keys.set(purpose, key);
    }
    return key;
  }

  #derived(purpose: KeyPurpose | "fingerprint", length: number): Buffer {
    return Buffer.from(
      hkdfSync("sha512", this.#secret.expose(), this.#vaultId, `evlt/v1/root/${purpose}`, length),
    );
  }

  #bound(epoch: number): Buffer {
    return Buffer.concat([this.#vaultId, u32(this.epoch), u32(epoch)]);
  }
}
