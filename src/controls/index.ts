export { foldControls, hidesMembers } from "./fold.ts";
export { loadMappings, parseFamilies, parseMapping, type Mapping } from "./mapping.ts";
export * from "./own-control.ts";
export * from "./status.ts";
export { OutcomeTally, sumOf } from "./tally.ts";
