export * from "./kms-kek.ts";
