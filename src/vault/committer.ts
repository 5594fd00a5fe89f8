import { CountersignError, Turns, type NumberedFiles } from "../base/index.ts";
import type { Anchor } from "./anchor.ts";
import { Blobs } from "./blobs.ts";
import { openVersion, type ChangeContext, type NewBlob } from "./changes.ts";
import {
  MAX_GENERATION,
  decodeGeneration,
  encodeGeneration,
  sealedIndexDigest,
  type Generation,
} from "./generation.ts";
import { readHead, type Head } from "./head.ts";
import { digestInHistory, type IndexDocument } from "./index-document.ts";
import { keptDespite } from "./outcomes.ts";
import type { RootKey } from "./root-key.ts";
import type { Slot } from "./slot.ts";
import { generationsOf, type VaultTerms } from "./terms.ts";

/** Times that a look is made anew because a writer changed the vault under it. */
const MAX_LOOKS = 16;

/** Longest time that a change is made anew while other writers are first. */
const MAX_WAIT_MS = 30_000;

/** Times that it is made anew in any case, should the machine have slept meanwhile. */
const MIN_TRIES = 16;

/** Times that it is made anew at most, should the clock stand still. */
const MAX_TRIES = 10_000;

/** Longest pause before another try. Whoever has waited longer pauses shorter, so that nobody is always last. */
const MAX_PAUSE_MS = 100;

/** Newest generations that stay on disk. */
export const KEPT_GENERATIONS = 8;

/** The next state of the vault. What is not given stays as it is. */
export interface Change<T> {
  readonly index: IndexDocument;
  readonly blobs?: readonly NewBlob[];
  readonly root?: RootKey;
  readonly slots?: readonly Slot[];
  readonly result: T;
}

/** A change that is on disk. */
export interface Kept<T> {
  readonly result: T;
  readonly generation: number;
  /** What went wrong after the commit, as an error that says that the change was kept; whoever asked for it must be told. */
  readonly trouble: Error | undefined;
}

/** The newest state that this process knows, and the one way to the next. The order of steps is in `README.md`. */
export class Committer {
  readonly blobs: Blobs;
  readonly #terms: VaultTerms;
  readonly #generations: NumberedFiles;
  /** Looks and changes of this process wait for one another: each would take the other's root key away. */
  readonly #turns = new Turns();
  #head: Head;

  constructor(terms: VaultTerms, head: Head) {
    this.blobs = new Blobs(`${terms.directory}/blob`, terms.files, terms.clock);
    this.#terms = terms;
    this.#generations = generationsOf(terms);
    this.#head = head;
  }

  get head(): Head {
    return this.#head;
  }

