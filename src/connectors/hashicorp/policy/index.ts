export { MAX_POLICY_CHARACTERS, parsePolicy } from "./parse-policy.ts";
export type { ParsedPolicy, PolicyDialect, PolicyOptions } from "./parse-policy.ts";
