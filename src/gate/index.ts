export { gate, type GateRequest } from "./gate.ts";
export { UNKNOWN_SURROUNDINGS } from "./formats/format.ts";
export type { GateRules } from "./rules.ts";
export type { Collected } from "./compare/index.ts";
export {
  accessReport,
  type AccessReport,
  type AccessRequest,
  type ToldDifference,
} from "./compare/report.ts";
export { MAX_SEARCHED_BYTES } from "./searching.ts";
export { kindByPath } from "./formats/recognised.ts";
export { MAX_FILE_BYTES, STDIN_PATH } from "./tree.ts";
export type { History, LeftOutPath, PastFile, SourceBeside, Tree, TreeFile, UnreadFile } from "./tree.ts";
export { Verdict, type GateFinding } from "./verdict.ts";
export { MAX_BASELINE_BYTES, baselineText, parseBaseline, type BaselineEntry } from "./baseline.ts";
export { baselineChanges, configurationChanges, policyChanges, type TwoTexts } from "./guard-changes.ts";
export * from "./own-rego/index.ts";
export type { Guards } from "./guarded.ts";
export { DEFAULT_WAIVER_DAYS } from "./waivers.ts";
export { accessMarkdown } from "./output/access-markdown.ts";
export { accessLine, accessNotes, byWhat, requestedWord } from "./output/access-words.ts";
export {
  OUTPUT_FORMATS,
  rendered,
  verdictLine,
  type OutputFormat,
  type OutputTerms,
} from "./output/index.ts";
