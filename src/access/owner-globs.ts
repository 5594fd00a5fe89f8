import { starGlob } from "./glob.ts";

/**
 * How much a glob of a claim leaves open of who owns the project that a token speaks of: `anyone`, so that whoever registers
 * at the public service comes in; `lookalike`, whoever registers a name that fits, such as `pine-x` for `pine*`; `named`.
 */
export type Owners = "anyone" | "lookalike" | "named";

/**
 * Claims that say nothing of whose a token is: for whom, by whom and when it was made, and what everyone chooses alone in a
 * project of their own. Sources: those of {@link ownersOf}; OpenID Connect Core 1.0, section 5.1.
 */
const NAMES_NOBODY: ReadonlySet<string> = new Set(
  [
    "acr amr at_hash aud auth_time exp iat iss jti locale nbf nonce typ zoneinfo",
    // GitHub and GitLab.
    "base_ref ci_config_sha context deployment_tier environment environment_action environment_protected event_name head_ref",
    "job_source job_workflow_sha pipeline_source ref ref_path ref_protected ref_type run_attempt run_number runner_environment",
    "sha user_access_level workflow workflow_sha",
    // HCP Terraform, Buildkite, Bitbucket.
    "terraform_project_name terraform_run_phase terraform_workspace_name",
    "build_branch build_commit build_number build_source build_tag pipeline_slug step_key",
    "branchName",
  ].flatMap((line) => line.split(" ")),
);

/** The same by the ends of their names, e.g. `email_verified`, `repository_visibility`. */
const ENDS_OF_NOBODY = /(?:_verified|visibility)$/;

/** Claims that are the owner alone, or a number or word of the service's own for it or its project. */
const OF_AN_OWNER: ReadonlySet<string> = new Set([
  "enterprise",
  "enterprise_id",
  "namespace_id",
  "organization",
  "organization_id",
  "organization_slug",
  "project_id",
  "repository_id",
  "repository_owner",
  "repository_owner_id",
  "terraform_organization_id",
  "terraform_organization_name",
]);

/** Claims that begin with the owner and a slash, with more slashes behind. */
const OF_A_PATH: ReadonlySet<string> = new Set(["job_workflow_ref", "project_path", "workflow_ref"]);

const OF_AN_ADDRESS: ReadonlySet<string> = new Set(["email", "user_email"]);

/**
 * How subjects begin, and what ends the owner's name behind; all that follows is for the owner to choose. GitHub's owners
 * also choose of which claims their subjects are made.
 */
const SUBJECTS: readonly (readonly [begin: string, end: string])[] = [
  ["repo:", "/"],
  ["repository:", "/"],
  ["repository_owner:", ":"],
  ["project_path:", "/"],
  ["organization:", ":"],
  ["owner:", ":"],
  ["org/", "/"],
];

/** Of a cluster, which no stranger registers at: a star must take both, as `\0` is no part of a name. */
const SERVICE_ACCOUNT = "system:serviceaccount:\0:\0";

/** Whether a claim, by its name or its JSON pointer, names nobody. One that is not known counts as naming somebody. */
export function namesNobody(claim: string): boolean {
  const name = nameOf(claim);
  return NAMES_NOBODY.has(name) || ENDS_OF_NOBODY.test(name);
}

/**
 * `claim`: its name, or its JSON pointer. Sources: GitHub, "OpenID Connect reference"
 * (https://docs.github.com/actions/reference/openid-connect-reference); GitLab, "OpenID Connect (OIDC) Authentication Using ID
 * Tokens" (https://docs.gitlab.com/ci/secrets/id_token_authentication); HCP Terraform, "Workload identity tokens"; Buildkite,
 * "OpenID Connect in Buildkite Pipelines"; Kubernetes, "Authenticating", service account tokens.
 */
export function ownersOf(claim: string, glob: string): Owners {
  const name = nameOf(claim);
  if (name === "sub" || name === "terraform_full_workspace") return ofSubject(glob);
  // Of one slash, so where it is written no star takes it.
  if (name === "repository") return glob.includes("/") ? ofOwner(ownerIn(glob)) : leading(glob, "", "/");
  if (OF_A_PATH.has(name)) return leading(glob, "", "/");
  if (name === "namespace_path") return leading(`${glob}/`, "", "/");
  // A bot, such as Dependabot, works in whoever's repository it is installed.
  if (name === "actor" && glob.endsWith("[bot]")) return "anyone";
  if (OF_AN_ADDRESS.has(name)) return ofAddress(glob.toLowerCase());
  return OF_AN_OWNER.has(name) ? ofOwner(glob) : "named";
}

