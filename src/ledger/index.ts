export * from "./content-store.ts";
export * from "./leaf-chain.ts";
