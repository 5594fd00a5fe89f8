import type { FactOf } from "../facts/index.ts";
import { namesNobody, ownersOf } from "../access/index.ts";
import type { SubjectOf } from "./schema.ts";

type AuthRole = FactOf<"auth_role">;
type Caller = Pick<
  SubjectOf<"principal">,
  "any_caller" | "bounds" | "lookalikes" | "takes_any" | "vouched_by"
>;

/** Whose callers nobody outside vouches for: the store checks what they show, or a directory that it asks. */
export const OWN_CALLER: Caller = { bounds: [], takes_any: [], lookalikes: [], vouched_by: "other" };

/**
 * Bounds that take any value by a `*`, for Kubernetes and certificates always and for JWT where the role takes claims as
 * globs; who writes `*` means that, so the other kind is not told apart.
 */
const MAY_TAKE_ANY = /^(?:allowed_|bound_claims\.|bound_service_account_name|required_extensions$)/;

/**
 * Stars with at most blanks and punctuation around them: any value, or any of a shape that all of a kind have, such as
 * `*@*` of addresses. An extension is written as `<oid>:<value>`.
 */
const ANY = /^(?:[\d.]+:|hex:[\d.]+:)?[^\p{L}\p{N}*]*\*[^\p{L}\p{N}]*$/u;

const NAMESPACES = "bound_service_account_namespaces";
const SELECTOR = "bound_service_account_namespace_selector";

/** What a caller must show to come in by a role, what of it may be anything, and who vouches for it. */
export function callerOf(role: AuthRole): Caller {
  const bounds = bindingBounds(role);
  if (role.role_type !== "role") return { ...OWN_CALLER, bounds };
  switch (role.method) {
    case "kubernetes":
      return vouched("cluster", bounds, openServiceAccount(bounds), 2);
    case "jwt":
    case "oidc":
      return issuersCaller(role, bounds);
    case "cert":
      return certificateCaller(role, bounds);
    default:
      return { ...OWN_CALLER, bounds };
  }
}

/**
 * All bounds hold together: one that names an owner is enough, and one of what everyone chooses alone, such as `ref`, is none.
 * Who may register a name that fits is found where no other bound says who comes in.
 */
function issuersCaller(role: AuthRole, bounds: string[]): Caller {
  const naming = bounds.filter(namesSubject);
  const fitting = naming.map((bound) => lookalikesOf(bound, role.bounds[bound] ?? []));
  const lookalikes = fitting.every((globs) => globs.length > 0) ? fitting.flat().sort() : [];
  const { any_caller, ...caller } = vouched("issuer", bounds, naming.length > 0 ? [] : ["subject"], 1);
  // Whether others may call the workflow that alone is named, which of a public one is everyone, is its repository's to say.
  const isCalled = naming.length > 0 && naming.every(namesWorkflow);
  return { ...caller, ...(isCalled || any_caller === undefined ? {} : { any_caller }), lookalikes };
}

/** GitHub's claim of a reusable workflow: whoever calls one has it. Source: GitHub, "Using OpenID Connect with reusable workflows". */
function namesWorkflow(bound: string): boolean {
  return claimOf(bound)?.replace(/^\//, "") === "job_workflow_ref";
}

function lookalikesOf(bound: string, values: readonly string[]): string[] {
  const claim = claimOf(bound);
  return claim === undefined ? [] : values.filter((value) => ownersOf(claim, value) === "lookalike");
}

function claimOf(bound: string): string | undefined {
  return /^bound_claims\.(.*)$/s.exec(bound)?.[1];
}

/** `most`: how many things of a caller there are to leave open; with all of them anyone comes in. */
function vouched(by: Caller["vouched_by"], bounds: string[], takes_any: string[], most: number): Caller {
  return { bounds, takes_any, lookalikes: [], vouched_by: by, any_caller: takes_any.length === most };
}

function openServiceAccount(bounds: readonly string[]): string[] {
  const named = bounds.includes("bound_service_account_names");
  const placed = bounds.includes(NAMESPACES) || bounds.includes(SELECTOR);
  return [...(placed ? [] : ["namespace"]), ...(named ? [] : ["service_account_name"])];
}

function namesSubject(bound: string): boolean {
  const claim = claimOf(bound);
  return claim === undefined ? bound === "bound_subject" : !namesNobody(claim);
}

/** A client's own certificate names it; an authority's lets in all that it signs, but for bounds on their names. */
function certificateCaller({ trusts_authority }: AuthRole, bounds: string[]): Caller {
  const constrained = bounds.some((bound) => /^(?:allowed_|required_extensions$)/.test(bound));
  if (!constrained && trusts_authority === undefined)
    return { bounds, takes_any: [], lookalikes: [], vouched_by: "authority" };
  const open = !constrained && trusts_authority === true;
  return vouched("authority", bounds, open ? ["certificate"] : [], 1);
}

/** What a caller must show: whoever meets a bound that takes any value has shown nothing. */
function bindingBounds({ bounds }: AuthRole): string[] {
  const takesAny = (bound: string, values: readonly string[]): boolean =>
    bound === SELECTOR
      ? values.some(selectsAll)
      : MAY_TAKE_ANY.test(bound) &&
        values.some((value) => ANY.test(value) || takesEverySubject(bound, value));
  const open = new Set(
    Object.entries(bounds).flatMap(([bound, values]) => (takesAny(bound, values) ? [bound] : [])),
  );
  // One of the two suffices, so either that takes any namespace undoes the other. Source: `pathLogin` of the plugin.
  if (open.has(NAMESPACES) || open.has(SELECTOR)) open.add(NAMESPACES).add(SELECTOR);
  return Object.keys(bounds)
    .filter((bound) => !open.has(bound))
    .sort();
}

function takesEverySubject(bound: string, value: string): boolean {
  const claim = claimOf(bound);
  return claim !== undefined && ownersOf(claim, value) === "anyone";
}

/** A selector, in JSON or YAML, that asks for no label takes every namespace, as Kubernetes reads it. */
function selectsAll(selector: string): boolean {
  return /^[\W_]*$/.test(selector.replace("matchLabels", "").replace("null", ""));
}
