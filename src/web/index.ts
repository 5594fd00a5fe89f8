export * from "./ports.ts";
export { startServer, type RunningServer } from "./server.ts";
export { offerLink, LINK_MINUTES } from "./session.ts";
export type { OidcSettings, WebSettings } from "./settings.ts";
export { storedAudit, storedSessions } from "./stored.ts";
