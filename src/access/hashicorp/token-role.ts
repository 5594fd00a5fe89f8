import type { FactOf } from "../../facts/index.ts";
import { starGlob } from "../glob.ts";
import { addRole, type SessionBuilder } from "./session.ts";
import type { StoreFacts } from "./store-facts.ts";

type AuthRole = FactOf<"auth_role">;

/**
 * The tokens that a token role gives: whoever may use it picks among the policies that it allows, so each stands by itself
 * and all stand together. Without a list of its own it gives no more than the caller has. `base`: what the token has
 * besides. Source: `handleCreateCommon` in `vault/token_store.go`.
 */
export function tokenRoleBuilders(store: StoreFacts, role: AuthRole, base: SessionBuilder): SessionBuilder[] {
  const allowed = allowedPolicies(store, role);
  const choices = allowed.length > 1 ? [...allowed.map((name) => [name]), allowed] : [allowed];
  const unread = choosesAmongAll(role) && store.hidesPolicies(role.scope);
  const known = choices
    .filter((names) => names.length > 0)
    .map((names) => addRole(base.fork(), { ...role, policies: names }, store));
  const perhaps = unread
    ? [addRole(base.fork(), { ...role, policies: [] }, store).unknown("not every policy could be read")]
    : [];
  // Whoever picks has left out what they like already: nothing of it is for a child token to leave out.
  return [...known, ...perhaps].map((builder) =>
    builder.condition(`may update auth/token/create/${role.name}`).identified(),
  );
}

/** Whether the role's own lists say which policies its tokens may have, and not the caller's. */
export function choosesPolicies(role: AuthRole): boolean {
  return [
    role.allowed_policies,
    role.allowed_policies_glob,
    role.disallowed_policies,
    role.disallowed_policies_glob,
  ].some((list = []) => list.length > 0);
}

/** Whether the names alone do not say which policies those are: by patterns, or by what is refused alone. */
function choosesAmongAll(role: AuthRole): boolean {
  const { allowed_policies = [], allowed_policies_glob = [] } = role;
  return choosesPolicies(role) && (allowed_policies.length === 0 || allowed_policies_glob.length > 0);
}

function allowedPolicies(store: StoreFacts, role: AuthRole): string[] {
  if (!choosesPolicies(role)) return [];
  const { allowed_policies = [], allowed_policies_glob = [] } = role;
  // A role that only refuses policies gives any other.
  const anyOther = allowed_policies.length === 0 && allowed_policies_glob.length === 0;
  const globs = (anyOther ? ["*"] : allowed_policies_glob).map(starGlob);
  const denied = (role.disallowed_policies_glob ?? []).map(starGlob);
  const refused = new Set([...(role.disallowed_policies ?? []), "root"]);
  const namespace = store.namespaceOf(role.scope);
  const matching = [...store.policies()]
    .filter((policy) => policy.namespace === namespace && globs.some((glob) => glob.matches(policy.name)))
    .map((policy) => policy.name);
  return [...new Set([...allowed_policies, ...matching])]
    .filter((name) => !refused.has(name) && !denied.some((glob) => glob.matches(name)))
    .sort();
}

/** Names, with `*`, of aliases on the token method whose entity a token of this role may be given. */
export function entityAliasesOf(role: AuthRole): readonly string[] {
  const given = (role.ext?.["hashicorp"] as { allowed_entity_aliases?: unknown } | undefined)
    ?.allowed_entity_aliases;
  return Array.isArray(given) ? given.filter((name) => typeof name === "string") : [];
}
