export * from "./csv/index.ts";
export * from "./definition.ts";
export { renderPdf, type PageSize, type PdfOptions } from "./pdf/index.ts";
export * from "./report.ts";
