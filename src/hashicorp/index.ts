export { parsePolicy } from "./parse-policy.ts";
export { passwordStrength, type PasswordStrength } from "./password-policy.ts";
export type { PolicyDialect, PolicyOptions } from "./parse-policy.ts";
export { durationSeconds } from "./duration.ts";
export { protectionOf, transportOf } from "./database-tls.ts";
export { nodeSettingsOf } from "./server-config.ts";
