export * from "./charts.ts";
export * from "./review.ts";
export * from "./status.ts";
export * from "./value-age.ts";
