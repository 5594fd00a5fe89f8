import { addressesOf, type Who } from "./deciding/same-person.ts";

/** `reviewer`: whoever has items. `auditor`: reads everything, changes nothing. `management`: reads everything, acknowledges. */
export const ROLES = ["admin", "auditor", "compliance", "management", "reviewer", "security"] as const;

export type Role = (typeof ROLES)[number];

/** Who acts, with what they may be. */
export interface Actor extends Who {
  readonly roles: readonly Role[];
  /** The address that they came by, where they act under another one of theirs. */
  readonly signed_in_as?: string;
}

/** Of an act, by whom it is: both addresses, where they differ. */
export function actedBy({ who, signed_in_as }: Actor): {
  readonly by: string;
  readonly signed_in_as?: string;
} {
  return { by: who, ...(signed_in_as === undefined ? {} : { signed_in_as }) };
}

/**
 * Everything that somebody can do with reviews, and which roles may. Beyond that a reviewer may decide on nothing but what is
 * assigned to them, and nobody on their own access: the rules of a decision say so.
 */
export const ACTS = {
  /** Campaigns, items of everybody, revocations, journal. */
  read_all: ["admin", "auditor", "compliance", "management", "security"],
  /** What is assigned to oneself. */
  read_own: ["admin", "auditor", "compliance", "management", "reviewer", "security"],
  decide: ["reviewer", "security"],
  hand_on: ["reviewer", "security"],
  sign_off_items: ["reviewer", "security"],
  /** Another reviewer for an item, by who runs the campaign. */
  reassign: ["admin", "compliance"],
  /** Make, open, end and close campaigns, remind, verify. */
  run_campaign: ["compliance"],
  /** Administrators only where nobody is named for management. */
  acknowledge: ["admin", "management"],
  ticket: ["compliance", "security"],
  request_access: ["admin", "compliance", "reviewer", "security"],
  approve_request: ["reviewer", "security"],
  sample: ["auditor", "compliance"],
  export_evidence: ["admin", "auditor", "compliance", "management", "security"],
  export_own: ["reviewer", "security"],
  read_web_audit: ["admin", "auditor", "management"],
  /** Sign others out. */
  manage_sessions: ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Act = keyof typeof ACTS;

export function mayDo({ roles }: Pick<Actor, "roles">, act: Act): boolean {
  const allowed: readonly Role[] = ACTS[act];
  return roles.some((role) => allowed.includes(role));
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

/**
 * Who comes by an address, and as whom they act. A role is given to the address that they came by, so that an address which a roster adds
 * to somebody brings nobody their roles; an auditor is one by any of theirs.
 */
export function actorOf(
  { signed_in_as: address = "", ...who }: Who & { readonly signed_in_as?: string },
  settings: RoleSettings,
  groups: readonly string[],
): Actor {
  const came = address === "" ? who.who : address;
  const isAuditor = addressesOf(who).some((one) => rolesOf(settings, one, []).includes("auditor"));
  return {
    ...who,
    ...(came === who.who ? {} : { signed_in_as: came }),
    roles: isAuditor ? ["auditor"] : rolesOf(settings, came, groups),
  };
}
