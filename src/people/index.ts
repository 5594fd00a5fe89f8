export { candidatesOf } from "./candidates.ts";
export * from "./model.ts";
export { reconcilePeople } from "./reconcile.ts";
