import { serviceOf } from "./arn.ts";
import type { Requester } from "./requester.ts";
import type { Request } from "./statement.ts";

/** Services whose resources RCPs apply to (Organizations User Guide, "Resource control policies", list of services). */
const RCP_SERVICES = new Set([
  "s3",
  "sts",
  "kms",
  "sqs",
  "secretsmanager",
  "cognito-identity",
  "cognito-idp",
  "dynamodb",
  "ecr",
  "logs",
  "aoss",
]);

/**
 * Whether an RCP can speak of a request. `kms:RetireGrant` is never under one (KMS Developer Guide, "Resource control
 * policies").
 */
export function underRcps(action: string): boolean {
  return RCP_SERVICES.has(serviceOf(action)) && action.toLowerCase() !== "kms:retiregrant";
}

/**
 * Keys and roles do not trust their account by themselves: an identity policy counts only where the key policy or trust
 * policy delegates to the account (IAM User Guide, "Policy evaluation for requests within a single account"; KMS Developer
 * Guide, "Default key policy"). What has no key, e.g. `kms:CreateKey`, has no such policy.
 */
export function trustOf({ action, resource }: Request): "account" | "delegated" {
  if (resource === "*") return "account";
  const service = serviceOf(action);
  // On an alias, that of the key is another request.
  if (service === "kms")
    return /alias$/i.test(action) && resource.includes(":alias/") ? "account" : "delegated";
  return usesTrustPolicy(action) ? "delegated" : "account";
}

const TRUST_ACTIONS = new Set([
  "sts:assumerole",
  "sts:assumerolewithsaml",
  "sts:assumerolewithwebidentity",
  "sts:tagsession",
  "sts:setsourceidentity",
  "sts:setcontext",
]);

/** A role's trust policy is asked by these alone; `iam:` actions on the role do not look at it. */
export function usesTrustPolicy(action: string): boolean {
  return TRUST_ACTIONS.has(action.toLowerCase());
}

/** What changes a role: nobody may on roles that AWS keeps for itself. */
const ROLE_CHANGES = new Set([
  "iam:attachrolepolicy",
  "iam:deleterolepermissionsboundary",
  "iam:deleterolepolicy",
  "iam:detachrolepolicy",
  "iam:putrolepermissionsboundary",
  "iam:putrolepolicy",
  "iam:updateassumerolepolicy",
]);

/** A decision that no policy makes. */
export interface FixedDecision {
  readonly allowed: boolean;
  readonly reason?: string;
}

/** What needs no permission, and what no policy can allow; undefined for everything else. */
export function fixedDecision(
  { action, resource }: Pick<Request, "action" | "resource">,
  requester: Requester,
): FixedDecision | undefined {
  const name = action.toLowerCase();
  // "No permissions are required to perform this operation": STS API, GetCallerIdentity.
  if (name === "sts:getcalleridentity" && requester.kind !== "anonymous") return { allowed: true };
  // Tokens are no credentials but for the role that one assumes by them: STS API, AssumeRoleWithWebIdentity.
  if (requester.kind === "federated" && requester.anyone !== undefined && !name.startsWith("sts:"))
    return { allowed: false, reason: "a token by itself opens nothing" };
  // Calls are signed with credentials of an account: STS API, AssumeRole. A SAML response is its provider's to give.
  if ((name === "sts:assumerole" || name === "sts:assumerolewithsaml") && requester.kind === "anonymous")
    return { allowed: false, reason: "nobody assumes a role without credentials" };
  // "You cannot use AWS account root user credentials to call AssumeRole": STS API, AssumeRole.
  if (name === "sts:assumerole" && requester.kind === "root")
    return { allowed: false, reason: "the root user cannot assume roles" };
  // IAM User Guide, "Service-linked roles"; IAM Identity Center User Guide, "Permission sets": only the service changes them.
  if (ROLE_CHANGES.has(name) && /:role\/aws-(?:reserved|service-role)\//.test(resource))
    return { allowed: false, reason: "only AWS changes this role" };
  return undefined;
}
