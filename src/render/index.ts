export * from "./csv/index.ts";
export * from "./definition.ts";
export { LAST_COMPLETE_FOLDER } from "./layout.ts";
export { renderPdf } from "./pdf/index.ts";
export * from "./replace.ts";
export * from "./report.ts";
export * from "./review/index.ts";
