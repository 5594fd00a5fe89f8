import { CountersignError } from "../base/index.ts";
import { anchorSchema, type Anchor, type AnchorPlace } from "./anchor.ts";

/** Leaves that are looked at from the newest back: writers that commit at the same time finish in any order. */
const LOOK_BACK = 64;

type LeafType = "vault-adopt" | "vault-commit";
type Payload = Readonly<Record<string, number | string>>;

/** The part of a ledger that remembers commits. */
export interface CommitLedger {
  readonly name: string;
  append(type: LeafType, payload: Payload): Promise<unknown>;
  /** The newest leaves of some types, newest first, at most `count`. */
  latest(types: readonly LeafType[], count: number): Promise<readonly { type: string; payload: Payload }[]>;
}

/** The evidence ledger as an anchor: a leaf for each commit, which whoever holds the ledger's head holds too. */
export class LedgerAnchor implements AnchorPlace {
  readonly name: string;
  readonly first = true;
  readonly #ledger: CommitLedger;

  constructor(ledger: CommitLedger) {
    this.name = ledger.name;
    this.#ledger = ledger;
  }

  async latest(): Promise<Anchor | undefined> {
    return (await this.all()).at(-1);
  }

  async all(): Promise<Anchor[]> {
    return (await this.#known()).sort((a, b) => a.generation - b.generation);
  }

  async advance(anchor: Anchor): Promise<void> {
    if ((await this.#known()).some(({ generation }) => generation === anchor.generation)) return;
    await this.#ledger.append("vault-commit", anchor);
  }

  async adopt(anchor: Anchor): Promise<void> {
    await this.#ledger.append("vault-adopt", anchor);
  }

  /** Newest first, back to the last one that a person declared: what stands before it no longer counts. */
  async #known(): Promise<Anchor[]> {
    const leaves = await this.#ledger.latest(["vault-adopt", "vault-commit"], LOOK_BACK);
    const adopted = leaves.findIndex(({ type }) => type === "vault-adopt");
    return (adopted === -1 ? leaves : leaves.slice(0, adopted + 1)).map(({ payload }) => {
      if (anchorSchema.fits(payload)) return payload;
      throw new CountersignError(
        "E_INTEGRITY",
        `expected a head of the vault in ${this.name}, got another leaf`,
      );
    });
  }
}
