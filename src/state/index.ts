export type { Commit } from "./commit.ts";
export { MAX_PAGE, type ItemFilter } from "./items.ts";
export type * from "./rows.ts";
export { openState, type StateDatabase, type StatePlace } from "./state.ts";
export { targetSet } from "./target-set.ts";
