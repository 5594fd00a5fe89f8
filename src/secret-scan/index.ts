export { findSecrets, type Finding, type Leaf } from "./leaves.ts";
