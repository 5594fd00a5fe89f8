import { CountersignError } from "../base/index.ts";
import { compileSchema } from "../schema/index.ts";
import { Anchor, type AnchorPlace } from "./anchor.ts";

const anchorSchema = compileSchema(Anchor);

/** Leaves that are looked at from the newest back: writers that commit at the same time finish in any order. */
const LOOK_BACK = 64;

/** The part of a ledger that remembers commits. */
export interface CommitLedger {
  readonly name: string;
  append(type: "vault-commit", payload: Readonly<Record<string, number | string>>): Promise<void>;
  /** Payloads of the newest leaves of a type, newest first, at most `count`. */
  latest(type: "vault-commit", count: number): Promise<Readonly<Record<string, number | string>>[]>;
}

/** The evidence ledger as an anchor: a leaf for each commit, which whoever holds the ledger's head holds too. */
export class LedgerAnchor implements AnchorPlace {
  readonly name: string;
  readonly #ledger: CommitLedger;

  constructor(ledger: CommitLedger) {
    this.name = ledger.name;
    this.#ledger = ledger;
  }

  async latest(): Promise<Anchor | undefined> {
    const anchors = (await this.#ledger.latest("vault-commit", LOOK_BACK)).map((payload): Anchor => {
      if (anchorSchema.fits(payload)) return payload;
      throw new CountersignError(
        "E_INTEGRITY",
        `expected a commit of the vault in ${this.name}, got another leaf`,
      );
    });
    return anchors.reduce<Anchor | undefined>(
      (newest, anchor) => (newest === undefined || anchor.generation > newest.generation ? anchor : newest),
      undefined,
    );
  }

  async advance(anchor: Anchor): Promise<void> {
    const known = await this.#ledger.latest("vault-commit", LOOK_BACK);
    if (known.some(({ generation }) => generation === anchor.generation)) return;
    await this.#ledger.append("vault-commit", anchor);
  }
}
