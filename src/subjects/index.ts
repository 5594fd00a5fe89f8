export type { EffectiveAccess } from "./access-view.ts";
export { cutGaps } from "./bounds.ts";
export { buildSubjects } from "./build.ts";
export * from "./classification.ts";
export { CLASSIFICATIONS, TierName } from "./schema-parts.ts";
export * from "./schema.ts";
export * from "./document.ts";
export { strangeLogs } from "./strange-logs.ts";
export { IDLE_STEPS } from "./usage-schema.ts";
