import {
  CountersignError,
  NumberedFiles,
  canonicalJson,
  digestOf,
  sha256,
  type Clock,
  type FileSystem,
} from "../base/index.ts";
import { Digest, Type, closed, compileSchema, literals, strictJson, type Static } from "../schema/index.ts";

/** Longest leaf file. */
const MAX_LEAF_BYTES = 64 * 1024;

/** Tries at being the next, with others appending too. */
const MAX_TRIES = 64;

/** Leaves that a process remembers to have read, at most. */
const MAX_REMEMBERED = 256;

/** Stands for the signed envelope of a leaf that nobody has signed yet. */
const UNSIGNED = "0".repeat(64);

const NO_LEAF = "0".repeat(64);

/** Types that came later have no place in the `last` of earlier leaves: they are read as before. */
export const LeafType = literals([
  "access-head",
  "approval",
  "attestation",
  "decision",
  "evidence",
  "vault-adopt",
  "vault-commit",
]);

export type LeafType = Static<typeof LeafType>;

const LeafNumber = Type.Optional(Type.Integer({ minimum: 1 }));

const LastOfTypes = closed({
  "access-head": LeafNumber,
  approval: LeafNumber,
  attestation: LeafNumber,
  decision: LeafNumber,
  evidence: LeafNumber,
  "vault-adopt": LeafNumber,
  "vault-commit": LeafNumber,
} satisfies Record<LeafType, typeof LeafNumber>);

type LastOfTypes = Static<typeof LastOfTypes>;

const LeafFile = closed({
  format: Type.Literal("countersign-leaf/1"),
  /** SHA-256 of the file before; zeros for the first. */
  previous: Digest,
  type: LeafType,
  /** Number of the newest earlier leaf of each type: the latest of one type are found without reading the others. */
  last: LastOfTypes,
  /** `evidence-leaf/v1` and its six fields, a line each, as the log will hold it. */
  leaf: Type.String({ maxLength: 1024 }),
  payload: Type.Record(Type.String(), Type.Union([Type.String({ maxLength: 1024 }), Type.Integer()])),
});

type LeafFile = Static<typeof LeafFile>;

export type LeafPayload = LeafFile["payload"];

/** What is recorded, and its place in the chain. */
export interface Leaf {
  readonly number: number;
  readonly type: LeafType;
  readonly payload: LeafPayload;
}

/** A state of the chain: how many leaves it has, and the SHA-256 of the last one's file. */
export interface ChainHead {
  readonly format: "ledger-head/1";
  readonly leaves: number;
  readonly sha256: string;
}

const leafSchema = compileSchema(LeafFile);

/**
 * Evidence leaves that wait for the log: immutable files, numbered, each with the digest of the one before. Nothing is
 * signed here; what protects it is that the chain's head stands elsewhere too. Any number of processes append.
 */
export class LeafChain {
  readonly name: string;
  readonly #leaves: NumberedFiles;
  readonly #collector: string;
  readonly #clock: Clock;
  /** What was read of the chain by `latest`: a leaf never changes. Who alters one afterwards shows to the next process, and to `all`. */
  readonly #remembered = new Map<number, LeafFile>();
  /** Number of a leaf that was the newest once, 0 where none is known: the next ones are looked for after it. */
  #known = 0;

  /** `collector` says whose leaves these are. */
  constructor(directory: string, collector: string, files: FileSystem, clock: Clock) {
    this.name = directory;
    this.#leaves = new NumberedFiles(directory, files, MAX_LEAF_BYTES);
    this.#collector = collector;
    this.#clock = clock;
  }

  /** Durable when it returns; tells the head that it made. E_DISK; E_INTEGRITY where the chain's end is damaged. */
  async append(type: LeafType, payload: LeafPayload): Promise<ChainHead> {
    return await this.appendAll([{ type, payload }]);
  }

  /** The same for several leaves, at least one, in their order; a crash leaves some of the first. */
  async appendAll(all: readonly Pick<Leaf, "payload" | "type">[]): Promise<ChainHead> {
    let left = all;
    for (let tries = 1; tries <= MAX_TRIES; tries += 1) {
      const newest = await this.#newest();
      const first = (newest?.number ?? 0) + 1;
      if (newest === undefined) await this.#leaves.make();
      const files = this.#filesOf(left, newest);
      const placed = await this.#leaves.appendAll(first, files);
      left = left.slice(placed);
      const last = files[placed - 1];
      if (left.length === 0 && last !== undefined) return headOf(first + placed - 1, last);
    }
    throw new CountersignError(
      "E_DISK",
      `expected to append to ${this.name} within ${MAX_TRIES} tries, got none`,
      {
        fix: "Let other processes that use this state directory end, then try again.",
      },
    );
  }

