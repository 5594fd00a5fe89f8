export * from "./assemble.ts";
export type { Earlier, NotRead } from "./history.ts";
export * from "./judgement.ts";
export { outOfSight } from "./out-of-sight.ts";
export * from "./replace.ts";
export * from "./schema.ts";
export { storesText } from "./stores-text.ts";
export { incompleteText } from "./unlisted.ts";
