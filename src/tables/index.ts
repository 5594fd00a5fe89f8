export * from "./duckdb.ts";
export * from "./engine.ts";
export * from "./literal.ts";
