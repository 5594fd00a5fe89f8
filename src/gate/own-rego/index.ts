export { mergedData, type DataFile } from "./data.ts";
export { PARSERS } from "./documents.ts";
export { judgeOwnRego, type OwnJudged, type OwnRegoRequest } from "./own-rego.ts";
