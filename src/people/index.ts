export { candidatesOf } from "./candidates.ts";
export * from "./model.ts";
export { reconcilePeople, type ReconcileInput } from "./reconcile.ts";
