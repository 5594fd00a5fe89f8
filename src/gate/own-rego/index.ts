export { mergedData, type DataFile } from "./data.ts";
export { judgeOwnRego, type OwnJudged, type OwnRegoRequest } from "./own-rego.ts";
