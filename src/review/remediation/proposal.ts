import type { GrantAction, GrantStatement } from "../../access/index.ts";
import type { Instant } from "../../base/index.ts";
import type { FactKind, FactOf } from "../../facts/index.ts";
import type { ReviewItem } from "../model.ts";
import type { Standing } from "./standing.ts";
import type { Demand } from "./verify.ts";

/** One operation of a JSON Patch (RFC 6902). */
export interface PatchOperation {
  readonly op: "remove" | "test";
  readonly path: string;
  readonly value?: unknown;
}

/** Something that a person can do so that access goes away. We do none of it. */
export interface ConcreteChange {
  /** The same for the same change, in whichever tickets it stands, 16 hex digits. */
  readonly key: string;
  /** E.g. `vault_policy_rule`, `vault_group_member`, `iam_detach`, `by_hand`. */
  readonly kind: string;
  /** A sentence. */
  readonly what: string;
  /** What is changed, by its name in the store. */
  readonly where: string;
  /** Lines that go (`-`) and come (`+`). */
  readonly diff?: string;
  /** To be read before they are run; what stands in them is quoted for a POSIX shell. */
  readonly commands: readonly string[];
  /** Of a JSON document. */
  readonly patch?: readonly PatchOperation[];
  /** A guess at what to look for in Terraform's code; nobody has seen it. */
  readonly terraform_hint?: string;
  readonly other_principal_count: number;
  readonly other_secret_count: number;
  /** What else it takes away, in words. */
  readonly also: string;
  /** What the same campaign lets stay and this takes away nevertheless, an item a line. Empty: nothing. */
  readonly takes_kept: readonly string[];
  /** Not before; absent: at once. Of an end that is still to come. */
  readonly from_at?: Instant;
  /** Ids of the items that it is for, in order. */
  readonly item_ids: readonly string[];
  /** Keys of the other tickets that it stands in: it is made once for all. */
  readonly also_for?: readonly string[];
}

/** An item of which something must go. */
export interface Ask {
  readonly item: Pick<ReviewItem, "principal" | "statements" | "store_id"> &
    Partial<Pick<ReviewItem, "grant_id" | "item_id">>;
  readonly demands: readonly Demand[];
  /** When it must go: an end that is still to come, or absent: at once. */
  readonly from_at?: Instant;
  /** All of the item goes. */
  readonly whole?: boolean;
  /** Of what goes as a whole: where its path stands still, which must go with all that came under it since. */
  readonly standing?: readonly Standing[];
}

/** What the same campaign lets stay of an item. */
export interface Kept {
  readonly item_id: string;
  readonly principal_id: string;
  readonly statements: readonly GrantStatement[];
  readonly actions: readonly GrantAction[];
  readonly targets: ReadonlySet<string>;
  /** Until then; absent: until somebody decides anew. */
  readonly until?: Instant;
  /** E.g. `bo may read kv/payments/db (certified)`. */
  readonly words: string;
}

/** One statement by which somebody still has what must go. */
export interface Way {
  readonly ask: Ask;
  readonly principal: Asked["item"]["principal"];
  readonly statement: GrantStatement;
  /** Of what the statement's grant reaches. */
  readonly demand: Demand;
}

/** What a provider says of one statement, without what else it would take away. */
export interface Proposed extends Pick<
  ConcreteChange,
  "commands" | "diff" | "kind" | "patch" | "terraform_hint" | "what" | "where"
> {
  /** Whose access it changes: everybody's who has the rule, or this principal's alone, which loses all that comes by `lost`. */
  readonly reaches: "everyone" | "principal";
  /** Of a document of so many statements: what is done where all of them go, since none may be empty. */
  readonly emptied?: Pick<ConcreteChange, "commands" | "what"> & { readonly statements: number };
  /** Whether a statement of the same principal is taken away as well. */
  readonly lost: (statement: GrantStatement) => boolean;
}

/** A statement that must stay as it is, since it only leaves the decision to others: the change is elsewhere on the path. */
export const LEAVE = "leave";

/** What a proposal is made from. */
export interface Asked {
  readonly item: {
    readonly principal: { readonly id: string; readonly name: string; readonly type: string };
    readonly store_id: string;
  };
  readonly statement: GrantStatement;
  readonly demand: Demand;
  /** Other principals that have the same rule of the same policy. */
  readonly others: number;
  /** The one identity that whoever comes in by a role or user is, by the role's id. */
  readonly identityOf: (roleId: string) => string | undefined;
  readonly fact: <K extends FactKind>(kind: K, id: string | undefined) => FactOf<K> | undefined;
}

/** A word of a POSIX shell that means only itself. */
export function shellWord(text: string): string {
  return /^[\w@%+:,./=-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
