import { CountersignError } from "../../base/index.ts";
import { parseArn } from "./arn.ts";
import { parseDocument, type PolicyDocument, type Statement } from "./document.ts";
import type { PrincipalEntry } from "./principal-entry.ts";

/**
 * Accounts of which one is that of the key or role whose policy this is, in order; none where the policy does not tell. KMS refuses a policy that
 * lets nobody of the key's account set another (PutKeyPolicy, `BypassPolicyLockoutSafetyCheck`), and STS looks for the provider that a role
 * trusts in the role's own account (AssumeRoleWithWebIdentity, `InvalidIdentityToken`; the same of SAML).
 */
export function accountsTold(text: string, of: "key" | "role"): readonly string[] {
  const document = read(text);
  if (document === undefined) return [];
  const allowing = document.statements.filter(({ effect }) => effect === "Allow");
  const found = (of === "key" ? allowing.filter(administers) : allowing).flatMap(({ principals }) =>
    principals === undefined || principals.except ? [undefined] : principals.of.map(accountOf(of)),
  );
  // Whoever is not known may be the one that is of this account.
  if (of === "key" && found.includes(undefined)) return [];
  return [...new Set(found.filter((one) => one !== undefined && one !== ""))].sort() as string[];
}

function read(text: string): PolicyDocument | undefined {
  try {
    return parseDocument(JSON.parse(text), "resource");
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return undefined;
    if (thrown instanceof CountersignError && thrown.code === "E_IAM") return undefined;
    throw thrown;
  }
}

function administers({ actions: { except, of } }: Statement): boolean {
  return of.some((glob) => glob.matches("kms:putkeypolicy")) !== except;
}

/** Empty: of no account; undefined: not known. */
function accountOf(of: "key" | "role"): (entry: PrincipalEntry) => string | undefined {
  return (entry) => {
    if (of === "role") return entry.kind === "federated" ? (parseArn(entry.provider)?.account ?? "") : "";
    switch (entry.kind) {
      case "account":
        return entry.account;
      case "arn":
        return parseArn(entry.arn)?.account;
      case "service":
      case "federated":
        return "";
      case "canonical_user":
      case "everyone":
      case "unique_id":
        return undefined;
    }
  };
}
