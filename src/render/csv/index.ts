export { accessCsv } from "./access.ts";
export { controlsCsv } from "./controls.ts";
export { findingsCsv } from "./findings.ts";
export { gapsCsv } from "./gaps.ts";
export { grantsCsv } from "./grants.ts";
export { inventoryCsv } from "./inventory.ts";
export { pastFindingsCsv } from "./past-findings.ts";
export { csv } from "./table.ts";