  /** Leaves as files that follow the newest one. */
  #filesOf(
    all: readonly Pick<Leaf, "payload" | "type">[],
    newest: { readonly number: number; readonly bytes: Buffer } | undefined,
  ): Buffer[] {
    let number = newest?.number ?? 0;
    let previous = newest === undefined ? NO_LEAF : sha256(newest.bytes);
    let last = newest === undefined ? {} : lastWith(this.#decoded(newest.bytes, number), number);
    return all.map(({ type, payload }) => {
      number += 1;
      const leaf = this.#leafText(type, payload, number, this.#clock.now().getTime());
      const file: LeafFile = { format: "countersign-leaf/1", previous, type, last, leaf, payload };
      const bytes = Buffer.from(canonicalJson(file), "utf8");
      previous = sha256(bytes);
      last = lastWith(file, number);
      return bytes;
    });
  }

  /** The newest leaves of some types, newest first, at most `count`. E_INTEGRITY, E_DISK. */
  async latest(types: readonly LeafType[], count: number): Promise<Leaf[]> {
    const newest = await this.#newest();
    if (newest === undefined) return [];
    const found: Leaf[] = [];
    const end = this.#decoded(newest.bytes, newest.number);
    this.#remember(newest.number, end);
    let last = lastWith(end, newest.number);
    let before = newest.number + 1;
    while (found.length < count) {
      const number = Math.max(0, ...types.map((type) => last[type] ?? 0));
      if (number === 0) break;
      const file = this.#remembered.get(number) ?? this.#decoded(await this.#referred(number), number);
      this.#remember(number, file);
      if (!types.includes(file.type) || number >= before) {
        throw broken(`leaf ${number} of type ${types.join(" or ")}`, "another");
      }
      found.push({ number, type: file.type, payload: file.payload });
      before = number;
      last = file.last;
    }
    return found;
  }

  /** Where the chain ends, which is made durable; undefined where there is none. E_DISK. */
  async head(): Promise<ChainHead | undefined> {
    const newest = await this.#newest();
    if (newest === undefined) return undefined;
    await this.#leaves.settle();
    return headOf(newest.number, newest.bytes);
  }

  /** Whether the chain has gone on from `head`, or ends in it: nothing up to it was cut off or written anew. E_DISK. */
  async holds({ leaves, sha256: digest }: ChainHead): Promise<boolean> {
    try {
      return sha256(await this.#leaves.read(leaves)) === digest;
    } catch (thrown) {
      if (thrown instanceof CountersignError && thrown.code === "E_NOT_FOUND") return false;
      throw thrown;
    }
  }

  /** Every leaf, first to last, the chain proven on the way. E_INTEGRITY for a gap, a break or an altered byte. */
  async *all(): AsyncGenerator<Leaf> {
    let previous = NO_LEAF;
    let expected = 1;
    let last: LastOfTypes = {};
    for (const number of await this.#leaves.numbers()) {
      if (number !== expected) throw broken(`leaf ${expected}`, `leaf ${number}`);
      const bytes = await this.#leaves.read(number);
      const file = this.#decoded(bytes, number);
      if (file.previous !== previous) throw broken(`leaf ${number} to follow ${previous}`, file.previous);
      if (canonicalJson(file.last) !== canonicalJson(last)) {
        throw broken(`leaf ${number} to name the last of each type`, "others");
      }
      previous = sha256(bytes);
      expected += 1;
      last = lastWith(file, number);
      yield { number, type: file.type, payload: file.payload };
    }
  }

  async #newest(): Promise<{ number: number; bytes: Buffer } | undefined> {
    const known = this.#known;
    const newest = await (known === 0 ? this.#leaves.newest() : this.#leaves.newestFrom(known));
    this.#known = newest?.number ?? 0;
    return newest;
  }

  /** The longest known goes first, as in a queue. */
  #remember(number: number, file: LeafFile): void {
    this.#remembered.set(number, file);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }

  /** A leaf that a later one names: where it is gone, somebody took it. */
  async #referred(number: number): Promise<Buffer> {
    try {
      return await this.#leaves.read(number);
    } catch (thrown) {
      if (!(thrown instanceof CountersignError) || thrown.code !== "E_NOT_FOUND") throw thrown;
      throw new CountersignError("E_INTEGRITY", `expected leaf ${number}, got none`, { cause: thrown });
    }
  }

  #decoded(bytes: Buffer, number: number): LeafFile {
    const file = strictJson(bytes, leafSchema, `leaf ${number}`);
    const unixMs = Number(/(\d{1,16})\n$/.exec(file.leaf)?.[1]);
    if (file.leaf !== this.#leafText(file.type, file.payload, number, unixMs)) {
      throw broken(`leaf ${number} to state its own payload`, "another");
    }
    return file;
  }

  #leafText(type: LeafType, payload: LeafPayload, sequence: number, unixMs: number): string {
    const fields = ["evidence-leaf/v1", type, digestOf(payload), UNSIGNED, this.#collector, sequence, unixMs];
    return fields.map((field) => `${field}\n`).join("");
  }
}

function headOf(leaves: number, lastFile: Buffer): ChainHead {
  return { format: "ledger-head/1", leaves, sha256: sha256(lastFile) };
}

/** The newest leaf of each type, once `file` is there as leaf `number`. */
function lastWith({ last, type }: LeafFile, number: number): LastOfTypes {
  return { ...last, [type]: number };
}

function broken(expected: string, got: string): CountersignError {
  return new CountersignError("E_INTEGRITY", `expected ${expected}, got ${got}`);
}
