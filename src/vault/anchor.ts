import {
  CountersignError,
  NumberedFiles,
  canonicalJson,
  type Clock,
  type FileSystem,
} from "../base/index.ts";
import { LEDGER_HEADS, LedgerHeads } from "./ledger-heads.ts";
import { Digest, Type, closed, compileSchema, strictJson, type Static } from "../schema/index.ts";

/** A head of the vault that somebody has seen: no later reader may be shown an earlier one, or another vault. */
export const Anchor = closed({
  format: Type.Literal("evlt-anchor/1"),
  vault_id: Type.String({ pattern: "^[0-9a-f]{32}$" }),
  epoch: Type.Integer({ minimum: 1 }),
  /** Fingerprint of the epoch's root key. */
  fingerprint: Type.String({ pattern: "^[0-9a-f]{32}$" }),
  generation: Type.Integer({ minimum: 1 }),
  /** SHA-256 of that generation's file. */
  sha256: Digest,
});

export type Anchor = Static<typeof Anchor>;

export const anchorSchema = compileSchema(Anchor);

const MAX_ANCHOR_BYTES = 4096;

/** Two, so that one is there while the other is replaced. */
const KEPT = 2;

/** A place that remembers the newest head outside the vault's own directory. */
export interface AnchorPlace {
  /** For people: where it is. */
  readonly name: string;
  /** Whether it is told of a vault before any other place is: empty beside one that remembers, it was taken away. */
  readonly first: boolean;
  /** Where it remembers the ledger's head as well: not in the ledger itself. */
  readonly ledgerHeads?: LedgerHeads;
  /** Undefined where nothing was remembered yet. E_INTEGRITY, E_DISK. */
  latest(): Promise<Anchor | undefined>;
  /** Everything that is still remembered, the newest last: for a check. E_INTEGRITY, E_DISK. */
  all(): Promise<Anchor[]>;
  /** Never takes back: an older anchor than the one that is there changes nothing. E_DISK. */
  advance(anchor: Anchor): Promise<void>;
  /** Takes this for the newest head whatever was remembered: a person has declared a restore or a move. E_DISK. */
  adopt(anchor: Anchor): Promise<void>;
}

/** Anchors as files that bear their generation's number: written once, so that two writers cannot take one back. */
export class AnchorFiles implements AnchorPlace {
  readonly name: string;
  readonly first = false;
  readonly ledgerHeads: LedgerHeads;
  readonly #anchors: NumberedFiles;
  readonly #clock: Clock;

  constructor(directory: string, files: FileSystem, clock: Clock) {
    this.name = directory;
    this.ledgerHeads = new LedgerHeads(directory, files, clock);
    this.#anchors = new NumberedFiles(directory, files, MAX_ANCHOR_BYTES, LEDGER_HEADS);
    this.#clock = clock;
  }

  async latest(): Promise<Anchor | undefined> {
    const newest = await this.#anchors.newest();
    return newest === undefined ? undefined : decoded(newest.bytes, newest.number);
  }

  async all(): Promise<Anchor[]> {
    const anchors: Anchor[] = [];
    for (const number of await this.#anchors.numbers()) {
      anchors.push(decoded(await this.#anchors.read(number), number));
    }
    return anchors;
  }

  async advance(anchor: Anchor): Promise<void> {
    const highest = await this.#anchors.highest();
    if (highest >= anchor.generation) return;
    if (highest === 0) await this.#anchors.make();
    await this.#anchors.append(anchor.generation, Buffer.from(canonicalJson(anchor), "utf8"));
    await this.#anchors.prune(KEPT, this.#clock.now().getTime());
  }

  async adopt(anchor: Anchor): Promise<void> {
    await this.#anchors.make();
    // Also lower numbers: they may be of another vault, or of a past that no longer counts.
    await this.#anchors.clear();
    await this.ledgerHeads.forget();
    await this.advance(anchor);
  }
}

function decoded(bytes: Buffer, number: number): Anchor {
  const anchor = strictJson(bytes, anchorSchema, `the anchor ${number}`);
  if (anchor.generation === number) return anchor;
  throw new CountersignError(
    "E_INTEGRITY",
    `expected the anchor of generation ${number}, got ${anchor.generation}`,
  );
}
