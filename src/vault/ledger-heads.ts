import { join } from "node:path";
import {
  CountersignError,
  NumberedFiles,
  canonicalJson,
  type Clock,
  type FileSystem,
} from "../base/index.ts";
import { Digest, Type, closed, compileSchema, strictJson, type Static } from "../schema/index.ts";

/** A state of the ledger that somebody has seen: its number of leaves, and the digest of the last of them. */
export const LedgerHead = closed({
  format: Type.Literal("ledger-head/1"),
  leaves: Type.Integer({ minimum: 1 }),
  /** SHA-256 of the last leaf's file, which has the digest of the one before. */
  sha256: Digest,
});

export type LedgerHead = Static<typeof LedgerHead>;

const headSchema = compileSchema(LedgerHead);

const MAX_HEAD_BYTES = 1024;

/** Two, so that one is there while the other is replaced. */
const KEPT = 2;

/** Where ledger heads lie in the directory of an anchor. */
export const LEDGER_HEADS = "ledger";

/** Heads of the ledger beside an anchor, by their number of leaves: leaves that are cut off show, whatever they told of. */
export class LedgerHeads {
  readonly #heads: NumberedFiles;
  readonly #clock: Clock;

  constructor(anchor: string, files: FileSystem, clock: Clock) {
    this.#heads = new NumberedFiles(join(anchor, LEDGER_HEADS), files, MAX_HEAD_BYTES);
    this.#clock = clock;
  }

  /** Undefined where none was remembered yet. E_INTEGRITY, E_DISK. */
  async latest(): Promise<LedgerHead | undefined> {
    const newest = await this.#heads.newest();
    return newest === undefined ? undefined : decoded(newest.bytes, newest.number);
  }

  /** Everything that is still remembered, the newest last: for a check. E_INTEGRITY, E_DISK. */
  async all(): Promise<LedgerHead[]> {
    const heads: LedgerHead[] = [];
    for (const number of await this.#heads.numbers())
      heads.push(decoded(await this.#heads.read(number), number));
    return heads;
  }

  /** Never takes back: an earlier head than the one that is there changes nothing. E_DISK. */
  async advance(head: LedgerHead): Promise<void> {
    const highest = await this.#heads.highest();
    if (highest >= head.leaves) return;
    if (highest === 0) await this.#heads.make();
    await this.#heads.append(head.leaves, Buffer.from(canonicalJson(head), "utf8"));
    await this.#heads.prune(KEPT, this.#clock.now().getTime());
  }

  /** Forgets them all: a person has declared that what they remember no longer counts. E_DISK. */
  async forget(): Promise<void> {
    await this.#heads.clear();
  }
}

function decoded(bytes: Buffer, number: number): LedgerHead {
  const head = strictJson(bytes, headSchema, `the ledger head ${number}`);
  if (head.leaves === number) return head;
  throw new CountersignError(
    "E_INTEGRITY",
    `expected the ledger head of ${number} leaves, got one of ${head.leaves}`,
  );
}
