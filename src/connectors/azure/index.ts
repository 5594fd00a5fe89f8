export * from "./key-vault-kek.ts";
