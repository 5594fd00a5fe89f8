import { type Family } from "../operation.ts";
import { authorizationRows } from "./iam-authorization.ts";
import { credentialRows } from "./iam-credentials.ts";
import { providerRows } from "./iam-providers.ts";
import { serviceUseRows } from "./iam-service-use.ts";

/** AWS IAM: identities, what they may do, how they prove who they are, and what they used. */
export const iam: Family = {
  id: "iam",
  operations: [...authorizationRows, ...credentialRows, ...providerRows, ...serviceUseRows],
  roots: ["iam.authorization", "iam.report_made", "iam.oidc_providers", "iam.saml_providers"],
};
