export { gate, type GateRequest } from "./gate.ts";
export { UNKNOWN_SURROUNDINGS, type Surroundings } from "./formats/format.ts";
export type { GateRules } from "./judge.ts";
export type { Tree, TreeFile, UnreadFile } from "./tree.ts";
export type { GateFinding, UnreadPart, Verdict } from "./verdict.ts";
export { verdictText } from "./output/text.ts";
