import { identityBehind } from "../access/index.ts";
import type { FactSet } from "../facts/index.ts";
import { candidatesOf, type Person, type Reconciliation } from "../people/index.ts";

/** Whom a request may name: people, and principals by each of their names. All that is one at every login is one. */
export class RequestNames {
  /** Lower-case name to those who may be meant: people, or ids of principals behind which nobody is known. */
  readonly #meant = new Map<string, Set<Person | string>>();
  /** Id of a principal to all names of it and of the identity or logins that it always is, lower case. */
  readonly #names = new Map<string, ReadonlySet<string>>();

  constructor(facts: FactSet, { people, links }: Pick<Reconciliation, "links" | "people">) {
    for (const person of people) for (const name of namesOfPerson(person)) this.#mean(name, person);
    const identities = identitiesOf(facts);
    const mounts = new Map(facts.of("auth_role").map(({ id, mount, name }) => [id, `${mount}${name}`]));
    const one = Map.groupBy(candidatesOf(facts), ({ id }) => identities.get(id) ?? id);
    for (const [identity, parts] of one) {
      const linked = parts.flatMap(({ id }) => links.get(id)?.person ?? []);
      const names = new Set(
        [
          ...parts.flatMap(({ id, name, addresses, usernames }) => [
            id,
            pathOf(id),
            mounts.get(id) ?? name,
            // A role's bare name is one of many stores and mounts; what people log in by is theirs.
            ...(mounts.has(id) && usernames.length === 0 ? [] : [name]),
            ...addresses,
            ...usernames,
          ]),
          ...linked.flatMap(namesOfPerson),
        ].map((name) => name.toLowerCase()),
      );
      for (const { id } of parts) this.#names.set(id, names);
      const meant = linked.length > 0 ? linked : [identity];
      for (const name of names) for (const whom of meant) this.#mean(name, whom);
    }
  }

  /** All by which a request may call a principal; empty of one that no fact describes. */
  ofPrincipal(id: string): ReadonlySet<string> {
    return this.#names.get(id) ?? new Set();
  }

  /** The person whom a name means; undefined where it means nobody known, or several. */
  personOf(name: string): Person | undefined {
    const [whom, another] = this.#meant.get(name.toLowerCase()) ?? [];
    return another === undefined && typeof whom === "object" ? whom : undefined;
  }

  /** Whether two names may be one's: an address, a username or a number of theirs, or a principal that they are behind, whatever its case. */
  isSame(a: string, b: string): boolean {
    const [one, other] = [a.toLowerCase(), b.toLowerCase()];
    if (one === other) return true;
    const [first, second] = [this.#meant.get(one), this.#meant.get(other)];
    return first !== undefined && second !== undefined && !first.isDisjointFrom(second);
  }

  #mean(name: string, whom: Person | string): void {
    this.#meant.set(name, (this.#meant.get(name) ?? new Set<Person | string>()).add(whom));
  }
}

function namesOfPerson({ emails, usernames, numbers }: Person): readonly string[] {
  return [...emails, ...usernames, ...numbers];
}

/** Roles and users that are one identity at every login, for certain, to its id. */
function identitiesOf(facts: FactSet): ReadonlyMap<string, string> {
  const behind = identityBehind(facts);
  return new Map(
    facts.of("auth_role").flatMap((role) => {
      const identity = behind(role);
      return identity === undefined || identity === "perhaps" ? [] : [[role.id, identity.id] as const];
    }),
  );
}

/** An id without its source's name. */
export function pathOf(id: string): string {
  return id.slice(id.indexOf(":") + 1);
}