  /**
   * What `look` finds in the newest state. Where it fails and another writer has changed that state meanwhile, e.g.
   * removed a blob that it was about to read, it looks again. What `look` and `readHead` throw.
   */
  async look<T>(look: (context: ChangeContext) => Promise<T>): Promise<T> {
    return await this.#turns.take(async () => {
      await this.#renew();
      for (let tries = 1; ; tries += 1) {
        try {
          return await look(this.#context());
        } catch (thrown) {
          if (tries >= MAX_LOOKS || !(await this.#renew())) throw thrown;
        }
      }
    });
  }

  /**
   * Makes `change` of the newest state the next one. It is called again where another writer was first, so it must depend
   * on its argument alone. When this returns, the change is on disk, and every anchor knows it unless `trouble` says else.
   *
   * @throws CountersignError E_STATE_LOCKED when others were first each time for `MAX_WAIT_MS`, E_DISK, E_INPUT, what `change` and `readHead` throw.
   */
  async commit<T>(change: (context: ChangeContext) => Change<T> | Promise<Change<T>>): Promise<Kept<T>> {
    return await this.#turns.take(async () => await this.#commit(change));
  }

  async #commit<T>(change: (context: ChangeContext) => Change<T> | Promise<Change<T>>): Promise<Kept<T>> {
    const { clock, random, signal, sleep } = this.#terms;
    const beganMs = clock.now().getTime();
    let waitedMs = 0;
    for (let tries = 1; tries <= (waitedMs < MAX_WAIT_MS ? MAX_TRIES : MIN_TRIES); tries += 1) {
      await this.#renew();
      let made: Change<T>;
      try {
        made = await change(this.#context());
      } catch (thrown) {
        if (tries < MAX_TRIES && (await this.#renew())) continue;
        throw thrown;
      }
      const kept = await this.#placed(made);
      if (kept !== undefined) return kept;
      waitedMs = Math.max(waitedMs, clock.now().getTime() - beganMs);
      await sleep((MAX_PAUSE_MS / tries) * random(), signal);
    }
    throw new CountersignError(
      "E_STATE_LOCKED",
      `expected to be first within ${MAX_WAIT_MS / 1000} s, got other writers each time`,
      { fix: "Run the command again when fewer processes use the vault; nothing of it was kept." },
    );
  }

  /** Opens every version of every credential in the newest state, and tells how many. As `look`. */
  async openAll(): Promise<number> {
    return await this.look(async (context) => {
      let count = 0;
      for (const { name, versions } of context.index.entries) {
        for (const version of versions) {
          openVersion(context, name, version, await this.blobs.read(version.blob))[Symbol.dispose]();
          count += 1;
        }
      }
      return count;
    });
  }

  /** Removes blobs that nothing refers to any more: see `Blobs.prune`. What it and `readHead` throw. */
  async prune(): Promise<number> {
    return await this.#turns.take(async () => {
      let referred: ReadonlySet<string> | undefined;
      return await this.blobs.prune(async () => {
        const renewed = await this.#renew();
        if (referred === undefined || renewed) referred = blobsOf(this.#head);
        return referred;
      });
    });
  }

  /** What an anchor is to remember of the newest state. */
  anchor(): Anchor {
    const { generation, root } = this.#head;
    return {
      format: "evlt-anchor/1",
      vault_id: generation.vaultId.toString("hex"),
      epoch: generation.epoch,
      fingerprint: root.fingerprint,
      generation: generation.number,
      sha256: generation.digest,
    };
  }

  /** Tells every anchor what the newest state is: after a commit, and where one of them missed it. E_DISK. */
  async anchored(): Promise<void> {
    for (const place of this.#terms.anchors) await place.advance(this.anchor());
  }

  /** Tells every anchor where the ledger ends: where a writer died before it could. E_DISK, E_INTEGRITY. */
  async ledgerRemembered(): Promise<void> {
    const { anchors, ledger } = this.#terms;
    const head = await ledger.head();
    if (head !== undefined) for (const { ledgerHeads } of anchors) await ledgerHeads?.advance(head);
  }

  #context(): ChangeContext {
    const { generation, root, index } = this.#head;
    return { vaultId: generation.vaultId, root, index, at: this.#terms.clock.now().toISOString() };
  }

  /** Reads the newest state where another process has committed since; tells whether it had. As `readHead`. */
  async #renew(): Promise<boolean> {
    if ((await this.#generations.highest()) === this.#head.generation.number) return false;
    const head = await readHead(this.#terms, this.#head);
    this.#head.root[Symbol.dispose]();
    this.#head = head;
    return true;
  }

  /** `made` as the newest state; undefined where it did not become that, and its root key is forgotten. */
  async #placed<T>(made: Change<T>): Promise<Kept<T> | undefined> {
    try {
      return await this.#place(made);
    } finally {
      if (made.root !== this.#head.root) made.root?.[Symbol.dispose]();
    }
  }

  async #place<T>({ index, blobs = [], root, slots, result }: Change<T>): Promise<Kept<T> | undefined> {
    const before = this.#head;
    const nextRoot = root ?? before.root;
    const number = before.generation.number + 1;
    if (number > MAX_GENERATION)
      throw new CountersignError("E_INPUT", "expected a vault below its last generation");
    for (const blob of blobs) await this.blobs.write(blob);
    // Where another is first already, the costlier half of a try is saved.
    if ((await this.#generations.highest()) !== before.generation.number) {
      await this.#lost(blobs);
      return undefined;
    }
    const grown = { ...index, history: extended(before) };
    const { bytes, indexDigest } = encodeGeneration(
      {
        number,
        vaultId: before.generation.vaultId,
        epoch: nextRoot.epoch,
        previous: before.generation.digest,
        createdMs: this.#terms.clock.now().getTime(),
        slots: slots ?? before.generation.slots,
      },
      nextRoot,
      grown,
    );
    const isWhatWeMeant = (readBack: Buffer): void => {
      if (sealedIndexDigest(decodeGeneration(readBack, number), nextRoot) === indexDigest) return;
      throw new CountersignError(
        "E_INTERNAL",
        `expected generation ${number} to say what was meant, got another index`,
      );
    };
    if (!(await this.#generations.append(number, bytes, isWhatWeMeant))) {
      await this.#lost(blobs);
      return undefined;
    }
    const generation = decodeGeneration(bytes, number);
    if (!(await this.#leadsOn(generation))) {
      await this.#lost(blobs);
      return undefined;
    }
    this.#head = { generation, root: nextRoot, index: grown };
    if (nextRoot !== before.root) before.root[Symbol.dispose]();
    return { result, generation: number, trouble: await this.#afterwards(blobs) };
  }

  /** What follows a commit; the error that kept it from being done, of a change that stands. */
  async #afterwards(blobs: readonly NewBlob[]): Promise<Error | undefined> {
    try {
      // Another process may have taken a blob for old before anything referred to it.
      for (const blob of blobs) if (!(await this.blobs.has(blob.digest))) await this.blobs.write(blob);
      await this.anchored();
      await this.#generations.prune(KEPT_GENERATIONS, this.#terms.clock.now().getTime());
      return undefined;
    } catch (thrown) {
      return keptDespite(thrown, this.#head.generation.number);
    }
  }

  /** Takes away what a try wrote that came to nothing: each seals anew, so no other refers to it. E_DISK. */
  async #lost(blobs: readonly NewBlob[]): Promise<void> {
    for (const { digest } of blobs) await this.blobs.remove(digest);
  }

  /**
   * Whether the newest generation is `ours` or grew from it. Pruning frees numbers: a writer that slept through many
   * commits finds its next number free again, but beside the line, where nobody would ever read it.
   */
  async #leadsOn({ number, digest }: Generation): Promise<boolean> {
    if ((await this.#generations.highest()) === number) return true;
    const { root, index } = await readHead(this.#terms, this.#head);
    root[Symbol.dispose]();
    if (digestInHistory(index, number) === digest) return true;
    await this.#generations.remove(number);
    return false;
  }
}

function blobsOf({ index: { entries } }: Head): ReadonlySet<string> {
  return new Set(entries.flatMap(({ versions }) => versions.map(({ blob }) => blob)));
}

/** The history of the generation after `head`. */
function extended({ index, generation }: Head): string {
  return Buffer.concat([
    Buffer.from(index.history, "base64"),
    Buffer.from(generation.digest, "hex"),
  ]).toString("base64");
}
