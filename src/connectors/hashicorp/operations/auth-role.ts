import type { Fact, FactOf } from "../../../facts/index.ts";
import {
  optionalCount,
  optionalFlag,
  optionalText,
  optionalTexts,
  positiveSeconds,
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
    ...tokenBounds(answered.data),
    ...withoutUndefined(own),
  });
}

/** The fields that every role and user has. Source: "common token arguments" of Vault's API documentation. */
function tokenBounds(data: Json) {
  // Some OpenBao documentation and roles of old servers say `ttl` for `token_ttl`, and so on.
  const named = (name: string): string => (data[`token_${name}`] === undefined ? name : `token_${name}`);
  return {
    token_ttl_s: positiveSeconds(data, named("ttl")),
    token_max_ttl_s: positiveSeconds(data, named("max_ttl")),
    token_explicit_max_ttl_s: positiveSeconds(data, named("explicit_max_ttl")),
    token_period_s: positiveSeconds(data, named("period")),
    token_num_uses: optionalCount(data, named("num_uses")),
    token_type: optionalText(data, "token_type"),
    token_bound_cidrs: optionalTexts(data, named("bound_cidrs")),
    token_no_default_policy: optionalFlag(data, "token_no_default_policy"),
  };
}

function withoutUndefined(parts: Omit<LooseParts, "path" | "bounds">): Omit<RoleParts, "path" | "bounds"> {
  return Object.fromEntries(
    Object.entries(parts).filter(([, value]) => value !== undefined),
  ) as unknown as Omit<RoleParts, "path" | "bounds">;
}
