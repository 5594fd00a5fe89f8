export { accessChanges } from "./changes.ts";
export { compared, type Compared, type Pair, type PlacedDifference } from "./compared.ts";
export { ownPair } from "./pairs.ts";
