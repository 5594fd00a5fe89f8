import { gapCauses, type FactKind, type Gap } from "../../facts/index.ts";

const OF_PEOPLE: readonly FactKind[] = ["person", "roster"];

/** Whether somebody may be behind any principal whom nobody knows of, since a roster or a row of one could not be read. */
export function hidesPeople({ hides }: Gap): boolean {
  return hides.some((kind) => OF_PEOPLE.includes(kind));
}

/** What of the rosters could not be read, in words, a line a cause; empty: nothing. */
export function hiddenPeople(gaps: readonly Gap[]): string[] {
  return gapCauses(gaps.filter(hidesPeople));
}

/** What of registers of requests could not be read, in words; empty: nothing. */
export function hiddenRequests(gaps: readonly Gap[]): string[] {
  return gapCauses(gaps.filter(({ hides }) => hides.includes("access_request")));
}
