export * from "./authoring.ts";
export * from "./bundle.ts";
export * from "./catalogue.ts";
export {
  REGO_VERSIONS,
  findCompiler,
  type Compiler,
  type OwnRule,
  type RegoVersion,
} from "./compiler/index.ts";
export { createEvaluator, type Evaluator } from "./evaluator.ts";
export * from "./own-rego.ts";
export { OWN_REGO_SECONDS, OwnAsker, type OwnAnswer, type OwnAsked } from "./own-asker.ts";
export * from "./outcome.ts";
export * from "./params.ts";
export { MAX_SUBJECT_BYTES } from "./subject-line.ts";
export * from "./evaluate-all.ts";
export { openOutcomeCache, type CacheOptions, type OutcomeCache } from "./outcome-cache.ts";
export { Overruns } from "./overruns.ts";
