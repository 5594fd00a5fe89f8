import type { StatePlace } from "./place.ts";
import type { StateDatabase } from "./state.ts";

export type { Commit, Given } from "./commit.ts";
export type { ItemFilter } from "./items.ts";
export { MAX_PAGE, type StatePlace } from "./place.ts";
export { rowDigest } from "./row-digest.ts";
export type * from "./rows.ts";
export type { StateDatabase } from "./state.ts";
export { targetSet } from "./target-set.ts";

/** See `openState` of `state.ts`, which is loaded with the query builder by whoever opens a database. */
export async function openState(place: StatePlace): Promise<StateDatabase> {
  const state = await import("./state.ts");
  return await state.openState(place);
}
