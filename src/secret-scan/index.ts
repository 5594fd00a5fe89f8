export { isAssignedCredential } from "./assignments.ts";
export { findSecrets, type Finding, type Leaf } from "./leaves.ts";
export { secretSearch } from "./search.ts";
export type { SearchedText, TextHit } from "./texts.ts";
