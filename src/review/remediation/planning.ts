import type { Grant, GrantStatement } from "../../access/index.ts";
import type { FactOf } from "../../facts/index.ts";
import type { Asked, ConcreteChange, Kept, Proposed, Way } from "./proposal.ts";
import type { Thing } from "./vault-narrow.ts";

/** What changes are worked out from, for all items together. */
export interface PlanContext extends Pick<Asked, "fact" | "identityOf"> {
  /** An identity and its logins are one. */
  readonly one: (principalId: string) => string;
  /** Others than this principal who have the rule. */
  readonly others: (statement: GrantStatement, principalId: string) => number;
  readonly grantsOf: (principalId: string) => readonly Grant[];
  readonly thing: (id: string) => Thing | undefined;
  readonly kept: readonly Kept[];
  readonly roles: readonly FactOf<"auth_role">[];
  readonly tokens: readonly FactOf<"token">[];
  /** Whether all live tokens of a store were read. */
  readonly sawTokens: (storeId: string) => boolean;
}

/** A change with the ways that it takes away; what else it takes is counted afterwards. */
export interface Collected extends Pick<
  ConcreteChange,
  "commands" | "diff" | "kind" | "patch" | "terraform_hint" | "what" | "where"
> {
  readonly emptied?: Proposed["emptied"];
  readonly ways: readonly Way[];
  /** When; "": at once. */
  readonly stage: string;
  /** Whose access it changes: everybody's who has the rule, or that of whom the ways are. */
  readonly reaches: "everyone" | "principal";
  /** Whether a statement of a principal goes with it. */
  readonly rests: (statement: GrantStatement, principalId: string) => boolean;
  /** It takes of what rests on it only what must go. */
  readonly exact?: boolean;
  /** What else is lost of which no secret of the snapshot tells, in words. */
  readonly losses?: readonly string[];
  /** Why no exact change exists. */
  readonly why?: readonly string[];
}

/** What stays at a moment; "" is now. */
export function keptAt(stage: string, kept: readonly Kept[]): Kept[] {
  return kept.filter(({ until }) => until === undefined || until > stage);
}
