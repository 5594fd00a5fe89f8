export { isAssignedCredential } from "./assignments.ts";
export { findSecrets, type Finding, type Leaf } from "./leaves.ts";
export { isStandIn } from "./patterns.ts";
export { isNoCredential, isPlaceholder } from "./stand-ins.ts";
export { secretSearch } from "./search.ts";
export type { SearchedText, TextHit } from "./texts.ts";
