export * from "./collect.ts";
export * from "./limits.ts";
export { LogStore } from "./log-store.ts";
export { acquireLock } from "./lock.ts";
export * from "./ports.ts";
export * from "./reperform.ts";
export { withoutSecrets } from "./redaction.ts";
export { replayIo } from "./replay.ts";
export type { CollectSource } from "./source-reading.ts";
