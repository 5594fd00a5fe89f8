import type { Holder } from "./holders.ts";
import type { PrincipalClass } from "./principal-classes.ts";

/** One step of a chain as it is told. */
export interface ChainStep {
  /** Absent: the holder itself. */
  readonly by: PrincipalClass | undefined;
  /** Whom it became before, in order. */
  readonly before: readonly Holder[];
  readonly actions: readonly string[];
  /** ARN. */
  readonly on: string;
  readonly context?: Readonly<Record<string, string>>;
}
