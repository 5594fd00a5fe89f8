import type { FactOf } from "../../../facts/index.ts";
import { mono, type Cell } from "../blocks.ts";

type AuthRole = FactOf<"auth_role">;

export function pairs(values: Readonly<Record<string, string>>): Cell {
  const entries = Object.entries(values);
  if (entries.length === 0) return { text: "none", colour: "quiet" };
  return entries.flatMap(([name, value], index) => [
    { text: `${index === 0 ? "" : "; "}${name}: `, colour: "quiet" as const },
    mono(value),
  ]);
}

/** What a caller must show to come in: the bounds of the role, else the credential that its method asks of everyone. */
export function callerShows(role: AuthRole): Cell {
  if (role.unauthenticated === true)
    return { text: "▲ Nothing but the name", face: "strong", colour: "unknown" };
  const bounds = Object.entries(role.bounds).map(([name, values]) => [name, values.join(", ")] as const);
  const credential = credentialOf(role);
  return bounds.length === 0 && credential !== undefined ? credential : pairs(Object.fromEntries(bounds));
}

/** Absent where the method asks for nothing that the bounds do not name. */
function credentialOf({ role_type, method }: AuthRole): string | undefined {
  switch (role_type) {
    case "user":
      return "password";
    case "group":
      return "password of a user in the group";
    case "token_role":
      return "token that may use the role";
    case "role":
      return method === "jwt" || method === "oidc" ? "token of the issuer" : undefined;
  }
}

export function tokenLimits(role: AuthRole): Cell {
  const cidrs = role.token_bound_cidrs ?? [];
  return pairs({
    ...said("ttl", role.token_ttl_s, "s"),
    ...said("max_ttl", role.token_max_ttl_s, "s"),
    ...said("period", role.token_period_s, "s"),
    ...said("uses", role.token_num_uses, ""),
    ...(cidrs.length === 0 ? {} : { cidrs: cidrs.join(", ") }),
  });
}

function said(name: string, value: number | undefined, unit: string): Record<string, string> {
  return value === undefined ? {} : { [name]: value === 0 ? "not limited here" : `${value} ${unit}`.trim() };
}
