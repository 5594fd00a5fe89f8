import { namesNobody, ownersOf, type Owners } from "../owner-globs.ts";
import type { RequestContext } from "./context.ts";
import type { Unknown } from "./pattern.ts";

/** For whom an issuer of tokens vouches: whoever registers with it, those of one customer alone, or it is not known. */
type Clients = "anyone" | "its_own" | "unknown";

/** Issuers with whom anyone registers. What follows the host is one customer's alone where `OF_ONE` says so. */
const OPEN_TO_ANYONE: ReadonlySet<string> = new Set([
  "accounts.google.com",
  "agent.buildkite.com",
  "api.pulumi.com/oidc",
  "app.terraform.io",
  "appleid.apple.com",
  "cognito-identity.amazonaws.com",
  "gitlab.com",
  "graph.facebook.com",
  "oidc.vercel.com",
  "token.actions.githubusercontent.com",
  "www.amazon.com",
]);

/** Issuers of one cluster, organisation or tenant, which no stranger can have vouch for them. */
const OF_ONE: readonly RegExp[] = [
  /^oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/id\//,
  /^container\.googleapis\.com\/v1\/projects\/./,
  /^[a-z0-9-]+\.oic\.prod-aks\.azure\.com\/./,
  /^token\.actions\.githubusercontent\.com\/./,
  /^oidc\.circleci\.com\/org\/./,
  /^api\.bitbucket\.org\/2\.0\/workspaces\/./,
  /^oidc\.vercel\.com\/./,
  /^(?:sts\.windows\.net|login\.microsoftonline\.com)\/[0-9a-f-]{36}(?:\/|$)/,
];

/**
 * Claims that AWS puts into the request's context of any issuer, and of issuers that strangers register at those of their own. The token
 * may have more: a condition sees them never, so that `StringEquals` on one lets nobody in, and `…IfExists`, `ForAllValues` and negations
 * everyone. Sources: IAM User Guide, "IAM and AWS STS condition context keys", keys for OIDC federation; AWS Service Authorization
 * Reference, condition keys of AssumeRoleWithWebIdentity.
 */
const CARRIED = ["amr", "aud", "email", "oaud", "sub"];

const CARRIED_BESIDE: Readonly<Record<string, ReadonlySet<string>>> = Object.fromEntries(
  Object.entries({
    "agent.buildkite.com":
      "build_branch cluster_id cluster_name organization_id organization_slug pipeline_id pipeline_slug",
    "gitlab.com":
      "namespace_id pipeline_source project_id ref_protected runner_environment user_access_level user_email user_id user_login",
    "token.actions.githubusercontent.com":
      "actor actor_id enterprise_id environment job_workflow_ref ref repository repository_id repository_owner_id workflow",
  }).map(([issuer, names]) => [issuer, new Set([...CARRIED, ...names.split(" ")])]),
);

const WORKFLOW = "job_workflow_ref";

/** Claims of single issuers beside those of all: AWS calls them so in conditions (IAM User Guide, "Available keys for OIDC"). */
const NAMES_NOBODY_HERE: ReadonlySet<string> = new Set([
  "accounts.google.com:oaud",
  "graph.facebook.com:app_id",
  "www.amazon.com:app_id",
]);

/** Every account makes pools of its own here, each with users and perhaps guests. */
const POOLS = "cognito-identity.amazonaws.com";

/** Issuer of a provider in a policy, as conditions begin with it; undefined for SAML. */
export function issuerOf(provider: string): string | undefined {
  const named = /^arn:[^:]*:iam::\d{12}:oidc-provider\/(.+)$/s.exec(provider)?.[1];
  if (named !== undefined) return named.toLowerCase();
  return provider.startsWith("arn:") ? undefined : provider.toLowerCase();
}

export function clientsOf(issuer: string): Clients {
  if (OF_ONE.some((pattern) => pattern.test(issuer))) return "its_own";
  return OPEN_TO_ANYONE.has(issuer) ? "anyone" : "unknown";
}

/** Whether an issuer vouches for the workloads of one Kubernetes cluster. */
export function isCluster(issuer: string): boolean {
  return /^oidc\.eks\./.test(issuer);
}

