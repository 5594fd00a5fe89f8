export { starGlob, wildGlob } from "./glob.ts";
export { computeGrants } from "./compute-grants.ts";
export * from "./grant.ts";
export { LogKeys, accountAlone, accountOfIdentity, isNamedByLogs, isReadLogged } from "./log-keys.ts";
export { namesNobody, ownersOf } from "./owner-globs.ts";
export { parseDocument, type DocumentKind } from "./aws/document.ts";
export { accountsTold } from "./aws/told-account.ts";
export { trustCallers } from "./aws/trust-callers.ts";
export { acmeServes } from "./hashicorp/acme.ts";
export { BindingText, RbacRule, RoleText, allows as rbacAllows } from "./kubernetes/roles.ts";
export { widenedBy } from "./kubernetes/widened.ts";
export { subjectPath } from "./kubernetes/cluster-access.ts";
export { dormantAccess } from "./hashicorp/dormant.ts";
export { filledFromOutside } from "./hashicorp/principals.ts";
export { identityBehind, loginsOfIdentities } from "./hashicorp/role-identity.ts";
export { everyLoginPolicies, speaksForLogins } from "./hashicorp/store-facts.ts";
export {
  GRANT_DERIVED_FROM,
  OF_ONE_THING,
  POPULATION_KINDS,
  TARGET_KINDS,
  hidesGrants,
} from "./store-access.ts";
export { simulate, simulateText } from "./simulate.ts";
export type { WorldAnswer } from "./simulate.ts";
