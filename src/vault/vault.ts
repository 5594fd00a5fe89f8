import { randomBytes } from "node:crypto";
import { CountersignError, DurableDirectory, counted } from "../base/index.ts";
import { AccessLog, accessLogBytes, accessLogNames, type AccessEvent } from "./access-log.ts";
import { MAX_SECRET_BYTES } from "./blob.ts";
import {
  entryOf,
  openVersion,
  put,
  rekey,
  remove,
  succeed,
  versionOf,
  withUpkeep,
  type ChangeContext,
  type PutOptions,
} from "./changes.ts";
import { Committer, type Change } from "./committer.ts";
import { NO_GENERATION, VAULT_ID_BYTES, encodeGeneration } from "./generation.ts";
import { noVault, predecessors, readHead, refuseRemembered } from "./head.ts";
import type { IndexDocument, Upkeep } from "./index-document.ts";
import { madeSlots, refuseOthers, requireDaily, successor, withSlot, type Holder } from "./holders.ts";
import type { KekProvider } from "./kek.ts";
import { entryName } from "./names.ts";
import { keptDespite, unloggedFailure } from "./outcomes.ts";
import { RootKey } from "./root-key.ts";
import type { SecretBytes } from "./secret-bytes.ts";
import { summaryOf, type VaultSummary } from "./survey.ts";
import { generationsOf, logDirectory, type VaultTerms } from "./terms.ts";

/** What a piece of work came to, and the generation that it made. */
interface Done<T> {
  readonly value: T;
  readonly version?: number;
  readonly generation?: number;
  /** What went wrong afterwards; see `Kept`. */
  readonly trouble?: Error | undefined;
  readonly withhold?: () => void;
}

type Event = Pick<AccessEvent, "name" | "operation" | "purpose" | "version">;

/**
 * The embedded vault: credentials of the collectors, each under a key of its own, those under a root key, and that under
 * keys outside. Any number of processes use one at a time; each commit is whole or not there.
 */
export class Vault {
  readonly #terms: VaultTerms;
  readonly #committer: Committer;
  readonly #log: AccessLog;

