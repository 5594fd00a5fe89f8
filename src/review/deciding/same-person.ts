/** People of the rosters, by each of their addresses in lower case. */
export type ByEmail = ReadonlyMap<string, Addressed>;

interface Addressed {
  readonly email?: string;
  readonly other_emails?: readonly string[];
  /** As the roster counts people. */
  readonly person_id?: string;
}

/** Somebody, by the address that they act under, in lower case, and all others that the rosters have of them. */
export interface Who {
  readonly who: string;
  readonly also?: readonly string[];
  /** Whether a roster has them; absent: none was asked. */
  readonly rostered?: boolean;
}

/** Whose address it is, under the first address that the rosters have of them. Whom no roster has is who they say. */
export function whoOf(people: ByEmail, address: string): Who {
  const asked = address.toLowerCase();
  const person = people.get(asked);
  if (person === undefined) return { who: asked, rostered: false };
  const who = person.email?.toLowerCase() ?? asked;
  const others = new Set([asked, ...(person.other_emails ?? []).map((one) => one.toLowerCase())]);
  others.delete(who);
  return { who, rostered: true, ...(others.size === 0 ? {} : { also: [...others].sort() }) };
}

/** All addresses of somebody, the one that they act under first. */
export function addressesOf({ who, also = [] }: Who): readonly string[] {
  return [who, ...also];
}

/** Whether an address is somebody's. */
export function isTheirs(who: Who, address: string | undefined): boolean {
  return address !== undefined && addressesOf(who).includes(address.toLowerCase());
}

/** Whether any of the addresses is somebody's. */
export function isAmong(who: Who, addresses: Iterable<string>): boolean {
  return [...addresses].some((one) => isTheirs(who, one));
}

/** Whom an address or a roster's number names, whatever its case: who has no login yet is asked for by nothing else. */
export function personNamedIn<P extends Addressed>(
  people: ReadonlyMap<string, P>,
  name: string,
): P | undefined {
  const asked = name.toLowerCase();
  return (
    people.get(asked) ?? [...people.values()].find(({ person_id }) => person_id?.toLowerCase() === asked)
  );
}

/** Whether two names, addresses or numbers, are one person's as far as the rosters tell. */
export function isOnePerson(people: ByEmail, a: string, b: string): boolean {
  const who = (name: string): Who => whoOf(people, personNamedIn(people, name)?.email ?? name);
  return isTheirs(who(a), who(b).who);
}
