import type { PeopleReconciled, PersonBehind } from "./model.ts";
import type { PersonOf } from "./population-input.ts";

/** People of the rosters, of one snapshot. */
export interface PeopleView {
  readonly personOf: PersonOf;
  /** By email in lower case. */
  readonly byEmail: ReadonlyMap<string, PersonBehind>;
  /** Absent: no roster is read. */
  readonly reconciled?: PeopleReconciled;
}
