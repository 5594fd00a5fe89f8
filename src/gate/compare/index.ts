export { accessChanges } from "./changes.ts";
export { compared } from "./compared.ts";
export { ownPair, pairsWithBase } from "./pairs.ts";
