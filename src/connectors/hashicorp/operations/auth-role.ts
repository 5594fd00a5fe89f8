import type { Fact, FactOf } from "../../../facts/index.ts";
import {
  count,
  flag,
  namesOrNone,
  nonEmptyText,
  optionalCount,
  optionalTexts,
  setSeconds,
  type Json,
} from "../json.ts";
import { fact, type Answered } from "../operation.ts";

type AuthRole = FactOf<"auth_role">;

/** What differs from method to method; the token bounds are the same everywhere. */
interface RoleParts extends Omit<
  AuthRole,
  "kind" | "id" | "store_id" | "scope" | "record" | "mount" | "name" | "bounds"
> {
  /** Between mount and name, without slashes at its ends. */
  readonly path: string;
  readonly bounds?: AuthRole["bounds"];
}

/** As `RoleParts`, whose optional fields may also be undefined. */
type LooseParts = { [P in keyof RoleParts]: RoleParts[P] | undefined } & Pick<
  RoleParts,
  "path" | "method" | "role_type" | "policies"
>;

const TOKEN_MOUNT = "auth/token/";

/** An `auth_role` fact: whoever meets its bounds gets a token with its policies. */
export function authRole(answered: Answered, parts: LooseParts): Fact {
  const { mount = TOKEN_MOUNT, name = "" } = answered.params;
  const { path, bounds, ...own } = parts;
  return fact(answered, "auth_role", `${mount}${path}/${name}`, {
    mount,
    name,
    bounds: bounds ?? {},
    ...withoutUndefined(own),
  });
}

/**
 * What tokens of a role or user are bound by. Every method of Vault and OpenBao writes all of these, set or not (`PopulateTokenData`
 * of their `tokenutil`).
 */
export function tokenBounds(data: Json) {
  return {
    token_ttl_s: setSeconds(data, "token_ttl"),
    token_max_ttl_s: setSeconds(data, "token_max_ttl"),
    token_num_uses: count(data, "token_num_uses"),
    token_bound_cidrs: namesOrNone(data, "token_bound_cidrs"),
    ...commonBounds(data),
  };
}

/** As `tokenBounds`, of a token role: it has no TTLs of its own, and leaves out what is not bound (`tokenStoreRoleRead`). */
export function tokenRoleBounds(data: Json) {
  return {
    token_num_uses: optionalCount(data, "token_num_uses"),
    token_bound_cidrs: optionalTexts(data, "token_bound_cidrs"),
    ...commonBounds(data),
  };
}

function commonBounds(data: Json) {
  return {
    token_explicit_max_ttl_s: setSeconds(data, "token_explicit_max_ttl"),
    token_period_s: setSeconds(data, "token_period"),
    token_type: nonEmptyText(data, "token_type"),
    token_no_default_policy: flag(data, "token_no_default_policy"),
  };
}

function withoutUndefined(parts: Omit<LooseParts, "path" | "bounds">): Omit<RoleParts, "path" | "bounds"> {
  return Object.fromEntries(
    Object.entries(parts).filter(([, value]) => value !== undefined),
  ) as unknown as Omit<RoleParts, "path" | "bounds">;
}
