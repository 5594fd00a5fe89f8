/** Of a person, from the configuration or the groups of the identity provider. */
export const ROLES = ["admin", "auditor", "compliance", "reviewer", "security"] as const;

export type Role = (typeof ROLES)[number];

/** Who asks. */
export interface Actor {
  /** Email, lower case. */
  readonly who: string;
  readonly roles: readonly Role[];
}

/** Who has which role: emails, and groups as the identity provider names them. */
export type RoleSettings = Readonly<
  Partial<Record<Role, { readonly people?: readonly string[]; readonly groups?: readonly string[] }>>
>;

/**
 * Roles in code-unit order. Whoever is signed in may be a reviewer: the review itself knows whose items are whose. An auditor is an
 * auditor alone, whatever else they are said to be: who decides cannot attest.
 */
export function rolesOf(settings: RoleSettings, email: string, groups: readonly string[]): readonly Role[] {
  const given = ROLES.filter((role) => {
    const { people = [], groups: named = [] } = settings[role] ?? {};
    return people.some((one) => one.toLowerCase() === email) || named.some((one) => groups.includes(one));
  });
  if (given.includes("auditor")) return ["auditor"];
  return ROLES.filter((role) => role === "reviewer" || given.includes(role));
}
