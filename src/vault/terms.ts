import { join } from "node:path";
import { NumberedFiles, type Clock, type CountersignError, type FileSystem } from "../base/index.ts";
import type { HeadLedger } from "./access-log.ts";
import type { AnchorPlace } from "./anchor.ts";
import { MAX_GENERATION_BYTES } from "./generation.ts";
import type { KekFailure, KekProvider } from "./kek.ts";
import type { Slot } from "./slot.ts";

/** A vault that the reader expects, whatever the files say: from the configuration, or from a person. */
export interface Pin {
  /** Hex, 32 digits. */
  readonly vaultId?: string;
  /** Fingerprint of any epoch's root key, hex, 32 digits. */
  readonly fingerprint: string;
}

/** Which slot gave the root key, and what kept the keys that were tried before from giving it. */
export interface Opened {
  readonly slot: Slot;
  /** Every slot there is. */
  readonly slots: readonly Slot[];
  /** By id of the slot. */
  readonly missed: ReadonlyMap<string, CountersignError | KekFailure>;
}

/** All that a vault needs of its surroundings. */
export interface VaultTerms {
  /** Holds `gen/`, `blob/` and `log/`. */
  readonly directory: string;
  /** Outside `directory`; each is consulted, and each is advanced. */
  readonly anchors: readonly AnchorPlace[];
  readonly ledger: HeadLedger;
  /** The keys that may open it, in the order in which they are tried. */
  readonly providers: readonly KekProvider[];
  readonly pin?: Pin;
  /** Hears each time that a key outside gives the root key: who depends on it must not use another without a word. */
  readonly opened?: ((how: Opened) => void) | undefined;
  /** Who uses it; stands in the access log. */
  readonly actor: string;
  readonly files: FileSystem;
  readonly clock: Clock;
  /** Evenly from 0 to below 1: spreads writers that meet. */
  readonly random: () => number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Ends calls to providers. */
  readonly signal: AbortSignal;
}

export function generationsOf({ directory, files }: VaultTerms): NumberedFiles {
  return new NumberedFiles(join(directory, "gen"), files, MAX_GENERATION_BYTES);
}

export function logDirectory({ directory }: Pick<VaultTerms, "directory">): string {
  return join(directory, "log");
}
