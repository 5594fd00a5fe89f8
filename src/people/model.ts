import type { Instant } from "../base/index.ts";
import { Type, closed, type FactOf, type Static } from "../facts/index.ts";

/** How principals are matched with people, in `countersign.yaml`. */
export const PeopleRules = closed({
  /**
   * Ways in which somebody is looked for, in this order; the first that finds anybody decides. `email`: an alias, the name or the label
   * `email` is somebody's address; `username`: of whoever logs in by a name; `label:<name>`: a label has an address, username or id.
   */
  match: Type.Array(Type.String({ pattern: "^(email|username|label:.+)$" }), {
    maxItems: 16,
    uniqueItems: true,
  }),
  /** Id of a principal, with or without the source's name, as a pattern with `*` → address of who is behind it. Goes before all else. */
  map: Type.Record(Type.String({ minLength: 1 }), Type.String({ pattern: "^[^\\s@]+@[^\\s@]+$" })),
});

export type PeopleRules = Static<typeof PeopleRules>;

export const DEFAULT_PEOPLE_RULES: PeopleRules = {
  match: ["email", "username", "label:person", "label:owner_email"],
  map: {},
};

type PersonFact = FactOf<"person">;

/** Somebody, as all rosters together have them. */
export interface Person {
  /** Fact id of the row that decides, which names them. */
  readonly id: string;
  readonly person_id: string;
  readonly name: string;
  /** Lower case. */
  readonly email?: string;
  readonly title?: string;
  readonly department?: string;
  /** Lower case. */
  readonly manager_email?: string;
  /** HR's word, where HR has them: of an end that is still to come, `active`. */
  readonly status: PersonFact["status"];
  /** Who says so: an identity provider tells who may sign in, not who is employed. */
  readonly status_from: PersonFact["roster_kind"];
  /** False where what says so contradicts itself, such as an active person whose employment has ended. */
  readonly status_certain: boolean;
  readonly starts_at?: Instant;
  readonly terminated_at?: Instant;
  readonly moved_at?: Instant;
  readonly third_party: boolean;
  /** In words, where rosters say different things of them. */
  readonly contradictions: readonly string[];
  /** Whether rows that cannot be told apart are in here, so that nobody is matched with them. */
  readonly ambiguous: boolean;
  /** Of the roster that the status is from. */
  readonly as_of?: Instant;
  /** Digests of the records that all this is from, sorted. */
  readonly records: readonly string[];
  /** All lower case, sorted. */
  readonly emails: readonly string[];
  readonly usernames: readonly string[];
  readonly numbers: readonly string[];
}

/** A principal, as matching sees it. */
export interface Candidate {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Names by which it logs in that may be addresses. */
  readonly addresses: readonly string[];
  /** Names by which a person logs in; empty of roles and of what machines log in by. */
  readonly usernames: readonly string[];
  /** Whether it is what people log in as: without anybody behind it, it is perhaps somebody's who left. */
  readonly may_be_person: boolean;
  /** Who owns it, by labels and rules. */
  readonly owner?: string;
}

/** Who is behind a principal, by which rule, and what fitted. */
export interface Link {
  readonly principal_id: string;
  readonly person: Person;
  /** `map`, `email`, `username` or `label:<name>`. */
  readonly rule: string;
  /** In words, e.g. `ada@example.com`. */
  readonly evidence: string;
}

/** A principal that several people fit: it has nobody. */
export interface Ambiguous {
  readonly principal_id: string;
  readonly rule: string;
  readonly evidence: string;
  /** Ids of the people, sorted. */
  readonly person_ids: readonly string[];
}

/** Both sides, in id order. Each principal is in exactly one of `links`, `ambiguous` and `unmatched`. */
export interface Reconciliation {
  readonly people: readonly Person[];
  readonly links: ReadonlyMap<string, Link>;
  readonly ambiguous: readonly Ambiguous[];
  /** Principals of whom nobody is known. */
  readonly unmatched: readonly Candidate[];
  /** People without a principal. */
  readonly without_principal: readonly Person[];
  readonly counts: PeopleCounts;
}

/** `principals_with_person` + `principals_with_owner_alone` + `principals_with_neither` + `ambiguous` are all principals. */
export interface PeopleCounts {
  readonly person_count: number;
  readonly persons_with_principal: number;
  readonly principals_with_person: number;
  readonly principals_with_owner_alone: number;
  readonly principals_with_neither: number;
  /** Principals that several people fit, with an owner or without. */
  readonly ambiguous: number;
}
