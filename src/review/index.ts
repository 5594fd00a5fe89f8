export * from "./model.ts";
export * from "./population.ts";
export { MAX_PATH_LINES, actionWords, explainPath, pathGraph, whoLine } from "./explain.ts";
export type { Explained, PathEdge, PathGraph, PathNode } from "./explain.ts";
export type { Previous, PreviousItem } from "./since-last.ts";