function nameOf(claim: string): string {
  return claim.replace(/^\//, "");
}

function ownerIn(path: string): string {
  return path.split("/", 1)[0] ?? "";
}

function ofOwner(owner: string): Owners {
  if (!owner.includes("*")) return "named";
  return /^\*+$/.test(owner) ? "anyone" : "lookalike";
}

function ofSubject(glob: string): Owners {
  const keys = glob.split(":").filter((_, at) => at % 2 === 0);
  const chosen = glob.includes(":") && keys.every(namesNobody);
  if (chosen || starGlob(glob).matches(SERVICE_ACCOUNT)) return "anyone";
  return worst(SUBJECTS.map(([begin, end]) => leading(glob, begin, end)));
}

function worst(found: readonly Owners[]): Owners {
  if (found.includes("anyone")) return "anyone";
  return found.includes("lookalike") ? "lookalike" : "named";
}

/** What an owner's name is made of so far. */
const OF_STARS = 1;
const OF_LETTERS = 2;

/**
 * The owners in texts that the glob takes of the form `begin`, owner, `end`, anything. At each place of the glob stands
 * of what the owner's name may be made when the glob has been used up to there.
 */
function leading(glob: string, begin: string, end: string): Owners {
  let made = new Map<number, ReadonlySet<number>>();
  for (const at of placesBehind(glob, begin)) made = made.set(at, new Set([0]));
  const found = new Set<number>();
  for (let at = 0; at < glob.length; at++) {
    const here = made.get(at);
    if (here === undefined) continue;
    const token = glob[at];
    const ways = token === "*" ? new Set([...here].flatMap((way) => [way, way | OF_STARS])) : here;
    if (token === "*" || token === end) for (const way of ways) found.add(way);
    if (token === ":" || token === "/") continue;
    const next = token === "*" ? [...ways] : [...ways].map((way) => way | OF_LETTERS);
    made.set(at + 1, new Set([...(made.get(at + 1) ?? []), ...next]));
  }
  if (found.has(OF_STARS)) return "anyone";
  return found.has(OF_STARS | OF_LETTERS) ? "lookalike" : "named";
}

/** Places at which the glob may be when it has taken `text`. */
function placesBehind(glob: string, text: string): Set<number> {
  let places = new Set([0]);
  for (const unit of text) {
    const next = new Set<number>();
    for (const from of places) {
      let at = from;
      for (; glob[at] === "*"; at++) next.add(at);
      if (glob[at] === unit) next.add(at + 1);
    }
    places = next;
  }
  return places;
}

/** Domains below which anyone gets an address, and the ends of names below which anyone gets a domain. */
const PUBLIC_MAIL: ReadonlySet<string> = new Set([
  "163.com",
  "aol.com",
  "fastmail.com",
  "gmail.com",
  "gmx.com",
  "gmx.de",
  "gmx.net",
  "googlemail.com",
  "gserviceaccount.com",
  "hotmail.com",
  "iam.gserviceaccount.com",
  "icloud.com",
  "live.com",
  "mac.com",
  "mail.com",
  "mail.ru",
  "me.com",
  "msn.com",
  "outlook.com",
  "pm.me",
  "proton.me",
  "protonmail.com",
  "qq.com",
  "web.de",
  "yahoo.com",
  "yandex.com",
  "yandex.ru",
  "zoho.com",
]);
const PUBLIC_SUFFIX = /^(?:(?:ac|co|com|edu|gov|net|org)\.)?[a-z]+$/;

function isPublic(domain: string): boolean {
  return PUBLIC_MAIL.has(domain) || PUBLIC_SUFFIX.test(domain);
}

/** Who owns the domain says who has its addresses; `glob` in lower case. */
function ofAddress(glob: string): Owners {
  const star = glob.lastIndexOf("*");
  if (star < 0) return "named";
  const fixed = glob.slice(star + 1);
  const at = fixed.indexOf("@");
  if (at >= 0) {
    if (!PUBLIC_MAIL.has(fixed.slice(at + 1))) return "named";
    return ofOwner(glob.slice(0, star + 1 + at));
  }
  if (fixed.startsWith(".")) return isPublic(fixed.slice(1)) ? "anyone" : "named";
  return fixed === "" && glob.startsWith("*") ? "anyone" : "lookalike";
}
