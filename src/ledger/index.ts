export * from "./leaf-chain.ts";
