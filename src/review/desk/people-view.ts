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
  /** Absent: no roster is read. */
  readonly reconciled?: PeopleReconciled;
}
