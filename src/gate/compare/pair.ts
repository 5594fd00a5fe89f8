import type { FormatId, Provider, Side, Written } from "../declared.ts";

/** What an input, or a snapshot with it, has on one side. */
export type ComparedSide = Side & Written;

/** Two sides of one input, of which only differences count: what neither tells is the same on both. */
export interface Pair {
  readonly format: FormatId;
  /** The file, or the directory of several. */
  readonly path: string;
  readonly provider: Provider;
  /** What the input is held against, in a person's words: e.g. `what the plan found`, a commit, a snapshot. */
  readonly against: string;
  readonly before: ComparedSide;
  readonly after: ComparedSide;
}
