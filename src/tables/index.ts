export * from "./duckdb.ts";
export * from "./engine.ts";
export * from "./literal.ts";
export * from "./trino.ts";