  private constructor(terms: VaultTerms, committer: Committer) {
    this.#terms = terms;
    this.#committer = committer;
    this.#log = new AccessLog({
      directory: logDirectory(terms),
      vaultId: committer.head.generation.vaultId.toString("hex"),
      actor: terms.actor,
      files: terms.files,
      clock: terms.clock,
      ledger: terms.ledger,
      anchors: terms.anchors,
    });
  }

  /**
   * Makes an empty vault that `holders` open. E_INPUT where there is one already, or no holder; E_ROLLBACK where an
   * anchor remembers one; as `open` for the rest. The providers of `terms` must be able to open it.
   */
  static async create(terms: VaultTerms, holders: readonly Holder[]): Promise<Vault> {
    const generations = generationsOf(terms);
    if ((await generations.highest()) > 0) {
      throw new CountersignError("E_INPUT", `expected no vault in ${terms.directory}, got one`, {
        fix:
          "Use it, or name another state directory in COUNTERSIGN_STATE. If making it was interrupted, nothing is in it: " +
          "remove the directory, then try again.",
      });
    }
    await refuseRemembered(terms);
    requireDaily(holders);
    const createdAt = terms.clock.now();
    const vaultId = randomBytes(VAULT_ID_BYTES);
    using root = RootKey.random(vaultId, 1);
    const slots = await madeSlots(root, vaultId, holders, createdAt.toISOString(), terms.signal);
    const index: IndexDocument = {
      format: "evlt-index/1",
      created_at: createdAt.toISOString(),
      history: "",
      predecessors: [],
      entries: [],
      removed: {},
      upkeep: {},
    };
    const head = {
      number: 1,
      vaultId,
      epoch: 1,
      previous: NO_GENERATION,
      createdMs: createdAt.getTime(),
      slots,
    };
    const { bytes } = encodeGeneration(head, root, index);
    for (const path of [terms.directory, `${terms.directory}/blob`, logDirectory(terms)]) {
      await new DurableDirectory(path, terms.files, 0).make();
    }
    await generations.make();
    if (!(await generations.append(1, bytes))) {
      throw new CountersignError(
        "E_STATE_LOCKED",
        "expected to make the vault, got one that another process has just made",
      );
    }
    return await Vault.adopt(terms, root.fingerprint);
  }

  /**
   * Opens the vault that lies here as the one that counts, whatever was remembered of it, and makes every anchor remember
   * it: after a restore, or on a machine that it was moved to. A person has compared `fingerprint`. As `readHead`.
   */
  static async adopt(terms: VaultTerms, fingerprint: string): Promise<Vault> {
    if ((await generationsOf(terms).highest()) === 0) throw noVault(terms.directory);
    const committer = new Committer(terms, await readHead({ ...terms, anchors: [], pin: { fingerprint } }));
    const places = terms.anchors.toSorted((a, b) => Number(b.first) - Number(a.first));
    for (const place of places) await place.adopt(committer.anchor());
    await committer.ledgerRemembered();
    return new Vault(terms, committer);
  }

  /** Opens the newest state through the first configured key that can. As `readHead`. */
  static async open(terms: VaultTerms): Promise<Vault> {
    const committer = new Committer(terms, await readHead(terms));
    // A writer that died between commit and anchor left this to the next one.
    await committer.anchored();
    await committer.ledgerRemembered();
    return new Vault(terms, committer);
  }

  /**
   * Opens the newest state, and makes the place called `name` begin to remember it: a person has said that it is new, or
   * that what it knew was lost. The access log has it. E_INPUT where there is no such place, or it remembers already; as
   * `readHead`, by the other places.
   */
  static async begin(terms: VaultTerms, name: string): Promise<Vault> {
    const place = terms.anchors.find((one) => one.name === name);
    if (place === undefined || place.first || (await place.latest()) !== undefined) {
      const known = terms.anchors.filter(({ first }) => !first).map((one) => one.name);
      throw new CountersignError(
        "E_INPUT",
        `expected a configured anchor that remembers nothing, got ${name}`,
        { fix: `Configured are ${known.join(", ")}: see embedded_vault.anchors in countersign.yaml.` },
      );
    }
    const told = await Promise.all(terms.anchors.map(async (one) => (await one.latest()) !== undefined));
    const others = terms.anchors.filter((one, at) => one.first || told[at]);
    const vault = new Vault(terms, new Committer(terms, await readHead({ ...terms, anchors: others })));
    const event = { operation: "anchor", purpose: `begin the anchor ${name}` } as const;
    await vault.#logged(event, async () => {
      // First the ledger's head: a place that knows the vault alone would look robbed of it.
      const head = await terms.ledger.head();
      if (head !== undefined) await place.ledgerHeads?.advance(head);
      await place.advance(vault.#committer.anchor());
      return { value: undefined };
    });
    return vault;
  }

  summary(): VaultSummary {
    return summaryOf(this.#committer.head);
  }

  /** Fingerprint of the first epoch's root key, from which every state of this vault descends: also an old backup. */
  origin(): string {
    const { root, index } = this.#committer.head;
    const earlier = predecessors(root, index);
    for (const key of earlier) key[Symbol.dispose]();
    return (earlier.at(-1) ?? root).fingerprint;
  }

  /**
   * One version of a credential, the newest where none is named. The access is on disk in the log before the value is
   * handed out, and the caller disposes of it. E_NOT_FOUND, E_INTEGRITY, E_DISK.
   */
  async read(
    name: string,
    purpose: string,
    more: { version?: number; reveal?: boolean } = {},
  ): Promise<SecretBytes> {
    const event = { operation: more.reveal === true ? "reveal" : "read", name, purpose } as const;
    return await this.#logged(event, async () => {
      return await this.#committer.look(async (context) => {
        const version = versionOf(entryOf(context.index, name), more.version);
        const bytes = await this.#committer.blobs.read(version.blob);
        const secret = openVersion(context, name, version, bytes);
        return {
          value: secret,
          version: version.version,
          withhold: () => {
            secret[Symbol.dispose]();
          },
        };
      });
    });
  }

  /** Keeps `secret` as the newest version of `name`, and tells its number. E_INPUT, E_DISK, E_STATE_LOCKED. */
  async put(name: string, secret: SecretBytes, options: PutOptions = {}): Promise<number> {
    entryName(name);
    if (secret.length === 0 || secret.length > MAX_SECRET_BYTES) {
      throw new CountersignError(
        "E_INPUT",
        `expected a credential of 1 to ${MAX_SECRET_BYTES} bytes, got ${secret.length}`,
      );
    }
    return await this.#changed(
      { operation: "put", name, purpose: "put" },
      (context) => {
        const { index, blobs, versions } = put(context, new Map([[name, secret]]), options);
        return { index, blobs, result: versions.get(name) ?? 1 };
      },
      (version) => ({ version }),
    );
  }

  /** As many `put`s in one commit: for imports. */
  async putAll(secrets: ReadonlyMap<string, SecretBytes>, options: PutOptions = {}): Promise<void> {
    for (const name of secrets.keys()) entryName(name);
    await this.#changed(
      { operation: "put", purpose: `put ${counted(secrets.size, "credential")}` },
      (context) => {
        const { index, blobs } = put(context, secrets, options);
        return { index, blobs, result: undefined };
      },
    );
  }

  /** Takes a credential out. Its blobs go a day later; copies of the vault's files still hold it. E_NOT_FOUND. */
  async remove(name: string): Promise<void> {
    await this.#changed({ operation: "remove", name, purpose: "remove" }, ({ index }) => ({
      index: remove(index, name),
      result: undefined,
    }));
  }

  /** R3: new data encryption keys and blobs for every version of a credential. E_NOT_FOUND, E_INTEGRITY. */
  async rekey(name: string): Promise<void> {
    await this.#changed({ operation: "rotate", name, purpose: "data encryption key" }, async (context) => ({
      ...(await rekey(context, name, async (digest) => await this.#committer.blobs.read(digest))),
      result: undefined,
    }));
  }

  /**
   * R2: a new root key for `holders`, who must be all that shall open the vault from now on; who is not among them is
   * out. Every holder has opened the new state from disk, and every credential under it, before this returns.
   */
  async rotateRoot(holders: readonly Holder[]): Promise<void> {
    requireDaily(holders);
    await this.#changed({ operation: "rewrap", purpose: "root key" }, async (context) => {
      const { root, slots } = await successor(context, holders, this.#terms.signal);
      return { index: succeed(context, root), root, slots, result: undefined };
    });
    for (const { provider } of holders) await this.#proveThrough(provider);
  }

  /** R1: one more way in. It has opened the vault from disk, and every credential, before this returns. */
  async addSlot(holder: Holder): Promise<void> {
    const purpose = `add a ${holder.provider.type} slot`;
    await this.#changed({ operation: "slot_add", purpose }, async (context) => ({
      index: withUpkeep(context.index, "kek_added", context.at),
      slots: await withSlot(this.#committer.head.generation.slots, context, holder, this.#terms.signal),
      result: undefined,
    }));
    await this.#proveThrough(holder.provider);
  }

  /**
   * Shuts one way in. Whoever had it may have the old root key, so this makes a new one (R2) for the `remaining` holders,
   * one for each other slot. E_INPUT where they are not, E_NOT_FOUND.
   */
  async removeSlot(id: string, remaining: readonly Holder[]): Promise<void> {
    requireDaily(remaining);
    await this.#changed({ operation: "slot_remove", purpose: `remove the slot ${id}` }, async (context) => {
      await refuseOthers(this.#committer.head.generation.slots, id, remaining);
      const { root, slots } = await successor(context, remaining, this.#terms.signal);
      return {
        index: withUpkeep(succeed(context, root), "kek_removed", context.at),
        root,
        slots,
        result: undefined,
      };
    });
    for (const { provider } of remaining) await this.#proveThrough(provider);
  }

  /** Remembers that a piece of upkeep was done. */
  async noteUpkeep(upkeep: Extract<Upkeep, "backup" | "restore_tested">): Promise<void> {
    await this.#changed({ operation: upkeep, purpose: upkeep }, ({ index, at }) => ({
      index: withUpkeep(index, upkeep, at),
      result: undefined,
    }));
  }

  /** Opens every version of every credential, and hands none out. Returns how many. E_INTEGRITY, E_DISK. */
  async verify(): Promise<number> {
    return await this.#logged({ operation: "verify", purpose: "every credential" }, async () => ({
      value: await this.#committer.openAll(),
    }));
  }

  /** All that a restore needs, by path in the vault's directory: the newest generation, its blobs, and the access logs. */
  async files(): Promise<Map<string, Buffer>> {
    const files = await this.#committer.look(async ({ index }) => {
      const { number, bytes } = this.#committer.head.generation;
      const found = new Map([[`gen/${String(number).padStart(12, "0")}`, bytes]]);
      for (const { blob } of index.entries.flatMap(({ versions }) => versions)) {
        found.set(`blob/${blob.slice(0, 2)}/${blob}`, await this.#committer.blobs.read(blob));
      }
      return found;
    });
    const directory = logDirectory(this.#terms);
    for (const name of await accessLogNames(directory, this.#terms.files)) {
      files.set(`log/${name}`, await accessLogBytes(directory, name, this.#terms.files));
    }
    return files;
  }

  /** Removes blobs that nothing refers to any more. Returns how many. E_DISK. */
  async prune(): Promise<number> {
    return await this.#committer.prune();
  }

  /** Hands the head of the access log on and forgets the keys. */
  async close(): Promise<void> {
    try {
      await this.#log.close();
    } finally {
      this.#committer.head.root[Symbol.dispose]();
    }
  }

  /** Commits `change` and records it as done where it was kept, also where something went wrong after that. */
  async #changed<T>(
    event: Event,
    change: (context: ChangeContext) => Change<T> | Promise<Change<T>>,
    said: (result: T) => Pick<Event, "version"> = () => ({}),
  ): Promise<T> {
    return await this.#logged(event, async () => {
      const { result, ...kept } = await this.#committer.commit(change);
      return { value: result, ...kept, ...said(result) };
    });
  }

  /** Runs `work` and records how it ended; what cannot be recorded is withheld. */
  async #logged<T>(event: Event, work: () => Promise<Done<T>>): Promise<T> {
    let done: Done<T>;
    try {
      done = await work();
    } catch (thrown) {
      const missing = thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND";
      try {
        await this.#log.record({ ...event, outcome: missing ? "not_found" : "failed" });
      } catch (unrecorded) {
        throw unloggedFailure(thrown, unrecorded);
      }
      throw thrown;
    }
    try {
      const { version, generation } = done;
      await this.#log.record({
        ...event,
        ...(version === undefined ? {} : { version }),
        ...(generation === undefined ? {} : { generation }),
        outcome: "done",
      });
    } catch (thrown) {
      done.withhold?.();
      if (done.trouble !== undefined) throw unloggedFailure(done.trouble, thrown);
      throw done.generation === undefined ? thrown : keptDespite(thrown, done.generation);
    }
    if (done.trouble !== undefined) throw done.trouble;
    return done.value;
  }

  /** Reads the vault from disk through `provider` alone, and opens every credential. */
  async #proveThrough(provider: KekProvider): Promise<void> {
    const head = await readHead({ ...this.#terms, providers: [provider], opened: undefined });
    const committer = new Committer(this.#terms, head);
    try {
      await committer.openAll();
    } finally {
      head.root[Symbol.dispose]();
    }
  }
}
