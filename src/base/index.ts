export * from "./canonical-json.ts";
export * from "./clock.ts";
export * from "./digest.ts";
export * from "./errors.ts";
export * from "./files.ts";
export * from "./order.ts";
export * from "./printable.ts";
