export * from "./assemble.ts";
export * from "./schema.ts";
