export * from "./compile.ts";
export * from "./strict-json.ts";
export * from "./types.ts";
