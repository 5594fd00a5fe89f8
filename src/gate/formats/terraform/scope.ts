import type { Expression } from "../../text/hcl-tree.ts";
import type { Spot } from "../../text/node.ts";
import type { Reached, Value } from "./values.ts";

/** What expressions are worked out in. */
export interface Scope {
  /** Names of `for`, of blocks that are made for each item, and of what a template is given. */
  readonly names: ReadonlyMap<string, Reached>;
  /** What stands first in a reference, e.g. `var`, `aws_kms_key`. */
  readonly root: (name: string, spot: Spot) => Reached;
  /** A file that an expression names; undefined where it is not in the tree. */
  readonly file: (path: string) => string | undefined;
  /** A text as a template. Throws `Unreadable`. */
  readonly template: (text: string, spot: Spot) => Expression;
  readonly steps: Steps;
}

/** How much more is worked out: of all the rest nothing is known. */
export interface Steps {
  left: number;
  depth: number;
}

/** Of one root module: what people write needs some 100,000. */
export const MAX_STEPS = 2_000_000;

/** What works expressions out. */
export interface Worker {
  readonly evaluate: (expression: Expression, scope: Scope) => Value;
  readonly reach: (expression: Expression, scope: Scope) => Reached;
}

export function named(scope: Scope, names: Readonly<Record<string, Reached>>): Scope {
  return { ...scope, names: new Map([...scope.names, ...Object.entries(names)]) };
}
