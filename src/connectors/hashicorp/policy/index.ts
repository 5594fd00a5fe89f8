export { MAX_POLICY_CHARACTERS } from "./items.ts";
export { parsePolicy } from "./parse-policy.ts";
export { passwordLength } from "./password-length.ts";
export type { ParsedPolicy, PolicyDialect, PolicyOptions } from "./parse-policy.ts";
