import { compareStrings, sortedBy, type Instant } from "../base/index.ts";
import type { FactOf } from "../facts/index.ts";
import type { Ambiguous, Candidate, Link, PeopleRules, Person, Reconciliation } from "./model.ts";
import { personsOf } from "./persons.ts";

/** A text with `*` for any characters, compiled. */
export type Pattern = (pattern: string) => { matches(text: string): boolean };

export interface ReconcileInput {
  readonly persons: readonly FactOf<"person">[];
  readonly rosters: readonly FactOf<"roster">[];
  readonly principals: readonly Candidate[];
  readonly rules: PeopleRules;
  /** The snapshot's `taken_at`: who has left by then. */
  readonly at: Instant;
  readonly pattern: Pattern;
}

interface Found {
  readonly rule: string;
  readonly evidence: string;
  readonly people: ReadonlySet<Person>;
}

/**
 * Who is behind each principal. Pure, and the same whatever the order of people and principals. Whom several people fit, or somebody who
 * cannot be told from another, has nobody: an uncertain link is none, and is said.
 */
export function reconcilePeople(input: ReconcileInput): Reconciliation {
  const people = personsOf(input.persons, input.rosters, input.at);
  const look = new Lookup(people, input);
  const links = new Map<string, Link>();
  const ambiguous: Ambiguous[] = [];
  const unmatched: Candidate[] = [];
  const principals = sortedBy(input.principals, ({ id }) => id);
  for (const principal of principals) {
    const found = look.up(principal);
    const [person, another] = found?.people ?? [];
    if (found === undefined || person === undefined) {
      unmatched.push(principal);
    } else if (another !== undefined || person.ambiguous) {
      const { rule, evidence } = found;
      const person_ids = [...found.people].map(({ id }) => id).sort(compareStrings);
      ambiguous.push({ principal_id: principal.id, rule, evidence, person_ids });
    } else {
      const { rule, evidence } = found;
      links.set(principal.id, { principal_id: principal.id, person, rule, evidence });
    }
  }
  const linked = new Set([...links.values()].map(({ person }) => person));
  const owned = unmatched.filter(({ owner }) => owner !== undefined && owner !== "").length;
  return {
    people,
    links,
    ambiguous,
    unmatched,
    without_principal: people.filter((person) => !linked.has(person)),
    counts: {
      person_count: people.length,
      persons_with_principal: linked.size,
      principals_with_person: links.size,
      principals_with_owner_alone: owned,
      principals_with_neither: unmatched.length - owned,
      ambiguous: ambiguous.length,
    },
  };
}

/** Rules that say who somebody is: where both find people, they must find the same. */
const OF_IDENTITY: ReadonlySet<string> = new Set(["email", "username"]);

/** People by what they are known by. */
class Lookup {
  readonly #byEmail: Index;
  readonly #byUsername: Index;
  readonly #byNumber: Index;
  readonly #rules: PeopleRules;
  readonly #map: readonly {
    readonly fits: ReturnType<Pattern>;
    readonly pattern: string;
    readonly email: string;
  }[];

  constructor(people: readonly Person[], { rules, pattern }: ReconcileInput) {
    this.#byEmail = indexed(people, ({ emails }) => emails);
    this.#byUsername = indexed(people, ({ usernames }) => usernames);
    this.#byNumber = indexed(people, ({ numbers }) => numbers);
    this.#rules = rules;
    this.#map = Object.entries(rules.map).map(([text, email]) => ({
      fits: pattern(text),
      pattern: text,
      email,
    }));
  }

  /** The first rule that finds anybody, the map before all others. Undefined where none does. */
  up(principal: Candidate): Found | undefined {
    const mapped = this.#mapped(principal);
    if (mapped !== undefined) return mapped;
    const found = this.#rules.match
      .map((rule) => this.#by(rule, principal))
      .filter(({ people }) => people.size > 0);
    const [first] = found;
    if (first === undefined || !OF_IDENTITY.has(first.rule)) return first;
    const other = found.find(({ rule }) => OF_IDENTITY.has(rule) && rule !== first.rule);
    if (other === undefined || !first.people.isDisjointFrom(other.people)) return first;
    return {
      rule: `${first.rule}, ${other.rule}`,
      evidence: `${first.evidence}, ${other.evidence}`,
      people: first.people.union(other.people),
    };
  }

  /** A map that names nobody of the rosters still decides: that nobody is known. */
  #mapped({ id }: Candidate): Found | undefined {
    const path = id.slice(id.indexOf(":") + 1);
    const fitting = this.#map.filter(({ fits }) => fits.matches(id) || fits.matches(path));
    if (fitting.length === 0) return undefined;
    const people = new Set(
      fitting.flatMap(({ email }) => [...(this.#byEmail.get(email.toLowerCase()) ?? [])]),
    );
    const evidence = fitting.map(({ pattern, email }) => `${pattern} → ${email}`).join(", ");
    return { rule: "map", evidence, people };
  }

  #by(rule: string, { addresses, usernames, labels }: Candidate): Found {
    if (rule === "email") return looked(rule, addresses, [this.#byEmail]);
    if (rule === "username") return looked(rule, usernames, [this.#byUsername]);
    const label = labels[rule.slice("label:".length)];
    const values = label === undefined ? [] : [label];
    return looked(rule, values, [this.#byEmail, this.#byUsername, this.#byNumber]);
  }
}

type Index = ReadonlyMap<string, ReadonlySet<Person>>;

function indexed(people: readonly Person[], keys: (person: Person) => readonly string[]): Index {
  const index = new Map<string, Set<Person>>();
  for (const person of people) {
    for (const key of keys(person)) index.set(key, (index.get(key) ?? new Set<Person>()).add(person));
  }
  return index;
}

function looked(rule: string, values: readonly string[], indexes: readonly Index[]): Found {
  const people = new Set<Person>();
  const fitted = new Set<string>();
  for (const value of values.map((one) => one.trim().toLowerCase())) {
    for (const index of indexes) {
      for (const person of index.get(value) ?? []) {
        people.add(person);
        fitted.add(value);
      }
    }
  }
  return { rule, evidence: [...fitted].sort(compareStrings).join(", "), people };
}
