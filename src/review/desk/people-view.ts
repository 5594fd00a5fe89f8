import type { PeopleReconciled, PersonBehind } from "../model.ts";
import type { PersonEvent } from "./raise.ts";
import type { PersonOf } from "../population/population-input.ts";

/** People of the rosters, of one snapshot. */
export interface PeopleView {
  readonly personOf: PersonOf;
  /** By email in lower case. */
  readonly byEmail: ReadonlyMap<string, PersonBehind>;
  /** Whether the person behind a principal left, or moved; absent: no roster tells. */
  readonly eventOf?: (principalId: string) => PersonEvent | undefined;
  /** Whether two names, of people or principals, may be one person's. Absent: by addresses alone. */
  readonly isSame?: (a: string, b: string) => boolean;
  /** All by which a request may call a principal, lower case, also as the login or identity that it always is. */
  readonly namesOf?: (principalId: string) => ReadonlySet<string>;
  /** The person whom a name means, be it theirs or a principal's. */
  readonly named?: (name: string) => PersonBehind | undefined;
  /** Absent: no roster is read. */
  readonly reconciled?: PeopleReconciled;
}
