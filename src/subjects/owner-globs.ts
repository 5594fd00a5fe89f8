/**
 * How much a glob of a claim leaves open of who owns the project that a token speaks of: `anyone`, so that whoever registers
 * at the public service comes in; `lookalike`, whoever registers a name that fits, such as `pine-x` for `pine*`; `named`.
 */
export type Owners = "anyone" | "lookalike" | "named";

/** Claims of GitHub's and GitLab's tokens that begin with the owner and a slash. */
const OF_A_PROJECT: ReadonlySet<string> = new Set([
  "job_workflow_ref",
  "project_path",
  "repository",
  "workflow_ref",
]);

/** Claims that are the owner alone. */
const OF_AN_OWNER: ReadonlySet<string> = new Set(["namespace_path", "repository_owner"]);

/** How subjects begin that go on with the owner, and what stands in them behind the project. */
const SUBJECT = /^(?:repo|project_path):/;
const BEHIND_A_PROJECT = /^\*.*:(?:environment|pull_request|ref|ref_type)\b/;

/**
 * `claim`: its name, or its JSON pointer. Sources: GitHub, "OpenID Connect reference"
 * (https://docs.github.com/actions/reference/openid-connect-reference); GitLab, "OpenID Connect (OIDC) Authentication Using ID
 * Tokens" (https://docs.gitlab.com/ci/secrets/id_token_authentication).
 */
export function ownersOf(claim: string, glob: string): Owners {
  const name = claim.replace(/^\//, "");
  if (name === "sub") {
    if (BEHIND_A_PROJECT.test(glob)) return "anyone";
    const begins = SUBJECT.exec(glob)?.[0];
    // The rest of a subject is for the project to choose: a star at the owner's place may take all up to there.
    if (begins === undefined) return "named";
    const rest = glob.slice(begins.length);
    return rest.startsWith("*") ? "anyone" : ofOwner(ownerIn(rest));
  }
  if (OF_A_PROJECT.has(name)) return ofOwner(ownerIn(glob));
  return OF_AN_OWNER.has(name) ? ofOwner(glob) : "named";
}

function ownerIn(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function ofOwner(owner: string): Owners {
  if (!owner.includes("*")) return "named";
  return /^\*+$/.test(owner) ? "anyone" : "lookalike";
}
