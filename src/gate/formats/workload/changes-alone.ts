import { Drafting, Register } from "../../drafting.ts";
import type { Declared, FormatId, PlacedChange } from "../../declared.ts";

/** The name of a source of which no fact is told. */
export const UNKNOWN_SOURCE = "change";

interface Terms {
  readonly format: FormatId;
  readonly path: string;
  readonly source: string;
  readonly text: string;
  readonly changes: readonly PlacedChange[];
  /** With the credentials that are written in the file. */
  readonly register?: Register;
}

/** What a file declares that tells no fact of a store: workloads, and credentials that are written in it. */
export function changesAlone({
  format,
  path,
  source,
  text,
  changes,
  register = new Register(),
}: Terms): Declared {
  const after = new Drafting(source, text).side();
  return register.declared({ format, provider: "any", path, source, after, told: [], changes });
}