/** Whether an issuer vouches for whoever comes without a login, beside those who have one. */
export function hasGuests(issuer: string): boolean {
  return issuer === POOLS;
}

/**
 * Whether the tokens of an issuer may name a workflow that is somebody else's: whoever may call a reusable workflow of GitHub, which of
 * a public one is everyone, has its `job_workflow_ref` with a `sub` and `repository` of their own. Source: GitHub, "Using OpenID
 * Connect with reusable workflows".
 */
export function hasCallers(issuer: string): boolean {
  return issuer === "token.actions.githubusercontent.com";
}

/** Whether a condition can see a claim; where that is not known of an issuer, every one. `key`: as conditions have it. */
function isCarried(issuer: string, key: string): boolean {
  return CARRIED_BESIDE[issuer]?.has(key.slice(issuer.length + 1).toLowerCase()) !== false;
}

/**
 * Somebody for whom an issuer vouches. `guest`: without a login, at whichever pool is asked for. `caller`: of a reusable workflow that a
 * policy names.
 */
export type Vouched = true | "guest" | "caller";

interface Asked {
  /** As conditions have it, e.g. `gitlab.com:sub`. */
  readonly key: string;
  readonly written: string;
  readonly wildcards: boolean;
}

/** What a condition's value leaves open of whose a token is. */
export function ownersIn(issuer: string, who: Vouched, { key, written, wildcards }: Asked): Owners {
  const claim = key.slice(issuer.length + 1);
  const name = claim.toLowerCase();
  if (issuer === POOLS && (name === "aud" || name === "amr")) return ofPool(name, who, written, wildcards);
  if (who === "caller" && namesWorkflow(name, written)) return "anyone";
  if (namesNobody(claim) || namesNobody(name) || NAMES_NOBODY_HERE.has(`${issuer}:${name}`)) return "anyone";
  if (!wildcards) return ofText(name, written);
  const glob = written.replaceAll("?", "*");
  return /^\*+$/.test(glob) ? "anyone" : ownersOf(name, glob);
}

/** The claim, or a subject that is made of it alone, as owners may set theirs. */
function namesWorkflow(claim: string, written: string): boolean {
  return claim === WORKFLOW || (claim === "sub" && written.startsWith(`${WORKFLOW}:`));
}

/** The same of a condition, of whichever issuer. */
export function mayNameWorkflow(key: string, written: string): boolean {
  return namesWorkflow(key.slice(key.lastIndexOf(":") + 1).toLowerCase(), written);
}

/** Who makes a pool chooses its users, but not the pool that a policy names; a guest of that one has shown nothing. */
function ofPool(claim: "aud" | "amr", who: Vouched, written: string, wildcards: boolean): Owners {
  const isOpen = wildcards && /^[*?:]*[*][*?:]*$/.test(written);
  if (claim === "aud") return isOpen || who === "guest" ? "anyone" : "named";
  return isOpen || who !== "guest" || written === "unauthenticated" ? "anyone" : "named";
}

/** Without wildcards a text is what it says, and one that names no owner is nobody's, as an `environment:production` alone. */
function ofText(claim: string, written: string): Owners {
  return written.includes("*") ? "named" : ownersOf(claim, written);
}

/** A token's claims, of whoever the issuer vouches for without being somebody whom a policy names. `takes`: what lets strangers in. */
export function strangersClaims(
  context: RequestContext,
  provider: string,
  who: Vouched,
  takes: (owners: Owners) => boolean = (owners) => owners !== "named",
): void {
  const issuer = issuerOf(provider);
  if (issuer === undefined) return;
  const unknown: Unknown = {
    certainty: "conditional",
    why: "who asks chooses it",
    within: {
      may: (asked) => isCarried(issuer, asked.key) && takes(ownersIn(issuer, who, asked)),
      // Every token says whose and for whom it is: OpenID Connect Core 1.0, section 2.
      presence: (key) => {
        if (/:(?:amr|aud|sub)$/i.test(key)) return "always";
        return isCarried(issuer, key) ? "unclear" : "never";
      },
    },
  };
  context.setUnknownPrefix(`${issuer}:`, unknown);
  // A request carries the claims of one token, under the name of its issuer.
  for (const other of OPEN_TO_ANYONE) if (other !== issuer) context.setAbsentPrefix(`${other}:`);
}
