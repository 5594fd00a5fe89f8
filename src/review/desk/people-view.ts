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
  /** Whether two names may be one person's. Absent: only names that are alike. */
  readonly isSame?: (a: string, b: string) => boolean;
  /** Absent: no roster is read. */
  readonly reconciled?: PeopleReconciled;
}
