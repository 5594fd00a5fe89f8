import type { GrantAction } from "../grant.ts";
import type { MergedRule, RuleSource } from "./acl.ts";

/** Which actions a rule gives; `note` where the rule does not speak for itself. */
export interface ClassStatement {
  readonly rule: MergedRule;
  readonly actions: readonly GrantAction[];
  /** The lines among the rule's that give an action, each with those that it gives: others only share its path. */
  readonly sources: readonly { readonly source: RuleSource; readonly actions: readonly GrantAction[] }[];
  readonly note?: string;
}

/** What a session class may do to a set of target classes, by which rules. */
export interface ClassGrant {
  readonly actions: readonly GrantAction[];
  readonly statements: readonly ClassStatement[];
  readonly conditions: readonly string[];
  /** Why it is not known whether it is given at all. */
  readonly doubts: readonly string[];
  /** Places of the target classes, ascending; `everything` below a namespace for what bears on the whole store. */
  readonly classes: readonly number[] | { readonly everything: string };
  /** Tokens of another principal that the session may mint: what those may read is shared. */
  readonly roleId?: string;
}

/** What a session class can delete, or empty, so that it holds nobody back any more. */
export interface Lift {
  /** Fact id of what is gone then. */
  readonly id: string;
  readonly statement: ClassStatement;
  readonly conditions: readonly string[];
  readonly doubts: readonly string[];
}
