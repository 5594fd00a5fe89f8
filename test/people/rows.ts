import { starGlob } from "../../src/access/index.ts";
import type { FactOf } from "../../src/facts/index.ts";
import {
  DEFAULT_PEOPLE_RULES,
  reconcilePeople,
  type Candidate,
  type PeopleRules,
  type Reconciliation,
} from "../../src/people/index.ts";

export const AT = "2026-09-30T06:00:00.000Z";

type PersonFact = FactOf<"person">;

/** A row of HR, unless said otherwise. */
export function row(person_id: string, more: Partial<PersonFact> = {}): PersonFact {
  const { roster_kind = "hr" } = more;
  const file = more.file ?? (roster_kind === "hr" ? "hr.csv" : "idp.json");
  return {
    kind: "person",
    id: `staff:${file}/${person_id}`,
    store_id: "staff",
    scope: "staff",
    record: "0".repeat(64),
    roster_kind,
    file,
    person_id,
    employee_number: roster_kind === "hr",
    name: `Person ${person_id}`,
    usernames: [],
    status: "active",
    third_party: false,
    ...more,
  };
}

export function candidate(id: string, more: Partial<Candidate> = {}): Candidate {
  return {
    id: `prod:${id}`,
    name: id,
    labels: {},
    addresses: [],
    usernames: [],
    may_be_person: true,
    ...more,
  };
}

export function reconciled(
  persons: readonly PersonFact[],
  principals: readonly Candidate[] = [],
  rules: Partial<PeopleRules> = {},
): Reconciliation {
  return reconcilePeople({
    persons,
    rosters: [],
    principals,
    rules: { ...DEFAULT_PEOPLE_RULES, ...rules },
    at: AT,
    pattern: starGlob,
  });
}

/** Principal → person id and rule. */
export function linksOf({ links }: Reconciliation): Record<string, string> {
  return Object.fromEntries(
    [...links].map(([id, { person, rule }]) => [id, `${person.person_id} by ${rule}`]),
  );
}
